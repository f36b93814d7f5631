/**
 * Operations on order lists: OCO (one cancels the other), OTO (one triggers the other) and OTOCO (one triggers an OCO).
 */

import type { NewOrderList, OrderListChanged, OrderParameters } from "@bourse/engine";
import type { Instrument, OrderListRecord } from "../../services/ports";
import { ApiError, cancelAction, newOrderAction, noSuchList } from "../errors";
import { instrumentNamed } from "../market/instrument";
import { type Call, type Operation, operation } from "../operation";
import * as parameter from "../parameters";
import type { Services } from "../services";
import { clientOrderKey, newClientOrderId } from "./client-order-id";
import * as list from "./list-parameters";
import { assertOcoTypes, readLeg } from "./list-parameters";
import { cancelledView, listView, placedView } from "./order-view";
import { assertLimit, assertSpan, timeRange } from "./queries";
import { assertAccepted, header, placedOrders, type Submission } from "./submission";
import { closedIn, closedOrder } from "./trading";

const { optional } = parameter;

/** How a list is named. */
const listReference = {
  orderListId: optional(parameter.integer("Number of the list.")),
  listClientOrderId: optional(parameter.clientOrderId("Id of the list.")),
};

export function listOperations(services: Services, submission: Submission): Operation[] {
  const { instruments, history } = services;

  /** Submits a list and shows what became of its legs. */
  async function place(
    contingency: NewOrderList["contingency"],
    legs: OrderParameters[],
    instrument: Instrument,
    values: { listClientOrderId?: string; newOrderRespType?: "ACK" | "RESULT" | "FULL" },
    call: Call,
  ) {
    const listClientOrderId = values.listClientOrderId ?? newClientOrderId();
    const { events } = await submission.submit(
      {
        kind: "newOrderList",
        ...header(call),
        account: call.account,
        symbol: instrument.symbol,
        contingency,
        legs,
        listClientKey: clientOrderKey(listClientOrderId),
        listClientOrderId,
      },
      call,
    );
    assertAccepted(events, newOrderAction);
    const lists = events.filter((event): event is OrderListChanged => event.kind === "orderListChanged" && event.account === call.account);
    const list = lists[lists.length - 1];
    const placed = placedOrders(events, call.account, history);
    const detail = values.newOrderRespType ?? "RESULT";
    return {
      ...listView(
        list,
        list.time,
        placed.map((each) => each.order),
        instrument,
        call,
      ),
      orderReports: placed.map((each) => placedView(each, instrument, services, detail, call)),
    };
  }

  const placeOco = operation({
    summary: "Places two orders of which one cancels the other.",
    rest: "POST /api/v3/orderList/oco",
    socket: "orderList.place.oco",
    security: "trade",
    parameters: list.ocoParameters,
    run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      assertOcoTypes(values.side, values.aboveType, values.belowType);
      const legs = ["above", "below"].map((prefix) => readLeg(values, prefix, values.side, values.quantity, "quantity", instrument));
      return place("OCO", legs, instrument, values, call);
    },
  });

  const placeFormerOco = operation({
    summary: "Places two orders of which one cancels the other, with the parameters that came before those of orderList/oco.",
    rest: "POST /api/v3/order/oco",
    socket: "orderList.place",
    security: "trade",
    parameters: list.formerOcoParameters,
    run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      return place("OCO", list.readFormerOco(values, instrument), instrument, values, call);
    },
  });

  const refuseOpo = ({ symbol }: { symbol: string }): never => {
    instrumentNamed(instruments, symbol);
    throw new ApiError(newOrderAction, "OPO orders are not supported for this symbol.");
  };
  // exchangeInfo tells of each symbol that it does not allow these (`opoAllowed`).
  const placeOpo = operation({
    summary: "Would place an OTO that pays with what its working order receives: no symbol allows it.",
    rest: "POST /api/v3/orderList/opo",
    socket: "orderList.place.opo",
    security: "trade",
    parameters: list.opoParameters,
    run: refuseOpo,
  });
  const placeOpoco = operation({
    summary: "Would place an OTOCO that pays with what its working order receives: no symbol allows it.",
    rest: "POST /api/v3/orderList/opoco",
    socket: "orderList.place.opoco",
    security: "trade",
    parameters: list.opocoParameters,
    run: refuseOpo,
  });

  const placeOto = operation({
    summary: "Places an order that brings another when it is filled.",
    rest: "POST /api/v3/orderList/oto",
    socket: "orderList.place.oto",
    security: "trade",
    parameters: list.otoParameters,
    run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      const legs = [
        readLeg(values, "working", values.workingSide, values.workingQuantity, "workingQuantity", instrument),
        readLeg(values, "pending", values.pendingSide, values.pendingQuantity, "pendingQuantity", instrument),
      ];
      return place("OTO", legs, instrument, values, call);
    },
  });

  const placeOtoco = operation({
    summary: "Places an order that brings an OCO when it is filled.",
    rest: "POST /api/v3/orderList/otoco",
    socket: "orderList.place.otoco",
    security: "trade",
    parameters: list.otocoParameters,
    run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      const { pendingSide, pendingQuantity } = values;
      assertOcoTypes(pendingSide, values.pendingAboveType, values.pendingBelowType);
      const legs = [
        readLeg(values, "working", values.workingSide, values.workingQuantity, "workingQuantity", instrument),
        readLeg(values, "pendingAbove", pendingSide, pendingQuantity, "pendingQuantity", instrument),
        readLeg(values, "pendingBelow", pendingSide, pendingQuantity, "pendingQuantity", instrument),
      ];
      return place("OTOCO", legs, instrument, values, call);
    },
  });

  /** The list that a request names; throws when it names none. */
  async function listNamed(
    account: number,
    orderListId: number | undefined,
    listClientOrderId: string | undefined,
  ): Promise<OrderListRecord> {
    if (orderListId === undefined && listClientOrderId === undefined) {
      throw new ApiError(-1102, "Param 'orderListId' or 'listClientOrderId' must be sent, but both were empty/null!");
    }
    const by = orderListId !== undefined ? { listId: orderListId } : { listClientOrderId: listClientOrderId! };
    const list = await history.orderList(account, by);
    if (list === undefined) throw noSuchList();
    if (listClientOrderId !== undefined && list.listClientOrderId !== listClientOrderId) throw noSuchList();
    return list;
  }

  /** A list with the ids of its legs. */
  async function recordView(list: OrderListRecord, call: Call) {
    const instrument = instruments.bySymbol(list.symbol)!;
    const orders = await Promise.all(list.orderIds.map((orderId) => history.order(list.account, list.symbol, { orderId })));
    const found = orders.filter((each) => each !== undefined);
    return listView(list, list.updateTime, found, instrument, call);
  }

  const cancelList = operation({
    summary: "Cancels all legs of a list.",
    rest: "DELETE /api/v3/orderList",
    socket: "orderList.cancel",
    security: "trade",
    parameters: {
      symbol: parameter.symbol(),
      ...listReference,
      newClientOrderId: optional(parameter.clientOrderId("Id of this cancel; made up when absent.")),
    },
    async run(values, call) {
      const instrument = instrumentNamed(instruments, values.symbol);
      const { orderListId, listClientOrderId } = values;
      if (orderListId !== undefined && listClientOrderId !== undefined) await listNamed(call.account, orderListId, listClientOrderId);
      if (orderListId === undefined && listClientOrderId === undefined) await listNamed(call.account, undefined, undefined);
      const cancelId = values.newClientOrderId ?? newClientOrderId();
      const { events } = await submission.submit(
        {
          kind: "cancelOrderList",
          ...header(call),
          account: call.account,
          symbol: instrument.symbol,
          listId: orderListId ?? 0,
          listClientKey: orderListId === undefined ? clientOrderKey(listClientOrderId!) : 0n,
          clientOrderId: cancelId,
        },
        call,
      );
      assertAccepted(events, cancelAction);
      const changed = events.find(
        (event): event is OrderListChanged => event.kind === "orderListChanged" && event.account === call.account,
      )!;
      const records = await Promise.all(closedIn(events, call.account).map((event) => closedOrder(services, event)));
      const list = (await history.orderList(call.account, { listId: changed.listId })) ?? changed;
      return {
        ...listView({ ...changed, listClientOrderId: list.listClientOrderId }, changed.time, records, instrument, call),
        orderReports: records.map((record) => cancelledView(record, cancelId, instrument, call)),
      };
    },
  });

  const getList = operation({
    summary: "Shows a list.",
    rest: "GET /api/v3/orderList",
    socket: "orderList.status",
    security: "read",
    weight: 4,
    parameters: { orderListId: listReference.orderListId, origClientOrderId: listReference.listClientOrderId },
    async run({ orderListId, origClientOrderId }, call) {
      return recordView(await listNamed(call.account, orderListId, origClientOrderId), call);
    },
  });

  const openLists = operation({
    summary: "Lists open lists.",
    rest: "GET /api/v3/openOrderList",
    socket: "openOrderLists.status",
    security: "read",
    weight: 6,
    parameters: {},
    run: (_, call) => Promise.all(history.openOrderLists(call.account).map((list) => recordView(list, call))),
  });

  const allLists = operation({
    summary: "Lists lists, open and done, oldest first.",
    rest: "GET /api/v3/allOrderList",
    socket: "allOrderLists",
    security: "read",
    weight: 20,
    parameters: {
      fromId: optional(parameter.integer("From this list on.")),
      ...timeRange,
      limit: optional(parameter.limit(500, 1000)),
    },
    async run({ fromId, startTime, endTime, limit = 500 }, call) {
      assertLimit(limit);
      assertSpan(startTime, endTime);
      if (fromId !== undefined && (startTime !== undefined || endTime !== undefined)) {
        throw new ApiError(-1128, "Combination of optional parameters invalid.");
      }
      const lists = await history.allOrderLists(call.account, { fromId, startTime, endTime, limit });
      return Promise.all(lists.map((list) => recordView(list, call)));
    },
  });

  return [placeOco, placeFormerOco, placeOto, placeOtoco, placeOpo, placeOpoco, cancelList, getList, openLists, allLists];
}
