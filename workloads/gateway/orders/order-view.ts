/**
 * Orders, fills and lists as the API shows them.
 */

import type { Event, OrderAccepted, OrderListChanged, Trade, TradePrevented } from "@bourse/engine";
import type { AccountTrade, Instrument, Instruments, OrderRecord } from "../../services/ports";
import {
  amountText,
  priceText,
  quantityText,
  quoteText,
  selfTradeNames,
  sideNames,
  timeInForceNames,
  typeNames,
} from "../market/instrument";
import type { Call } from "../operation";
import type { Services } from "../services";
import { expiryReason, shownQuantity } from "./order-state";
import type { PlacedOrder } from "./submission";

type Clock = Pick<Call, "time">;

/** `orderListId` of an order outside a list. */
const listIdOf = (order: OrderRecord) => (order.listId === 0 ? -1 : order.listId);

/** Fields that appear under conditions: rest-api.md, "Conditional fields in Order Responses". */
function conditional(order: OrderRecord, instrument: Instrument, clock: Clock): Record<string, unknown> {
  const view: Record<string, unknown> = {};
  if (order.stopPrice > 0) view["stopPrice"] = priceText(instrument, order.stopPrice);
  if (order.trailingDelta > 0) {
    view["trailingDelta"] = order.trailingDelta;
    view["trailingTime"] = order.trailingTime === 0 ? -1 : clock.time(order.trailingTime);
  }
  if (order.icebergQuantity > 0) view["icebergQty"] = quantityText(instrument, order.icebergQuantity);
  if (order.preventedMatchId > 0) {
    view["preventedMatchId"] = order.preventedMatchId;
    view["preventedQuantity"] = quantityText(instrument, order.preventedQuantity);
  }
  const reason = expiryReason(order);
  if (reason !== "") view["expiryReason"] = reason;
  return view;
}

/** The part that the answers to placing, cancelling and asking have in common. */
function amounts(order: OrderRecord, instrument: Instrument) {
  return {
    price: priceText(instrument, order.price),
    origQty: quantityText(instrument, shownQuantity(order)),
    executedQty: quantityText(instrument, order.executed),
    origQuoteOrderQty: quoteText(instrument, order.quoteQuantity),
    cummulativeQuoteQty: quoteText(instrument, order.executedQuote),
    status: order.status,
    timeInForce: timeInForceNames[order.timeInForce],
    type: typeNames[order.type],
    side: sideNames[order.side],
  };
}

/** An order that was accepted, in the least detail. */
export function acceptedView(
  { orderId, listId, clientOrderId, time }: Pick<OrderAccepted, "orderId" | "listId" | "clientOrderId" | "time">,
  instrument: Instrument,
  clock: Clock,
): Record<string, unknown> {
  return { symbol: instrument.name, orderId, orderListId: listId === 0 ? -1 : listId, clientOrderId, transactTime: clock.time(time) };
}

/** A placed order in the detail that the client asked for. */
export function placedView(
  { order, trades, preventions }: PlacedOrder,
  instrument: Instrument,
  { instruments, wallet }: Pick<Services, "instruments" | "wallet">,
  detail: "ACK" | "RESULT" | "FULL",
  clock: Clock,
): Record<string, unknown> {
  const { orderId, listId, clientOrderId, updateTime: time } = order;
  const view = acceptedView({ orderId, listId, clientOrderId, time }, instrument, clock);
  if (detail === "ACK") return view;
  Object.assign(view, amounts(order, instrument), conditional(order, instrument, clock));
  view["workingTime"] = order.workingTime === 0 ? -1 : clock.time(order.workingTime);
  view["selfTradePreventionMode"] = selfTradeNames[order.selfTradePrevention];
  if (preventions.length > 0) {
    view["preventedMatches"] = preventions.map((event) => preventionView(event, instrument));
    const { tradeGroup = 0 } = wallet.account(order.account) ?? {};
    if (tradeGroup > 0) view["tradeGroupId"] = tradeGroup;
  }
  if (detail === "FULL") view["fills"] = trades.map((trade) => fillView(trade, order, instrument, instruments));
  return view;
}

/** A prevented match in the answer to its taker: faqs/stp_faq.md. A quantity is shown of an order that loses some. */
function preventionView(event: TradePrevented, instrument: Instrument) {
  return {
    preventedMatchId: event.preventedMatchId,
    makerSymbol: instrument.name,
    makerOrderId: event.makerOrderId,
    price: priceText(instrument, event.price),
    ...preventedQuantities(event, instrument),
  };
}

