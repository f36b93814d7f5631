/** DynamoDB tables have deletion protection. */

import type { Rule } from "../rule";

export const dynamodbDeletionProtection: Rule = {
  id: "dynamodb-deletion-protection",
  title: "Production tables cannot be deleted by accident",
  checks: "DynamoDB tables have deletion protection.",
  why: "A replaced table is an empty table; protection turns the mistake into an error.",
  fix: "Set deletionProtectionEnabled: true.",
  severity: "mandatory",
  in: "production",
  types: ["aws:dynamodb/table:Table"],
  check: ({ inputs }) => (inputs.deletionProtectionEnabled === true ? [] : ["deletion protection is off"]),
  passing: { type: "aws:dynamodb/table:Table", inputs: { deletionProtectionEnabled: true } },
  failing: { type: "aws:dynamodb/table:Table", inputs: {} },
};
