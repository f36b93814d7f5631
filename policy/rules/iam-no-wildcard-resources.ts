/** IAM policies name resources, unless AWS has no resource for the action or a condition narrows it. */

import { statementsOf } from "../../plan/iam/permissions";
import { hasNoResource, policyDocuments } from "../principals";
import type { Rule } from "../rule";

export const iamNoWildcardResources: Rule = {
  id: "iam-no-wildcard-resources",
  title: "Roles act on named resources",
  checks: "IAM policies name resources, unless AWS has no resource for the action or a condition narrows it.",
  why: "What is not named includes what others will create next year.",
  fix: "Name the ARNs, or add a condition.",
  severity: "advisory",
  types: ["aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy", "aws:iam/role:Role"],
  check: ({ inputs }) =>
    policyDocuments(inputs)
      .flatMap(statementsOf)
      .filter((statement) => statement.effect === "Allow" && statement.resources.includes("*") && statement.conditions === undefined)
      .map((statement) => ({ statement, narrow: statement.actions.filter((action) => !hasNoResource(action)) }))
      .filter(({ narrow }) => narrow.length > 0)
      .map(({ statement, narrow }) => `${statement.sid ?? "a statement"} allows ${narrow.join(", ")} on every resource`),
  passing: {
    type: "aws:iam/rolePolicy:RolePolicy",
    inputs: { policy: JSON.stringify({ Statement: [{ Effect: "Allow", Action: ["xray:PutTraceSegments"], Resource: "*" }] }) },
  },
  failing: {
    type: "aws:iam/rolePolicy:RolePolicy",
    inputs: { policy: JSON.stringify({ Statement: [{ Effect: "Allow", Action: ["dynamodb:GetItem"], Resource: "*" }] }) },
  },
};
