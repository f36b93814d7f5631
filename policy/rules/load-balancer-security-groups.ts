/** Network load balancers are created with security groups. */

import { listOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const loadBalancerSecurityGroups: Rule = {
  id: "load-balancer-security-groups",
  title: "Network load balancers have security groups from birth",
  checks: "Network load balancers are created with security groups.",
  why: "A load balancer made without them can never get any; it would have to be replaced, with its addresses.",
  fix: "Set securityGroups.",
  severity: "mandatory",
  types: ["aws:lb/loadBalancer:LoadBalancer"],
  check: ({ inputs }) => (listOf(inputs.securityGroups).length > 0 ? [] : ["has no security group"]),
  passing: { type: "aws:lb/loadBalancer:LoadBalancer", inputs: { loadBalancerType: "network", securityGroups: ["sg-1"] } },
  failing: { type: "aws:lb/loadBalancer:LoadBalancer", inputs: { loadBalancerType: "network" } },
};
