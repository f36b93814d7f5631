/**
 * What an order must satisfy before anything is done with it: a sound combination of parameters, then the symbol's filters, in the order of
 * their names in `SymbolFilters`. Every check returns the reason of the refusal, or 0.
 */

import { OrderType, Side, type SymbolFilters, TimeInForce } from "./commands";
import type { Core } from "./core";
import { RejectReason } from "./events";
import type { Market } from "./market";
import { isConditional } from "./order-pool";
import * as records from "./records";
import { trailingTrigger } from "./trailing";

const {
  ALGO_ORDERS,
  BASE,
  FLAGS,
  FREE,
  ICEBERG_ORDERS,
  LOCKED,
  OPEN_BUYS,
  ORDERS,
  POSITION,
  PRICE,
  SIDE_BIT,
  TIME_IN_FORCE_SHIFT,
  TYPE_SHIFT,
} = records;

/** Basis points in one; also the unit of the filters' multipliers. */
export const BASIS = 10_000;
/** Open lots of one symbol never exceed this, so that sums of lots are exact. */
export const MAX_LOTS = Number.MAX_SAFE_INTEGER;
/** An unpriced stop buy may pay this much more than its stop price where the symbol has no execution band, in 10^-4: 10 %. */
export const UNPRICED_STOP_BAND = 1_000;

export type Reason = RejectReason | 0;

export class Rules {
  constructor(private readonly core: Core) {}

  /** Whether the parameters make sense together. @param quoteSet whether the order is by quote amount */
  combination(order: number, quoteSet: boolean): Reason {
    const { orders } = this.core;
    const flags = orders.i[order * 16 + FLAGS];
    const type: OrderType = (flags >> TYPE_SHIFT) & 7;
    const timeInForce: TimeInForce = (flags >> TIME_IN_FORCE_SHIFT) & 3;
    const price = orders.f[order * 8 + PRICE];
    const quantity = orders.quantity(order);
    const stop = orders.stop(order);
    const iceberg = orders.iceberg(order);
    const trailing = orders.trailing(order);
    const priced = type !== OrderType.MARKET && type !== OrderType.STOP_LOSS && type !== OrderType.TAKE_PROFIT;
    if (priced !== price > 0) return RejectReason.INVALID_ORDER;
    if (quoteSet ? type !== OrderType.MARKET || quantity > 0 : quantity === 0) return RejectReason.INVALID_ORDER;
    if (isConditional(flags) ? stop === 0 && trailing === 0 : stop !== 0 || trailing !== 0) return RejectReason.INVALID_ORDER;
    if (type === OrderType.LIMIT_MAKER && timeInForce !== TimeInForce.GTC) return RejectReason.INVALID_ORDER;
    if (!priced && timeInForce === TimeInForce.FOK) return RejectReason.INVALID_ORDER;
    if (iceberg > 0 && (!priced || timeInForce !== TimeInForce.GTC || iceberg > quantity)) return RejectReason.INVALID_ORDER;
    return 0;
  }

  /** The filters that look at the order alone. @param quote its quote amount as a number, 0 for none, -1 for 2^52 and more */
  filters(market: Market, order: number, quote: number): Reason {
    const { orders } = this.core;
    const { filters } = market;
    const flags = orders.i[order * 16 + FLAGS];
    const price = orders.f[order * 8 + PRICE];
    const stop = orders.stop(order);
    const quantity = orders.quantity(order);
    const type: OrderType = (flags >> TYPE_SHIFT) & 7;
    const unpriced = type === OrderType.MARKET || type === OrderType.STOP_LOSS || type === OrderType.TAKE_PROFIT;
    if (!unpriced) {
      if (!priceFits(filters, price)) return RejectReason.FILTER_PRICE;
      if (!this.withinPercent(market, price, (flags & SIDE_BIT) === Side.BUY)) return RejectReason.FILTER_PERCENT_PRICE;
    }
    if (stop !== 0 && !priceFits(filters, stop)) return RejectReason.FILTER_PRICE;
    if (quote === 0) {
      const lots = this.lots(filters, quantity, unpriced);
      if (lots !== 0) return lots;
    }
    const notional = this.notional(market, unpriced, unpriced ? stop || market.referencePrice() : price, quantity, quote);
    if (notional !== 0) return notional;
    const trailing = orders.trailing(order);
    if (trailing !== 0 && (trailing < filters.minTrailingDelta || trailing > (filters.maxTrailingDelta || BASIS - 1))) {
      return RejectReason.FILTER_TRAILING_DELTA;
    }
    const iceberg = orders.iceberg(order);
    if (iceberg > 0 && filters.maxIcebergParts > 0 && Math.ceil(quantity / iceberg) > filters.maxIcebergParts) {
      return RejectReason.FILTER_ICEBERG_PARTS;
    }
    return 0;
  }

  /** LOT_SIZE, and MARKET_LOT_SIZE for orders without a price. */
  lots(filters: SymbolFilters, quantity: number, unpriced: boolean): Reason {
    if (quantity < filters.minQuantity || (filters.maxQuantity !== 0 && quantity > filters.maxQuantity))
      return RejectReason.FILTER_LOT_SIZE;
    if (!isMultiple(quantity, filters.quantityStep)) return RejectReason.FILTER_LOT_SIZE;
    if (!unpriced) return 0;
    if (quantity < filters.marketMinQuantity) return RejectReason.FILTER_MARKET_LOT_SIZE;
    if (filters.marketMaxQuantity !== 0 && quantity > filters.marketMaxQuantity) return RejectReason.FILTER_MARKET_LOT_SIZE;
    if (filters.marketQuantityStep !== 0 && !isMultiple(quantity, filters.marketQuantityStep)) return RejectReason.FILTER_MARKET_LOT_SIZE;
    return 0;
  }

