/**
 * Operations that change an order: cancel and replace it in one step, or reduce it in its place in the queue.
 */

import type { Event, OrderAmended, Rejected } from "@bourse/engine";
import { RejectReason } from "@bourse/engine";
import type { Instrument, OrderRecord } from "../../services/ports";
import { TooManyOrders } from "../../services/trading/port";
import { ApiError, amendAction, cancelAction, newOrderAction, noSuchOrder, rejection, tooManyOrders } from "../errors";
import {
  instrumentNamed,
  priceText,
  quantityText,
  quoteText,
  selfTradeNames,
  sideNames,
  timeInForceNames,
  typeNames,
} from "../market/instrument";
import { type Call, type Operation, operation } from "../operation";
import * as parameter from "../parameters";
import type { Services } from "../services";
import { clientOrderKey, newClientOrderId } from "./client-order-id";
import { lots } from "./order-parameters";
import { cancelledView, listView, placedView, preventedQuantities } from "./order-view";
import { assertLimit } from "./queries";
import { assertAccepted, header, placedOrders, type Submission } from "./submission";
import {
  cancelRestrictions,
  closedIn,
  closedOrder,
  defaultDetail,
  orderNamed,
  orderParameters,
  orderReference,
  readSingleOrder,
  restrictionOf,
  withStrategy,
} from "./trading";

const { optional } = parameter;

/** One half of a cancel-replace: what it answered, or why it failed. */
type Half =
  | { result: "SUCCESS"; response: unknown }
  | { result: "FAILURE"; response: unknown }
  | { result: "NOT_ATTEMPTED"; response: null };

const failed = (error: ApiError): Half => ({ result: "FAILURE", response: error.body() });

/** The outcome of both halves: 200, or -2021 (409) when one failed, or -2022 (400) when nothing was done. */
function outcome(cancel: Half, placed: Half, overLimit = false): Record<string, unknown> {
  const body = {
    cancelResult: cancel.result,
    newOrderResult: placed.result,
    cancelResponse: cancel.response,
    newOrderResponse: placed.response,
  };
  if (cancel.result === "SUCCESS" && placed.result === "SUCCESS") return body;
  const nothing = cancel.result !== "SUCCESS" && placed.result !== "SUCCESS";
  const status = overLimit ? 429 : nothing ? 400 : 409;
  if (nothing) throw new ApiError(-2022, "Order cancel-replace failed.", status, { data: body });
  throw new ApiError(-2021, "Order cancel-replace partially failed.", status, { data: body });
}

