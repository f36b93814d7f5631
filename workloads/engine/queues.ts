/**
 * Price levels with a first-in-first-out queue each: two ladders and a pool of levels. A book's resting orders live in one of these, and
 * its waiting stops in another (whose "bids" fire on a fall, the highest first, and whose "asks" fire on a rise, the lowest first).
 */

import { Side } from "./commands";
import { Ladder } from "./ladder";
import type { OrderPool } from "./order-pool";
import * as orderFields from "./order-pool";

const { LEVEL, NEXT, PREVIOUS, REMAINING, VISIBLE } = orderFields;

/** Offsets into a level's record of 40 bytes: `f[level * 5 + ...]`, `i[level * 10 + ...]`. */
export const LEVEL_PRICE = 0;
/** Lots shown. */
export const LEVEL_VISIBLE = 1;
/** Lots there that icebergs do not show. */
export const LEVEL_HIDDEN = 2;
export const LEVEL_HEAD = 6;
export const LEVEL_TAIL = 7;
/** Bit 0: side; bit 1: its change is noted. */
export const LEVEL_FLAGS = 8;
const NOTED = 2;

export class PriceQueues {
  f = new Float64Array(16 * 5);
  i = new Int32Array(this.f.buffer);
  readonly bids = new Ladder(1);
  readonly asks = new Ladder(-1);
  /** Levels changed since {@link clearChanges}: price and side of each, and the slot where it still exists. */
  changedPrices = new Float64Array(16);
  changedSlots = new Int32Array(16);
  changes = 0;
  /** A level was made anew at a price that may be among the changes already. */
  remade = false;
  private removed = false;
  private capacity = 16;
  private free = 0;
  private fresh = 1;
  /** Price -> level, a cache that is checked against the level itself and therefore never needs to be told of removals. */
  private cache = new Int32Array(64);
  private cacheShift = 32 - 6;

  /** @param notes whether changes of levels are noted */
  constructor(
    readonly orders: OrderPool,
    private readonly notes: boolean,
  ) {}

  ladder(side: Side): Ladder {
    return side === Side.BUY ? this.bids : this.asks;
  }

  /** Level slot at a price, or 0. */
  find(side: Side, price: number): number {
    const cell = Math.imul(price | 0, 0x9e3779b1) >>> this.cacheShift;
    const level = this.cache[cell];
    if (level !== 0 && this.f[level * 5] === price && (this.i[level * 10 + LEVEL_FLAGS] & 1) === side) return level;
    const found = (side === Side.BUY ? this.bids : this.asks).find(price);
    if (found !== 0) this.cache[cell] = found;
    return found;
  }

  /** The level slot where {@link find} looks first, right or wrong. */
  guess(side: Side, price: number): number {
    const level = this.cache[Math.imul(price | 0, 0x9e3779b1) >>> this.cacheShift];
    return this.f[level * 5] === price ? level : this.ladder(side).best;
  }

  /** Level slot at a price, made where there is none. */
  levelAt(side: Side, price: number): number {
    return this.find(side, price) || this.create(side, price);
  }

  /** Puts an order at the end of the queue at `price`. */
  insert(slot: number, side: Side, price: number): void {
    const level = this.levelAt(side, price);
    const { f, i } = this;
    const o = this.orders.i;
    const tail = i[level * 10 + LEVEL_TAIL];
    o[slot * 16 + PREVIOUS] = tail;
    o[slot * 16 + NEXT] = 0;
    o[slot * 16 + LEVEL] = level;
    if (tail === 0) i[level * 10 + LEVEL_HEAD] = slot;
    else o[tail * 16 + NEXT] = slot;
    i[level * 10 + LEVEL_TAIL] = slot;
    const visible = this.orders.f[slot * 8 + VISIBLE];
    const hidden = this.orders.f[slot * 8 + REMAINING] - visible;
    f[level * 5 + LEVEL_VISIBLE] += visible;
    if (hidden !== 0) f[level * 5 + LEVEL_HIDDEN] += hidden;
    if (this.notes) this.note(level);
  }

