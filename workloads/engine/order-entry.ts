/** New orders and cancels: from the bytes of a command to an accepted, held and executed order, or to one refusal with nothing changed. */

import { OrderType, Side, SymbolState } from "./commands";
import type { Core } from "./core";
import { CloseReason, RejectReason } from "./events";
import * as layout from "./layout";
import { CommandType, getU64, parametersLength, readText, viewOf } from "./layout";
import type { Market } from "./market";
import type { Matching } from "./matching";
import { isConditional } from "./order-pool";
import * as records from "./records";
import type { Reason, Rules } from "./rules";
import type { Triggers } from "./triggers";

const {
  ACCOUNT,
  CAN_TRADE,
  FLAGS,
  ICEBERG,
  ID,
  KEY_HIGH,
  KEY_LOW,
  KILLED,
  OWNER,
  OWNER_FLAGS,
  POSITION,
  POSITION_NEXT,
  PREVENTION_SHIFT,
  PRICE,
  QUANTITY,
  QUOTE,
  REMAINING,
  SIDE_BIT,
  STOP,
  SYMBOL,
  TIME_IN_FORCE_SHIFT,
  TRAILING,
  TYPE_SHIFT,
  WIDE,
} = records;

const { COMMAND_HEADER, HAS_ICEBERG, HAS_QUOTE_QUANTITY, HAS_STOP_PRICE, PARAMETERS, QUANTITY_IS_QUOTE } = layout;

const TWO_32 = 4294967296;

export class OrderEntry {
  /** Quote amount of the order in hand: 0 for none, -1 where it is 2^52 or more and in `rules.quoteWide`. */
  private quote = 0;

  constructor(
    private readonly core: Core,
    private readonly rules: Rules,
    private readonly matching: Matching,
    private readonly triggers: Triggers,
  ) {}

  /** Applies a new order; its bytes are well-formed. */
  newOrder(bytes: Uint8Array, view: DataView, offset: number): void {
    const account = view.getUint32(offset + 20, true);
    const symbol = view.getUint32(offset + 4, true);
    const at = offset + COMMAND_HEADER;
    const position = this.position(account, symbol);
    if (position < 0) {
      this.reject(view, at, CommandType.NEW_ORDER, -position, account, symbol);
      return;
    }
    const order = this.load(view, at, position);
    const market = this.core.marketOfPosition(position);
    const reason = this.mayTrade(market, position) || this.check(market, order);
    if (reason !== 0) {
      this.core.orders.release(order);
      this.reject(view, at, CommandType.NEW_ORDER, reason, account, symbol);
      return;
    }
    this.enter(market, order, bytes, at);
  }

  /** Accepts a checked order and lets it trade, or wait for its price. */
  enter(market: Market, order: number, bytes: Uint8Array, at: number): void {
    const waits = isConditional(this.core.orders.i[order * 16 + FLAGS]);
    this.accept(market, order, 0, !waits, bytes, at, at + parametersLength(viewOf(bytes), at));
    if (waits) this.triggers.park(market, order);
    else this.matching.execute(market, order);
  }

  reject(view: DataView, at: number, type: CommandType, reason: number, account: number, symbol: number): void {
    const text = at + parametersLength(view, at) - ((view.getUint8(at + 3) + 7) & ~7);
    this.core.writer.rejected(type, reason, account, symbol, 0, readText(view, text, view.getUint8(at + 3)));
  }

  /** The position of an account in a symbol, opened where it is the first; the negative reason where one of them is unknown. */
  position(account: number, symbol: number): number {
    const { core } = this;
    const position = core.positions.find(account, symbol) || core.openPosition(account, symbol);
    if (position !== 0) return position;
    return core.market(symbol) === undefined ? -RejectReason.UNKNOWN_SYMBOL : -RejectReason.UNKNOWN_ACCOUNT;
  }

  /** Whether symbol, account and kill switches admit a new order. */
  mayTrade(market: Market, position: number): Reason {
    const { core } = this;
    if (market.state !== SymbolState.TRADING) return RejectReason.MARKET_CLOSED;
    const flags = core.positions.i[position * 16 + OWNER_FLAGS];
    if ((flags & CAN_TRADE) === 0) return RejectReason.ACCOUNT_DISABLED;
    return core.killed || (flags & KILLED) !== 0 ? RejectReason.KILL_SWITCH : 0;
  }

