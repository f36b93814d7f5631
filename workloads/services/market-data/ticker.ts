/** Rolling statistics, summed from one-minute klines at the edges of the window and one-hour klines inside it. */

import type { KlineInterval, TickerStatistics } from "../ports";
import { openTimeOf } from "./intervals";
import type { KlineRecord, KlineSeries } from "./klines";

/** Klines that must stay in memory: the longest window of the API is seven days; one more tells the close before it. */
export const klinesForTickers: Partial<Record<KlineInterval, number>> = { "1m": 8 * 1_440, "1h": 8 * 24 };

/**
 * The window begins on a minute (as Binance's rolling window does, so it is up to 59,999 ms wider than asked for) and ends now. At most 59
 * minutes and the hours of the window are summed, whatever the number of trades.
 */
export function rollingTicker(
  minutes: KlineSeries,
  hours: KlineSeries,
  windowMs: number,
  now: number,
  lastQuantity: number,
): TickerStatistics {
  const openTime = openTimeOf("1m", now - windowMs);
  const statistics = quietStatistics(minutes, openTime, now, lastQuantity);

  const firstHour = openTimeOf("1h", openTime - 1) + 3_600_000;
  const from = minutes.firstFrom(openTime);
  for (let place = from; place < minutes.records.length && minutes.records[place].openTime < firstHour; place++) {
    addRecord(statistics, minutes.records[place]);
  }
  for (let place = hours.firstFrom(firstHour); place < hours.records.length; place++) addRecord(statistics, hours.records[place]);
  return statistics;
}

/** What a window without a trade shows: the last price everywhere, and no trade ids. */
function quietStatistics(minutes: KlineSeries, openTime: number, closeTime: number, lastQuantity: number): TickerStatistics {
  const before = minutes.records[minutes.firstFrom(openTime) - 1];
  const last = minutes.last?.close ?? 0;
  return {
    symbol: minutes.symbol,
    openTime,
    closeTime,
    open: last,
    high: last,
    low: last,
    last,
    lastQuantity,
    previousClose: before?.close ?? 0,
    volume: 0,
    quoteVolume: 0n,
    firstTradeId: -1,
    lastTradeId: -1,
    trades: 0,
  };
}

function addRecord(statistics: TickerStatistics, record: KlineRecord): void {
  const first = statistics.trades === 0;
  statistics.high = first ? record.high : Math.max(statistics.high, record.high);
  statistics.low = first ? record.low : Math.min(statistics.low, record.low);
  if (first) {
    statistics.open = record.open;
    statistics.firstTradeId = record.firstTradeId;
  }
  statistics.lastTradeId = record.lastTradeId;
  statistics.volume += record.volume;
  statistics.quoteVolume += record.quoteVolume;
  statistics.trades += record.trades;
}
