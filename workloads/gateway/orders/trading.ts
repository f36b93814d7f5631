/**
 * Operations that place and cancel single orders.
 */

import type { Event, OrderClosed, OrderListChanged } from "@bourse/engine";
import type { Instrument, OrderRecord } from "../../services/ports";
import { ApiError, cancelAction, newOrderAction, noSuchOrder, rejection } from "../errors";
import { instrumentNamed } from "../market/instrument";
import { type Call, type Operation, operation } from "../operation";
import * as parameter from "../parameters";
import type { Services } from "../services";
import { clientOrderKey, newClientOrderId } from "./client-order-id";
import { assertFilters } from "./order-filters";
import * as order from "./order-parameters";
import { acceptedView, cancelledView, listView, placedView } from "./order-view";
import { acceptedIn, assertAccepted, header, newOrder, placedOrders, refusalIn, type Submission } from "./submission";

const { optional } = parameter;

/** Parameters of one order that stands alone. */
export const orderParameters = {
  symbol: parameter.symbol(),
  side: order.side(),
  type: order.orderType(),
  timeInForce: optional(order.timeInForce()),
  quantity: optional(parameter.decimal("Quantity of the base asset.")),
  quoteOrderQty: optional(parameter.decimal("Amount of the quote asset that a MARKET order spends or receives.")),
  price: optional(parameter.decimal("Limit price.")),
  newClientOrderId: optional(parameter.clientOrderId("Id of the client's own, unique among its open orders; made up when absent.")),
  strategyId: optional(order.strategyId()),
  strategyType: optional(order.strategyType()),
  stopPrice: optional(parameter.decimal("Price at which a stop or take-profit order becomes live.")),
  trailingDelta: optional(parameter.integer("Trailing distance in basis points.", 1)),
  icebergQty: optional(parameter.decimal("Part of the quantity that the book shows.")),
  newOrderRespType: optional(order.responseType()),
  selfTradePreventionMode: optional(order.selfTradePreventionMode()),
  pegPriceType: optional(order.pegPriceType()),
  pegOffsetType: optional(order.pegOffsetType()),
  pegOffsetValue: optional(order.pegOffsetValue()),
};

type OrderParameterValues = parameter.Parameters<typeof orderParameters>;

/** How an order to be cancelled or changed is named. */
export const orderReference = {
  orderId: optional(parameter.orderId()),
  origClientOrderId: optional(parameter.clientOrderId("Client order id of the order.")),
};

export const cancelRestrictions = () =>
  parameter.oneOf(["ONLY_NEW", "ONLY_PARTIALLY_FILLED"], "Cancel only an order in this state.", "cancelRestrictions");

export const restrictionOf = (value: "ONLY_NEW" | "ONLY_PARTIALLY_FILLED" | undefined) =>
  value === undefined ? "any" : value === "ONLY_NEW" ? "new" : "partiallyFilled";

/** Detail of the answer when the client asks for none: rest-api.md, `newOrderRespType`. */
export const defaultDetail = (type: string) => (type === "MARKET" || type === "LIMIT" ? "FULL" : "ACK");

export function assertStrategy(strategyType: number | undefined): void {
  if (strategyType !== undefined && strategyType < 1_000_000) throw new ApiError(-1134, "`strategyType` was less than 1000000.");
}

export function readSingleOrder(values: OrderParameterValues, instrument: Instrument) {
  assertStrategy(values.strategyType);
  order.assertNotPegged([values.pegPriceType, values.pegOffsetType, values.pegOffsetValue]);
  // Field by field: a spread of an object that was filled name by name costs more than all the rest.
  const { side, type, timeInForce, quantity, quoteOrderQty, price, stopPrice, trailingDelta, icebergQty, selfTradePreventionMode } = values;
  const amounts = { quantity, quoteOrderQty, price, stopPrice, trailingDelta, icebergQty };
  return order.readOrder(
    { ...amounts, side, type, timeInForce, selfTradePreventionMode, clientOrderId: values.newClientOrderId },
    instrument,
  );
}

/** The order and symbol that a command names; throws when the request names none, or two that differ (-2039). */
export async function orderNamed(
  services: Services,
  account: number,
  symbol: number,
  named: { orderId?: number; clientOrderId?: string },
  names: [string, string] = ["origClientOrderId", "orderId"],
): Promise<{ orderId: number; clientKey: bigint }> {
  const { orderId, clientOrderId } = named;
  if (orderId === undefined && clientOrderId === undefined) {
    throw new ApiError(-1102, `Param '${names[0]}' or '${names[1]}' must be sent, but both were empty/null!`);
  }
  if (orderId === undefined) return { orderId: 0, clientKey: clientOrderKey(clientOrderId!) };
  if (clientOrderId !== undefined) {
    const found = await services.history.order(account, symbol, { orderId });
    if (found !== undefined && found.clientOrderId !== clientOrderId) {
      throw new ApiError(-2039, "Client order ID is not correct for this order ID.");
    }
  }
  return { orderId, clientKey: 0n };
}

/** Orders of `account` that the events closed on request, in order. */
export const closedIn = (events: readonly Event[], account: number) =>
  events.filter((event): event is OrderClosed => event.kind === "orderClosed" && event.account === account);

/** The record of an order that a command has just closed: history has seen the command. */
export async function closedOrder(services: Services, event: OrderClosed): Promise<OrderRecord> {
  const record = await services.history.order(event.account, event.symbol, { orderId: event.orderId });
  if (record === undefined) throw noSuchOrder();
  return record;
}

/** Adds the labels that were sent with an order to the answer. */
export function withStrategy(
  view: Record<string, unknown>,
  values: { strategyId?: number; strategyType?: number },
): Record<string, unknown> {
  if (values.strategyId !== undefined) view["strategyId"] = values.strategyId;
  if (values.strategyType !== undefined) view["strategyType"] = values.strategyType;
  return view;
}

