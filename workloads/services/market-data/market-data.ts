/** Trades, aggregate trades, klines and tickers of every symbol: the recent past from memory, all of it from memory and SQL together. */

import type { Kysely } from "kysely";
import type { AggregateTrade, Kline, KlineInterval, MarketData, PublicTrade, Range, TickerStatistics } from "../ports";
import { type Ordering, type ProjectionDeps, type Running, selectRange, startProjection, whereRange } from "../projection";
import { KlineStreams } from "./kline-stream";
import { fillKlines, type KlineRecord, selectedIntervals } from "./klines";
import { aggregateFromRow, klineFromRow, type MarketDataTables, type SymbolAggregate, tradeFromRow } from "./rows";
import { rollingTicker } from "./ticker";
import { defaultRetention, type Retention, TradesFold } from "./trades";
import { pieceOf, zonedKlines } from "./zoned-klines";

const HOUR = 3_600_000;

const byTrade: Ordering<PublicTrade> = { id: (trade) => trade.tradeId, time: (trade) => trade.time };
const byAggregate: Ordering<SymbolAggregate> = { id: (aggregate) => aggregate.aggregateId, time: (aggregate) => aggregate.time };

export interface MarketDataDeps extends ProjectionDeps {
  retention?: Partial<Retention>;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

/** As in the history, a query copies what it needs from memory before it asks SQL. */
class MarketDataQueries implements MarketData {
  constructor(
    private readonly folded: TradesFold,
    private readonly streams: KlineStreams,
    private readonly db: Kysely<MarketDataTables>,
    private readonly now: () => number,
  ) {}

  trades(symbol: number, range: Range): PublicTrade[] {
    return selectRange(this.folded.market(symbol).trades, range, byTrade);
  }

  aggregateTrades(symbol: number, range: Range): AggregateTrade[] {
    return selectRange(this.folded.market(symbol).aggregates, range, byAggregate).map(withoutSymbol);
  }

  klines(symbol: number, interval: KlineInterval, range: Range): Kline[] {
    const now = this.now();
    const { from, to } = selectedIntervals(interval, range, now);
    const series = this.folded.market(symbol).klines[interval];
    return fillKlines(interval, series.records.slice(Math.max(0, series.firstFrom(from + 1) - 1)), from, to, now);
  }

  async tradeHistory(symbol: number, range: Range): Promise<PublicTrade[]> {
    const { trades } = this.folded.market(symbol);
    const inMemory = [...this.folded.tradeRows.values()].filter((trade) => trade.symbol === symbol).concat(trades);
    const query = this.db.selectFrom("public_trade").selectAll().where("symbol", "=", symbol);
    const rows = await whereRange(query, range, { id: "trade_id", time: "time" }).execute();
    return selectRange([...rows.map(tradeFromRow), ...inMemory], range, byTrade);
  }

  async aggregateTradeHistory(symbol: number, range: Range): Promise<AggregateTrade[]> {
    const { aggregates } = this.folded.market(symbol);
    const inMemory = [...this.folded.aggregateRows.values()].filter((each) => each.symbol === symbol).concat(aggregates);
    const query = this.db.selectFrom("aggregate_trade").selectAll().where("symbol", "=", symbol);
    const rows = await whereRange(query, range, { id: "aggregate_id", time: "time" }).execute();
    return selectRange([...rows.map(aggregateFromRow), ...inMemory], range, byAggregate).map(withoutSymbol);
  }

  klineHistory(symbol: number, interval: KlineInterval, range: Range, offsetMs = 0): Promise<Kline[]> {
    return zonedKlines(interval, range, offsetMs, this.now(), (piece, part) => this.klinesInUtc(symbol, piece, part));
  }

  private async klinesInUtc(symbol: number, interval: KlineInterval, range: Range): Promise<Kline[]> {
    const now = this.now();
    const { from, to } = selectedIntervals(interval, range, now);
    const { records } = this.folded.market(symbol).klines[interval];
    if (records.length === 0) return [];
    const reachesBack = records[0].openTime <= from;
    if (reachesBack) return this.klines(symbol, interval, range);

    const found = new Map<number, KlineRecord>();
    const ofSeries = (record: KlineRecord) => record.symbol === symbol && record.interval === interval;
    const inMemory = [...this.folded.klineRows.values()]
      .filter(ofSeries)
      .concat(records)
      .map((record) => ({ ...record }));
    const query = this.db.selectFrom("kline").selectAll().where("symbol", "=", symbol).where("kline_interval", "=", interval);
    const inside = await query.where("open_time", ">=", from).where("open_time", "<=", to).execute();
    const before = await query.where("open_time", "<", from).orderBy("open_time", "desc").limit(1).execute();
    for (const record of [...before.map(klineFromRow), ...inside.map(klineFromRow), ...inMemory]) found.set(record.openTime, record);
    return fillKlines(
      interval,
      [...found.values()].sort((a, b) => a.openTime - b.openTime),
      from,
      to,
      now,
    );
  }

  ticker(symbol: number, windowMs: number, now: number): TickerStatistics {
    const { klines, trades } = this.folded.market(symbol);
    return rollingTicker(klines["1m"], klines["1h"], windowMs, now, trades.at(-1)?.quantity ?? 0);
  }

  lastPrice(symbol: number): number {
    return this.folded.market(symbol).trades.at(-1)?.price ?? 0;
  }

  onTrade(symbol: number, listener: (trade: PublicTrade) => void): () => void {
    const { tradeListeners } = this.folded.market(symbol);
    tradeListeners.add(listener);
    return () => void tradeListeners.delete(listener);
  }

  onAggregateTrade(symbol: number, listener: (trade: AggregateTrade) => void): () => void {
    const { aggregateListeners } = this.folded.market(symbol);
    aggregateListeners.add(listener);
    return () => void aggregateListeners.delete(listener);
  }

  onKline(symbol: number, interval: KlineInterval, listener: (kline: Kline) => void, offsetMs = 0): () => void {
    if (offsetMs % HOUR !== 0) throw new RangeError(`the offset of live klines is ${offsetMs} ms; whole hours of ${HOUR} ms are possible`);
    const piece = pieceOf(interval, offsetMs) ?? interval;
    return this.streams.listen(this.folded.market(symbol).klines[piece], interval, offsetMs, listener);
  }
}

function withoutSymbol({ symbol: _, ...aggregate }: SymbolAggregate): AggregateTrade {
  return aggregate;
}

/**
 * Starts the market data of one shard. In memory it keeps for each symbol what {@link Retention} says; SQL keeps everything. Written once
 * a second by default, so that a kline that changes all the time is one row a second.
 */
export async function createMarketData(deps: MarketDataDeps): Promise<Running<MarketData>> {
  const now = deps.now ?? Date.now;
  const streams = new KlineStreams(now);
  const folded = new TradesFold({ ...defaultRetention, ...deps.retention }, ({ klines }) => {
    for (const series of Object.values(klines)) streams.update(series);
  });
  const projection = await startProjection({ flushIntervalMs: 1_000, ...deps }, folded);
  return { service: new MarketDataQueries(folded, streams, deps.sql.database<MarketDataTables>(), now), projection };
}
