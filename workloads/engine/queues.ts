/**
 * Price levels with a first-in-first-out queue each: two ladders and a pool of levels. A book's resting orders live in one of these, and
 * its waiting stops in another (whose "bids" fire on a fall, the highest first, and whose "asks" fire on a rise, the lowest first).
 */

import { Side } from "./commands";
import { Ladder } from "./ladder";
import type { LevelPool } from "./levels";
import * as levelFields from "./levels";
import type { OrderPool } from "./order-pool";
import * as orderFields from "./order-pool";

const { LEVEL, NEXT, PREVIOUS, REMAINING, VISIBLE } = orderFields;
const { LEVEL_FLAGS, LEVEL_HEAD, LEVEL_HIDDEN, LEVEL_NOTED, LEVEL_TAIL, LEVEL_VISIBLE } = levelFields;

export class PriceQueues {
  /** Its number among those that share its levels. */
  readonly number: number;
  readonly bids = new Ladder(1);
  readonly asks = new Ladder(-1);
  /** Levels changed since {@link clearChanges}: price and side of each, and the slot where it still exists. */
  changedPrices = new Float64Array(16);
  changedSlots = new Int32Array(16);
  changes = 0;
  /** A level was made anew at a price that may be among the changes already. */
  remade = false;
  private removed = false;

  /**
   * @param notes whether changes of levels are noted
   * @param levels where the records of its levels are, beside those of other queues
   */
  constructor(
    readonly orders: OrderPool,
    private readonly notes: boolean,
    private readonly levels: LevelPool,
  ) {
    this.number = levels.register();
  }

  /** Records of levels: see `levels.ts`. */
  get f(): Float64Array {
    return this.levels.f;
  }

  get i(): Int32Array {
    return this.levels.i;
  }

  ladder(side: Side): Ladder {
    return side === Side.BUY ? this.bids : this.asks;
  }

  /** Level slot at a price, or 0. */
  find(side: Side, price: number): number {
    const known = this.levels.recall(this.number, side, price);
    if (known !== 0) return known;
    const found = (side === Side.BUY ? this.bids : this.asks).find(price);
    if (found !== 0) this.levels.remember(this.number, price, found);
    return found;
  }

  /** Level slot at a price, made where there is none. */
  levelAt(side: Side, price: number): number {
    return this.find(side, price) || this.create(side, price);
  }

  /** Puts an order at the end of the queue at `price`. */
  insert(slot: number, side: Side, price: number): void {
    const level = this.levelAt(side, price);
    const { f, i } = this.levels;
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
    const { f, i } = this.levels;
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
    const { orders } = this;
    const { f, i } = this.levels;
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
    const { i } = this.levels;
    const next = o[slot * 16 + NEXT];
    const previous = o[slot * 16 + PREVIOUS];
    if (previous === 0) i[level * 10 + LEVEL_HEAD] = next;
    else o[previous * 16 + NEXT] = next;
    if (next === 0) i[level * 10 + LEVEL_TAIL] = previous;
    else o[next * 16 + PREVIOUS] = previous;
  }

  private note(level: number): void {
    const { f, i } = this.levels;
    const flags = i[level * 10 + LEVEL_FLAGS];
    if ((flags & LEVEL_NOTED) !== 0) return;
    i[level * 10 + LEVEL_FLAGS] = flags | LEVEL_NOTED;
    if (this.changes === this.changedPrices.length) this.growChanges();
    // Bids are noted as negative prices (-price - 1), so that one number tells price and side.
    const price = f[level * 5];
    this.changedPrices[this.changes] = (flags & 1) === Side.BUY ? -price - 1 : price;
    this.changedSlots[this.changes++] = level;
  }

  /** Visible lots of change number `index`, now. */
  changedQuantity(index: number): number {
    const noted = this.changedPrices[index];
    const side = noted < 0 ? Side.BUY : Side.SELL;
    const price = noted < 0 ? -noted - 1 : noted;
    let level = this.changedSlots[index];
    if (!this.levels.is(level, this.number, side, price)) level = this.find(side, price);
    if (level === 0) return 0;
    const { f, i } = this.levels;
    i[level * 10 + LEVEL_FLAGS] &= ~LEVEL_NOTED;
    return f[level * 5 + LEVEL_VISIBLE];
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
    const level = this.levels.allocate(this.number, side, price);
    if (this.removed) this.remade = true;
    const ladder = side === Side.BUY ? this.bids : this.asks;
    ladder.insert(price, level);
    if (ladder.best === level) this.levels.best[this.number * 2 + side] = price;
    return level;
  }

  private drop(level: number): void {
    this.forget(level);
    this.removed = true;
  }

  /** Takes away a level without orders, of which no change is noted. */
  forget(level: number): void {
    const { levels } = this;
    const side: Side = levels.i[level * 10 + LEVEL_FLAGS] & 1;
    const ladder = side === Side.BUY ? this.bids : this.asks;
    ladder.remove(levels.f[level * 5]);
    const none = side === Side.BUY ? 0 : Number.POSITIVE_INFINITY;
    levels.best[this.number * 2 + side] = ladder.best === 0 ? none : levels.f[ladder.best * 5];
    levels.release(level);
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

  /** Bytes of its arrays, without the levels. */
  get bytes(): number {
    return this.changedPrices.byteLength + this.changedSlots.byteLength + this.bids.bytes + this.asks.bytes;
  }
}
