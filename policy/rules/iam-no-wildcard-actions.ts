/** IAM policies allow no action *, and no service:* unless they are limited to named resources. */

import { isWideAction, statementsOf } from "../../plan/iam/permissions";
import { policyDocuments } from "../principals";
import type { Rule } from "../rule";

export const iamNoWildcardActions: Rule = {
  id: "iam-no-wildcard-actions",
  title: "No role may do everything",
  checks: "IAM policies allow no action *, and no service:* unless they are limited to named resources.",
  why: "A role that may do everything turns any bug of its service into the loss of the account.",
  fix: "List the actions that the service calls.",
  severity: "mandatory",
  types: ["aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy", "aws:iam/userPolicy:UserPolicy", "aws:iam/role:Role"],
  check: ({ inputs }) =>
    policyDocuments(inputs)
      .flatMap(statementsOf)
      .filter((statement) => statement.effect === "Allow")
      .flatMap((statement) => {
        const label = statement.sid ?? statement.actions[0] ?? "a statement";
        if (statement.inverted) return [`${label} allows all but what it names`];
        if (statement.actions.includes("*")) return [`${label} allows every action`];
        const wide = statement.actions.filter(isWideAction);
        return wide.length > 0 && statement.resources.includes("*") ? [`${label} allows ${wide.join(", ")} on every resource`] : [];
      }),
  passing: {
    type: "aws:iam/rolePolicy:RolePolicy",
    inputs: { policy: JSON.stringify({ Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:aws:s3:::bucket/*" }] }) },
  },
  failing: {
    type: "aws:iam/rolePolicy:RolePolicy",
    inputs: { policy: JSON.stringify({ Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }) },
  },
};
