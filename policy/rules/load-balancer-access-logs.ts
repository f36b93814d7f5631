/** Load balancers write access logs to a bucket. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const loadBalancerAccessLogs: Rule = {
  id: "load-balancer-access-logs",
  title: "Load balancers log requests",
  checks: "Load balancers write access logs to a bucket.",
  why: "Who called, when and with what result is asked after every incident.",
  fix: "Set accessLogs: { bucket, enabled: true }.",
  severity: "advisory",
  types: ["aws:lb/loadBalancer:LoadBalancer"],
  check: ({ inputs }) => (recordOf(inputs.accessLogs).enabled === true ? [] : ["access logs are off"]),
  passing: { type: "aws:lb/loadBalancer:LoadBalancer", inputs: { accessLogs: { bucket: "logs", enabled: true } } },
  failing: { type: "aws:lb/loadBalancer:LoadBalancer", inputs: {} },
};
