/**
 * An order as a fold over its events. The answer to a new order and the reports of the user data stream are both read from it, so that they
 * cannot differ.
 */

import {
  type CloseReason,
  type Event,
  type OrderAccepted,
  type OrderAmended,
  type OrderClosed,
  OrderType,
  type Trade,
  type TradePrevented,
} from "@bourse/engine";
import type { History, OrderRecord } from "../../services/ports";
import { closings } from "../errors";

/** Legs among a command's events that wait for the working leg of their list. */
export function pendingLegs(events: readonly Event[]): ReadonlySet<number> {
  const pending = new Set<number>();
  for (const event of events) {
    if (event.kind !== "orderListChanged" || event.status !== "executing" || event.contingency === "OCO") continue;
    for (const orderId of event.orderIds.slice(1)) pending.add(orderId);
  }
  return pending;
}

/** The order right after it was accepted; `pending` are the {@link pendingLegs} of the command. */
export function acceptedOrder(event: OrderAccepted, pending: ReadonlySet<number>): OrderRecord {
  return {
    orderId: event.orderId,
    account: event.account,
    symbol: event.symbol,
    side: event.side,
    type: event.type,
    timeInForce: event.timeInForce,
    selfTradePrevention: event.selfTradePrevention,
    price: event.price,
    quantity: event.quantity,
    quoteQuantity: event.quoteQuantity,
    stopPrice: event.stopPrice,
    trailingDelta: event.trailingDelta,
    icebergQuantity: event.icebergQuantity,
    listId: event.listId,
    working: event.working,
    clientKey: event.clientKey,
    clientOrderId: event.clientOrderId,
    status: !event.working && pending.has(event.orderId) ? "PENDING_NEW" : "NEW",
    closeReason: 0,
    executed: 0,
    executedQuote: 0n,
    preventedQuantity: 0,
    preventedMatchId: 0,
    time: event.time,
    updateTime: event.time,
    workingTime: event.working ? event.time : 0,
    trailingTime: 0,
  };
}

/** Applies one side of a fill; false when the record has it already (it came from a projection that was ahead). */
export function applyTrade(order: OrderRecord, event: Trade, side: "taker" | "maker"): boolean {
  const [executed, done] = side === "taker" ? [event.takerExecuted, event.takerDone] : [event.makerExecuted, event.makerDone];
  if (executed <= order.executed) return false;
  order.executed = executed;
  order.executedQuote += event.quoteAmount;
  order.updateTime = event.time;
  order.status = done ? "FILLED" : "PARTIALLY_FILLED";
  return true;
}

export function applyPrevention(order: OrderRecord, event: TradePrevented, side: "taker" | "maker"): void {
  const prevented = side === "taker" ? event.takerPrevented : event.makerPrevented;
  order.preventedQuantity += prevented;
  if (prevented > 0) order.preventedMatchId = event.preventedMatchId;
  order.updateTime = event.time;
}

/** Since when a trailing order tracks the price: only the history, which has seen the same events, knows. */
export function readTrailingTime(order: OrderRecord, history: History): void {
  if (order.trailingDelta === 0) return;
  const time = history.trailingTime(order.symbol, order.orderId);
  if (time > 0) order.trailingTime = time;
}

/** A pending stop leg becomes live first, and fires with a second event. */
export function applyTrigger(order: OrderRecord, time: number): void {
  order.working = !(order.status === "PENDING_NEW" && (order.stopPrice > 0 || order.trailingDelta > 0));
  order.status = "NEW";
  order.updateTime = time;
  if (order.working) order.workingTime = time;
}

export function applyAmendment(order: OrderRecord, event: OrderAmended): void {
  order.price = event.price;
  order.quantity = event.quantity;
  order.clientKey = event.clientKey;
  // An amendment without an id of its own keeps the order's.
  if (event.clientOrderId !== "") order.clientOrderId = event.clientOrderId;
  order.updateTime = event.time;
}

export function applyClose(order: OrderRecord, event: OrderClosed): void {
  order.status = closings[event.reason].status;
  order.closeReason = event.reason;
  order.executed = event.executed;
  order.working = false;
  order.updateTime = event.time;
}

/** The quantity that clients see: an order by quote amount has no quantity of its own, what was executed stands for it. */
export const shownQuantity = (order: OrderRecord) =>
  order.type === OrderType.MARKET && order.quantity === 0 ? order.executed : order.quantity;

/** `expiryReason` of a closed order, "" for none. */
export const expiryReason = (order: OrderRecord) => (order.closeReason === 0 ? "" : closings[order.closeReason as CloseReason].expiry);
