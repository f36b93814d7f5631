/** DynamoDB tables. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  type KeyRef,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";
import { tableAlarms } from "./table-alarms";
import { tableStoreFaults } from "./table-store-faults";

/** Type of a key attribute: string, number or binary. */
export type KeyType = "S" | "N" | "B";

/** Primary key of a table or index: one attribute for the partition, and one for the order within it. */
export interface TableKey {
  hash: { name: string; type: KeyType };
  range?: { name: string; type: KeyType };
}

/** Requests a second that a table serves at once, before it has grown by itself. It cannot be lowered, and is billed (DynamoDB guide, "Warm throughput"). */
export interface WarmThroughput {
  /** 12,000 to 40,000 unless the quota was raised. */
  readUnits: number;
  /** 4,000 to 40,000 unless the quota was raised. */
  writeUnits: number;
  /** Units of either kind that the account's quota allows a table, when AWS raised it (DynamoDB quota "Table-level throughput"). @default 40000 */
  quota?: number;
}

/** One table. */
export interface TableSpec {
  /** Changing it **replaces** the table. */
  key: TableKey;
  /** Global secondary indexes by name. @default none */
  indexes?: Record<string, TableKey & { projection?: "ALL" | "KEYS_ONLY" }>;
  /** What the change stream carries; `"off"` makes none. @default "NEW_AND_OLD_IMAGES" */
  stream?: "NEW_AND_OLD_IMAGES" | "NEW_IMAGE" | "OLD_IMAGE" | "KEYS_ONLY" | "off";
  /** Attribute with the second since 1970 after which an item is deleted. @default none */
  expiryAttribute?: string;
  /** @default what DynamoDB gives a new table: 12,000 reads and 4,000 writes a second */
  warm?: WarmThroughput;
  /** `"money"` forbids replicas that resolve conflicts by the last writer. @default "other" */
  holds?: "money" | "other";
}

/** Copies in other regions. */
export interface TableReplication {
  /**
   * `"eventual"`: each region's own stack joins with a `TableReplica`; conflicting writes are resolved by the last writer, within about a second. `"strong"`: writes wait for two
   * of three regions and reads see them everywhere; the set is fixed at creation, see {@link strongRegionSets}. Changing it **replaces** the tables.
   */
  consistency: "eventual" | "strong";
  /** The other two regions of a strongly consistent table. @default none, as eventual replicas join by themselves */
  regions?: string[];
  /** A region that only votes, instead of the second of {@link regions}. @default none */
  witness?: string;
}

/** Arguments of {@link TableStore}. */
export interface TableStoreArgs extends CommonArgs, AlarmedArgs {
  /** Region of the store. Plain, so that replication can be validated. */
  region: string;
  /** Encrypts tables, streams and backups: the `data` key of a `KeyRing`. */
  key: KeyRef;
  /** Tables by role; a table's name is `<component>-<role>`, the same in all regions. Plain, since it decides how many children exist. */
  tables: Record<string, TableSpec>;
  /** @default one region */
  replication?: TableReplication;
  /** Keys in {@link TableReplication.regions} of a strongly consistent store, by region: all of them, since keys of ours and of DynamoDB cannot be mixed (DynamoDB API, "SSESpecification"). @default none */
  replicaKeys?: Record<string, KeyRef>;
  /** @default "on" */
  protection?: Protection;
  transform?: TableStoreTransform;
}

export interface TableStoreTransform extends AlarmTransform {
  table?: Transform<aws.dynamodb.TableArgs>;
}

/** On-demand tables with point-in-time recovery, change streams and a customer key. */
export class TableStore extends BourseComponent {
  /** Names, ARNs and stream ARNs by role. */
  readonly tables: Readonly<Record<string, { name: pulumi.Output<string>; arn: pulumi.Output<string>; streamArn: pulumi.Output<string> }>>;

