/** What pods of the cluster's own controllers have in common: where they run, and as whom. */

/** On the nodes of the system group, and before other pods. */
export const onSystemNodes = {
  priorityClassName: "system-cluster-critical",
  nodeSelector: { "bourse/tier": "system" },
  tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }],
};

/** The user of images that are built on distroless ones. */
export const asNobody = { runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532, seccompProfile: { type: "RuntimeDefault" } };

/** In different zones where there is room. */
export function spreadOverZones(labels: Record<string, string>) {
  return [
    {
      maxSkew: 1,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: labels },
    },
  ];
}
