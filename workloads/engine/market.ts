/** One symbol: its instrument, its rules, its book of resting orders and its prices. */

import { AveragePrice } from "./average-price";
import { Side, type SymbolFilters, SymbolState } from "./commands";
import type { Ledger } from "./ledger";
import type { LevelPool } from "./levels";
import type { Memory } from "./memory";
import { firesOnRise, type OrderPool } from "./order-pool";
import { PriceQueues } from "./queues";
import * as records from "./records";
import { Trailing } from "./trailing";

const {
  BANDED,
  BASE_ASSET,
  BASE_NUMBER,
  BOOK_NUMBER,
  DIVISOR,
  FLAGS,
  LAST_PRICE,
  LAST_TRADE,
  LAST_UPDATE,
  LIMITED,
  LOT_UNITS,
  MARKET_NUMBER,
  MAX_NOTIONAL,
  MAX_ORDERS,
  MAX_PRICE,
  MAX_QUANTITY,
  MIN_NOTIONAL,
  MIN_PRICE,
  MIN_QUANTITY,
  MULTIPLIER,
  OPEN_LOTS,
  PRICE_STEP,
  QUANTITY_STEP,
  QUOTE_ASSET,
  QUOTE_NUMBER,
  ROW_LINES,
  STATE,
  WAITING,
  WIDE,
} = records;

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
  private readonly memory: Memory;
  readonly book: PriceQueues;
  /** Orders that wait for a price: "asks" fire when the price has risen to theirs, "bids" when it has fallen. */
  readonly stops: PriceQueues;
  filters: SymbolFilters;
  /** Base units in a lot. */
  readonly lotUnits: number;
  /** Quote units of one tick times one lot are multiplier / divisor; one of the two is 1. */
  readonly multiplier: number;
  readonly divisor: number;
  /** The first line of its row. */
  readonly row: number;
  /** NOTIONAL's bounds as numbers; those of 2^52 and more bind only amounts of that size. */
  minNotional = 0;
  maxNotional = 0;
  /** Conditional orders that track the price. */
  readonly trailing: Trailing;
  /** Prices of trades that the waiting orders have not seen yet, each once in a row. */
  tradedPrices = new Float64Array(16);
  prices = 0;
  readonly average: AveragePrice;
  lastPreventedId = 0;
  /** The command in hand has touched it. */
  touched = false;

  constructor(
    readonly instrument: Instrument,
    filters: SymbolFilters,
    baseDecimals: number,
    quoteDecimals: number,
    /** Its place among the markets. */
    readonly slot: number,
    { memory, orders, levels, ledger }: { memory: Memory; orders: OrderPool; levels: LevelPool; ledger: Ledger },
  ) {
    this.memory = memory;
    this.row = memory.take(ROW_LINES);
    this.average = new AveragePrice(memory, this.row);
    this.filters = filters;
    this.setFilters(filters);
    this.book = new PriceQueues(orders, levels, this.row);
    this.stops = new PriceQueues(orders, levels, 0);
    this.trailing = new Trailing(orders);
    this.lotUnits = 10 ** (baseDecimals - instrument.quantityDecimals);
    const exponent = quoteDecimals - instrument.priceDecimals - instrument.quantityDecimals;
    this.multiplier = exponent >= 0 ? 10 ** exponent : 1;
    this.divisor = exponent >= 0 ? 1 : 10 ** -exponent;
    const { f, i } = memory;
    const at = this.row * 16;
    i[at + STATE] = SymbolState.TRADING;
    i[at + BASE_ASSET] = instrument.base;
    i[at + QUOTE_ASSET] = instrument.quote;
    i[at + BASE_NUMBER] = ledger.assets[instrument.base].number;
    i[at + QUOTE_NUMBER] = ledger.assets[instrument.quote].number;
    i[at + MARKET_NUMBER] = slot;
    i[at + BOOK_NUMBER] = this.book.number;
    f[this.row * 8 + MULTIPLIER] = this.multiplier;
    f[this.row * 8 + DIVISOR] = this.divisor;
    f[this.row * 8 + LOT_UNITS] = this.lotUnits;
  }

  get state(): SymbolState {
    return this.memory.i[this.row * 16 + STATE];
  }

  set state(state: SymbolState) {
    this.memory.i[this.row * 16 + STATE] = state;
  }

  /** Lots that remain in the symbol's open orders. */
  get openLots(): number {
    return this.memory.f[this.row * 8 + OPEN_LOTS];
  }

  set openLots(lots: number) {
    this.memory.f[this.row * 8 + OPEN_LOTS] = lots;
  }

  /** Price of the last trade in ticks; 0 before the first. */
  get lastPrice(): number {
    return this.memory.f[this.row * 8 + LAST_PRICE];
  }

  set lastPrice(price: number) {
    this.memory.f[this.row * 8 + LAST_PRICE] = price;
  }

  get lastTradeId(): number {
    return this.memory.f[this.row * 8 + LAST_TRADE];
  }

  set lastTradeId(id: number) {
    this.memory.f[this.row * 8 + LAST_TRADE] = id;
  }

  get lastUpdateId(): number {
    return this.memory.f[this.row * 8 + LAST_UPDATE];
  }

  set lastUpdateId(id: number) {
    this.memory.f[this.row * 8 + LAST_UPDATE] = id;
  }

  setFilters(filters: SymbolFilters): void {
    this.filters = filters;
    this.minNotional = Number(filters.minNotional);
    this.maxNotional = filters.maxNotional === 0n ? Number.POSITIVE_INFINITY : Number(filters.maxNotional);
    const { f, i } = this.memory;
    const at = this.row * 8;
    // A price and a quantity of 0 are refused whatever the filters say.
    f[at + MIN_PRICE] = Math.max(filters.minPrice, 1);
    f[at + MAX_PRICE] = filters.maxPrice || Number.POSITIVE_INFINITY;
    f[at + PRICE_STEP] = filters.priceStep;
    f[at + MIN_QUANTITY] = Math.max(filters.minQuantity, 1);
    f[at + MAX_QUANTITY] = filters.maxQuantity || Number.POSITIVE_INFINITY;
    f[at + QUANTITY_STEP] = filters.quantityStep;
    f[at + MIN_NOTIONAL] = this.minNotional;
    f[at + MAX_NOTIONAL] = this.maxNotional;
    f[at + MAX_ORDERS] = filters.maxOrders || Number.POSITIVE_INFINITY;
    const percents = filters.bidMultiplierUp + filters.bidMultiplierDown + filters.askMultiplierUp + filters.askMultiplierDown;
    i[at * 2 + LIMITED] = (percents > 0 ? PERCENT_LIMITED : 0) | (filters.maxPosition === 0n ? 0 : POSITION_LIMITED);
    i[at * 2 + BANDED] = filters.executionBand === 0 ? 0 : 1;
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
    if (this.waits()) this.notePrice(price);
    this.lastPrice = price;
    this.average.record(price, quantity);
  }

  /** Whether an order waits for a price. */
  waits(): boolean {
    return this.memory.i[this.row * 16 + WAITING] !== 0;
  }

  /** Counts the prices and orders that wait. To be called behind every change of {@link stops} and {@link trailing}. */
  countWaiting(): void {
    this.memory.i[this.row * 16 + WAITING] = this.stops.bids.size + this.stops.asks.size + this.trailing.size;
  }

  /** Takes note of a trade's price for the orders that wait, before it is the last one. */
  notePrice(price: number): void {
    if (price === this.lastPrice && this.prices > 0) return;
    if (this.prices === this.tradedPrices.length) {
      const prices = new Float64Array(this.prices * 2);
      prices.set(this.tradedPrices);
      this.tradedPrices = prices;
    }
    this.tradedPrices[this.prices++] = price;
  }

  /** Puts a conditional order among those that wait for their stop price. */
  insertStop(order: number): void {
    const { orders } = this.book;
    this.stops.insert(order, firesOnRise(this.memory.i[order * 16 + FLAGS]) ? Side.SELL : Side.BUY, orders.stop(order));
    this.countWaiting();
  }

  /** Worst price that the execution band lets a taker trade at; 0 where the band is off or there is no reference yet. */
  band(buys: boolean): number {
    const { executionBand } = this.filters;
    if (executionBand === 0) return 0;
    const reference = this.referencePrice();
    if (reference === 0) return 0;
    const distance = Math.floor((reference * executionBand) / 10_000);
    return buys ? reference + distance : Math.max(1, reference - distance);
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
