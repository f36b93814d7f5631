/** Request rates that account-wide AWS quotas must allow for a load; the planner compares them with the quotas' defaults. */

import { mails, signIns, uncacheable } from "./hop";
import { type Load, referenceLoad } from "./load";

/** A rate that an AWS service must allow. */
export interface RateNeed {
  name: "cloudFrontRequests" | "webAclRequests" | "apiGatewayRequests" | "lambdaConcurrency" | "mailRate" | "kmsRequests";
  value: number;
  unit: string;
  reason: string;
}

/** Rates for a load, without headroom: a quota is a ceiling, so ask AWS for more than these. */
export function rateNeeds(load: Load): RateNeed[] {
  const cached = load.edgeRequests * load.cacheableShare;
  const accountRequests = Math.ceil(signIns(load) * 3);
  const authorized = Math.ceil(accountRequests * 0.1 * 0.05);
  const eventBatches = Math.ceil((load.peakOrders / referenceLoad.peakOrders) * 200);
  const sessionKeys = Math.ceil(load.signedReads / 1_000);
  return [
    { name: "cloudFrontRequests", value: cached, unit: "requests/s", reason: "cacheable share of the requests at the edge" },
    {
      name: "webAclRequests",
      value: uncacheable(load),
      unit: "requests/s",
      reason: "uncacheable requests, all through the regional web ACL",
    },
    {
      name: "apiGatewayRequests",
      value: accountRequests,
      unit: "requests/s",
      reason: "a quarter of the users sign in each day with three requests, five times the average at the peak",
    },
    {
      name: "lambdaConcurrency",
      value: authorized + eventBatches,
      unit: "concurrent executions",
      reason: "authorizer at 50 ms with 90 % of answers cached, and one stream consumer for each busy stream shard",
    },
    {
      name: "mailRate",
      value: mails(load),
      unit: "mails/s",
      reason: "one mail a day to 1 % of the users, five times the average at the peak",
    },
    {
      name: "kmsRequests",
      value: sessionKeys,
      unit: "requests/s",
      reason: "one data key opened for each thousand signed reads; keys are cached",
    },
  ];
}
