/**
 * All clients at once on one exchange, on one account, in a market that never stands still: each reads the market, places every type of order that it
 * knows, changes and cancels orders, meets its errors, hears of its own orders, and ends with a book equal to the engine's.
 */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { BadRequestError, Spot as ModernSpot } from "@binance/spot";
import ccxt from "ccxt";
import { Freqtrade } from "./freqtrade";
import { type DepthEvent, type Levels, LocalBook } from "./local-book";
import { MarketUnderLoad, quoted } from "./market-under-load";
import { installer, python } from "./python";
import { ccxtUrls, type StartedExchange, startExchange } from "./started-exchange";

// The older connector has no types.
const {
  Spot: OlderSpot,
  WebsocketAPI,
  WebsocketStream,
} = require("@binance/connector") as Record<string, new (...options: unknown[]) => OlderClient>;
// biome-ignore lint/suspicious/noExplicitAny: an untyped library, and answers of many shapes
type Untyped = any;
type OlderClient = Record<string, (...parameters: unknown[]) => Untyped>;

/** A client at work: what it does besides keeping its book, and the book once nothing changes any more. */
interface AtWork {
  work: Promise<void>;
  book(lastUpdateId: number): Promise<Levels>;
  close(): Promise<void>;
}

/** What `look` finds, within forty seconds. */
async function eventually<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const deadline = Date.now() + 40_000; ; await wait(20)) {
    const found = look();
    if (found !== undefined) return found;
    ok(Date.now() < deadline, `no ${what} within forty seconds`);
  }
}

/** How long the market moves at least. */
const runMs = 110_000;