  constructor(name: string, args: TableStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:TableStore", name, args, tableStoreFaults(args, name), opts);
    const tables = Object.entries(args.tables).map(([role, spec]) => [role, this.createTable(role, spec, args)] as const);
    this.tables = Object.fromEntries(
      tables.map(([role, table]) => [role, { name: table.name, arn: table.arn, streamArn: table.streamArn }]),
    );
    this.registerOutputs({ tables: this.tables });
  }

  private createTable(role: string, spec: TableSpec, args: TableStoreArgs): aws.dynamodb.Table {
    const name = `${this.name}-${role}`;
    const protect = (args.protection ?? "on") === "on";
    const stream = spec.stream ?? "NEW_AND_OLD_IMAGES";
    const table = new aws.dynamodb.Table(
      ...transformed<aws.dynamodb.TableArgs>(
        args.transform?.table,
        name,
        {
          name,
          billingMode: "PAY_PER_REQUEST",
          hashKey: spec.key.hash.name,
          ...(spec.key.range === undefined ? {} : { rangeKey: spec.key.range.name }),
          attributes: attributesOf(spec),
          ...(spec.indexes === undefined ? {} : { globalSecondaryIndexes: indexesOf(spec) }),
          ...(stream === "off" ? {} : { streamEnabled: true, streamViewType: stream }),
          ...(spec.expiryAttribute === undefined ? {} : { ttl: { enabled: true, attributeName: spec.expiryAttribute } }),
          ...(spec.warm === undefined
            ? {}
            : { warmThroughput: { readUnitsPerSecond: spec.warm.readUnits, writeUnitsPerSecond: spec.warm.writeUnits } }),
          pointInTimeRecovery: { enabled: true },
          serverSideEncryption: { enabled: true, kmsKeyArn: args.key.arn },
          deletionProtectionEnabled: protect,
          ...strongReplicas(args, protect),
          tags: { ...this.tagsFor(name), "bourse:holds": spec.holds ?? "other" },
        },
        // Eventual replicas are made by the regions that join, not here.
        this.childOptions({ protect, ignoreChanges: args.replication?.consistency === "eventual" ? ["replicas"] : [] }),
      ),
    );
    this.createAlarms(tableAlarms(role, table.name), args);
    return table;
  }
}

function attributesOf(spec: TableSpec): aws.types.input.dynamodb.TableAttribute[] {
  const keys = [spec.key, ...Object.values(spec.indexes ?? {})].flatMap(({ hash, range }) =>
    range === undefined ? [hash] : [hash, range],
  );
  return keys.filter((key, index) => keys.findIndex(({ name }) => name === key.name) === index).map(({ name, type }) => ({ name, type }));
}

function indexesOf(spec: TableSpec): aws.types.input.dynamodb.TableGlobalSecondaryIndex[] {
  return Object.entries(spec.indexes ?? {}).map(([name, { hash, range, projection }]) => ({
    name,
    keySchemas: [
      { attributeName: hash.name, keyType: "HASH" },
      ...(range === undefined ? [] : [{ attributeName: range.name, keyType: "RANGE" }]),
    ],
    projectionType: projection ?? "ALL",
    ...(spec.warm === undefined
      ? {}
      : { warmThroughput: { readUnitsPerSecond: spec.warm.readUnits, writeUnitsPerSecond: spec.warm.writeUnits } }),
  }));
}

function strongReplicas(args: TableStoreArgs, protect: boolean): Partial<aws.dynamodb.TableArgs> {
  const { replication } = args;
  if (replication?.consistency !== "strong") return {};
  return {
    replicas: (replication.regions ?? []).map((regionName) => ({
      regionName,
      consistencyMode: "STRONG",
      kmsKeyArn: args.replicaKeys![regionName].arn,
      pointInTimeRecovery: true,
      deletionProtectionEnabled: protect,
      propagateTags: true,
    })),
    ...(replication.witness === undefined ? {} : { globalTableWitness: { regionName: replication.witness } }),
  };
}
