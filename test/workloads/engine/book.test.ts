/** The stand-alone book against a list of orders that is sorted anew each time, and at the bounds of what it takes. */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Book, Side } from "@bourse/engine";
import { random } from "./random-commands";

interface Order {
  id: number;
  side: Side;
  price: number;
  shown: number;
  hidden: number;
  iceberg: number;
}

type Fill = [makerId: number, price: number, quantity: number];

/** The book in its simplest form: orders in the order in which their visible lots came. */
class List {
  orders: Order[] = [];
  fills: Fill[] = [];

  get(id: number): Order | undefined {
    return this.orders.find((order) => order.id === id);
  }

  remaining(id: number): number {
    const order = this.get(id);
    return order === undefined ? 0 : order.shown + order.hidden;
  }

  take(side: Side, price: number, quantity: number): number {
    const better = side === Side.BUY ? 1 : -1;
    let left = quantity;
    while (left > 0) {
      const [maker] = this.orders
        .filter((order) => order.side !== side && (price - order.price) * better >= 0)
        .sort((a, b) => (a.price - b.price) * better);
      if (maker === undefined) break;
      const lots = Math.min(left, maker.shown);
      this.fills.push([maker.id, maker.price, lots]);
      left -= lots;
      maker.shown -= lots;
      if (maker.shown > 0) break;
      this.orders.splice(this.orders.indexOf(maker), 1);
      if (maker.hidden === 0) continue;
      maker.shown = Math.min(maker.iceberg, maker.hidden);
      maker.hidden -= maker.shown;
      this.orders.push(maker);
    }
    return left;
  }

  add(id: number, side: Side, price: number, quantity: number, iceberg: number): number {
    if (this.get(id) !== undefined) return -1;
    const left = this.take(side, price, quantity);
    const shown = iceberg > 0 ? Math.min(iceberg, left) : left;
    if (left > 0) this.orders.push({ id, side, price, shown, hidden: left - shown, iceberg });
    return left;
  }

  cancel(id: number): number {
    const left = this.remaining(id);
    this.orders = this.orders.filter((order) => order.id !== id);
    return left;
  }

  amend(id: number, quantity: number): boolean {
    const order = this.get(id);
    if (order === undefined || quantity >= order.shown + order.hidden) return false;
    order.shown = Math.min(order.shown, quantity);
    order.hidden = quantity - order.shown;
    return true;
  }

  modify(id: number, price: number, quantity: number): number {
    const order = this.get(id);
    if (order === undefined) return -1;
    this.cancel(id);
    return this.add(id, order.side, price, quantity, order.iceberg);
  }

  depth(side: Side): [number, number][] {
    const levels = new Map<number, number>();
    for (const order of this.orders) {
      if (order.side === side) levels.set(order.price, (levels.get(order.price) ?? 0) + order.shown);
    }
    return [...levels].sort(([a], [b]) => (side === Side.BUY ? b - a : a - b));
  }
}

interface World {
  name: string;
  /** Of a random number below 40. */
  price: (n: number) => number;
  /** Of the order's number. */
  id: (n: number) => number;
  lots: number;
}

const worlds: World[] = [
  { name: "prices side by side", price: (n) => 1 + n, id: (n) => n, lots: 9 },
  { name: "prices and ids far apart", price: (n) => 2 ** 40 + n * 1_000_003, id: (n) => n * 4_000_000_007, lots: 2 ** 47 },
  {
    name: "prices and ids that differ in their high bits alone",
    price: (n) => 5 + n * 2 ** 32,
    id: (n) => 7 + (n % 2 ** 20) * 2 ** 32,
    lots: 3,
  },
];

