import assert from "node:assert/strict";
import { Side } from "@bourse/engine";
import { FairPrice, seededRandom } from "../../../workloads/local/demo-price";
import { lean, type MarketView, makerTurn, takerTurn } from "../../../workloads/local/demo-strategy";

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
