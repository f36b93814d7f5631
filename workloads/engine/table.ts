/**
 * Hash tables in the memory of an exchange: open addressing without tombstones, a removal shifts the cells behind it back. A cell is two words, a hash
 * and a record; 0 in the latter means that it is empty. A record's key is in the record itself: whoever searches compares it where the hash is equal.
 */

import type { Memory } from "./memory";
import * as records from "./records";

const { TABLE_BASE, TABLE_LIMIT, TABLE_MASK, TABLE_SIZE } = records;

/** Cells at first, a power of two. A line of the memory has eight. */
const FIRST_CELLS = 64;
/** Words of the memory at most: an index masked with it, which changes nothing, can be added to without a check for an overflow. */
const WORDS = 0x3fffffff;

export class Table {
  /** Word at which its counts are. */
  private readonly own: number;

  /**
   * @param line where its counts are
   * @param expected records for which there is room at once
   */
  constructor(
    private readonly memory: Memory,
    line: number,
    expected = 0,
  ) {
    this.own = line * 16;
    let cells = FIRST_CELLS;
    while (cells < expected * 2) cells *= 2;
    this.make(cells);
  }

  private make(cells: number): void {
    const { own } = this;
    const first = this.memory.take(cells / 8);
    const { i } = this.memory;
    i[own + TABLE_BASE] = first * 16;
    i[own + TABLE_MASK] = cells * 2 - 2;
    // Half of them: where more are in use, a search looks at a second or a third one too often.
    i[own + TABLE_LIMIT] = cells / 2;
  }

  /** Cells in use. */
  get size(): number {
    return this.memory.i[this.own + TABLE_SIZE];
  }

  set size(size: number) {
    this.memory.i[this.own + TABLE_SIZE] = size;
  }

  private get base(): number {
    return this.memory.i[this.own + TABLE_BASE];
  }

  private get mask(): number {
    return this.memory.i[this.own + TABLE_MASK];
  }

  /** Word of the cell where a search for a hash begins. */
  home(hash: number): number {
    return (this.base + ((hash << 1) & this.mask)) & WORDS;
  }

  /** Word of the cell behind the one at a word. */
  next(cell: number): number {
    const { base } = this;
    return (base + ((cell - base + 2) & this.mask)) & WORDS;
  }

  /** Adds a record under a hash. */
  add(hash: number, record: number): void {
    if (this.size === this.memory.i[this.own + TABLE_LIMIT]) this.grow();
    this.put(hash, record);
    this.size += 1;
  }

  private put(hash: number, record: number): void {
    const { i } = this.memory;
    let cell = this.home(hash);
    while (i[cell + 1] !== 0) cell = this.next(cell);
    i[cell] = hash;
    i[cell + 1] = record;
  }

  /** Removes a record that is there under a hash. */
  remove(hash: number, record: number): void {
    const { i } = this.memory;
    let cell = this.home(hash);
    while (i[cell + 1] !== record) cell = this.next(cell);
    this.empty(cell);
  }

  /** Empties a cell and moves those behind it back that would not be found otherwise. */
  private empty(cell: number): void {
    const { mask } = this;
    const { i } = this.memory;
    let hole = cell;
    for (let next = this.next(hole); i[next + 1] !== 0; next = this.next(next)) {
      const home = this.home(i[next]);
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      i[hole] = i[next];
      i[hole + 1] = i[next + 1];
      hole = next;
    }
    i[hole + 1] = 0;
    this.size -= 1;
  }

  /** Doubles the table. */
  grow(): void {
    const { base, mask } = this;
    this.make(mask + 2);
    const { i } = this.memory;
    for (let cell = base; cell <= base + mask; cell += 2) {
      if (i[cell + 1] !== 0) this.put(i[cell], i[cell + 1]);
    }
    this.memory.give(base / 16, (mask + 2) / 16);
  }

  get bytes(): number {
    return (this.mask + 2) * 4;
  }
}
