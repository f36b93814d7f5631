/**
 * One order book, usable alone: price-time priority over orders with ids of the caller's own. It knows no accounts and no money, and shares no
 * records with the exchange, whose orders carry both: its orders take 32 bytes, so that a book of ten thousand stays in a core's own cache.
 */

import * as records from "./book-records";
import { BookRecords } from "./book-records";
import { Side } from "./commands";

const { CHAIN, LEVEL, LOTS, NEXT, PREVIOUS, cellOf } = records;
const { BUY } = Side;

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function refuse(given: Record<string, number>): never {
  const values = Object.entries(given).map(([name, value]) => `${name} ${value}`);
  throw new RangeError(`ids, prices and quantities are integers from 1 to 2^53 - 1 and a side is 0 or 1, not ${values.join(", ")}`);
}

export interface BookOptions {
  /** Orders for which memory is taken at once; it doubles when there are more. @default 1,024 */
  orders?: number;
}

/** One fill of the latest call. */
export interface Fill {
  makerId: number;
  price: number;
  quantity: number;
}

/**
 * Prices and quantities are integers from 1 to 2^53 - 1, ids integers from 1 to 2^53 - 1; the sum of quantities at one price must stay below
 * 2^53 too. The fills of the latest call are in {@link Book.fills}.
 *
 * @example
 * const book = new Book();
 * book.add(1, Side.SELL, 101, 5);
 * book.add(2, Side.BUY, 102, 3); // trades 3 at 101
 */
export class Book extends BookRecords {
  /** Fills of the latest call: maker id, price and quantity of each, one after the other. */
  fills = new Float64Array(3 * 64);
  fillCount = 0;

  constructor(options: BookOptions = {}) {
    const { orders = 1024 } = options;
    super(orders);
  }

  /** Number of resting orders. */
  get size(): number {
    return this.count;
  }

  /**
   * Trades an order as far as prices cross and lets the rest, if any, join the queue at its price. Returns what rests; nothing is done, and
   * -1 returned, where the id is in the book already.
   * @param iceberg lots to show at a time; 0 shows all
   */
  add(id: number, side: Side, price: number, quantity: number, iceberg = 0): number {
    if (!isCount(id) || !isCount(price) || !isCount(quantity) || (side | 1) !== 1) refuse({ id, side, price, quantity });
    if (iceberg !== 0 && !isCount(iceberg)) refuse({ iceberg });
    this.fillCount = 0;
    if (this.crossing[side] <= price * (1 - 2 * side)) {
      if (this.find(id) !== 0) return -1;
      const left = this.match(side, price, quantity);
      if (left > 0) this.rest(id, side, price, left, iceberg);
      return left;
    }
    return this.rest(id, side, price, quantity, iceberg) ? quantity : -1;
  }

  /** Trades what is there within `price` and forgets the rest, which is returned. An order without a limit has the price `Infinity` or 0. */
  take(side: Side, price: number, quantity: number): number {
    if (!isCount(quantity) || !(price >= 0) || (side | 1) !== 1) refuse({ side, price, quantity });
    this.fillCount = 0;
    return this.match(side, price, quantity);
  }

  /** Removes an order; returns the lots it had left, 0 where the id is not in the book. */
  cancel(id: number): number {
    this.fillCount = 0;
    const { f, i, ids } = this;
    const cell = cellOf(id, this.idShift);
    let order = ids[cell];
    if (f[order << 2] === id) ids[cell] = i[(order << 3) | CHAIN];
    else {
      let before = 0;
      do {
        if (order === 0) return 0;
        before = order;
        order = i[(order << 3) | CHAIN];
      } while (f[order << 2] !== id);
      i[(before << 3) | CHAIN] = i[(order << 3) | CHAIN];
    }
    const left = f[(order << 2) | LOTS];
    const level = i[(order << 3) | LEVEL];
    if (level < 0) return left + this.removeIceberg(order);
    const next = i[(order << 3) | NEXT];
    const previous = i[(order << 3) | PREVIOUS];
    i[(next << 3) | PREVIOUS] = previous;
    i[(previous << 3) | NEXT] = next;
    i[(order << 3) | NEXT] = this.free;
    this.free = order;
    this.count -= 1;
    f[(level << 2) | LOTS] -= left;
    if (next === previous) this.drop(level);
    return left;
  }

