/** Aurora clusters accept IAM authentication. */

import type { Rule } from "../rule";

export const auroraIamAuthentication: Rule = {
  id: "aurora-iam-authentication",
  title: "Database users sign in with IAM",
  checks: "Aurora clusters accept IAM authentication.",
  why: "Passwords get copied; a signed token names its role and dies after 15 minutes.",
  fix: "Set iamDatabaseAuthenticationEnabled: true.",
  severity: "advisory",
  types: ["aws:rds/cluster:Cluster"],
  check: ({ inputs }) => (inputs.iamDatabaseAuthenticationEnabled === true ? [] : ["IAM authentication is off"]),
  passing: { type: "aws:rds/cluster:Cluster", inputs: { iamDatabaseAuthenticationEnabled: true } },
  failing: { type: "aws:rds/cluster:Cluster", inputs: {} },
};
