/** The size of every store, stream and broker, as a table: what it must carry and what one unit of it carries. */

import { figures, recordBytes } from "./figures";
import { type Hop, mails, secondsADay, sessionLookups, signIns, uncacheable } from "./hop";
import type { Load } from "./load";

/** Bytes a second of order states and fills (a fill is kept for both sides) at `orders` a second. */
const eventBytes = (load: Load, orders: number): number => orders * (recordBytes.orderState + 2 * load.fillsPerOrder * recordBytes.fill);

export const storeHops = [
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
