/** What the API adds to an order's fold (`services/history/order-state.ts`): what the events of one command say together, and how an order is shown. */

import { type CloseReason, type Event, OrderType } from "@bourse/engine";
import type { History, OrderRecord } from "../../services/ports";
import { expiryReasons } from "../errors";

/** Legs among a command's events that wait for the working leg of their list. */
export function pendingLegs(events: readonly Event[]): ReadonlySet<number> {
  const pending = new Set<number>();
  for (const event of events) {
    if (event.kind !== "orderListChanged" || event.status !== "executing" || event.contingency === "OCO") continue;
    for (const orderId of event.orderIds.slice(1)) pending.add(orderId);
  }
  return pending;
}

/** Since when a trailing order tracks the price: only the history, which has seen the same events, knows. */
export function readTrailingTime(order: OrderRecord, history: History): void {
  if (order.trailingDelta === 0) return;
  const time = history.trailingTime(order.symbol, order.orderId);
  if (time > 0) order.trailingTime = time;
}

/** The quantity that clients see: an order by quote amount has no quantity of its own, what was executed stands for it. */
export const shownQuantity = (order: OrderRecord) =>
  order.type === OrderType.MARKET && order.quantity === 0 ? order.executed : order.quantity;

/** `expiryReason` of a closed order, "" for none. */
export const expiryReason = (order: OrderRecord) => (order.closeReason === 0 ? "" : expiryReasons[order.closeReason as CloseReason]);
