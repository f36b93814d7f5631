/**
 * The Kinesis bus adapter. One process of a consumer reads all shards of the stream, a parent before its children, and remembers in SQL
 * how far it is. The stream is made by the platform.
 */

import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  type KinesisClientConfig,
  ListShardsCommand,
  PutRecordsCommand,
  type Shard,
} from "@aws-sdk/client-kinesis";
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { Sql } from "../sql";
import { type Bus, type BusRecord, type BusSubscription, checkRecord } from "./port";

export interface KinesisBusOptions {
  stream: string;
  /** Keeps each consumer's place. */
  sql: Sql;
  /** Milliseconds between reads of a shard without news; Kinesis allows five reads a second and shard. @default 1,000 */
  pollMs?: number;
  /** Region, endpoint, credentials; by default as everywhere in the AWS SDK. */
  client?: KinesisClientConfig;
  /** Told of failed calls and handlers; they are repeated. */
  onError?: (error: Error) => void;
}

interface BusTables {
  bus_checkpoint: { stream: string; consumer: string; shard_id: string; sequence_number: string; finished: number };
}

/** The table with each consumer's place, owner `bus`. */
export const migrations: Record<string, Migration> = {
  "001_checkpoints": {
    async up(db) {
      await db.schema
        .createTable("bus_checkpoint")
        .addColumn("stream", "text", (column) => column.notNull())
        .addColumn("consumer", "text", (column) => column.notNull())
        .addColumn("shard_id", "text", (column) => column.notNull())
        .addColumn("sequence_number", "text", (column) => column.notNull())
        .addColumn("finished", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("bus_checkpoint_key", ["stream", "consumer", "shard_id"])
        .execute();
    },
  },
};

/** Limits of one PutRecords call: 500 records, 5 MiB (Kinesis, "Quotas and limits"); the bytes leave room for the keys. */
const PUT_RECORDS = 500;
const PUT_BYTES = 4_500_000;
/** Milliseconds before the first repeat of refused records, doubled each time, and how often. */
const BACKOFF_MS = 50;
const PUT_ATTEMPTS = 8;
/** Milliseconds between looks for new shards. */
const SHARDS_MS = 30_000;

class KinesisBus implements Bus {
  private readonly client: KinesisClient;
  private readonly db: Kysely<BusTables>;

  constructor(private readonly options: KinesisBusOptions) {
    this.client = new KinesisClient(options.client ?? {});
    this.db = options.sql.database<BusTables>();
  }

  /** A call takes one record of each key at most: Kinesis may keep some records of a call and refuse others. */
  async publish(records: readonly BusRecord[]): Promise<void> {
    records.forEach(checkRecord);
    let rest = [...records];
    while (rest.length > 0) {
      const call: BusRecord[] = [];
      const later: BusRecord[] = [];
      const keys = new Set<string>();
      let bytes = 0;
      for (const record of rest) {
        bytes += Buffer.byteLength(record.data);
        const fits = !keys.has(record.key) && call.length < PUT_RECORDS && (bytes <= PUT_BYTES || call.length === 0);
        keys.add(record.key);
        (fits ? call : later).push(record);
      }
      await this.put(call);
      rest = later;
    }
  }

  async subscribe(consumer: string, handler: (records: readonly BusRecord[]) => Promise<void>): Promise<BusSubscription> {
    const stop = new AbortController();
    const readers = new Map<string, Promise<void>>();
    const look = async () => {
      const finished = await this.finishedShards(consumer);
      const shards = await this.listShards();
      const known = new Set(shards.map(({ ShardId }) => ShardId));
      const readable = (parent: string | undefined) => parent === undefined || !known.has(parent) || finished.has(parent);
      for (const { ShardId = "", ParentShardId, AdjacentParentShardId } of shards) {
        if (readers.has(ShardId) || finished.has(ShardId) || !readable(ParentShardId) || !readable(AdjacentParentShardId)) continue;
        readers.set(
          ShardId,
          this.readShard(consumer, ShardId, handler, stop.signal).then(() => (stop.signal.aborted ? undefined : look())),
        );
      }
    };
    await look();
    const timer = setInterval(() => look().catch((error: Error) => this.report(error)), SHARDS_MS).unref();
    return {
      close: async () => {
        stop.abort();
        clearInterval(timer);
        await Promise.all(readers.values());
      },
    };
  }

  private async put(records: BusRecord[]): Promise<void> {
    let rest = records;
    for (let attempt = 0; rest.length > 0; attempt++) {
      if (attempt === PUT_ATTEMPTS) throw new Error(`stream ${this.options.stream}: ${rest.length} records were refused ${attempt} times`);
      if (attempt > 0) await pause(BACKOFF_MS * 2 ** (attempt - 1));
      const entries = rest.map(({ key, data }) => ({ PartitionKey: key, Data: Buffer.from(data) }));
      const { Records = [] } = await this.client.send(new PutRecordsCommand({ StreamName: this.options.stream, Records: entries }));
      rest = rest.filter((_, place) => Records[place]?.ErrorCode !== undefined);
    }
  }

  /** Reads one shard to its end, or until stopped. */
  private async readShard(
    consumer: string,
    shardId: string,
    handler: (records: readonly BusRecord[]) => Promise<void>,
    stop: AbortSignal,
  ): Promise<void> {
    const { stream, pollMs = 1_000 } = this.options;
    let iterator: string | undefined;
    while (!stop.aborted) {
      try {
        iterator ??= await this.iterator(consumer, shardId);
        const { Records = [], NextShardIterator } = await this.client.send(new GetRecordsCommand({ ShardIterator: iterator }), {
          abortSignal: stop,
        });
        if (Records.length > 0)
          await handler(Records.map(({ PartitionKey = "", Data }) => ({ key: PartitionKey, data: Buffer.from(Data ?? []).toString() })));
        const finished = Number(NextShardIterator === undefined);
        const last = Records.at(-1)?.SequenceNumber;
        if (last !== undefined || finished === 1)
          await this.checkpoint({ stream, consumer, shard_id: shardId, sequence_number: last ?? "", finished });
        if (finished === 1) return;
        iterator = NextShardIterator;
        if (Records.length === 0) await pause(pollMs, stop);
      } catch (error) {
        if (stop.aborted) return;
        this.report(error as Error);
        // From the checkpoint again: what was not handled comes back, and an expired iterator is replaced.
        iterator = undefined;
        await pause(pollMs, stop);
      }
    }
  }

  private async iterator(consumer: string, shardId: string): Promise<string | undefined> {
    const { stream } = this.options;
    const rows = this.db
      .selectFrom("bus_checkpoint")
      .select("sequence_number")
      .where("stream", "=", stream)
      .where("consumer", "=", consumer);
    const place = (await rows.where("shard_id", "=", shardId).executeTakeFirst())?.sequence_number;
    const from = place
      ? { ShardIteratorType: "AFTER_SEQUENCE_NUMBER" as const, StartingSequenceNumber: place }
      : { ShardIteratorType: "TRIM_HORIZON" as const };
    const { ShardIterator } = await this.client.send(new GetShardIteratorCommand({ StreamName: stream, ShardId: shardId, ...from }));
    return ShardIterator;
  }

  private async checkpoint(row: BusTables["bus_checkpoint"]): Promise<void> {
    const { sequence_number, finished } = row;
    const change = sequence_number === "" ? { finished } : { sequence_number, finished };
    await this.db
      .insertInto("bus_checkpoint")
      .values(row)
      .onConflict((conflict) => conflict.columns(["stream", "consumer", "shard_id"]).doUpdateSet(change))
      .execute();
  }

  private async finishedShards(consumer: string): Promise<Set<string>> {
    const rows = this.db.selectFrom("bus_checkpoint").select("shard_id").where("stream", "=", this.options.stream);
    const finished = await rows.where("consumer", "=", consumer).where("finished", "=", 1).execute();
    return new Set(finished.map(({ shard_id }) => shard_id));
  }

  private async listShards(): Promise<Shard[]> {
    const shards: Shard[] = [];
    let page: string | undefined;
    do {
      const which = page === undefined ? { StreamName: this.options.stream } : { NextToken: page };
      const { Shards = [], NextToken } = await this.client.send(new ListShardsCommand(which));
      shards.push(...Shards);
      page = NextToken;
    } while (page !== undefined);
    return shards;
  }

  private report(error: Error): void {
    (this.options.onError ?? console.error)(new Error(`stream ${this.options.stream}: ${error.message}`, { cause: error }));
  }
}

function pause(ms: number, stop?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      stop?.removeEventListener("abort", done);
      resolve();
    }
    stop?.addEventListener("abort", done);
  });
}

export async function openKinesisBus(options: KinesisBusOptions): Promise<Bus> {
  await options.sql.migrate("bus", migrations);
  return new KinesisBus(options);
}
