/**
 * The last records of the log as they are sent to copies, in memory: what is entered is written into the frame that is open, and each frame is sent to all
 * copies from the same memory. A copy that is further behind reads from the disk first.
 */

import type { RecordKind } from "../../../journal";
import { finishRecords, RECORDS_HEADER, RecordWriter, recordRoom } from "./log-frames";

const CHUNK_BYTES = 1 << 20;
/** A frame is closed when it has so many bytes. */
const FRAME_BYTES = 1 << 18;

/** Consecutive records of one epoch, whole. */
export interface SentFrame {
  first: number;
  last: number;
  bytes: Buffer;
}

export class LogWindow {
  readonly #frames: SentFrame[] = [];
  readonly #writer = new RecordWriter();
  #bytes = 0;
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  /** Where the open frame begins in the chunk, and where its next record goes. */
  #start = 0;
  #at = RECORDS_HEADER;
  #epoch = 0;
  #firstOpen: number;
  #next: number;

  /**
   * @param after sequence of the last record before the first that will be added
   * @param limitBytes of the frames that are kept
   * @param closed called with each frame that is ready to be sent
   */
  constructor(
    readonly shard: number,
    after: number,
    readonly limitBytes: number,
    readonly closed: (frame: SentFrame) => void,
  ) {
    this.#firstOpen = this.#next = after + 1;
  }

  /** Sequence of the oldest record that is here; one more than the last when there is none. */
  get first(): number {
    return this.#frames[0]?.first ?? this.#firstOpen;
  }

  /** Sequence of the last record that was added. */
  get last(): number {
    return this.#next - 1;
  }

  add(kind: RecordKind, epoch: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    if (sequence !== this.#next) throw new Error(`sequence ${sequence} follows ${this.#next - 1}`);
    const room = recordRoom(end - start);
    if (this.#at - this.#start + room > FRAME_BYTES || epoch !== this.#epoch) this.close();
    if (this.#at + room > this.#chunk.length) {
      this.close();
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, RECORDS_HEADER + room));
      this.#start = 0;
      this.#at = RECORDS_HEADER;
    }
    this.#epoch = epoch;
    this.#at = this.#writer.write(this.#chunk, this.#at, kind, bytes, start, end);
    this.#next++;
  }

  /** Closes the open frame, if it has a record. */
  close(): void {
    if (this.#firstOpen === this.#next) return;
    finishRecords(this.#chunk, this.#start, this.#at, this.shard, this.#epoch, this.#firstOpen);
    const frame = { first: this.#firstOpen, last: this.#next - 1, bytes: this.#chunk.subarray(this.#start, this.#at) };
    this.#frames.push(frame);
    this.#bytes += frame.bytes.length;
    while (this.#bytes > this.limitBytes && this.#frames.length > 1) this.#bytes -= this.#frames.shift()!.bytes.length;
    this.#firstOpen = this.#next;
    this.#start = this.#at;
    this.#at += RECORDS_HEADER;
    this.closed(frame);
  }

  /** The closed frames that hold records after `sequence`, oldest first; the first may begin before. */
  after(sequence: number): SentFrame[] {
    const from = this.#frames.findIndex(({ last }) => last > sequence);
    return from === -1 ? [] : this.#frames.slice(from);
  }
}
