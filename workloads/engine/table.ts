/**
 * Hash tables in the memory of an exchange, as TypeScript uses them. They themselves are compiled (`compiled/table.ts`): orders by id and by client key, positions
 * by account and symbol, levels by book and price. A record's key is in the record itself.
 */

import type { Compiled } from "./compiled";
import type { Memory } from "./memory";
import * as records from "./records";

const { KEY_TABLE, ORDER_TABLE, TABLE_MASK, TABLE_SIZE } = records;

export class Table {
  /**
   * @param line where its counts are, by which it is named
   * @param expected records for which there is room at once
   */
  constructor(
    protected readonly compiled: Compiled,
    private readonly memory: Memory,
    private readonly line: number,
    expected = 0,
  ) {
    compiled.makeTable(line, expected);
  }

  /** Adds a record, under the key that it bears, which must not be in the table. */
  add(record: number): void {
    this.compiled.enter(this.line, record);
  }

  /** Removes a record that is there and still bears its key. */
  remove(record: number): void {
    this.compiled.leave(this.line, record);
  }

  /** Records in it. */
  get size(): number {
    return this.memory.i[this.line * 16 + TABLE_SIZE];
  }

  get bytes(): number {
    return (this.memory.i[this.line * 16 + TABLE_MASK] >>> 0) + 64;
  }
}

/** Id -> order. */
export class OrderIndex extends Table {
  constructor(compiled: Compiled, memory: Memory, expected: number) {
    super(compiled, memory, ORDER_TABLE, expected);
  }

  /** 0 for none. */
  find(id: number): number {
    return this.compiled.orderOf(id);
  }
}

/** (Account's slot, client key) -> the open order that bears it. */
export class ClientKeyIndex extends Table {
  constructor(compiled: Compiled, memory: Memory, expected: number) {
    super(compiled, memory, KEY_TABLE, expected);
  }

  /** 0 for none. */
  find(owner: number, low: number, high: number): number {
    return this.compiled.orderOfKey(owner, low, high);
  }
}
