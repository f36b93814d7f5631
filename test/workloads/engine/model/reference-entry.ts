/** The reference model's rules: what an order must satisfy before anything is done with it, in the order in which it is asked. */

import { type OrderParameters, OrderType, RejectReason, Side, SymbolState, TimeInForce } from "@bourse/engine";
import type { ReferenceMatching } from "./reference-matching";
import { isConditional, isUnpriced, type Market, type Order, type ReferenceState } from "./reference-state";

type Reason = RejectReason | 0;

export class ReferenceEntry {
  constructor(
    private readonly state: ReferenceState,
    private readonly matching: ReferenceMatching,
  ) {}

  make(account: number, market: Market, parameters: OrderParameters): Order {
    return {
      ...parameters,
      id: 0,
      account,
      market,
      limit: parameters.price,
      total: parameters.quantity,
      remaining: parameters.quantity,
      executed: 0,
      visible: parameters.quantity,
      holds: false,
      triggered: false,
      place: "moving",
      arrival: 0,
      extreme: 0,
      amends: 0,
      list: undefined,
    };
  }

  unknown(account: number, symbol: number): Reason {
    if (!this.state.markets.has(symbol)) return RejectReason.UNKNOWN_SYMBOL;
    return this.state.accounts.has(account) ? 0 : RejectReason.UNKNOWN_ACCOUNT;
  }

  mayTrade(account: number, market: Market): Reason {
    if (market.state !== SymbolState.TRADING) return RejectReason.MARKET_CLOSED;
    const { canTrade, killed } = this.state.accounts.get(account)!;
    if (!canTrade) return RejectReason.ACCOUNT_DISABLED;
    return killed || this.state.killed ? RejectReason.KILL_SWITCH : 0;
  }

  mayCancel(order: Order, onlyIf: "any" | "new" | "partiallyFilled"): Reason {
    const { state } = order.market;
    if (state === SymbolState.HALT || state === SymbolState.DELISTED) return RejectReason.MARKET_CLOSED;
    if (onlyIf === "any" || (onlyIf === "new") === (order.executed === 0)) return 0;
    return RejectReason.INVALID_STATE;
  }

  /** A single new order; its funds are held where nothing refuses it. */
  check(order: Order): Reason {
    return (
      this.alone(order) ||
      this.now(order) ||
      this.counts([order], order) ||
      this.size(order) ||
      this.fits(order, order.remaining) ||
      this.pay(order)
    );
  }

  private pay(order: Order): Reason {
    return this.state.hold(order) ? 0 : RejectReason.INSUFFICIENT_BALANCE;
  }

  alone(order: Order): Reason {
    return this.combination(order) || this.filters(order);
  }

  private combination(order: Order): Reason {
    const wrong =
      isUnpriced(order) !== (order.price === 0) ||
      (order.quoteQuantity !== 0n ? order.type !== OrderType.MARKET || order.total > 0 : order.total === 0) ||
      (isConditional(order) ? order.stopPrice === 0 && order.trailingDelta === 0 : order.stopPrice !== 0 || order.trailingDelta !== 0) ||
      (order.type === OrderType.LIMIT_MAKER && order.timeInForce !== TimeInForce.GTC) ||
      (isUnpriced(order) && order.timeInForce === TimeInForce.FOK) ||
      (order.icebergQuantity > 0 && (isUnpriced(order) || order.timeInForce !== TimeInForce.GTC || order.icebergQuantity > order.total));
    return wrong ? RejectReason.INVALID_ORDER : 0;
  }

  private filters(order: Order): Reason {
    const { market, price, stopPrice, trailingDelta, icebergQuantity } = order;
    const { filters } = market;
    if (!isUnpriced(order)) {
      if (!this.priceFits(market, price)) return RejectReason.FILTER_PRICE;
      if (!this.percentFits(order)) return RejectReason.FILTER_PERCENT_PRICE;
    }
    if (stopPrice !== 0 && !this.priceFits(market, stopPrice)) return RejectReason.FILTER_PRICE;
    const lots = order.quoteQuantity === 0n ? this.lotsFit(market, order.total, isUnpriced(order)) : 0;
    if (lots !== 0) return lots;
    if (!this.notionalFits(order)) return RejectReason.FILTER_NOTIONAL;
    if (trailingDelta !== 0 && (trailingDelta < filters.minTrailingDelta || trailingDelta > (filters.maxTrailingDelta || 9_999))) {
      return RejectReason.FILTER_TRAILING_DELTA;
    }
    const parts = icebergQuantity === 0 ? 0 : Math.ceil(order.total / icebergQuantity);
    return filters.maxIcebergParts > 0 && parts > filters.maxIcebergParts ? RejectReason.FILTER_ICEBERG_PARTS : 0;
  }

  private priceFits({ filters }: Market, price: number): boolean {
    return price >= filters.minPrice && (filters.maxPrice === 0 || price <= filters.maxPrice) && price % filters.priceStep === 0;
  }

  private percentFits({ market, side, price }: Order): boolean {
    const { filters } = market;
    const [up, down] =
      side === Side.BUY ? [filters.bidMultiplierUp, filters.bidMultiplierDown] : [filters.askMultiplierUp, filters.askMultiplierDown];
    const reference = this.state.referencePrice(market);
    if ((up === 0 && down === 0) || reference === 0) return true;
    return (up === 0 || price * 10_000 <= reference * up) && price * 10_000 >= reference * down;
  }

