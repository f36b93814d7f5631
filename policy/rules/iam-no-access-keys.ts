/** No access keys of IAM users are made, except inactive ones on their way out. */

import type { Rule } from "../rule";

export const iamNoAccessKeys: Rule = {
  id: "iam-no-access-keys",
  title: "Nobody has long-lived keys",
  checks: "No access keys of IAM users are made, except inactive ones on their way out.",
  why: "Keys get into laptops and repositories; roles have nothing to leak.",
  fix: "Use roles: pod identity, IAM Identity Center, or a role for the pipeline.",
  severity: "mandatory",
  types: ["aws:iam/accessKey:AccessKey"],
  check: ({ inputs }) => (inputs.status === "Inactive" ? [] : ["an access key with a long life is made"]),
  passing: { type: "aws:iam/accessKey:AccessKey", inputs: { user: "old", status: "Inactive" } },
  failing: { type: "aws:iam/accessKey:AccessKey", inputs: { user: "robot" } },
};
