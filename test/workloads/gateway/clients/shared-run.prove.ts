/**
 * All clients at once on one exchange, on one account, in a market that never stands still: each reads the market, places every type of order that it
 * knows, changes and cancels orders, meets its errors, hears of its own orders, and ends with a book equal to the engine's.
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import ccxt from "ccxt";
import type { AtWork, Untyped } from "./at-work";
import { ccxtAtWork } from "./ccxt-at-work";
import { connectorAtWork } from "./connector-at-work";
import { Freqtrade } from "./freqtrade";
import type { Levels } from "./local-book";
import { MarketUnderLoad, quoted } from "./market-under-load";
import { installer, python } from "./python";
import { PythonAtWork } from "./python-at-work";
import { spotAtWork } from "./spot-at-work";
import { ccxtUrls, type StartedExchange, startExchange } from "./started-exchange";

/** How long the market moves at least. */
const runMs = 110_000;

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
