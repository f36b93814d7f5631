/** The stores of a region, made together. */

import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  BourseComponent,
  CallerGroup,
  type CallerGroupTransform,
  type Clients,
  type CommonArgs,
  choiceFaults,
  type Fault,
  faultsWithin,
  type KeyRef,
  type NetworkRef,
  type Protection,
} from "../foundation";
import { AuroraStore, type AuroraStoreArgs } from "./aurora-store";
import { auroraStoreFaults } from "./aurora-store-faults";
import { BackupVault, type BackupVaultArgs, backupVaultFaults } from "./backup-vault";
import { CommandLog, type CommandLogArgs, commandLogFaults } from "./command-log";
import { Delivery, type DeliveryArgs } from "./delivery";
import { type DeliverySpec, deliveryFaults } from "./delivery-specs";
import { EventStreams, type EventStreamsArgs, eventStreamsFaults, exchangeStreams } from "./event-streams";
import { exchangeRows } from "./exchange-rows";
import { exchangeTables } from "./exchange-tables";
import { exchangeBuckets, Lake, type LakeArgs, lakeFaults } from "./lake";
import { ObjectCache, type ObjectCacheArgs, objectCacheFaults } from "./object-cache";
import { RedisCache, type RedisCacheArgs, redisCacheFaults } from "./redis-cache";
import { SearchDomain, type SearchDomainArgs, searchDomainFaults } from "./search-domain";
import { StreamAnalytics, type StreamAnalyticsArgs, streamAnalyticsFaults } from "./stream-analytics";
import { TableStore, type TableStoreArgs } from "./table-store";
import { tableStoreFaults } from "./table-store-faults";
import { Warehouse, type WarehouseArgs, warehouseFaults } from "./warehouse";

/** Keys that the stores encrypt with; a `KeyRing` has them. */
export interface DataKeys {
  data: KeyRef;
  log: KeyRef;
  stream: KeyRef;
}

/** Arguments of each store, by the name that the layer gives it. */
interface StoreArgs {
  /** PostgreSQL for users, accounts and the ledger. */
  sql: AuroraStoreArgs;
  /** Sessions, history and market data by key. */
  tables: TableStoreArgs;
  /** The replicated log of commands. */
  log: CommandLogArgs;
  /** Events after the fact, for everything that may lag. */
  events: EventStreamsArgs;
  /** Sessions, limits and hot market data. */
  cache: RedisCacheArgs;
  /** Plain objects. */
  objects: ObjectCacheArgs;
  /** Orders and trades by their words. */
  search: SearchDomainArgs;
  /** The archive of the log, events in columns, artefacts. */
  lake: LakeArgs;
  /** Events from the streams to the lake, in columns, and prices to search, if there is one. */
  delivery: DeliveryArgs;
  /** Prices by the minute, from the stream of trades to that of prices. */
  analytics: StreamAnalyticsArgs;
  /** Analytics. */
  warehouse: WarehouseArgs;
  /** Nightly copies of PostgreSQL and of the tables, in a vault that nobody empties. */
  backups: BackupVaultArgs;
}

export type DataStoreName = keyof StoreArgs;
/** Every store, in the order in which they are made. */
export const dataStoreNames: readonly DataStoreName[] = [
  "sql",
  "tables",
  "log",
  "events",
  "cache",
  "objects",
  "search",
  "lake",
  "delivery",
  "analytics",
  "warehouse",
  "backups",
];
/** Stores without which the services do not start. */
export const coreDataStores: readonly DataStoreName[] = ["sql", "tables"];

/** Stores that AWS Backup copies; the log and the lake are copied by themselves, the rest can be made again from them. */
const backedUp: readonly DataStoreName[] = ["sql", "tables"];

/** Arguments of {@link DataLayer}. Those of a store, under its name, go over what the layer passes to it. */
export interface DataLayerArgs extends CommonArgs, AlarmedArgs, Partial<{ [Name in DataStoreName]: Partial<StoreArgs[Name]> }> {
  accountId: pulumi.Input<string>;
  /** Region of the stores. */
  region: string;
  /** Where they live. Changing it **replaces** them. */
  network: NetworkRef;
  keys: DataKeys;
  /** Security groups that may connect to every store, by role. */
  clients: Clients;
  /** Image of the services, by digest: rows for the lake are made by a function of it. For `delivery`. */
  image?: pulumi.Input<string>;
  /** Path of the stream application's archive, which `npm run build:windows` makes. For `analytics`. */
  archive?: string;
  /** Stores to make. Plain, since it decides how many children exist. @default {@link coreDataStores} */
  stores?: readonly DataStoreName[];
  /**
   * False leaves `delivery` to the caller, who makes it of {@link DataLayer.sources} by {@link deliveryOf}, so that a new image of its functions
   * touches no store; what admits it stays here. @default true
   */
  delivers?: boolean;
  /** @default "on" */
  protection?: Protection;
  /** Hooks of the group that deliveries to search have; those of a store are among its arguments. */
  transform?: { callers?: CallerGroupTransform };
}

