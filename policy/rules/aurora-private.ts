/** Aurora instances are not publicly accessible. */

import type { Rule } from "../rule";

export const auroraPrivate: Rule = {
  id: "aurora-private",
  title: "Databases have no public address",
  checks: "Aurora instances are not publicly accessible.",
  why: "A database on the internet is one password away from everybody.",
  fix: "Leave publiclyAccessible off.",
  severity: "mandatory",
  types: ["aws:rds/clusterInstance:ClusterInstance", "aws:rds/instance:Instance", "aws:redshift/cluster:Cluster", "aws:mq/broker:Broker"],
  check: ({ inputs }) => (inputs.publiclyAccessible === true ? ["is publicly accessible"] : []),
  passing: { type: "aws:rds/clusterInstance:ClusterInstance", inputs: { publiclyAccessible: false } },
  failing: { type: "aws:rds/clusterInstance:ClusterInstance", inputs: { publiclyAccessible: true } },
};
