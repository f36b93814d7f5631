/**
 * The records of price levels, which any number of queues share: a level is a slot number from 1. The books of an exchange keep theirs side by
 * side, so that a command finds its level by symbol, side and price without a look at the objects of its symbol.
 */

import { Side } from "./commands";

const { BUY } = Side;

/** Offsets into a level's record of 40 bytes: `f[level * 5 + ...]`, `i[level * 10 + ...]`. */
export const LEVEL_PRICE = 0;
/** Lots shown. */
export const LEVEL_VISIBLE = 1;
/** Lots there that icebergs do not show. */
export const LEVEL_HIDDEN = 2;
export const LEVEL_HEAD = 6;
export const LEVEL_TAIL = 7;
/** Bit 0: side; bit 1: its change is noted; above them the number of the queues that it belongs to. */
export const LEVEL_FLAGS = 8;
export const LEVEL_NOTED = 2;
export const OWNER_SHIFT = 2;

const GOLDEN = 0x9e3779b1;

export class LevelPool {
  f = new Float64Array(16 * 5);
  i = new Int32Array(this.f.buffer);
  /** Best price of each side of the queues with a number: `best[number * 2 + side]`; of an empty side the one that crosses with nothing. */
  best = new Float64Array(0);
  private owners = 0;
  private capacity = 16;
  private free = 0;
  private fresh = 1;
  /** (Queues, side, price) -> level, a cache that is checked against the level itself and therefore never needs to be told of removals. */
  private cache = new Int32Array(64);
  private cacheShift = 32 - 6;

  /** A number for further queues. */
  register(): number {
    const owner = this.owners++;
    const best = new Float64Array(this.owners * 2);
    best.set(this.best);
    best[owner * 2 + 1 - BUY] = Number.POSITIVE_INFINITY;
    this.best = best;
    return owner;
  }

  /** A level without orders. */
  allocate(owner: number, side: Side, price: number): number {
    let level = this.free;
    if (level !== 0) this.free = this.i[level * 10 + LEVEL_HEAD];
    else {
      if (this.fresh === this.capacity) this.grow();
      level = this.fresh++;
    }
    const { f, i } = this;
    f[level * 5] = price;
    f[level * 5 + LEVEL_VISIBLE] = 0;
    f[level * 5 + LEVEL_HIDDEN] = 0;
    i[level * 10 + LEVEL_HEAD] = 0;
    i[level * 10 + LEVEL_TAIL] = 0;
    i[level * 10 + LEVEL_FLAGS] = (owner << OWNER_SHIFT) | side;
    this.remember(owner, price, level);
    return level;
  }

  release(level: number): void {
    this.f[level * 5] = -1;
    this.i[level * 10 + LEVEL_HEAD] = this.free;
    this.free = level;
  }

  /** The level of these queues at a price, where the cache knows it; 0 says nothing. */
  recall(owner: number, side: Side, price: number): number {
    const level = this.cache[Math.imul((price | 0) + (owner << 12), GOLDEN) >>> this.cacheShift];
    return this.is(level, owner, side, price) ? level : 0;
  }

  /** Whether a slot is the level of these queues at a price. */
  is(level: number, owner: number, side: Side, price: number): boolean {
    return this.f[level * 5] === price && (this.i[level * 10 + LEVEL_FLAGS] & ~LEVEL_NOTED) === ((owner << OWNER_SHIFT) | side);
  }

  /** The level slot at which {@link recall} looks, right or wrong. */
  guess(owner: number, price: number): number {
    return this.cache[Math.imul((price | 0) + (owner << 12), GOLDEN) >>> this.cacheShift];
  }

  remember(owner: number, price: number, level: number): void {
    this.cache[Math.imul((price | 0) + (owner << 12), GOLDEN) >>> this.cacheShift] = level;
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

  get bytes(): number {
    return this.f.byteLength + this.cache.byteLength + this.best.byteLength;
  }
}
