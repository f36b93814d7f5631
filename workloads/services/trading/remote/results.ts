/** How results are written and read. */

import { FrameType, padded, RESULT_HEADER, RUN_ENTRY, RUN_HEADER } from "./frames";
import type { Chunk } from "./output";

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

/** Bytes of a run of `count` results before their events. */
export const runHead = (count: number): number => RUN_HEADER + padded(count * RUN_ENTRY);

/** Writes the beginning of a run into a chunk at `offset`. What it has for each command lies behind {@link RUN_HEADER}. */
export function writeRunHeader({ words }: Chunk, offset: number, number: number, sequence: number, epoch: number, count: number): void {
  const at = offset >> 2;
  words[at] = number;
  words[at + 1] = Math.floor(number / 2 ** 32);
  words[at + 2] = sequence;
  words[at + 3] = Math.floor(sequence / 2 ** 32);
  words[at + 4] = epoch;
  words[at + 5] = count;
  // What is sent is told to the last byte, also where nothing is.
  if (count % 2 === 1) words[(offset + RUN_HEADER + count * RUN_ENTRY) >> 2] = 0;
}

export const isResults = (type: FrameType): boolean => type === FrameType.RESULTS || type === FrameType.RESULT_RUNS;

/** Told of a result: its order counts are the two words at `countsAt`, its events lie in `[eventsAt, eventsEnd)`. */
export type ResultVisitor = (
  number: number,
  sequence: number,
  epoch: number,
  countsAt: number,
  eventsAt: number,
  eventsEnd: number,
) => void;

/** Visits the results in the body `bytes[start, end)` of a frame of RESULTS or RESULT_RUNS. */
export function visitResults(type: FrameType, bytes: Buffer, start: number, end: number, visit: ResultVisitor): void {
  for (let at = start; at < end; ) at = type === FrameType.RESULT_RUNS ? visitRun(bytes, at, visit) : visitResult(bytes, at, visit);
}

function visitResult(bytes: Buffer, at: number, visit: ResultVisitor): number {
  const end = at + RESULT_HEADER + bytes.readUInt32LE(at + 20);
  visit(numberAt(bytes, at), numberAt(bytes, at + 8), bytes.readUInt32LE(at + 16), at + 24, at + RESULT_HEADER, end);
  return end;
}

function visitRun(bytes: Buffer, at: number, visit: ResultVisitor): number {
  const number = numberAt(bytes, at);
  const sequence = numberAt(bytes, at + 8);
  const epoch = bytes.readUInt32LE(at + 16);
  const count = bytes.readUInt32LE(at + 20);
  let eventsAt = at + runHead(count);
  for (let n = 0; n < count; n++) {
    const entry = at + RUN_HEADER + n * RUN_ENTRY;
    const end = eventsAt + bytes.readUInt32LE(entry);
    visit(number + n, sequence + n, epoch, entry + 4, eventsAt, end);
    eventsAt = end;
  }
  return eventsAt;
}

const numberAt = (bytes: Buffer, at: number) => bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
