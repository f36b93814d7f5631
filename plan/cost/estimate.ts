/** The monthly cost of a graph: each resource by the estimator of its type; what cannot be priced is listed, never zero. */

import type { Load } from "../../components/capacity";
import type { RecordedResource, ResourceGraph } from "../graph/resource-graph";
import { byLayer, managed } from "../inventory";
import type { CostLine, CostReport, PriceSource, UnpricedLine } from "../plan";
import { Bill, type Estimator } from "./bill";
import { computeEstimators } from "./compute";
import { dataEstimators } from "./data";
import { edgeEstimators } from "./edge";
import { isFree, unestimated } from "./free";
import { messagingEstimators } from "./messaging";
import { total } from "./money";
import { networkEstimators } from "./network";
import { operationsEstimators } from "./operations";
import { MonthlyUsage } from "./usage";

const estimators: Readonly<Record<string, Estimator>> = {
  ...networkEstimators,
  ...computeEstimators,
  ...dataEstimators,
  ...messagingEstimators,
  ...edgeEstimators,
  ...operationsEstimators,
};

/** Types that {@link estimateCost} prices. */
export const estimatedTypes: readonly string[] = Object.keys(estimators);

/** Prices every managed resource of `graph` for `load`. */
export function estimateCost(graph: ResourceGraph, load: Load): CostReport {
  const usage = new MonthlyUsage(load);
  const lines: CostLine[] = [];
  const sources = new Map<string, PriceSource>();
  const unpriced = new Map<string, UnpricedLine>();
  const leaveOut = (resource: RecordedResource, reason: string): void => {
    const key = `${resource.type} ${resource.region} ${reason}`;
    const line = unpriced.get(key) ?? { type: resource.type, region: resource.region, resources: 0, reason };
    line.resources++;
    unpriced.set(key, line);
  };

  for (const resource of managed(graph)) {
    const estimator = estimators[resource.type];
    if (estimator === undefined) {
      if (!isFree(resource.type)) leaveOut(resource, unestimated[resource.type] ?? "no estimator for this type");
      continue;
    }
    const bill = new Bill(graph, resource, usage);
    estimator(resource, bill);
    lines.push(...bill.lines);
    for (const source of bill.sources) sources.set(`${source.region} ${source.service}`, source);
    for (const reason of bill.missing) leaveOut(resource, reason);
  }

  lines.sort((a, b) => b.monthlyUsd - a.monthlyUsd || compare(a.urn, b.urn) || compare(a.what, b.what));
  const layers = [...new Set(lines.map((line) => line.layer))].sort(byLayer);
  const sum = (some: CostLine[]) => total(some.map((line) => line.monthlyUsd));
  return {
    currency: "USD",
    monthlyUsd: sum(lines),
    provisionedUsd: sum(lines.filter((line) => line.basis === "provisioned")),
    usageUsd: sum(lines.filter((line) => line.basis === "usage")),
    sources: [...sources.entries()].sort(([a], [b]) => compare(a, b)).map(([, source]) => source),
    layers: layers.map((layer) => ({ layer, monthlyUsd: sum(lines.filter((line) => line.layer === layer)) })),
    lines,
    unpriced: [...unpriced.values()].sort((a, b) => compare(a.type, b.type) || compare(a.region, b.region) || compare(a.reason, b.reason)),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
