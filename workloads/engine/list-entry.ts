/** Order lists from the bytes of their commands: all legs are checked before the first is accepted. */

import { OrderType, Side } from "./commands";
import type { Core } from "./core";
import { RejectReason } from "./events";
import { COMMAND_HEADER, CommandType, getU64, padded, parametersLength, readText } from "./layout";
import { Contingency, type Lists } from "./lists";
import type { Market } from "./market";
import type { Matching } from "./matching";
import type { OrderEntry } from "./order-entry";
import { firesOnRise, isConditional, Place } from "./order-pool";
import * as records from "./records";
import type { Reason, Rules } from "./rules";
import type { Triggers } from "./triggers";

const { FLAGS, KEY_HIGH, KEY_LOW, OWNER, PRICE, SIDE_BIT, TYPE_SHIFT } = records;

/** From this version of the rules on, the prices of an OCO are held against the last trade price when it is placed. */
const LAST_PRICE_DIVIDES = 2;

export class ListEntry {
  constructor(
    private readonly core: Core,
    private readonly rules: Rules,
    private readonly entry: OrderEntry,
    private readonly lists: Lists,
    private readonly matching: Matching,
    private readonly triggers: Triggers,
  ) {}

  newOrderList(bytes: Uint8Array, view: DataView, offset: number): void {
    const { core, lists } = this;
    const account = view.getUint32(offset + 20, true);
    const symbol = view.getUint32(offset + 4, true);
    const at = offset + COMMAND_HEADER;
    const contingency: Contingency = view.getUint8(at + 8);
    const text = readText(view, at + 16, view.getUint8(at + 10));
    const position = this.entry.position(account, symbol);
    if (position < 0) {
      core.writer.rejected(CommandType.NEW_ORDER_LIST, -position, account, symbol, 0, text);
      return;
    }
    const market = core.marketOfPosition(position);
    const offsets: number[] = [];
    const orders: number[] = [];
    let leg = at + 16 + padded(text.length);
    for (let n = view.getUint8(at + 9); n > 0; n--) {
      orders.push(this.entry.load(view, leg, position));
      offsets.push(leg);
      leg += parametersLength(view, leg);
    }
    offsets.push(leg);
    const keyLow = view.getInt32(at, true);
    const keyHigh = view.getInt32(at + 4, true);
    const duplicate = lists.usesKey(core.positions.i[position * 16 + OWNER], keyLow, keyHigh) ? RejectReason.DUPLICATE_CLIENT_ORDER_ID : 0;
    const reason = this.entry.mayTrade(market, position) || duplicate || this.check(market, position, contingency, orders);
    if (reason !== 0) {
      for (const order of orders) core.orders.release(order);
      core.writer.rejected(CommandType.NEW_ORDER_LIST, reason, account, symbol, 0, text);
      return;
    }
    const id = ++lists.lastListId;
    for (const [n, order] of orders.entries()) {
      const working = (contingency === Contingency.OCO || n === 0) && !isConditional(core.orders.i[order * 16 + FLAGS]);
      this.entry.accept(market, order, id, working, bytes, offsets[n], offsets[n + 1]);
    }
    const list = lists.open(contingency, position, keyLow, keyHigh, orders, text);
    for (const [n, order] of [...orders].entries()) {
      if (list.orders[n] === 0) continue;
      if (contingency !== Contingency.OCO && n > 0) core.setPlace(order, Place.PENDING);
    }
    this.start(market, contingency, [...orders]);
  }

  /** Lets the legs trade or wait that are live from the start. */
  private start(market: Market, contingency: Contingency, orders: number[]): void {
    if (contingency !== Contingency.OCO) {
      this.matching.execute(market, orders[0]);
      return;
    }
    for (const order of orders) {
      if (isConditional(this.core.orders.i[order * 16 + FLAGS])) this.triggers.park(market, order);
      else this.matching.rest(market, order);
    }
  }

  private check(market: Market, position: number, contingency: Contingency, orders: number[]): Reason {
    const { core, rules, entry } = this;
    if (orders.length !== (contingency === Contingency.OTOCO ? 3 : 2)) return RejectReason.INVALID_LIST;
    let algo = 0;
    let iceberg = 0;
    let lots = 0;
    for (const [n, order] of orders.entries()) {
      if (core.orders.quantity(order) === 0) return RejectReason.INVALID_LIST;
      const live = contingency === Contingency.OCO || n === 0;
      const reason =
        entry.checkAlone(market, order, 0) ||
        (contingency === Contingency.OCO ? this.checkPlace(market, order) : 0) ||
        (live ? entry.checkNow(market, order) : this.checkPending(market, order));
      if (reason !== 0) return reason;
      if (entry.uniqueKey(order, position) !== 0 || this.repeatsKey(orders, n)) return RejectReason.DUPLICATE_CLIENT_ORDER_ID;
      if (isConditional(core.orders.i[order * 16 + FLAGS])) algo += 1;
      if (core.orders.iceberg(order) > 0) iceberg += 1;
      lots += core.orders.quantity(order);
    }
    const shape = this.shape(contingency, orders);
    if (shape !== 0) return shape;
    const counts = rules.counts(market, position, orders.length, algo, iceberg) || rules.capacity(market, orders[0], lots);
    if (counts !== 0) return counts;
    const holder = contingency === Contingency.OCO ? this.lists.dearer(orders[0], orders[1]) : orders[0];
    return core.hold(holder) ? 0 : RejectReason.INSUFFICIENT_BALANCE;
  }

