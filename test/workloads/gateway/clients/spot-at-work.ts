/** @binance/spot in the shared run, on ETHBTC. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { BadRequestError, ConnectorClientError, RequiredError, Spot, UnauthorizedError } from "@binance/spot";
import { type AtWork, eventually, type Untyped } from "./at-work";
import { type DepthEvent, LocalBook } from "./local-book";
import type { StartedExchange } from "./started-exchange";

export async function spotAtWork({ baseUrl, wsApiUrl, accounts }: StartedExchange): Promise<AtWork> {
  const { apiKey, secretKey: apiSecret } = accounts[0];
  const { restAPI, websocketAPI, websocketStreams } = new Spot({
    configurationRestAPI: { apiKey, apiSecret, basePath: baseUrl, timeout: 10_000 },
    configurationWebsocketAPI: { apiKey, apiSecret, wsURL: wsApiUrl, timeout: 10_000 },
    configurationWebsocketStreams: { wsURL: baseUrl.replace("http", "ws") },
  });
  const rest = restAPI as unknown as Record<string, (parameters?: object) => Promise<{ data(): Promise<Untyped> }>>;
  const call = async (name: string, parameters?: object) => (await rest[name](parameters)).data();
  const copy = new LocalBook(() => call("depth", { symbol: "BTCUSDT", limit: 5000 }));
  const streams = await websocketStreams.connect();
  streams.diffBookDepth({ symbol: "btcusdt", updateSpeed: "100ms" as never }).on("message", (event) => copy.onEvent(event as DepthEvent));
  const api = await websocketAPI.connect();
  const symbol = "ETHBTC";
  const rests = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 0.1, price: 0.03 };

  async function work(): Promise<void> {
    const heard: Untyped[] = [];
    (await api.userDataStreamSubscribeSignature()).stream.on("message", (event) => void heard.push(event));
    equal((await call("tickerBookTicker", { symbol })).bidPrice, "0.05990000");
    ok((await call("klines", { symbol, interval: "1m" })).length > 0);

    for (const order of [
      { symbol, side: "BUY", type: "MARKET", quantity: 0.01 },
      { symbol, side: "SELL", type: "MARKET", quantity: 0.01 },
      { symbol, side: "BUY", type: "MARKET", quoteOrderQty: 0.001 },
    ]) {
      equal((await call("newOrder", order)).status, "FILLED");
    }
    const { timeInForce, price, ...unpriced } = rests;
    for (const order of [
      rests,
      { ...unpriced, type: "LIMIT_MAKER", price },
      { ...unpriced, type: "STOP_LOSS", side: "SELL", stopPrice: 0.03 },
      { ...rests, type: "STOP_LOSS_LIMIT", side: "SELL", stopPrice: 0.03, price: 0.029 },
      { ...unpriced, type: "TAKE_PROFIT", side: "SELL", stopPrice: 0.09 },
      { ...rests, type: "TAKE_PROFIT_LIMIT", side: "SELL", stopPrice: 0.09, price: 0.09 },
      { ...unpriced, type: "STOP_LOSS", side: "SELL", trailingDelta: 500 },
      { ...rests, type: "STOP_LOSS_LIMIT", side: "SELL", trailingDelta: 500, stopPrice: 0.05, price: 0.04 },
      { ...unpriced, type: "TAKE_PROFIT", side: "SELL", trailingDelta: 500, stopPrice: 0.09 },
      { ...rests, type: "TAKE_PROFIT_LIMIT", side: "BUY", trailingDelta: 500, stopPrice: 0.05 },
      { ...rests, icebergQty: 0.02 },
    ]) {
      await call("orderTest", order);
      const { orderId } = await call("newOrder", order);
      const found = await call("getOrder", { symbol, orderId });
      deepEqual([found.status, found.type], ["NEW", order.type], JSON.stringify(order));
      if ("trailingDelta" in order) deepEqual([found.trailingDelta, found.trailingTime === -1], [500, "stopPrice" in order]);
      if ("icebergQty" in order) equal(found.icebergQty, "0.02000000");
      equal((await call("deleteOrder", { symbol, orderId })).status, "CANCELED");
    }
    for (const timeInForce of ["IOC", "FOK"]) {
      equal((await call("newOrder", { ...rests, timeInForce, newOrderRespType: "RESULT" })).status, "EXPIRED");
    }
    const { orderId } = await call("newOrder", rests);
    const replaced = await call("orderCancelReplace", {
      ...rests,
      price: 0.031,
      cancelReplaceMode: "STOP_ON_FAILURE",
      cancelOrderId: orderId,
    });
    const amended = { symbol, orderId: replaced.newOrderResponse.orderId, newQty: 0.05 };
    equal((await call("orderAmendKeepPriority", amended)).amendedOrder.qty, "0.05000000");
    equal((await call("deleteOrder", { symbol, orderId: amended.orderId })).status, "CANCELED");

    const above = { aboveType: "LIMIT_MAKER", abovePrice: 0.09 };
    const below = { belowType: "STOP_LOSS", belowStopPrice: 0.03 };
    const working = { workingType: "LIMIT", workingSide: "BUY", workingPrice: 0.03, workingQuantity: 0.1, workingTimeInForce: "GTC" };
    const pending = { pendingSide: "SELL", pendingQuantity: 0.1 };
    for (const [name, order] of [
      ["orderListOco", { symbol, side: "SELL", quantity: 0.1, ...above, ...below }],
      ["orderListOto", { symbol, ...working, ...pending, pendingType: "MARKET" }],
      [
        "orderListOtoco",
        {
          symbol,
          ...working,
          ...pending,
          ...{ pendingAboveType: "LIMIT_MAKER", pendingAbovePrice: 0.09, pendingBelowType: "STOP_LOSS", pendingBelowStopPrice: 0.025 },
        },
      ],
    ] as const) {
      const { orderListId } = await call(name, order);
      equal((await call("deleteOrderList", { symbol, orderListId })).listOrderStatus, "ALL_DONE");
    }

    await rejects(api.orderPlace({ ...rests, quantity: 50_000 } as never), (error: Untyped) => error.code === -2010);
    const placed = (await api.orderPlace(rests as never)).data as { orderId: number };
    await api.orderCancel({ symbol, orderId: placed.orderId });
    await eventually("report of the cancel", () =>
      heard.find(({ e, i, x }) => e === "executionReport" && i === placed.orderId && x === "CANCELED"),
    );
    const both = [await call("newOrder", rests), await call("newOrder", { ...rests, price: 0.031 })];
    const swept = await call("deleteOpenOrders", { symbol });
    deepEqual(
      swept.map((each: Untyped) => [each.orderId, each.status]),
      both.map((each) => [each.orderId, "CANCELED"]),
    );

    const unknown = { symbol, orderId: 987_654_321 };
    for (const [refused, text] of [
      [call("newOrder", { ...rests, quantity: 50_000 }), "Account has insufficient balance for requested action."],
      [call("newOrder", { ...unpriced, type: "LIMIT_MAKER", price: 0.0601 }), "Order would immediately match and take."],
      [call("newOrder", { ...unpriced, type: "STOP_LOSS", side: "SELL", stopPrice: 0.07 }), "Order would trigger immediately."],
      [call("newOrder", { ...rests, price: 0.0300001 }), "Filter failure: PRICE_FILTER"],
      [call("newOrder", { ...rests, quantity: 0.001 }), "Filter failure: NOTIONAL"],
      [call("newOrder", { ...rests, price: 0.001 }), "Filter failure: PERCENT_PRICE_BY_SIDE"],
      [call("orderTest", { ...rests, price: 0.001 }), "Filter failure: PERCENT_PRICE_BY_SIDE"],
      [call("deleteOrder", unknown), "Unknown order sent."],
      [call("getOrder", unknown), "Order does not exist."],
      [call("deleteOpenOrders", { symbol }), "Unknown order sent."],
      [call("deleteOrderList", { symbol, orderListId: 987_654_321 }), "Unknown order sent."],
      [call("getOrderList", { orderListId: 987_654_321 }), "Order list does not exist."],
      [call("depth", { symbol: "NOSUCH" }), "Invalid symbol."],
    ] as const) {
      await rejects(refused, (error) => error instanceof BadRequestError && error.message === text, text);
    }
    const halfDone = { ...rests, cancelReplaceMode: "ALLOW_FAILURE", cancelOrderId: unknown.orderId, newClientOrderId: "spot-half" };
    await rejects(call("orderCancelReplace", halfDone), (error) => error instanceof ConnectorClientError && error.code === -2021);
    equal((await call("deleteOrder", { symbol, origClientOrderId: "spot-half" })).status, "CANCELED");
    await rejects(call("deleteOrder", {}), RequiredError);
    const stranger = new Spot({ configurationRestAPI: { apiKey: "X".repeat(64), apiSecret: "nothing", basePath: baseUrl } });
    await rejects(stranger.restAPI.getAccount(), UnauthorizedError);
  }

  return {
    work: work(),
    book: (lastUpdateId) => copy.at(lastUpdateId),
    async close() {
      await streams.disconnect();
      await api.disconnect();
    },
  };
}