  /** Reads order parameters into a slot of the pool, without an id. */
  load(view: DataView, at: number, position: number): number {
    const { orders } = this.core;
    const order = orders.allocate();
    const { f, i } = orders;
    const packed = view.getUint8(at);
    const optional = view.getUint8(at + 2);
    const timeInForce = packed >> 4;
    const flags = (packed & 15) | (timeInForce << TIME_IN_FORCE_SHIFT) | (view.getUint8(at + 1) << PREVENTION_SHIFT);
    let quantity = view.getUint32(at + 16, true) + view.getUint32(at + 20, true) * TWO_32;
    let quoteAt = optional & QUANTITY_IS_QUOTE ? at + 16 : 0;
    if (quoteAt !== 0) quantity = 0;
    f[order * 8 + REMAINING] = quantity;
    f[order * 8 + PRICE] = view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * TWO_32;
    i[order * 16 + POSITION] = position;
    i[order * 16 + FLAGS] = flags;
    i[order * 16 + KEY_LOW] = view.getInt32(at + 24, true);
    i[order * 16 + KEY_HIGH] = view.getInt32(at + 28, true);
    orders.setInteger(order, TRAILING, view.getInt32(at + 4, true));
    let extra = at + PARAMETERS;
    if (optional & HAS_STOP_PRICE) {
      orders.set(order, STOP, getU64(view, extra));
      extra += 8;
    }
    if (optional & HAS_ICEBERG) {
      orders.set(order, ICEBERG, getU64(view, extra));
      extra += 8;
    }
    if (optional & HAS_QUOTE_QUANTITY) quoteAt = extra;
    this.quote = quoteAt === 0 ? 0 : this.readQuote(view, quoteAt);
    return order;
  }

  private readQuote(view: DataView, at: number): number {
    const amount = getU64(view, at);
    if (amount < WIDE) return amount;
    this.rules.quoteWide = view.getBigInt64(at, true);
    return -1;
  }

  /** Everything that can refuse an order that is to trade, rest or wait at once; funds last, which are then held. */
  check(market: Market, order: number): Reason {
    const { core, rules } = this;
    const { orders } = core;
    const reason = this.checkAlone(market, order, this.quote) || this.checkNow(market, order) || this.checkCounts(market, order, 1);
    if (reason !== 0) return reason;
    const flags = orders.i[order * 16 + FLAGS];
    if (((flags >> TYPE_SHIFT) & 7) === OrderType.MARKET) {
      const unpaid = this.sizeMarketOrder(market, order, flags & SIDE_BIT);
      if (unpaid !== 0) return unpaid;
    }
    return rules.capacity(market, order, orders.f[order * 8 + REMAINING]) || (core.hold(order) ? 0 : RejectReason.INSUFFICIENT_BALANCE);
  }

  /** {@link checkAlone} of the order that was loaded last. */
  checkLoaded(market: Market, order: number): Reason {
    return this.checkAlone(market, order, this.quote);
  }

  /** What can be wrong with an order by itself. @param quote as `Rules.filters` takes it */
  checkAlone(market: Market, order: number, quote: number): Reason {
    const { rules } = this;
    market.average.advance(this.core.lastTime);
    return rules.combination(order, quote !== 0) || rules.filters(market, order, quote);
  }

  /** The filters that count open orders, of which `more` are to come with this one, and the uniqueness of its key. */
  checkCounts(market: Market, order: number, more: number): Reason {
    const { orders } = this.core;
    const position = orders.i[order * 16 + POSITION];
    const algo = isConditional(orders.i[order * 16 + FLAGS]) ? 1 : 0;
    const iceberg = orders.iceberg(order) > 0 ? 1 : 0;
    return this.rules.counts(market, position, more, algo, iceberg) || this.uniqueKey(order, position);
  }

  /** What the present prices have against an order. An unpriced stop buy gets the limit that its hold needs. */
  checkNow(market: Market, order: number): Reason {
    const { orders } = this.core;
    const flags = orders.i[order * 16 + FLAGS];
    const type: OrderType = (flags >> TYPE_SHIFT) & 7;
    const side: Side = flags & SIDE_BIT;
    if (type === OrderType.LIMIT_MAKER && this.matching.crosses(market, side, orders.f[order * 8 + PRICE])) return RejectReason.WOULD_TAKE;
    if (!isConditional(flags)) return 0;
    if (orders.trailing(order) === 0 && this.triggers.met(market, order)) return RejectReason.WOULD_TRIGGER;
    if (side === Side.SELL || orders.f[order * 8 + PRICE] !== 0) return 0;
    const limit = this.rules.unpricedLimit(market, order);
    if (limit === 0) return RejectReason.NO_LIQUIDITY;
    orders.f[order * 8 + PRICE] = limit;
    return 0;
  }

  uniqueKey(order: number, position: number): Reason {
    const { core } = this;
    const { i } = core.memory;
    const low = i[order * 16 + KEY_LOW];
    const high = i[order * 16 + KEY_HIGH];
    if (low === 0 && high === 0) return 0;
    return core.clientKeys.find(core.positions.i[position * 16 + OWNER], low, high) === 0 ? 0 : RejectReason.DUPLICATE_CLIENT_ORDER_ID;
  }