async function ccxtAtWork(exchange: StartedExchange): Promise<AtWork> {
  const { apiKey, secretKey: secret } = exchange.accounts[0];
  const options = { defaultType: "spot", fetchMarkets: { types: ["spot"] } };
  const configuration = { apiKey, secret, urls: ccxtUrls(exchange), options };
  const client = new ccxt.pro.binance(configuration as ConstructorParameters<typeof ccxt.pro.binance>[0]);
  await client.loadHttpProxyAgent();
  await client.loadMarkets();
  const symbol = "BTC/USDT";
  let book: Untyped;
  let closing = false;
  const heard: string[] = [];
  const follow = async (watch: () => Promise<void>) => {
    while (!closing) await watch();
  };
  // Closing ends what is being watched with an error of its own.
  const watching = [
    follow(async () => {
      book = await client.watchOrderBook(symbol);
    }),
    follow(async () => {
      for (const order of await client.watchOrders(symbol)) heard.push(`${order.id} ${order.status}`);
    }),
  ].map((each) =>
    each.catch((error: unknown) => {
      if (!closing) throw error;
    }),
  );

  // Whoever closes is told.
  for (const each of watching) each.catch(() => {});

  async function work(): Promise<void> {
    await eventually("book", () => book);
    equal((await client.fetchTicker(symbol)).bid, 49_950);
    ok((await client.fetchTrades(symbol)).length > 0 && (await client.fetchOHLCV(symbol, "1m")).length > 0);
    equal((await client.watchTrades(symbol))[0].symbol, symbol);
    ok(Number((await client.fetchBalance())["BTC"].total) > 0);

    const market = await client.createOrder(symbol, "market", "buy", 0.002);
    deepEqual([market.status, market.average], ["closed", 50_050]);
    equal((await client.createMarketBuyOrderWithCost(symbol, 100.1)).filled, 0.002);
    equal((await client.createOrder(symbol, "market", "sell", 0.002)).average, 49_950);
    equal((await client.createOrder(symbol, "limit", "buy", 0.001, 50_050)).status, "closed");
    for (const timeInForce of ["IOC", "FOK"]) {
      equal((await client.createOrder(symbol, "limit", "buy", 0.001, 20_000, { timeInForce })).status, "expired");
    }
    for (const [type, side, price, parameters] of [
      ["limit", "buy", 20_000, { clientOrderId: "ccxt-rests" }],
      ["limit", "buy", 20_000, { postOnly: true }],
      ["limit", "sell", 80_000, { icebergQty: "0.0002" }],
      ["market", "sell", undefined, { stopLossPrice: 30_000 }],
      ["limit", "sell", 29_000, { stopLossPrice: 30_000 }],
      ["market", "sell", undefined, { takeProfitPrice: 70_000 }],
      ["limit", "sell", 71_000, { takeProfitPrice: 70_000 }],
      ["limit", "sell", 29_000, { trailingPercent: 10, stopLossOrTakeProfit: "stopLoss" }],
    ] as const) {
      const placed = await client.createOrder(symbol, type, side, 0.001, price, parameters);
      equal((await client.fetchOrder(placed.id!, symbol)).status, "open", JSON.stringify(parameters));
      equal((await client.cancelOrder(placed.id!, symbol)).status, "canceled");
      await eventually("event of the cancel", () => heard.find((event) => event === `${placed.id} canceled`));
    }
    const first = await client.createOrderWs(symbol, "limit", "buy", 0.001, 20_000);
    const edited = await client.editOrder(first.id!, symbol, "limit", "buy", 0.002, 20_001);
    deepEqual([edited.price, edited.amount], [20_001, 0.002]);
    equal((await client.fetchOrder(first.id!, symbol)).status, "canceled");
    equal((await client.cancelOrderWs(edited.id!, symbol)).status, "canceled");

    await rejects(client.createOrder(symbol, "limit", "buy", 100, 40_000), ccxt.InsufficientFunds);
    await rejects(client.createOrder(symbol, "limit", "buy", 0.001, 50_050, { postOnly: true }), ccxt.OrderImmediatelyFillable);
    await rejects(client.createOrder(symbol, "market", "sell", 0.001, undefined, { stopLossPrice: 60_000 }), ccxt.OrderImmediatelyFillable);
    await rejects(client.createOrder(symbol, "limit", "buy", 0.001, 1), ccxt.InvalidOrder);
    await rejects(client.fetchOrder("999999999", symbol), ccxt.OrderNotFound);
    await rejects(client.cancelOrder("999999999", symbol), ccxt.OrderNotFound);
    await rejects(client.publicGetDepth({ symbol: "NOSUCH" }), ccxt.BadSymbol);
  }

  return {
    work: work(),
    async book(lastUpdateId) {
      await eventually(`update ${lastUpdateId} of the book`, () => (book.nonce >= lastUpdateId ? true : undefined));
      const text = (levels: number[][]) => Array.from(levels, ([price, quantity]) => [price.toFixed(8), quantity.toFixed(8)]);
      return { lastUpdateId: book.nonce, bids: text(book.bids), asks: text(book.asks) };
    },
    async close() {
      closing = true;
      await client.close();
      await Promise.all(watching);
    },
  };
}

