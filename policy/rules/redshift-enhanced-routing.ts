/** Redshift clusters use enhanced VPC routing. */

import type { Rule } from "../rule";

export const redshiftEnhancedRouting: Rule = {
  id: "redshift-enhanced-routing",
  title: "The warehouse copies inside the network",
  checks: "Redshift clusters use enhanced VPC routing.",
  why: "Without it, COPY and UNLOAD leave the network, past its groups and flow logs.",
  fix: "Set enhancedVpcRouting: true.",
  severity: "mandatory",
  types: ["aws:redshift/cluster:Cluster"],
  check: ({ inputs }) => (inputs.enhancedVpcRouting === true ? [] : ["traffic of COPY and UNLOAD leaves the network"]),
  passing: { type: "aws:redshift/cluster:Cluster", inputs: { enhancedVpcRouting: true } },
  failing: { type: "aws:redshift/cluster:Cluster", inputs: {} },
};
