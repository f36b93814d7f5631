/**
 * An order as a fold over its events. The history keeps it, the answer to a new order and the reports of the user data stream are read from it: written once,
 * so that they cannot differ.
 */

import { CloseReason, type OrderAccepted, type OrderAmended, type OrderClosed, type Trade, type TradePrevented } from "@bourse/engine";
import type { OrderRecord, OrderStatus } from "../ports";

/** What an order that did not fill is called, by why it closed (enums.md, "Order status"). */
const closedStatus: Record<CloseReason, OrderStatus> = {
  [CloseReason.CANCELED]: "CANCELED",
  [CloseReason.REPLACED]: "CANCELED",
  [CloseReason.IOC_EXPIRED]: "EXPIRED",
  [CloseReason.FOK_EXPIRED]: "EXPIRED",
  [CloseReason.INSUFFICIENT_LIQUIDITY]: "EXPIRED",
  [CloseReason.SELF_TRADE]: "EXPIRED_IN_MATCH",
  [CloseReason.OCO_TRIGGER]: "EXPIRED",
  [CloseReason.OTO_PHASE_ONE_EXPIRED]: "EXPIRED",
  [CloseReason.EXCHANGE_CANCELED]: "EXPIRED",
  [CloseReason.PRICE_RANGE_EXCEEDED]: "EXPIRED",
  [CloseReason.REJECTED_ON_TRIGGER]: "EXPIRED",
};

/** The order right after it was accepted; a leg that waits for another is made so by {@link applyPending}. */
export function acceptedOrder(event: OrderAccepted): OrderRecord {
  const { time } = event;
  // Field by field: taking some out of an event and spreading the rest costs several times as much.
  return {
    orderId: event.orderId,
    account: event.account,
    symbol: event.symbol,
    side: event.side,
    type: event.type,
    timeInForce: event.timeInForce,
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
    selfTradePrevention: event.selfTradePrevention,
    status: "NEW",
    closeReason: 0,
    executed: 0,
    executedQuote: 0n,
    preventedQuantity: 0,
    preventedMatchId: 0,
    amendments: 0,
    time,
    updateTime: time,
    workingTime: event.working ? time : 0,
    trailingTime: 0,
  };
}

/** It waits for the working leg of its list. */
export function applyPending(order: OrderRecord, time: number): void {
  order.status = "PENDING_NEW";
  order.trailingTime = 0;
  order.updateTime = time;
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
  order.amendments += 1;
  order.updateTime = event.time;
}

export function applyClose(order: OrderRecord, event: OrderClosed): void {
  order.status = closedStatus[event.reason];
  order.closeReason = event.reason;
  order.executed = event.executed;
  order.updateTime = event.time;
}
