/**
 * The state of the reference model: plain objects, arrays and bigint, nothing kept that can be recomputed. It is slow on purpose; its worth is
 * that each rule can be read off it.
 */

import { type Event, type OrderParameters, OrderType, Side, type SymbolFilters, type SymbolState } from "@bourse/engine";

/** An event without the fields that only say where it stands. */
export type Told = Event extends infer E ? (E extends Event ? Omit<E, "shard" | "epoch" | "sequence" | "index" | "last"> : never) : never;

export interface Account {
  number: number;
  canTrade: boolean;
  canWithdraw: boolean;
  canDeposit: boolean;
  feeTier: number;
  discountFees: boolean;
  tradeGroup: number;
  killed: boolean;
}

export interface FeeTier {
  makerRate: number;
  takerRate: number;
  discount: number;
}

export interface Balance {
  account: number;
  asset: number;
  free: bigint;
  locked: bigint;
}

export interface Market {
  symbol: number;
  name: string;
  baseAsset: number;
  quoteAsset: number;
  priceDecimals: number;
  quantityDecimals: number;
  filters: SymbolFilters;
  state: SymbolState;
  lastPrice: number;
  lastTradeId: number;
  lastPreventedId: number;
  lastUpdateId: number;
  /** Traded prices that the stops have not seen yet. */
  unseen: number[];
  /** Sums by minute since 1970. */
  minutes: Map<number, { turnover: number; volume: number }>;
}

export interface Order extends OrderParameters {
  id: number;
  account: number;
  market: Market;
  /** Limit: that of the parameters, or what an unpriced stop buy may pay at most. 0 for none. */
  limit: number;
  total: number;
  remaining: number;
  executed: number;
  visible: number;
  /** Funds are locked under this order's name. */
  holds: boolean;
  triggered: boolean;
  /** `moving` while it is none of the others: on its way in, through the book, or out. */
  place: "moving" | "book" | "stops" | "trailing" | "pending" | "queued";
  /** Grows each time it is put at the end of a queue. */
  arrival: number;
  /** Best price since it trails. */
  extreme: number;
  amends: number;
  list: OrderList | undefined;
}

export interface OrderList {
  id: number;
  account: number;
  market: Market;
  contingency: "OCO" | "OTO" | "OTOCO";
  key: bigint;
  ids: number[];
  /** By place in the command; undefined for a leg that is gone. */
  legs: (Order | undefined)[];
}

const million = 1_000_000n;

export const isConditional = (order: OrderParameters): boolean => order.type >= OrderType.STOP_LOSS;
export const isUnpriced = (order: OrderParameters): boolean =>
  order.type === OrderType.MARKET || order.type === OrderType.STOP_LOSS || order.type === OrderType.TAKE_PROFIT;
/** A stop-loss buy and a take-profit sell wait for a higher price, the others for a lower one. */
export const firesOnRise = (order: OrderParameters): boolean =>
  (order.type === OrderType.STOP_LOSS || order.type === OrderType.STOP_LOSS_LIMIT) === (order.side === Side.BUY);

/** Rounded in favour of the house: a fee up, a rebate towards zero. */
export function feeOf(amount: bigint, rate: number): bigint {
  if (rate < 0) return -((amount * BigInt(-rate)) / million);
  return (amount * BigInt(rate) + million - 1n) / million;
}

export const divideUp = (dividend: bigint, divisor: bigint): bigint => (dividend + divisor - 1n) / divisor;

export class ReferenceState {
  lastTime = 0;
  lastOrderId = 0;
  lastListId = 0;
  lastArrival = 0;
  killed = false;
  /** Rules in force. */
  version = 1;
  discountAsset: number | undefined;
  readonly assets = new Map<number, { name: string; decimals: number }>();
  readonly tiers = new Map<number, FeeTier>();
  readonly accounts = new Map<number, Account>();
  readonly balances = new Map<string, Balance>();
  readonly fees = new Map<number, bigint>();
  /** Deposits less withdrawals. */
  readonly received = new Map<number, bigint>();
  readonly transfers = new Set<string>();
  readonly markets = new Map<number, Market>();
  /** Open orders, by acceptance. */
  orders: Order[] = [];
  lists: OrderList[] = [];
  told: Told[] = [];

