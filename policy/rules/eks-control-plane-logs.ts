/** EKS clusters send all five kinds of control plane logs. */

import { listOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const eksControlPlaneLogs: Rule = {
  id: "eks-control-plane-logs",
  title: "Clusters write all control plane logs",
  checks: "EKS clusters send all five kinds of control plane logs.",
  why: "Without audit and authenticator logs nobody can tell who changed what in the cluster.",
  fix: "Set enabledClusterLogTypes to api, audit, authenticator, controllerManager and scheduler.",
  severity: "mandatory",
  types: ["aws:eks/cluster:Cluster", "eks:index:Cluster"],
  check: ({ inputs }) => {
    const missing = ["api", "audit", "authenticator", "controllerManager", "scheduler"].filter(
      (kind) => !listOf(inputs.enabledClusterLogTypes).includes(kind),
    );
    return missing.length === 0 ? [] : [`logs missing: ${missing.join(", ")}`];
  },
  passing: {
    type: "aws:eks/cluster:Cluster",
    inputs: { enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"] },
  },
  failing: { type: "aws:eks/cluster:Cluster", inputs: { enabledClusterLogTypes: ["api", "audit"] } },
};
