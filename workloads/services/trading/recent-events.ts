/**
 * The events of the last commands, encoded, in memory: those that wait for their commands to be durable, and behind them those that late or
 * reconnecting subscribers may still ask for. A bounded queue of chunks that are filled once and then used again.
 */

import type { EventBuffer } from "@bourse/engine";
import * as engine from "@bourse/engine";

// Constants of this file, as decision 0014 says.
const { REPEATED } = engine.EventType;

/** A chunk is closed when it has so many bytes or commands. */
const CHUNK_BYTES = 1 << 20;
const CHUNK_COMMANDS = 1 << 14;
/** The last commands of a chunk, entered at once, may go beyond its bytes: nearly all stay within so many more, so that the memory of a chunk does not grow. */
const OVERHANG = 1 << 16;

/** Events of consecutive commands. Valid during the call that hands it out; copy what is to be kept. */
export interface EncodedBatch {
  shard: number;
  epoch: number;
  /** Sequences of the first and the last command, both inclusive. */
  first: number;
  last: number;
  /** The events are in `bytes[start, end)`. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Sequences of commands that repeat others, of this batch and perhaps of those around it. */
  repeated: ReadonlySet<number>;
  /** Where the events of command `sequence` end; they start where those of the one before end, the first at `start`. */
  endOf(sequence: number): number;
  /** Keeps `bytes` as they are beyond the call, until the function that it returns is called. Absent where they cannot be kept. */
  hold?(): () => void;
}

/** Whether the command whose events are `bytes[start, end)` repeats one that was applied before: it has that event alone. */
export const isRepeated = (bytes: Uint8Array, start: number, end: number): boolean => end > start && bytes[start + 2] === REPEATED;

class Chunk {
  readonly events = new engine.EventBuffer(CHUNK_BYTES + OVERHANG);
  readonly ends = new Uint32Array(CHUNK_COMMANDS);
  readonly repeated = new Set<number>();
  first = 0;
  count = 0;
  /** How often its bytes are held. */
  holds = 0;
}

export class RecentEvents {
  readonly #chunks: Chunk[] = [];
  #open: Chunk;
  #last: number;

  /** @param after sequence of the last command before the first that will be added */
  constructor(
    readonly shard: number,
    readonly epoch: number,
    after: number,
    readonly limitBytes: number,
  ) {
    this.#last = after;
    this.#open = this.#start(new Chunk());
  }

  /** Sequence of the oldest command whose events are here; one more than the last when there is none. */
  get first(): number {
    return this.#chunks[0].first;
  }

  get last(): number {
    return this.#last;
  }

  /** Where the events of the next `count` commands go. Commands up to `published` may make place. */
  buffer(published: number, count = 1): EventBuffer {
    const open = this.#open;
    if (open.events.length < CHUNK_BYTES && open.count + count <= CHUNK_COMMANDS) return open.events;
    const oldest = this.#chunks[0];
    const isDropped = this.#chunks.length * CHUNK_BYTES >= this.limitBytes && oldest.first + oldest.count - 1 <= published;
    if (isDropped) this.#chunks.shift();
    this.#open = this.#start(isDropped && oldest.holds === 0 ? oldest : new Chunk());
    return this.#open.events;
  }

  /** Where the ends of the next commands' events go: those of `count`, whose buffer was just asked for. */
  ends(count: number): Uint32Array {
    const { ends, count: before } = this.#open;
    return ends.subarray(before, before + count);
  }

  /** The events of the commands `first` to `last`, which are the next, are all in the buffer, and where they end in {@link ends}. */
  closeAll(first: number, last: number): void {
    if (first !== this.#last + 1) throw new Error(`events of sequence ${first} follow those of ${this.#last}`);
    const { ends, events, repeated } = this.#open;
    const { bytes } = events;
    let at = this.#open.count;
    let start = at === 0 ? 0 : ends[at - 1];
    for (let sequence = first; sequence <= last; sequence++) {
      const end = ends[at++];
      if (isRepeated(bytes, start, end)) repeated.add(sequence);
      start = end;
    }
    this.#open.count = at;
    this.#last = last;
  }

  /** The next command's events are all in the buffer. */
  close(sequence: number): void {
    if (sequence !== this.#last + 1) throw new Error(`events of sequence ${sequence} follow those of ${this.#last}`);
    const open = this.#open;
    const { bytes, length } = open.events;
    // Looked at while they are in the processor's cache: when they are published they no longer are, and one byte of each would be waited for.
    if (isRepeated(bytes, open.count === 0 ? 0 : open.ends[open.count - 1], length)) open.repeated.add(sequence);
    open.ends[open.count++] = length;
    this.#last = sequence;
  }

  /** Visits the events of commands `from` to `through` in batches, in order. All of them must be here. */
  visit(from: number, through: number, visitor: (batch: EncodedBatch) => void): void {
    if (from < this.first || through > this.#last)
      throw new RangeError(`events of ${from} to ${through} were asked for, ${this.first} to ${this.#last} are here`);
    let at = this.#chunks.length - 1;
    while (this.#chunks[at].first > from) at--;
    for (let next = from; next <= through; at++) {
      const chunk = this.#chunks[at];
      const last = Math.min(through, chunk.first + chunk.count - 1);
      if (last < next) continue;
      const start = next === chunk.first ? 0 : chunk.ends[next - chunk.first - 1];
      visitor({
        shard: this.shard,
        epoch: this.epoch,
        first: next,
        last,
        bytes: chunk.events.bytes,
        start,
        end: chunk.ends[last - chunk.first],
        repeated: chunk.repeated,
        endOf: (sequence) => chunk.ends[sequence - chunk.first],
        hold: () => {
          chunk.holds++;
          return () => chunk.holds--;
        },
      });
      next = last + 1;
    }
  }

  #start(chunk: Chunk): Chunk {
    chunk.events.clear();
    chunk.repeated.clear();
    chunk.first = this.#last + 1;
    chunk.count = 0;
    this.#chunks.push(chunk);
    return chunk;
  }
}
