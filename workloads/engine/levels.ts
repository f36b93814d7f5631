/**
 * Price levels, which any number of queues share. The books of an exchange keep theirs side by side, so that a command finds its level by symbol,
 * side and price without a look at the objects of its symbol.
 */

import type { Side } from "./commands";
import { type Memory, Pool } from "./memory";
import * as records from "./records";
import { Table } from "./table";

const { LEVEL_FLAGS, LEVEL_HIDDEN, LEVEL_NOTED, LEVEL_POOL, LEVEL_PRICE, LEVEL_TABLE, LEVEL_VISIBLE, NEXT, OWNER_SHIFT, PREVIOUS } =
  records;

const GOLDEN = 0x9e3779b1;

/** Of queues and a price, of either side. */
function hashOf(owner: number, price: number): number {
  const mixed = Math.imul((price | 0) + (owner << 12), GOLDEN);
  return mixed ^ (mixed >>> 15);
}

export class LevelPool extends Pool {
  private owners = 0;
  /** (Queues, side, price) -> level: cells of (hash, level). */
  private readonly table: Table;

  constructor(memory: Memory) {
    super(memory, LEVEL_POOL);
    this.table = new Table(memory, LEVEL_TABLE);
  }

  /** A number for further queues. */
  register(): number {
    return this.owners++;
  }

  /** A level without orders. */
  allocate(owner: number, side: Side, price: number): number {
    const level = this.line();
    const { f, i } = this.memory;
    f[level * 8 + LEVEL_PRICE] = price;
    f[level * 8 + LEVEL_VISIBLE] = 0;
    f[level * 8 + LEVEL_HIDDEN] = 0;
    i[level * 16 + NEXT] = level;
    i[level * 16 + PREVIOUS] = level;
    i[level * 16 + LEVEL_FLAGS] = (owner << OWNER_SHIFT) | side;
    this.table.add(hashOf(owner, price), level);
    return level;
  }

  release(level: number): void {
    const { f, i } = this.memory;
    this.table.remove(hashOf(i[level * 16 + LEVEL_FLAGS] >>> OWNER_SHIFT, f[level * 8 + LEVEL_PRICE]), level);
    f[level * 8 + LEVEL_PRICE] = -1;
    this.giveLine(level);
  }

  /** The level of a side of these queues at a price; 0 for none. */
  find(owner: number, side: Side, price: number): number {
    const { table } = this;
    const { i } = this.memory;
    let cell = table.home(hashOf(owner, price));
    while (i[cell + 1] !== 0 && !this.is(i[cell + 1], owner, side, price)) cell = table.next(cell);
    return i[cell + 1];
  }

  /** Whether a line is the level of a side of these queues at a price. */
  private is(level: number, owner: number, side: Side, price: number): boolean {
    const { f, i } = this.memory;
    return f[level * 8 + LEVEL_PRICE] === price && (i[level * 16 + LEVEL_FLAGS] & ~LEVEL_NOTED) === ((owner << OWNER_SHIFT) | side);
  }

  override get bytes(): number {
    return super.bytes + this.table.bytes;
  }
}
