/** The commands of one connection that wait for their results, and how a result is written. */

import { RESULT_HEADER } from "./frames";

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

/** Events are copied by words: all that is encoded is aligned to eight bytes, and so are the chunks. */
export function writeResult(
  frame: Int32Array,
  offset: number,
  number: number,
  sequence: number,
  epoch: number,
  counts: Uint32Array,
  countsAt: number,
  events: Int32Array,
  start: number,
  end: number,
): number {
  let at = offset >> 2;
  frame[at] = number;
  frame[at + 1] = Math.floor(number / 2 ** 32);
  frame[at + 2] = sequence;
  frame[at + 3] = Math.floor(sequence / 2 ** 32);
  frame[at + 4] = epoch;
  frame[at + 5] = end - start;
  frame[at + 6] = counts[countsAt];
  frame[at + 7] = counts[countsAt + 1];
  at += RESULT_HEADER >> 2;
  for (let from = start >> 2; from < end >> 2; from++, at++) frame[at] = events[from];
  return at << 2;
}
