/** Load balancers have deletion protection. */

import type { Rule } from "../rule";

export const loadBalancerDeletionProtection: Rule = {
  id: "load-balancer-deletion-protection",
  title: "Production load balancers cannot be deleted by accident",
  checks: "Load balancers have deletion protection.",
  why: "Clients and records point at it; a new one has other addresses.",
  fix: "Set enableDeletionProtection: true.",
  severity: "mandatory",
  in: "production",
  types: ["aws:lb/loadBalancer:LoadBalancer"],
  check: ({ inputs }) => (inputs.enableDeletionProtection === true ? [] : ["deletion protection is off"]),
  passing: { type: "aws:lb/loadBalancer:LoadBalancer", inputs: { enableDeletionProtection: true } },
  failing: { type: "aws:lb/loadBalancer:LoadBalancer", inputs: {} },
};
