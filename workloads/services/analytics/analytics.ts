/** Hourly statistics of every symbol, from the bus. Sums and the place they stand for are written together, so each event counts once. */

import { setImmediate as turn } from "node:timers/promises";
import { Side } from "@bourse/engine";
import type { Kysely, Transaction } from "kysely";
import type { Bus, BusRecord } from "../../stores/bus";
import type { Sql } from "../../stores/sql";
import { WriteBehind } from "../projection";
import { BEFORE_ALL, fromBus } from "../publisher";
import { type AnalyticsTables, type HourRow, migrations } from "./rows";
import { type Hour, SymbolHours } from "./symbol-hours";

export interface HourStatistics {
  symbol: number;
  /** Beginning of the hour, milliseconds since 1970. */
  hour: number;
  /** Orders accepted; of all orders in this hour, those that were filled whole, and those that ended otherwise. */
  orders: number;
  filled: number;
  canceled: number;
  /** Lots of the accepted orders; orders by quote amount have none. */
  orderedLots: bigint;
  trades: number;
  tradedLots: bigint;
  /** Quote asset units. */
  quoteVolume: bigint;
  /** Share of the orders that ended in this hour by being filled whole, 0 to 1; undefined when none ended. */
  fillRatio: number | undefined;
  /** Mean of best ask less best bid in ticks, weighted by time; undefined when there never were both. */
  meanSpread: number | undefined;
  /** Share of a whole hour, 0 to 1, in which both sides were quoted. */
  quotedShare: number;
}

export interface Analytics {
  /** Oldest first. `startTime` and `endTime` in milliseconds, both inclusive. */
  hours(symbol: number, range: { startTime: number; endTime: number; limit: number }): Promise<HourStatistics[]>;
  /** Why it counts no more: another process has taken over. */
  readonly failed: string | undefined;
  close(): Promise<void>;
}

export interface AnalyticsDeps {
  sql: Sql;
  bus: Bus;
  /** Told of each batch of records once it is counted, with the time of its newest event, in microseconds since 1970. @default nobody */
  observe?: (counted: { records: number; time: number }) => void;
}