  /** NOTIONAL of an order with a price. */
  notionalOf(market: Market, order: number): Reason {
    const { orders } = this.core;
    return this.notional(market, false, orders.f[order * 8 + PRICE], orders.quantity(order), 0);
  }

  /** NOTIONAL. An order without a price is measured at its stop or the reference price; without either it passes. */
  private notional(market: Market, unpriced: boolean, price: number, quantity: number, quote: number): Reason {
    const { filters } = market;
    const applyMin = !unpriced || filters.applyMinToMarket;
    const applyMax = !unpriced || filters.applyMaxToMarket;
    if (quote === 0 && price === 0) return 0;
    const amount = quote !== 0 ? quote : market.notional(price, quantity);
    if (amount >= 0) {
      if (applyMin && amount < market.minNotional) return RejectReason.FILTER_NOTIONAL;
      return applyMax && amount > market.maxNotional ? RejectReason.FILTER_NOTIONAL : 0;
    }
    const wide = quote !== 0 ? this.quoteWide : market.notionalWide(price, quantity);
    if (applyMin && wide < filters.minNotional) return RejectReason.FILTER_NOTIONAL;
    return applyMax && filters.maxNotional !== 0n && wide > filters.maxNotional ? RejectReason.FILTER_NOTIONAL : 0;
  }

  /** The quote amount of the order in hand where it is 2^52 or more. */
  quoteWide = 0n;

  /**
   * The most that an unpriced stop buy may pay: its stop price (a trailing one: what the price must rise to from there, or from the last price)
   * plus the execution band. 0 where there is no price to start from, or the limit would not be representable.
   */
  unpricedLimit(market: Market, order: number): number {
    const { orders } = this.core;
    const delta = orders.trailing(order);
    const start = orders.stop(order) || market.lastPrice;
    const reference = delta === 0 ? start : trailingTrigger(Side.BUY, start, delta);
    const limit = reference + Math.floor((reference * (market.filters.executionBand || UNPRICED_STOP_BAND)) / BASIS);
    return limit <= Number.MAX_SAFE_INTEGER ? limit : 0;
  }

  /** PERCENT_PRICE_BY_SIDE; passes before there is a reference price. */
  withinPercent(market: Market, price: number, buys: boolean): boolean {
    const { filters } = market;
    const up = buys ? filters.bidMultiplierUp : filters.askMultiplierUp;
    const down = buys ? filters.bidMultiplierDown : filters.askMultiplierDown;
    if (up === 0 && down === 0) return true;
    const reference = market.referencePrice();
    if (reference === 0) return true;
    return (up === 0 || price * BASIS <= reference * up) && price * BASIS >= reference * down;
  }

  /** The filters that count what the account has open already; `more` orders are to come, of which `moreAlgo` wait for a price. */
  counts(market: Market, position: number, more: number, moreAlgo: number, moreIceberg: number): Reason {
    const { filters } = market;
    const { i } = this.core.positions;
    if (filters.maxOrders !== 0 && i[position * 16 + ORDERS] + more > filters.maxOrders) return RejectReason.FILTER_MAX_NUM_ORDERS;
    if (filters.maxAlgoOrders !== 0 && moreAlgo > 0 && i[position * 16 + ALGO_ORDERS] + moreAlgo > filters.maxAlgoOrders) {
      return RejectReason.FILTER_MAX_NUM_ALGO_ORDERS;
    }
    if (filters.maxIcebergOrders !== 0 && moreIceberg > 0 && i[position * 16 + ICEBERG_ORDERS] + moreIceberg > filters.maxIcebergOrders) {
      return RejectReason.FILTER_MAX_NUM_ICEBERG_ORDERS;
    }
    return 0;
  }

  /** MAX_POSITION for a buy of `quantity` lots more, and the bound on open lots. */
  capacity(market: Market, order: number, quantity: number): Reason {
    if (market.openLots + quantity > MAX_LOTS) return RejectReason.AMOUNT_OUT_OF_RANGE;
    const { maxPosition } = market.filters;
    if (maxPosition === 0n || (this.core.orders.i[order * 16 + FLAGS] & SIDE_BIT) === Side.SELL) return 0;
    const { positions, ledger } = this.core;
    const position = this.core.orders.i[order * 16 + POSITION];
    const base = positions.i[position * 16 + BASE];
    const buying = market.baseUnitsWide(positions.f[position * 8 + OPEN_BUYS]) + market.baseUnitsWide(quantity);
    return ledger.get(base, FREE) + ledger.get(base, LOCKED) + buying > maxPosition ? RejectReason.FILTER_MAX_POSITION : 0;
  }
}

/** Whether one integer below 2^53 is a multiple of another; `%` of doubles takes several times as long. */
function isMultiple(value: number, step: number): boolean {
  return Math.floor(value / step) * step === value;
}

/** PRICE_FILTER. */
export function priceFits(filters: SymbolFilters, price: number): boolean {
  if (price < filters.minPrice || (filters.maxPrice !== 0 && price > filters.maxPrice)) return false;
  return isMultiple(price, filters.priceStep);
}
