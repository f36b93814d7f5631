/** The size of every hop, as a table: what the hop must carry and what one unit of it carries. */

import { type Figure, figures, recordBytes } from "./figures";
import type { Load } from "./load";

/** One thing a hop must carry. A hop with several takes the largest count. */
export interface Demand {
  /** What it is, for the reason text. */
  what: string;
  value: number;
  unit: string;
  /** What one unit of the hop carries. */
  each: Figure;
}

/**
 * How a hop is spread: `zones` still carries its demand with one zone lost, `pair` with one of the hot tier's two zones lost, `single` has a
 * quarter in hand, and `counted` adds up what others are already sized with.
 */
export type Spread = "zones" | "pair" | "single" | "counted";

/** Sizes so far, by name; a hop may depend on those above it in the table. */
export type SizesSoFar = (name: string) => number;

export interface Hop {
  name: string;
  layer: "ingress" | "services" | "cluster" | "data" | "messaging";
  title: string;
  unit: string;
  spread: Spread;
  /** Fewest that are built: what high availability needs, or what the service gives or sells at least. */
  minimum: number;
  /** The count is a multiple of the zones, one group in each. */
  perZone?: boolean;
  /** The most zones that the service spreads over, however many the region has. @default all of them */
  mostZones?: number;
  demands(load: Load, sizes: SizesSoFar): Demand[];
}

/** Requests that no cache can answer. */
export const uncacheable = (load: Load): number => Math.round(load.edgeRequests * (1 - load.cacheableShare));

/** Bytes a second of order states and fills (a fill is kept for both sides) at `orders` a second. */
const eventBytes = (load: Load, orders: number): number => orders * (recordBytes.orderState + 2 * load.fillsPerOrder * recordBytes.fill);

const secondsADay = 86_400;
/** The busiest minute carries five times the day's average. */
const dailyPeak = 5;

/** Sign-ins a second at the peak of the day: a quarter of the users each day. */
export const signIns = (load: Load): number => ((load.users * 0.25) / secondsADay) * dailyPeak;
/** Mails a second at the peak of the day: one a day to 1 % of the users. */
export const mails = (load: Load): number => Math.ceil(((load.users * 0.01) / secondsADay) * dailyPeak);
/** Requests a second of the account API that no cached answer of the authorizer serves: a tenth of three for each sign-in. */
export const sessionLookups = (load: Load): number => signIns(load) * 3 * 0.1;

/** Processors of a gateway, and cores of a shard: journal, match, publish, spare. */
export const podVcpu = 2;
export const shardCores = 4;

