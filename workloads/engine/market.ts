/** One symbol: its instrument, its rules, its book of resting orders and its prices. */

import { AveragePrice } from "./average-price";
import { Side, type SymbolFilters, SymbolState } from "./commands";
import * as ledgerFields from "./ledger";
import * as orderFields from "./order-pool";
import { firesOnRise, type OrderPool } from "./order-pool";
import { PriceQueues } from "./queues";
import { Trailing } from "./trailing";

const { WIDE } = ledgerFields;
const { FLAGS, STOP } = orderFields;

/** Offsets into the limits of a plain order, where no limit is 0 or Infinity. */
export const MIN_PRICE = 0;
export const MAX_PRICE = 1;
export const PRICE_STEP = 2;
export const MIN_QUANTITY = 3;
export const MAX_QUANTITY = 4;
export const QUANTITY_STEP = 5;
export const MIN_NOTIONAL = 6;
export const MAX_NOTIONAL = 7;
export const MAX_ORDERS = 8;
export const MULTIPLIER = 9;
export const DIVISOR = 10;
export const LOT_UNITS = 11;

export const PERCENT_LIMITED = 1;
export const POSITION_LIMITED = 2;

export interface Instrument {
  symbol: number;
  name: string;
  /** Asset slots in the ledger. */
  base: number;
  quote: number;
  priceDecimals: number;
  quantityDecimals: number;
}

export class Market {
  readonly book: PriceQueues;
  /** Orders that wait for a price: "asks" fire when the price has risen to theirs, "bids" when it has fallen. */
  readonly stops: PriceQueues;
  filters: SymbolFilters;
  state: SymbolState = SymbolState.TRADING;
  /** Base units in a lot. */
  readonly lotUnits: number;
  /** Quote units of one tick times one lot are multiplier / divisor; one of the two is 1. */
  readonly multiplier: number;
  readonly divisor: number;
  /** What the filters allow a plain order, and the scales, as doubles: see `plain-orders.ts`. */
  readonly limits = new Float64Array(12);
  /** Which of {@link PERCENT_LIMITED} and {@link POSITION_LIMITED} hold: filters that need more than a comparison. */
  limited = 0;
  /** NOTIONAL's bounds as numbers; those of 2^52 and more bind only amounts of that size. */
  minNotional = 0;
  maxNotional = 0;
  /** Lots that remain in the symbol's open orders. */
  openLots = 0;
  lastPrice = 0;
  /** Conditional orders that track the price. */
  readonly trailing: Trailing;
  /** Prices of trades that the waiting orders have not seen yet, each once in a row. */
  tradedPrices = new Float64Array(16);
  prices = 0;
  readonly average = new AveragePrice();
  lastTradeId = 0;
  lastUpdateId = 0;
  lastPreventedId = 0;
  /** The command in hand has touched it. */
  touched = false;

  constructor(
    readonly instrument: Instrument,
    filters: SymbolFilters,
    baseDecimals: number,
    quoteDecimals: number,
    orders: OrderPool,
  ) {
    this.filters = filters;
    this.setFilters(filters);
    this.book = new PriceQueues(orders, true);
    this.stops = new PriceQueues(orders, false);
    this.trailing = new Trailing(orders);
    this.lotUnits = 10 ** (baseDecimals - instrument.quantityDecimals);
    const exponent = quoteDecimals - instrument.priceDecimals - instrument.quantityDecimals;
    this.multiplier = exponent >= 0 ? 10 ** exponent : 1;
    this.divisor = exponent >= 0 ? 1 : 10 ** -exponent;
    this.limits[MULTIPLIER] = this.multiplier;
    this.limits[DIVISOR] = this.divisor;
    this.limits[LOT_UNITS] = this.lotUnits;
  }

