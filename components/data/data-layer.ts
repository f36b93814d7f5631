/** The stores of a region, made together. */

import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  BourseComponent,
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
import { auroraNameFaults, auroraStoreFaults } from "./aurora-store-faults";
import { BackupVault, type BackupVaultArgs, backupVaultFaults } from "./backup-vault";
import { CommandLog, type CommandLogArgs, commandLogFaults } from "./command-log";
import { EventStreams, type EventStreamsArgs, eventStreamsFaults } from "./event-streams";
import { exchangeTables } from "./exchange-tables";
import { Lake, type LakeArgs, lakeFaults } from "./lake";
import { ObjectCache, type ObjectCacheArgs, objectCacheFaults } from "./object-cache";
import { RedisCache, type RedisCacheArgs, redisCacheFaults } from "./redis-cache";
import { SearchDomain, type SearchDomainArgs, searchDomainFaults } from "./search-domain";
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
  /** Stores to make. Plain, since it decides how many children exist. @default {@link coreDataStores} */
  stores?: readonly DataStoreName[];
  /** @default "on" */
  protection?: Protection;
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
  const of = storeArgs(args);
  const faults: { [Name in DataStoreName]: () => Fault[] } = {
    sql: () => [...auroraNameFaults(`${name}-sql`), ...auroraStoreFaults(of.sql)],
    tables: () => tableStoreFaults(of.tables, `${name}-tables`),
    log: () => commandLogFaults(of.log, `${name}-log`),
    events: () => eventStreamsFaults(of.events),
    cache: () => redisCacheFaults(of.cache, `${name}-cache`),
    objects: () => objectCacheFaults(of.objects, `${name}-objects`),
    search: () => searchDomainFaults(of.search, `${name}-search`),
    lake: () => lakeFaults(of.lake),
    warehouse: () => warehouseFaults(of.warehouse, `${name}-warehouse`),
    backups: () => backupVaultFaults(of.backups, `${name}-backups`),
  };
  const nothingToCopy =
    chosen.includes("backups") && args.backups?.resources === undefined && !chosen.some((store) => backedUp.includes(store));
  return [
    ...unknown,
    ...idle,
    ...(nothingToCopy
      ? [
          {
            path: "stores",
            given: chosen,
            allowed: `backups beside one of ${backedUp.join(", ")}`,
            fix: "add the store, or leave backups out",
          },
        ]
      : []),
    ...dataStoreNames.filter((store) => chosen.includes(store)).flatMap((store) => faultsWithin(store, faults[store]())),
  ];
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
  readonly warehouse: Warehouse | undefined;
  readonly backups: BackupVault | undefined;

  constructor(name: string, args: DataLayerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:DataLayer", name, args, dataLayerFaults(args, name), opts);
    const chosen = args.stores ?? coreDataStores;
    const made = <Name extends DataStoreName, Store>(
      store: Name,
      create: (storeName: string, args: StoreArgs[Name], opts: pulumi.ComponentResourceOptions) => Store,
    ) => (chosen.includes(store) ? create(`${name}-${store}`, storeArgs(args)[store], { parent: this }) : undefined);

    this.sql = made("sql", (...given) => new AuroraStore(...given));
    this.tables = made("tables", (...given) => new TableStore(...given));
    this.log = made("log", (...given) => new CommandLog(...given));
    this.events = made("events", (...given) => new EventStreams(...given));
    this.cache = made("cache", (...given) => new RedisCache(...given));
    this.objects = made("objects", (...given) => new ObjectCache(...given));
    this.search = made("search", (...given) => new SearchDomain(...given));
    this.lake = made("lake", (...given) => new Lake(...given));
    this.warehouse = made(
      "warehouse",
      (storeName, given, opts) => new Warehouse(storeName, { ...this.sourcesOfWarehouse(args), ...given }, opts),
    );
    this.backups = made(
      "backups",
      (storeName, given, opts) => new BackupVault(storeName, { ...given, resources: args.backups?.resources ?? this.copiedStores() }, opts),
    );
    this.registerOutputs({
      sqlEndpoint: this.sql?.endpoint,
      tables: this.tables?.tables,
      bootstrapBrokers: this.log?.bootstrapBrokers,
      streams: this.events?.streams,
    });
  }

  private copiedStores(): BackupVaultArgs["resources"] {
    const tables = Object.entries(this.tables?.tables ?? {}).map(([role, { arn }]) => [`table-${role}`, arn] as const);
    return { ...(this.sql === undefined ? {} : { sql: this.sql.clusterArn }), ...Object.fromEntries(tables) };
  }

  /** The warehouse reads the layer's own streams as they flow, and its events in place. */
  private sourcesOfWarehouse({ keys }: DataLayerArgs): Pick<WarehouseArgs, "streams" | "buckets"> {
    const streams = Object.entries(this.events?.streams ?? {}).map(([role, { arn }]) => [role, { streamArn: arn, key: keys.stream }]);
    const events = this.lake?.buckets.events;
    return {
      streams: Object.fromEntries(streams),
      ...(events === undefined ? {} : { buckets: { events: { arn: events.arn, key: keys.data } } }),
    };
  }
}

function storeArgs(args: DataLayerArgs): StoreArgs {
  const { accountId, network, keys, clients, alarms, protection, tags, region } = args;
  const stored = { key: keys.data, protection, tags };
  const placed = { ...stored, alarms, network, clients };
  return {
    sql: { ...placed, logKey: keys.log, ...args.sql },
    tables: { ...stored, alarms, region, tables: exchangeTables, ...args.tables },
    log: { ...placed, key: keys.stream, logKey: keys.log, ...args.log },
    events: { ...stored, alarms, key: keys.stream, ...args.events },
    cache: { ...placed, logKey: keys.log, ...args.cache },
    objects: { network, clients, alarms, tags, ...args.objects },
    search: { ...placed, accountId, logKey: keys.log, ...args.search },
    lake: { ...stored, accountId, ...args.lake },
    warehouse: { ...placed, accountId, ...args.warehouse },
    // Which resources is known once they are made.
    backups: { ...stored, accountId, alarms, resources: { stores: "of the layer" }, ...args.backups },
  };
}
