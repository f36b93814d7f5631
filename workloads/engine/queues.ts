/**
 * Price levels with a first-in-first-out queue each: two ladders and a pool of levels. A book's resting orders live in one of these, and
 * its waiting stops in another (whose "bids" fire on a fall, the highest first, and whose "asks" fire on a rise, the lowest first).
 */

import { Side } from "./commands";
import { Ladder } from "./ladder";
import type { LevelPool } from "./levels";
import type { OrderPool } from "./order-pool";
import * as records from "./records";

const { BEST, HIDDEN, LEVEL, LEVEL_FLAGS, LEVEL_HIDDEN, LEVEL_NOTED, LEVEL_PRICE, LEVEL_VISIBLE, NEXT, PREVIOUS, REMAINING } = records;

export class PriceQueues {
  /** Its number among those that share its levels. */
  readonly number: number;
  readonly bids = new Ladder(1);
  readonly asks = new Ladder(-1);
  /** Levels changed and not told yet: price and side of each, and the line where it still exists. */
  changedPrices = new Float64Array(16);
  changedSlots = new Int32Array(16);
  changes = 0;

  /**
   * @param levels where its levels are, beside those of other queues
   * @param row the market's, where the best prices of its book are kept; 0 for queues of stops, whose changes nobody is told
   */
  constructor(
    readonly orders: OrderPool,
    private readonly levels: LevelPool,
    private readonly row: number,
  ) {
    this.number = levels.register();
    if (row !== 0) levels.f[row * 8 + BEST + Side.SELL] = Number.POSITIVE_INFINITY;
  }

