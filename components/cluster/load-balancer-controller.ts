/**
 * The AWS load balancer controller, for one thing: it registers ready pods with target groups that exist (`TargetGroupBinding`). Neither its role in
 * AWS nor its role in Kubernetes lets it make a load balancer, so an Ingress or a Service of type LoadBalancer stays without one.
 */

import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { customDefinition, open, text } from "./custom-definition";
import { asNobody, onSystemNodes, spreadOverZones } from "./system-pods";

type CustomResourceDefinitionArgs = kubernetes.apiextensions.v1.CustomResourceDefinitionArgs;
type PolicyRule = kubernetes.types.input.rbac.v1.PolicyRule;

export const loadBalancerController = {
  name: "aws-load-balancer-controller",
  namespace: "kube-system",
  image: "public.ecr.aws/eks/aws-load-balancer-controller:v2.14.1",
  webhookPort: 9443,
  healthPort: 61779,
  certificateFolder: "/tmp/k8s-webhook-server/serving-certs",
};

const group = "elbv2.k8s.aws";
const { name, namespace } = loadBalancerController;
const labels = { "app.kubernetes.io/name": name };

/** The two kinds that the controller watches. It does not start without the second, of which we make none. */
export const controllerDefinitions: Record<string, CustomResourceDefinitionArgs> = {
  "target-group-bindings": customDefinition({
    group,
    version: "v1beta1",
    kind: "TargetGroupBinding",
    plural: "targetgroupbindings",
    scope: "Namespaced",
    spec: {
      type: "object",
      required: ["serviceRef"],
      properties: {
        targetGroupARN: text,
        targetGroupName: text,
        targetType: { type: "string", enum: ["instance", "ip"] },
        targetGroupProtocol: text,
        ipAddressType: { type: "string", enum: ["ipv4", "ipv6"] },
        vpcID: text,
        multiClusterTargetGroup: { type: "boolean" },
        iamRoleArnToAssume: text,
        assumeRoleExternalId: text,
        serviceRef: {
          type: "object",
          required: ["name", "port"],
          properties: { name: text, port: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, text] } },
        },
        networking: open,
        nodeSelector: open,
      },
    },
  }),
  "ingress-class-params": customDefinition({
    group,
    version: "v1beta1",
    kind: "IngressClassParams",
    plural: "ingressclassparams",
    scope: "Cluster",
    spec: open,
  }),
};

/** What the controller may do in Kubernetes: watch what it must, change bindings and the readiness of pods. */
export const controllerRules: PolicyRule[] = [
  { apiGroups: [""], resources: ["endpoints", "namespaces", "nodes", "pods", "services"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "ingressclasses"], verbs: ["get", "list", "watch"] },
  { apiGroups: [group], resources: ["ingressclassparams"], verbs: ["get", "list", "watch"] },
  { apiGroups: [group], resources: ["targetgroupbindings"], verbs: ["get", "list", "watch", "patch", "update"] },
  { apiGroups: [group], resources: ["targetgroupbindings/status"], verbs: ["patch", "update"] },
  { apiGroups: [""], resources: ["pods/status"], verbs: ["patch", "update"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
];

/** Leader election and checkpoints, in the controller's own namespace. */
export const controllerNamespaceRules: PolicyRule[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create", "get", "update", "patch"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["create", "get", "update", "patch"] },
];

/** What the controller may do in AWS. Describe calls have no resources (Service Authorization Reference, "Elastic Load Balancing V2", "Amazon EC2"). */
export function controllerPolicy(region: pulumi.Input<string>, accountId: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "See",
        Effect: "Allow",
        Action: [
          "ec2:DescribeAvailabilityZones",
          "ec2:DescribeInstances",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeVpcs",
          "elasticloadbalancing:DescribeTargetGroups",
          "elasticloadbalancing:DescribeTargetGroupAttributes",
          "elasticloadbalancing:DescribeTargetHealth",
        ],
        Resource: "*",
      },
      {
        Sid: "RegisterPodsWithTheIngress",
        Effect: "Allow",
        Action: ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
        Resource: pulumi.interpolate`arn:aws:elasticloadbalancing:${region}:${accountId}:targetgroup/*`,
        Condition: {
          StringLike: { "aws:ResourceTag/bourse:component": ["RegionIngress/*", "RestBalancer/*", "ServiceBalancer/*", "ShardEntrance/*"] },
        },
      },
    ],
  });
}