  /** Turns a quote amount into lots, and finds out whether a buy by lots can be paid. */
  private sizeMarketOrder(market: Market, order: number, side: Side): Reason {
    const { core, matching } = this;
    const { orders } = core;
    const balance = core.positions.i[orders.i[order * 16 + POSITION] * 16 + QUOTE];
    if (this.quote === 0) {
      if (side === Side.SELL) return 0;
      matching.walk(market, order, orders.f[order * 8 + REMAINING], true);
      return matching.affordable(balance) ? 0 : RejectReason.INSUFFICIENT_BALANCE;
    }
    const amount = this.quote > 0 ? BigInt(this.quote) : this.rules.quoteWide;
    if (side === Side.BUY && core.ledger.get(balance, 0) < amount) return RejectReason.INSUFFICIENT_BALANCE;
    const lots = matching.lotsFor(market, order, amount);
    if (lots === 0 && matching.crosses(market, side, 0)) return RejectReason.FILTER_LOT_SIZE;
    orders.f[order * 8 + REMAINING] = lots;
    orders.set(order, QUANTITY, lots);
    return 0;
  }

  /** Gives an order its id and tells of it; funds are held. */
  accept(market: Market, order: number, list: number, working: boolean, source: Uint8Array, from: number, to: number): void {
    const { core } = this;
    core.touch(market);
    core.orders.f[order * 8 + ID] = ++core.lastOrderId;
    core.attach(order);
    core.writer.orderAccepted(order, list, working, source, from, to);
  }

  /** The open order that a command names, by id or else by client key; 0 where it is not the account's, or not in the symbol. */
  find(position: number, orderId: number, keyLow: number, keyHigh: number): number {
    const { core } = this;
    if (orderId === 0 && keyLow === 0 && keyHigh === 0) return 0;
    const order = orderId !== 0 ? core.index.find(orderId) : core.clientKeys.find(core.positions.i[position * 16 + OWNER], keyLow, keyHigh);
    return order !== 0 && core.orders.i[order * 16 + POSITION] === position ? order : 0;
  }

  /** The position of an open order where it is that of the account and symbol, else 0: a cancel by id needs no search for it. */
  private positionOf(orderId: number, account: number, symbol: number): number {
    const { core } = this;
    const order = core.index.find(orderId);
    if (order === 0) return 0;
    const position = core.orders.i[order * 16 + POSITION];
    const { i } = core.positions;
    const same = i[position * 16 + ACCOUNT] >>> 0 === account && i[position * 16 + SYMBOL] >>> 0 === symbol;
    return same ? position : 0;
  }

  cancelOrder(view: DataView, offset: number): void {
    const { core } = this;
    const account = view.getUint32(offset + 20, true);
    const symbol = view.getUint32(offset + 4, true);
    const at = offset + COMMAND_HEADER;
    const orderId = getU64(view, at);
    const position = this.positionOf(orderId, account, symbol) || this.position(account, symbol);
    const text = view.getUint8(at + 18) === 0 ? "" : readText(view, at + 24, view.getUint8(at + 18));
    const order = position < 0 ? 0 : this.find(position, orderId, view.getInt32(at + 8, true), view.getInt32(at + 12, true));
    let reason: number = position < 0 ? -position : order === 0 ? RejectReason.UNKNOWN_ORDER : 0;
    if (reason === 0) reason = this.mayCancel(order, view.getUint8(at + 16));
    if (reason !== 0) core.writer.rejected(CommandType.CANCEL_ORDER, reason, account, symbol, orderId, text);
    else this.matching.cancel(order, CloseReason.CANCELED, text);
  }

  /** @param onlyIf 0 any, 1 new, 2 partially filled */
  mayCancel(order: number, onlyIf: number): Reason {
    const { core } = this;
    const { state } = core.marketOf(order);
    if (state === SymbolState.HALT || state === SymbolState.DELISTED) return RejectReason.MARKET_CLOSED;
    if (onlyIf === 0) return 0;
    const untouched = core.orders.executed(order) === 0;
    return untouched === (onlyIf === 1) ? 0 : RejectReason.INVALID_STATE;
  }

  cancelAllOrders(view: DataView, offset: number): void {
    const { core } = this;
    const account = view.getUint32(offset + 20, true);
    const symbol = view.getUint32(offset + 4, true);
    const position = this.position(account, symbol);
    const first = position < 0 ? 0 : core.positions.i[position * 16 + POSITION_NEXT];
    let reason: number = position < 0 ? -position : first === position ? RejectReason.UNKNOWN_ORDER : 0;
    if (reason === 0) reason = this.mayCancel(first, 0);
    if (reason !== 0) core.writer.rejected(CommandType.CANCEL_ALL_ORDERS, reason, account, symbol, 0, "");
    else this.cancelPosition(position, CloseReason.CANCELED);
  }

  /** Cancels every open order of a position, the oldest first. */
  cancelPosition(position: number, reason: CloseReason): void {
    const { positions } = this.core;
    for (let order = positions.i[position * 16 + POSITION_NEXT]; order !== position; order = positions.i[position * 16 + POSITION_NEXT]) {
      this.matching.cancel(order, reason, "");
    }
  }
}
