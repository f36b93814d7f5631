/**
 * Copies market events from the shard to the bus, keyed by symbol: the way to everything that may lag (analytics, search, archives). It is
 * a projection whose place is the bus, so it resumes by position and publishes again what a crash left uncertain.
 *
 * What is on the bus cannot be taken back, so nothing goes there that the loss of a region could undo: where another region keeps copies of the log, each
 * batch waits until they have it.
 */

import { setImmediate as turn } from "node:timers/promises";
import type { Event } from "@bourse/engine";
import type { Migration } from "kysely/migration";
import type { Bus, BusRecord } from "../../stores/bus/port";
import type { Sql } from "../../stores/sql";
import { type Fold, type PendingRows, type Projection, type ProjectionDeps, startProjection, WriteBehind } from "../projection";
import type { EventFeed, Position } from "../trading/port";
import { BEFORE_ALL, EVENTS_PER_RECORD, type EventPlace, isMarketEvent, type MarketEvent, placeOf, toBus } from "./market-record";

type PublishedSymbol = { symbol: number; last_sequence: number; last_index: number };

export const migrations: Record<string, Migration> = {
  "001_published": {
    async up(db) {
      await db.schema
        .createTable("published_symbol")
        .addColumn("symbol", "bigint", (column) => column.primaryKey())
        .addColumn("last_sequence", "bigint", (column) => column.notNull())
        .addColumn("last_index", "bigint", (column) => column.notNull())
        .execute();
    },
  },
};

/** Market events that are not on the bus yet, by symbol. They have no rows: the bus is where they go. */
class Outbox implements PendingRows {
  readonly table = "outbox";
  readonly keyColumns = [];
  private waiting: MarketEvent[] = [];
  /** What the flush that is running took. */
  taken: MarketEvent[] = [];

  add(event: MarketEvent): void {
    this.waiting.push(event);
  }

  get size(): number {
    return this.waiting.length + this.taken.length;
  }

  begin(): [] {
    this.taken = this.waiting;
    this.waiting = [];
    return [];
  }

  written(): void {
    this.taken = [];
  }

  failed(): void {
    this.waiting = this.taken.concat(this.waiting);
    this.taken = [];
  }
}

/** A clean stop waits so long for another region. */
const STOP_MS = 2_000;

/** The publisher stops before what it holds is safe: the next start publishes it. */
class NotConfirmed extends Error {
  override readonly name = "NotConfirmed";
}

class PublisherFold implements Fold {
  readonly name = "publisher";
  readonly migrations = migrations;
  readonly cannotBeTakenBack =
    "What was published stays on the bus: give the publisher and those who read the bus empty databases, and the bus a new name, so that they begin with the log";
  private readonly outbox = new Outbox();
  private readonly lastRows = new WriteBehind<PublishedSymbol>("published_symbol", ["symbol"], (row) => ({ ...row }));
  readonly tables: PendingRows[] = [this.outbox, this.lastRows];
  /** Of what was taken or waits. */
  private readonly last = new Map<number, PublishedSymbol>();
  /** Of what is on the bus for certain. */
  private readonly published = new Map<number, EventPlace>();

  /** Ends the wait for another region. */
  private giveUp: (reason: Error) => void = () => {};

  constructor(
    private readonly bus: Bus,
    private readonly feed: EventFeed,
  ) {}

  /** What waits for another region is not sent. */
  stop(): void {
    this.giveUp(new NotConfirmed("publisher: it stops before the other region has what it holds"));
  }

  async load(sql: Sql): Promise<void> {
    const rows = await sql.database<{ published_symbol: PublishedSymbol }>().selectFrom("published_symbol").selectAll().execute();
    for (const { symbol, last_sequence, last_index } of rows) this.published.set(symbol, [last_sequence, last_index]);
  }

  apply(event: Event): void {
    if (!isMarketEvent(event)) return;
    this.outbox.add(event);
    // Rows are made when a flush takes them, in the same step as the events: they stand for the same commands.
    const { symbol, sequence, index } = event;
    let last = this.last.get(symbol);
    if (last === undefined) {
      last = { symbol, last_sequence: sequence, last_index: index };
      this.last.set(symbol, last);
    }
    last.last_sequence = sequence;
    last.last_index = index;
    this.lastRows.put(symbol, last);
  }

  async send(through: Position): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.giveUp = reject;
      (this.feed.confirmed?.(through) ?? Promise.resolve()).then(resolve, reject);
    });
    const bySymbol = new Map<number, MarketEvent[]>();
    for (const event of this.outbox.taken) {
      const events = bySymbol.get(event.symbol);
      if (events === undefined) bySymbol.set(event.symbol, [event]);
      else events.push(event);
    }
    const last = new Map<number, EventPlace>();
    const records: BusRecord[] = [];
    for (const [symbol, events] of bySymbol) {
      let previous = this.published.get(symbol) ?? BEFORE_ALL;
      for (let start = 0; start < events.length; start += EVENTS_PER_RECORD) {
        const part = events.slice(start, start + EVENTS_PER_RECORD);
        records.push(toBus({ symbol, previous, events: part }));
        previous = placeOf(part[part.length - 1]);
        // A busy second has tens of thousands of events: others get their turn after each record.
        await turn();
      }
      last.set(symbol, previous);
    }
    if (records.length > 0) await this.bus.publish(records);
    for (const [symbol, place] of last) this.published.set(symbol, place);
  }
}

/** Starts publishing the market events of one shard. */
export async function createPublisher(deps: ProjectionDeps & { bus: Bus }): Promise<Projection> {
  const fold = new PublisherFold(deps.bus, deps.feed);
  const projection = await startProjection(deps, fold);
  return {
    position: () => projection.position(),
    flush: () => projection.flush(),
    async close() {
      const stops = setTimeout(() => fold.stop(), STOP_MS);
      try {
        await projection.close();
      } catch (error) {
        if (!(error instanceof NotConfirmed)) throw error;
      } finally {
        clearTimeout(stops);
      }
    },
  };
}
