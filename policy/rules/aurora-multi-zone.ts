/** Aurora clusters in production have two instances or more. */

import type { Rule } from "../rule";

export const auroraMultiZone: Rule = {
  id: "aurora-multi-zone",
  title: "Databases survive the loss of an instance",
  checks: "Aurora clusters in production have two instances or more.",
  why: "With one instance, a failure of its zone stops every sign-in and withdrawal until a new one is made.",
  fix: "Add a reader in another zone.",
  severity: "mandatory",
  in: "production",
  needsGraph: true,
  types: ["aws:rds/cluster:Cluster"],
  check: (cluster, graph) => {
    const instances = graph.referrersOf(cluster, "aws:rds/clusterInstance:ClusterInstance", "clusterIdentifier");
    return instances.length >= 2 ? [] : [`has ${instances.length} instances`];
  },
  passing: {
    type: "aws:rds/cluster:Cluster",
    inputs: {},
    others: [
      { type: "aws:rds/clusterInstance:ClusterInstance", name: "writer", inputs: {}, references: { clusterIdentifier: ["example"] } },
      { type: "aws:rds/clusterInstance:ClusterInstance", name: "reader", inputs: {}, references: { clusterIdentifier: ["example"] } },
    ],
  },
  failing: {
    type: "aws:rds/cluster:Cluster",
    inputs: {},
    others: [
      { type: "aws:rds/clusterInstance:ClusterInstance", name: "writer", inputs: {}, references: { clusterIdentifier: ["example"] } },
    ],
  },
};
