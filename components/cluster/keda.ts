/**
 * KEDA, which turns figures of CloudWatch into external metrics that Horizontal Pod Autoscalers follow: an operator that asks CloudWatch, and an API server that hands its answers to
 * the cluster's. Objects as in its chart (kedacore/charts, keda 2.20.2), without what we do not use: no webhooks, no jobs, no secrets but its own certificate.
 */

import type * as kubernetes from "@pulumi/kubernetes";
import { type PolicyStatement, policyDocument } from "../foundation";
import { asNobody, onSystemNodes, spreadOverZones } from "./system-pods";

type PolicyRule = kubernetes.types.input.rbac.v1.PolicyRule;
type EgressRule = kubernetes.types.input.networking.v1.NetworkPolicyEgressRule;
type Container = kubernetes.types.input.core.v1.Container;

export const kedaNamespace = "keda";
const version = "2.20.2";
const namespace = kedaNamespace;

/** The two programs. Both names are KEDA's defaults, by which the programs find each other. */
export const kedaPrograms = {
  operator: { name: "keda-operator", image: `ghcr.io/kedacore/keda:${version}`, port: 9666 },
  metrics: { name: "keda-operator-metrics-apiserver", image: `ghcr.io/kedacore/keda-metrics-apiserver:${version}`, port: 6443 },
} as const;
export type KedaProgram = keyof typeof kedaPrograms;

const labelsOf = (program: KedaProgram) => ({ "app.kubernetes.io/name": kedaPrograms[program].name });
const metadataOf = (program: KedaProgram) => ({ name: kedaPrograms[program].name, namespace, labels: labelsOf(program) });

/** Reading figures. Classic metrics are no resource: the only one that the call knows is a dataset of OTLP (Service Authorization Reference, "Amazon CloudWatch", GetMetricData). */
const readFigures: PolicyStatement = { Effect: "Allow", Action: "cloudwatch:GetMetricData", Resource: "*" };
export const kedaPolicy = () => policyDocument(readFigures);

const look = ["get", "list", "watch"];
const change = [...look, "patch", "update"];

/** What the operator may do in Kubernetes: keep autoscalers for deployments. It reads no secret of others, and starts no job. */
export const kedaRules: PolicyRule[] = [
  {
    apiGroups: ["keda.sh"],
    resources: ["scaledobjects", "scaledjobs", "triggerauthentications", "clustertriggerauthentications"].flatMap((kind) =>
      kind.startsWith("scaled") ? [kind, `${kind}/finalizers`, `${kind}/status`] : [kind, `${kind}/status`],
    ),
    verbs: change,
  },
  {
    apiGroups: ["eventing.keda.sh"],
    resources: ["cloudeventsources", "cloudeventsources/status", "clustercloudeventsources", "clustercloudeventsources/status"],
    verbs: change,
  },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: [...change, "create", "delete"] },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: look },
  { apiGroups: ["apps"], resources: ["deployments/scale"], verbs: change },
  { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
];

/** Leader election, and the watch on secrets of its own namespace, of which its certificate is the only one. */
export const kedaNamespaceRules: PolicyRule[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: [...change, "create", "delete"] },
  { apiGroups: [""], resources: ["secrets"], verbs: look },
];

const certificates = "/certs";
const certificateSecret = "keda-certificates";

/** One authority in the namespace, and the certificate that both programs show to each other and to the cluster's API server. In this order. */
export const kedaCertificates: Record<"root" | "authority" | "issuer" | "certificate", kubernetes.apiextensions.CustomResourceArgs> = {
  root: issuer("root", { selfSigned: {} }),
  authority: certificate("authority", {
    isCA: true,
    commonName: "KEDA",
    duration: "87600h",
    renewBefore: "8760h",
    issuerRef: { name: "root", kind: "Issuer" },
  }),
  issuer: issuer("internal", { ca: { secretName: "authority" } }),
  certificate: certificate(certificateSecret, {
    dnsNames: (["operator", "metrics"] as const).flatMap((program) =>
      ["svc", "svc.cluster.local"].map((domain) => `${kedaPrograms[program].name}.${namespace}.${domain}`),
    ),
    usages: ["digital signature", "server auth", "client auth"],
    duration: "2160h",
    renewBefore: "720h",
    issuerRef: { name: "internal", kind: "Issuer" },
  }),
};

function issuer(name: string, spec: object): kubernetes.apiextensions.CustomResourceArgs {
  return { apiVersion: "cert-manager.io/v1", kind: "Issuer", metadata: { name, namespace }, spec };
}

function certificate(name: string, spec: object): kubernetes.apiextensions.CustomResourceArgs {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name, namespace },
    spec: { secretName: name, privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" }, ...spec },
  };
}

export function kedaService(program: KedaProgram): kubernetes.core.v1.ServiceArgs {
  const { port } = kedaPrograms[program];
  // The cluster's API server calls services on 443.
  const served = program === "metrics" ? 443 : port;
  return {
    metadata: metadataOf(program),
    spec: { type: "ClusterIP", selector: labelsOf(program), ports: [{ name: "tls", port: served, targetPort: port, protocol: "TCP" }] },
  };
}

