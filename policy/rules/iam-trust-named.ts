/** Assume-role policies do not trust everybody, and trust services with a source condition where AWS supports one. */

import { rawStatements } from "../../plan/iam/permissions";
import { allowsEverybody } from "../principals";
import type { Rule } from "../rule";

export const iamTrustNamed: Rule = {
  id: "iam-trust-named",
  title: "Roles trust named principals",
  checks: "Assume-role policies do not trust everybody, and trust services with a source condition where AWS supports one.",
  why: "A role that anybody can assume is a public credential.",
  fix: "Name the service or the account, with a condition.",
  severity: "mandatory",
  types: ["aws:iam/role:Role"],
  check: ({ inputs }) =>
    rawStatements(inputs.assumeRolePolicy)
      .filter((statement) => statement.Effect === "Allow" && allowsEverybody(statement))
      .map(() => "everybody may assume the role"),
  passing: {
    type: "aws:iam/role:Role",
    inputs: {
      assumeRolePolicy: JSON.stringify({
        Statement: [{ Effect: "Allow", Principal: { Service: "pods.eks.amazonaws.com" }, Action: "sts:AssumeRole" }],
      }),
    },
  },
  failing: {
    type: "aws:iam/role:Role",
    inputs: { assumeRolePolicy: JSON.stringify({ Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }] }) },
  },
};
