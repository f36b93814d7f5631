/** No role or user is given an administrator or power user policy of AWS. */

import { listOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const iamNoAdministrator: Rule = {
  id: "iam-no-administrator",
  title: "Nobody is an administrator",
  checks: "No role or user is given an administrator or power user policy of AWS.",
  why: "These policies allow every action of every service, today and in future.",
  fix: "Write the actions that are needed.",
  severity: "mandatory",
  types: ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/userPolicyAttachment:UserPolicyAttachment", "aws:iam/role:Role"],
  check: ({ inputs }) =>
    [inputs.policyArn, ...listOf(inputs.managedPolicyArns)]
      .map((arn) => textOf(arn))
      .filter((arn) => /:aws:policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/.test(arn))
      .map((arn) => `${arn.split("/").at(-1)} is attached`),
  passing: {
    type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    inputs: { policyArn: "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy" },
  },
  failing: {
    type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    inputs: { policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
  },
};