export function changeOperations(services: Services, submission: Submission): Operation[] {
  const { instruments, history, wallet } = services;

  /** The cancelled order among the events, or the refusal of the cancel. */
  async function cancelHalf(events: readonly Event[], refusal: Rejected | undefined, cancelId: string, instrument: Instrument, call: Call) {
    const [closed] = closedIn(events, call.account);
    if (closed !== undefined) {
      return { result: "SUCCESS", response: cancelledView(await closedOrder(services, closed), cancelId, instrument, call) } satisfies Half;
    }
    return failed(rejection(refusal?.reason ?? RejectReason.UNKNOWN_ORDER, cancelAction));
  }

  const cancelReplace = operation({
    summary: "Cancels an order and places another, in one step.",
    rest: "POST /api/v3/order/cancelReplace",
    socket: "order.cancelReplace",
    security: "trade",
    parameters: {
      ...orderParameters,
      cancelReplaceMode: parameter.oneOf(["STOP_ON_FAILURE", "ALLOW_FAILURE"], "Whether a failed cancel stops the new order."),
      cancelNewClientOrderId: optional(parameter.clientOrderId("Id of the cancel; made up when absent.")),
      cancelOrigClientOrderId: optional(parameter.clientOrderId("Client order id of the order to cancel.")),
      cancelOrderId: optional(parameter.orderId("Number of the order to cancel.")),
      cancelRestrictions: optional(cancelRestrictions()),
      orderRateLimitExceededMode: optional(
        parameter.oneOf(["DO_NOTHING", "CANCEL_ONLY"], "Whether the cancel is done although the new order is over the limit."),
      ),
    },
    async run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      const order = readSingleOrder(values, instrument);
      const target = await orderNamed(
        services,
        call.account,
        instrument.symbol,
        { orderId: values.cancelOrderId, clientOrderId: values.cancelOrigClientOrderId },
        ["cancelOrigClientOrderId", "cancelOrderId"],
      );
      const cancelId = values.cancelNewClientOrderId ?? newClientOrderId();
      const onlyIf = restrictionOf(values.cancelRestrictions);
      const common = { ...header(call), account: call.account, symbol: instrument.symbol, onlyIf } as const;

      const replace = {
        ...common,
        kind: "cancelReplace",
        mode: values.cancelReplaceMode === "STOP_ON_FAILURE" ? "stopOnFailure" : "allowFailure",
        cancelOrderId: target.orderId,
        cancelClientKey: target.clientKey,
        cancelClientOrderId: cancelId,
        order,
      } as const;
      let events: readonly Event[];
      try {
        ({ events } = await submission.submit(replace, call));
      } catch (error) {
        if (!(error instanceof TooManyOrders) || values.orderRateLimitExceededMode !== "CANCEL_ONLY") throw error;
        ({ events } = await submission.submit({ ...common, kind: "cancelOrder", ...target, clientOrderId: cancelId }, call));
        const cancel = await cancelHalf(events, refusals(events)[0], cancelId, instrument, call);
        const notPlaced: Half = cancel.result === "SUCCESS" ? failed(tooManyOrders(error)) : { result: "NOT_ATTEMPTED", response: null };
        return outcome(cancel, notPlaced, true);
      }

      const refused = refusals(events).filter(({ reason }) => reason !== RejectReason.NOT_ATTEMPTED);
      const notAttempted = refusals(events).length > refused.length;
      const cancelled = closedIn(events, call.account).length > 0;
      const placed = placedOrders(events, call.account, history)[0];
      assertAttempted(refused, cancelled, placed !== undefined, notAttempted);

      const cancel = await cancelHalf(events, refused[0], cancelId, instrument, call);
      if (placed !== undefined) {
        const detail = values.newOrderRespType ?? defaultDetail(values.type);
        const response = withStrategy(placedView(placed, instrument, services, detail, call), values);
        return outcome(cancel, { result: "SUCCESS", response });
      }
      if (notAttempted) return outcome(cancel, { result: "NOT_ATTEMPTED", response: null });
      return outcome(cancel, failed(rejection(refused[cancelled ? 0 : 1].reason, newOrderAction)));
    },
  });

  const amend = operation({
    summary: "Reduces an order's quantity; it keeps its place in the queue.",
    rest: "PUT /api/v3/order/amend/keepPriority",
    socket: "order.amend.keepPriority",
    security: "trade",
    weight: 4,
    parameters: {
      symbol: parameter.symbol(),
      ...orderReference,
      newQty: parameter.decimal("New total quantity: below the present one, above what is executed."),
      newClientOrderId: optional(parameter.clientOrderId("New id of the order; it keeps its own when absent.")),
    },
    async run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      const named = { orderId: values.orderId, clientOrderId: values.origClientOrderId };
      const target = await orderNamed(services, call.account, instrument.symbol, named);
      const by = target.orderId !== 0 ? { orderId: target.orderId } : { clientOrderId: values.origClientOrderId! };
      const before = await history.order(call.account, instrument.symbol, by);
      if (before === undefined) throw rejection(RejectReason.UNKNOWN_ORDER, amendAction);
      const quantity = lots(values.newQty, instrument, "newQty");
      if (quantity === before.quantity) throw new ApiError(amendAction, "The requested action would change no state; rejecting");
      const { events, position } = await submission.submit(
        {
          kind: "amendOrder",
          ...header(call),
          account: call.account,
          symbol: instrument.symbol,
          ...target,
          quantity,
          newClientKey: values.newClientOrderId === undefined ? 0n : clientOrderKey(values.newClientOrderId),
          clientOrderId: values.newClientOrderId ?? "",
        },
        call,
      );
      assertAccepted(events, amendAction);
      const amended = events.find((event): event is OrderAmended => event.kind === "orderAmended")!;
      const after = await history.order(call.account, instrument.symbol, { orderId: amended.orderId });
      if (after === undefined) throw noSuchOrder();
      const view: Record<string, unknown> = {
        transactTime: call.time(amended.time),
        executionId: position.sequence,
        amendedOrder: amendedView(after, before.clientOrderId, instrument, call),
      };
      if (after.listId !== 0) view["listStatus"] = await listStatus(after, instrument, call);
      return view;
    },
  });

  /** The list of an amended order. */
  async function listStatus(order: OrderRecord, instrument: Instrument, call: Call) {
    const list = await history.orderList(order.account, { listId: order.listId });
    if (list === undefined) return undefined;
    const orders = await Promise.all(list.orderIds.map((orderId) => history.order(order.account, order.symbol, { orderId })));
    return listView(
      list,
      list.updateTime,
      orders.filter((each) => each !== undefined),
      instrument,
      call,
    );
  }

  const amendments = operation({
    summary: "Lists the amendments of an order, oldest first.",
    rest: "GET /api/v3/order/amendments",
    socket: "order.amendments",
    security: "read",
    weight: 4,
    parameters: {
      symbol: parameter.symbol(),
      orderId: parameter.orderId(),
      fromExecutionId: optional(parameter.integer("From this one on.")),
      limit: optional(parameter.limit(500, 1000)),
    },
    async run({ symbol, orderId, fromExecutionId, limit = 500 }, call) {
      assertLimit(limit);
      const instrument = instrumentNamed(instruments, symbol);
      const found = await history.amendments(call.account, instrument.symbol, orderId, { fromId: fromExecutionId, limit });
      return found.map((amendment) => ({
        symbol: instrument.name,
        orderId: amendment.orderId,
        executionId: amendment.executionId,
        origClientOrderId: amendment.originalClientOrderId,
        newClientOrderId: amendment.clientOrderId,
        origQty: quantityText(instrument, amendment.originalQuantity),
        newQty: quantityText(instrument, amendment.quantity),
        time: call.time(amendment.time),
      }));
    },
  });

  const preventedMatches = operation({
    summary: "Lists self-trades that were prevented: one, or those of an order.",
    rest: "GET /api/v3/myPreventedMatches",
    socket: "myPreventedMatches",
    security: "read",
    weight: ({ preventedMatchId }) => (preventedMatchId === undefined ? 20 : 2),
    parameters: {
      symbol: parameter.symbol(),
      preventedMatchId: optional(parameter.integer("Which one.")),
      orderId: optional(parameter.orderId()),
      fromPreventedMatchId: optional(parameter.integer("From this one on.")),
      limit: optional(parameter.limit(500, 1000)),
    },
    async run({ symbol, preventedMatchId, orderId, fromPreventedMatchId, limit = 500 }, call) {
      assertLimit(limit);
      const instrument = instrumentNamed(instruments, symbol);
      if ((preventedMatchId === undefined) === (orderId === undefined)) {
        throw new ApiError(-1128, "Combination of optional parameters invalid.");
      }
      const { tradeGroup = 0 } = wallet.account(call.account) ?? {};
      const by = preventedMatchId !== undefined ? { preventedMatchId } : { orderId: orderId!, fromId: fromPreventedMatchId, limit };
      const found = await history.preventedMatches(call.account, instrument.symbol, by);
      return found.map((match) => ({
        symbol: instrument.name,
        preventedMatchId: match.preventedMatchId,
        takerOrderId: match.takerOrderId,
        makerSymbol: instrument.name,
        makerOrderId: match.makerOrderId,
        tradeGroupId: tradeGroup || -1,
        selfTradePreventionMode: selfTradeNames[match.mode],
        price: priceText(instrument, match.price),
        ...preventedQuantities(match, instrument),
        transactTime: call.time(match.time),
      }));
    },
  });

  return [cancelReplace, amend, amendments, preventedMatches];
}

