/** The pod of a service: restricted security, probes, drain, resources, placement, certificates. */

import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { HotPlacement } from "../foundation";
import { catalog, healthPort, type ServiceName, type ServiceSize } from "./catalog";
import { selectorOf } from "./network-policies";
import { clientListFile, folders, shardClients, tradingClients } from "./variables";

type PodTemplate = kubernetes.types.input.core.v1.PodTemplateSpec;
type PodSpec = kubernetes.types.input.core.v1.PodSpec;
type Probe = kubernetes.types.input.core.v1.Probe;

/** What a pod needs beyond its entry in the catalog. */
export interface PodFacts {
  image: pulumi.Input<string>;
  size: ServiceSize;
  environment: Record<string, pulumi.Input<string>>;
  /** Services that are deployed; those among them that call the shard may log on to it. */
  services: readonly ServiceName[];
  /** Whether the shard has members, which log on to each other. @default false */
  members?: boolean;
  placement: HotPlacement;
}

/** In which annotation the shard's pods have the list of those who may log on: another list starts them anew. */
const clientsAnnotation = "bourse/clients";

/** The user that pods run as: `nonroot` of distroless images. */
const user = 65532;

const restricted: PodSpec["securityContext"] = {
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  seccompProfile: { type: "RuntimeDefault" },
};
const restrictedContainer = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };

/** The pod of a job: it needs no certificate, no disk and hardly any processor time. */
export function jobPod(
  account: string,
  entry: string,
  image: pulumi.Input<string>,
  environment: Record<string, pulumi.Input<string>>,
): PodSpec {
  return {
    serviceAccountName: account,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: "Never",
    securityContext: restricted,
    nodeSelector: { "bourse/tier": "warm" },
    containers: [
      {
        name: "job",
        image,
        args: [entry],
        securityContext: restrictedContainer,
        env: environmentOf(environment),
        resources: resourcesOf("warm", { milliCpu: 100, memoryMib: 256 }),
        volumeMounts: [{ name: "temporary", mountPath: "/tmp" }],
      },
    ],
    volumes: [{ name: "temporary", emptyDir: { sizeLimit: "256Mi" } }],
  };
}

export function podTemplate(service: ServiceName, facts: PodFacts): PodTemplate {
  const definition = catalog[service];
  const home = definition.kind === "StatefulSet" ? "home" : "scratch";
  const isShardClient = shardClients(facts.services, facts.members ?? false).includes(service);
  return {
    metadata: {
      // The controller of load balancers holds a pod unready until its target is healthy, which that of a standby is not.
      labels: { ...selectorOf(service), ...(service === "trading" && facts.members === true ? { "bourse/stands-by": "true" } : {}) },
      ...(service === "trading" ? { annotations: { [clientsAnnotation]: tradingClients(facts.services, facts.members) } } : {}),
    },
    spec: {
      serviceAccountName: service,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // The drain, then five seconds for the process to end by itself.
      terminationGracePeriodSeconds: definition.drainSeconds + 5,
      securityContext: restricted,
      ...placementOf(service, facts.placement),
      containers: [
        {
          name: service,
          image: facts.image,
          args: [definition.entry],
          securityContext: restrictedContainer,
          ports: [
            { name: "service", containerPort: definition.port, protocol: "TCP" },
            { name: "health", containerPort: healthPort, protocol: "TCP" },
            ...Object.entries(definition.listeners ?? {}).map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })),
          ],
          env: environmentOf(facts.environment, {
            BOURSE_NODE: "spec.nodeName",
            ...(isShardClient ? { BOURSE_POD_ADDRESS: "status.podIP" } : {}),
          }),
          resources: resourcesOf(definition.tier, facts.size),
          startupProbe: probe("/live", { periodSeconds: 2, failureThreshold: 150 }),
          livenessProbe: probe("/live", { periodSeconds: 10, failureThreshold: 3 }),
          readinessProbe: probe("/ready", { periodSeconds: 2, failureThreshold: 2 }),
          volumeMounts: [
            { name: "certificates", mountPath: folders.certificates, readOnly: true },
            ...(service === "trading" ? [{ name: "clients", mountPath: folders.clients, readOnly: true }] : []),
            { name: home, mountPath: folders.home },
            { name: "temporary", mountPath: "/tmp" },
          ],
        },
      ],
      volumes: [
        { name: "certificates", secret: { secretName: certificateSecret(service), defaultMode: 0o440 } },
        ...(service === "trading" ? [clientsVolume] : []),
        { name: "temporary", emptyDir: { sizeLimit: "256Mi" } },
        ...(home === "scratch" ? [{ name: "scratch", emptyDir: { sizeLimit: "1Gi" } }] : []),
      ],
    },
  };
}