  lotsFit({ filters }: Market, lots: number, unpriced: boolean): Reason {
    const inside = (low: number, high: number, step: number): boolean =>
      lots >= low && (high === 0 || lots <= high) && (step === 0 || lots % step === 0);
    if (!inside(filters.minQuantity, filters.maxQuantity, filters.quantityStep)) return RejectReason.FILTER_LOT_SIZE;
    const fitsMarket = inside(filters.marketMinQuantity, filters.marketMaxQuantity, filters.marketQuantityStep);
    return unpriced && !fitsMarket ? RejectReason.FILTER_MARKET_LOT_SIZE : 0;
  }

  /** An order without a price is measured at its stop or the reference price; without either it passes. */
  notionalFits(order: Order): boolean {
    const { market, quoteQuantity } = order;
    const { filters } = market;
    const unpriced = isUnpriced(order);
    const price = unpriced ? order.stopPrice || this.state.referencePrice(market) : order.price;
    if (quoteQuantity === 0n && price === 0) return true;
    const amount = quoteQuantity || this.state.notionalDown(market, price, order.total);
    if ((!unpriced || filters.applyMinToMarket) && amount < filters.minNotional) return false;
    return (unpriced && !filters.applyMaxToMarket) || filters.maxNotional === 0n || amount <= filters.maxNotional;
  }

  /** What the present prices have against an order. */
  now(order: Order): Reason {
    if (order.type === OrderType.LIMIT_MAKER && this.matching.crosses(order.market, order.side, order.price))
      return RejectReason.WOULD_TAKE;
    if (!isConditional(order)) return 0;
    if (order.trailingDelta === 0 && this.matching.stopIsMet(order)) return RejectReason.WOULD_TRIGGER;
    return this.limitStopBuy(order);
  }

  /** A stop buy without a price may pay its trigger price and the execution band, or 10 %, at most. */
  limitStopBuy(order: Order): Reason {
    const { market } = order;
    if (!isConditional(order) || !isUnpriced(order) || order.side === Side.SELL) return 0;
    const start = BigInt(order.stopPrice || market.lastPrice);
    const trigger = (start * BigInt(10_000 + order.trailingDelta) + 9_999n) / 10_000n;
    order.limit = Number(trigger + (trigger * BigInt(market.filters.executionBand || 1_000)) / 10_000n);
    return order.limit === 0 ? RejectReason.NO_LIQUIDITY : 0;
  }

  /** The filters that count open orders, and the uniqueness of the key of `named`. */
  counts(legs: Order[], named?: Order): Reason {
    const [{ market, account }] = legs;
    const { filters } = market;
    const open = this.state.orders.filter((order) => order.market === market && order.account === account);
    const waits = (order: Order): boolean => isConditional(order) && !order.triggered;
    const shows = (order: Order): boolean => order.icebergQuantity > 0;
    const exceeds = (limit: number, counted: (order: Order) => boolean): boolean =>
      limit !== 0 && legs.some(counted) && open.filter(counted).length + legs.filter(counted).length > limit;
    if (exceeds(filters.maxOrders, () => true)) return RejectReason.FILTER_MAX_NUM_ORDERS;
    if (exceeds(filters.maxAlgoOrders, waits)) return RejectReason.FILTER_MAX_NUM_ALGO_ORDERS;
    if (exceeds(filters.maxIcebergOrders, shows)) return RejectReason.FILTER_MAX_NUM_ICEBERG_ORDERS;
    return named !== undefined && this.keyIsUsed(named.account, named.clientKey) ? RejectReason.DUPLICATE_CLIENT_ORDER_ID : 0;
  }

  keyIsUsed(account: number, key: bigint, except?: Order): boolean {
    return key !== 0n && this.state.orders.some((order) => order.account === account && order.clientKey === key && order !== except);
  }

  /** Turns a quote amount into lots, and finds out whether a market buy can be paid. */
  private size(order: Order): Reason {
    const { market, side, quoteQuantity } = order;
    if (order.type !== OrderType.MARKET) return 0;
    if (quoteQuantity === 0n) return side === Side.SELL || this.matching.canPay(order) ? 0 : RejectReason.INSUFFICIENT_BALANCE;
    if (side === Side.BUY && this.state.balance(order.account, market.quoteAsset).free < quoteQuantity)
      return RejectReason.INSUFFICIENT_BALANCE;
    let left = quoteQuantity;
    let lots = 0;
    for (const [price, there] of this.matching.offered(order)) {
      const cost = this.state.notionalUp(market, price, there);
      if (cost > left) {
        lots += this.state.lotsAt(market, price, left);
        break;
      }
      left -= cost;
      lots += there;
    }
    lots -= lots % market.filters.quantityStep;
    if (lots === 0 && this.matching.crosses(market, side, 0)) return RejectReason.FILTER_LOT_SIZE;
    order.total = lots;
    order.remaining = lots;
    return 0;
  }

  /** The bound on open lots, and MAX_POSITION for a buy of `lots` more. */
  fits(order: Order, lots: number): Reason {
    const { market, account, side } = order;
    const open = this.state.orders.filter((other) => other.market === market);
    if (open.reduce((sum, { remaining }) => sum + remaining, lots) > Number.MAX_SAFE_INTEGER) return RejectReason.AMOUNT_OUT_OF_RANGE;
    if (market.filters.maxPosition === 0n || side === Side.SELL) return 0;
    const buying = open
      .filter((other) => other.account === account && other.side === Side.BUY)
      .reduce((sum, { remaining }) => sum + remaining, lots);
    const { free, locked } = this.state.balance(account, market.baseAsset);
    return free + locked + this.state.baseUnits(market, buying) > market.filters.maxPosition ? RejectReason.FILTER_MAX_POSITION : 0;
  }
}