const refusals = (events: readonly Event[]) => events.filter((event): event is Rejected => event.kind === "rejected");

/** A command that was refused before either half was tried is answered with its own error: filters are checked before the cancel. */
function assertAttempted(refused: readonly Rejected[], cancelled: boolean, placed: boolean, notAttempted: boolean): void {
  if (cancelled || placed || notAttempted || refused.length !== 1) return;
  throw rejection(refused[0].reason, newOrderAction);
}

function amendedView(order: OrderRecord, originalId: string, instrument: Instrument, call: Call) {
  return {
    symbol: instrument.name,
    orderId: order.orderId,
    orderListId: order.listId === 0 ? -1 : order.listId,
    origClientOrderId: originalId,
    clientOrderId: order.clientOrderId,
    price: priceText(instrument, order.price),
    qty: quantityText(instrument, order.quantity),
    executedQty: quantityText(instrument, order.executed),
    preventedQty: quantityText(instrument, order.preventedQuantity),
    quoteOrderQty: quoteText(instrument, order.quoteQuantity),
    cumulativeQuoteQty: quoteText(instrument, order.executedQuote),
    status: order.status,
    timeInForce: timeInForceNames[order.timeInForce],
    type: typeNames[order.type],
    side: sideNames[order.side],
    ...(order.workingTime === 0 ? {} : { workingTime: call.time(order.workingTime) }),
    selfTradePreventionMode: selfTradeNames[order.selfTradePrevention],
  };
}
