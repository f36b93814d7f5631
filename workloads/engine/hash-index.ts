/** From three integers to one. 0 means "none". */

const GOLDEN = 0x9e3779b1 | 0;

/** Mixes three 32-bit parts of a key. */
export function mix(a: number, b: number, c: number): number {
  let h = Math.imul(a ^ 0x27d4eb2f, GOLDEN);
  h = Math.imul((h ^ (h >>> 15)) + b, 0x85ebca6b);
  h = Math.imul((h ^ (h >>> 13)) + c, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A power of two. */
const FIRST_CELLS = 128;

/** Of a key. */
const KEY_BYTES = 12;

/** (a, b, c), each 32 bits -> a number above 0. */
export class KeyIndex {
  private cells: Int32Array;
  private mask: number;
  size = 0;

  constructor() {
    this.cells = new Int32Array(FIRST_CELLS * 4);
    this.mask = FIRST_CELLS - 1;
  }

  /** Takes memory for so many keys at once, while there is none. */
  reserve(capacity: number): void {
    let cells = FIRST_CELLS;
    while (cells < capacity * 2) cells *= 2;
    this.cells = new Int32Array(cells * 4);
    this.mask = cells - 1;
  }

  find(a: number, b: number, c: number): number {
    const { cells, mask } = this;
    let cell = mix(a, b, c) & mask;
    for (;;) {
      const at = cell * 4;
      const value = cells[at + 3];
      if (value === 0) return 0;
      if (cells[at] === (a | 0) && cells[at + 1] === (b | 0) && cells[at + 2] === (c | 0)) return value;
      cell = (cell + 1) & mask;
    }
  }

  /** Adds a key that is not in the table. */
  add(a: number, b: number, c: number, value: number): void {
    if (this.size * 2 >= this.mask) this.grow();
    this.put(a, b, c, value);
    this.size += 1;
  }

  private put(a: number, b: number, c: number, value: number): void {
    const { cells, mask } = this;
    let cell = mix(a, b, c) & mask;
    while (cells[cell * 4 + 3] !== 0) cell = (cell + 1) & mask;
    const at = cell * 4;
    cells[at] = a;
    cells[at + 1] = b;
    cells[at + 2] = c;
    cells[at + 3] = value;
  }

  /** Removes a key that is in the table. */
  remove(a: number, b: number, c: number): void {
    const { cells, mask } = this;
    let hole = mix(a, b, c) & mask;
    while (cells[hole * 4] !== (a | 0) || cells[hole * 4 + 1] !== (b | 0) || cells[hole * 4 + 2] !== (c | 0)) hole = (hole + 1) & mask;
    for (let next = (hole + 1) & mask; cells[next * 4 + 3] !== 0; next = (next + 1) & mask) {
      const at = next * 4;
      const home = mix(cells[at], cells[at + 1], cells[at + 2]) & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        cells.copyWithin(hole * 4, at, at + 4);
        hole = next;
      }
    }
    cells[hole * 4 + 3] = 0;
    this.size -= 1;
  }

  private grow(): void {
    const old = this.cells;
    this.cells = new Int32Array(old.length * 2);
    this.mask = old.length / 2 - 1;
    for (let at = 0; at < old.length; at += 4) {
      if (old[at + 3] !== 0) this.put(old[at], old[at + 1], old[at + 2], old[at + 3]);
    }
  }

  /** Keys in ascending order of their unsigned parts, three words each: a radix sort by bytes, from the last part's lowest to the first part's highest. */
  sortedKeys(): Uint32Array {
    const { cells, size } = this;
    let from = new Uint32Array(size * 3);
    const counts = new Uint32Array(KEY_BYTES * 256);
    let to = 0;
    for (let at = 0; at < cells.length; at += 4) {
      if (cells[at + 3] === 0) continue;
      for (let part = 0; part < 3; part++) {
        const word = cells[at + part];
        from[to++] = word;
        const first = part * 1024;
        counts[first + (word & 255)]++;
        counts[first + 256 + ((word >>> 8) & 255)]++;
        counts[first + 512 + ((word >>> 16) & 255)]++;
        counts[first + 768 + (word >>> 24)]++;
      }
    }
    let sorted = new Uint32Array(size * 3);
    for (let byte = 0; byte < KEY_BYTES; byte++) {
      const part = 2 - (byte >> 2);
      const shift = (byte & 3) * 8;
      const first = (part * 4 + (byte & 3)) * 256;
      const places = counts.subarray(first, first + 256);
      // A byte that all keys have in common puts nothing in order.
      if (size === 0 || places[(from[part] >>> shift) & 255] === size) continue;
      for (let value = 0, sum = 0; value < 256; value++) {
        const count = places[value];
        places[value] = sum;
        sum += count;
      }
      for (let at = 0; at < from.length; at += 3) {
        const place = places[(from[at + part] >>> shift) & 255]++ * 3;
        sorted[place] = from[at];
        sorted[place + 1] = from[at + 1];
        sorted[place + 2] = from[at + 2];
      }
      [from, sorted] = [sorted, from];
    }
    return from;
  }

  get bytes(): number {
    return this.cells.byteLength;
  }
}