async function spotAtWork({ baseUrl, wsApiUrl, accounts }: StartedExchange): Promise<AtWork> {
  const { apiKey, secretKey: apiSecret } = accounts[0];
  const { restAPI, websocketAPI, websocketStreams } = new ModernSpot({
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
    ]) {
      const { orderId } = await call("newOrder", order);
      equal((await call("getOrder", { symbol, orderId })).status, "NEW");
      equal((await call("deleteOrder", { symbol, orderId })).status, "CANCELED");
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

    const placed = (await api.orderPlace(rests as never)).data as { orderId: number };
    await api.orderCancel({ symbol, orderId: placed.orderId });
    await eventually("report of the cancel", () =>
      heard.find(({ e, i, x }) => e === "executionReport" && i === placed.orderId && x === "CANCELED"),
    );
    await rejects(call("newOrder", { ...rests, quantity: 50_000 }), BadRequestError);
    await rejects(call("deleteOrder", { symbol, orderId: 987_654_321 }), /Unknown order sent/);
    await rejects(call("getOrder", { symbol, orderId: 987_654_321 }), /Order does not exist/);
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

async function connectorAtWork({ baseUrl, wsApiUrl, accounts }: StartedExchange): Promise<AtWork> {
  const quiet = { debug() {}, info() {}, log() {}, warn() {}, error() {} };
  const { apiKey, secretKey } = accounts[0];
  const spot = new OlderSpot(apiKey, secretKey, { baseURL: baseUrl });
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
      ["SELL", "STOP_LOSS_LIMIT", { ...gtc, stopPrice: "30000", price: "29000" }],
      ["SELL", "TAKE_PROFIT_LIMIT", { ...gtc, stopPrice: "70000", price: "70000" }],
    ]) {
      const { data } = await spot["newOrder"](symbol, side, type, options);
      equal((await spot["getOrder"](symbol, { orderId: data.orderId })).data.status, "NEW");
      equal((await spot["cancelOrder"](symbol, { orderId: data.orderId })).data.status, "CANCELED");
    }
    equal((await spot["newOrder"](symbol, "BUY", "MARKET", { quantity: "0.001" })).data.status, "FILLED");
    equal((await spot["newOrder"](symbol, "SELL", "MARKET", { quantity: "0.001" })).data.status, "FILLED");
    const first = (await spot["newOrder"](symbol, "BUY", "LIMIT", { ...gtc, price: "20000" })).data.orderId;
    const change = { ...gtc, price: "20001", cancelOrderId: first };
    const replaced = (await spot["cancelAndReplace"](symbol, "BUY", "LIMIT", "STOP_ON_FAILURE", change)).data;
    equal((await spot["cancelOrder"](symbol, { orderId: replaced.newOrderResponse.orderId })).data.status, "CANCELED");
    const legs = { abovePrice: "80000", belowStopPrice: "30000" };
    const list = (await spot["newOCOOrder"](symbol, "SELL", "0.001", "LIMIT_MAKER", "STOP_LOSS", legs)).data;
    equal((await spot["cancelOCOOrder"](symbol, { orderListId: list.orderListId })).data.listOrderStatus, "ALL_DONE");
    const refused = await spot["cancelOrder"](symbol, { orderId: 987_654_321 }).catch((error: Untyped) => error.response);
    deepEqual([refused.status, refused.data], [400, { code: -2011, msg: "Unknown order sent." }]);

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
  }

  return {
    work: work(),
    book: (lastUpdateId) => copy.at(lastUpdateId),
    async close() {
      for (const socket of [streams, userData, api]) socket["disconnect"]();
    },
  };
}

/** python-binance in a process of its own; it compares its book itself. */
class PythonAtWork {
  private output = "";
  private readonly child: ChildProcess;

  constructor({ home }: StartedExchange) {
    this.child = spawn(python()!, [join(__dirname, "python_binance_shared.py"), join(home, "demo.json")]);
    const collect = (chunk: Buffer) => {
      this.output += chunk;
    };
    this.child.stdout!.on("data", collect);
    this.child.stderr!.on("data", collect);
    this.child.stdin!.on("error", () => {});
  }

  /** Resolves once it has printed a line; rejects with all that it printed when it ends before, or after two minutes. */
  async printed(line: string): Promise<void> {
    for (const deadline = Date.now() + 120_000; !this.output.split("\n").includes(line); await wait(50)) {
      const ended = this.child.exitCode !== null || this.child.signalCode !== null;
      if (ended || Date.now() > deadline) throw new Error(`python-binance did not print ${line}:\n${this.output.slice(-5_000)}`);
    }
  }

