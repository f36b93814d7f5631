/** The SQL tables of the order books: what a restart needs when the log from before the last snapshot is gone. */

import type { Migration } from "kysely/migration";

export interface OrderBookTables {
  book: { symbol: number; update_id: number };
  book_level: { symbol: number; side: number; price: number; quantity: number };
}

export const migrations: Record<string, Migration> = {
  "001_levels": {
    async up(db) {
      await db.schema
        .createTable("book")
        .addColumn("symbol", "bigint", (column) => column.primaryKey())
        .addColumn("update_id", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("book_level")
        .addColumn("symbol", "bigint", (column) => column.notNull())
        .addColumn("side", "bigint", (column) => column.notNull())
        .addColumn("price", "bigint", (column) => column.notNull())
        .addColumn("quantity", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("book_level_key", ["symbol", "side", "price"])
        .execute();
      await db.schema.createIndex("book_level_gone").on("book_level").column("quantity").where("quantity", "=", 0).execute();
    },
  },
};
