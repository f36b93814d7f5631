/**
 * The symbol's filters for orders that are only tested: those that look at the order and at the market's price, as on Binance, whose `order/test`
 * does not reach the matching engine either. What depends on the account or the book is left to an order in earnest: balance, numbers of open
 * orders, MAX_POSITION, whether a maker would take or a stop would trigger.
 */

import { type OrderParameters, OrderType, Side } from "@bourse/engine";
import type { Instrument, MarketData } from "../../services/ports";
import { filterFailure } from "../errors";
import { quoteAmount } from "../market/instrument";

const unpriced = new Set([OrderType.MARKET, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT]);

/** Trailing deltas are below one, in basis points; multipliers have the same unit. */
const basis = 10_000;

/** Throws -1013 with the first filter that the order does not pass, in the engine's order. */
export function assertFilters(order: OrderParameters, instrument: Instrument, marketData: MarketData): void {
  const { filters } = instrument;
  const { price, stopPrice, quantity, quoteQuantity, trailingDelta, icebergQuantity } = order;
  const atMarket = unpriced.has(order.type);
  const reference = referencePrice(instrument, marketData);
  const priceFits = (each: number) => each === 0 || within(each, filters.minPrice, filters.maxPrice, filters.priceStep);
  if (!priceFits(price)) throw filterFailure("PRICE_FILTER");
  if (!atMarket && !withinPercent(price, reference, order.side, instrument)) throw filterFailure("PERCENT_PRICE_BY_SIDE");
  if (!priceFits(stopPrice)) throw filterFailure("PRICE_FILTER");
  if (quoteQuantity === 0n) {
    if (!within(quantity, filters.minQuantity, filters.maxQuantity, filters.quantityStep)) throw filterFailure("LOT_SIZE");
    const { marketMinQuantity, marketMaxQuantity, marketQuantityStep } = filters;
    if (atMarket && !within(quantity, marketMinQuantity, marketMaxQuantity, marketQuantityStep)) throw filterFailure("MARKET_LOT_SIZE");
  }
  const measured = atMarket ? stopPrice || reference : price;
  const amount = quoteQuantity > 0n ? quoteQuantity : quoteAmount(measured, quantity, instrument);
  // Without any price there is no value to judge.
  if (quoteQuantity > 0n || measured > 0) {
    if ((!atMarket || filters.applyMinToMarket) && amount < filters.minNotional) throw filterFailure("NOTIONAL");
    const most = (!atMarket || filters.applyMaxToMarket) && filters.maxNotional > 0n;
    if (most && amount > filters.maxNotional) throw filterFailure("NOTIONAL");
  }
  if (trailingDelta > 0 && !within(trailingDelta, filters.minTrailingDelta, filters.maxTrailingDelta || basis - 1, 1))
    throw filterFailure("TRAILING_DELTA");
  if (icebergQuantity > 0 && filters.maxIcebergParts > 0 && Math.ceil(quantity / icebergQuantity) > filters.maxIcebergParts)
    throw filterFailure("ICEBERG_PARTS");
}

/** A bound or step of 0 is none. */
function within(value: number, least: number, most: number, step: number): boolean {
  return value >= least && (most === 0 || value <= most) && (step === 0 || value % step === 0);
}

function withinPercent(price: number, reference: number, side: Side, { filters }: Instrument): boolean {
  const up = side === Side.BUY ? filters.bidMultiplierUp : filters.askMultiplierUp;
  const down = side === Side.BUY ? filters.bidMultiplierDown : filters.askMultiplierDown;
  if ((up === 0 && down === 0) || reference === 0) return true;
  return (up === 0 || price * basis <= reference * up) && price * basis >= reference * down;
}

/** What prices are compared with, in ticks: the average of the filters' minutes, the last price without one, 0 before the first trade. */
function referencePrice({ symbol, filters, priceDecimals, quantityDecimals, quote }: Instrument, marketData: MarketData): number {
  const minutes = filters.averagePriceMinutes;
  const klines = minutes === 0 ? [] : marketData.klines(symbol, "1m", { limit: minutes });
  const volume = klines.reduce((sum, kline) => sum + BigInt(kline.volume), 0n);
  if (volume === 0n) return marketData.lastPrice(symbol);
  const amount = klines.reduce((sum, kline) => sum + kline.quoteVolume, 0n);
  return Number((amount * 10n ** BigInt(priceDecimals + quantityDecimals)) / 10n ** BigInt(quote.decimals) / volume);
}
