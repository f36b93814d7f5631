/** The WebSocket part of the unmodified npm package ccxt: books, trades, candles, tickers, and the account's own events. */

import { deepEqual, equal, ok } from "node:assert/strict";
import ccxt from "ccxt";
import { ccxtUrls, type StartedExchange, startExchange } from "./started-exchange";

const symbol = "BTC/USDT";
type ProClient = InstanceType<typeof ccxt.pro.binance>;

describe("ccxt.pro", function () {
  this.timeout(60_000);
  let exchange: StartedExchange;
  let alice: ProClient;
  let bob: ProClient;

  async function client(place: number): Promise<ProClient> {
    const { accounts } = exchange;
    const created = new ccxt.pro.binance({
      apiKey: accounts[place].apiKey,
      secret: accounts[place].secretKey,
      urls: ccxtUrls(exchange),
      options: { defaultType: "spot", fetchMarkets: { types: ["spot"] } },
    } as ConstructorParameters<typeof ccxt.pro.binance>[0]);
    // Plain ws:// addresses need this once.
    await created.loadHttpProxyAgent();
    await created.loadMarkets();
    return created;
  }

  before(async () => {
    exchange = await startExchange();
    alice = await client(0);
    bob = await client(1);
  });

  after(async () => {
    await alice.close();
    await bob.close();
    equal(await exchange.stop(), 0);
  });

  it("keeps a copy of the book that ends equal to the exchange's, under a stream of changes", async () => {
    let book = await Promise.race([alice.watchOrderBook(symbol), changeBook(bob)]);
    let stop = false;
    const watching = (async () => {
      while (!stop) book = await alice.watchOrderBook(symbol);
    })();
    for (let round = 0; round < 10; round++) await changeBook(bob);
    const last = await bob.createOrder(symbol, "limit", "buy", 0.777, 20_000);
    const deadline = Date.now() + 40_000;
    while (Date.now() < deadline && !book!.bids.some(([price, amount]) => price === 20_000 && amount === 0.777)) {
      await new Promise((wake) => setTimeout(wake, 20));
    }
    const truth = await bob.fetchOrderBook(symbol);
    deepEqual(
      Array.from(book!.bids, (level) => level.slice(0, 2)),
      truth.bids,
    );
    deepEqual(
      Array.from(book!.asks, (level) => level.slice(0, 2)),
      truth.asks,
    );
    equal(book!.nonce, truth.nonce);
    stop = true;
    await bob.cancelOrder(last.id!, symbol);
    await watching;
  });

  /** Some orders at changing prices, some of which are cancelled again. */
  async function changeBook(by: ProClient): Promise<undefined> {
    for (let place = 0; place < 5; place++) {
      const order = await by.createOrder(symbol, "limit", "buy", 0.01 + place / 1000, 30_000 + Math.round(Math.random() * 100));
      if (place % 2 === 0) await by.cancelOrder(order.id!, symbol);
    }
    return undefined;
  }

  it("sees trades, candles and tickers as they happen", async () => {
    const trades = alice.watchTrades(symbol);
    const candles = alice.watchOHLCV(symbol, "1m");
    const ticker = alice.watchTicker(symbol);
    await new Promise((wake) => setTimeout(wake, 500));
    await bob.createOrder(symbol, "limit", "sell", 0.05, 55_000);
    await alice.createOrder(symbol, "limit", "buy", 0.05, 55_000);
    const [trade] = await trades;
    deepEqual([trade.price, trade.amount, trade.side], [55_000, 0.05, "buy"]);
    const [candle] = await candles;
    equal((candle as number[])[4], 55_000);
    equal((await ticker).symbol, symbol);
  });

  it("hears of its own orders, fills and balances", async () => {
    const events: string[] = [];
    let balance: Awaited<ReturnType<ProClient["watchBalance"]>> | undefined;
    let stop = false;
    const orders = (async () => {
      while (!stop) for (const order of await alice.watchOrders(symbol)) events.push(`${order.side} ${order.status} ${order.filled}`);
    })();
    const balances = (async () => {
      while (!stop) balance = await alice.watchBalance();
    })();
    const fills = alice.watchMyTrades(symbol);
    await new Promise((wake) => setTimeout(wake, 800));
    const order = await alice.createOrder(symbol, "limit", "sell", 0.2, 57_000);
    await bob.createOrder(symbol, "limit", "buy", 0.1, 57_000);
    const [fill] = await fills;
    deepEqual([fill.order, fill.amount, fill.takerOrMaker], [order.id, 0.1, "maker"]);
    await alice.cancelOrder(order.id!, symbol);
    const deadline = Date.now() + 40_000;
    while (Date.now() < deadline && !events.includes("sell canceled 0.1")) await new Promise((wake) => setTimeout(wake, 20));
    deepEqual([...new Set(events)], ["sell open 0", "sell open 0.1", "sell canceled 0.1"]);
    const rest = await alice.fetchBalance();
    while (Date.now() < deadline && balance?.["BTC"].free !== rest["BTC"].free) await new Promise((wake) => setTimeout(wake, 20));
    equal(balance!["BTC"].free, rest["BTC"].free);
    equal(balance!["USDT"].free, rest["USDT"].free);
    stop = true;
    await bob.cancelAllOrders(symbol).catch(() => {});
    await alice.createOrder(symbol, "limit", "buy", 0.01, 30_000);
    await Promise.all([orders, balances]);
    await alice.cancelAllOrders(symbol);
  });

  it("places and cancels orders over its socket", async () => {
    const order = await alice.createOrderWs(symbol, "limit", "buy", 0.1, 31_000);
    equal(order.status, "open");
    ok((await alice.fetchOpenOrdersWs(symbol)).some((each) => each.id === order.id));
    equal((await alice.cancelOrderWs(order.id!, symbol)).status, "canceled");
  });
});
