/** The `executionReport` of the user data stream: an order as it is now, and the event that made it so. Fields: user-data-stream.md. */

import { type Event, SelfTradePrevention, type Trade, type TradePrevented } from "@bourse/engine";
import type { Asset, Instrument, OrderRecord } from "../../services/ports";
import {
  amountText,
  priceText,
  quantityText,
  quoteAmount,
  quoteText,
  selfTradeNames,
  sideNames,
  timeInForceNames,
  typeNames,
} from "../market/instrument";
import { expiryReason, shownQuantity } from "../orders/order-state";

export type Time = (microseconds: number) => number;
/** An event whose times are still to be written in the subscriber's unit. */
export type UserEvent = (time: Time) => Record<string, unknown>;

export const isDone = ({ status }: OrderRecord) => status !== "NEW" && status !== "PARTIALLY_FILLED" && status !== "PENDING_NEW";

/** Unique and increasing within a shard: 1,024 events of a command have ids of their own, later ones share the last. */
const executionId = ({ sequence, index }: Event) => sequence * 1024 + Math.min(index, 1023);

/**
 * The state of the order now. `fields` overrides what the event is about.
 *
 * @param x the execution type
 * @param E time of the report in microseconds
 */
export function executionReport(
  order: OrderRecord,
  instrument: Instrument,
  event: Event,
  x: string,
  E: number,
  fields: Record<string, unknown> = {},
): UserEvent {
  const zero = quantityText(instrument, 0);
  const { time: created, workingTime, trailingTime } = order;
  const conditional: Record<string, unknown> = {};
  if (order.trailingDelta > 0) conditional["d"] = order.trailingDelta;
  if (order.preventedQuantity > 0) conditional["A"] = quantityText(instrument, order.preventedQuantity);
  const reason = expiryReason(order);
  if (reason !== "") conditional["eR"] = reason;
  const report = {
    s: instrument.name,
    c: order.clientOrderId,
    S: sideNames[order.side],
    o: typeNames[order.type],
    f: timeInForceNames[order.timeInForce],
    q: quantityText(instrument, shownQuantity(order)),
    p: priceText(instrument, order.price),
    P: priceText(instrument, order.stopPrice),
    F: quantityText(instrument, order.icebergQuantity),
    g: order.listId === 0 ? -1 : order.listId,
    C: "",
    x,
    X: order.status,
    r: "NONE",
    i: order.orderId,
    l: zero,
    z: quantityText(instrument, order.executed),
    L: priceText(instrument, 0),
    n: "0",
    N: null,
    t: -1,
    I: executionId(event),
    w: order.working && !isDone(order),
    m: false,
    M: false,
    Z: quoteText(instrument, order.executedQuote),
    Y: quoteText(instrument, 0n),
    Q: quoteText(instrument, order.quoteQuantity),
    V: selfTradeNames[order.selfTradePrevention],
    ...conditional,
    ...fields,
  };
  return (time) => ({
    e: "executionReport",
    E: time(E),
    ...report,
    T: time(event.time),
    O: time(created),
    ...(workingTime > 0 ? { W: time(workingTime) } : {}),
    ...(trailingTime > 0 ? { D: time(trailingTime) } : {}),
  });
}

/** What a report of the type TRADE says of the fill. */
export function fillFields(event: Trade, side: "taker" | "maker", instrument: Instrument, feeAsset: Asset): Record<string, unknown> {
  return {
    l: quantityText(instrument, event.quantity),
    L: priceText(instrument, event.price),
    n: amountText(feeAsset, side === "taker" ? event.takerFee : event.makerFee),
    N: feeAsset.name,
    t: event.tradeId,
    m: side === "maker",
    M: true,
    Y: quoteText(instrument, event.quoteAmount),
  };
}

/**
 * What a report of the type TRADE_PREVENTION says of the match that was prevented.
 *
 * @param execution lots that would have been traded
 * @param tradeGroup of the account, 0 for none
 */
export function preventionFields(
  event: TradePrevented,
  side: "taker" | "maker",
  execution: number,
  tradeGroup: number,
  instrument: Instrument,
): Record<string, unknown> {
  return {
    v: event.preventedMatchId,
    B: quantityText(instrument, side === "taker" ? event.takerPrevented : event.makerPrevented),
    ...(tradeGroup === 0 ? {} : { u: tradeGroup }),
    U: side === "taker" ? event.makerOrderId : event.takerOrderId,
    Cs: instrument.name,
    pl: quantityText(instrument, execution),
    pL: priceText(instrument, event.price),
    pY: quoteText(instrument, quoteAmount(event.price, execution, instrument)),
  };
}

/**
 * Lots that two orders would have traded with each other. A mode that expires an order tells what was left of it; of the other order `left` is asked, and where
 * that does not know it either, it is taken to have been large enough.
 */
export function preventedExecution(event: TradePrevented, left: (side: "taker" | "maker") => number | undefined): number {
  switch (event.mode) {
    case SelfTradePrevention.EXPIRE_TAKER:
      return Math.min(event.takerPrevented, left("maker") ?? event.takerPrevented);
    case SelfTradePrevention.EXPIRE_MAKER:
      return Math.min(event.makerPrevented, left("taker") ?? event.makerPrevented);
    default:
      return Math.min(event.takerPrevented, event.makerPrevented);
  }
}
