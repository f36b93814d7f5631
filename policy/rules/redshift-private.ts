/** Redshift clusters have no public address. */

import type { Rule } from "../rule";

export const redshiftPrivate: Rule = {
  id: "redshift-private",
  title: "The warehouse has no public address",
  checks: "Redshift clusters live in a subnet group of the network and are not publicly accessible.",
  why: "A password is then all that stands between the internet and every trade.",
  fix: "Set clusterSubnetGroupName and publiclyAccessible: false.",
  severity: "mandatory",
  types: ["aws:redshift/cluster:Cluster"],
  check: ({ inputs }) => [
    ...(inputs.publiclyAccessible === false ? [] : ["publiclyAccessible is not false"]),
    ...(inputs.clusterSubnetGroupName === undefined ? ["it is in no subnet group of the network"] : []),
  ],
  passing: { type: "aws:redshift/cluster:Cluster", inputs: { publiclyAccessible: false, clusterSubnetGroupName: "private" } },
  failing: { type: "aws:redshift/cluster:Cluster", inputs: {} },
};
