/** Redshift clusters write audit logs. */

import type { Rule } from "../rule";

export const redshiftAuditLogs: Rule = {
  id: "redshift-audit-logs",
  title: "The warehouse logs who asks",
  checks: "Redshift clusters write audit logs.",
  why: "Who read which trades must be answerable.",
  fix: "Add an aws.redshift.Logging for the cluster.",
  severity: "mandatory",
  needsGraph: true,
  types: ["aws:redshift/cluster:Cluster"],
  check: (cluster, graph) => {
    const own = graph.referrersOf(cluster, "aws:redshift/logging:Logging", "clusterIdentifier");
    return own.length > 0 ? [] : ["writes no audit log"];
  },
  passing: {
    type: "aws:redshift/cluster:Cluster",
    inputs: {},
    others: [{ type: "aws:redshift/logging:Logging", name: "audit", inputs: {}, references: { clusterIdentifier: ["example"] } }],
  },
  failing: { type: "aws:redshift/cluster:Cluster", inputs: {} },
};
