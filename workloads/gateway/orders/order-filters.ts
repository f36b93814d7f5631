/**
 * The symbol's filters that need nothing but the order, for orders that are only tested. What is placed the engine checks itself, together with
 * what depends on the market and the account: balance, PERCENT_PRICE_BY_SIDE, the notional value at the market, numbers of open orders.
 */

import { type OrderParameters, OrderType } from "@bourse/engine";
import type { Instrument } from "../../services/ports";
import { filterFailure } from "../errors";
import { quoteAmount } from "../market/instrument";

const unpriced = new Set([OrderType.MARKET, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT]);

/** Trailing deltas are below one, in basis points. */
const mostTrailingDelta = 9_999;

/** Throws -1013 with the first filter that the order does not pass, in the engine's order. */
export function assertFilters(order: OrderParameters, instrument: Instrument): void {
  const { filters } = instrument;
  const { price, stopPrice, quantity, quoteQuantity, trailingDelta, icebergQuantity } = order;
  const atMarket = unpriced.has(order.type);
  for (const each of [price, stopPrice]) {
    if (each > 0 && !within(each, filters.minPrice, filters.maxPrice, filters.priceStep)) throw filterFailure("PRICE_FILTER");
  }
  if (quoteQuantity === 0n) {
    if (!within(quantity, filters.minQuantity, filters.maxQuantity, filters.quantityStep)) throw filterFailure("LOT_SIZE");
    const { marketMinQuantity, marketMaxQuantity, marketQuantityStep } = filters;
    if (atMarket && !within(quantity, marketMinQuantity, marketMaxQuantity, marketQuantityStep)) throw filterFailure("MARKET_LOT_SIZE");
  }
  const measured = atMarket ? stopPrice : price;
  const amount = quoteQuantity > 0n ? quoteQuantity : quoteAmount(measured, quantity, instrument);
  if (amount > 0n) {
    if ((!atMarket || filters.applyMinToMarket) && amount < filters.minNotional) throw filterFailure("NOTIONAL");
    const most = (!atMarket || filters.applyMaxToMarket) && filters.maxNotional > 0n;
    if (most && amount > filters.maxNotional) throw filterFailure("NOTIONAL");
  }
  if (trailingDelta > 0 && !within(trailingDelta, filters.minTrailingDelta, filters.maxTrailingDelta || mostTrailingDelta, 1))
    throw filterFailure("TRAILING_DELTA");
  if (icebergQuantity > 0 && filters.maxIcebergParts > 0 && Math.ceil(quantity / icebergQuantity) > filters.maxIcebergParts)
    throw filterFailure("ICEBERG_PARTS");
}

/** A bound or step of 0 is none. */
function within(value: number, least: number, most: number, step: number): boolean {
  return value >= least && (most === 0 || value <= most) && (step === 0 || value % step === 0);
}
