/** Changes of open orders: cancel-replace, amend (a smaller quantity, the place in the queue is kept) and modify (another price and quantity, it is lost). */

import { OrderType, Side } from "./commands";
import type { Core } from "./core";
import { CloseReason, RejectReason } from "./events";
import { COMMAND_HEADER, CommandType, getU64, padded, readText } from "./layout";
import type { Market } from "./market";
import type { Matching } from "./matching";
import type { OrderEntry } from "./order-entry";
import { Place } from "./order-pool";
import * as records from "./records";
import type { Reason, Rules } from "./rules";

const { AMENDS, FLAGS, ICEBERG, KEY_HIGH, KEY_LOW, OPEN_BUYS, OWNER, POSITION, PRICE, QUANTITY, REMAINING, SIDE_BIT, TYPE_SHIFT } = records;

export class OrderChanges {
  constructor(
    private readonly core: Core,
    private readonly rules: Rules,
    private readonly entry: OrderEntry,
    private readonly matching: Matching,
  ) {}

  /**
   * The new order's parameters and filters are checked before anything is cancelled. Then the cancel; where it fails, the new order is not
   * attempted (stopOnFailure) or is placed all the same (allowFailure). A new order that is refused afterwards does not undo the cancel.
   */
  cancelReplace(bytes: Uint8Array, view: DataView, offset: number): void {
    const { core, entry } = this;
    const type = CommandType.CANCEL_REPLACE;
    const account = view.getUint32(offset + 20, true);
    const symbol = view.getUint32(offset + 4, true);
    const at = offset + COMMAND_HEADER;
    const cancelId = getU64(view, at);
    const text = readText(view, at + 24, view.getUint8(at + 18));
    const parameters = at + 24 + padded(text.length);
    const position = entry.position(account, symbol);
    if (position < 0) {
      entry.reject(view, parameters, type, -position, account, symbol);
      return;
    }
    const market = core.marketOfPosition(position);
    const order = entry.load(view, parameters, position);
    const refused = entry.mayTrade(market, position) || entry.checkLoaded(market, order);
    if (refused !== 0) {
      core.orders.release(order);
      entry.reject(view, parameters, type, refused, account, symbol);
      return;
    }
    const old = entry.find(position, cancelId, view.getInt32(at + 8, true), view.getInt32(at + 12, true));
    const uncancelled = old === 0 ? RejectReason.UNKNOWN_ORDER : entry.mayCancel(old, view.getUint8(at + 16));
    if (uncancelled === 0) this.matching.cancel(old, CloseReason.REPLACED, text);
    else core.writer.rejected(type, uncancelled, account, symbol, cancelId, text);
    const stop = uncancelled !== 0 && view.getUint8(at + 17) === 0;
    const reason = stop ? RejectReason.NOT_ATTEMPTED : entry.check(market, order);
    if (reason !== 0) {
      core.orders.release(order);
      entry.reject(view, parameters, type, reason, account, symbol);
    } else entry.enter(market, order, bytes, parameters);
  }

  amendOrder(view: DataView, offset: number): void {
    const { core } = this;
    const account = view.getUint32(offset + 20, true);
    const symbol = view.getUint32(offset + 4, true);
    const at = offset + COMMAND_HEADER;
    const orderId = getU64(view, at);
    const text = readText(view, at + 40, view.getUint8(at + 32));
    const [position, order] = this.named(account, symbol, orderId, view.getInt32(at + 8, true), view.getInt32(at + 12, true));
    const quantity = getU64(view, at + 16);
    const keyLow = view.getInt32(at + 24, true);
    const keyHigh = view.getInt32(at + 28, true);
    let reason: number = position < 0 ? -position : order === 0 ? RejectReason.UNKNOWN_ORDER : 0;
    if (reason === 0) reason = this.checkAmend(order, quantity, keyLow, keyHigh);
    if (reason !== 0) {
      core.writer.rejected(CommandType.AMEND_ORDER, reason, account, symbol, orderId, text);
      return;
    }
    const { orders } = core;
    this.matching.cut(order, orders.quantity(order) - quantity, core.marketOf(order));
    orders.set(order, QUANTITY, quantity);
    orders.setInteger(order, AMENDS, orders.amends(order) + 1);
    if (keyLow !== 0 || keyHigh !== 0) this.rename(order, keyLow, keyHigh);
    core.writer.orderAmended(order, true, text);
  }

  private named(account: number, symbol: number, orderId: number, keyLow: number, keyHigh: number): [position: number, order: number] {
    const position = this.entry.position(account, symbol);
    return [position, position < 0 ? 0 : this.entry.find(position, orderId, keyLow, keyHigh)];
  }

