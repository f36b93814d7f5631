/**
 * One order book, usable alone: price-time priority over orders with ids of the caller's own. It knows no accounts and no money; the
 * exchange adds those around the same queues.
 */

import { Side } from "./commands";
import { OrderIndex } from "./hash-index";
import * as levelFields from "./levels";
import { LevelPool } from "./levels";
import * as orderFields from "./order-pool";
import { OrderPool } from "./order-pool";
import { PriceQueues } from "./queues";

const { FLAGS, ICEBERG, ID, PRICE, REMAINING, SIDE_BIT, VISIBLE } = orderFields;
const { LEVEL_HEAD, LEVEL_PRICE } = levelFields;

/** Bit of FLAGS, beside the side. */
const IS_ICEBERG = 2;

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
export class Book {
  /** Fills of the latest call: maker id, price and quantity of each, one after the other. */
  fills = new Float64Array(3 * 64);
  fillCount = 0;
  private readonly orders: OrderPool;
  private readonly index: OrderIndex;
  private readonly records = new LevelPool();
  private readonly queues: PriceQueues;

  constructor(options: BookOptions = {}) {
    const { orders = 1024 } = options;
    this.orders = new OrderPool(orders);
    this.index = new OrderIndex(this.orders, orders);
    this.queues = new PriceQueues(this.orders, false, this.records);
  }

  /** Number of resting orders. */
  get size(): number {
    return this.orders.size;
  }

  /**
   * Trades an order as far as prices cross and lets the rest, if any, join the queue at its price. Returns what rests; nothing is done, and
   * -1 returned, where the id is in the book already.
   * @param iceberg lots to show at a time; 0 shows all
   */
  add(id: number, side: Side, price: number, quantity: number, iceberg = 0): number {
    this.fillCount = 0;
    const opposite = side === Side.BUY ? this.queues.asks.best : this.queues.bids.best;
    if (opposite !== 0) {
      const there = this.queues.f[opposite * 5 + LEVEL_PRICE];
      if (side === Side.BUY ? there <= price : there >= price) {
        if (this.index.find(id) !== 0) return -1;
        const left = this.match(side, price, quantity);
        if (left > 0) this.rest(id, side, price, left, iceberg);
        return left;
      }
    }
    return this.rest(id, side, price, quantity, iceberg) ? quantity : -1;
  }

  /** Trades what is there within `price` and forgets the rest, which is returned. An order without a limit has the price `Infinity` or 0. */
  take(side: Side, price: number, quantity: number): number {
    this.fillCount = 0;
    return this.match(side, price, quantity);
  }

  /** Removes an order; returns the lots it had left, 0 where the id is not in the book. */
  cancel(id: number): number {
    this.fillCount = 0;
    const order = this.index.take(id);
    if (order === 0) return 0;
    const left = this.orders.f[order * 8 + REMAINING];
    this.queues.remove(order);
    this.orders.release(order);
    return left;
  }

  /** Lowers what an order has left to `quantity`; it keeps its place. Returns whether it is there and had more. */
  amend(id: number, quantity: number): boolean {
    this.fillCount = 0;
    const order = this.index.find(id);
    if (order === 0) return false;
    const left = this.orders.f[order * 8 + REMAINING];
    if (quantity <= 0 || quantity >= left) return false;
    this.queues.shrink(order, left - quantity);
    return true;
  }

  /** Gives an order another price and quantity; it trades where that crosses and loses its place. Returns what rests, -1 where the id is not in the book. */
  modify(id: number, price: number, quantity: number): number {
    this.fillCount = 0;
    const order = this.index.find(id);
    if (order === 0) return -1;
    const side: Side = this.orders.i[order * 16 + FLAGS] & SIDE_BIT;
    const iceberg = this.orders.i[order * 16 + FLAGS] & IS_ICEBERG ? this.orders.coldF[order * 6 + ICEBERG] : 0;
    this.queues.remove(order);
    this.index.remove(order);
    this.orders.release(order);
    const left = this.match(side, price, quantity);
    if (left > 0) this.rest(id, side, price, left, iceberg);
    return left;
  }

  /** Lots that an order has left; 0 where the id is not in the book. */
  remaining(id: number): number {
    const order = this.index.find(id);
    return order === 0 ? 0 : this.orders.f[order * 8 + REMAINING];
  }

  /** Best price of a side, 0 where it is empty. */
  best(side: Side): number {
    const { best } = this.queues.ladder(side);
    return best === 0 ? 0 : this.queues.f[best * 5 + LEVEL_PRICE];
  }

  /** Price and visible lots of at most `limit` levels, best first. */
  depth(side: Side, limit = Number.POSITIVE_INFINITY): [price: number, quantity: number][] {
    return this.queues.depth(side, limit);
  }

  /** Number of levels of a side. */
  levels(side: Side): number {
    return this.queues.ladder(side).size;
  }

  /** Fill number `n` of the latest call, from 0. */
  fill(n: number): Fill {
    return { makerId: this.fills[n * 3], price: this.fills[n * 3 + 1], quantity: this.fills[n * 3 + 2] };
  }

  /** Bytes of the book's arrays. */
  get bytes(): number {
    return this.orders.bytes + this.index.bytes + this.records.bytes + this.queues.bytes + this.fills.byteLength;
  }

  private match(side: Side, price: number, quantity: number): number {
    const { queues, orders } = this;
    const buys = side === Side.BUY;
    const ladder = buys ? queues.asks : queues.bids;
    let left = quantity;
    while (left > 0) {
      const level = ladder.best;
      if (level === 0) break;
      const there = queues.f[level * 5 + LEVEL_PRICE];
      if (buys ? there > price : there < price) break;
      const maker = queues.i[level * 10 + LEVEL_HEAD];
      const shown = orders.f[maker * 8 + VISIBLE];
      const lots = Math.min(left, shown);
      left -= lots;
      this.note(orders.f[maker * 8 + ID], there, lots);
      queues.reduce(maker, lots);
      if (lots < shown) break;
      if (orders.f[maker * 8 + REMAINING] > 0) queues.replenish(maker, orders.coldF[maker * 6 + ICEBERG]);
      else {
        queues.remove(maker);
        this.index.remove(maker);
        orders.release(maker);
      }
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

  private rest(id: number, side: Side, price: number, quantity: number, iceberg: number): boolean {
    const { orders } = this;
    const order = orders.allocate();
    orders.f[order * 8 + ID] = id;
    if (!this.index.claim(order)) {
      orders.release(order);
      return false;
    }
    orders.f[order * 8 + REMAINING] = quantity;
    orders.f[order * 8 + PRICE] = price;
    orders.f[order * 8 + VISIBLE] = iceberg > 0 && iceberg < quantity ? iceberg : quantity;
    // The cold part of an order is touched for icebergs only.
    orders.i[order * 16 + FLAGS] = iceberg > 0 ? side | IS_ICEBERG : side;
    if (iceberg > 0) orders.coldF[order * 6 + ICEBERG] = iceberg;
    this.queues.insert(order, side, price);
    return true;
  }
}
