/** The history's tables, as migrations. A migration that has been released never changes; a change is a new one. */

import { type CreateTableBuilder, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Columns of a portable type, all required. */
function withColumns(table: CreateTableBuilder<string>, type: "bigint" | "text", ...names: string[]): CreateTableBuilder<string> {
  return names.reduce((builder, name) => builder.addColumn(name, type, (column) => column.notNull()) as CreateTableBuilder<string>, table);
}

export const migrations: Record<string, Migration> = {
  "001_orders_and_trades": {
    async up(db) {
      let orders = db.schema.createTable("order_record") as CreateTableBuilder<string>;
      orders = withColumns(orders, "bigint", "symbol", "order_id", "account", "side", "type", "time_in_force", "price", "quantity");
      orders = withColumns(orders, "bigint", "stop_price", "trailing_delta", "iceberg_quantity", "list_id", "working", "open");
      orders = withColumns(orders, "bigint", "self_trade_prevention", "close_reason", "executed", "prevented_quantity", "amendments");
      orders = withColumns(orders, "bigint", "time", "update_time", "working_time");
      orders = withColumns(orders, "text", "quote_quantity", "client_key", "client_order_id", "status", "executed_quote");
      await orders.addPrimaryKeyConstraint("order_record_key", ["symbol", "order_id"] as never[]).execute();
      await db.schema.createIndex("order_record_open").on("order_record").column("open").where("open", "=", 1).execute();
      await db.schema.createIndex("order_record_account").on("order_record").columns(["account", "symbol", "order_id"]).execute();
      const byClient = db.schema.createIndex("order_record_client").on("order_record");
      await byClient.columns(["account", "symbol", "client_order_id"]).execute();

      let trades = db.schema.createTable("account_trade") as CreateTableBuilder<string>;
      trades = withColumns(trades, "bigint", "symbol", "trade_id", "is_buyer", "account", "order_id", "list_id", "price", "quantity");
      trades = withColumns(trades, "bigint", "fee_asset", "time", "is_maker");
      trades = withColumns(trades, "text", "quote_amount", "fee");
      await trades.addPrimaryKeyConstraint("account_trade_key", ["symbol", "trade_id", "is_buyer"] as never[]).execute();
      await db.schema.createIndex("account_trade_account").on("account_trade").columns(["account", "symbol", "trade_id"]).execute();
      await db.schema.createIndex("account_trade_order").on("account_trade").columns(["account", "order_id"]).execute();
    },
  },
  "002_lists_prevented_matches_amendments": {
    async up(db) {
      let lists = db.schema.createTable("order_list") as CreateTableBuilder<string>;
      lists = withColumns(lists, "bigint", "list_id", "account", "symbol", "time", "update_time");
      lists = withColumns(lists, "text", "contingency", "status", "order_ids", "list_client_order_id");
      await lists.addPrimaryKeyConstraint("order_list_key", ["list_id"] as never[]).execute();
      await db.schema.createIndex("order_list_account").on("order_list").columns(["account", "list_id"]).execute();

      let prevented = db.schema.createTable("prevented_match") as CreateTableBuilder<string>;
      prevented = withColumns(prevented, "bigint", "symbol", "prevented_match_id", "price", "mode", "time");
      prevented = withColumns(prevented, "bigint", "taker_order_id", "taker_account", "taker_prevented");
      prevented = withColumns(prevented, "bigint", "maker_order_id", "maker_account", "maker_prevented");
      await prevented.addPrimaryKeyConstraint("prevented_match_key", ["symbol", "prevented_match_id"] as never[]).execute();
      await db.schema.createIndex("prevented_match_taker").on("prevented_match").columns(["taker_account", "taker_order_id"]).execute();
      await db.schema.createIndex("prevented_match_maker").on("prevented_match").columns(["maker_account", "maker_order_id"]).execute();

      let amendments = db.schema.createTable("order_amendment") as CreateTableBuilder<string>;
      amendments = withColumns(amendments, "bigint", "symbol", "order_id", "execution_id", "original_quantity", "quantity", "time");
      amendments = withColumns(amendments, "text", "original_client_order_id", "client_order_id");
      await amendments.addPrimaryKeyConstraint("order_amendment_key", ["symbol", "order_id", "execution_id"] as never[]).execute();
    },
  },
  "003_prevented_match_and_trailing_time": {
    async up(db) {
      for (const name of ["prevented_match_id", "trailing_time"]) {
        const orders = db.schema.alterTable("order_record");
        await orders.addColumn(name, "bigint", (column) => column.notNull().defaultTo(0)).execute();
      }
      const prices = withColumns(db.schema.createTable("symbol_price") as CreateTableBuilder<string>, "bigint", "symbol", "price");
      await prices.addPrimaryKeyConstraint("symbol_price_key", ["symbol"] as never[]).execute();
      await sql`insert into symbol_price (symbol, price)
        select trade.symbol, trade.price from account_trade trade
        join (select symbol, max(trade_id) as trade_id from account_trade group by symbol) newest
        on newest.symbol = trade.symbol and newest.trade_id = trade.trade_id
        where trade.is_buyer = 1`.execute(db);
    },
  },
};
