/** Compares what a stack needs with the default quotas, region by region. */

import type { RateNeed } from "../../components/capacity";
import type { RecordedResource, ResourceGraph } from "../graph/resource-graph";
import { managed } from "../inventory";
import type { QuotaLine } from "../plan";
import { quotas } from "./catalogue";
import type { Quota } from "./quota";

/** Below this share of a default, a quota is comfortable. */
const comfortable = 0.8;

/** Services that a rate is spent on: a rate counts only in a stack that has one of them. */
const rateSpenders: Record<RateNeed["name"], string[]> = {
  cloudFrontRequests: ["aws:cloudfront/distribution:Distribution"],
  webAclRequests: ["aws:wafv2/webAclAssociation:WebAclAssociation"],
  apiGatewayRequests: ["aws:apigatewayv2/api:Api", "aws:apigateway/restApi:RestApi"],
  lambdaConcurrency: ["aws:lambda/function:Function"],
  mailRate: ["aws:sesv2/emailIdentity:EmailIdentity", "aws:ses/domainIdentity:DomainIdentity"],
  kmsRequests: ["aws:kms/key:Key"],
};

/** Quotas that the graph or its load touches, those to raise first. */
export function compareQuotas(graph: ResourceGraph, rates: readonly RateNeed[]): QuotaLine[] {
  const resources = managed(graph);
  const regions = [...new Set(resources.map((resource) => resource.region))].sort();
  const lines = quotas.flatMap((quota) =>
    regions.flatMap((region) => {
      const here = resources.filter((resource) => resource.region === region);
      const counted = needOf(quota, here, rates);
      return counted === undefined || counted.need === 0 ? [] : [lineOf(quota, region, counted)];
    }),
  );
  const urgency = { raise: 0, tight: 1, enough: 2 };
  return lines.sort(
    (a, b) =>
      urgency[a.state] - urgency[b.state] || compare(a.service, b.service) || compare(a.name, b.name) || compare(a.region, b.region),
  );
}

interface Counted {
  need: number;
  reason: string;
}

function needOf(quota: Quota, here: readonly RecordedResource[], rates: readonly RateNeed[]): Counted | undefined {
  const { need } = quota;
  if ("rate" in need) {
    const rate = rates.find((each) => each.name === need.rate);
    const spent = here.some((resource) => rateSpenders[need.rate].includes(resource.type));
    return rate === undefined || !spent ? undefined : { need: rate.value, reason: rate.reason };
  }
  if ("count" in need) {
    const found = here.filter((resource) => need.count.includes(resource.type) && (need.where?.(resource) ?? true));
    return { need: found.length, reason: "counted in the plan" };
  }
  if ("sum" in need) {
    const figures = here.filter((resource) => need.sum.includes(resource.type)).map((resource) => need.of(resource, here));
    return {
      need: figures.reduce((sum, figure) => sum + figure, 0),
      reason: `sum over ${figures.length} resources of the plan, at their largest size`,
    };
  }
  const found = here.filter((resource) => need.largest.includes(resource.type));
  if (found.length === 0) return undefined;
  const largest = found.map((resource) => ({ resource, figure: need.of(resource, here) })).reduce((a, b) => (b.figure > a.figure ? b : a));
  return { need: largest.figure, reason: `largest of ${found.length}: ${largest.resource.name}` };
}

function lineOf(quota: Quota, region: string, { need, reason }: Counted): QuotaLine {
  return {
    service: quota.service,
    serviceCode: quota.serviceCode,
    ...(quota.quotaCode === undefined ? {} : { quotaCode: quota.quotaCode }),
    name: quota.name,
    region,
    need,
    default: quota.default,
    unit: quota.unit,
    adjustable: quota.adjustable,
    headroom: quota.default - need,
    state: need > quota.default ? "raise" : need > quota.default * comfortable ? "tight" : "enough",
    reason,
    source: quota.source,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