/** External metrics of the whole cluster come from here (Kubernetes, "Configure the aggregation layer"). */
export const kedaApiService: kubernetes.apiregistration.v1.APIServiceArgs = {
  metadata: {
    name: "v1beta1.external.metrics.k8s.io",
    annotations: { "cert-manager.io/inject-ca-from": `${namespace}/${certificateSecret}` },
  },
  spec: {
    group: "external.metrics.k8s.io",
    version: "v1beta1",
    groupPriorityMinimum: 100,
    versionPriority: 100,
    service: { name: kedaPrograms.metrics.name, namespace, port: 443 },
  },
};

const environment = [
  { name: "WATCH_NAMESPACE", value: "" },
  { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
  { name: "KEDA_RESTRICT_SECRET_ACCESS", value: "true" },
  { name: "KEDA_SERVICE_MIN_TLS_VERSION", value: "TLS13" },
];

const containers: Record<KedaProgram, Partial<Container>> = {
  operator: {
    command: ["/keda"],
    args: [
      "--leader-elect",
      "--zap-log-level=info",
      "--zap-encoder=json",
      `--cert-dir=${certificates}`,
      "--enable-cert-rotation=false",
      "--enable-webhook-patching=false",
      "--enable-prometheus-metrics=false",
      `--operator-service-name=${kedaPrograms.operator.name}`,
      `--metrics-server-service-name=${kedaPrograms.metrics.name}`,
    ],
    livenessProbe: { httpGet: { path: "/healthz", port: 8081, scheme: "HTTP" }, initialDelaySeconds: 25 },
    readinessProbe: { httpGet: { path: "/readyz", port: 8081, scheme: "HTTP" }, initialDelaySeconds: 20 },
  },
  metrics: {
    command: ["/keda-adapter"],
    args: [
      `--secure-port=${kedaPrograms.metrics.port}`,
      `--metrics-service-address=${kedaPrograms.operator.name}.${namespace}.svc.cluster.local:${kedaPrograms.operator.port}`,
      `--client-ca-file=${certificates}/ca.crt`,
      `--tls-cert-file=${certificates}/tls.crt`,
      `--tls-private-key-file=${certificates}/tls.key`,
      `--cert-dir=${certificates}`,
      "--zap-log-level=info",
      "--zap-encoder=json",
    ],
    livenessProbe: { httpGet: { path: "/healthz", port: kedaPrograms.metrics.port, scheme: "HTTPS" }, initialDelaySeconds: 5 },
    readinessProbe: { httpGet: { path: "/readyz", port: kedaPrograms.metrics.port, scheme: "HTTPS" }, initialDelaySeconds: 5 },
  },
};

/** Two pods in two zones: of the operator one leads and answers, the other takes over. Figures are only asked for while both programs run; autoscalers then still follow processor time upwards. */
export function kedaDeployment(program: KedaProgram): kubernetes.apps.v1.DeploymentArgs {
  const { name, image, port } = kedaPrograms[program];
  const labels = labelsOf(program);
  return {
    metadata: metadataOf(program),
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          ...onSystemNodes,
          securityContext: asNobody,
          topologySpreadConstraints: spreadOverZones(labels),
          containers: [
            {
              name: program,
              image,
              ...containers[program],
              env: environment,
              ports: [{ name: "tls", containerPort: port, protocol: "TCP" }],
              resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
              volumeMounts: [{ name: "certificate", mountPath: certificates, readOnly: true }],
            },
          ],
          volumes: [{ name: "certificate", secret: { secretName: certificateSecret, defaultMode: 0o440 } }],
        },
      },
    },
  };
}

export function kedaDisruptionBudget(program: KedaProgram): kubernetes.policy.v1.PodDisruptionBudgetArgs {
  return { metadata: metadataOf(program), spec: { maxUnavailable: 1, selector: { matchLabels: labelsOf(program) } } };
}

const nameServer: EgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};
/** The cluster's API server and AWS, which have no selector; not the node's metadata. */
const apis: EgressRule = { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }], ports: [{ protocol: "TCP", port: 443 }] };
/** Where the operator gets credentials for its role (EKS guide, "Pod Identity agent": 169.254.170.23, port 80). */
const podIdentityAgent: EgressRule = { to: [{ ipBlock: { cidr: "169.254.170.23/32" } }], ports: [{ protocol: "TCP", port: 80 }] };

/** The paths in the namespace, all others being closed: API server to metrics, metrics to operator, operator to CloudWatch. @param networkCidrs where the control plane's interfaces are */
export function kedaNetworkPolicies(
  networkCidrs: readonly string[],
): Record<"deny-all" | KedaProgram, kubernetes.types.input.networking.v1.NetworkPolicySpec> {
  const both = ["Ingress", "Egress"];
  const pods = (program: KedaProgram) => ({ podSelector: { matchLabels: labelsOf(program) } });
  const opened = (program: KedaProgram) => [{ protocol: "TCP", port: kedaPrograms[program].port }];
  return {
    "deny-all": { podSelector: {}, policyTypes: both },
    operator: {
      ...pods("operator"),
      policyTypes: both,
      ingress: [{ from: [pods("metrics")], ports: opened("operator") }],
      egress: [nameServer, podIdentityAgent, apis],
    },
    metrics: {
      ...pods("metrics"),
      policyTypes: both,
      ingress: [{ from: networkCidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: opened("metrics") }],
      egress: [nameServer, apis, { to: [pods("operator")], ports: opened("operator") }],
    },
  };
}
