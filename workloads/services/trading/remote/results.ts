/** The commands of one connection that wait for their results, and how a result is written. */

import { RESULT_HEADER } from "./frames";
import type { Chunk } from "./output";

/** Commands without a result that one connection may have. */
export const MAX_OUTSTANDING = 1 << 16;
/** Of a place in the ring. */
export const MASK = MAX_OUTSTANDING - 1;

/** Commands that wait for their results, oldest first: a ring. */
export class OutstandingCommands {
  sequences = new Float64Array(MAX_OUTSTANDING);
  numbers = new Float64Array(MAX_OUTSTANDING);
  /** Two for each: unfilled orders of its account in ten seconds and in the day. */
  counts = new Uint32Array(MAX_OUTSTANDING * 2);
  first = 0;
  #end = 0;

  get count(): number {
    return this.#end - this.first;
  }

  /** Returns its place. */
  add(sequence: number, number: number): number {
    const place = this.#end++ & MASK;
    this.sequences[place] = sequence;
    this.numbers[place] = number;
    return place;
  }

  /** Takes out all up to `sequence`; returns the end of what was taken. */
  takeThrough(sequence: number): number {
    while (this.first < this.#end && this.sequences[this.first & MASK] <= sequence) this.first++;
    return this.first;
  }
}

/**
 * Writes the result of one command into a chunk at `offset` and returns where it ends. Its events are `events[start, end)`: some hundred bytes, of which a
 * call of `set` copies any number in the time in which a loop copies thirty words.
 */
export function writeResult(
  { bytes, words }: Chunk,
  offset: number,
  number: number,
  sequence: number,
  epoch: number,
  counts: Uint32Array,
  countsAt: number,
  events: Uint8Array,
  start: number,
  end: number,
): number {
  const at = offset >> 2;
  words[at] = number;
  words[at + 1] = Math.floor(number / 2 ** 32);
  words[at + 2] = sequence;
  words[at + 3] = Math.floor(sequence / 2 ** 32);
  words[at + 4] = epoch;
  words[at + 5] = end - start;
  words[at + 6] = counts[countsAt];
  words[at + 7] = counts[countsAt + 1];
  bytes.set(events.subarray(start, end), offset + RESULT_HEADER);
  return offset + RESULT_HEADER + end - start;
}