/** Faults of the arguments, for this component and for those that compose it. */
export function dataLayerFaults(args: DataLayerArgs, name: string): Fault[] {
  const chosen = args.stores ?? coreDataStores;
  const unknown = chosen.flatMap((store, index) => choiceFaults(`stores[${index}]`, store, dataStoreNames));
  const idle = dataStoreNames
    .filter((store) => args[store] !== undefined && !chosen.includes(store))
    .map((store) => ({
      path: store,
      given: args[store],
      allowed: `arguments of stores that are made: ${chosen.join(", ")}`,
      fix: `add "${store}" to stores, or remove the arguments`,
    }));
  const of = storeArgs(args, toBeMade(args));
  const faults: { [Name in DataStoreName]: () => Fault[] } = {
    sql: () => auroraStoreFaults(of.sql, `${name}-sql`),
    tables: () => tableStoreFaults(of.tables, `${name}-tables`),
    log: () => commandLogFaults(of.log, `${name}-log`),
    events: () => eventStreamsFaults(of.events, `${name}-events`),
    cache: () => redisCacheFaults(of.cache, `${name}-cache`),
    objects: () => objectCacheFaults(of.objects, `${name}-objects`),
    search: () => searchDomainFaults(of.search, `${name}-search`),
    lake: () => lakeFaults(of.lake, `${name}-lake`),
    delivery: () => deliveryFaults(of.delivery, `${name}-delivery`),
    analytics: () => streamAnalyticsFaults(of.analytics, `${name}-analytics`),
    warehouse: () => warehouseFaults(of.warehouse, `${name}-warehouse`),
    backups: () => backupVaultFaults(of.backups, `${name}-backups`),
  };
  return [
    ...unknown,
    ...idle,
    ...companionFaults(args, chosen),
    ...dataStoreNames
      .filter((store) => chosen.includes(store))
      .flatMap((store) => faultsWithin(store, faults[store]()))
      .map(ofLayer),
  ];
}

/** The region is an argument of the layer, which passes it on. */
function ofLayer(fault: Fault): Fault {
  return fault.path === "tables.region" ? { ...fault, path: "region" } : fault;
}

/** Faults of a choice that lacks what one of its stores works on. */
function companionFaults(args: DataLayerArgs, chosen: readonly DataStoreName[]): Fault[] {
  const faults: Fault[] = [];
  const lacks = (path: string, given: unknown, allowed: string, fix: string) => faults.push({ path, given, allowed, fix });
  if (chosen.includes("backups") && args.backups?.resources === undefined && !chosen.some((store) => backedUp.includes(store)))
    lacks("stores", chosen, `backups beside one of ${backedUp.join(", ")}`, "add the store, or leave backups out");
  for (const store of ["delivery", "analytics"] as const) {
    const missing = (["events", "lake"] as const).filter((each) => chosen.includes(store) && !chosen.includes(each));
    if (missing.length > 0) lacks("stores", chosen, `${missing.join(" and ")} beside ${store}`, `add them, or leave ${store} out`);
  }
  const streams = Object.keys(args.events?.streams ?? exchangeStreams);
  const buckets = Object.keys(args.lake?.buckets ?? exchangeBuckets);
  const gives = "or give the argument that names another";
  if (chosen.includes("delivery")) {
    if (args.delivers !== false && args.delivery?.deliveries === undefined && args.image === undefined)
      lacks("image", undefined, "an image of the services by digest, beside delivery", "give the image that the services run");
    if (args.delivery?.bucket === undefined && !buckets.includes("events"))
      lacks("lake.buckets", buckets, "a bucket events, beside delivery", `add it, ${gives}: delivery.bucket`);
  }
  if (chosen.includes("analytics")) {
    if (args.analytics?.code === undefined && args.archive === undefined)
      lacks("archive", undefined, "the path of the stream application's archive, beside analytics", "build it: npm run build:windows");
    if (args.analytics?.code === undefined && !buckets.includes("artefacts"))
      lacks("lake.buckets", buckets, "a bucket artefacts, beside analytics", `add it, ${gives}: analytics.code`);
    if (args.analytics?.sinks === undefined && !streams.includes("prices"))
      lacks("events.streams", streams, "a stream prices, beside analytics", `add it, ${gives}: analytics.sinks`);
  }
  if (args.archive !== undefined && !chosen.includes("analytics"))
    lacks("archive", args.archive, "nothing without analytics", 'add "analytics" to stores, or remove it');
  return faults;
}