/** Random operations on both; every result, and what the book shows, has to be the same. */
function compare({ price, id, lots }: World, seed: number, operations: number): void {
  const next = random(seed);
  const book = new Book({ orders: 1 });
  const list = new List();
  const known = (): number =>
    list.orders.length === 0 || next(50) === 0 ? id(1 + next(operations)) : list.orders[next(list.orders.length)].id;
  for (let n = 1; n <= operations; n++) {
    // The book is filled for a while, then emptied, again and again.
    const dice = next(100) + (n % 2_000 < 1_000 ? 0 : 25);
    const quantity = (1 + next(10)) * lots;
    const side: Side = next(2);
    const at = price(next(40));
    const target = known();
    list.fills = [];
    let results: (number | boolean)[];
    if (dice < 50) {
      const iceberg = next(4) === 0 ? (1 + next(3)) * lots : 0;
      const own = next(30) === 0 ? target : id(n);
      results = [book.add(own, side, at, quantity, iceberg), list.add(own, side, at, quantity, iceberg)];
    } else if (dice < 55) {
      const limit = next(2) === 0 ? at : side === Side.BUY ? Number.POSITIVE_INFINITY : 0;
      results = [book.take(side, limit, quantity), list.take(side, limit, quantity)];
    } else if (dice < 65) results = [book.amend(target, quantity), list.amend(target, quantity)];
    else if (dice < 75) results = [book.modify(target, at, quantity), list.modify(target, at, quantity)];
    else results = [book.cancel(target), list.cancel(target)];
    strictEqual(results[0], results[1], `operation ${n}`);
    const fills = Array.from({ length: book.fillCount }, (_, fill) => Object.values(book.fill(fill)));
    deepStrictEqual(fills, list.fills, `fills of operation ${n}`);
    strictEqual(book.remaining(target), list.remaining(target));
    strictEqual(book.size, list.orders.length);
    for (const side of [Side.BUY, Side.SELL]) {
      const depth = list.depth(side);
      deepStrictEqual(book.depth(side), depth, `depth after operation ${n}`);
      deepStrictEqual([book.best(side), book.levels(side)], [depth[0]?.[0] ?? 0, depth.length]);
    }
  }
}

describe("the stand-alone book", () => {
  for (const world of worlds) {
    it(`does what a sorted list of orders does, with ${world.name}`, () => {
      for (let seed = 1; seed <= 3; seed++) compare(world, seed, 6_000);
    });
  }

  it("refuses an id that rests, whether it would trade or not", () => {
    const book = new Book();
    book.add(1, Side.BUY, 100, 5);
    book.add(2, Side.SELL, 110, 5);
    deepStrictEqual([book.add(1, Side.BUY, 90, 1), book.add(1, Side.BUY, 120, 1), book.size], [-1, -1, 2]);
  });

  it("refuses what is no positive integer, and is as it was", () => {
    const book = new Book();
    book.add(1, Side.BUY, 100, 5);
    for (const bad of [0, -1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
      throws(() => book.add(bad, Side.BUY, 1, 1), RangeError);
      throws(() => book.add(2, Side.BUY, bad, 1), RangeError);
      throws(() => book.add(2, Side.BUY, 1, bad), RangeError);
      throws(() => book.take(Side.SELL, 0, bad), RangeError);
      throws(() => book.amend(1, bad), RangeError);
      throws(() => book.modify(1, bad, 1), RangeError);
      throws(() => book.modify(1, 1, bad), RangeError);
      if (bad !== 0) throws(() => book.add(2, Side.BUY, 1, 1, bad), RangeError);
    }
    throws(() => book.add(2, 2 as Side, 1, 1), /side 2/);
    throws(() => book.take(Side.SELL, Number.NaN, 1), /price NaN/);
    deepStrictEqual([book.size, book.depth(Side.BUY), book.depth(Side.SELL)], [1, [[100, 5]], []]);
  });

  it("takes no more memory for orders and icebergs that come and go", () => {
    const book = new Book({ orders: 64 });
    for (let n = 1; n <= 100; n++) book.add(n, Side.SELL, n, 10, 3);
    book.take(Side.BUY, 100, 1_000);
    const { bytes } = book;
    for (let round = 0; round < 100; round++) {
      for (let n = 1; n <= 100; n++) book.add(n, Side.SELL, n, 10, n % 5);
      for (let n = 1; n <= 100; n += 2) book.cancel(n);
      strictEqual(book.take(Side.BUY, 100, 500), 0);
    }
    deepStrictEqual([book.size, book.bytes], [0, bytes]);
  });

  it("takes 300,000 orders at one price, and as many prices that differ above bit 32 alone, in time that grows with their number", function () {
    this.timeout(60_000);
    const count = 300_000;
    const book = new Book();
    for (let n = 1; n <= count; n++) book.add(n, Side.SELL, 100, 1);
    ok(book.bytes / count < 150);
    for (let n = 2; n <= count; n += 2) strictEqual(book.cancel(n), 1);
    strictEqual(book.take(Side.BUY, 100, count), count / 2);
    strictEqual(book.fill(count / 2 - 1).makerId, count - 1);
    for (let n = 1; n <= count; n++) book.add(n * 2 ** 32, Side.BUY, (1 + ((n * 7) % count)) * 2 ** 32, 1);
    strictEqual(book.levels(Side.BUY), count);
    strictEqual(book.take(Side.SELL, 0, count), 0);
    deepStrictEqual([book.size, book.fill(0).price, book.fill(count - 1).price], [0, count * 2 ** 32, 2 ** 32]);
  });
});
