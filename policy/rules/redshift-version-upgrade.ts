/** Redshift clusters take new versions in their maintenance window. */

import type { Rule } from "../rule";

export const redshiftVersionUpgrade: Rule = {
  id: "redshift-version-upgrade",
  title: "The warehouse is patched",
  checks: "Redshift clusters take new versions in their maintenance window.",
  why: "Security fixes come with versions; a cluster that refuses them falls behind for good.",
  fix: "Leave allowVersionUpgrade at true.",
  severity: "advisory",
  types: ["aws:redshift/cluster:Cluster"],
  check: ({ inputs }) => (inputs.allowVersionUpgrade === false ? ["versions are not upgraded"] : []),
  passing: { type: "aws:redshift/cluster:Cluster", inputs: { allowVersionUpgrade: true } },
  failing: { type: "aws:redshift/cluster:Cluster", inputs: { allowVersionUpgrade: false } },
};
