/**
 * Traces: what X-Ray keeps of the spans that the services' processes send (OTLP, `workloads/process/tracing.ts`) to the agent beside them. Which requests are
 * traced is decided by the first who knows X-Ray or a ratio: API Gateway by the rules here, gateways and services by the catalog
 * (`traces` of components/services/catalog.ts).
 */

import type * as aws from "@pulumi/aws";

/**
 * Sampling rules by name, the first that fits decides. They are of API Gateway and of functions, which ask X-Ray: of account operations, which move money
 * out, fifty a second and a twentieth of the others. Processes of the exchange ask nobody.
 */
export const samplingRules: Readonly<Record<string, { priority: number; urlPath: string; fixedRate: number; reservoirSize: number }>> = {
  account: { priority: 10, urlPath: "/account/*", fixedRate: 0.05, reservoirSize: 50 },
};

export function samplingRuleArgs(name: string, key: string): aws.xray.SamplingRuleArgs {
  const { priority, urlPath, fixedRate, reservoirSize } = samplingRules[key];
  return {
    // Names of sampling rules end at 32 characters (X-Ray API, SamplingRule).
    ruleName: `${name}-${key}`.slice(-32),
    version: 1,
    priority,
    urlPath,
    fixedRate,
    reservoirSize,
    host: "*",
    httpMethod: "*",
    resourceArn: "*",
    serviceName: "*",
    serviceType: "*",
  };
}

/**
 * Traces worth looking at together: those with faults, and those above the budget of their path, by the names of services and by annotations that their
 * processes send (`searchable` of workloads/process/spans.ts); a test compares the two.
 */
export const traceGroups: Readonly<Record<string, string>> = {
  faults: "fault = true OR error = true",
  "slow-orders": 'annotation.bourse_trade = true AND service("gateway") { responsetime > 0.015 }',
  "slow-commits": 'service("trading") { responsetime > 0.008 }',
  "slow-accounts": 'service("users") { responsetime > 1 }',
};
