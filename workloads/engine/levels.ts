/**
 * Price levels, which any number of queues share. The books of an exchange keep theirs side by side, so that a command finds its level by symbol,
 * side and price without a look at the objects of its symbol.
 */

import type { Side } from "./commands";
import { type Memory, Pool } from "./memory";
import * as records from "./records";

const {
  LEVEL_CACHE,
  LEVEL_FLAGS,
  LEVEL_HIDDEN,
  LEVEL_NOTED,
  LEVEL_POOL,
  LEVEL_PRICE,
  LEVEL_SHIFT,
  LEVEL_VISIBLE,
  LATEST_SESSION,
  NEXT,
  OWNER_SHIFT,
  PREVIOUS,
  SLOTS,
} = records;

/** By which places of the cache are made of prices: 2^32 over the golden ratio. */
export const GOLDEN = 0x9e3779b1;
const MULTIPLIER = GOLDEN;
/** Places of the cache at first: a power of two. */
const FIRST_PLACES = 64;

export class LevelPool extends Pool {
  private owners = 0;
  /** Places of (queues, side, price) -> level, a cache that is checked against the level itself and therefore never needs to be told of removals. */
  private places = 0;

  constructor(memory: Memory) {
    super(memory, LEVEL_POOL);
    this.makeCache(FIRST_PLACES);
  }

  private makeCache(places: number): void {
    const first = this.memory.take(places / 16);
    const { i } = this.memory;
    i[LATEST_SESSION * 16 + LEVEL_CACHE] = first * 16;
    i[LATEST_SESSION * 16 + LEVEL_SHIFT] = 32 - Math.log2(places);
    this.places = places;
  }

  /** A number for further queues. */
  register(): number {
    return this.owners++;
  }

  /** A level without orders. */
  allocate(owner: number, side: Side, price: number): number {
    if (this.size * 4 >= this.places) this.growCache();
    const level = this.line();
    const { f, i } = this.memory;
    f[level * 8 + LEVEL_PRICE] = price;
    f[level * 8 + LEVEL_VISIBLE] = 0;
    f[level * 8 + LEVEL_HIDDEN] = 0;
    i[level * 16 + NEXT] = level;
    i[level * 16 + PREVIOUS] = level;
    i[level * 16 + LEVEL_FLAGS] = (owner << OWNER_SHIFT) | side;
    this.remember(owner, price, level);
    return level;
  }

  release(level: number): void {
    this.memory.f[level * 8 + LEVEL_PRICE] = -1;
    this.giveLine(level);
  }

  /** Word of the cache's place of the level of these queues at a price, of either side. */
  private place(owner: number, price: number): number {
    const { i } = this.memory;
    const place = Math.imul((price | 0) + (owner << 12), MULTIPLIER) >>> i[LATEST_SESSION * 16 + LEVEL_SHIFT];
    return i[LATEST_SESSION * 16 + LEVEL_CACHE] + place;
  }

  /** The level of these queues at a price, where the cache knows it; 0 says nothing. */
  recall(owner: number, side: Side, price: number): number {
    const level = this.memory.i[this.place(owner, price)];
    return this.is(level, owner, side, price) ? level : 0;
  }

  /** Whether a line is the level of these queues at a price. */
  is(level: number, owner: number, side: Side, price: number): boolean {
    const { f, i } = this.memory;
    const line = level & SLOTS;
    return f[line * 8 + LEVEL_PRICE] === price && (i[line * 16 + LEVEL_FLAGS] & ~LEVEL_NOTED) === ((owner << OWNER_SHIFT) | side);
  }

  remember(owner: number, price: number, level: number): void {
    this.memory.i[this.place(owner, price)] = level;
  }

  private growCache(): void {
    this.memory.give(this.memory.i[LATEST_SESSION * 16 + LEVEL_CACHE] / 16, this.places / 16);
    this.makeCache(this.places * 2);
  }

  override get bytes(): number {
    return super.bytes + this.places * 4;
  }
}
