import assert from "node:assert/strict";
import { mock } from "node:test";
import { RejectReason, Side } from "@bourse/engine";
import { FairPrice, seededRandom } from "../../../workloads/local/demo-price";
import { lean, type MarketView, makerTurn, takerTurn } from "../../../workloads/local/demo-strategy";
import { startDemoTraders } from "../../../workloads/local/demo-traders";
import { listInstruments } from "../../../workloads/local/listing";
import { SimulatedMarket } from "./simulated-market";

const maker = { halfSpread: 0.0001, step: 0.0001, levels: 8, size: 5_000, changes: 3 };
const taker = { size: 1_000, reach: 0.001 };
const view = (changes: Partial<MarketView> = {}): MarketView => ({
  fair: 64_000,
  tick: 0.01,
  lot: 0.00001,
  minNotional: 5,
  base: 10,
  quote: 640_000,
  freeBase: 10,
  freeQuote: 640_000,
  ...changes,
});

describe("Demo traders", () => {
  it("walk the fair price as far as the stated volatility says, without drift, the same way from the same seed", () => {
    const moves: number[] = [];
    for (let seed = 0; seed < 400; seed++) {
      const price = new FairPrice({ anchor: 100, start: 100, volatility: 0.6, halfLifeMs: 1e12, random: seededRandom(seed) });
      for (let second = 0; second < 3_600; second += 10) price.advance(10_000);
      moves.push(Math.log(price.price / 100));
    }
    const mean = moves.reduce((sum, move) => sum + move, 0) / moves.length;
    const deviation = Math.sqrt(moves.reduce((sum, move) => sum + (move - mean) ** 2, 0) / moves.length);
    const anHour = 0.6 / Math.sqrt(365 * 24);
    assert.ok(Math.abs(deviation / anHour - 1) < 0.12, `an hour moves ${deviation}, expected about ${anHour}`);
    assert.ok(Math.abs(mean) < (3 * anHour) / Math.sqrt(moves.length), `the mean is ${mean}`);
    const [one, same] = [seededRandom(5), seededRandom(5)];
    assert.deepEqual(Array.from({ length: 5 }, one), Array.from({ length: 5 }, same));
  });

  it("pull the fair price back to its anchor, and do not jump after a long pause", () => {
    const price = new FairPrice({ anchor: 100, start: 200, volatility: 0.5, halfLifeMs: 60_000, random: seededRandom(1) });
    price.advance(3_600_000 * 24);
    assert.ok(price.price > 130 && price.price < 150, `one minute at most: ${price.price}`);
    for (let minute = 0; minute < 60; minute++) price.advance(60_000);
    assert.ok(Math.abs(price.price - 100) < 1, String(price.price));
  });

  it("quote both sides around the fair price, a few orders at a time, the best first", () => {
    const { cancel, place } = makerTurn(view(), [], maker, seededRandom(1));
    assert.equal(cancel.length, 0);
    assert.equal(place.length, maker.changes);
    for (const { side, price } of place) {
      const distance = (price * 0.01) / 64_000 - 1;
      assert.ok(side === Side.BUY ? distance < 0 : distance > 0);
      assert.ok(Math.abs(distance) < maker.halfSpread + 2.5 * maker.step, String(distance));
    }
  });

  it("withdraw orders that the fair price has left behind, and keep those that still stand well", () => {
    const open = [
      { orderId: 1, side: Side.BUY, price: 6_399_000 },
      { orderId: 2, side: Side.BUY, price: 6_100_000 },
      { orderId: 3, side: Side.SELL, price: 6_390_000 },
    ];
    const { cancel } = makerTurn(view(), open, maker, seededRandom(1));
    assert.deepEqual(cancel.map(({ orderId }) => orderId).sort(), [2, 3]);
  });

  it("lean against what they own too much of", () => {
    const heavy = view({ base: 18, quote: 128_000, freeBase: 18, freeQuote: 128_000 });
    assert.ok(lean(heavy) > 0.7);
    const best = (of: MarketView, side: Side) =>
      makerTurn(of, [], { ...maker, changes: 16 }, () => 0.5).place.find((order) => order.side === side)?.price ?? 0;
    assert.ok(best(heavy, Side.SELL) < best(view(), Side.SELL) && best(heavy, Side.BUY) < best(view(), Side.BUY));
    const random = seededRandom(3);
    const sells = Array.from({ length: 500 }, () => takerTurn(heavy, taker, random)).filter((order) => order?.side === Side.SELL).length;
    assert.ok(sells > 380, `${sells} of 500`);
  });

  it("ask for nothing that they cannot pay, nor for orders too small for the exchange", () => {
    const random = seededRandom(9);
    const poor = view({ freeBase: 0.0000001, freeQuote: 30 });
    const orders = [...makerTurn(poor, [], maker, random).place, ...Array.from({ length: 100 }, () => takerTurn(poor, taker, random))];
    for (const order of orders) if (order !== undefined) assert.fail(`placed ${JSON.stringify(order)} with next to nothing`);
  });
});