class AnalyticsService implements Analytics {
  private readonly db: Kysely<AnalyticsTables>;
  private readonly symbols = new Map<number, SymbolHours>();
  private readonly hourRows = new WriteBehind<Hour>("analytics_hour", ["symbol", "hour"], hourRow);
  private readonly symbolRows = new WriteBehind<SymbolHours>("analytics_symbol", ["symbol"], ({ symbol, seen, time }) => {
    return { symbol, last_sequence: seen[0], last_index: seen[1], last_time: time };
  });
  private readonly levelRows = new WriteBehind<AnalyticsTables["analytics_level"]>(
    "analytics_level",
    ["symbol", "side", "price"],
    (row) => row,
  );
  /** Of this process; a later one has a higher one, and then this one writes nothing more. */
  private epoch = 0;
  failed: string | undefined;
  private subscription: { close(): Promise<void> } | undefined;
  /** Records are counted one call after the other, whatever keys they have. */
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly deps: AnalyticsDeps) {
    this.db = deps.sql.database<AnalyticsTables>();
  }

  async start(): Promise<void> {
    // Taken before rows are read: whoever counted before writes nothing after.
    const next = this.db.updateTable("analytics_writer").set((row) => ({ epoch: row("epoch", "+", 1) }));
    this.epoch = (await next.where("id", "=", 0).returning("epoch").executeTakeFirstOrThrow()).epoch;
    await this.load();
    this.subscription = await this.deps.bus.subscribe("analytics", (records) => {
      const counted = this.last.then(() => this.count(records));
      this.last = counted.catch(() => {});
      return counted;
    });
  }

  async close(): Promise<void> {
    await this.subscription?.close();
    await this.last;
  }

  async hours(symbol: number, { startTime, endTime, limit }: Parameters<Analytics["hours"]>[1]): Promise<HourStatistics[]> {
    const rows = this.db
      .selectFrom("analytics_hour")
      .selectAll()
      .where("symbol", "=", symbol)
      .where("hour", ">=", startTime)
      .where("hour", "<=", endTime);
    return (await rows.orderBy("hour").limit(limit).execute()).map(statistics);
  }

  private async count(records: readonly BusRecord[]): Promise<void> {
    if (this.failed !== undefined) throw new Error(this.failed);
    let time = 0;
    try {
      for (const each of records) {
        const record = fromBus(each);
        const symbol = this.symbol(record.symbol);
        symbol.add(record);
        this.symbolRows.put(record.symbol, symbol);
        time = Math.max(time, symbol.time);
        // Counting shares its thread with those who serve clients.
        await turn();
      }
      await this.write();
      this.deps.observe?.({ records: records.length, time });
    } catch (error) {
      // What is in memory may be ahead of SQL: begin again from what was written.
      await this.load();
      throw error;
    }
  }

  private async write(): Promise<void> {
    const { sql } = this.deps;
    const tables = [this.hourRows, this.symbolRows, this.levelRows];
    const changes = tables.map((table) => ({ table, rows: table.begin() }));
    await this.db.transaction().execute(async (transaction: Transaction<AnalyticsTables>) => {
      const mine = transaction.updateTable("analytics_writer").set({ epoch: this.epoch }).where("epoch", "=", this.epoch);
      if ((await mine.returning("id").executeTakeFirst()) === undefined) {
        this.failed = "another process has taken over the counting";
        throw new Error(`analytics: ${this.failed}`);
      }
      for (const { table, rows } of changes) await sql.upsert(transaction, table.table, table.keyColumns, rows);
      await transaction.deleteFrom("analytics_level").where("quantity", "=", 0).execute();
    });
    for (const { table } of changes) table.written();
  }

  private async load(): Promise<void> {
    this.symbols.clear();
    for (const table of [this.hourRows, this.symbolRows, this.levelRows]) table.clear();
    for (const { symbol, last_sequence, last_index, last_time } of await this.db.selectFrom("analytics_symbol").selectAll().execute()) {
      this.symbols.set(symbol, this.symbolAt(symbol, [last_sequence, last_index], last_time));
    }
    for (const { symbol, side, price, quantity } of await this.db.selectFrom("analytics_level").selectAll().execute()) {
      const { bids, asks } = this.symbol(symbol);
      (side === Side.BUY ? bids : asks).set(price, quantity);
    }
    for (const hours of this.symbols.values()) {
      const newest = this.db.selectFrom("analytics_hour").selectAll().where("symbol", "=", hours.symbol).orderBy("hour", "desc").limit(1);
      const row = await newest.executeTakeFirst();
      if (row !== undefined) hours.restore(hourFromRow(row));
    }
  }

  private symbol(symbol: number): SymbolHours {
    let hours = this.symbols.get(symbol);
    if (hours === undefined) {
      hours = this.symbolAt(symbol, BEFORE_ALL, 0);
      this.symbols.set(symbol, hours);
    }
    return hours;
  }

  private symbolAt(symbol: number, seen: SymbolHours["seen"], time: number): SymbolHours {
    return new SymbolHours(symbol, seen, time, {
      hour: (hour) => this.hourRows.put(hour, hour),
      level: (of, side: Side, price, quantity) => this.levelRows.put(`${of}/${side}/${price}`, { symbol: of, side, price, quantity }),
    });
  }
}

function hourRow(hour: Hour): HourRow {
  return {
    symbol: hour.symbol,
    hour: hour.hour,
    orders: hour.orders,
    filled: hour.filled,
    canceled: hour.canceled,
    ordered_lots: hour.orderedLots.toString(),
    trades: hour.trades,
    traded_lots: hour.tradedLots.toString(),
    quote_volume: hour.quoteVolume.toString(),
    spread_time: hour.spreadTime.toString(),
    quoted_time: hour.quotedTime,
  };
}

function hourFromRow(row: HourRow): Hour {
  return {
    symbol: row.symbol,
    hour: row.hour,
    orders: row.orders,
    filled: row.filled,
    canceled: row.canceled,
    orderedLots: BigInt(row.ordered_lots),
    trades: row.trades,
    tradedLots: BigInt(row.traded_lots),
    quoteVolume: BigInt(row.quote_volume),
    spreadTime: BigInt(row.spread_time),
    quotedTime: row.quoted_time,
  };
}

function statistics(row: HourRow): HourStatistics {
  const { spreadTime, quotedTime, ...sums } = hourFromRow(row);
  const ended = sums.filled + sums.canceled;
  return {
    ...sums,
    fillRatio: ended === 0 ? undefined : sums.filled / ended,
    meanSpread: quotedTime === 0 ? undefined : Number(spreadTime) / quotedTime,
    quotedShare: quotedTime / 3_600_000_000,
  };
}

/** Starts counting, from where an earlier run stopped. */
export async function createAnalytics(deps: AnalyticsDeps): Promise<Analytics> {
  await deps.sql.migrate("analytics", migrations);
  const analytics = new AnalyticsService(deps);
  await analytics.start();
  return analytics;
}
