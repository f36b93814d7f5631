/** What everybody may see: books, trades, candles and tickers. Prices in ticks, quantities in lots, quote amounts in asset units. */

import type { Side } from "@bourse/engine";

/** [price in ticks, quantity in lots] */
export type Level = readonly [price: number, quantity: number];

export interface BookSnapshot {
  /** The `updateId` of the last level change that is in it. */
  lastUpdateId: number;
  /** Best first. */
  bids: Level[];
  asks: Level[];
}

/** Every level change of one symbol since the previous difference; `first` = previous `final` + 1. */
export interface BookDifference extends BookSnapshot {
  symbol: number;
  first: number;
  final: number;
  time: number;
}

export interface OrderBooks {
  snapshot(symbol: number, limit: number): BookSnapshot;
  /** Best bid and ask, undefined on an empty side. */
  best(symbol: number): { updateId: number; bid?: Level; ask?: Level };
  /** Differences of one symbol, collected over `intervalMs`; nothing is sent for an interval without a change. Returns the unsubscriber. */
  onDifference(symbol: number, intervalMs: number, listener: (difference: BookDifference) => void): () => void;
  /** Called at once for each change of the best bid or ask. */
  onBest(symbol: number, listener: (best: ReturnType<OrderBooks["best"]>) => void): () => void;
}

export interface PublicTrade {
  symbol: number;
  tradeId: number;
  price: number;
  quantity: number;
  quoteAmount: bigint;
  time: number;
  takerSide: Side;
  takerOrderId: number;
  makerOrderId: number;
}

/** Fills of one taker order at one price and time, joined. */
export interface AggregateTrade {
  aggregateId: number;
  price: number;
  quantity: number;
  firstTradeId: number;
  lastTradeId: number;
  time: number;
  takerSide: Side;
}

export const klineIntervals = ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"] as const;
export type KlineInterval = (typeof klineIntervals)[number];

export interface Kline {
  /** Milliseconds, both inclusive. */
  openTime: number;
  closeTime: number;
  open: number;
  high: number;
  low: number;
  close: number;
  /** Lots; quote amounts in asset units. */
  volume: number;
  quoteVolume: bigint;
  takerBuyVolume: number;
  takerBuyQuoteVolume: bigint;
  trades: number;
  firstTradeId: number;
  lastTradeId: number;
  closed: boolean;
}

export interface TickerStatistics {
  symbol: number;
  openTime: number;
  closeTime: number;
  open: number;
  high: number;
  low: number;
  last: number;
  lastQuantity: number;
  /** Close of the period before. */
  previousClose: number;
  volume: number;
  quoteVolume: bigint;
  firstTradeId: number;
  lastTradeId: number;
  trades: number;
}

/** Bounds of a query over ids or milliseconds; both ends inclusive. */
export interface Range {
  fromId?: number;
  startTime?: number;
  endTime?: number;
  limit: number;
}

export interface MarketData {
  /** What is in memory: the recent past (see `createMarketData` for how much). Oldest first; with no bound the newest `limit`. */
  trades(symbol: number, range: Range): PublicTrade[];
  aggregateTrades(symbol: number, range: Range): AggregateTrade[];
  /** Oldest first; with neither bound the newest `limit`. Intervals without a trade repeat the close with no volume. */
  klines(symbol: number, interval: KlineInterval, range: Range): Kline[];
  /** The same three over everything that was ever traded: memory first, then the SQL store. Any query of a client goes here. */
  tradeHistory(symbol: number, range: Range): Promise<PublicTrade[]>;
  aggregateTradeHistory(symbol: number, range: Range): Promise<AggregateTrade[]>;
  /** `offsetMs` from UTC is where intervals begin, in whole minutes; times of the range and of klines are UTC all the same. @default 0 */
  klineHistory(symbol: number, interval: KlineInterval, range: Range, offsetMs?: number): Promise<Kline[]>;
  /** The last `windowMs` up to `now` (ms). 24 h is 86,400,000. */
  ticker(symbol: number, windowMs: number, now: number): TickerStatistics;
  /** Last price in ticks, 0 before the first trade. */
  lastPrice(symbol: number): number;
  onTrade(symbol: number, listener: (trade: PublicTrade) => void): () => void;
  onAggregateTrade(symbol: number, listener: (trade: AggregateTrade) => void): () => void;
  /** `offsetMs` as in {@link klineHistory}, in whole hours: of these, what is in memory reaches over a month. @default 0 */
  onKline(symbol: number, interval: KlineInterval, listener: (kline: Kline) => void, offsetMs?: number): () => void;
}