export const hops = [
  {
    name: "restLoadBalancerUnits",
    layer: "ingress",
    title: "Capacity units reserved over all Application Load Balancers",
    unit: "LCU",
    spread: "single",
    minimum: 100,
    demands: (load) => [{ what: "uncacheable requests", value: uncacheable(load), unit: "requests/s", each: figures.lcuRequests }],
  },
  {
    name: "orderGateways",
    layer: "services",
    title: "Order entry gateways",
    unit: "pods",
    spread: "pair",
    minimum: 2,
    demands: (load) => [{ what: "peak orders", value: load.peakOrders, unit: "orders/s", each: figures.orderGateway }],
  },
  {
    name: "readGateways",
    layer: "services",
    title: "REST gateways",
    unit: "pods",
    spread: "pair",
    minimum: 2,
    demands: (load) => [
      { what: "uncacheable requests", value: uncacheable(load), unit: "requests/s", each: figures.readGateway },
      { what: "signed reads", value: load.signedReads, unit: "requests/s", each: figures.readGateway },
    ],
  },
  {
    name: "streamGateways",
    layer: "services",
    title: "Stream gateways",
    unit: "pods",
    spread: "pair",
    minimum: 2,
    demands: (load) => [
      { what: "open sockets", value: load.sockets, unit: "sockets", each: figures.streamSockets },
      { what: "stream messages", value: load.streamMessages, unit: "messages/s", each: figures.streamMessages },
    ],
  },
  {
    name: "gateways",
    layer: "services",
    title: "Gateways of all kinds, alike, so that any takes over from any",
    unit: "pods",
    spread: "counted",
    minimum: 2,
    demands: (_load, size) => [
      {
        what: "gateways for orders, reads and streams",
        value: size("orderGateways") + size("readGateways") + size("streamGateways"),
        unit: "pods",
        each: figures.onePod,
      },
    ],
  },
  {
    name: "restLoadBalancers",
    layer: "ingress",
    title: "Application Load Balancers of the REST API, behind the region's web ACL",
    unit: "load balancers",
    spread: "single",
    minimum: 1,
    demands: (_load, size) => [{ what: "gateways", value: size("gateways"), unit: "targets", each: figures.albTargets }],
  },
  {
    name: "socketLoadBalancers",
    layer: "ingress",
    title: "Network Load Balancers of sockets",
    unit: "load balancers",
    spread: "single",
    minimum: 1,
    demands: (_load, size) => [
      {
        what: "gateways in each of the two hot zones",
        value: size("gateways") / 2,
        unit: "targets",
        each: figures.nlbTargetsPerZone,
      },
    ],
  },
  {
    name: "socketLoadBalancerUnits",
    layer: "ingress",
    title: "Capacity units of the Network Load Balancers",
    unit: "NLCU",
    spread: "single",
    minimum: 10,
    demands: (load) => [{ what: "open sockets", value: load.sockets, unit: "sockets", each: figures.nlcuSockets }],
  },
  {
    name: "shards",
    layer: "services",
    title: "Shards of the matching engine, each with a leader and a standby",
    unit: "shards",
    spread: "single",
    minimum: 1,
    demands: (load) => [{ what: "peak orders", value: load.peakOrders, unit: "commands/s", each: figures.shard }],
  },
  {
    name: "hotNodes",
    layer: "cluster",
    title: "Hot nodes in each of the hot zone and its standby zone",
    unit: "nodes a zone",
    spread: "single",
    minimum: 1,
    demands: (_load, size) => [
      {
        what: "half of the gateways, and a leader or standby of every shard",
        value: (size("gateways") * podVcpu) / 2 + size("shards") * shardCores,
        unit: "cores",
        each: figures.hotNodeCores,
      },
    ],
  },
  {
    name: "warmNodes",
    layer: "cluster",
    title: "Warm nodes over all zones",
    unit: "nodes",
    spread: "zones",
    minimum: 3,
    perZone: true,
    demands: (load) => [
      {
        what: "warm and cold services: six cores for each thousand orders",
        value: (load.orders / 1_000) * 6,
        unit: "vCPU",
        each: figures.warmNodeVcpu,
      },
    ],
  },
  {
    name: "logBrokers",
    layer: "data",
    title: "Brokers of the command log (MSK)",
    unit: "brokers",
    spread: "zones",
    minimum: 3,
    perZone: true,
    mostZones: 3,
    demands: (load) => [
      { what: "peak orders, in three copies", value: load.peakOrders * 3, unit: "commands/s", each: figures.brokerCommands },
      {
        what: "log written, in three copies",
        value: (load.peakOrders * recordBytes.command * 3) / 1e6,
        unit: "MB/s",
        each: figures.brokerStorage,
      },
    ],
  },
  {
    name: "logStorageGib",
    layer: "data",
    title: "Storage of each broker of the command log",
    unit: "GiB",
    spread: "single",
    minimum: 1_000,
    demands: (load, size) => [
      {
        what: "a day of sustained orders in three copies, until tiered storage has them, over the brokers",
        value: (load.orders * recordBytes.command * 3 * secondsADay) / size("logBrokers"),
        unit: "bytes a broker",
        each: figures.gibibyte,
      },
    ],
  },
  {
    name: "tradeStreamShards",
    layer: "data",
    title: "Kinesis shards of the trade stream",
    unit: "shards",
    spread: "single",
    minimum: 2,
    demands: (load) => [
      {
        what: "fills at the peak",
        value: load.peakOrders * load.fillsPerOrder * recordBytes.fill,
        unit: "bytes/s",
        each: figures.kinesisShardBytes,
      },
    ],
  },
  {
    name: "orderStreamShards",
    layer: "data",
    title: "Kinesis shards of the order event stream",
    unit: "shards",
    spread: "single",
    minimum: 2,
    demands: (load) => [
      {
        what: "order states at the peak",
        value: load.peakOrders * recordBytes.orderState,
        unit: "bytes/s",
        each: figures.kinesisShardBytes,
      },
    ],
  },
  {
    name: "priceStreamShards",
    layer: "data",
    title: "Kinesis shards of the price stream",
    unit: "shards",
    spread: "single",
    minimum: 2,
    demands: (load) => [
      {
        what: "ten prices a second for every symbol",
        value: load.symbols * 10 * recordBytes.price,
        unit: "bytes/s",
        each: figures.kinesisShardBytes,
      },
    ],
  },
  {
    name: "historyWriteUnits",
    layer: "data",
    title: "Warm write throughput of the history table (DynamoDB)",
    unit: "write units",
    spread: "single",
    minimum: 4_000,
    demands: (load) => [
      {
        what: "order states and fills at the peak",
        value: eventBytes(load, load.peakOrders),
        unit: "bytes/s",
        each: figures.writeUnitBytes,
      },
    ],
  },
  {
    name: "historyReadUnits",
    layer: "data",
    title: "Warm read throughput of the history table (DynamoDB)",
    unit: "read units",
    spread: "single",
    minimum: 12_000,
    demands: (load) => [{ what: "a quarter of the signed reads", value: load.signedReads / 4, unit: "reads/s", each: figures.readUnit }],
  },
  {
    name: "sessionWriteUnits",
    layer: "data",
    title: "Warm write throughput of the table of sessions (DynamoDB)",
    unit: "write units",
    spread: "single",
    minimum: 4_000,
    demands: (load) => [{ what: "sign-ins at the peak of the day", value: signIns(load), unit: "sign-ins/s", each: figures.sessionWrites }],
  },
  {
    name: "sessionReadUnits",
    layer: "data",
    title: "Warm read throughput of the table of sessions (DynamoDB)",
    unit: "read units",
    spread: "single",
    minimum: 12_000,
    demands: (load) => [
      { what: "account requests that ask for their session", value: sessionLookups(load), unit: "lookups/s", each: figures.sessionReads },
    ],
  },
  {
    name: "auroraAcu",
    layer: "data",
    title: "Largest Aurora capacity of an instance",
    unit: "ACU",
    spread: "single",
    minimum: 8,
    demands: (load) => [
      {
        what: "netted movements: 0.1 % of users, two assets, one-minute windows",
        value: (load.users * 0.001 * 2) / 60,
        unit: "rows/s",
        each: figures.aurora,
      },
    ],
  },
  {
    name: "redisShards",
    layer: "data",
    title: "Redis shards, each a primary and a replica in another zone",
    unit: "shards",
    spread: "single",
    minimum: 3,
    demands: (load) => [
      {
        what: "one limit or session lookup for each uncacheable request",
        value: uncacheable(load),
        unit: "commands/s",
        each: figures.redis,
      },
      {
        what: "sessions of 10 % of the users and of every socket",
        value: (load.users * 0.1 + load.sockets) * recordBytes.session,
        unit: "bytes",
        each: figures.redisBytes,
      },
    ],
  },
  {
    name: "objectCacheNodes",
    layer: "data",
    title: "Memcached nodes",
    unit: "nodes",
    spread: "zones",
    minimum: 3,
    perZone: true,
    demands: (load) => [
      { what: "profiles of 10 % of the users", value: load.users * 0.1 * recordBytes.user, unit: "bytes", each: figures.memcachedBytes },
    ],
  },
  {
    name: "searchDataNodes",
    layer: "data",
    title: "OpenSearch data nodes",
    unit: "nodes",
    spread: "zones",
    minimum: 3,
    perZone: true,
    mostZones: 3,
    demands: (load) => [
      {
        what: "sustained orders and fills",
        value: load.orders * (1 + load.fillsPerOrder),
        unit: "documents/s",
        each: figures.searchDocuments,
      },
    ],
  },
  {
    name: "searchStorageGib",
    layer: "data",
    title: "Storage of each OpenSearch data node",
    unit: "GiB",
    spread: "single",
    minimum: 200,
    demands: (load, size) => [
      {
        // OpenSearch Service guide, "Calculating storage requirements": 1.45 of what the source weighs, for each copy.
        what: "two days of documents with a replica, at 1.45 of their source, over the nodes",
        value: (load.orders * (1 + load.fillsPerOrder) * recordBytes.document * 2 * secondsADay * 2 * 1.45) / size("searchDataNodes"),
        unit: "bytes a node",
        each: figures.gibibyte,
      },
    ],
  },
  {
    name: "brokerVcpu",
    layer: "messaging",
    title: "Processors of each broker instance (Amazon MQ)",
    unit: "vCPU",
    spread: "single",
    minimum: 2,
    demands: (load) => [{ what: "a notice for every mail of the peak", value: mails(load), unit: "messages/s", each: figures.brokerVcpu }],
  },
  {
    name: "warehouseNodes",
    layer: "data",
    title: "Redshift nodes",
    unit: "nodes",
    spread: "single",
    minimum: 2,
    demands: (load) => [
      { what: "sustained order states and fills", value: eventBytes(load, load.orders), unit: "bytes/s", each: figures.warehouseBytes },
    ],
  },
  {
    name: "analyticsUnits",
    layer: "data",
    title: "Managed Flink processing units",
    unit: "KPU",
    spread: "single",
    minimum: 2,
    demands: (load) => [{ what: "fills at the peak", value: load.peakOrders * load.fillsPerOrder, unit: "records/s", each: figures.flink }],
  },
] as const satisfies readonly Hop[];

/** Name of a size that capacity derives. */
export type SizeName = (typeof hops)[number]["name"];
