/**
 * Klines whose intervals begin by the clock of a time zone: joined from shorter ones in UTC, which every time zone cuts at the same places.
 */

import type { Kline, KlineInterval, Range } from "../ports";
import { closeTimeOf, openTimeOf } from "./intervals";
import { selectedIntervals } from "./klines";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

/** Lengths of which longer klines can be joined. Longest first, since fewer have to be read then. */
const pieces: readonly (readonly [KlineInterval, minutes: number])[] = [
  ["12h", 720],
  ["8h", 480],
  ["6h", 360],
  ["4h", 240],
  ["2h", 120],
  ["1h", 60],
  ["30m", 30],
  ["15m", 15],
  ["5m", 5],
  ["3m", 3],
  ["1m", 1],
];

/** The shorter interval of which those of a time zone are joined, undefined where they begin with those of UTC anyway. */
export function pieceOf(interval: KlineInterval, offsetMs: number): KlineInterval | undefined {
  const length = Math.min(DAY, closeTimeOf(interval, openTimeOf(interval, 0)) + 1 - openTimeOf(interval, 0));
  // Weeks, months and three days begin at a midnight; what is shorter begins at every multiple of its length.
  if (offsetMs % length === 0) return undefined;
  return pieces.find(([, minutes]) => offsetMs % (minutes * MINUTE) === 0 && length % (minutes * MINUTE) === 0)?.[0];
}

/**
 * The klines that a range (in UTC, as without a time zone) selects.
 * @param offsetMs of the time zone from UTC, whole minutes
 * @param read the klines of a shorter interval
 */
export async function zonedKlines(
  interval: KlineInterval,
  range: Range,
  offsetMs: number,
  now: number,
  read: (piece: KlineInterval, range: Range) => Promise<Kline[]>,
): Promise<Kline[]> {
  const piece = pieceOf(interval, offsetMs);
  if (piece === undefined) return read(interval, range);
  const local = (time: number | undefined) => (time === undefined ? undefined : time + offsetMs);
  const selection = { ...range, startTime: local(range.startTime), endTime: local(range.endTime) };
  const { from, to } = selectedIntervals(interval, selection, now + offsetMs);
  const end = closeTimeOf(interval, to) - offsetMs;
  const found = await read(piece, { startTime: from - offsetMs, endTime: end, limit: Math.ceil((end - from + offsetMs) / MINUTE) + 1 });

  return joinKlines(found, interval, offsetMs, now);
}

/** Joins klines of a shorter interval, oldest first, to those of a time zone. */
export function joinKlines(parts: readonly Kline[], interval: KlineInterval, offsetMs: number, now: number): Kline[] {
  const joined: Kline[] = [];
  for (const part of parts) {
    const openTime = openTimeOf(interval, part.openTime + offsetMs) - offsetMs;
    const last = joined.at(-1);
    if (last?.openTime === openTime) join(last, part);
    else {
      const closeTime = closeTimeOf(interval, openTime + offsetMs) - offsetMs;
      joined.push({ ...part, openTime, closeTime, closed: closeTime < now });
    }
  }
  return joined;
}

/** Adds what was traded in the next part. A quiet part only repeats the close. */
function join(kline: Kline, part: Kline): void {
  if (part.trades === 0) return;
  const first = kline.trades === 0;
  kline.open = first ? part.open : kline.open;
  kline.high = first ? part.high : Math.max(kline.high, part.high);
  kline.low = first ? part.low : Math.min(kline.low, part.low);
  kline.close = part.close;
  kline.volume += part.volume;
  kline.quoteVolume += part.quoteVolume;
  kline.takerBuyVolume += part.takerBuyVolume;
  kline.takerBuyQuoteVolume += part.takerBuyQuoteVolume;
  kline.firstTradeId = first ? part.firstTradeId : kline.firstTradeId;
  kline.lastTradeId = part.lastTradeId;
  kline.trades += part.trades;
}
