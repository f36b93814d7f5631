/** The unmodified npm package ccxt trades on the running exchange: only addresses, keys and options are set. */

import { deepStrictEqual, equal, ok, rejects } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import ccxt, { type binance } from "ccxt";
import { type ClientAccount, ccxtUrls, type StartedExchange, startExchange } from "./started-exchange";

const symbol = "BTC/USDT";

/** Units of 10^-8, exact where ccxt gives a number with at most eight decimals. */
const units = (amount: unknown) => BigInt(Math.round(Number(amount) * 1e8));

/** What `look` finds, within forty seconds. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 40_000; ; await wait(20)) {
    const found = await look();
    if (found !== undefined) return found;
    ok(Date.now() < deadline, "nothing was found within forty seconds");
  }
}

describe("ccxt", function () {
  this.timeout(60_000);
  let exchange: StartedExchange;
  let alice: binance;
  let bob: binance;

  function client({ apiKey, secretKey }: ClientAccount): binance {
    return new ccxt.binance({
      apiKey,
      secret: secretKey,
      urls: ccxtUrls(exchange),
      options: { defaultType: "spot", fetchMarkets: { types: ["spot"] }, fetchOpenOrders: { warnWithoutSymbol: false } },
    } as ConstructorParameters<typeof ccxt.binance>[0]);
  }

  /** Exact balances as the exchange wrote them: ccxt hands on the text that it parsed its numbers from. */
  async function balance(of: binance, asset: string): Promise<{ free: bigint; used: bigint }> {
    const balances = await of.fetchBalance();
    const raw = (balances["info"] as { balances: { asset: string; free: string; locked: string }[] }).balances.find(
      (each) => each.asset === asset,
    );
    ok(raw !== undefined, `no balance of ${asset}`);
    const exact = (text: string) => BigInt(text.replace(".", ""));
    equal(units(balances[asset].free), exact(raw.free));
    equal(units(balances[asset].used), exact(raw.locked));
    return { free: exact(raw.free), used: exact(raw.locked) };
  }

  before(async () => {
    exchange = await startExchange();
    alice = client(exchange.accounts[0]);
    bob = client(exchange.accounts[1]);
  });

  after(async () => {
    await alice.close();
    await bob.close();
    equal(await exchange.stop(), 0);
  });

  afterEach(async () => {
    for (const each of [alice, bob]) {
      if ((await each.fetchOpenOrders(symbol)).length > 0) await each.cancelAllOrders(symbol);
    }
  });

  it("loads markets, currencies and fees with its default options", async () => {
    const markets = await alice.loadMarkets();
    deepStrictEqual(Object.keys(markets).sort(), ["BTC/USDT", "ETH/BTC", "ETH/USDT"]);
    const market = alice.market(symbol);
    equal(market.spot, true);
    equal(market.active, true);
    equal(market.precision.price, 0.01);
    equal(market.precision.amount, 0.00001);
    equal(market.limits.cost?.min, 5);
    for (const code of ["BTC", "ETH", "USDT"]) equal(alice.currencies[code].active, true);
    const fee = await alice.fetchTradingFee(symbol);
    equal(fee.maker, 0.001);
    equal(fee.taker, 0.001);
    equal((await alice.fetchStatus()).status, "ok");
    ok(Math.abs((await alice.fetchTime())! - Date.now()) < 5_000);
  });

  it("places a limit order that rests, sees it in the book and cancels it, funds held and released to the last unit", async () => {
    const before = await balance(alice, "USDT");
    const order = await alice.createOrder(symbol, "limit", "buy", 0.12345, 41_234.56);
    equal(order.status, "open");
    equal(order.filled, 0);
    const cost = 12_345n * 4_123_456n * 10n;
    deepStrictEqual(await balance(alice, "USDT"), { free: before.free - cost, used: before.used + cost });

    const book = await alice.fetchOrderBook(symbol);
    deepStrictEqual(book.bids[0], [41_234.56, 0.12345]);
    const [open] = await alice.fetchOpenOrders(symbol);
    equal(open.id, order.id);
    equal((await alice.fetchOrder(order.id!, symbol)).status, "open");

    const cancelled = await alice.cancelOrder(order.id!, symbol);
    equal(cancelled.status, "canceled");
    equal((await alice.fetchOrder(order.id!, symbol)).status, "canceled");
    deepStrictEqual(await balance(alice, "USDT"), before);
    deepStrictEqual((await alice.fetchOrderBook(symbol)).bids, []);
  });

  it("trades when an order crosses: fills, fees and balances of both sides exact to the last unit", async () => {
    const [aliceUsdt, aliceBtc] = [await balance(alice, "USDT"), await balance(alice, "BTC")];
    const [bobUsdt, bobBtc] = [await balance(bob, "USDT"), await balance(bob, "BTC")];

    const resting = await alice.createOrder(symbol, "limit", "buy", 0.5, 50_000);
    const crossing = await bob.createOrder(symbol, "limit", "sell", 0.20001, 49_000);
    equal(crossing.status, "closed");
    equal(crossing.average, 50_000);
    equal(crossing.filled, 0.20001);
    // 0.20001 x 50,000 = 10,000.5 USDT; both pay 0.1 % of what they receive.
    const quote = 1_000_050_000_000n;
    const [buyerFee, sellerFee] = [20_001n, 1_000_050_000n];
    deepStrictEqual(crossing.fee, { currency: "USDT", cost: 10.0005 });

    deepStrictEqual(await balance(bob, "USDT"), { free: bobUsdt.free + quote - sellerFee, used: bobUsdt.used });
    deepStrictEqual(await balance(bob, "BTC"), { free: bobBtc.free - 20_001_000n, used: bobBtc.used });
    const held = 29_999n * 5_000_000n * 10n;
    deepStrictEqual(await balance(alice, "USDT"), { free: aliceUsdt.free - quote - held, used: aliceUsdt.used + held });
    deepStrictEqual(await balance(alice, "BTC"), { free: aliceBtc.free + 20_001_000n - buyerFee, used: aliceBtc.used });

    const [fill] = await alice.fetchMyTrades(symbol, undefined, 10);
    equal(fill.order, resting.id);
    equal(fill.takerOrMaker, "maker");
    equal(fill.side, "buy");
    deepStrictEqual(fill.fee, { currency: "BTC", cost: 0.00020001 });
    const [taken] = await bob.fetchOrderTrades(crossing.id!, symbol);
    equal(taken.takerOrMaker, "taker");
    equal(taken.cost, 10_000.5);
    equal((await alice.fetchOrder(resting.id!, symbol)).remaining, 0.29999);
  });

  it("buys and sells at the market, by quantity and by cost, and says that a rest found nobody", async () => {
    await alice.createOrder(symbol, "limit", "sell", 1, 60_000);
    const bought = await bob.createOrder(symbol, "market", "buy", 0.1);
    equal(bought.status, "closed");
    equal(bought.cost, 6_000);
    const byCost = await bob.createMarketBuyOrderWithCost(symbol, 3_000);
    equal(byCost.filled, 0.05);
    equal(byCost.cost, 3_000);
    await alice.cancelAllOrders(symbol);
    await alice.createOrder(symbol, "limit", "buy", 0.01, 59_000);
    const partly = await bob.createOrder(symbol, "market", "sell", 0.02);
    equal(partly.filled, 0.01);
    equal(partly.status, "expired");
  });

  it("refuses a post-only order that would take, and keeps immediate orders off the book", async () => {
    await alice.createOrder(symbol, "limit", "sell", 0.1, 60_000);
    await rejects(bob.createOrder(symbol, "limit", "buy", 0.1, 60_000, { postOnly: true }), ccxt.OrderImmediatelyFillable);
    const immediate = await bob.createOrder(symbol, "limit", "buy", 0.3, 60_000, { timeInForce: "IOC" });
    equal(immediate.filled, 0.1);
    equal(immediate.status, "expired");
    deepStrictEqual(await bob.fetchOpenOrders(symbol), []);
    const none = await bob.createOrder(symbol, "limit", "buy", 0.3, 60_000, { timeInForce: "FOK" });
    equal(none.filled, 0);
    equal(none.status, "expired");
  });

  it("finds its orders by the id that it made up", async () => {
    const order = await alice.createOrder(symbol, "limit", "buy", 0.1, 30_000, { clientOrderId: "my-order-1" });
    equal(order.clientOrderId, "my-order-1");
    const found = await alice.fetchOrder("", symbol, { clientOrderId: "my-order-1" });
    equal(found.id, order.id);
    await rejects(alice.createOrder(symbol, "limit", "buy", 0.1, 30_000, { clientOrderId: "my-order-1" }), /Duplicate order sent/);
    await alice.cancelOrder("", symbol, { clientOrderId: "my-order-1" });
    const again = await alice.createOrder(symbol, "limit", "buy", 0.1, 30_000, { clientOrderId: "my-order-1" });
    equal(again.status, "open");
  });

  it("reads trades, candles and tickers of what was traded", async () => {
    await alice.createOrder(symbol, "limit", "sell", 0.1, 61_000);
    await bob.createOrder(symbol, "limit", "buy", 0.1, 61_000);
    const trades = await alice.fetchTrades(symbol);
    const last = trades[trades.length - 1];
    equal(last.price, 61_000);
    equal(last.side, "buy");
    const candles = await alice.fetchOHLCV(symbol, "1m");
    const [time, , high, low, close, volume] = candles[candles.length - 1] as number[];
    equal(time % 60_000, 0);
    equal(close, 61_000);
    ok(high >= close && low <= close && volume >= 0.1);
    const ticker = await alice.fetchTicker(symbol);
    equal(ticker.last, 61_000);
    ok((await alice.fetchTickers())[symbol].baseVolume! >= 0.1);
    equal((await alice.fetchLastPrices([symbol]))[symbol].price, 61_000);
    const orders = await bob.fetchOrders(symbol);
    equal(orders[orders.length - 1].status, "closed");
  });

  it("withdraws to the address of another account, which sees the deposit: balances and histories exact to the last unit", async () => {
    const [aliceBefore, bobBefore] = [await balance(alice, "BTC"), await balance(bob, "BTC")];
    const { address, tag } = await bob.fetchDepositAddress("BTC", { network: "SIM" });
    equal(tag, undefined);
    equal((await bob.fetchDepositAddress("BTC")).address, address);

    const { id } = await alice.withdraw("BTC", 0.12345678, address!, undefined, { network: "SIM", withdrawOrderId: "rent" });
    equal((await alice.withdraw("BTC", 0.12345678, address!, undefined, { withdrawOrderId: "rent" })).id, id);
    deepStrictEqual(await balance(alice, "BTC"), { free: aliceBefore.free - 12_345_678n, used: aliceBefore.used });

    const paid = await eventually(async () => (await alice.fetchWithdrawals("BTC")).find((each) => each.status === "ok"));
    const fee = alice.currencies["BTC"].networks["SIM"].fee;
    equal(fee, 0.00001);
    deepStrictEqual([paid.id, paid.address, paid.network, paid.amount, paid.fee?.cost], [id, address, "SIM", 0.12344678, fee]);
    equal((await alice.fetchWithdrawals("BTC")).length, 1);
    deepStrictEqual(await alice.fetchWithdrawals("ETH"), []);

    const [deposit, ...others] = await bob.fetchDeposits("BTC", paid.timestamp! - 60_000);
    deepStrictEqual(others, []);
    deepStrictEqual([deposit.txid, deposit.status, deposit.amount, deposit.address], [paid.txid, "ok", 0.12344678, address]);
    deepStrictEqual(await balance(bob, "BTC"), { free: bobBefore.free + 12_344_678n, used: bobBefore.used });
    deepStrictEqual(await alice.fetchDeposits(), []);

    const outbox = join(exchange.home, "outbox");
    const mails = await eventually(async () => {
      const files = existsSync(outbox) ? readdirSync(outbox).filter((file) => file.endsWith(".eml")) : [];
      return files.length === 4 ? files.map((file) => readFileSync(join(outbox, file), "utf8")) : undefined;
    });
    const subjects = mails.map((mail) => `${/^To: (.*)$/m.exec(mail)?.[1]}: ${/^Subject: (.*)$/m.exec(mail)?.[1]}`).sort();
    deepStrictEqual(subjects, [
      "alice@bourse.example: API key created",
      "alice@bourse.example: Withdrawal of 0.12344678 BTC",
      "bob@bourse.example: API key created",
      "bob@bourse.example: Deposit of 0.12344678 BTC",
    ]);
  });

  it("raises the errors that it documents", async () => {
    await rejects(alice.fetchOrder("999999999", symbol), ccxt.OrderNotFound);
    await rejects(alice.cancelOrder("999999999", symbol), ccxt.OrderNotFound);
    await rejects(alice.createOrder(symbol, "limit", "buy", 100, 50_000), ccxt.InsufficientFunds);
    await rejects(alice.createOrder(symbol, "limit", "sell", 100, 50_000), ccxt.InsufficientFunds);
    const stranger = client({ name: "stranger", apiKey: "A".repeat(64), secretKey: "nothing" });
    await stranger.loadMarkets().catch(() => {});
    await rejects(stranger.fetchBalance(), ccxt.AuthenticationError);
    const forger = client({ ...exchange.accounts[0], secretKey: "not the secret" });
    await rejects(forger.fetchBalance(), ccxt.AuthenticationError);
    await rejects(alice.createOrder(symbol, "limit", "buy", 0.00001, 1), ccxt.InvalidOrder);
    await rejects(alice.withdraw("BTC", 999, `sim-${"0".repeat(32)}`), /"code":-4026,"msg":"the free balance is below the amount"/);
    await rejects(alice.withdraw("BTC", 1, "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"), /"code":-4033,"msg":"address: not one of network SIM"/);
    await rejects(alice.publicGetDepth({ symbol: "NOSUCH" }), ccxt.BadSymbol);
  });
});
