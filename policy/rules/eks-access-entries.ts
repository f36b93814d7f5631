/** EKS clusters authenticate through the API alone, not the aws-auth map. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const eksAccessEntries: Rule = {
  id: "eks-access-entries",
  title: "Cluster access is given by access entries",
  checks: "EKS clusters authenticate through the API alone, not the aws-auth map.",
  why: "An edit of the aws-auth map leaves no trace in AWS, and a typing error locks everybody out.",
  fix: 'Set accessConfig: { authenticationMode: "API" }.',
  severity: "mandatory",
  types: ["aws:eks/cluster:Cluster", "eks:index:Cluster"],
  check: ({ inputs }) =>
    (recordOf(inputs.accessConfig).authenticationMode ?? inputs.authenticationMode) === "API"
      ? []
      : ["access is not by access entries alone"],
  passing: { type: "aws:eks/cluster:Cluster", inputs: { accessConfig: { authenticationMode: "API" } } },
  failing: { type: "aws:eks/cluster:Cluster", inputs: { accessConfig: { authenticationMode: "API_AND_CONFIG_MAP" } } },
};
