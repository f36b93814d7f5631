/** The bill of one resource: lines at list prices, and what has no price. */

import type { RecordedResource, ResourceGraph } from "../graph/resource-graph";
import { layerOf } from "../inventory";
import type { CostLine, PriceSource } from "../plan";
import { money } from "./money";
import { priceOf } from "./price-book";
import type { MonthlyUsage, Usage } from "./usage";

/** Prices one resource by adding lines to its bill. */
export type Estimator = (resource: RecordedResource, bill: Bill) => void;

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