/** The secret that cert-manager keeps the service's certificate in. */
export function certificateSecret(service: ServiceName): string {
  return `${service}-tls`;
}

/** The list of those who may log on. */
const clientsVolume: kubernetes.types.input.core.v1.Volume = {
  name: "clients",
  downwardAPI: {
    defaultMode: 0o440,
    items: [{ path: clientListFile, fieldRef: { fieldPath: `metadata.annotations['${clientsAnnotation}']` } }],
  },
};

/** @param told what the pod knows of itself, by variable: paths of its fields. They come first, since others name them. */
function environmentOf(
  own: Record<string, pulumi.Input<string>>,
  told: Readonly<Record<string, string>> = {},
): pulumi.Input<kubernetes.types.input.core.v1.EnvVar>[] {
  const variables = { NODE_ENV: "production", ...own };
  return [
    ...Object.entries({ BOURSE_POD: "metadata.name", ...told }).map(([name, fieldPath]) => ({
      name,
      valueFrom: { fieldRef: { fieldPath } },
    })),
    ...Object.keys(variables)
      .sort()
      .map((name) => ({ name, value: variables[name as keyof typeof variables] })),
  ];
}

/**
 * Hot pods ask for what they are limited to, which makes them Guaranteed and gives them whole cores; others may use spare processor time but
 * never more memory than they asked for.
 */
function resourcesOf(
  tier: "hot" | "warm" | "cold",
  size: Pick<ServiceSize, "milliCpu" | "memoryMib">,
): kubernetes.types.input.core.v1.ResourceRequirements {
  const requests = { cpu: `${size.milliCpu}m`, memory: `${size.memoryMib}Mi` };
  return { requests, limits: tier === "hot" ? requests : { memory: requests.memory } };
}

function probe(path: string, timing: { periodSeconds: number; failureThreshold: number }): Probe {
  return { httpGet: { path, port: "health", scheme: "HTTPS" }, timeoutSeconds: 1, ...timing };
}

/** Hot services in the two zones of the placement, on its nodes; others over every zone. No zone has two pods more than another. */
function placementOf(service: ServiceName, placement: HotPlacement): Omit<PodSpec, "containers"> {
  const hot = catalog[service].tier === "hot";
  const spread = (topologyKey: string, whenUnsatisfiable: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    labelSelector: { matchLabels: selectorOf(service) },
  });
  return {
    nodeSelector: { "bourse/tier": hot ? "hot" : "warm" },
    ...(hot ? { tolerations: [{ key: "bourse/tier", operator: "Equal", value: "hot", effect: "NoSchedule" }] } : {}),
    ...(hot ? { affinity: { nodeAffinity: zoneAffinity(placement) } } : {}),
    topologySpreadConstraints: [spread("topology.k8s.aws/zone-id", "DoNotSchedule"), spread("kubernetes.io/hostname", "ScheduleAnyway")],
  };
}

/** In the leader's or the standby's zone, the former preferred. EKS labels nodes with the zone's id. */
function zoneAffinity(placement: HotPlacement): kubernetes.types.input.core.v1.NodeAffinity {
  const inZones = (values: string[]) => ({ matchExpressions: [{ key: "topology.k8s.aws/zone-id", operator: "In", values }] });
  return {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [inZones([placement.zoneId, placement.standbyZoneId])] },
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: inZones([placement.zoneId]) }],
  };
}
