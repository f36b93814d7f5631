/**
 * The memory of an exchange: lines of 64 bytes, seen as doubles and as 32-bit integers. All records and tables that commands touch are in it, for
 * TypeScript as for what is compiled to WebAssembly, whose memory it is.
 *
 * It grows in place, but the arrays by which it is seen are others afterwards: whoever keeps `f` or `i` in a variable takes them again behind everything
 * that may take lines.
 */

import * as areas from "./areas";
import * as records from "./records";
import { webAssembly } from "./webassembly";

const { NEXT, POOL_END, POOL_FREE, POOL_NEXT, POOL_SIZE, POOL_TAKEN } = records;
const { FIRST_FREE } = areas;

/** Words of a line. */
export const LINE = 16;
/** Lines of a page, the unit in which a WebAssembly memory grows. */
const PAGE_LINES = 1_024;
/** Pages at first: the areas and a few records. */
export const FIRST_PAGES = 4;
/** 4 GB. */
export const MOST_PAGES = 65_536;
/** Lines that a pool takes at once: a page of 4,096 bytes. */
const CHUNK = 64;

export class Memory {
  /** What the compiled part works on. */
  readonly wasm = new webAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES });
  f = new Float64Array(this.wasm.buffer);
  i = new Int32Array(this.wasm.buffer);
  bytes = new Uint8Array(this.wasm.buffer);
  /** Lines there are. */
  private lines = FIRST_PAGES * PAGE_LINES;
  /** Number of the next line that nobody has had. */
  private fresh = FIRST_FREE;
  /** Runs of lines that were given back: the first of each, and how many. */
  private readonly spare: [first: number, count: number][] = [];

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
    if (this.fresh + count > this.lines) this.grow(this.pagesFor(count));
    const first = this.fresh;
    this.fresh += count;
    return first;
  }

  /** Takes lines back. */
  give(first: number, count: number): void {
    this.spare.push([first, count]);
  }

  /** Pages that are missing for `count` further lines, and some more: pages that nobody has written to cost nothing. */
  private pagesFor(count: number): number {
    const pages = this.lines / PAGE_LINES;
    const needed = Math.ceil((this.fresh + count) / PAGE_LINES);
    if (needed > MOST_PAGES) throw new RangeError("an exchange has no room for more than 4 GB of orders, balances and indices");
    return Math.min(Math.max(needed, Math.ceil(pages * 1.5)), MOST_PAGES) - pages;
  }

  private grow(pages: number): void {
    this.wasm.grow(pages);
    this.lines += pages * PAGE_LINES;
    const { buffer } = this.wasm;
    this.f = new Float64Array(buffer);
    this.i = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }
}

/** Records of one kind. A line that was one's stays one's: what refers to a record that is gone finds another of its kind there, or none. */
export class Pool {
  /** Word at which its counts are. */
  private readonly own: number;

  /**
   * @param line where its counts are
   * @param expected records for which lines are taken at once
   */
  constructor(
    protected readonly memory: Memory,
    line: number,
    expected = 0,
  ) {
    this.own = line * LINE;
    if (expected > 0) this.more(expected);
  }

  get f(): Float64Array {
    return this.memory.f;
  }

  get i(): Int32Array {
    return this.memory.i;
  }

  /** Records in use. */
  get size(): number {
    return this.memory.i[this.own + POOL_SIZE];
  }

  /** A record whose fields hold what was in them, zeros at first. */
  protected line(): number {
    const { own } = this;
    const { i } = this.memory;
    i[own + POOL_SIZE] += 1;
    const line = i[own + POOL_FREE];
    if (line !== 0) {
      i[own + POOL_FREE] = i[line * LINE + NEXT];
      return line;
    }
    if (i[own + POOL_NEXT] === i[own + POOL_END]) this.more();
    return this.memory.i[own + POOL_NEXT]++;
  }

  protected giveLine(line: number): void {
    const { own } = this;
    const { i } = this.memory;
    i[own + POOL_SIZE] -= 1;
    i[line * LINE + NEXT] = i[own + POOL_FREE];
    i[own + POOL_FREE] = line;
  }

  /** Takes lines where none is left for the next record. */
  more(count = CHUNK): void {
    const { own } = this;
    const first = this.memory.take(count);
    const { i } = this.memory;
    i[own + POOL_NEXT] = first;
    i[own + POOL_END] = first + count;
    i[own + POOL_TAKEN] += count;
  }

  get bytes(): number {
    return this.memory.i[this.own + POOL_TAKEN] * LINE * 4;
  }
}