  /**
   * The last trade price stands between the legs of an OCO: the price of a LIMIT_MAKER or TAKE_PROFIT_LIMIT, and every other leg's stop price where
   * it has one, are on the leg's own side of it. A pending OCO has no such bound: it is placed for a price that is still to come.
   */
  private checkPlace({ lastPrice }: Market, order: number): Reason {
    if (this.core.version < LAST_PRICE_DIVIDES || lastPrice === 0) return 0;
    const { orders } = this.core;
    const flags = orders.i[order * 16 + FLAGS];
    const type = this.type(order);
    const byLimit = type === OrderType.LIMIT_MAKER || type === OrderType.TAKE_PROFIT_LIMIT;
    const price = byLimit ? orders.f[order * 8 + PRICE] : orders.stop(order);
    if (price === 0) return 0;
    const above = isConditional(flags) ? firesOnRise(flags) : (flags & SIDE_BIT) === Side.SELL;
    return (above ? price > lastPrice : price < lastPrice) ? 0 : RejectReason.INVALID_LIST;
  }

  /** A pending unpriced stop buy needs its limit from the start, so that its hold is known. */
  private checkPending(market: Market, order: number): Reason {
    const { orders } = this.core;
    const flags = orders.i[order * 16 + FLAGS];
    if (!isConditional(flags) || (flags & SIDE_BIT) === Side.SELL || orders.f[order * 8 + PRICE] !== 0) return 0;
    const limit = this.rules.unpricedLimit(market, order);
    orders.f[order * 8 + PRICE] = limit;
    return limit === 0 ? RejectReason.NO_LIQUIDITY : 0;
  }

  private repeatsKey(orders: number[], n: number): boolean {
    const { i } = this.core.memory;
    const [low, high] = [i[orders[n] * 16 + KEY_LOW], i[orders[n] * 16 + KEY_HIGH]];
    if (low === 0 && high === 0) return false;
    return orders.slice(0, n).some((order) => i[order * 16 + KEY_LOW] === low && i[order * 16 + KEY_HIGH] === high);
  }

  /** Whether the legs' types and prices make the list that is asked for. */
  private shape(contingency: Contingency, orders: number[]): Reason {
    if (contingency === Contingency.OCO) return this.pair(orders[0], orders[1]);
    const type = this.type(orders[0]);
    if (type !== OrderType.LIMIT && type !== OrderType.LIMIT_MAKER) return RejectReason.INVALID_LIST;
    return contingency === Contingency.OTO ? 0 : this.pair(orders[1], orders[2]);
  }

  private type(order: number): OrderType {
    return (this.core.orders.i[order * 16 + FLAGS] >> TYPE_SHIFT) & 7;
  }

  /**
   * An OCO of one side and one quantity: for a sell a LIMIT_MAKER or take-profit above and a stop-loss below, for a buy the other way round,
   * and the upper trigger or limit price above the lower one.
   */
  private pair(above: number, below: number): Reason {
    const { orders } = this.core;
    const { i } = orders;
    const side: Side = i[above * 16 + FLAGS] & SIDE_BIT;
    if (side !== (i[below * 16 + FLAGS] & SIDE_BIT)) return RejectReason.INVALID_LIST;
    if (orders.quantity(above) !== orders.quantity(below)) return RejectReason.INVALID_LIST;
    const [profit, loss] = side === Side.SELL ? [this.type(above), this.type(below)] : [this.type(below), this.type(above)];
    const takes = profit === OrderType.LIMIT_MAKER || profit === OrderType.TAKE_PROFIT || profit === OrderType.TAKE_PROFIT_LIMIT;
    const stops = loss === OrderType.STOP_LOSS || loss === OrderType.STOP_LOSS_LIMIT;
    if (!takes || !stops) return RejectReason.INVALID_LIST;
    const [high, low] = [this.level(above), this.level(below)];
    return high !== 0 && low !== 0 && high <= low ? RejectReason.INVALID_LIST : 0;
  }

  /** The price at which a leg begins to work; 0 for a trailing one without a stop price. */
  private level(order: number): number {
    const { orders } = this.core;
    return isConditional(orders.i[order * 16 + FLAGS]) ? orders.stop(order) : orders.f[order * 8 + PRICE];
  }

  cancelOrderList(view: DataView, offset: number): void {
    const { core } = this;
    const account = view.getUint32(offset + 20, true);
    const symbol = view.getUint32(offset + 4, true);
    const at = offset + COMMAND_HEADER;
    const text = readText(view, at + 24, view.getUint8(at + 18));
    const position = this.entry.position(account, symbol);
    const list =
      position < 0 ? undefined : this.lists.find(position, getU64(view, at), view.getInt32(at + 8, true), view.getInt32(at + 12, true));
    let reason: number = position < 0 ? -position : list === undefined ? RejectReason.UNKNOWN_LIST : 0;
    if (list !== undefined) reason = this.entry.mayCancel(list.orders.find((order) => order !== 0)!, 0);
    if (reason === 0) this.lists.cancel(list!, text);
    else core.writer.rejected(CommandType.CANCEL_ORDER_LIST, reason, account, symbol, 0, text);
  }
}
