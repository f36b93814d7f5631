/** The fold over trades: what every symbol traded, joined by taker order and summed into klines. */

import type { Event, Trade } from "@bourse/engine";
import type { Sql } from "../../stores/sql";
import { type AggregateTrade, type KlineInterval, klineIntervals, type PublicTrade } from "../ports";
import { type Fold, WriteBehind } from "../projection";
import { addTrade, type KlinePart, type KlineRecord, KlineSeries, partOf, secondOf } from "./klines";
import {
  aggregateColumns,
  aggregateFromRow,
  klineFromRow,
  klineRow,
  type MarketDataTables,
  migrations,
  type SymbolAggregate,
  tradeColumns,
  tradeFromRow,
} from "./rows";
import { klinesForTickers } from "./ticker";

/** What is kept in memory for each symbol, beside the klines that tickers are summed from. */
export interface Retention {
  /** Trades, and aggregate trades. @default 1,000, the longest answer of the API */
  trades: number;
  /** Klines of each interval. @default 1,000, the longest answer of the API */
  klines: number;
}

export const defaultRetention: Retention = { trades: 1_000, klines: 1_000 };

export interface SymbolMarket {
  symbol: number;
  lastTradeId: number;
  lastAggregateId: number;
  trades: PublicTrade[];
  aggregates: SymbolAggregate[];
  klines: Record<KlineInterval, KlineSeries>;
  /** What was traded in the batch that is being applied, in its last second, and is in no kline yet: in all of them at once, it costs little. */
  part: KlinePart | undefined;
  tradeListeners: Set<(trade: PublicTrade) => void>;
  aggregateListeners: Set<(trade: AggregateTrade) => void>;
}

export class TradesFold implements Fold {
  readonly name = "market_data";
  readonly migrations = migrations;
  readonly tradeRows = new WriteBehind<PublicTrade>("public_trade", ["symbol", "trade_id"], tradeColumns);
  readonly aggregateRows = new WriteBehind<SymbolAggregate>("aggregate_trade", ["symbol", "aggregate_id"], aggregateColumns);
  readonly klineRows = new WriteBehind<KlineRecord>("kline", ["symbol", "kline_interval", "open_time"], klineRow);
  readonly tables = [this.tradeRows, this.aggregateRows, this.klineRows];

  private readonly markets = new Map<number, SymbolMarket>();
  private readonly traded = new Set<SymbolMarket>();
  /** The aggregate that the next fill of the same command may still join. */
  private open: { market: SymbolMarket; takerOrderId: number; aggregate: SymbolAggregate } | undefined;

  constructor(
    private readonly retention: Retention,
    /** Called after each batch, for each symbol that traded in it. */
    private readonly onTraded: (market: SymbolMarket) => void,
  ) {}

  async load(sql: Sql): Promise<void> {
    const db = sql.database<MarketDataTables>();
    for (const { symbol } of await db.selectFrom("kline").select("symbol").distinct().execute()) {
      const market = this.market(symbol);
      const trades = db.selectFrom("public_trade").selectAll().where("symbol", "=", symbol).orderBy("trade_id", "desc");
      market.trades = (await trades.limit(this.retention.trades).execute()).map(tradeFromRow).reverse();
      market.lastTradeId = market.trades.at(-1)?.tradeId ?? 0;
      const aggregates = db.selectFrom("aggregate_trade").selectAll().where("symbol", "=", symbol).orderBy("aggregate_id", "desc");
      market.aggregates = (await aggregates.limit(this.retention.trades).execute()).map(aggregateFromRow).reverse();
      market.lastAggregateId = market.aggregates.at(-1)?.aggregateId ?? 0;
      for (const interval of klineIntervals) {
        const klines = db.selectFrom("kline").selectAll().where("symbol", "=", symbol).where("kline_interval", "=", interval);
        const rows = await klines.orderBy("open_time", "desc").limit(this.capacity(interval)).execute();
        for (const row of rows.reverse()) market.klines[interval].append(klineFromRow(row));
      }
    }
  }

  apply(event: Event): void {
    if (event.kind === "trade") this.onTrade(event);
    if (event.last) this.closeAggregate();
  }

  endBatch(): void {
    for (const market of this.traded) {
      this.closePart(market);
      this.onTraded(market);
    }
    this.traded.clear();
  }

  market(symbol: number): SymbolMarket {
    let market = this.markets.get(symbol);
    if (market === undefined) {
      const series = klineIntervals.map((interval) => [interval, new KlineSeries(symbol, interval, this.capacity(interval))]);
      market = {
        symbol,
        lastTradeId: 0,
        lastAggregateId: 0,
        trades: [],
        aggregates: [],
        klines: Object.fromEntries(series) as SymbolMarket["klines"],
        part: undefined,
        tradeListeners: new Set(),
        aggregateListeners: new Set(),
      };
      this.markets.set(symbol, market);
    }
    return market;
  }

  private onTrade(event: Trade): void {
    const { symbol, tradeId, price, quantity, quoteAmount, time, takerSide, takerOrderId, makerOrderId } = event;
    const market = this.market(symbol);
    if (tradeId !== market.lastTradeId + 1) {
      throw new Error(`market data of symbol ${symbol}: trade ${market.lastTradeId} is followed by ${tradeId}`);
    }
    const trade: PublicTrade = { symbol, tradeId, price, quantity, quoteAmount, time, takerSide, takerOrderId, makerOrderId };
    market.lastTradeId = tradeId;
    keep(market.trades, trade, this.retention.trades);
    this.tradeRows.put(trade, trade);
    if (market.part !== undefined && market.part.openTime !== secondOf(trade)) this.closePart(market);
    if (market.part === undefined) market.part = partOf(trade);
    else addTrade(market.part, trade);
    this.aggregate(market, trade);
    this.traded.add(market);
    for (const listener of market.tradeListeners) listener(trade);
  }

  private closePart(market: SymbolMarket): void {
    const { part } = market;
    if (part === undefined) return;
    market.part = undefined;
    for (const interval of klineIntervals) {
      const record = market.klines[interval].add(part);
      this.klineRows.put(record, record);
    }
  }

  /** An aggregate ends with its command, or earlier when the next fill has another taker order or price. */
  private aggregate(market: SymbolMarket, trade: PublicTrade): void {
    const { symbol, tradeId, price, quantity, time, takerSide, takerOrderId } = trade;
    const { open } = this;
    if (open !== undefined && open.market === market && open.takerOrderId === takerOrderId && open.aggregate.price === price) {
      open.aggregate.quantity += quantity;
      open.aggregate.lastTradeId = tradeId;
      return;
    }
    this.closeAggregate();
    market.lastAggregateId += 1;
    const ids = { aggregateId: market.lastAggregateId, firstTradeId: tradeId, lastTradeId: tradeId };
    this.open = { market, takerOrderId, aggregate: { symbol, ...ids, price, quantity, time, takerSide } };
  }

  private closeAggregate(): void {
    if (this.open === undefined) return;
    const { market, aggregate } = this.open;
    this.open = undefined;
    keep(market.aggregates, aggregate, this.retention.trades);
    this.aggregateRows.put(aggregate, aggregate);
    for (const listener of market.aggregateListeners) listener(aggregate);
  }

  private capacity(interval: KlineInterval): number {
    return Math.max(this.retention.klines, klinesForTickers[interval] ?? 0);
  }
}

/** Appends, and trims in large steps, so that a trim costs nothing on average. */
function keep<Item>(items: Item[], item: Item, capacity: number): void {
  items.push(item);
  if (items.length >= capacity * 2) items.splice(0, items.length - capacity);
}
