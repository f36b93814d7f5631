/**
 * The memory of a stand-alone book: its orders and levels, how ids and prices lead to them, and the best price of each side.
 *
 * Orders and levels are records of one array, and a level's queue is a ring of its orders and itself. So an order is put into a queue or taken out of it
 * without a look whether it is the first or the last, and what a processor cannot foresee of an operation is little more than its kind.
 */

import { Side } from "./commands";
import { Ladder } from "./ladder";

const { BUY } = Side;

/**
 * A record is a slot number from 1; record 0 has the key NaN, which is equal to none. Its doubles, `f[(slot << 2) | ...]`: of an order its id, of a level its
 * price, of an iceberg's second record the lots that it shows at a time.
 */
export const KEY = 0;
/** Of an order the lots it shows, of a level the sum of those, of an iceberg's second record the lots it hides. */
export const LOTS = 1;
/** Its integers: `i[(slot << 3) | ...]`. The neighbours in the ring; NEXT also links free records. */
export const NEXT = 4;
export const PREVIOUS = 5;
/** Of a level its side. Of an order its level, or, negative, the second record of an iceberg, where the level is. */
export const LEVEL = 6;
/** The next record with the same cell in the table of ids, or of prices. */
export const CHAIN = 7;

/** Slots, shifted, have to stay below 2^31. */
const MAX_RECORDS = 2 ** 28;
const MIN_CELLS = 256;
const GOLDEN = 0x9e3779b1 | 0;
const TWO_32 = 4294967296;

/**
 * Cell of an id or a price in a table of 2^(36 - shift) cells. Sixteen that follow one another share a line of the cache, because ids are handed out in
 * sequence and prices lie close together; all that is above is mixed.
 */
export function cellOf(key: number, shift: number): number {
  const low = key | 0;
  const mixed = low === key ? low : low ^ Math.imul(key / TWO_32, GOLDEN);
  return ((Math.imul(mixed >>> 4, GOLDEN) >>> shift) << 4) | (mixed & 15);
}

export abstract class BookRecords {
  protected f: Float64Array;
  protected i: Int32Array;
  /** First of the records that are free again. */
  protected free = 0;
  /** First of the records that were never used. */
  protected fresh = 1;
  /** Resting orders. */
  protected count = 0;
  /** Id -> first of the orders whose ids have this cell. At most half as many orders as cells. */
  protected ids: Int32Array;
  protected idShift: number;
  /** Price -> first of the levels whose prices have this cell. Both sides are in it, because no price has orders of both. */
  protected prices = new Int32Array(MIN_CELLS);
  protected priceShift = 36 - Math.log2(MIN_CELLS);
  protected readonly bids = new Ladder(1);
  protected readonly asks = new Ladder(-1);
  /**
   * By side, the price from which an order trades, negative for sells, so that both compare alike: NaN, which no price reaches, where nothing rests
   * on the other side.
   */
  protected readonly crossing = Float64Array.of(Number.NaN, Number.NaN);

  /** @param orders for which memory is taken at once */
  constructor(orders: number) {
    this.f = new Float64Array((orders + (orders >> 3) + 16) * 4);
    this.i = new Int32Array(this.f.buffer);
    this.f[KEY] = Number.NaN;
    let cells = MIN_CELLS;
    while (cells < orders * 2) cells *= 2;
    this.ids = new Int32Array(cells);
    this.idShift = 36 - Math.log2(cells);
  }

  /** Bytes of the arrays. */
  get bytes(): number {
    const { f, ids, prices, bids, asks } = this;
    return f.byteLength + ids.byteLength + prices.byteLength + bids.bytes + asks.bytes;
  }

  protected ladder(side: Side): Ladder {
    return side === BUY ? this.bids : this.asks;
  }

  /** Record of an order, or 0. */
  protected find(id: number): number {
    const { f, i } = this;
    let order = this.ids[cellOf(id, this.idShift)];
    while (order !== 0 && f[order << 2] !== id) order = i[(order << 3) | CHAIN];
    return order;
  }

  /** A free record; whoever asks has made sure by {@link grow} that there is one. */
  protected record(): number {
    const record = this.free !== 0 ? this.free : this.fresh++;
    this.free = this.i[(record << 3) | NEXT];
    return record;
  }

  protected release(record: number): void {
    this.i[(record << 3) | NEXT] = this.free;
    this.free = record;
  }

  protected unlink(order: number): void {
    const { i } = this;
    const next = i[(order << 3) | NEXT];
    const previous = i[(order << 3) | PREVIOUS];
    i[(next << 3) | PREVIOUS] = previous;
    i[(previous << 3) | NEXT] = next;
  }

  /** Takes a record out of the chain that begins with `first`, another one. */
  protected unchain(first: number, record: number): void {
    const { i } = this;
    let before = first;
    while (i[(before << 3) | CHAIN] !== record) before = i[(before << 3) | CHAIN];
    i[(before << 3) | CHAIN] = i[(record << 3) | CHAIN];
  }

  /** A level without orders, at a price that has none. */
  protected create(side: Side, price: number): number {
    const { f, i } = this;
    const level = this.record();
    const ladder = this.ladder(side);
    if (2 * (this.bids.size + this.asks.size) >= this.prices.length) {
      this.prices = this.doubled(this.prices, this.priceShift);
      this.priceShift -= 1;
    }
    const cell = cellOf(price, this.priceShift);
    f[level << 2] = price;
    f[(level << 2) | LOTS] = 0;
    i[(level << 3) | NEXT] = level;
    i[(level << 3) | PREVIOUS] = level;
    i[(level << 3) | LEVEL] = side;
    i[(level << 3) | CHAIN] = this.prices[cell];
    this.prices[cell] = level;
    ladder.insert(price, level);
    this.crossing[1 - side] = f[ladder.best << 2] * (2 * side - 1);
    return level;
  }

  /** Takes a level away that has no orders. */
  protected drop(level: number): void {
    const { f, i, prices } = this;
    const side: Side = i[(level << 3) | LEVEL];
    const price = f[level << 2];
    const cell = cellOf(price, this.priceShift);
    if (prices[cell] === level) prices[cell] = i[(level << 3) | CHAIN];
    else this.unchain(prices[cell], level);
    const ladder = this.ladder(side);
    ladder.remove(price);
    this.crossing[1 - side] = f[ladder.best << 2] * (2 * side - 1);
    this.release(level);
  }

  /** Takes twice the memory for what is about to be full: three records and one id have to find room. */
  protected grow(): void {
    if (this.fresh + 3 > this.f.length >> 2) {
      if (this.f.length * 2 > MAX_RECORDS * 4) throw new RangeError(`a book holds at most ${MAX_RECORDS} orders and levels`);
      const f = new Float64Array(this.f.length * 2);
      f.set(this.f);
      this.f = f;
      this.i = new Int32Array(f.buffer);
    }
    if (this.count * 2 < this.ids.length) return;
    this.ids = this.doubled(this.ids, this.idShift);
    this.idShift -= 1;
  }

  /** A table of twice the size with the same records. */
  protected doubled(table: Int32Array, shift: number): Int32Array<ArrayBuffer> {
    const { f, i } = this;
    const larger = new Int32Array(table.length * 2);
    for (const first of table) {
      for (let record = first, next = 0; record !== 0; record = next) {
        next = i[(record << 3) | CHAIN];
        const cell = cellOf(f[record << 2], shift - 1);
        i[(record << 3) | CHAIN] = larger[cell];
        larger[cell] = record;
      }
    }
    return larger;
  }
}
