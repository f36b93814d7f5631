/**
 * An order as a fold over its events. The answer to a new order and the reports of the user data stream are both read from it, so that they
 * cannot differ.
 */

import {
  type CloseReason,
  type OrderAccepted,
  type OrderAmended,
  type OrderClosed,
  OrderType,
  type Trade,
  type TradePrevented,
} from "@bourse/engine";
import type { OrderRecord } from "../../services/ports";
import { closings } from "../errors";

/** The order right after it was accepted. */
export function acceptedOrder(event: OrderAccepted): OrderRecord {
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
    status: initialStatus(event),
    closeReason: 0,
    executed: 0,
    executedQuote: 0n,
    preventedQuantity: 0,
    time: event.time,
    updateTime: event.time,
    workingTime: event.working ? event.time : 0,
  };
}

/** A leg that waits for the working leg of its list is pending; an order that waits for its own trigger is new, as at Binance. */
function initialStatus(event: OrderAccepted): OrderRecord["status"] {
  const waitsForList = !event.working && event.listId !== 0 && event.stopPrice === 0 && event.trailingDelta === 0;
  return waitsForList ? "PENDING_NEW" : "NEW";
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
  order.preventedQuantity += side === "taker" ? event.takerPrevented : event.makerPrevented;
  order.updateTime = event.time;
}

export function applyTrigger(order: OrderRecord, time: number): void {
  order.working = true;
  order.workingTime = time;
  order.updateTime = time;
  if (order.status === "PENDING_NEW") order.status = "NEW";
}

export function applyAmendment(order: OrderRecord, event: OrderAmended): void {
  order.price = event.price;
  order.quantity = event.quantity;
  order.clientKey = event.clientKey;
  order.clientOrderId = event.clientOrderId;
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
