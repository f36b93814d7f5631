/**
 * Hash tables in the memory of an exchange: open addressing without tombstones, a removal shifts the cells behind it back. A cell is two words, a hash
 * and a record; 0 in the latter means that it is empty. A record's key is in the record itself: whoever searches compares it where the hash is equal.
 */

import type { Memory } from "./memory";

/** Cells at first, a power of two. A line of the memory has eight. */
const FIRST_CELLS = 64;
/** Words of the memory at most: an index masked with it, which changes nothing, can be added to without a check for an overflow. */
const WORDS = 0x3fffffff;

export class Table {
  /** Word at which the first cell is, and words of all cells less two: for {@link PlainCancels}, as are the bits of {@link Table.home} and {@link Table.next}. */
  base = 0;
  mask = 0;
  /** Cells in use. */
  size = 0;
  /** Uses from which on the next one doubles the table: two thirds of its cells. */
  private limit = 0;

  /** @param expected records for which there is room at once */
  constructor(
    private readonly memory: Memory,
    expected = 0,
  ) {
    let cells = FIRST_CELLS;
    while (cells * 2 < expected * 3) cells *= 2;
    this.make(cells);
  }

  private make(cells: number): void {
    this.base = this.memory.take(cells / 8) * 16;
    this.mask = cells * 2 - 2;
    this.limit = Math.floor((cells * 2) / 3);
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

  /** Records for which there is room. */
  get left(): number {
    return this.limit - this.size;
  }

  /** Where a search for a hash most likely ends: the first record under it, or 0. @param cell where the search begins */
  guess(hash: number, cell: number): number {
    const { i } = this.memory;
    for (let at = cell; ; at = this.next(at)) {
      const record = i[at + 1];
      if (record === 0 || i[at] === hash) return record;
    }
  }

  /** Adds a record under a hash. */
  add(hash: number, record: number): void {
    if (this.left === 0) this.grow();
    this.insert(hash, record);
  }

  /** The same where it is known that the table is not full. */
  insert(hash: number, record: number): void {
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
