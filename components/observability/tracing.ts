/** Traces: what X-Ray keeps of the spans (OTLP) that the CloudWatch agent takes and forwards. No process of the exchange sends spans yet. */

import type * as aws from "@pulumi/aws";

/**
 * Sampling rules by name, the first that fits decides. The trading path is sampled thinly, since a trace costs more than an order; account operations, which
 * move money out, always.
 */
export const samplingRules: Readonly<Record<string, { priority: number; urlPath: string; fixedRate: number; reservoirSize: number }>> = {
  account: { priority: 10, urlPath: "/account/*", fixedRate: 1, reservoirSize: 50 },
  orders: { priority: 20, urlPath: "/api/v3/order*", fixedRate: 0.0001, reservoirSize: 5 },
  rest: { priority: 100, urlPath: "*", fixedRate: 0.001, reservoirSize: 1 },
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

/** Traces worth looking at together: those with faults, and those above the budget of their path. */
export const traceGroups: Readonly<Record<string, string>> = {
  faults: "fault = true OR error = true",
  "slow-orders": 'http.url CONTAINS "/api/v3/order" AND responsetime > 0.015',
  "slow-accounts": 'http.url CONTAINS "/account/" AND responsetime > 1',
};