export interface ControllerFacts {
  clusterName: string;
  region: string;
  vpcId: pulumi.Input<string>;
}

/** Two replicas, of which one leads. Region and network are given, since pods cannot reach the node's metadata. */
export function controllerDeployment(facts: ControllerFacts): kubernetes.apps.v1.DeploymentArgs {
  const probe = { httpGet: { path: "/healthz", port: loadBalancerController.healthPort, scheme: "HTTP" } };
  return {
    metadata: { name, namespace, labels },
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
              name: "controller",
              image: loadBalancerController.image,
              args: [
                `--cluster-name=${facts.clusterName}`,
                `--aws-region=${facts.region}`,
                pulumi.interpolate`--aws-vpc-id=${facts.vpcId}`,
                "--default-target-type=ip",
                "--enable-shield=false",
                "--enable-waf=false",
                "--enable-wafv2=false",
                "--feature-gates=EnableServiceController=false",
              ],
              ports: [{ name: "webhook", containerPort: loadBalancerController.webhookPort, protocol: "TCP" }],
              resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } },
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
              livenessProbe: { ...probe, initialDelaySeconds: 30 },
              readinessProbe: { ...probe, httpGet: { ...probe.httpGet, path: "/readyz" } },
              volumeMounts: [{ name: "certificate", mountPath: loadBalancerController.certificateFolder, readOnly: true }],
            },
          ],
          volumes: [{ name: "certificate", secret: { secretName: `${name}-tls`, defaultMode: 0o440 } }],
        },
      },
    },
  };
}

/** The certificate of the controller's webhooks, signed by itself: the API server is told the authority by cert-manager. */
export const controllerCertificate: Record<"issuer" | "certificate", kubernetes.apiextensions.CustomResourceArgs> = {
  issuer: { apiVersion: "cert-manager.io/v1", kind: "Issuer", metadata: { name, namespace }, spec: { selfSigned: {} } },
  certificate: {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name, namespace },
    spec: {
      secretName: `${name}-tls`,
      dnsNames: [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`],
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      issuerRef: { name, kind: "Issuer" },
    },
  },
};

export const controllerService: kubernetes.core.v1.ServiceArgs = {
  metadata: { name, namespace, labels },
  spec: { type: "ClusterIP", selector: labels, ports: [{ name: "webhook", port: 443, targetPort: "webhook", protocol: "TCP" }] },
};

const called = (path: string) => ({ service: { name, namespace, path, port: 443 } });
const injected = { "cert-manager.io/inject-ca-from": `${namespace}/${name}` };
const reviewed = { admissionReviewVersions: ["v1"], sideEffects: "None" };
const bindings = { apiGroups: [group], apiVersions: ["v1beta1"], resources: ["targetgroupbindings"], operations: ["CREATE", "UPDATE"] };

/** Label of pods that are ready without being healthy targets: of several that stand by, a load balancer reaches the one that leads. */
const standsByLabel = "bourse/stands-by";

/** Fills in what a binding leaves out, and makes pods of labelled namespaces wait for their target's health before they count as ready. */
export const controllerMutations: kubernetes.admissionregistration.v1.MutatingWebhookConfigurationArgs = {
  metadata: { name, labels, annotations: injected },
  webhooks: [
    {
      name: `binding.${group}`,
      ...reviewed,
      failurePolicy: "Fail",
      clientConfig: called("/mutate-elbv2-k8s-aws-v1beta1-targetgroupbinding"),
      rules: [bindings],
    },
    {
      name: `readiness.${group}`,
      ...reviewed,
      // A pod must be able to start while the controller is away.
      failurePolicy: "Ignore",
      clientConfig: called("/mutate-v1-pod"),
      namespaceSelector: { matchLabels: { [`${group}/pod-readiness-gate-inject`]: "enabled" } },
      objectSelector: { matchExpressions: [{ key: standsByLabel, operator: "NotIn", values: ["true"] }] },
      rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }],
    },
  ],
};

export const controllerValidations: kubernetes.admissionregistration.v1.ValidatingWebhookConfigurationArgs = {
  metadata: { name, labels, annotations: injected },
  webhooks: [
    {
      name: `binding.${group}`,
      ...reviewed,
      failurePolicy: "Fail",
      clientConfig: called("/validate-elbv2-k8s-aws-v1beta1-targetgroupbinding"),
      rules: [bindings],
    },
  ],
};
