/** Keys, databases, tables and the command log are protected in Pulumi in production. */

import type { Rule } from "../rule";

export const statefulProtected: Rule = {
  id: "stateful-protected",
  title: "What cannot be made again is protected",
  checks: "Keys, databases, tables and the command log are protected in Pulumi in production.",
  why: "A destroy, or a replacement that nobody saw in the preview, stops at a protected resource.",
  fix: 'Pass protection: "on" to the component.',
  severity: "mandatory",
  in: "production",
  types: ["aws:rds/cluster:Cluster", "aws:dynamodb/table:Table", "aws:kms/key:Key", "aws:msk/cluster:Cluster"],
  check: ({ protect }) => (protect ? [] : ["is not protected against deletion by Pulumi"]),
  passing: { type: "aws:rds/cluster:Cluster", inputs: {}, protect: true },
  failing: { type: "aws:rds/cluster:Cluster", inputs: {} },
};
