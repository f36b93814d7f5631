/** Klines of one symbol and interval: one record for each interval with a trade; the quiet ones between are made when asked for. */

import { Side } from "@bourse/engine";
import type { Kline, KlineInterval, PublicTrade, Range } from "../ports";
import { closeTimeOf, openTimeOf, shiftOpenTime } from "./intervals";

export type KlineRecord = Omit<Kline, "closed" | "closeTime"> & { symbol: number; interval: KlineInterval };

/** What was traded together, within one second: it belongs to one kline of each interval. */
export interface KlinePart extends Omit<Kline, "closed" | "closeTime"> {
  /** Beginning of the second, milliseconds since 1970. */
  openTime: number;
}

/** The second of a trade, in milliseconds since 1970. */
export const secondOf = (trade: PublicTrade) => openTimeOf("1s", Math.floor(trade.time / 1_000));

/** The recent klines of one symbol and interval, oldest first. */
export class KlineSeries {
  readonly records: KlineRecord[] = [];
  /** Where the interval of the last record ends; 0 when that is not known yet. */
  private lastEnds = 0;

  constructor(
    readonly symbol: number,
    readonly interval: KlineInterval,
    private readonly capacity: number,
  ) {}

  get last(): KlineRecord | undefined {
    return this.records[this.records.length - 1];
  }

  /** The record that it changed. */
  add(part: KlinePart): KlineRecord {
    let record = this.last;
    if (record === undefined || part.openTime >= this.lastEnds) {
      const openTime = openTimeOf(this.interval, part.openTime);
      this.lastEnds = shiftOpenTime(this.interval, openTime, 1);
      if (record === undefined || record.openTime < openTime) {
        record = { symbol: this.symbol, interval: this.interval, ...part, openTime };
        this.append(record);
        return record;
      }
    }
    join(record, part);
    return record;
  }

  append(record: KlineRecord): void {
    this.records.push(record);
    // Trimmed in large steps, so that a trim costs nothing on average.
    if (this.records.length >= this.capacity * 2) this.records.splice(0, this.records.length - this.capacity);
  }

  /** Place of the first record that opens at or after `time`. */
  firstFrom(time: number): number {
    let low = 0;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.records[middle].openTime < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Of one trade. */
export function partOf(trade: PublicTrade): KlinePart {
  const { price, quantity, quoteAmount, tradeId } = trade;
  const takerBuys = trade.takerSide === Side.BUY;
  return {
    openTime: secondOf(trade),
    open: price,
    high: price,
    low: price,
    close: price,
    volume: quantity,
    quoteVolume: quoteAmount,
    takerBuyVolume: takerBuys ? quantity : 0,
    takerBuyQuoteVolume: takerBuys ? quoteAmount : 0n,
    trades: 1,
    firstTradeId: tradeId,
    lastTradeId: tradeId,
  };
}

/** Adds a trade of the same second. */
export function addTrade(part: KlinePart, trade: PublicTrade): void {
  part.high = Math.max(part.high, trade.price);
  part.low = Math.min(part.low, trade.price);
  part.close = trade.price;
  part.volume += trade.quantity;
  part.quoteVolume += trade.quoteAmount;
  if (trade.takerSide === Side.BUY) {
    part.takerBuyVolume += trade.quantity;
    part.takerBuyQuoteVolume += trade.quoteAmount;
  }
  part.trades += 1;
  part.lastTradeId = trade.tradeId;
}

function join(record: KlineRecord, part: KlinePart): void {
  record.high = Math.max(record.high, part.high);
  record.low = Math.min(record.low, part.low);
  record.close = part.close;
  record.volume += part.volume;
  record.quoteVolume += part.quoteVolume;
  record.takerBuyVolume += part.takerBuyVolume;
  record.takerBuyQuoteVolume += part.takerBuyQuoteVolume;
  record.trades += part.trades;
  record.lastTradeId = part.lastTradeId;
}

/** The kline of an interval that begins at `openTime`: its record, or one without volume at the close before. */
export function klineAt(interval: KlineInterval, openTime: number, record: KlineRecord, now: number): Kline {
  const closeTime = closeTimeOf(interval, openTime);
  const closed = closeTime < now;
  if (record.openTime === openTime) {
    const { symbol: _, interval: _i, ...kline } = record;
    return { ...kline, closeTime, closed };
  }
  const { close } = record;
  const prices = { open: close, high: close, low: close, close };
  const volumes = { volume: 0, quoteVolume: 0n, takerBuyVolume: 0, takerBuyQuoteVolume: 0n };
  return { openTime, closeTime, ...prices, ...volumes, trades: 0, firstTradeId: -1, lastTradeId: -1, closed };
}

/** The first and the last interval that a range selects, by their beginnings. */
export function selectedIntervals(interval: KlineInterval, range: Range, now: number): { from: number; to: number } {
  let to = openTimeOf(interval, Math.min(range.endTime ?? now, now));
  if (range.startTime === undefined) return { from: shiftOpenTime(interval, to, 1 - range.limit), to };
  let from = openTimeOf(interval, range.startTime);
  if (from < range.startTime) from = shiftOpenTime(interval, from, 1);
  to = Math.min(to, shiftOpenTime(interval, from, range.limit - 1));
  return { from, to };
}

/**
 * The klines of every interval in a selection. `records` ascend and hold what opened inside it and the last one before it; intervals
 * before the first record do not exist.
 */
export function fillKlines(interval: KlineInterval, records: readonly KlineRecord[], from: number, to: number, now: number): Kline[] {
  const klines: Kline[] = [];
  let next = 0;
  let latest: KlineRecord | undefined;
  for (let openTime = from; openTime <= to; openTime = shiftOpenTime(interval, openTime, 1)) {
    while (next < records.length && records[next].openTime <= openTime) latest = records[next++];
    if (latest !== undefined) klines.push(klineAt(interval, openTime, latest, now));
  }
  return klines;
}