  /** The memory where levels and orders are. */
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
    return this.levels.find(this.number, side, price);
  }

  /** Level slot at a price, made where there is none. */
  levelAt(side: Side, price: number): number {
    return this.find(side, price) || this.create(side, price);
  }

  /** Puts an order at the end of the queue at `price`. */
  insert(slot: number, side: Side, price: number): void {
    const level = this.levelAt(side, price);
    const { f, i } = this.levels;
    const last = i[level * 16 + PREVIOUS];
    i[slot * 16 + PREVIOUS] = last;
    i[slot * 16 + NEXT] = level;
    i[slot * 16 + LEVEL] = level;
    i[last * 16 + NEXT] = slot;
    i[level * 16 + PREVIOUS] = slot;
    const hidden = this.orders.hidden(slot);
    const visible = f[slot * 8 + REMAINING] - hidden;
    f[level * 8 + LEVEL_VISIBLE] += visible;
    if (hidden !== 0) f[level * 8 + LEVEL_HIDDEN] += hidden;
    if (this.row !== 0) this.note(level);
  }

  /** Takes an order out of its queue, and its level away with the last one. */
  remove(slot: number): void {
    const { f, i } = this.levels;
    const level = i[slot * 16 + LEVEL];
    const hidden = this.orders.hidden(slot);
    const visible = f[slot * 8 + REMAINING] - hidden;
    f[level * 8 + LEVEL_VISIBLE] -= visible;
    if (hidden !== 0) f[level * 8 + LEVEL_HIDDEN] -= hidden;
    if (this.row !== 0) this.note(level);
    this.unlink(slot);
    if (i[level * 16 + NEXT] === level) this.forget(level);
  }

  /** Takes `quantity` off an order's visible and remaining lots and off its level. */
  reduce(slot: number, quantity: number): void {
    const { f, i } = this.levels;
    const level = i[slot * 16 + LEVEL];
    f[slot * 8 + REMAINING] -= quantity;
    f[level * 8 + LEVEL_VISIBLE] -= quantity;
    if (this.row !== 0) this.note(level);
  }

  /** Takes `quantity` off an order's remaining lots, which stay above 0; it shows no more than remains. */
  shrink(slot: number, quantity: number): void {
    const { f, i } = this.levels;
    const level = i[slot * 16 + LEVEL];
    const hidden = this.orders.hidden(slot);
    const visible = f[slot * 8 + REMAINING] - hidden;
    // Without an extra line it shows all that remains, and so it does afterwards.
    if (hidden > 0) this.orders.set(slot, HIDDEN, Math.max(0, hidden - quantity));
    f[slot * 8 + REMAINING] -= quantity;
    const shown = this.orders.visible(slot);
    f[level * 8 + LEVEL_HIDDEN] -= quantity - (visible - shown);
    if (shown === visible) return;
    f[level * 8 + LEVEL_VISIBLE] -= visible - shown;
    if (this.row !== 0) this.note(level);
  }

  /** Shows the next part of an iceberg whose visible part is used up; it goes to the end of its queue. */
  replenish(slot: number, iceberg: number): void {
    const { f, i } = this.levels;
    const level = i[slot * 16 + LEVEL];
    const remaining = f[slot * 8 + REMAINING];
    const visible = Math.min(iceberg, remaining);
    this.orders.set(slot, HIDDEN, remaining - visible);
    f[level * 8 + LEVEL_VISIBLE] += visible;
    f[level * 8 + LEVEL_HIDDEN] -= visible;
    if (this.row !== 0) this.note(level);
    const last = i[level * 16 + PREVIOUS];
    if (last === slot) return;
    this.unlink(slot);
    i[last * 16 + NEXT] = slot;
    i[slot * 16 + PREVIOUS] = last;
    i[slot * 16 + NEXT] = level;
    i[level * 16 + PREVIOUS] = slot;
  }

  private unlink(slot: number): void {
    const { i } = this.levels;
    const next = i[slot * 16 + NEXT];
    const previous = i[slot * 16 + PREVIOUS];
    i[previous * 16 + NEXT] = next;
    i[next * 16 + PREVIOUS] = previous;
  }

  private note(level: number): void {
    const { f, i } = this.levels;
    const flags = i[level * 16 + LEVEL_FLAGS];
    if ((flags & LEVEL_NOTED) !== 0) return;
    i[level * 16 + LEVEL_FLAGS] = flags | LEVEL_NOTED;
    const price = f[level * 8 + LEVEL_PRICE];
    this.addChange((flags & 1) === Side.BUY ? -price - 1 : price, level);
  }

  /** Notes a level that is marked with LEVEL_NOTED. @param noted its price; of a bid `-price - 1`, so that one number tells price and side */
  addChange(noted: number, level: number): void {
    if (this.changes === this.changedPrices.length) this.growChanges();
    this.changedPrices[this.changes] = noted;
    this.changedSlots[this.changes++] = level;
  }

  /** Visible lots at a price of which a change is noted and told with this. */
  visibleAt(side: Side, price: number): number {
    const level = this.find(side, price);
    if (level === 0) return 0;
    const { f, i } = this.levels;
    i[level * 16 + LEVEL_FLAGS] &= ~LEVEL_NOTED;
    return f[level * 8 + LEVEL_VISIBLE];
  }

  /** Forgets the changes without telling them. */
  clearChanges(): void {
    for (let n = 0; n < this.changes; n++) {
      const noted = this.changedPrices[n];
      this.visibleAt(noted < 0 ? Side.BUY : Side.SELL, noted < 0 ? -noted - 1 : noted);
    }
    this.changes = 0;
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
    const ladder = side === Side.BUY ? this.bids : this.asks;
    ladder.insert(price, level);
    if (ladder.best === level && this.row !== 0) this.levels.f[this.row * 8 + BEST + side] = price;
    return level;
  }

  /** Takes away a level without orders. */
  forget(level: number): void {
    const { levels } = this;
    const side: Side = levels.i[level * 16 + LEVEL_FLAGS] & 1;
    const ladder = side === Side.BUY ? this.bids : this.asks;
    ladder.remove(levels.f[level * 8 + LEVEL_PRICE]);
    if (this.row !== 0) {
      const none = side === Side.BUY ? 0 : Number.POSITIVE_INFINITY;
      levels.f[this.row * 8 + BEST + side] = ladder.best === 0 ? none : levels.f[ladder.best * 8 + LEVEL_PRICE];
    }
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
    return levels.map((level) => [this.f[level * 8 + LEVEL_PRICE], this.f[level * 8 + LEVEL_VISIBLE]]);
  }

  /** Bytes of its arrays, without the levels. */
  get bytes(): number {
    return this.changedPrices.byteLength + this.changedSlots.byteLength + this.bids.bytes + this.asks.bytes;
  }
}