/** The stores that were chosen; the others are undefined. */
export class DataLayer extends BourseComponent {
  readonly sql: AuroraStore | undefined;
  readonly tables: TableStore | undefined;
  readonly log: CommandLog | undefined;
  readonly events: EventStreams | undefined;
  readonly cache: RedisCache | undefined;
  readonly objects: ObjectCache | undefined;
  readonly search: SearchDomain | undefined;
  readonly lake: Lake | undefined;
  readonly delivery: Delivery | undefined;
  readonly analytics: StreamAnalytics | undefined;
  readonly warehouse: Warehouse | undefined;
  readonly backups: BackupVault | undefined;
  /** Group of what delivers to search. */
  private readonly callers: CallerGroup | undefined;

  constructor(name: string, args: DataLayerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:DataLayer", name, args, dataLayerFaults(args, name), opts);
    const chosen = args.stores ?? coreDataStores;
    const made = <Name extends DataStoreName, Store>(
      store: Name,
      create: (storeName: string, args: StoreArgs[Name], opts: pulumi.ComponentResourceOptions) => Store,
    ) => (chosen.includes(store) ? create(`${name}-${store}`, storeArgs(args, this.sources)[store], { parent: this }) : undefined);

    if (chosen.includes("delivery") && chosen.includes("search")) {
      const { network, tags, transform } = args;
      const members = "Deliveries to search";
      const group = { vpcId: network.vpcId, members, tags, transform: transform?.callers };
      this.callers = new CallerGroup(`${name}-delivery-callers`, group, { parent: this });
    }
    this.sql = made("sql", (...given) => new AuroraStore(...given));
    this.tables = made("tables", (...given) => new TableStore(...given));
    this.log = made("log", (...given) => new CommandLog(...given));
    this.events = made("events", (...given) => new EventStreams(...given));
    this.cache = made("cache", (...given) => new RedisCache(...given));
    this.objects = made("objects", (...given) => new ObjectCache(...given));
    this.search = made("search", (...given) => new SearchDomain(...given));
    this.lake = made("lake", (...given) => new Lake(...given));
    this.delivery = args.delivers === false ? undefined : made("delivery", (...given) => new Delivery(...given));
    this.analytics = made("analytics", (...given) => new StreamAnalytics(...given));
    this.warehouse = made("warehouse", (...given) => new Warehouse(...given));
    this.backups = made("backups", (...given) => new BackupVault(...given));
    this.registerOutputs({
      sqlEndpoint: this.sql?.endpoint,
      tables: this.tables?.tables,
      bootstrapBrokers: this.log?.bootstrapBrokers,
      streams: this.events?.streams,
    });
  }

  /** What was made so far, for stores that work on others. */
  get sources(): DataSources {
    return {
      streams: this.events?.streams ?? {},
      buckets: this.lake?.buckets ?? {},
      searchArn: this.search?.arn,
      callerGroupId: this.callers?.securityGroupId,
      copied: {
        ...(this.sql === undefined ? {} : { sql: this.sql.clusterArn }),
        ...Object.fromEntries(Object.entries(this.tables?.tables ?? {}).map(([role, { arn }]) => [`table-${role}`, arn])),
      },
    };
  }
}

/** Stores that deliveries work on. */
export interface DeliverySources {
  streams: Readonly<Record<string, { arn: pulumi.Input<string> }>>;
  buckets: Readonly<Record<string, { arn: pulumi.Input<string>; name: pulumi.Input<string> }>>;
  searchArn: pulumi.Input<string> | undefined;
  /** Group of deliveries, which search admits. */
  callerGroupId: pulumi.Input<string> | undefined;
}

