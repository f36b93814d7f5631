/**
 * Statistics of a window as the API shows them: 24 hours, any rolling window, the trading day, the average price.
 */

import type { Instrument, OrderBooks, TickerStatistics } from "../../services/ports";
import { formatRatio } from "../decimal";
import type { Call } from "../operation";
import { priceText, quantityText, quoteText } from "./instrument";

type Clock = Pick<Call, "time">;
export const day = 86_400_000;

/** Quote volume by volume as a price with eight decimals, "0.00000000" without a trade. */
export function averagePrice(instrument: Instrument, quoteVolume: bigint, volume: number): string {
  if (volume === 0) return "0.00000000";
  const numerator = quoteVolume * 10n ** BigInt(instrument.quantityDecimals);
  return formatRatio(numerator, BigInt(volume) * 10n ** BigInt(instrument.quote.decimals), 8);
}

/** Change in percent of the opening price, three decimals. */
export const changePercent = ({ open, last }: TickerStatistics) =>
  open === 0 ? "0.000" : formatRatio(BigInt(last - open) * 100n, BigInt(open), 3);

/** What all windows have, without the average and the change. */
export function miniTickerView(instrument: Instrument, ticker: TickerStatistics, clock: Clock) {
  return {
    symbol: instrument.name,
    openPrice: priceText(instrument, ticker.open),
    highPrice: priceText(instrument, ticker.high),
    lowPrice: priceText(instrument, ticker.low),
    lastPrice: priceText(instrument, ticker.last),
    volume: quantityText(instrument, ticker.volume),
    quoteVolume: quoteText(instrument, ticker.quoteVolume),
    openTime: clock.time(ticker.openTime * 1000),
    closeTime: clock.time(ticker.closeTime * 1000),
    firstId: ticker.trades === 0 ? -1 : ticker.firstTradeId,
    lastId: ticker.trades === 0 ? -1 : ticker.lastTradeId,
    count: ticker.trades,
  };
}

/** A rolling window or a trading day. */
export function windowTickerView(instrument: Instrument, ticker: TickerStatistics, clock: Clock) {
  const { symbol, ...rest } = miniTickerView(instrument, ticker, clock);
  return { symbol, ...change(instrument, ticker), ...rest };
}

const change = (instrument: Instrument, ticker: TickerStatistics) => ({
  priceChange: priceText(instrument, ticker.last - ticker.open),
  priceChangePercent: changePercent(ticker),
  weightedAvgPrice: averagePrice(instrument, ticker.quoteVolume, ticker.volume),
});

/** Best prices; an empty side is zero. */
export function bestView(instrument: Instrument, best: ReturnType<OrderBooks["best"]>) {
  return {
    bidPrice: priceText(instrument, best.bid?.[0] ?? 0),
    bidQty: quantityText(instrument, best.bid?.[1] ?? 0),
    askPrice: priceText(instrument, best.ask?.[0] ?? 0),
    askQty: quantityText(instrument, best.ask?.[1] ?? 0),
  };
}

/** The 24-hour ticker. */
export function dayTickerView(instrument: Instrument, ticker: TickerStatistics, best: ReturnType<OrderBooks["best"]>, clock: Clock) {
  const { symbol, lastPrice, ...rest } = miniTickerView(instrument, ticker, clock);
  return {
    symbol,
    ...change(instrument, ticker),
    prevClosePrice: priceText(instrument, ticker.previousClose),
    lastPrice,
    lastQty: quantityText(instrument, ticker.lastQuantity),
    ...bestView(instrument, best),
    ...rest,
  };
}

/** `1m`..`59m`, `1h`..`23h`, `1d`..`7d` in milliseconds, undefined for anything else. */
export function windowLength(text: string): number | undefined {
  const match = /^([1-9][0-9]?)([mhd])$/.exec(text);
  if (match === null) return undefined;
  const count = Number(match[1]);
  const [length, most] = { m: [60_000, 59], h: [3_600_000, 23], d: [day, 7] }[match[2] as "m" | "h" | "d"];
  return count <= most ? count * length : undefined;
}
