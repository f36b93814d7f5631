/** The SQL tables of market data and how records become rows. Amounts are decimal text. */

import type { Side } from "@bourse/engine";
import type { Migration } from "kysely/migration";
import type { ColumnReaders } from "../../stores/sql";
import type { AggregateTrade, KlineInterval, PublicTrade } from "../ports";
import type { KlineRecord } from "./klines";

export type TradeRow = {
  symbol: number;
  trade_id: number;
  price: number;
  quantity: number;
  quote_amount: string;
  time: number;
  taker_side: number;
  taker_order_id: number;
  maker_order_id: number;
};

export type AggregateRow = {
  symbol: number;
  aggregate_id: number;
  price: number;
  quantity: number;
  first_trade_id: number;
  last_trade_id: number;
  time: number;
  taker_side: number;
};

export type KlineRow = {
  symbol: number;
  kline_interval: string;
  open_time: number;
  open_price: number;
  high_price: number;
  low_price: number;
  close_price: number;
  volume: number;
  quote_volume: string;
  taker_buy_volume: number;
  taker_buy_quote_volume: string;
  trades: number;
  first_trade_id: number;
  last_trade_id: number;
};

export interface MarketDataTables {
  public_trade: TradeRow;
  aggregate_trade: AggregateRow;
  kline: KlineRow;
}

/** With the symbol, which the public form leaves to the query. */
export type SymbolAggregate = AggregateTrade & { symbol: number };

export const migrations: Record<string, Migration> = {
  "001_trades_and_klines": {
    async up(db) {
      await db.schema
        .createTable("public_trade")
        .addColumn("symbol", "bigint", (column) => column.notNull())
        .addColumn("trade_id", "bigint", (column) => column.notNull())
        .addColumn("price", "bigint", (column) => column.notNull())
        .addColumn("quantity", "bigint", (column) => column.notNull())
        .addColumn("quote_amount", "text", (column) => column.notNull())
        .addColumn("time", "bigint", (column) => column.notNull())
        .addColumn("taker_side", "bigint", (column) => column.notNull())
        .addColumn("taker_order_id", "bigint", (column) => column.notNull())
        .addColumn("maker_order_id", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("public_trade_key", ["symbol", "trade_id"])
        .execute();
      await db.schema.createIndex("public_trade_time").on("public_trade").columns(["symbol", "time"]).execute();
      await db.schema
        .createTable("aggregate_trade")
        .addColumn("symbol", "bigint", (column) => column.notNull())
        .addColumn("aggregate_id", "bigint", (column) => column.notNull())
        .addColumn("price", "bigint", (column) => column.notNull())
        .addColumn("quantity", "bigint", (column) => column.notNull())
        .addColumn("first_trade_id", "bigint", (column) => column.notNull())
        .addColumn("last_trade_id", "bigint", (column) => column.notNull())
        .addColumn("time", "bigint", (column) => column.notNull())
        .addColumn("taker_side", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("aggregate_trade_key", ["symbol", "aggregate_id"])
        .execute();
      await db.schema.createIndex("aggregate_trade_time").on("aggregate_trade").columns(["symbol", "time"]).execute();
      await db.schema
        .createTable("kline")
        .addColumn("symbol", "bigint", (column) => column.notNull())
        .addColumn("kline_interval", "text", (column) => column.notNull())
        .addColumn("open_time", "bigint", (column) => column.notNull())
        .addColumn("open_price", "bigint", (column) => column.notNull())
        .addColumn("high_price", "bigint", (column) => column.notNull())
        .addColumn("low_price", "bigint", (column) => column.notNull())
        .addColumn("close_price", "bigint", (column) => column.notNull())
        .addColumn("volume", "bigint", (column) => column.notNull())
        .addColumn("quote_volume", "text", (column) => column.notNull())
        .addColumn("taker_buy_volume", "bigint", (column) => column.notNull())
        .addColumn("taker_buy_quote_volume", "text", (column) => column.notNull())
        .addColumn("trades", "bigint", (column) => column.notNull())
        .addColumn("first_trade_id", "bigint", (column) => column.notNull())
        .addColumn("last_trade_id", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("kline_key", ["symbol", "kline_interval", "open_time"])
        .execute();
    },
  },
};

export const tradeColumns: ColumnReaders<PublicTrade, TradeRow> = {
  symbol: (trade) => trade.symbol,
  trade_id: (trade) => trade.tradeId,
  price: (trade) => trade.price,
  quantity: (trade) => trade.quantity,
  quote_amount: (trade) => trade.quoteAmount.toString(),
  time: (trade) => trade.time,
  taker_side: (trade) => trade.takerSide,
  taker_order_id: (trade) => trade.takerOrderId,
  maker_order_id: (trade) => trade.makerOrderId,
};

export function tradeFromRow(row: TradeRow): PublicTrade {
  return {
    symbol: row.symbol,
    tradeId: row.trade_id,
    price: row.price,
    quantity: row.quantity,
    quoteAmount: BigInt(row.quote_amount),
    time: row.time,
    takerSide: row.taker_side as Side,
    takerOrderId: row.taker_order_id,
    makerOrderId: row.maker_order_id,
  };
}

export const aggregateColumns: ColumnReaders<SymbolAggregate, AggregateRow> = {
  symbol: (aggregate) => aggregate.symbol,
  aggregate_id: (aggregate) => aggregate.aggregateId,
  price: (aggregate) => aggregate.price,
  quantity: (aggregate) => aggregate.quantity,
  first_trade_id: (aggregate) => aggregate.firstTradeId,
  last_trade_id: (aggregate) => aggregate.lastTradeId,
  time: (aggregate) => aggregate.time,
  taker_side: (aggregate) => aggregate.takerSide,
};

export function aggregateFromRow(row: AggregateRow): SymbolAggregate {
  return {
    symbol: row.symbol,
    aggregateId: row.aggregate_id,
    price: row.price,
    quantity: row.quantity,
    firstTradeId: row.first_trade_id,
    lastTradeId: row.last_trade_id,
    time: row.time,
    takerSide: row.taker_side as Side,
  };
}

export function klineRow(kline: KlineRecord): KlineRow {
  return {
    symbol: kline.symbol,
    kline_interval: kline.interval,
    open_time: kline.openTime,
    open_price: kline.open,
    high_price: kline.high,
    low_price: kline.low,
    close_price: kline.close,
    volume: kline.volume,
    quote_volume: kline.quoteVolume.toString(),
    taker_buy_volume: kline.takerBuyVolume,
    taker_buy_quote_volume: kline.takerBuyQuoteVolume.toString(),
    trades: kline.trades,
    first_trade_id: kline.firstTradeId,
    last_trade_id: kline.lastTradeId,
  };
}

export function klineFromRow(row: KlineRow): KlineRecord {
  return {
    symbol: row.symbol,
    interval: row.kline_interval as KlineInterval,
    openTime: row.open_time,
    open: row.open_price,
    high: row.high_price,
    low: row.low_price,
    close: row.close_price,
    volume: row.volume,
    quoteVolume: BigInt(row.quote_volume),
    takerBuyVolume: row.taker_buy_volume,
    takerBuyQuoteVolume: BigInt(row.taker_buy_quote_volume),
    trades: row.trades,
    firstTradeId: row.first_trade_id,
    lastTradeId: row.last_trade_id,
  };
}