  setFilters(filters: SymbolFilters): void {
    this.filters = filters;
    this.minNotional = Number(filters.minNotional);
    this.maxNotional = filters.maxNotional === 0n ? Number.POSITIVE_INFINITY : Number(filters.maxNotional);
    const { limits } = this;
    // A price and a quantity of 0 are refused whatever the filters say.
    limits[MIN_PRICE] = Math.max(filters.minPrice, 1);
    limits[MAX_PRICE] = filters.maxPrice || Number.POSITIVE_INFINITY;
    limits[PRICE_STEP] = filters.priceStep;
    limits[MIN_QUANTITY] = Math.max(filters.minQuantity, 1);
    limits[MAX_QUANTITY] = filters.maxQuantity || Number.POSITIVE_INFINITY;
    limits[QUANTITY_STEP] = filters.quantityStep;
    limits[MIN_NOTIONAL] = this.minNotional;
    limits[MAX_NOTIONAL] = this.maxNotional;
    limits[MAX_ORDERS] = filters.maxOrders || Number.POSITIVE_INFINITY;
    const percents = filters.bidMultiplierUp + filters.bidMultiplierDown + filters.askMultiplierUp + filters.askMultiplierDown;
    this.limited = (percents > 0 ? PERCENT_LIMITED : 0) | (filters.maxPosition === 0n ? 0 : POSITION_LIMITED);
    this.average.reset();
  }

  /** Quote units of `quantity` lots at `price`, rounded down; -1 where it is 2^52 or more. */
  notional(price: number, quantity: number): number {
    const product = price * quantity * this.multiplier;
    if (product >= WIDE) return -1;
    return this.divisor === 1 ? product : floorQuotient(product, this.divisor);
  }

  /** As {@link notional}, rounded up: what a buy order holds. */
  notionalUp(price: number, quantity: number): number {
    const product = price * quantity * this.multiplier;
    if (product >= WIDE) return -1;
    if (this.divisor === 1) return product;
    const quotient = floorQuotient(product, this.divisor);
    return quotient * this.divisor === product ? quotient : quotient + 1;
  }

  /** Quote units at any size, rounded down. */
  notionalWide(price: number, quantity: number): bigint {
    return (BigInt(price) * BigInt(quantity) * BigInt(this.multiplier)) / BigInt(this.divisor);
  }

  /** Quote units at any size, rounded up. */
  notionalUpWide(price: number, quantity: number): bigint {
    const divisor = BigInt(this.divisor);
    return (BigInt(price) * BigInt(quantity) * BigInt(this.multiplier) + divisor - 1n) / divisor;
  }

  /** Base units of `quantity` lots; -1 where it is 2^52 or more. */
  baseUnits(quantity: number): number {
    const units = quantity * this.lotUnits;
    return units < WIDE ? units : -1;
  }

  baseUnitsWide(quantity: number): bigint {
    return BigInt(quantity) * BigInt(this.lotUnits);
  }

  /** Takes note of a fill: the last price, the range of prices since the stops were looked at, and the average. */
  recordTrade(price: number, quantity: number): void {
    if (price !== this.lastPrice || this.prices === 0) this.notePrice(price);
    this.lastPrice = price;
    this.average.record(price, quantity);
  }

  private notePrice(price: number): void {
    if (this.stops.bids.size + this.stops.asks.size + this.trailing.size === 0) return;
    if (this.prices === this.tradedPrices.length) {
      const prices = new Float64Array(this.prices * 2);
      prices.set(this.tradedPrices);
      this.tradedPrices = prices;
    }
    this.tradedPrices[this.prices++] = price;
  }

  /** Puts a conditional order among those that wait for their stop price. */
  insertStop(order: number): void {
    const { i, coldF } = this.book.orders;
    this.stops.insert(order, firesOnRise(i[order * 16 + FLAGS]) ? Side.SELL : Side.BUY, coldF[order * 6 + STOP]);
  }

  /** What prices are compared with: the average of the filter's minutes, the last price without one, 0 before the first trade. */
  referencePrice(): number {
    const minutes = this.filters.averagePriceMinutes;
    const average = minutes === 0 ? 0 : this.average.price(minutes);
    return average === 0 ? this.lastPrice : average;
  }
}

/**
 * The quotient of two integers below 2^53, rounded down. A division of doubles is rounded to the nearest, hence at most up to the next integer;
 * `%` would be exact, and takes several times as long.
 */
export function floorQuotient(dividend: number, divisor: number): number {
  const quotient = Math.floor(dividend / divisor);
  return quotient * divisor > dividend ? quotient - 1 : quotient;
}
