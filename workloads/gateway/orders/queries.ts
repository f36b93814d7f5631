/**
 * Operations that ask for an account's orders and fills.
 */

import type { OrderRecord } from "../../services/ports";
import { ApiError, archivedOrder, noSuchOrder } from "../errors";
import { instrumentNamed } from "../market/instrument";
import { type Call, type Operation, operation } from "../operation";
import * as parameter from "../parameters";
import type { Services } from "../services";
import { accountTradeView, orderView } from "./order-view";
import { orderReference } from "./trading";

const { optional } = parameter;

/** Orders and fills of an account are asked for by at most this span (rest-api.md, allOrders and myTrades). */
const longestSpan = 86_400_000;

/** An order that ended without a fill is shown for 90 days (errors.md, -2026); microseconds. */
const shownFor = 90 * 86_400_000_000;

const isArchived = ({ status, executed, updateTime }: OrderRecord, now: number) =>
  executed === 0 && !openStates.has(status) && updateTime < now - shownFor;

const openStates = new Set<OrderRecord["status"]>(["NEW", "PENDING_NEW", "PARTIALLY_FILLED"]);

/** Throws -1127 when both ends are given and lie further apart than 24 hours. */
export function assertSpan(startTime: number | undefined, endTime: number | undefined): void {
  if (startTime === undefined || endTime === undefined) return;
  if (endTime < startTime) throw new ApiError(-1128, "Combination of optional parameters invalid.");
  if (endTime - startTime > longestSpan) throw new ApiError(-1127, "More than 24 hours between startTime and endTime.");
}

export const timeRange = {
  startTime: optional(parameter.time("From this time on.")),
  endTime: optional(parameter.time("Up to this time.")),
};

export function orderQueries(services: Services): Operation[] {
  const { instruments, history } = services;

  const view = (record: OrderRecord, call: Call) => orderView(record, instruments.bySymbol(record.symbol)!, call);

  const getOrder = operation({
    summary: "Shows an order.",
    rest: "GET /api/v3/order",
    socket: "order.status",
    security: "read",
    weight: 4,
    parameters: { symbol: parameter.symbol(), ...orderReference },
    async run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      const { orderId, origClientOrderId } = values;
      if (orderId === undefined && origClientOrderId === undefined) {
        throw new ApiError(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!");
      }
      const by = orderId !== undefined ? { orderId } : { clientOrderId: origClientOrderId! };
      const record = await history.order(call.account, instrument.symbol, by);
      if (record === undefined) throw noSuchOrder();
      if (origClientOrderId !== undefined && record.clientOrderId !== origClientOrderId) {
        throw new ApiError(-2039, "Client order ID is not correct for this order ID.");
      }
      if (isArchived(record, call.received)) throw archivedOrder();
      return view(record, call);
    },
  });

  const openOrders = operation({
    summary: "Lists open orders of a symbol, or of all symbols.",
    rest: "GET /api/v3/openOrders",
    socket: "openOrders.status",
    security: "read",
    weight: ({ symbol }) => (symbol === undefined ? 80 : 6),
    parameters: { symbol: optional(parameter.symbol()) },
    run(values, call) {
      const symbol = values.symbol === undefined ? undefined : instrumentNamed(instruments, values.symbol).symbol;
      return history.openOrders(call.account, symbol).map((record) => view(record, call));
    },
  });

  const allOrders = operation({
    summary: "Lists orders of a symbol, open and closed, oldest first.",
    rest: "GET /api/v3/allOrders",
    socket: "allOrders",
    security: "read",
    weight: 20,
    parameters: {
      symbol: parameter.symbol(),
      orderId: optional(parameter.orderId("From this order on; without it the newest.")),
      ...timeRange,
      limit: optional(parameter.limit(500, 1000)),
    },
    async run({ symbol, orderId, startTime, endTime, limit = 500 }, call) {
      const instrument = instrumentNamed(instruments, symbol);
      assertSpan(startTime, endTime);
      assertLimit(limit);
      const records = await history.allOrders(call.account, instrument.symbol, { fromId: orderId, startTime, endTime, limit });
      return records.map((record) => view(record, call));
    },
  });

  const myTrades = operation({
    summary: "Lists fills of a symbol, oldest first.",
    rest: "GET /api/v3/myTrades",
    socket: "myTrades",
    security: "read",
    weight: ({ orderId }) => (orderId === undefined ? 20 : 5),
    parameters: {
      symbol: parameter.symbol(),
      orderId: optional(parameter.orderId("Only fills of this order.")),
      ...timeRange,
      fromId: optional(parameter.integer("From this trade id on.")),
      limit: optional(parameter.limit(500, 1000)),
    },
    async run({ symbol, orderId, startTime, endTime, fromId, limit = 500 }, call) {
      const instrument = instrumentNamed(instruments, symbol);
      assertSpan(startTime, endTime);
      assertLimit(limit);
      if (fromId !== undefined && (startTime !== undefined || endTime !== undefined)) {
        throw new ApiError(-1128, "Combination of optional parameters invalid.");
      }
      const trades = await history.trades(call.account, instrument.symbol, { orderId, startTime, endTime, fromId, limit });
      return trades.map((trade) => accountTradeView(trade, instrument, instruments, call));
    },
  });

  return [getOrder, openOrders, allOrders, myTrades];
}

/** A limit of 0 asks for nothing: -1130. */
export function assertLimit(limit: number): void {
  if (limit < 1) throw new ApiError(-1130, "Data sent for parameter 'limit' is not valid.");
}
