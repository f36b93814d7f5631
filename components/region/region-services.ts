/** Which services a region runs, and where the shard is to which they log on. */

import { coreDataStores } from "../data";
import { shardHost } from "../ingress";
import { privateDomain } from "../network";
import { runnableServices, type ServiceName, type ShardPlace } from "../services";
import type { ExchangeRegionArgs } from "./exchange-region";
import { coreRegionParts } from "./region-parts";
import { storesOf } from "./store-refs";

/** Those that were chosen, or that start with the region's stores and parts where it is. */
export function servicesOf(args: Pick<ExchangeRegionArgs, "services" | "stores" | "parts" | "joins">): ServiceName[] {
  const { services, stores = coreDataStores, parts = coreRegionParts, joins } = args;
  return services ?? runnableServices(storesOf(stores, parts), joins === undefined ? "home" : "joined");
}

/** Where the shard leads; undefined in a region that no other joins. */
export function shardPlace({
  zone,
  joins,
  parts = coreRegionParts,
}: Pick<ExchangeRegionArgs, "zone" | "joins" | "parts">): ShardPlace | undefined {
  const host = shardHost({ domain: privateDomain(zone.domain) });
  if (joins !== undefined) return { host, ledFrom: [joins.home.cidr] };
  return parts.includes("regions") ? { host } : undefined;
}