  /** Lowers what an order has left to `quantity`; it keeps its place. Returns whether it is there and had more. */
  amend(id: number, quantity: number): boolean {
    if (!isCount(quantity)) refuse({ quantity });
    this.fillCount = 0;
    const order = this.find(id);
    if (order === 0) return false;
    const { f, i } = this;
    const shown = f[(order << 2) | LOTS];
    let level = i[(order << 3) | LEVEL];
    let left = shown;
    let lots = quantity;
    if (level < 0) {
      const second = -level;
      left += f[(second << 2) | LOTS];
      lots = Math.min(shown, quantity);
      if (quantity < left) f[(second << 2) | LOTS] = quantity - lots;
      level = i[(second << 3) | LEVEL];
    }
    if (quantity >= left) return false;
    f[(order << 2) | LOTS] = lots;
    f[(level << 2) | LOTS] -= shown - lots;
    return true;
  }

  /** Gives an order another price and quantity; it trades where that crosses and loses its place. Returns what rests, -1 where the id is not in the book. */
  modify(id: number, price: number, quantity: number): number {
    if (!isCount(price) || !isCount(quantity)) refuse({ price, quantity });
    const { f, i } = this;
    const order = this.find(id);
    const level = i[(order << 3) | LEVEL];
    const side: Side = i[((level < 0 ? i[(-level << 3) | LEVEL] : level) << 3) | LEVEL];
    const iceberg = level < 0 ? f[-level << 2] : 0;
    return this.cancel(id) === 0 ? -1 : this.add(id, side, price, quantity, iceberg);
  }

  /** Lots that an order has left; 0 where the id is not in the book. */
  remaining(id: number): number {
    const { f, i } = this;
    const order = this.find(id);
    if (order === 0) return 0;
    const level = i[(order << 3) | LEVEL];
    return f[(order << 2) | LOTS] + (level < 0 ? f[(-level << 2) | LOTS] : 0);
  }

  /** Best price of a side, 0 where it is empty. */
  best(side: Side): number {
    return this.f[this.ladder(side).best << 2] || 0;
  }

  /** Price and visible lots of at most `limit` levels, best first. */
  depth(side: Side, limit = Number.POSITIVE_INFINITY): [price: number, quantity: number][] {
    const levels: number[] = [];
    this.ladder(side).list(levels, limit);
    return levels.map((level) => [this.f[level << 2], this.f[(level << 2) | LOTS]]);
  }

  /** Number of levels of a side. */
  levels(side: Side): number {
    return this.ladder(side).size;
  }

  /** Fill number `n` of the latest call, from 0. */
  fill(n: number): Fill {
    return { makerId: this.fills[n * 3], price: this.fills[n * 3 + 1], quantity: this.fills[n * 3 + 2] };
  }

  /** Bytes of the book's arrays. */
  override get bytes(): number {
    return super.bytes + this.fills.byteLength;
  }

  private match(side: Side, price: number, quantity: number): number {
    const limit = price * (1 - 2 * side);
    const { f, i, ids, idShift, crossing } = this;
    const ladder = side === BUY ? this.asks : this.bids;
    let left = quantity;
    while (left > 0 && crossing[side] <= limit) {
      const level = ladder.best;
      const there = f[level << 2];
      let maker = i[(level << 3) | NEXT];
      do {
        const id = f[maker << 2];
        const shown = f[(maker << 2) | LOTS];
        const lots = Math.min(left, shown);
        left -= lots;
        f[(level << 2) | LOTS] -= lots;
        this.note(id, there, lots);
        if (lots < shown) {
          f[(maker << 2) | LOTS] = shown - lots;
          return 0;
        }
        const next = i[(maker << 3) | NEXT];
        if (i[(maker << 3) | LEVEL] < 0 && this.replenish(maker)) {
          maker = i[(level << 3) | NEXT];
          continue;
        }
        i[(level << 3) | NEXT] = next;
        i[(next << 3) | PREVIOUS] = level;
        const cell = cellOf(id, idShift);
        if (ids[cell] === maker) ids[cell] = i[(maker << 3) | CHAIN];
        else this.unchain(ids[cell], maker);
        i[(maker << 3) | NEXT] = this.free;
        this.free = maker;
        this.count -= 1;
        maker = next;
      } while (left > 0 && maker !== level);
      if (maker === level) this.drop(level);
    }
    return left;
  }

