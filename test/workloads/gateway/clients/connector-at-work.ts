/** @binance/connector, the older of Binance's clients, in the shared run, on BTCUSDT. */

import { deepEqual, equal } from "node:assert/strict";
import { type AtWork, eventually, type Untyped } from "./at-work";
import { type DepthEvent, LocalBook } from "./local-book";
import type { StartedExchange } from "./started-exchange";

// It has no types.
const { Spot, WebsocketAPI, WebsocketStream } = require("@binance/connector") as Record<string, new (...options: unknown[]) => Connector>;
type Connector = Record<string, (...parameters: unknown[]) => Untyped>;

export async function connectorAtWork({ baseUrl, wsApiUrl, accounts }: StartedExchange): Promise<AtWork> {
  const quiet = { debug() {}, info() {}, log() {}, warn() {}, error() {} };
  const { apiKey, secretKey } = accounts[0];
  const spot = new Spot(apiKey, secretKey, { baseURL: baseUrl });
  const copy = new LocalBook(async () => (await spot["depth"]("BTCUSDT", { limit: 5000 })).data);
  const onDepth = { message: (text: string) => copy.onEvent(JSON.parse(text) as DepthEvent) };
  const streams = new WebsocketStream({ logger: quiet, callbacks: onDepth, wsURL: baseUrl.replace("http", "ws") });
  streams["subscribe"]("btcusdt@depth@100ms");
  const answers: Untyped[] = [];
  const callbacks: { message(text: string): void; open?(): void } = { message: (text) => void answers.push(JSON.parse(text)) };
  const opened = new Promise<void>((resolve) => {
    callbacks.open = resolve;
  });
  const api = new WebsocketAPI(apiKey, secretKey, { logger: quiet, callbacks, wsURL: wsApiUrl });
  const heard: Untyped[] = [];
  const onUserData: typeof callbacks = { message: (text) => void heard.push(JSON.parse(text)) };
  const listening = new Promise<void>((resolve) => {
    onUserData.open = resolve;
  });
  const userData = new WebsocketStream({ logger: quiet, callbacks: onUserData, wsURL: baseUrl.replace("http", "ws") });
  const symbol = "BTCUSDT";
  const gtc = { timeInForce: "GTC", quantity: "0.001" };

  async function work(): Promise<void> {
    equal((await spot["bookTicker"](symbol)).data.bidPrice, "49950.00000000");
    for (const [side, type, options] of [
      ["BUY", "LIMIT", { ...gtc, price: "20000" }],
      ["BUY", "LIMIT_MAKER", { quantity: "0.001", price: "20000" }],
      ["BUY", "LIMIT", { ...gtc, price: "20000", icebergQty: "0.0002" }],
      ["SELL", "STOP_LOSS", { quantity: "0.001", stopPrice: "30000" }],
      ["SELL", "STOP_LOSS_LIMIT", { ...gtc, stopPrice: "30000", price: "29000" }],
      ["SELL", "TAKE_PROFIT", { quantity: "0.001", stopPrice: "70000" }],
      ["SELL", "TAKE_PROFIT_LIMIT", { ...gtc, stopPrice: "70000", price: "70000" }],
      ["SELL", "STOP_LOSS", { quantity: "0.001", trailingDelta: 500 }],
      ["SELL", "STOP_LOSS_LIMIT", { ...gtc, trailingDelta: 500, stopPrice: "45000", price: "40000" }],
      ["SELL", "TAKE_PROFIT", { quantity: "0.001", trailingDelta: 500, stopPrice: "70000" }],
      ["BUY", "TAKE_PROFIT_LIMIT", { ...gtc, trailingDelta: 500, stopPrice: "45000", price: "45000" }],
    ]) {
      await spot["newOrderTest"](symbol, side, type, options);
      const { data } = await spot["newOrder"](symbol, side, type, options);
      const found = (await spot["getOrder"](symbol, { orderId: data.orderId })).data;
      deepEqual([found.status, found.type], ["NEW", type], JSON.stringify(options));
      equal((await spot["cancelOrder"](symbol, { orderId: data.orderId })).data.status, "CANCELED");
    }
    for (const timeInForce of ["IOC", "FOK"]) {
      equal((await spot["newOrder"](symbol, "BUY", "LIMIT", { ...gtc, timeInForce, price: "20000" })).data.status, "EXPIRED");
    }
    equal((await spot["newOrder"](symbol, "BUY", "MARKET", { quoteOrderQty: "50.05" })).data.executedQty, "0.00100000");
    equal((await spot["newOrder"](symbol, "SELL", "MARKET", { quantity: "0.001" })).data.status, "FILLED");
    equal((await spot["newOrder"](symbol, "BUY", "MARKET", { quantity: "0.001" })).data.status, "FILLED");
    equal((await spot["newOrder"](symbol, "SELL", "MARKET", { quantity: "0.001" })).data.status, "FILLED");
    const first = (await spot["newOrder"](symbol, "BUY", "LIMIT", { ...gtc, price: "20000" })).data.orderId;
    const change = { ...gtc, price: "20001", cancelOrderId: first };
    const replaced = (await spot["cancelAndReplace"](symbol, "BUY", "LIMIT", "STOP_ON_FAILURE", change)).data;
    equal((await spot["cancelOrder"](symbol, { orderId: replaced.newOrderResponse.orderId })).data.status, "CANCELED");
    const legs = { abovePrice: "80000", belowStopPrice: "30000" };
    const list = (await spot["newOCOOrder"](symbol, "SELL", "0.001", "LIMIT_MAKER", "STOP_LOSS", legs)).data;
    equal((await spot["cancelOCOOrder"](symbol, { orderListId: list.orderListId })).data.listOrderStatus, "ALL_DONE");
    const unknown = { orderId: 987_654_321 };
    const stranger = new Spot("X".repeat(64), "nothing", { baseURL: baseUrl });
    const maker = { quantity: "0.001", price: "50050" };
    for (const [refused, status, code, msg] of [
      [
        spot["newOrder"](symbol, "BUY", "LIMIT", { ...gtc, quantity: "100", price: "40000" }),
        400,
        -2010,
        "Account has insufficient balance for requested action.",
      ],
      [spot["newOrder"](symbol, "BUY", "LIMIT_MAKER", maker), 400, -2010, "Order would immediately match and take."],
      [
        spot["newOrder"](symbol, "SELL", "STOP_LOSS", { quantity: "0.001", stopPrice: "60000" }),
        400,
        -2010,
        "Order would trigger immediately.",
      ],
      [spot["newOrder"](symbol, "BUY", "LIMIT", { ...gtc, price: "20000.001" }), 400, -1013, "Filter failure: PRICE_FILTER"],
      [spot["newOrder"](symbol, "BUY", "LIMIT", { ...gtc, quantity: "0.00001", price: "20000" }), 400, -1013, "Filter failure: NOTIONAL"],
      [spot["cancelOrder"](symbol, unknown), 400, -2011, "Unknown order sent."],
      [spot["getOrder"](symbol, unknown), 400, -2013, "Order does not exist."],
      [spot["cancelOCOOrder"](symbol, { orderListId: 987_654_321 }), 400, -2011, "Unknown order sent."],
      [spot["getOCOOrder"]({ orderListId: 987_654_321 }), 400, -2018, "Order list does not exist."],
      [spot["depth"]("NOSUCH"), 400, -1121, "Invalid symbol."],
      [stranger["account"](), 401, -2015, "Invalid API-key, IP, or permissions for action."],
    ] as const) {
      const { response } = await (refused as Promise<never>).catch((error: Untyped) => error);
      deepEqual([response?.status, response?.data], [status, { code, msg }]);
    }
    const halfDone = { ...gtc, price: "20000", cancelOrderId: unknown.orderId, newClientOrderId: "connector-half" };
    const half = await spot["cancelAndReplace"](symbol, "BUY", "LIMIT", "ALLOW_FAILURE", halfDone).catch(
      (error: Untyped) => error.response,
    );
    deepEqual([half.status, half.data.code, half.data.data.newOrderResult], [409, -2021, "SUCCESS"]);
    equal((await spot["cancelOrder"](symbol, { origClientOrderId: "connector-half" })).data.status, "CANCELED");

    await opened;
    api["startUserDataStream"]();
    const key = await eventually("listenKey", () => answers.find(({ result }) => result?.listenKey !== undefined));
    userData["userData"](key.result.listenKey);
    await listening;
    api["newOrder"](symbol, "BUY", "LIMIT", { ...gtc, price: "20000", newClientOrderId: "connector-1" });
    const placed = await eventually("answer", () => answers.find(({ result }) => result?.clientOrderId === "connector-1"));
    equal(placed.result.status, "NEW");
    api["cancelOrder"](symbol, { orderId: placed.result.orderId });
    await eventually("cancel", () =>
      answers.find(({ result }) => result?.origClientOrderId === "connector-1" && result.status === "CANCELED"),
    );
    await eventually("report of the cancel", () =>
      heard.find(({ e, x, C }) => e === "executionReport" && x === "CANCELED" && C === "connector-1"),
    );

    // What it knows over the WebSocket API beside that.
    const answer = (what: string, matches: (result: Untyped) => boolean) =>
      eventually(what, () => answers.find(({ result }) => result !== undefined && matches(result))?.result);
    api["newOrder"](symbol, "BUY", "LIMIT", { ...gtc, price: "20000", newClientOrderId: "connector-2" });
    await answer("order", ({ clientOrderId }) => clientOrderId === "connector-2");
    const edit = { ...gtc, price: "20001", cancelOrigClientOrderId: "connector-2", newClientOrderId: "connector-3" };
    api["cancelReplaceOrder"](symbol, "STOP_ON_FAILURE", "BUY", "LIMIT", edit);
    await answer("edited order", ({ newOrderResponse }) => newOrderResponse?.clientOrderId === "connector-3");
    api["cancelOrder"](symbol, { origClientOrderId: "connector-3" });
    await answer("cancel of the edited order", ({ origClientOrderId }) => origClientOrderId === "connector-3");
    api["newOCOOrder"](symbol, "SELL", "0.001", "LIMIT_MAKER", "STOP_LOSS", { ...legs, listClientOrderId: "connector-oco" });
    const placedList = await answer("list", ({ listClientOrderId }) => listClientOrderId === "connector-oco");
    api["cancelOCOOrder"](symbol, { orderListId: placedList.orderListId });
    await answer("cancel of the list", (result) => result.orderListId === placedList.orderListId && result.listOrderStatus === "ALL_DONE");
    api["cancelOrder"](symbol, unknown);
    deepEqual((await eventually("refusal", () => answers.find(({ error }) => error !== undefined))).error, {
      code: -2011,
      msg: "Unknown order sent.",
    });
  }

  return {
    work: work(),
    book: (lastUpdateId) => copy.at(lastUpdateId),
    async close() {
      for (const socket of [streams, userData, api]) socket["disconnect"]();
    },
  };
}