  tell(event: Told extends infer E ? (E extends Told ? Omit<E, "time"> : never) : never): void {
    this.told.push({ ...event, time: this.lastTime } as Told);
  }

  balance(account: number, asset: number): Balance {
    const key = `${account}:${asset}`;
    let balance = this.balances.get(key);
    if (balance === undefined) {
      balance = { account, asset, free: 0n, locked: 0n };
      this.balances.set(key, balance);
    }
    return balance;
  }

  /** Quote units of lots at a price, as a fraction: numerator and denominator. */
  private notionalFraction(market: Market, price: number, lots: number): [bigint, bigint] {
    const decimals = this.assets.get(market.quoteAsset)!.decimals;
    const exponent = decimals - market.priceDecimals - market.quantityDecimals;
    const product = BigInt(price) * BigInt(lots);
    return exponent >= 0 ? [product * 10n ** BigInt(exponent), 1n] : [product, 10n ** BigInt(-exponent)];
  }

  notionalDown(market: Market, price: number, lots: number): bigint {
    const [numerator, denominator] = this.notionalFraction(market, price, lots);
    return numerator / denominator;
  }

  notionalUp(market: Market, price: number, lots: number): bigint {
    const [numerator, denominator] = this.notionalFraction(market, price, lots);
    return divideUp(numerator, denominator);
  }

  /** Lots that an amount of quote units pays at a price, rounded down. */
  lotsAt(market: Market, price: number, amount: bigint): number {
    const [numerator, denominator] = this.notionalFraction(market, price, 1);
    return Number((amount * denominator) / numerator);
  }

  baseUnits(market: Market, lots: number): bigint {
    return BigInt(lots) * 10n ** BigInt(this.assets.get(market.baseAsset)!.decimals - market.quantityDecimals);
  }

  tierOf(account: number): FeeTier {
    return this.tiers.get(this.accounts.get(account)!.feeTier) ?? { makerRate: 0, takerRate: 0, discount: 0 };
  }

  /** Volume-weighted average of the filter's minutes, or else the last price. */
  referencePrice(market: Market): number {
    const now = Math.floor(this.lastTime / 60_000_000);
    let turnover = 0;
    let volume = 0;
    for (let minute = now; minute > now - market.filters.averagePriceMinutes; minute--) {
      turnover += market.minutes.get(minute)?.turnover ?? 0;
      volume += market.minutes.get(minute)?.volume ?? 0;
    }
    return (volume === 0 ? 0 : Math.floor(turnover / volume)) || market.lastPrice;
  }

  /** Orders in the book of one side, in the order in which a taker meets them. */
  queue(market: Market, side: Side): Order[] {
    const sign = side === Side.BUY ? -1 : 1;
    return this.orders
      .filter((order) => order.place === "book" && order.market === market && order.side === side)
      .sort((a, b) => sign * (a.limit - b.limit) || a.arrival - b.arrival);
  }

  /** Visible lots by side and price. */
  levels(market: Market): Map<string, number> {
    const levels = new Map<string, number>();
    for (const order of this.orders) {
      if (order.place !== "book" || order.market !== market) continue;
      const key = `${order.side}:${order.limit}`;
      levels.set(key, (levels.get(key) ?? 0) + order.visible);
    }
    return levels;
  }

  /** What an order needs to be locked, for its remaining lots. */
  needs(order: Order): { balance: Balance; amount: bigint } {
    const { market, account } = order;
    if (order.side === Side.SELL)
      return { balance: this.balance(account, market.baseAsset), amount: this.baseUnits(market, order.remaining) };
    return { balance: this.balance(account, market.quoteAsset), amount: this.notionalUp(market, order.limit, order.remaining) };
  }

  hold(order: Order): boolean {
    const { balance, amount } = this.needs(order);
    if (balance.free < amount) return false;
    balance.free -= amount;
    balance.locked += amount;
    order.holds = true;
    return true;
  }

  release(order: Order): void {
    if (!order.holds) return;
    const { balance, amount } = this.needs(order);
    balance.locked -= amount;
    balance.free += amount;
    order.holds = false;
  }
}
