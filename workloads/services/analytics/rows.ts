/** The SQL tables of analytics: hours, what they are made of, and how far each symbol is. */

import type { Migration } from "kysely/migration";

/** Sums of one symbol and hour. Amounts that may pass 2^53 are decimal text. */
export type HourRow = {
  symbol: number;
  /** Beginning of the hour, milliseconds since 1970. */
  hour: number;
  orders: number;
  filled: number;
  canceled: number;
  ordered_lots: string;
  trades: number;
  traded_lots: string;
  quote_volume: string;
  /** Best ask less best bid in ticks, times the microseconds it stood; and the microseconds with both sides. */
  spread_time: string;
  quoted_time: number;
};

export interface AnalyticsTables {
  analytics_hour: HourRow;
  analytics_symbol: { symbol: number; last_sequence: number; last_index: number; last_time: number };
  /** One row: how often a process took over. Only the last one may write. */
  analytics_writer: { id: number; epoch: number };
  analytics_level: { symbol: number; side: number; price: number; quantity: number };
}

export const migrations: Record<string, Migration> = {
  "001_hours": {
    async up(db) {
      await db.schema
        .createTable("analytics_hour")
        .addColumn("symbol", "bigint", (column) => column.notNull())
        .addColumn("hour", "bigint", (column) => column.notNull())
        .addColumn("orders", "bigint", (column) => column.notNull())
        .addColumn("filled", "bigint", (column) => column.notNull())
        .addColumn("canceled", "bigint", (column) => column.notNull())
        .addColumn("ordered_lots", "text", (column) => column.notNull())
        .addColumn("trades", "bigint", (column) => column.notNull())
        .addColumn("traded_lots", "text", (column) => column.notNull())
        .addColumn("quote_volume", "text", (column) => column.notNull())
        .addColumn("spread_time", "text", (column) => column.notNull())
        .addColumn("quoted_time", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("analytics_hour_key", ["symbol", "hour"])
        .execute();
      await db.schema
        .createTable("analytics_symbol")
        .addColumn("symbol", "bigint", (column) => column.primaryKey())
        .addColumn("last_sequence", "bigint", (column) => column.notNull())
        .addColumn("last_index", "bigint", (column) => column.notNull())
        .addColumn("last_time", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("analytics_level")
        .addColumn("symbol", "bigint", (column) => column.notNull())
        .addColumn("side", "bigint", (column) => column.notNull())
        .addColumn("price", "bigint", (column) => column.notNull())
        .addColumn("quantity", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("analytics_level_key", ["symbol", "side", "price"])
        .execute();
      await db.schema.createIndex("analytics_level_gone").on("analytics_level").column("quantity").where("quantity", "=", 0).execute();
    },
  },
  "002_writer": {
    async up(db) {
      await db.schema
        .createTable("analytics_writer")
        .addColumn("id", "bigint", (column) => column.primaryKey())
        .addColumn("epoch", "bigint", (column) => column.notNull())
        .execute();
      await db.insertInto("analytics_writer").values({ id: 0, epoch: 0 }).execute();
    },
  },
};
