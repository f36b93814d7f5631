/** Load balancers that can write access logs to a bucket. */

import { recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const loadBalancerAccessLogs: Rule = {
  id: "load-balancer-access-logs",
  title: "Load balancers log requests",
  checks:
    "Load balancers write access logs to a bucket; network load balancers do for TLS alone, so that those of other listeners need none.",
  why: "Who called, when and with what result is asked after every incident.",
  fix: "Set accessLogs: { bucket, enabled: true }.",
  severity: "advisory",
  needsGraph: true,
  types: ["aws:lb/loadBalancer:LoadBalancer"],
  check: (balancer, graph) => {
    if (recordOf(balancer.inputs.accessLogs).enabled === true) return [];
    // ELB guide, "Access logs for your Network Load Balancer".
    const listeners = graph.referrersOf(balancer, "aws:lb/listener:Listener", "loadBalancerArn");
    const logsNothing = balancer.inputs.loadBalancerType === "network" && listeners.length > 0;
    return logsNothing && listeners.every(({ inputs }) => textOf(inputs.protocol) !== "TLS") ? [] : ["access logs are off"];
  },
  passing: { type: "aws:lb/loadBalancer:LoadBalancer", inputs: { accessLogs: { bucket: "logs", enabled: true } } },
  failing: { type: "aws:lb/loadBalancer:LoadBalancer", inputs: {} },
};
