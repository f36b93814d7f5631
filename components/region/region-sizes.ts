/** What a capacity means for the parts of a region: the arguments that give every hop the size that the load asks for. */

import { type Capacity, capacityFor } from "../capacity";
import type { NodeSizes } from "../cluster";
import { coreDataStores, type DataLayerArgs, type DataStoreName, exchangeStreams, exchangeTables } from "../data";
import type { RegionIngressArgs } from "../ingress";
import type { BrokerArgs } from "../messaging";
import type { ExchangeServicesArgs } from "../services";
import type { ExchangeRegionArgs } from "./exchange-region";

/** Arguments of the parts of a region, before what the user gives by hand. */
export interface RegionSizes {
  data: Partial<DataLayerArgs>;
  nodes: Partial<NodeSizes>;
  ingress: Partial<RegionIngressArgs>;
  services: Pick<ExchangeServicesArgs, "sizes">;
  broker: Pick<BrokerArgs, "instanceType">;
}

/** @param zones number of zones that warm nodes are spread over */
export function regionSizes(capacity: Capacity | undefined, zones: number, stores: readonly DataStoreName[]): RegionSizes {
  if (capacity === undefined) return { data: {}, nodes: {}, ingress: {}, services: {}, broker: {} };
  const size = (name: keyof Capacity["sizes"]) => capacity.sizes[name].value;
  const gateways = size("gateways");
  return {
    data: dataSizes(size, stores),
    nodes: {
      hot: { instanceType: "c7i.12xlarge", count: size("hotNodes"), cores: 24 },
      warm: { instanceTypes: ["m7i.8xlarge", "m6i.8xlarge"], min: 1, max: Math.ceil(size("warmNodes") / zones) },
    },
    ingress: {
      transform: {
        // Reserved, since a market that opens asks for all of it within a minute, and a load balancer doubles in five (ELB guide, "Capacity reservations").
        rest: { loadBalancer: { minimumLoadBalancerCapacity: { capacityUnits: size("restLoadBalancerUnits") } } },
      },
    },
    // A quarter always runs; the nodes hold all of them.
    services: { sizes: { gateway: { replicas: Math.max(2, Math.ceil(gateways / 4)), maxReplicas: gateways, milliCpu: 2_000 } } },
    // A load above the largest instance is seen in the plan as a size that is below it.
    broker: { instanceType: (brokerTypes.find(([vcpu]) => vcpu >= size("brokerVcpu")) ?? brokerTypes.at(-1)!)[1] },
  };
}

/** Instances of Amazon MQ for RabbitMQ clusters by their processors (Amazon MQ guide, "Amazon MQ for RabbitMQ instance types"). */
const brokerTypes = [
  [2, "mq.m5.large"],
  [4, "mq.m5.xlarge"],
  [8, "mq.m5.2xlarge"],
  [16, "mq.m5.4xlarge"],
] as const;

/** Zones of the command log, fixed at its creation. */
const logZones = 3;

function dataSizes(size: (name: keyof Capacity["sizes"]) => number, stores: readonly DataStoreName[]): Partial<DataLayerArgs> {
  const shards = (name: keyof Capacity["sizes"]) => ({ capacity: { shards: size(name) } });
  const sized: Partial<DataLayerArgs> = {
    sql: { compute: { minAcu: Math.max(2, Math.floor(size("auroraAcu") / 8)), maxAcu: size("auroraAcu") } },
    tables: {
      tables: {
        ...exchangeTables,
        sessions: { ...exchangeTables.sessions, warm: warm(size("sessionReadUnits"), size("sessionWriteUnits")) },
        history: { ...exchangeTables.history, warm: warm(size("historyReadUnits"), size("historyWriteUnits")) },
      },
    },
    log: { brokersPerZone: Math.ceil(size("logBrokers") / logZones), storageGib: size("logStorageGib") },
    events: {
      streams: {
        trades: { ...exchangeStreams.trades, ...shards("tradeStreamShards") },
        orders: { ...exchangeStreams.orders, ...shards("orderStreamShards") },
        prices: { ...exchangeStreams.prices, ...shards("priceStreamShards") },
      },
    },
    cache: { shards: size("redisShards"), nodeType: "cache.r7g.xlarge" },
    objects: { nodes: size("objectCacheNodes"), nodeType: "cache.r7g.large" },
    search: { dataNodes: size("searchDataNodes"), dataNodeType: "r7g.4xlarge.search", storageGib: size("searchStorageGib") },
    analytics: { parallelism: size("analyticsUnits") },
    warehouse: { nodes: size("warehouseNodes"), nodeType: "ra3.4xlarge" },
  };
  return Object.fromEntries(Object.entries(sized).filter(([store]) => (stores as readonly string[]).includes(store)));
}

/** The plan lists the quota to raise beside the table. */
function warm(readUnits: number, writeUnits: number) {
  return { readUnits, writeUnits, quota: Math.max(40_000, readUnits, writeUnits) };
}

/** Sizes of every hop, or none when no load is named. */
export function capacityOf({ capacity, capacitySizes, zoneIds }: ExchangeRegionArgs) {
  return capacity === undefined ? undefined : capacityFor(capacity, { zones: zoneIds.length, overrides: capacitySizes });
}

/** Arguments of the stores: sizes of the capacity, membership in the global database, and what was given by hand, each over the one before. */
export function dataChoices(args: ExchangeRegionArgs): Partial<DataLayerArgs> {
  const { globalDatabase, joins, over, zoneIds } = args;
  const sized = regionSizes(capacityOf(args), zoneIds.length, args.stores ?? coreDataStores).data;
  const role = joins === undefined ? "primary" : "secondary";
  const member = globalDatabase === undefined ? {} : { sql: { ...sized.sql, global: { role, identifier: globalDatabase } as const } };
  return { ...sized, ...member, ...over?.data };
}