/** Stores that others work on. */
export interface DataSources extends DeliverySources {
  /** What backups copy, by name. */
  copied: BackupVaultArgs["resources"];
}

/** Arguments of the delivery that a layer with `delivers: false` leaves to its caller. */
export function deliveryOf(args: DataLayerArgs, sources: DeliverySources): DeliveryArgs {
  return storeArgs(args, { ...sources, copied: {} }).delivery;
}

/** Stands for a store that is not there yet; faults are about what the user wrote. */
const nowhere = { arn: "", name: "" };

function toBeMade(args: DataLayerArgs): DataSources {
  const chosen = args.stores ?? coreDataStores;
  const named = (names: object) => Object.fromEntries(Object.keys(names).map((role) => [role, nowhere]));
  return {
    streams: named(args.events?.streams ?? exchangeStreams),
    buckets: named(args.lake?.buckets ?? exchangeBuckets),
    searchArn: chosen.includes("search") ? "" : undefined,
    callerGroupId: "",
    copied: { stores: "of the layer" },
  };
}

function storeArgs(args: DataLayerArgs, stores: DataSources): StoreArgs {
  const { accountId, network, keys, clients, alarms, protection, tags, region } = args;
  const stored = { key: keys.data, protection, tags };
  const placed = { ...stored, alarms, network, clients };
  const { streams, buckets, copied, callerGroupId } = stores;
  const source = (role: string) => ({ streamArn: streams[role]?.arn ?? "", key: keys.stream });
  const sources = (...roles: string[]) => Object.fromEntries(roles.filter((role) => role in streams).map((role) => [role, source(role)]));
  return {
    sql: { ...placed, logKey: keys.log, ...args.sql },
    tables: { ...stored, alarms, region, tables: exchangeTables, ...args.tables },
    log: { ...placed, key: keys.stream, logKey: keys.log, ...args.log },
    events: { ...stored, alarms, key: keys.stream, ...args.events },
    cache: { ...placed, logKey: keys.log, ...args.cache },
    objects: { network, clients, alarms, tags, ...args.objects },
    search: {
      ...placed,
      accountId,
      logKey: keys.log,
      ...args.search,
      clients: { ...(args.search?.clients ?? clients), ...(callerGroupId === undefined ? {} : { delivery: callerGroupId }) },
    },
    lake: { ...stored, accountId, ...args.lake },
    delivery: {
      accountId,
      bucket: { ...(buckets.events ?? nowhere), key: keys.data },
      deliveries: exchangeDeliveries(args, stores, source),
      logKey: keys.log,
      alarms,
      tags,
      ...args.delivery,
    },
    analytics: {
      accountId,
      network,
      code: { file: args.archive ?? "", bucket: buckets.artefacts ?? nowhere, key: keys.data },
      sources: sources("trades"),
      sinks: sources("prices"),
      logKey: keys.log,
      alarms,
      tags,
      ...args.analytics,
    },
    // It holds the layer's own streams as they flow, and may copy what the lake has of the time before.
    warehouse: {
      ...placed,
      accountId,
      streams: sources(...Object.keys(streams)),
      ...(buckets.events === undefined ? {} : { buckets: { events: { arn: buckets.events.arn, key: keys.data } } }),
      ...args.warehouse,
    },
    backups: { ...stored, accountId, alarms, resources: copied, ...args.backups },
  };
}

/**
 * The streams of the exchange as tables of the lake, and prices, whose records are one document each, as an index of search. Orders and trades are indexed by the
 * service of their history, event by event.
 */
function exchangeDeliveries(
  { network, image }: DataLayerArgs,
  { streams, searchArn, callerGroupId }: DeliverySources,
  source: (role: string) => DeliverySpec["source"],
): Record<string, DeliverySpec> {
  const lakes = Object.entries(exchangeRows)
    .filter(([role]) => role in streams)
    .map(([role, columns]): [string, DeliverySpec] => {
      const rows = role === "prices" || image === undefined ? {} : { rows: { image, table: role } };
      return [role, { source: source(role), lake: { columns }, ...rows }];
    });
  if (searchArn === undefined || callerGroupId === undefined || !("prices" in streams)) return Object.fromEntries(lakes);
  const search = { domainArn: searchArn, index: "prices", network, clientGroupId: callerGroupId };
  return { ...Object.fromEntries(lakes), "prices-search": { source: source("prices"), search } };
}
