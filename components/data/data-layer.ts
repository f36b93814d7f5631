/** The stores of a region, made together. */

import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  BourseComponent,
  type Clients,
  type CommonArgs,
  type Fault,
  faultsWithin,
  type KeyRef,
  type NetworkRef,
  type Protection,
} from "../foundation";
import { AuroraStore, type AuroraStoreArgs } from "./aurora-store";
import { auroraNameFaults, auroraStoreFaults } from "./aurora-store-faults";
import { exchangeTables } from "./exchange-tables";
import { TableStore, type TableStoreArgs } from "./table-store";
import { tableStoreFaults } from "./table-store-faults";

/** Arguments of a store over those that the layer gives it. */
export type StoreChoice<Args> = Partial<Args> | "off";

/** Keys that the stores encrypt with; a `KeyRing` has them. */
export interface DataKeys {
  data: KeyRef;
  log: KeyRef;
}

/** Arguments of {@link DataLayer}. */
export interface DataLayerArgs extends CommonArgs, AlarmedArgs {
  /** Region of the stores. */
  region: string;
  /** Where they live. Changing it **replaces** them. */
  network: NetworkRef;
  keys: DataKeys;
  /** Security groups that may connect to every store, by role. */
  clients: Clients;
  /** PostgreSQL for users, accounts and the ledger. @default made, see {@link AuroraStoreArgs} */
  sql?: StoreChoice<AuroraStoreArgs>;
  /** Tables for sessions, history and market data. @default made with {@link exchangeTables} */
  tables?: StoreChoice<TableStoreArgs>;
  /** @default "on" */
  protection?: Protection;
}

/** Faults of the arguments, for this component and for those that compose it. */
export function dataLayerFaults(args: DataLayerArgs, name: string): Fault[] {
  const { sql, tables } = storeArgs(args);
  return [
    ...(sql === undefined ? [] : faultsWithin("sql", [...auroraNameFaults(`${name}-sql`), ...auroraStoreFaults(sql)])),
    ...(tables === undefined ? [] : faultsWithin("tables", tableStoreFaults(tables, `${name}-tables`))),
  ];
}

/** Each store of the exchange, or those that are not switched off. */
export class DataLayer extends BourseComponent {
  readonly sql: AuroraStore | undefined;
  readonly tables: TableStore | undefined;

  constructor(name: string, args: DataLayerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:DataLayer", name, args, dataLayerFaults(args, name), opts);
    const stores = storeArgs(args);
    const inside = { parent: this };
    this.sql = stores.sql && new AuroraStore(`${name}-sql`, stores.sql, inside);
    this.tables = stores.tables && new TableStore(`${name}-tables`, stores.tables, inside);
    this.registerOutputs({ sqlEndpoint: this.sql?.endpoint, tables: this.tables?.tables });
  }
}

function storeArgs(args: DataLayerArgs): { sql?: AuroraStoreArgs; tables?: TableStoreArgs } {
  const { network, keys, clients, alarms, protection, tags, region } = args;
  const shared = { key: keys.data, alarms, protection, tags };
  return {
    ...(args.sql === "off" ? {} : { sql: { ...shared, network, clients, logKey: keys.log, ...args.sql } }),
    ...(args.tables === "off" ? {} : { tables: { ...shared, region, tables: exchangeTables, ...args.tables } }),
  };
}