describe("Demo traders, four simulated hours on the engine", function () {
  this.timeout(60_000);
  const hours = 4;
  const market = new SimulatedMarket();
  const failures: Error[] = [];
  /** Largest number of open orders that any account had, and each trader's lean at the end of each minute. */
  let mostOpen = 0;
  const leans: number[] = [];
  const spreads: number[] = [];

  before(async () => {
    // The traders' timers and their clock run a thousand times faster than the wall clock.
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.UTC(2026, 0, 1) });
    try {
      const clock = () => Date.now() * 1_000;
      await listInstruments(market, market.instruments, clock);
      const { instruments, history, wallet, marketData } = market;
      const onError = (error: Error) => failures.push(error);
      const traders = await startDemoTraders({ entry: market, instruments, history, wallet, marketData, clock, seed: 11, onError });
      for (let tick = 0; tick < hours * 36_000; tick++) {
        mock.timers.tick(100);
        await new Promise((resolve) => setImmediate(resolve));
        if (tick % 600 === 599) observe();
      }
      await traders.stop();
    } finally {
      mock.timers.reset();
    }
  });

  function observe(): void {
    for (const account of market.accounts.keys()) mostOpen = Math.max(mostOpen, market.history.openOrders(account).length);
    for (const instrument of market.instruments.all()) {
      const last = (market.lastPrices.get(instrument.symbol) ?? 0) / 10 ** instrument.priceDecimals;
      for (const account of market.accounts.values()) {
        const [base, quote] = [instrument.base, instrument.quote].map(({ asset }) =>
          account.balances.find((balance) => balance.asset === asset),
        );
        if (base === undefined || quote === undefined) continue;
        const worth = [Number(base.free + base.locked) * last, Number(quote.free + quote.locked)];
        leans.push((worth[0] - worth[1]) / (worth[0] + worth[1]));
      }
      const prices = (side: Side) =>
        [...market.orders.values()].filter((order) => order.symbol === instrument.symbol && order.side === side).map(({ price }) => price);
      const [bids, asks] = [prices(Side.BUY), prices(Side.SELL)];
      spreads.push(bids.length === 0 || asks.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...asks) / Math.max(...bids) - 1);
    }
  }

  it("never stop, and keep the number of their orders within bounds", () => {
    assert.deepEqual(failures, []);
    assert.ok(mostOpen >= 16 && mostOpen <= 60, `at most ${mostOpen} open orders`);
  });

  it("always quote both sides of every symbol, at a spread below half a percent", () => {
    assert.ok(Math.max(...spreads) < 0.005, `the widest spread was ${Math.max(...spreads)}`);
  });

  it("trade about every second in all, at prices that stay realistic", () => {
    assert.ok(market.trades > hours * 3_600, `${market.trades} trades`);
    const [btc, eth, cross] = market.instruments
      .all()
      .map(({ symbol, priceDecimals }) => (market.lastPrices.get(symbol) ?? 0) / 10 ** priceDecimals);
    assert.ok(btc > 55_000 && btc < 73_000, String(btc));
    assert.ok(Math.abs(eth / btc / cross - 1) < 0.01, `ETHBTC is ${cross}, its legs say ${eth / btc}`);
  });

  it("never end with only one of their assets", () => {
    assert.ok(Math.max(...leans.map(Math.abs)) < 0.9, `the greatest lean was ${Math.max(...leans.map(Math.abs))}`);
  });

  it("are refused for nothing but a post-only order that would take, or a cancel that comes too late", () => {
    const others = [...market.rejections].filter(([reason]) => reason !== RejectReason.WOULD_TAKE && reason !== RejectReason.UNKNOWN_ORDER);
    assert.deepEqual(others, []);
    const refused = [...market.rejections.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(refused < market.commands / 20, `${refused} of ${market.commands} commands were refused`);
  });

  it("send a stated number of commands", () => {
    const rate = market.commands / (hours * 3_600);
    assert.ok(rate > 8 && rate < 25, `${rate.toFixed(1)} commands a second`);
  });
});
