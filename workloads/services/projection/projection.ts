/**
 * A projection folds the shard's events into memory at once and into SQL in the background. Rows and the position they stand for are
 * written in one transaction, so a restart continues exactly there: nothing is lost, nothing is applied twice.
 */

import type { Event } from "@bourse/engine";
import type { Transaction } from "kysely";
import type { Migration } from "kysely/migration";
import { beginsTrace, inSpan } from "../../process/spans";
import type { Sql } from "../../stores/sql";
import { type EventBatch, type EventFeed, type LogPin, type Position, PositionLost, type Subscription } from "../trading/port";
import type { PendingRows } from "./write-behind";

export interface Fold {
  /** Lower-case name; names the bookkeeping rows in SQL. */
  readonly name: string;
  readonly migrations: Record<string, Migration>;
  readonly tables: readonly PendingRows[];
  /** Set where what was sent cannot be taken back, so that rows cannot be made again either: it then says what to do after a takeover. */
  readonly cannotBeTakenBack?: string;
  /** Fills memory from the rows, before the first event. */
  load(sql: Sql): Promise<void>;
  /** Must be fast and must not throw on a valid event: it runs before the command is acknowledged. */
  apply(event: Event): void;
  /** After the last event of a batch, which ends with a whole command. */
  endBatch?(): void;
  /**
   * Sends what the flush took, which ends with the command at `through`, to a place outside SQL, before rows and position are written; a failure repeats the
   * flush, so the place must bear repeats.
   */
  send?(through: Position): Promise<void>;
  /** After the rows were written, in the same transaction. */
  afterRows?(transaction: Transaction<unknown>): Promise<void>;
}

export interface ProjectionDeps {
  feed: EventFeed;
  sql: Sql;
  /** The shard that is followed. @default 0 */
  shard?: number;
  /** Milliseconds from a change to its write; longer means fewer and larger transactions. @default 100 */
  flushIntervalMs?: number;
  /** Rows that may wait. When writing fails for so long that there are more, the projection pauses and lags behind until it works again. @default 200,000 */
  maxWaiting?: number;
  /** Told of each failed write, which is repeated; by default it goes to standard error. */
  onError?: (error: Error) => void;
}

export interface Projection {
  /** The last command in memory. */
  position(): Position;
  /** Writes everything up to now and resolves with the durable position: older log is no longer needed by this projection. */
  flush(): Promise<Position>;
  /** Flushes and stops. */
  close(): Promise<void>;
}

/** A service and the projection that feeds it. */
export interface Running<Service> {
  service: Service;
  projection: Projection;
}

interface PositionTables {
  projection_position: { projection: string; shard: number; epoch: number; sequence: number };
}

