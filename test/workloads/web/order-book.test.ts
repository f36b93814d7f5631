import assert from "node:assert/strict";
import { type Json, terminalModule } from "./terminal-module";

/** Text pairs as the API writes levels. */
const levels = (...pairs: [string, string][]) => pairs;

describe("The terminal's order book", () => {
  let book: Json;
  beforeEach(async () => {
    const { OrderBook } = await terminalModule("order-book");
    book = new OrderBook();
  });
  const snapshot = {
    lastUpdateId: 10,
    bids: levels(["100.00000000", "1.00000000"], ["99.50000000", "2.00000000"], ["99.40000000", "0.50000000"]),
    asks: levels(["101.00000000", "3.00000000"], ["101.20000000", "0.25000000"]),
  };
  const shown = (side: "bids" | "asks", step = 1, count = 10) =>
    book.rows(side, step, count).map(({ price, quantity, total }: Json) => [price / 1e8, quantity / 1e8, total / 1e8]);

  it("adds up quantities from the best price on", () => {
    book.load(snapshot);
    assert.deepEqual(shown("bids"), [
      [100, 1, 1],
      [99.5, 2, 3],
      [99.4, 0.5, 3.5],
    ]);
    assert.deepEqual(shown("asks"), [
      [101, 3, 3],
      [101.2, 0.25, 3.25],
    ]);
    assert.deepEqual(book.best(), { bid: 100e8, ask: 101e8 });
  });

  it("joins prices to coarser steps away from the spread, and counts joined rows", () => {
    book.load(snapshot);
    assert.deepEqual(shown("bids", 1e8), [
      [100, 1, 1],
      [99, 2.5, 3.5],
    ]);
    assert.deepEqual(shown("asks", 1e8), [
      [101, 3, 3],
      [102, 0.25, 3.25],
    ]);
    assert.deepEqual(shown("bids", 1e8, 1), [[100, 1, 1]]);
  });

  it("applies differences that came before the snapshot, leaving out what the snapshot has", () => {
    assert.ok(book.apply({ U: 9, u: 10, b: levels(["100.00000000", "7.00000000"]), a: [] }));
    assert.ok(book.apply({ U: 11, u: 12, b: levels(["100.00000000", "0.00000000"]), a: levels(["100.50000000", "1.00000000"]) }));
    assert.ok(book.load(snapshot));
    assert.deepEqual(book.best(), { bid: 99.5e8, ask: 100.5e8 });
  });

  it("asks for a new snapshot when a difference is missing, and shows nothing until then", () => {
    book.load(snapshot);
    assert.ok(book.apply({ U: 11, u: 11, b: [], a: [] }));
    assert.equal(book.apply({ U: 13, u: 14, b: [], a: levels(["90.00000000", "1.00000000"]) }), false);
    assert.equal(book.loaded, false);
    assert.deepEqual(book.best(), { bid: undefined, ask: undefined });
  });

  it("is loaded when the exchange's book is empty and never had a change", () => {
    assert.ok(book.load({ lastUpdateId: 0, bids: [], asks: [] }));
    assert.equal(book.loaded, true);
    assert.ok(book.apply({ U: 1, u: 1, b: levels(["5.00000000", "1.00000000"]), a: [] }));
    assert.deepEqual(book.best(), { bid: 5e8, ask: undefined });
  });
});