  private checkAmend(order: number, quantity: number, keyLow: number, keyHigh: number): Reason {
    const { core } = this;
    const { orders } = core;
    const market = core.marketOf(order);
    const total = orders.quantity(order);
    const open = this.mayChange(market, order);
    if (open !== 0) return open;
    if (quantity >= total || quantity <= total - orders.f[order * 8 + REMAINING]) return RejectReason.INVALID_AMEND;
    const { maxAmends } = market.filters;
    if (maxAmends !== 0 && orders.amends(order) >= maxAmends) return RejectReason.FILTER_MAX_NUM_ORDER_AMENDS;
    orders.set(order, QUANTITY, quantity);
    const iceberg = orders.iceberg(order);
    if (iceberg > quantity) orders.set(order, ICEBERG, quantity);
    const filtered = this.rules.lots(market.filters, quantity, false) || this.rules.notionalOf(market, order);
    orders.set(order, QUANTITY, total);
    orders.set(order, ICEBERG, iceberg);
    if (filtered !== 0) return filtered;
    if (keyLow === 0 && keyHigh === 0) return 0;
    const owner = core.positions.i[core.orders.i[order * 16 + POSITION] * 16 + OWNER];
    const other = core.clientKeys.find(owner, keyLow, keyHigh);
    return other === 0 || other === order ? 0 : RejectReason.DUPLICATE_CLIENT_ORDER_ID;
  }

  /** Only a single order that rests in the book of a trading symbol changes in place. */
  private mayChange(market: Market, order: number): Reason {
    const { core } = this;
    const reason = this.entry.mayTrade(market, core.orders.i[order * 16 + POSITION]);
    if (reason !== 0) return reason;
    return core.place(order) === Place.BOOK && core.orders.list(order) === 0 ? 0 : RejectReason.INVALID_AMEND;
  }

  private rename(order: number, keyLow: number, keyHigh: number): void {
    const { core } = this;
    const { i } = core.memory;
    if (i[order * 16 + KEY_LOW] !== 0 || i[order * 16 + KEY_HIGH] !== 0) core.clientKeys.remove(order);
    i[order * 16 + KEY_LOW] = keyLow;
    i[order * 16 + KEY_HIGH] = keyHigh;
    core.clientKeys.add(order);
  }

  modifyOrder(view: DataView, offset: number): void {
    const { core, matching } = this;
    const account = view.getUint32(offset + 20, true);
    const symbol = view.getUint32(offset + 4, true);
    const at = offset + COMMAND_HEADER;
    const orderId = getU64(view, at);
    const [position, order] = this.named(account, symbol, orderId, view.getInt32(at + 8, true), view.getInt32(at + 12, true));
    let reason: number = position < 0 ? -position : order === 0 ? RejectReason.UNKNOWN_ORDER : 0;
    if (reason === 0) reason = this.change(order, getU64(view, at + 16), getU64(view, at + 24));
    if (reason !== 0) {
      core.writer.rejected(CommandType.MODIFY_ORDER, reason, account, symbol, orderId, "");
      return;
    }
    core.writer.orderAmended(order, false, "");
    matching.execute(core.marketOf(order), order);
  }

  /** Takes an order out of the book and gives it another price and total quantity, with its hold; undoes that where a rule or the funds forbid it. */
  private change(order: number, price: number, quantity: number): Reason {
    const { core, rules } = this;
    const { orders } = core;
    const { f, i } = orders;
    const market = core.marketOf(order);
    const [oldPrice, oldQuantity, oldRemaining] = [f[order * 8 + PRICE], orders.quantity(order), f[order * 8 + REMAINING]];
    const remaining = quantity - (oldQuantity - oldRemaining);
    const open = this.mayChange(market, order);
    if (open !== 0) return open;
    if (price === 0 || remaining <= 0) return RejectReason.INVALID_AMEND;
    const flags = i[order * 16 + FLAGS];
    const maker = ((flags >> TYPE_SHIFT) & 7) === OrderType.LIMIT_MAKER;
    if (maker && this.matching.crosses(market, flags & SIDE_BIT, price)) return RejectReason.WOULD_TAKE;
    if (remaining > oldRemaining) {
      const full = rules.capacity(market, order, remaining - oldRemaining);
      if (full !== 0) return full;
    }
    orders.extend(order);
    orders.f[order * 8 + PRICE] = price;
    orders.set(order, QUANTITY, quantity);
    const filtered = this.entry.checkAlone(market, order, 0);
    orders.f[order * 8 + PRICE] = oldPrice;
    orders.set(order, QUANTITY, oldQuantity);
    if (filtered !== 0) return filtered;
    core.release(order);
    this.set(order, price, remaining);
    const held = core.hold(order);
    this.set(order, oldPrice, oldRemaining);
    if (!held) {
      core.hold(order);
      return RejectReason.INSUFFICIENT_BALANCE;
    }
    core.withdraw(order);
    this.set(order, price, remaining);
    orders.set(order, QUANTITY, quantity);
    market.openLots += remaining - oldRemaining;
    if ((flags & SIDE_BIT) === Side.BUY) orders.f[orders.i[order * 16 + POSITION] * 8 + OPEN_BUYS] += remaining - oldRemaining;
    return 0;
  }

  private set(order: number, price: number, remaining: number): void {
    this.core.orders.f[order * 8 + PRICE] = price;
    this.core.orders.f[order * 8 + REMAINING] = remaining;
  }
}