const positionMigrations: Record<string, Migration> = {
  "001_position": {
    async up(db) {
      await db.schema
        .createTable("projection_position")
        .addColumn("projection", "text", (column) => column.notNull())
        .addColumn("shard", "bigint", (column) => column.notNull())
        .addColumn("epoch", "bigint", (column) => column.notNull())
        .addColumn("sequence", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("projection_position_key", ["projection", "shard"])
        .execute();
    },
  },
};

/** Delay before a failed write is repeated, in milliseconds. */
const RETRY_MS = 1_000;
/** Rows after which a flush does not wait for its interval. */
const FLUSH_ROWS = 10_000;

class RunningProjection implements Projection {
  /** What is followed now. Of an earlier subscription batches may still come, which are not for this projection any more. */
  private following: { subscription?: Subscription } | undefined;
  private durable: Position;
  /** The log from the durable position on is what a restart would ask for. */
  private readonly pin: LogPin;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly deps: ProjectionDeps,
    private readonly fold: Fold,
    private applied: Position,
  ) {
    this.durable = applied;
    this.pin = deps.feed.pin(applied.sequence);
  }

  position(): Position {
    return this.applied;
  }

  async subscribe(): Promise<void> {
    const following: RunningProjection["following"] = {};
    this.following = following;
    const listener = (batch: EventBatch) => {
      if (this.following === following) this.onBatch(batch);
    };
    const subscription = await this.deps.feed.subscribe(this.applied, listener).catch((error: unknown) => {
      if (this.following === following) this.following = undefined;
      throw error;
    });
    if (this.following === following) following.subscription = subscription;
    else subscription.close();
  }

  async flush(): Promise<Position> {
    while (this.flushing !== undefined) await this.flushing;
    if (this.durable.sequence < this.applied.sequence) {
      this.flushing = (beginsTrace() ? this.tracedWrite() : this.write()).finally(() => {
        this.flushing = undefined;
      });
      await this.flushing;
    }
    return this.durable;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.pause();
    clearTimeout(this.timer);
    try {
      await this.flush();
    } finally {
      this.pin.release();
    }
  }

  /** Gives up before the first event. */
  release(): void {
    this.pin.release();
  }

  private onBatch(batch: EventBatch): void {
    if (batch.last.sequence <= this.applied.sequence) return;
    const after = this.applied.sequence;
    if (batch.first.sequence > after + 1) {
      throw new Error(`${this.fold.name}: the feed has a gap: position ${after} is followed by ${batch.first.sequence}`);
    }
    for (const event of batch.events) if (event.sequence > after) this.fold.apply(event);
    this.fold.endBatch?.();
    this.applied = batch.last;
    this.plan();
  }

  /** Follows the feed no longer; {@link subscribe} goes on from where it stands. */
  private pause(): void {
    this.following?.subscription?.close();
    this.following = undefined;
  }

  private waiting(): number {
    return this.fold.tables.reduce((sum, table) => sum + table.size, 0);
  }

  /** Schedules the next flush; pauses when writing has not kept up. */
  private plan(): void {
    const waiting = this.waiting();
    if (waiting >= (this.deps.maxWaiting ?? 200_000)) this.pause();
    this.schedule(waiting >= FLUSH_ROWS ? 0 : (this.deps.flushIntervalMs ?? 100));
  }

  private schedule(delay: number): void {
    if (this.closed || this.flushing !== undefined) return;
    if (this.timer !== undefined) {
      if (delay > 0) return;
      clearTimeout(this.timer);
    }
    this.timer = setTimeout(() => this.onTimer(), delay);
    this.timer.unref();
  }

  private async onTimer(): Promise<void> {
    this.timer = undefined;
    try {
      await this.flush();
      if (this.following === undefined && !this.closed) await this.subscribe();
      if (this.durable.sequence < this.applied.sequence) this.plan();
    } catch (error) {
      // Who closes is told.
      if (this.closed) return;
      const failure = new Error(`${this.fold.name}: cannot write, will repeat: ${(error as Error).message}`, {
        cause: error,
      });
      (this.deps.onError ?? console.error)(failure);
      this.schedule(RETRY_MS);
    }
  }

  /** Rows of many commands are written together: of none of their traces, but found by the position of the last. */
  private tracedWrite(): Promise<void> {
    const { shard, epoch, sequence } = this.position();
    const attributes = { bourse_operation: `write ${this.fold.name}`, bourse_position: `${shard}-${epoch}-${sequence}` };
    return inSpan(`write ${this.fold.name}`, { attributes }, () => this.write());
  }

  private async write(): Promise<void> {
    const { fold, deps, applied } = this;
    // Rows and position are taken in one synchronous step: they belong together.
    const changes = fold.tables.map((table) => ({ table, rows: table.begin() }));
    try {
      await fold.send?.(applied);
      await deps.sql
        .database<PositionTables>()
        .transaction()
        .execute(async (transaction) => {
          for (const { table, rows } of changes) await deps.sql.upsert(transaction, table.table, table.keyColumns, rows);
          await fold.afterRows?.(transaction as unknown as Transaction<unknown>);
          const { shard, epoch, sequence } = applied;
          const row = { projection: fold.name, shard, epoch, sequence };
          await deps.sql.upsert(transaction, "projection_position", ["projection", "shard"], [row]);
        });
    } catch (error) {
      for (const { table } of changes) table.failed();
      throw error;
    }
    for (const { table } of changes) table.written();
    this.durable = applied;
    this.pin.move(applied.sequence);
  }
}

/**
 * The log ends before what the rows stand for, since a takeover has given up the rest: they are removed, to be made again from the log. An event tells a new state
 * and not how to come back from it, so that nothing less would end with what the log gives.
 */
async function takeBack({ sql, shard = 0, onError }: ProjectionDeps, fold: Fold, position: Position): Promise<void> {
  const lost = new PositionLost(position);
  if (fold.cannotBeTakenBack !== undefined) throw new Error(`${fold.name}: ${lost.message}. ${fold.cannotBeTakenBack}`);
  (onError ?? console.error)(new Error(`${fold.name}: ${lost.message}. Its rows are removed and made again`));
  await sql
    .database<PositionTables & Record<string, object>>()
    .transaction()
    .execute(async (transaction) => {
      for (const { table } of fold.tables) await transaction.deleteFrom(table).execute();
      const own = transaction.deleteFrom("projection_position").where("projection", "=", fold.name);
      await own.where("shard", "=", shard).execute();
    });
}

/**
 * Loads the fold from SQL, follows the feed from the position its rows stand for, and keeps both up to date.
 *
 * @throws what the feed throws when it no longer has the events after that position.
 */
export async function startProjection(deps: ProjectionDeps, fold: Fold): Promise<Projection> {
  const { sql, shard = 0 } = deps;
  await sql.migrate("projection", positionMigrations);
  await sql.migrate(fold.name, fold.migrations);
  const row = await sql
    .database<PositionTables>()
    .selectFrom("projection_position")
    .select(["epoch", "sequence"])
    .where("projection", "=", fold.name)
    .where("shard", "=", shard)
    .executeTakeFirst();
  let position: Position = { shard, epoch: row?.epoch ?? 0, sequence: row?.sequence ?? 0 };
  if (row !== undefined && deps.feed.holds !== undefined && !(await deps.feed.holds(position))) {
    await takeBack(deps, fold, position);
    position = { shard, epoch: 0, sequence: 0 };
  }
  await fold.load(sql);
  const projection = new RunningProjection(deps, fold, position);
  try {
    await projection.subscribe();
  } catch (error) {
    projection.release();
    throw error;
  }
  return projection;
}