  private note(makerId: number, price: number, quantity: number): void {
    let at = this.fillCount * 3;
    if (at === this.fills.length) {
      const fills = new Float64Array(at * 2);
      fills.set(this.fills);
      this.fills = fills;
    }
    this.fills[at++] = makerId;
    this.fills[at++] = price;
    this.fills[at] = quantity;
    this.fillCount += 1;
  }

  /** Puts an order at the end of the queue at its price, unless its id is in the book. */
  private rest(id: number, side: Side, price: number, quantity: number, iceberg: number): boolean {
    // Three records are needed at most, and cells for one.
    if (this.fresh + 3 > this.f.length >> 2 || this.count * 2 >= this.ids.length) this.grow();
    const { f, i, ids } = this;
    const cell = cellOf(id, this.idShift);
    const first = ids[cell];
    for (let other = first; other !== 0; other = i[(other << 3) | CHAIN]) {
      if (f[other << 2] === id) return false;
    }
    const order = this.free !== 0 ? this.free : this.fresh++;
    this.free = i[(order << 3) | NEXT];
    ids[cell] = order;
    i[(order << 3) | CHAIN] = first;
    this.count += 1;
    let level = this.prices[cellOf(price, this.priceShift)];
    while (f[level << 2] !== price) level = level === 0 ? this.create(side, price) | 0 : i[(level << 3) | CHAIN];
    const last = i[(level << 3) | PREVIOUS];
    f[order << 2] = id;
    f[(order << 2) | LOTS] = quantity;
    i[(order << 3) | PREVIOUS] = last;
    i[(order << 3) | NEXT] = level;
    i[(order << 3) | LEVEL] = level;
    i[(last << 3) | NEXT] = order;
    i[(level << 3) | PREVIOUS] = order;
    f[(level << 2) | LOTS] += quantity;
    if (iceberg > 0) this.hide(order, level, quantity, iceberg);
    return true;
  }

  /** Makes an order that shows all of its lots an iceberg. */
  private hide(order: number, level: number, quantity: number, iceberg: number): void {
    const { f, i } = this;
    const second = this.record();
    const hidden = Math.max(0, quantity - iceberg);
    f[second << 2] = iceberg;
    f[(second << 2) | LOTS] = hidden;
    i[(second << 3) | LEVEL] = level;
    i[(order << 3) | LEVEL] = -second;
    f[(order << 2) | LOTS] = quantity - hidden;
    f[(level << 2) | LOTS] -= hidden;
  }

  /** Shows the next part of an iceberg at the end of its queue; frees its second record, and returns false, where nothing is hidden. */
  private replenish(order: number): boolean {
    const { f, i } = this;
    const second = -i[(order << 3) | LEVEL];
    const hidden = f[(second << 2) | LOTS];
    if (hidden === 0) {
      this.release(second);
      return false;
    }
    const level = i[(second << 3) | LEVEL];
    const lots = Math.min(f[second << 2], hidden);
    f[(second << 2) | LOTS] = hidden - lots;
    f[(order << 2) | LOTS] = lots;
    f[(level << 2) | LOTS] += lots;
    this.unlink(order);
    const last = i[(level << 3) | PREVIOUS];
    i[(order << 3) | PREVIOUS] = last;
    i[(order << 3) | NEXT] = level;
    i[(last << 3) | NEXT] = order;
    i[(level << 3) | PREVIOUS] = order;
    return true;
  }

  /** Takes an iceberg out that is in the table of ids no more; returns the lots it hid. */
  private removeIceberg(order: number): number {
    const { f, i } = this;
    const second = -i[(order << 3) | LEVEL];
    const level = i[(second << 3) | LEVEL];
    f[(level << 2) | LOTS] -= f[(order << 2) | LOTS];
    this.unlink(order);
    this.release(order);
    this.release(second);
    this.count -= 1;
    if (i[(level << 3) | NEXT] === level) this.drop(level);
    return f[(second << 2) | LOTS];
  }
}