  /** Takes an order out of its queue, and its level away with the last one. */
  remove(slot: number): void {
    const level = this.orders.i[slot * 16 + LEVEL];
    const { f, i } = this;
    const visible = this.orders.f[slot * 8 + VISIBLE];
    const hidden = this.orders.f[slot * 8 + REMAINING] - visible;
    f[level * 5 + LEVEL_VISIBLE] -= visible;
    if (hidden !== 0) f[level * 5 + LEVEL_HIDDEN] -= hidden;
    if (this.notes) this.note(level);
    this.unlink(slot, level);
    if (i[level * 10 + LEVEL_HEAD] === 0) this.drop(level);
  }

  /** Takes `quantity` off an order's visible and remaining lots and off its level. */
  reduce(slot: number, quantity: number): void {
    const level = this.orders.i[slot * 16 + LEVEL];
    this.orders.f[slot * 8 + REMAINING] -= quantity;
    this.orders.f[slot * 8 + VISIBLE] -= quantity;
    this.f[level * 5 + LEVEL_VISIBLE] -= quantity;
    if (this.notes) this.note(level);
  }

  /** Takes `quantity` off an order's remaining lots, which stay above 0; it shows no more than remains. */
  shrink(slot: number, quantity: number): void {
    const level = this.orders.i[slot * 16 + LEVEL];
    const remaining = this.orders.f[slot * 8 + REMAINING] - quantity;
    const visible = this.orders.f[slot * 8 + VISIBLE];
    this.orders.f[slot * 8 + REMAINING] = remaining;
    const shown = Math.min(visible, remaining);
    this.f[level * 5 + LEVEL_HIDDEN] -= quantity - (visible - shown);
    if (shown === visible) return;
    this.orders.f[slot * 8 + VISIBLE] = shown;
    this.f[level * 5 + LEVEL_VISIBLE] -= visible - shown;
    if (this.notes) this.note(level);
  }

  /** Shows the next part of an iceberg whose visible part is used up; it goes to the end of its queue. */
  replenish(slot: number, iceberg: number): void {
    const { orders, f, i } = this;
    const level = orders.i[slot * 16 + LEVEL];
    const visible = Math.min(iceberg, orders.f[slot * 8 + REMAINING]);
    orders.f[slot * 8 + VISIBLE] = visible;
    f[level * 5 + LEVEL_VISIBLE] += visible;
    f[level * 5 + LEVEL_HIDDEN] -= visible;
    if (this.notes) this.note(level);
    const tail = i[level * 10 + LEVEL_TAIL];
    if (tail === slot) return;
    this.unlink(slot, level);
    orders.i[tail * 16 + NEXT] = slot;
    orders.i[slot * 16 + PREVIOUS] = tail;
    orders.i[slot * 16 + NEXT] = 0;
    i[level * 10 + LEVEL_TAIL] = slot;
  }

  private unlink(slot: number, level: number): void {
    const o = this.orders.i;
    const { i } = this;
    const next = o[slot * 16 + NEXT];
    const previous = o[slot * 16 + PREVIOUS];
    if (previous === 0) i[level * 10 + LEVEL_HEAD] = next;
    else o[previous * 16 + NEXT] = next;
    if (next === 0) i[level * 10 + LEVEL_TAIL] = previous;
    else o[next * 16 + PREVIOUS] = previous;
  }

  private note(level: number): void {
    const flags = this.i[level * 10 + LEVEL_FLAGS];
    if ((flags & NOTED) !== 0) return;
    this.i[level * 10 + LEVEL_FLAGS] = flags | NOTED;
    if (this.changes === this.changedPrices.length) this.growChanges();
    // Bids are noted as negative prices (-price - 1), so that one number tells price and side.
    const price = this.f[level * 5];
    this.changedPrices[this.changes] = (flags & 1) === Side.BUY ? -price - 1 : price;
    this.changedSlots[this.changes++] = level;
  }

