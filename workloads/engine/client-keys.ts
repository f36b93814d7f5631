/** (account, client key) -> the open order that bears it. A cell is (hash of the key, order); the key itself is in the order. */

import { mix } from "./hash-index";
import type { Memory } from "./memory";
import * as records from "./records";
import { Table } from "./table";

const { KEY_HIGH, KEY_LOW, KEY_TABLE, OWNER, POSITION, SLOTS } = records;

export class ClientKeyIndex {
  readonly table: Table;

  constructor(
    private readonly memory: Memory,
    expected = 0,
  ) {
    this.table = new Table(memory, KEY_TABLE, expected);
  }

  find(owner: number, low: number, high: number): number {
    const { table } = this;
    const { i } = this.memory;
    const hash = mix(owner, low, high);
    for (let cell = table.home(hash); ; cell = table.next(cell)) {
      const order = i[cell + 1] & SLOTS;
      if (order === 0) return 0;
      if (i[cell] === hash && this.bears(order, owner, low, high)) return order;
    }
  }

  private bears(order: number, owner: number, low: number, high: number): boolean {
    const { i } = this.memory;
    return i[order * 16 + KEY_LOW] === low && i[order * 16 + KEY_HIGH] === high && this.owner(order) === owner;
  }

  /** Adds an order under its own key, which must be unique. */
  add(order: number): void {
    this.table.add(this.hash(order), order);
  }

  remove(order: number): void {
    this.table.remove(this.hash(order), order);
  }

  private owner(order: number): number {
    const { i } = this.memory;
    return i[(i[order * 16 + POSITION] & SLOTS) * 16 + OWNER];
  }

  private hash(order: number): number {
    const { i } = this.memory;
    return mix(this.owner(order), i[order * 16 + KEY_LOW], i[order * 16 + KEY_HIGH]);
  }

  get size(): number {
    return this.table.size;
  }

  get bytes(): number {
    return this.table.bytes;
  }
}
