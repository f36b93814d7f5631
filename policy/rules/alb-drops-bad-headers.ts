/** Application load balancers drop invalid header fields and are strict about desynchronisation. */

import { textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const albDropsBadHeaders: Rule = {
  id: "alb-drops-bad-headers",
  title: "Application load balancers drop malformed headers",
  checks: "Application load balancers drop invalid header fields and are strict about desynchronisation.",
  why: "Two servers that read a request differently let one user speak for another.",
  fix: 'Set dropInvalidHeaderFields: true and desyncMitigationMode: "strictest" or "defensive".',
  severity: "mandatory",
  types: ["aws:lb/loadBalancer:LoadBalancer"],
  check: ({ inputs }) => {
    if (textOf(inputs.loadBalancerType, "application") !== "application") return [];
    const faults: string[] = [];
    if (inputs.dropInvalidHeaderFields !== true) faults.push("malformed headers are passed on");
    if (inputs.desyncMitigationMode === "monitor") faults.push("ambiguous requests are passed on");
    return faults;
  },
  passing: { type: "aws:lb/loadBalancer:LoadBalancer", inputs: { dropInvalidHeaderFields: true } },
  failing: { type: "aws:lb/loadBalancer:LoadBalancer", inputs: {} },
};