  /** Visible lots of change number `index`, now. */
  changedQuantity(index: number): number {
    const noted = this.changedPrices[index];
    const side = noted < 0 ? Side.BUY : Side.SELL;
    const price = noted < 0 ? -noted - 1 : noted;
    let level = this.changedSlots[index];
    if (this.f[level * 5] !== price || (this.i[level * 10 + LEVEL_FLAGS] & 1) !== side) level = this.find(side, price);
    if (level === 0) return 0;
    this.i[level * 10 + LEVEL_FLAGS] &= ~NOTED;
    return this.f[level * 5 + LEVEL_VISIBLE];
  }

  clearChanges(): void {
    this.changes = 0;
    this.removed = false;
    this.remade = false;
  }

  /** Sorts the changes (bids from the best on, then asks from the best on) and leaves each level in them once. */
  settleChanges(): void {
    const prices = this.changedPrices;
    let sorted = true;
    for (let i = 1; i < this.changes; i++) {
      if (prices[i] <= prices[i - 1]) sorted = false;
    }
    if (sorted) return;
    if (this.changes === 2 && prices[0] !== prices[1]) {
      const [price, slot] = [prices[0], this.changedSlots[0]];
      prices[0] = prices[1];
      prices[1] = price;
      this.changedSlots[0] = this.changedSlots[1];
      this.changedSlots[1] = slot;
      return;
    }
    prices.subarray(0, this.changes).sort();
    let kept = 0;
    for (let i = 0; i < this.changes; i++) {
      if (i > 0 && prices[i] === prices[i - 1]) continue;
      prices[kept] = prices[i];
      this.changedSlots[kept++] = 0;
    }
    this.changes = kept;
  }

  private create(side: Side, price: number): number {
    let level = this.free;
    if (level !== 0) this.free = this.i[level * 10 + LEVEL_HEAD];
    else {
      if (this.fresh === this.capacity) this.grow();
      level = this.fresh++;
    }
    if (this.removed) this.remade = true;
    this.f[level * 5] = price;
    this.f[level * 5 + LEVEL_VISIBLE] = 0;
    this.f[level * 5 + LEVEL_HIDDEN] = 0;
    this.i[level * 10 + LEVEL_HEAD] = 0;
    this.i[level * 10 + LEVEL_TAIL] = 0;
    this.i[level * 10 + LEVEL_FLAGS] = side;
    const ladder = side === Side.BUY ? this.bids : this.asks;
    ladder.insert(price, level);
    this.cache[Math.imul(price | 0, 0x9e3779b1) >>> this.cacheShift] = level;
    return level;
  }

  private drop(level: number): void {
    this.forget(level);
    this.removed = true;
  }

  /** Takes away a level without orders, of which no change is noted. */
  forget(level: number): void {
    const side = this.i[level * 10 + LEVEL_FLAGS] & 1;
    (side === Side.BUY ? this.bids : this.asks).remove(this.f[level * 5]);
    this.f[level * 5] = -1;
    this.i[level * 10 + LEVEL_HEAD] = this.free;
    this.free = level;
  }

  private grow(): void {
    this.capacity *= 2;
    const f = new Float64Array(this.capacity * 5);
    f.set(this.f);
    this.f = f;
    this.i = new Int32Array(f.buffer);
    this.cache = new Int32Array(this.capacity * 2);
    this.cacheShift = 32 - Math.log2(this.capacity * 2);
  }

  private growChanges(): void {
    const prices = new Float64Array(this.changes * 2);
    prices.set(this.changedPrices);
    this.changedPrices = prices;
    const slots = new Int32Array(this.changes * 2);
    slots.set(this.changedSlots);
    this.changedSlots = slots;
  }

  /** Price and visible lots of at most `limit` levels, best first. */
  depth(side: Side, limit: number): [price: number, quantity: number][] {
    const levels: number[] = [];
    this.ladder(side).list(levels, limit);
    return levels.map((level) => [this.f[level * 5], this.f[level * 5 + LEVEL_VISIBLE]]);
  }

  get bytes(): number {
    const changes = this.changedPrices.byteLength + this.changedSlots.byteLength;
    return this.f.byteLength + this.cache.byteLength + changes + this.bids.bytes + this.asks.bytes;
  }
}
