/**
 * Sends commands to the shard and reads orders out of the events that come back.
 */

import type { Command, Event, NewOrder, OrderAccepted, OrderParameters, Rejected, Trade, TradePrevented } from "@bourse/engine";
import {
  acceptedOrder,
  applyAmendment,
  applyClose,
  applyPending,
  applyPrevention,
  applyTrade,
  applyTrigger,
} from "../../services/history/order-state";
import type { History, OrderRecord } from "../../services/ports";
import type { CommandResult, OrderEntry } from "../../services/trading/port";
import { type amendAction, type cancelAction, executionUnknown, type newOrderAction, rejection } from "../errors";
import type { Call } from "../operation";
import { commandAnswered, commandFailed, startCommand } from "../traced-requests";
import { Deadlines } from "./deadlines";
import { pendingLegs, readTrailingTime } from "./order-state";

/** Binance answers -1007 when the matching engine takes longer (rest-api.md, "General API Information"). */
export const engineTimeoutMs = 10_000;

export interface Submission {
  /** Resolves with the durable result. The call is told the account's order counts. Throws -1021 for a request that is too old by now, -1007 when nothing is known after ten seconds. */
  submit(command: Command, call: Call): Promise<CommandResult>;
}

export function createSubmission(orderEntry: OrderEntry, timeoutMs = engineTimeoutMs): Submission {
  const deadlines = new Deadlines(timeoutMs);
  return {
    submit(command, call) {
      call.assertFresh();
      return new Promise<CommandResult>((resolve, reject) => {
        const span = call.span && startCommand(call.span, command);
        const deadline = deadlines.set(() => reject(executionUnknown()));
        orderEntry.submit(command, span).then(
          (result) => {
            deadline.missed = undefined;
            if (span !== undefined) commandAnswered(span, result);
            call.orderCounts = result.orderCounts;
            resolve(result);
          },
          (error) => {
            deadline.missed = undefined;
            if (span !== undefined) commandFailed(span, error);
            reject(error);
          },
        );
      });
    },
  };
}

/** The header of a command that a gateway sends: no session, so no deduplication beyond client order ids. */
export const header = (call: Call) => ({ time: call.received, session: 0, sessionSequence: 0 });

/** A command that places one order. Field by field: spreads of its parts cost more than to encode it. */
export const newOrder = (order: OrderParameters, symbol: number, call: Call): NewOrder => ({
  kind: "newOrder",
  time: call.received,
  session: 0,
  sessionSequence: 0,
  account: call.account,
  symbol,
  side: order.side,
  type: order.type,
  timeInForce: order.timeInForce,
  selfTradePrevention: order.selfTradePrevention,
  price: order.price,
  quantity: order.quantity,
  quoteQuantity: order.quoteQuantity,
  stopPrice: order.stopPrice,
  trailingDelta: order.trailingDelta,
  icebergQuantity: order.icebergQuantity,
  clientKey: order.clientKey,
  clientOrderId: order.clientOrderId,
});

/** The first refusal among the events. */
export const refusalIn = (events: readonly Event[]): Rejected | undefined =>
  events.find((event): event is Rejected => event.kind === "rejected");

/** Throws the Binance error of the first refusal, if there is one. */
export function assertAccepted(events: readonly Event[], action: typeof newOrderAction | typeof cancelAction | typeof amendAction): void {
  const refusal = refusalIn(events);
  if (refusal !== undefined) throw rejection(refusal.reason, action);
}

/** The order of `account` that an accepted command placed. */
export const acceptedIn = (events: readonly Event[], account: number): OrderAccepted =>
  events.find((event): event is OrderAccepted => event.kind === "orderAccepted" && event.account === account)!;

export interface PlacedOrder {
  order: OrderRecord;
  trades: Trade[];
  /** Matches with orders of the same owner or trade group that were prevented. */
  preventions: TradePrevented[];
}

/** The orders that a command placed, each after all events of the command, which `history` has seen, in the order in which they were accepted. */
export function placedOrders(events: readonly Event[], account: number, history: History): PlacedOrder[] {
  const placed = new Map<number, PlacedOrder>();
  const pending = pendingLegs(events);
  for (const event of events) {
    switch (event.kind) {
      case "orderAccepted":
        if (event.account === account) placed.set(event.orderId, { order: accepted(event, pending), trades: [], preventions: [] });
        break;
      case "trade":
        addTrade(placed.get(event.takerOrderId), event, "taker");
        addTrade(placed.get(event.makerOrderId), event, "maker");
        break;
      case "tradePrevented":
        addPrevention(placed.get(event.takerOrderId), event, "taker");
        addPrevention(placed.get(event.makerOrderId), event, "maker");
        break;
      case "orderTriggered":
        applyTo(placed, event, (order) => applyTrigger(order, event.time));
        break;
      case "orderAmended":
        applyTo(placed, event, (order) => applyAmendment(order, event));
        break;
      case "orderClosed":
        applyTo(placed, event, (order) => applyClose(order, event));
        break;
    }
  }
  for (const { order } of placed.values()) readTrailingTime(order, history);
  return [...placed.values()];
}

function accepted(event: OrderAccepted, pending: ReadonlySet<number>): OrderRecord {
  const order = acceptedOrder(event);
  if (pending.has(order.orderId)) applyPending(order, event.time);
  return order;
}

function applyTo(placed: Map<number, PlacedOrder>, event: { orderId: number }, apply: (order: OrderRecord) => void): void {
  const found = placed.get(event.orderId);
  if (found !== undefined) apply(found.order);
}

function addTrade(placed: PlacedOrder | undefined, event: Trade, side: "taker" | "maker"): void {
  if (placed !== undefined && applyTrade(placed.order, event, side)) placed.trades.push(event);
}

function addPrevention(placed: PlacedOrder | undefined, event: TradePrevented, side: "taker" | "maker"): void {
  if (placed === undefined) return;
  applyPrevention(placed.order, event, side);
  placed.preventions.push(event);
}
