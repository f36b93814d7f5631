/**
 * The memory of an exchange: one array of lines of 64 bytes, seen as doubles and as 32-bit integers. All records and tables that commands touch are in it,
 * so that a function that handles a command has two arrays at hand and not twenty.
 *
 * The array is replaced by a larger one when it is full: whoever keeps `f` or `i` in a variable takes them again behind everything that may take
 * lines. {@link Memory.room} at the start of a command sees to it that its plain part takes none.
 */

import * as records from "./records";

const { NEXT, SLOTS, TAKER } = records;

/** Words of a line. */
export const LINE = 16;
/** Lines at first. */
const FIRST_LINES = 256;
/** Lines that a pool takes at once: a page of 4,096 bytes. */
const CHUNK = 64;
/**
 * Bytes before the first line. The C library gives large blocks from 16 bytes behind the start of a page on, so that lines of the memory are lines of the
 * cache; where it does not, everything works the same, with two lines of the cache for a record.
 */
const ALIGNMENT = 48;

export class Memory {
  f: Float64Array;
  i: Int32Array;
  /** Lines there are. */
  private lines: number;
  /** Number of the next line that nobody has had; 0 is none, and the next ones are the header of events and the taker. */
  private fresh = TAKER + 1;
  /** Runs of lines that were given back: the first of each, and how many. */
  private readonly spare: [first: number, count: number][] = [];

  constructor(lines = FIRST_LINES) {
    this.lines = lines;
    const buffer = new ArrayBuffer(ALIGNMENT + lines * 64);
    this.f = new Float64Array(buffer, ALIGNMENT);
    this.i = new Int32Array(buffer, ALIGNMENT);
  }

  /** The first of `count` lines in a row, filled with zeros. */
  take(count: number): number {
    const at = this.spare.findIndex((run) => run[1] >= count);
    if (at >= 0) {
      const run = this.spare[at];
      const first = run[0];
      run[0] += count;
      run[1] -= count;
      if (run[1] === 0) this.spare.splice(at, 1);
      this.i.fill(0, first * LINE, (first + count) * LINE);
      return first;
    }
    this.room(count);
    const first = this.fresh;
    this.fresh += count;
    return first;
  }

  /** Takes lines back. */
  give(first: number, count: number): void {
    this.spare.push([first, count]);
  }

  /** Lines that are left before a larger array is needed. */
  get left(): number {
    return this.lines - this.fresh;
  }

  /** Sees to it that `count` further lines need no larger array. */
  room(count: number): void {
    if (count > this.left) this.grow(count);
  }

  private grow(count: number): void {
    let lines = this.lines * 2;
    while (this.fresh + count > lines) lines *= 2;
    lines = Math.min(lines, SLOTS + 1);
    if (this.fresh + count > lines) throw new RangeError("an exchange has no room for more than 4 GB of orders, balances and indices");
    const buffer = new ArrayBuffer(ALIGNMENT + lines * 64);
    const f = new Float64Array(buffer, ALIGNMENT);
    f.set(this.f);
    this.f = f;
    this.i = new Int32Array(buffer, ALIGNMENT);
    this.lines = lines;
  }
}

/** Records of one kind. A line that was one's stays one's: what refers to a record that is gone finds another of its kind there, or none. */
export class Pool {
  /** Records in use. */
  size = 0;
  private free = 0;
  private next = 0;
  private end = 0;
  /** Lines taken, for {@link Pool.bytes}. */
  private taken = 0;

  /** @param expected records for which lines are taken at once */
  constructor(
    protected readonly memory: Memory,
    expected = 0,
  ) {
    if (expected > 0) this.more(expected);
  }

  get f(): Float64Array {
    return this.memory.f;
  }

  get i(): Int32Array {
    return this.memory.i;
  }

  /** A record whose fields hold what was in them, zeros at first. */
  protected line(): number {
    this.size += 1;
    const line = this.free;
    if (line !== 0) {
      this.free = this.memory.i[line * 16 + NEXT];
      return line;
    }
    if (this.next === this.end) this.more(CHUNK);
    return this.next++;
  }

  protected giveLine(line: number): void {
    this.size -= 1;
    this.memory.i[line * 16 + NEXT] = this.free;
    this.free = line;
  }

  /** Takes a chunk where no line is left for the next record. */
  provide(): void {
    if (this.free === 0 && this.next === this.end) this.more(CHUNK);
  }

  private more(count: number): void {
    this.next = this.memory.take(count);
    this.end = this.next + count;
    this.taken += count;
  }

  get bytes(): number {
    return this.taken * 64;
  }
}
