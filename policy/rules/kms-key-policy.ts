/** Key policies name principals, and do not allow everybody without a condition. */

import { rawStatements } from "../../plan/iam/permissions";
import { allowsEverybody } from "../principals";
import type { Rule } from "../rule";

export const kmsKeyPolicy: Rule = {
  id: "kms-key-policy",
  title: "No key policy lets everybody in",
  checks: "Key policies name principals, and do not allow everybody without a condition.",
  why: "A key policy with the principal * gives the key to every AWS account, whatever its IAM policies say.",
  fix: "Name the account root or the roles that may use the key.",
  severity: "mandatory",
  types: ["aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey"],
  check: ({ inputs }) =>
    rawStatements(inputs.policy)
      .filter((statement) => statement.Effect === "Allow" && statement.Condition === undefined && allowsEverybody(statement))
      .map((statement) => `statement ${String(statement.Sid ?? "without Sid")} allows every principal`),
  passing: {
    type: "aws:kms/key:Key",
    inputs: {
      policy: JSON.stringify({
        Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "kms:*", Resource: "*" }],
      }),
    },
  },
  failing: {
    type: "aws:kms/key:Key",
    inputs: { policy: JSON.stringify({ Statement: [{ Effect: "Allow", Principal: "*", Action: "kms:Decrypt", Resource: "*" }] }) },
  },
};