export const preventedQuantities = (
  { takerPrevented, makerPrevented }: Pick<TradePrevented, "takerPrevented" | "makerPrevented">,
  instrument: Instrument,
) => ({
  ...(takerPrevented > 0 ? { takerPreventedQuantity: quantityText(instrument, takerPrevented) } : {}),
  ...(makerPrevented > 0 ? { makerPreventedQuantity: quantityText(instrument, makerPrevented) } : {}),
});

function fillView(trade: Trade, order: OrderRecord, instrument: Instrument, instruments: Instruments) {
  const taker = trade.takerOrderId === order.orderId;
  const feeAsset = instruments.asset(taker ? trade.takerFeeAsset : trade.makerFeeAsset)!;
  return {
    price: priceText(instrument, trade.price),
    qty: quantityText(instrument, trade.quantity),
    commission: amountText(feeAsset, taker ? trade.takerFee : trade.makerFee),
    commissionAsset: feeAsset.name,
    tradeId: trade.tradeId,
  };
}

/** An order as GET order, openOrders and allOrders show it. */
export function orderView(order: OrderRecord, instrument: Instrument, clock: Clock): Record<string, unknown> {
  return {
    symbol: instrument.name,
    orderId: order.orderId,
    orderListId: listIdOf(order),
    clientOrderId: order.clientOrderId,
    ...amounts(order, instrument),
    stopPrice: priceText(instrument, order.stopPrice),
    icebergQty: quantityText(instrument, order.icebergQuantity),
    ...conditional(order, instrument, clock),
    time: clock.time(order.time),
    updateTime: clock.time(order.updateTime),
    isWorking: order.working || order.workingTime > 0,
    workingTime: order.workingTime === 0 ? -1 : clock.time(order.workingTime),
    selfTradePreventionMode: selfTradeNames[order.selfTradePrevention],
  };
}

/** A cancelled order; `cancelId` is the id that the cancel itself bears. */
export function cancelledView(order: OrderRecord, cancelId: string, instrument: Instrument, clock: Clock): Record<string, unknown> {
  return {
    symbol: instrument.name,
    origClientOrderId: order.clientOrderId,
    orderId: order.orderId,
    orderListId: listIdOf(order),
    clientOrderId: cancelId,
    transactTime: clock.time(order.updateTime),
    ...amounts(order, instrument),
    ...conditional(order, instrument, clock),
    selfTradePreventionMode: selfTradeNames[order.selfTradePrevention],
  };
}

/** A fill as `myTrades` shows it. */
export function accountTradeView(trade: AccountTrade, instrument: Instrument, instruments: Instruments, clock: Clock) {
  const feeAsset = instruments.asset(trade.feeAsset)!;
  return {
    symbol: instrument.name,
    id: trade.tradeId,
    orderId: trade.orderId,
    orderListId: trade.listId === 0 ? -1 : trade.listId,
    price: priceText(instrument, trade.price),
    qty: quantityText(instrument, trade.quantity),
    quoteQty: quoteText(instrument, trade.quoteAmount),
    commission: amountText(feeAsset, trade.fee),
    commissionAsset: feeAsset.name,
    time: clock.time(trade.time),
    isBuyer: trade.isBuyer,
    isMaker: trade.isMaker,
    isBestMatch: true,
  };
}

/** Binance's two states of a list. */
export const listStates = {
  executing: { listStatusType: "EXEC_STARTED", listOrderStatus: "EXECUTING" },
  allDone: { listStatusType: "ALL_DONE", listOrderStatus: "ALL_DONE" },
  rejected: { listStatusType: "RESPONSE", listOrderStatus: "REJECT" },
} as const satisfies Record<OrderListChanged["status"], object>;

/** An OTOCO is an OTO whose pending part is an OCO: Binance shows it as OTO. */
export const contingencyName = (contingency: OrderListChanged["contingency"]) => (contingency === "OCO" ? "OCO" : "OTO");

/** A list without its order reports. */
export function listView(
  list: Pick<OrderListChanged, "listId" | "contingency" | "status" | "listClientOrderId">,
  time: number,
  orders: readonly { orderId: number; clientOrderId: string }[],
  instrument: Instrument,
  clock: Clock,
): Record<string, unknown> {
  return {
    orderListId: list.listId,
    contingencyType: contingencyName(list.contingency),
    ...listStates[list.status],
    listClientOrderId: list.listClientOrderId,
    transactionTime: clock.time(time),
    symbol: instrument.name,
    orders: orders.map(({ orderId, clientOrderId }) => ({ symbol: instrument.name, orderId, clientOrderId })),
  };
}

export type ListEvent = Extract<Event, { kind: "orderListChanged" }>;
