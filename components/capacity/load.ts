/** What an exchange has to serve: the reference load, and loads derived from a target of orders a second. */

import type { Fault } from "../foundation";

/** A load. Rates are a second; shares are 0 to 1. */
export interface Load {
  /** HTTP requests at the edge, at the peak. */
  edgeRequests: number;
  /** Share of {@link edgeRequests} that is public market data, and so can be answered from a cache. */
  cacheableShare: number;
  /** Orders and cancels, sustained over hours. */
  orders: number;
  /** Orders and cancels, in the busiest seconds. */
  peakOrders: number;
  /** WebSocket and binary connections held open. */
  sockets: number;
  /** Stream messages sent to clients. */
  streamMessages: number;
  /** Signed reads of accounts and orders. */
  signedReads: number;
  /** Registered users. */
  users: number;
  /** Traded symbols. */
  symbols: number;
  /** Share of all orders that the busiest symbol takes. */
  busiestSymbolShare: number;
  /** Fills that an order causes, on average. */
  fillsPerOrder: number;
}

/** The load that `capacity: "binance"` names. */
export const referenceLoad: Readonly<Load> = {
  edgeRequests: 5_000_000,
  cacheableShare: 0.9,
  orders: 300_000,
  peakOrders: 1_400_000,
  sockets: 2_000_000,
  streamMessages: 20_000_000,
  signedReads: 400_000,
  users: 200_000_000,
  symbols: 2_000,
  busiestSymbolShare: 0.15,
  fillsPerOrder: 0.15,
};

/**
 * A target: the reference load by name, or sustained orders a second with anything else that is known. What is not given is the reference
 * load in proportion to `orders`; shares, fills and symbols are taken as they are.
 */
export type CapacityTarget = "binance" | ({ orders: number } & Partial<Load>);

/** Shares and ratios, which do not grow with the load. */
const ratios = ["cacheableShare", "busiestSymbolShare", "fillsPerOrder", "symbols"] as const satisfies readonly (keyof Load)[];

/** The whole load of a target. Throws nothing: see {@link capacityTargetFaults}. */
export function loadOf(target: CapacityTarget): Load {
  if (target === "binance") return { ...referenceLoad };
  const scale = target.orders / referenceLoad.orders;
  const load = { ...referenceLoad };
  for (const key of Object.keys(load) as (keyof Load)[]) {
    const scaled = ratios.some((ratio) => ratio === key) ? referenceLoad[key] : Math.ceil(referenceLoad[key] * scale);
    load[key] = target[key] ?? scaled;
  }
  return load;
}

/** Faults of a target, each with its path below `capacity`. */
export function capacityTargetFaults(target: unknown): Fault[] {
  if (target === "binance") return [];
  const fix = 'write capacity: "binance" or capacity: { orders: 5000 }';
  if (typeof target !== "object" || target === null || Array.isArray(target)) {
    return [{ path: "capacity", given: target, allowed: '"binance" or an object with the orders a second', fix }];
  }
  const faults: Fault[] = [];
  const given = target as Record<string, unknown>;
  if (given.orders === undefined) faults.push({ path: "capacity.orders", given: undefined, allowed: "orders a second, above 0", fix });
  for (const [key, value] of Object.entries(given)) {
    const path = `capacity.${key}`;
    if (!Object.hasOwn(referenceLoad, key)) {
      const allowed = Object.keys(referenceLoad).join(", ");
      faults.push({ path, given: value, allowed: `only ${allowed}`, fix: "remove it or correct its spelling" });
      continue;
    }
    faults.push(...figureFaults(key as keyof Load, path, value));
  }
  const load = given as Partial<Load>;
  if (faults.length === 0 && load.peakOrders !== undefined && load.peakOrders < load.orders!) {
    const allowed = `at least the sustained orders (${load.orders})`;
    faults.push({ path: "capacity.peakOrders", given: load.peakOrders, allowed, fix: "raise it, or leave it out to derive it" });
  }
  return faults;
}

function figureFaults(key: keyof Load, path: string, value: unknown): Fault[] {
  const number = typeof value === "number" && Number.isFinite(value) ? value : undefined;
  if (key === "cacheableShare" || key === "busiestSymbolShare") {
    if (number !== undefined && number >= 0 && number <= 1) return [];
    return [{ path, given: value, allowed: "a share from 0 to 1", fix: `use ${referenceLoad[key]}, the reference` }];
  }
  if (key === "fillsPerOrder") {
    if (number !== undefined && number >= 0) return [];
    return [{ path, given: value, allowed: "a number, 0 or more", fix: `use ${referenceLoad[key]}, the reference` }];
  }
  if (number !== undefined && number > 0) return [];
  return [{ path, given: value, allowed: "a number above 0", fix: "leave it out to derive it from orders" }];
}
