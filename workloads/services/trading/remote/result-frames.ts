/** Writes the results of one connection's commands into frames, from the batches that are published. */

import type { EncodedBatch } from "../recent-events";
import { FRAME_HEADER, FrameType, RESULT_HEADER, RUN_ENTRY, RUN_HEADER } from "./frames";
import type { Borrowed, Chunk, OutputChunks } from "./output";
import { MASK, type OutstandingCommands, runHead, writeResult, writeRunHeader } from "./results";

/** So many bytes of events, and more, are worth not being copied. */
const BORROWED_BYTES = 1 << 13;

export interface ResultFramesOptions {
  outstanding: OutstandingCommands;
  output: OutputChunks;
  /** Sends the first `length` bytes of the chunk, and what is borrowed behind them, as one frame. */
  send: (chunk: Chunk, type: FrameType, length: number, borrowed?: Borrowed) => void;
  /** Told of a command that repeats another, with its place: its result is the first one's. */
  repeated: (number: number, sequence: number, place: number) => void;
}

export class ResultFrames {
  constructor(private readonly options: ResultFramesOptions) {}

  /** One result behind the other, of the commands in `[from, until)` of those that are outstanding; the batch has their events. */
  write(batch: EncodedBatch, from: number, until: number): void {
    const { outstanding, output, send, repeated } = this.options;
    const { sequences, numbers, counts } = outstanding;
    let chunk: Chunk | undefined;
    let end = FRAME_HEADER;
    // Commands of one connection often follow one another: then the events of the next start where these stop.
    let next = batch.first;
    let stop = batch.start;
    for (let at = from; at < until; at++) {
      const place = at & MASK;
      const sequence = sequences[place];
      const start = sequence === next ? stop : batch.endOf(sequence - 1);
      stop = batch.endOf(sequence);
      next = sequence + 1;
      if (batch.repeated.has(sequence)) {
        repeated(numbers[place], sequence, place);
        continue;
      }
      const length = RESULT_HEADER + stop - start;
      if (chunk && end + length > chunk.bytes.length) {
        send(chunk, FrameType.RESULTS, end);
        chunk = undefined;
      }
      if (!chunk) {
        chunk = output.take(FRAME_HEADER + length);
        end = FRAME_HEADER;
      }
      end = writeResult(chunk, end, numbers[place], sequence, batch.epoch, counts, place * 2, batch.bytes, start, stop);
    }
    if (chunk) send(chunk, FrameType.RESULTS, end);
  }

  /**
   * The same in runs: the events of each, which lie one behind the other in the batch, are copied at once, or where `mayBorrow` end their frame as they lie,
   * when they are many.
   */
  writeRuns(batch: EncodedBatch, from: number, until: number, mayBorrow: boolean): void {
    const { outstanding, output, send, repeated } = this.options;
    const { sequences, numbers, counts } = outstanding;
    const { bytes, repeated: repeats } = batch;
    let chunk: Chunk | undefined;
    let end = FRAME_HEADER;
    for (let at = from; at < until; ) {
      const place = at & MASK;
      const sequence = sequences[place];
      const start = sequence === batch.first ? batch.start : batch.endOf(sequence - 1);
      if (repeats.has(sequence)) {
        repeated(numbers[place], sequence, place);
        at++;
        continue;
      }
      const least = runHead(1) + batch.endOf(sequence) - start;
      if (chunk && end + least > chunk.bytes.length) {
        send(chunk, FrameType.RESULT_RUNS, end);
        chunk = undefined;
      }
      if (!chunk) {
        chunk = output.take(FRAME_HEADER + least);
        end = FRAME_HEADER;
      }
      const { words } = chunk;
      const room = chunk.bytes.length - end;
      const most = outstanding.runOf(at, until);
      let entry = (end + RUN_HEADER) >> 2;
      let stop = start;
      let count = 0;
      while (count < most) {
        const next = batch.endOf(sequence + count);
        if (count > 0 && (runHead(count + 1) + next - start > room || (repeats.size > 0 && repeats.has(sequence + count)))) break;
        const countsAt = ((at + count) & MASK) * 2;
        words[entry] = next - stop;
        words[entry + 1] = counts[countsAt];
        words[entry + 2] = counts[countsAt + 1];
        entry += RUN_ENTRY >> 2;
        stop = next;
        count++;
      }
      writeRunHeader(chunk, end, numbers[place], sequence, batch.epoch, count);
      end += runHead(count);
      at += count;
      if (mayBorrow && batch.hold && stop - start >= BORROWED_BYTES) {
        const events = Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start);
        send(chunk, FrameType.RESULT_RUNS, end, { bytes: events, release: batch.hold() });
        chunk = undefined;
        continue;
      }
      chunk.bytes.set(bytes.subarray(start, stop), end);
      end += stop - start;
    }
    if (chunk) send(chunk, FrameType.RESULT_RUNS, end);
  }
}
