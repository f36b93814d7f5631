/** Writes the results of one connection's commands into frames, from the batches that are published. */

import type { EncodedBatch } from "../recent-events";
import { FRAME_HEADER, FrameType, RESULT_HEADER, RUN_ENTRY, RUN_HEADER } from "./frames";
import type { Borrowed, Chunk, OutputChunks } from "./output";
import type { OutstandingCommands } from "./outstanding";
import { runHead, writeResult, writeRunHeader } from "./results";

/** So many bytes of events, and more, are worth not being copied. */
const BORROWED_BYTES = 1 << 13;

export interface ResultFramesOptions {
  outstanding: OutstandingCommands;
  output: OutputChunks;
  /** Sends the first `length` bytes of the chunk, and what is borrowed behind them, as one frame. */
  send: (chunk: Chunk, type: FrameType, length: number, borrowed?: Borrowed) => void;
  /** Told of a command that repeats another, and where its order counts are: its result is the first one's. */
  repeated: (number: number, sequence: number, countsAt: number) => void;
}

export class ResultFrames {
  constructor(private readonly options: ResultFramesOptions) {}

  /** One result behind the other, of the commands that are outstanding and whose events the batch has. */
  write(batch: EncodedBatch): void {
    const { outstanding, output, send, repeated } = this.options;
    let chunk: Chunk | undefined;
    let end = FRAME_HEADER;
    for (let run = outstanding.take(batch.last); run !== undefined; run = outstanding.take(batch.last)) {
      const { sequence: first, number, count, place } = run;
      const { counts, capacity } = outstanding;
      let stop = first === batch.first ? batch.start : batch.endOf(first - 1);
      for (let n = 0; n < count; n++) {
        const sequence = first + n;
        const countsAt = ((place + n) & (capacity - 1)) * 2;
        const start = stop;
        stop = batch.endOf(sequence);
        if (batch.repeated.has(sequence)) {
          repeated(number + n, sequence, countsAt);
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
        end = writeResult(chunk, end, number + n, sequence, batch.epoch, counts, countsAt, batch.bytes, start, stop);
      }
    }
    if (chunk) send(chunk, FrameType.RESULTS, end);
  }

  /**
   * The same in runs: the events of each, which lie one behind the other in the batch, are copied at once, or where `mayBorrow` end their frame as they lie,
   * when they are many.
   */
  writeRuns(batch: EncodedBatch, mayBorrow: boolean): void {
    const { outstanding, output, send, repeated } = this.options;
    const { bytes, repeated: repeats } = batch;
    let chunk: Chunk | undefined;
    let end = FRAME_HEADER;
    for (let run = outstanding.take(batch.last); run !== undefined; run = outstanding.take(batch.last)) {
      const { sequence: first, number, count: all, place } = run;
      const { counts, capacity } = outstanding;
      let stop = first === batch.first ? batch.start : batch.endOf(first - 1);
      for (let at = 0; at < all; ) {
        const sequence = first + at;
        const start = stop;
        stop = batch.endOf(sequence);
        if (repeats.size > 0 && repeats.has(sequence)) {
          repeated(number + at, sequence, ((place + at) & (capacity - 1)) * 2);
          at++;
          continue;
        }
        const least = runHead(1) + stop - start;
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
        const most = all - at;
        let entry = (end + RUN_HEADER) >> 2;
        let from = start;
        let count = 0;
        for (let next = stop; ; next = batch.endOf(sequence + count)) {
          if (count > 0 && (runHead(count + 1) + next - start > room || (repeats.size > 0 && repeats.has(sequence + count)))) break;
          const countsAt = ((place + at + count) & (capacity - 1)) * 2;
          words[entry] = next - from;
          words[entry + 1] = counts[countsAt];
          words[entry + 2] = counts[countsAt + 1];
          entry += RUN_ENTRY >> 2;
          from = next;
          if (++count === most) break;
        }
        stop = from;
        writeRunHeader(chunk, end, number + at, sequence, batch.epoch, count);
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
    }
    if (chunk) send(chunk, FrameType.RESULT_RUNS, end);
  }
}
