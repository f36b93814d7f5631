/** The monthly cost of a graph: each resource by the estimator of its type; what cannot be priced is listed, never zero. */

import type { Load } from "../../components/capacity";
import type { RecordedResource, ResourceGraph } from "../graph/resource-graph";
import { byLayer, layerOf, managed } from "../inventory";
import type { CostLine, CostReport, PriceSource, UnpricedLine } from "../plan";
import { computeEstimators } from "./compute";
import { dataEstimators } from "./data";
import { edgeEstimators } from "./edge";
import { isFree, unestimated } from "./free";
import { messagingEstimators } from "./messaging";
import { money, total } from "./money";
import { networkEstimators } from "./network";
import { operationsEstimators } from "./operations";
import { priceOf } from "./price-book";
import { MonthlyUsage, type Usage } from "./usage";

/** Prices one resource by adding lines to its bill. */
export type Estimator = (resource: RecordedResource, bill: Bill) => void;

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

/** The bill of one resource, with what an estimator needs to know around it. */
export class Bill {
  readonly lines: CostLine[] = [];
  readonly missing: string[] = [];
  readonly sources: PriceSource[] = [];

  constructor(
    readonly graph: ResourceGraph,
    private readonly resource: RecordedResource,
    readonly usage: MonthlyUsage,
  ) {}

  /** Adds `quantity` units at the price `key` of `service`, for what costs that much at any load. */
  provisioned(what: string, service: string, key: string, quantity: number, unit: string): void {
    this.add(what, service, key, quantity, unit, "provisioned");
  }

  /** Adds a line for assumed usage. */
  used(what: string, service: string, key: string, usage: Usage, unit: string): void {
    this.add(what, service, key, usage.quantity, unit, "usage", usage.assumption);
  }

  private add(
    what: string,
    service: string,
    key: string,
    quantity: number,
    unit: string,
    basis: CostLine["basis"],
    assumption?: string,
  ): void {
    const { urn, name, region } = this.resource;
    const price = priceOf(region, service, key);
    if (price === undefined) {
      this.missing.push(`no price for ${service} ${key} in ${region}`);
      return;
    }
    if (!(Number.isFinite(quantity) && quantity >= 0)) throw new Error(`${name}: ${what} has the quantity ${quantity}`);
    this.sources.push(price.source);
    this.lines.push({
      urn,
      name,
      layer: layerOf(this.graph, this.resource),
      region,
      what,
      quantity: Math.round(quantity * 1_000) / 1_000,
      unit,
      unitUsd: price.usd,
      monthlyUsd: money(quantity * price.usd),
      basis,
      ...(assumption === undefined ? {} : { assumption }),
    });
  }
}

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