export function tradingOperations(services: Services, submission: Submission): Operation[] {
  const { instruments } = services;

  const placeOrder = operation({
    summary: "Places an order.",
    rest: "POST /api/v3/order",
    socket: "order.place",
    security: "trade",
    parameters: orderParameters,
    async run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      const parameters = readSingleOrder(values, instrument);
      const result = await submission.submit(newOrder(parameters, instrument.symbol, call), call);
      assertAccepted(result.events, newOrderAction);
      const detail = values.newOrderRespType ?? defaultDetail(values.type);
      if (detail === "ACK") return withStrategy(acceptedView(acceptedIn(result.events, call.account), instrument, call), values);
      const [placed] = placedOrders(result.events, call.account, services.history);
      return withStrategy(placedView(placed, instrument, services, detail, call), values);
    },
  });

  const testOrder = operation({
    summary: "Checks an order without placing it.",
    rest: "POST /api/v3/order/test",
    socket: "order.test",
    security: "trade",
    weight: (values) => (values.computeCommissionRates ? 20 : 1),
    parameters: {
      ...orderParameters,
      computeCommissionRates: optional(parameter.flag("Answer with the commission rates that the order would pay.")),
    },
    run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      assertFilters(readSingleOrder(values, instrument), instrument, services.marketData);
      return values.computeCommissionRates ? commissionForOrder(services, call) : {};
    },
  });

  const cancelOrder = operation({
    summary: "Cancels an open order.",
    rest: "DELETE /api/v3/order",
    socket: "order.cancel",
    security: "trade",
    parameters: {
      symbol: parameter.symbol(),
      ...orderReference,
      newClientOrderId: optional(parameter.clientOrderId("Id of this cancel; made up when absent.")),
      cancelRestrictions: optional(cancelRestrictions()),
    },
    async run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      const named = { orderId: values.orderId, clientOrderId: values.origClientOrderId };
      const target = await orderNamed(services, call.account, instrument.symbol, named);
      const cancelId = values.newClientOrderId ?? newClientOrderId();
      const result = await submission.submit(
        {
          kind: "cancelOrder",
          ...header(call),
          account: call.account,
          symbol: instrument.symbol,
          ...target,
          onlyIf: restrictionOf(values.cancelRestrictions),
          clientOrderId: cancelId,
        },
        call,
      );
      assertAccepted(result.events, cancelAction);
      const closed = closedIn(result.events, call.account);
      const own = closed.find((event) => event.orderId === target.orderId) ?? closed[0];
      return cancelledView(await closedOrder(services, own), cancelId, instrument, call);
    },
  });

  const cancelAll = operation({
    summary: "Cancels all open orders of a symbol.",
    rest: "DELETE /api/v3/openOrders",
    socket: "openOrders.cancelAll",
    security: "trade",
    parameters: { symbol: parameter.symbol() },
    async run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      const result = await submission.submit(
        { kind: "cancelAllOrders", ...header(call), account: call.account, symbol: instrument.symbol },
        call,
      );
      const refusal = refusalIn(result.events);
      const closed = closedIn(result.events, call.account);
      if (refusal !== undefined) throw rejection(refusal.reason, cancelAction);
      if (closed.length === 0) throw new ApiError(cancelAction, "Unknown order sent.");
      const cancelId = newClientOrderId();
      const records = await Promise.all(closed.map((event) => closedOrder(services, event)));
      return cancelledOrders(records, result.events, cancelId, instrument, call);
    },
  });

  /** Orders that stood alone, and lists with their legs within, in the order in which they were placed. */
  async function cancelledOrders(
    records: readonly OrderRecord[],
    events: readonly Event[],
    cancelId: string,
    instrument: Instrument,
    call: Call,
  ) {
    const told = new Set<number>();
    const views: unknown[] = [];
    for (const record of records) {
      const { listId } = record;
      if (listId === 0) views.push(cancelledView(record, cancelId, instrument, call));
      if (listId === 0 || told.has(listId)) continue;
      told.add(listId);
      const changed = events.find((event): event is OrderListChanged => event.kind === "orderListChanged" && event.listId === listId)!;
      const list = (await services.history.orderList(call.account, { listId })) ?? changed;
      const legs = records.filter((each) => each.listId === listId);
      views.push({
        ...listView({ ...changed, listClientOrderId: list.listClientOrderId }, changed.time, legs, instrument, call),
        orderReports: legs.map((leg) => cancelledView(leg, cancelId, instrument, call)),
      });
    }
    return views;
  }

  return [placeOrder, testOrder, cancelOrder, cancelAll];
}

function commissionForOrder({ wallet }: Services, call: Call) {
  const state = wallet.account(call.account);
  return commissionRates(state?.makerRate ?? 0, state?.takerRate ?? 0, state?.discountFees ?? false, state?.discount ?? 0);
}

/** Rates in units of 10^-6 as Binance shows them for one order. */
export function commissionRates(maker: number, taker: number, discountFees: boolean, discount: number) {
  const none = { maker: "0.00000000", taker: "0.00000000" };
  return {
    standardCommissionForOrder: { maker: rateText(maker), taker: rateText(taker) },
    specialCommissionForOrder: none,
    taxCommissionForOrder: none,
    discount: discountView(discountFees, discount),
  };
}

/** A rate in units of 10^-6 as text. */
export const rateText = (rate: number) => (rate / 1e6).toFixed(8);

export const discountView = (enabled: boolean, discount: number, asset = "BNB") => ({
  enabledForAccount: enabled,
  enabledForSymbol: true,
  discountAsset: asset,
  discount: rateText(discount),
});
