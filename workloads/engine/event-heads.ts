/**
 * Where events go, and what all of a command have in common: their headers, whose fields are prepared once a command, and how numbers stand in them.
 */

import type { EventBuffer } from "./event-buffer";
import * as layout from "./layout";
import { type EventType, writeText } from "./layout";
import type { Memory } from "./memory";
import * as records from "./records";

const { EVENT_HEADER, LAYOUT_VERSION } = layout;
const { EPOCH, HEAD, NEXT_EVENT, SHARD } = records;

const TWO_32 = 4294967296;
const TWO_20 = 1048576;
/** Words of a buffer, which is below a gigabyte. */
const WORDS = 0xfffffff;

/** Bit of an event's index: it is the last of its command. */
export const LAST_EVENT = 0x80000000 | 0;

/** The part of `EventWriter` that knows no event. A command begins with {@link begin}; then come its events, each with {@link start}, or several with {@link more}, or all of them behind {@link room}. */
export class EventHeads {
  out!: EventBuffer;
  /** Offset of the command's latest event, in words. */
  private latest = -1;

  constructor(
    protected readonly memory: Memory,
    shard: number,
  ) {
    memory.i[HEAD * 16 + SHARD] = shard;
  }

  /** Where the events of the next commands go, and the epoch that they are of. */
  open(out: EventBuffer, epoch: number): void {
    if (out !== this.out) this.out = out;
    this.memory.i[HEAD * 16 + EPOCH] = epoch;
  }

  /** The time in the header is the shard's: see `Core.setTime`. */
  begin(sequence: number): void {
    const { i } = this.memory;
    this.latest = -1;
    i[HEAD * 16 + NEXT_EVENT] = 0;
    i[HEAD * 16 + 2] = sequence | 0;
    i[HEAD * 16 + 3] = (sequence / TWO_32) | 0;
  }

  /** Number of events written since `begin` with {@link start}. */
  get count(): number {
    return this.memory.i[HEAD * 16 + NEXT_EVENT];
  }

  /** Marks the latest event as the command's last. */
  finish(): void {
    this.out.words[this.latest + 1] = (this.count - 1) | LAST_EVENT;
  }

  /** Starts an event of `length` bytes and returns the word behind its header. */
  start(type: EventType, length: number, detail: number): number {
    const at = (this.room(length) >> 2) & WORDS;
    this.latest = at;
    const { words, doubles } = this.out;
    const { f, i } = this.memory;
    words[at] = length | (type << 16) | (LAYOUT_VERSION << 24);
    words[at + 1] = i[HEAD * 16 + NEXT_EVENT]++;
    // Two words at once.
    doubles[(at >> 1) + 1] = f[HEAD * 8 + 1];
    doubles[(at >> 1) + 2] = f[HEAD * 8 + 2];
    words[at + 6] = i[HEAD * 16 + EPOCH];
    words[at + 7] = i[HEAD * 16 + SHARD] | (detail << 16);
    return at + EVENT_HEADER / 4;
  }

  /**
   * Makes room for `count` events of `length` bytes each, of which the caller writes all; returns the word where they begin. Their indices are the
   * `count` below {@link count}.
   */
  more(count: number, length: number): number {
    const at = this.room(count * length) >> 2;
    this.latest = at + (((count - 1) * length) >> 2);
    this.memory.i[HEAD * 16 + NEXT_EVENT] += count;
    return at;
  }

  /** Takes the events in `bytes[start, end)`, whose indices are those below {@link count}, the last of them of `length` bytes. */
  append(bytes: Uint8Array, start: number, end: number, length: number): void {
    const offset = this.room(end - start);
    this.out.bytes.set(bytes.subarray(start, end), offset);
    this.latest = (offset + end - start - length) >> 2;
  }

  protected u64(at: number, value: number): void {
    const { words } = this.out;
    words[at] = value | 0;
    words[at + 1] = (value / TWO_32) | 0;
  }

  /** The pair of an amount as an i64. */
  protected pair(at: number, low: number, high: number): void {
    const { words } = this.out;
    words[at] = low | 0;
    words[at + 1] = ((low / TWO_32) | 0) + high * TWO_20;
  }

  protected text(at: number, text: string): void {
    writeText(this.out.view, at * 4, text);
  }

  /** Makes room for `length` bytes of events; returns the offset at which they begin. */
  room(length: number): number {
    const { out } = this;
    const offset = out.length;
    if (offset + length > out.bytes.length) out.reserve(length);
    out.length = offset + length;
    return offset;
  }
}
