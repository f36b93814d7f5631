/** The administrator of a Redshift cluster has a name of its own. */

import type { Rule } from "../rule";

export const redshiftAdministratorName: Rule = {
  id: "redshift-administrator-name",
  title: "The warehouse's administrator is not named by default",
  checks: "The administrator of a Redshift cluster is not named awsuser.",
  why: "A known name is half of what a guesser needs.",
  fix: "Set masterUsername; it cannot be changed later.",
  severity: "advisory",
  types: ["aws:redshift/cluster:Cluster"],
  check: ({ inputs }) => (inputs.masterUsername === "awsuser" ? ["the administrator is named awsuser"] : []),
  passing: { type: "aws:redshift/cluster:Cluster", inputs: { masterUsername: "administrator" } },
  failing: { type: "aws:redshift/cluster:Cluster", inputs: { masterUsername: "awsuser" } },
};