  marketStands(): void {
    this.child.stdin!.write("\n");
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}

describe("All clients at once", function () {
  this.timeout(300_000);
  let exchange: StartedExchange;
  let market: MarketUnderLoad;
  let started: number;
  let clients: { [name in "ccxt" | "@binance/spot" | "@binance/connector"]: AtWork };
  let pythonBinance: PythonAtWork;
  let freqtrade: Freqtrade;

  before(async function () {
    if (python() === undefined) {
      this.test!.parent!.title += ` (not installed: run ${installer})`;
      this.skip();
    }
    exchange = await startExchange();
    market = await MarketUnderLoad.start(exchange);
    started = Date.now();
    freqtrade = new Freqtrade(exchange);
    pythonBinance = new PythonAtWork(exchange);
    const [one, two, three] = await Promise.all([ccxtAtWork(exchange), spotAtWork(exchange), connectorAtWork(exchange)]);
    clients = { ccxt: one, "@binance/spot": two, "@binance/connector": three };
    // Each is judged by a test of its own, maybe long after it failed.
    for (const { work } of Object.values(clients)) work.catch(() => {});
  });

  after(async () => {
    if (exchange === undefined) return;
    pythonBinance?.kill();
    await freqtrade?.stop();
    for (const client of Object.values(clients ?? {})) await client.close();
    equal(await exchange.stop(), 0);
  });

  for (const name of ["ccxt", "@binance/spot", "@binance/connector"] as const) {
    it(`${name} trades, changes, cancels, is refused and hears of it`, () => clients[name].work);
  }

  it("python-binance does so, too, synchronously and asynchronously", () => pythonBinance.printed("worked"));

  it("freqtrade buys what is offered, and puts its stop on the exchange", async () => {
    const { apiKey, secretKey: secret } = exchange.accounts[0];
    const options = { defaultType: "spot", fetchMarkets: { types: ["spot"] } };
    const client = new ccxt.binance({ apiKey, secret, urls: ccxtUrls(exchange), options } as ConstructorParameters<typeof ccxt.binance>[0]);
    const isStop = (price: number) => Math.abs(price - 45_045) < 500;
    const stop = await freqtrade.until("stop", async () =>
      (await client.fetchOpenOrders("BTC/USDT")).find((order) => order.side === "sell" && isStop(Number(order.triggerPrice))),
    );
    equal(stop.status, "open");
    await freqtrade.until("report of the fill", async () =>
      /LIMIT_BUY has been fulfilled|order_filled|entry_fill/i.test(freqtrade.output) ? true : undefined,
    );
    ok(!/Traceback/.test(freqtrade.output), freqtrade.output.slice(-8_000));
    await freqtrade.stop();
    await client.close();
  });

  it("and each ends with a book equal to the engine's, which is the sum of the open orders", async () => {
    while (Date.now() < started + runMs) await wait(100);
    await market.stop();
    ok(market.commands > 1_000, `only ${market.commands} commands changed the market meanwhile`);
    pythonBinance.marketStands();
    const get = async (path: string) => (await fetch(`${exchange.baseUrl}${path}`)).json() as Promise<Untyped>;
    const truth: Levels = await get("/api/v3/depth?symbol=BTCUSDT&limit=5000");
    ok(truth.bids.length > 25 && truth.asks.length > 25, "the book is nearly empty: the test shows nothing");

    const { apiKey, secretKey: secret } = exchange.accounts[1];
    const maker = new ccxt.binance({ apiKey, secret, urls: ccxtUrls(exchange) } as ConstructorParameters<typeof ccxt.binance>[0]);
    const units = (text: string) => BigInt(text.replace(".", ""));
    const sums = { BUY: new Map<string, bigint>(), SELL: new Map<string, bigint>() };
    for (const { side, price, origQty, executedQty } of (await maker["privateGetOpenOrders"]({ symbol: quoted[0].symbol })) as Untyped[]) {
      const levels = sums[side as "BUY" | "SELL"];
      levels.set(price, (levels.get(price) ?? 0n) + units(origQty) - units(executedQty));
    }
    const inUnits = (levels: string[][]) => new Map(levels.map(([price, quantity]) => [price, units(quantity)]));
    deepEqual([inUnits(truth.bids), inUnits(truth.asks)], [sums.BUY, sums.SELL]);

    for (const [name, client] of Object.entries(clients)) {
      const { bids, asks } = await client.book(truth.lastUpdateId);
      deepEqual({ bids, asks }, { bids: truth.bids, asks: truth.asks }, name);
    }
    await pythonBinance.printed("passed");
  });
});
