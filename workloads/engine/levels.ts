/**
 * Price levels, which any number of queues share. The books of an exchange keep theirs side by side, so that a command finds its level by symbol,
 * side and price without a look at the objects of its symbol.
 */

import type { Side } from "./commands";
import type { Compiled } from "./compiled";
import { type Memory, Pool } from "./memory";
import * as records from "./records";
import { Table } from "./table";

const { LEVEL_FLAGS, LEVEL_HIDDEN, LEVEL_POOL, LEVEL_PRICE, LEVEL_TABLE, LEVEL_VISIBLE, NEXT, OWNER_SHIFT, PREVIOUS } = records;

export class LevelPool extends Pool {
  private owners = 0;
  /** (Queues, side, price) -> level. */
  private readonly table: Table;

  constructor(
    private readonly compiled: Compiled,
    memory: Memory,
  ) {
    super(memory, LEVEL_POOL);
    this.table = new Table(compiled, memory, LEVEL_TABLE);
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
    this.table.add(level);
    return level;
  }

  release(level: number): void {
    this.table.remove(level);
    this.memory.f[level * 8 + LEVEL_PRICE] = -1;
    this.giveLine(level);
  }

  /** The level of a side of these queues at a price; 0 for none. */
  find(owner: number, side: Side, price: number): number {
    return this.compiled.levelOf(owner, side, price);
  }

  /** Levels that are found by their price: all. */
  get indexed(): number {
    return this.table.size;
  }

  override get bytes(): number {
    return super.bytes + this.table.bytes;
  }
}
