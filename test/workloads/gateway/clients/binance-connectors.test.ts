/** Binance's own Node clients, unmodified: @binance/spot and the older @binance/connector. Only addresses and keys are set. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Spot as ModernSpot } from "@binance/spot";
import { type StartedExchange, startExchange } from "./started-exchange";

// The older connector has no types.
const {
  Spot: OlderSpot,
  WebsocketAPI,
  WebsocketStream,
} = require("@binance/connector") as Record<string, new (...options: unknown[]) => OlderClient>;
// biome-ignore lint/suspicious/noExplicitAny: an untyped library
type OlderClient = Record<string, (...parameters: unknown[]) => any>;

const quiet = { debug() {}, info() {}, log() {}, warn() {}, error() {} };

describe("Binance's Node clients", function () {
  this.timeout(60_000);
  let exchange: StartedExchange;
  let address: string;

  before(async () => {
    exchange = await startExchange();
    address = exchange.baseUrl.replace("http://", "");
  });

  after(async () => equal(await exchange.stop(), 0));

  describe("@binance/spot", () => {
    let spot: ModernSpot;

    before(() => {
      const [{ apiKey, secretKey }] = exchange.accounts;
      spot = new ModernSpot({
        configurationRestAPI: { apiKey, apiSecret: secretKey, basePath: exchange.baseUrl, timeout: 10_000 },
        configurationWebsocketAPI: { apiKey, apiSecret: secretKey, wsURL: exchange.wsApiUrl, timeout: 10_000 },
        configurationWebsocketStreams: { wsURL: `ws://${address}` },
      });
    });

    it("reads the market and trades over REST", async () => {
      const info = await (await spot.restAPI.exchangeInfo({ symbol: "BTCUSDT" })).data();
      equal(info.symbols?.[0].symbol, "BTCUSDT");
      const order = await (
        await spot.restAPI.newOrder({
          symbol: "BTCUSDT",
          side: "BUY" as never,
          type: "LIMIT" as never,
          timeInForce: "GTC" as never,
          quantity: 0.01,
          price: 30_000,
        })
      ).data();
      equal(order.status, "NEW");
      const open = await (await spot.restAPI.getOpenOrders({ symbol: "BTCUSDT" })).data();
      ok(open.some((each) => each.orderId === order.orderId));
      const book = await (await spot.restAPI.depth({ symbol: "BTCUSDT" })).data();
      deepEqual(book.bids?.[0], ["30000.00000000", "0.01000000"]);
      const cancelled = await (await spot.restAPI.deleteOrder({ symbol: "BTCUSDT", orderId: order.orderId as number })).data();
      equal(cancelled.status, "CANCELED");
      const account = await (await spot.restAPI.getAccount()).data();
      equal(account.accountType, "SPOT");
      await rejects(spot.restAPI.deleteOrder({ symbol: "BTCUSDT", orderId: 987_654_321 }), /Unknown order sent/);
    });

    it("trades and hears of it over the WebSocket API", async () => {
      const connection = await spot.websocketAPI.connect();
      const events: Record<string, unknown>[] = [];
      const subscription = await connection.userDataStreamSubscribeSignature();
      subscription.stream.on("message", (event) => void events.push(event as unknown as Record<string, unknown>));
      const placed = await connection.orderPlace({
        symbol: "BTCUSDT",
        side: "BUY" as never,
        type: "LIMIT" as never,
        timeInForce: "GTC" as never,
        quantity: 0.01,
        price: 31_000,
      });
      equal(placed.data.status, "NEW");
      const cancelled = await connection.orderCancel({ symbol: "BTCUSDT", orderId: placed.data.orderId as number });
      equal(cancelled.data.status, "CANCELED");
      const deadline = Date.now() + 40_000;
      const reports = () => events.filter((event) => event["e"] === "executionReport");
      while (Date.now() < deadline && reports().length < 2) await new Promise((wake) => setTimeout(wake, 20));
      deepEqual(
        reports().map((event) => event["x"]),
        ["NEW", "CANCELED"],
      );
      await connection.disconnect();
    });

    it("follows streams", async () => {
      const connection = await spot.websocketStreams.connect();
      const seen = new Promise<Record<string, unknown>>((resolve) => {
        connection.bookTicker({ symbol: "btcusdt" }).on("message", (data) => resolve(data as unknown as Record<string, unknown>));
      });
      await new Promise((wake) => setTimeout(wake, 500));
      await spot.restAPI.newOrder({
        symbol: "BTCUSDT",
        side: "BUY" as never,
        type: "LIMIT" as never,
        timeInForce: "GTC" as never,
        quantity: 0.01,
        price: 32_000,
      });
      equal((await seen)["b"], "32000.00000000");
      await spot.restAPI.deleteOpenOrders({ symbol: "BTCUSDT" });
      await connection.disconnect();
    });
  });

  describe("@binance/connector", () => {
    const messageIn = (seen: unknown[], matches: (message: never) => boolean) =>
      new Promise<unknown>((resolve, reject) => {
        const deadline = Date.now() + 40_000;
        const timer = setInterval(() => {
          const found = seen.find((message) => matches(message as never));
          if (found === undefined && Date.now() < deadline) return;
          clearInterval(timer);
          if (found === undefined) reject(new Error(`no such message among ${JSON.stringify(seen)}`));
          else resolve(found);
        }, 20);
      });

    it("reads the market and trades over REST, with everything in the query", async () => {
      const { apiKey, secretKey } = exchange.accounts[0];
      const spot = new OlderSpot(apiKey, secretKey, { baseURL: exchange.baseUrl });
      equal((await spot["ping"]()).status, 200);
      const options = { timeInForce: "GTC", quantity: "0.02", price: "30000" };
      const { data } = await spot["newOrder"]("BTCUSDT", "BUY", "LIMIT", options);
      equal(data.status, "NEW");
      equal((await spot["getOrder"]("BTCUSDT", { orderId: data.orderId })).data.origQty, "0.02000000");
      equal((await spot["cancelOrder"]("BTCUSDT", { orderId: data.orderId })).data.status, "CANCELED");
      equal((await spot["account"]()).data.canTrade, true);
      const refused = await spot["cancelOrder"]("BTCUSDT", { orderId: data.orderId }).catch(
        (error: { response: { data: unknown } }) => error.response,
      );
      deepEqual(refused.data, { code: -2011, msg: "Unknown order sent." });
    });

    it("follows streams and calls the WebSocket API", async () => {
      const { apiKey, secretKey } = exchange.accounts[0];
      const seen: Record<string, unknown>[] = [];
      const callbacks = { message: (text: string) => seen.push(JSON.parse(text)) };
      const streams = new WebsocketStream({ logger: quiet, callbacks, wsURL: `ws://${address}` });
      streams["subscribe"]("btcusdt@depth@100ms");
      const api = new WebsocketAPI(apiKey, secretKey, { logger: quiet, callbacks, wsURL: exchange.wsApiUrl });
      await new Promise((wake) => setTimeout(wake, 500));
      api["newOrder"]("BTCUSDT", "BUY", "LIMIT", { timeInForce: "GTC", quantity: "0.02", price: "30500" });
      const placed = (await messageIn(seen, (message: { result?: { status?: string } }) => message.result?.status === "NEW")) as {
        result: { orderId: number };
      };
      api["cancelOrder"]("BTCUSDT", { orderId: placed.result.orderId });
      await messageIn(seen, (message: { result?: { status?: string } }) => message.result?.status === "CANCELED");
      await messageIn(seen, (message: { e?: string; b?: unknown[] }) => message.e === "depthUpdate");
      streams["disconnect"]();
      api["disconnect"]();
    });
  });
});
