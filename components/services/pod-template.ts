/** The pod of a service: restricted security, probes, drain, resources, placement, certificates. */

import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { HotPlacement } from "../foundation";
import { catalog, healthPort, metricsAgent, type ServiceName, type ServiceSize } from "./catalog";
import { selectorOf } from "./network-policies";

type PodTemplate = kubernetes.types.input.core.v1.PodTemplateSpec;
type PodSpec = kubernetes.types.input.core.v1.PodSpec;
type Probe = kubernetes.types.input.core.v1.Probe;

/** What a pod needs beyond its entry in the catalog. */
export interface PodFacts {
  image: pulumi.Input<string>;
  size: ServiceSize;
  environment: Record<string, pulumi.Input<string>>;
  placement: HotPlacement;
}

/** Where certificates and the disk are in the pod, and the user it runs as (65532 is `nonroot` of distroless images). */
const certificateFolder = "/etc/bourse/tls";
const homeFolder = "/var/lib/bourse";
const user = 65532;

export function podTemplate(service: ServiceName, facts: PodFacts): PodTemplate {
  const definition = catalog[service];
  const home = definition.kind === "StatefulSet" ? "home" : "scratch";
  return {
    metadata: { labels: selectorOf(service) },
    spec: {
      serviceAccountName: service,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // The drain, then five seconds for the process to end by itself.
      terminationGracePeriodSeconds: definition.drainSeconds + 5,
      securityContext: { runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user, seccompProfile: { type: "RuntimeDefault" } },
      ...placementOf(service, facts.placement),
      containers: [
        {
          name: service,
          image: facts.image,
          args: [definition.entry],
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
          ports: [
            { name: "service", containerPort: definition.port, protocol: "TCP" },
            { name: "health", containerPort: healthPort, protocol: "TCP" },
          ],
          env: environmentOf(service, facts),
          resources: resourcesOf(definition.tier, facts.size),
          startupProbe: probe("/live", { periodSeconds: 2, failureThreshold: 150 }),
          livenessProbe: probe("/live", { periodSeconds: 10, failureThreshold: 3 }),
          readinessProbe: probe("/ready", { periodSeconds: 2, failureThreshold: 2 }),
          volumeMounts: [
            { name: "certificates", mountPath: certificateFolder, readOnly: true },
            { name: home, mountPath: homeFolder },
            { name: "temporary", mountPath: "/tmp" },
          ],
        },
      ],
      volumes: [
        { name: "certificates", secret: { secretName: certificateSecret(service), defaultMode: 0o440 } },
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

function environmentOf(service: ServiceName, facts: PodFacts): pulumi.Input<kubernetes.types.input.core.v1.EnvVar>[] {
  const own: Record<string, pulumi.Input<string>> = {
    BOURSE_SERVICE: service,
    BOURSE_HOME: homeFolder,
    BOURSE_TLS: certificateFolder,
    BOURSE_METRICS: `${metricsAgent.service}.${metricsAgent.namespace}:${metricsAgent.port}`,
    BOURSE_DRAIN_SECONDS: String(catalog[service].drainSeconds),
    NODE_ENV: "production",
    ...facts.environment,
  };
  return [
    { name: "BOURSE_POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ...Object.keys(own)
      .sort()
      .map((name) => ({ name, value: own[name] })),
  ];
}

/**
 * Hot pods ask for what they are limited to, which makes them Guaranteed and gives them whole cores; others may use spare processor time but
 * never more memory than they asked for.
 */
function resourcesOf(tier: "hot" | "warm" | "cold", size: ServiceSize): kubernetes.types.input.core.v1.ResourceRequirements {
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
