/** EKS API servers listen on the internet only for named addresses, or not at all. */

import { listOf, recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const eksPrivateEndpoint: Rule = {
  id: "eks-private-endpoint",
  title: "The Kubernetes API is not open to the world",
  checks: "EKS API servers listen on the internet only for named addresses, or not at all.",
  why: "Whoever finds a hole in the API server, or a leaked token, would own the exchange from anywhere.",
  fix: "Set endpointPublicAccess: false, or list publicAccessCidrs.",
  severity: "mandatory",
  types: ["aws:eks/cluster:Cluster", "eks:index:Cluster"],
  check: ({ inputs }) => {
    const vpc = inputs.vpcConfig === undefined ? inputs : recordOf(inputs.vpcConfig);
    if (vpc.endpointPublicAccess === false) return [];
    const cidrs = listOf(vpc.publicAccessCidrs);
    return cidrs.length === 0 || cidrs.some((cidr) => cidr === "0.0.0.0/0" || cidr === "::/0")
      ? ["the API server answers every address"]
      : [];
  },
  passing: { type: "aws:eks/cluster:Cluster", inputs: { vpcConfig: { endpointPublicAccess: false, endpointPrivateAccess: true } } },
  failing: { type: "aws:eks/cluster:Cluster", inputs: { vpcConfig: { endpointPublicAccess: true } } },
};
