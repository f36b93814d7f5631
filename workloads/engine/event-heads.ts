/**
 * Where events go, and what all of a command have in common: their headers, whose fields are prepared once a command, and how numbers stand in them.
 */

import type { EventBuffer } from "./event-buffer";
import * as layout from "./layout";
import { type EventType, writeText } from "./layout";

const { EVENT_HEADER, LAYOUT_VERSION } = layout;

const TWO_32 = 4294967296;
const TWO_20 = 1048576;

/** Bit of an event's index: it is the last of its command. */
export const LAST_EVENT = 0x80000000 | 0;

/** The part of `EventWriter` that knows no event. A command begins with {@link begin}; then come its events, each with {@link start}, or all of them with {@link startAll}. */
export class EventHeads {
  protected out!: EventBuffer;
  /** Offset of the command's latest event, in words. */
  private latest = -1;
  private index = 0;
  private sequenceLow = 0;
  private sequenceHigh = 0;
  private time = 0;
  private timeLow = 0;
  private timeHigh = 0;
  private epoch = 0;

  constructor(private readonly shard: number) {}

  begin(out: EventBuffer, epoch: number, sequence: number, time: number): void {
    if (out !== this.out) this.out = out;
    this.latest = -1;
    this.index = 0;
    this.sequenceLow = sequence | 0;
    this.sequenceHigh = (sequence / TWO_32) | 0;
    if (time !== this.time) {
      this.time = time;
      this.timeLow = time | 0;
      this.timeHigh = (time / TWO_32) | 0;
    }
    this.epoch = epoch;
  }

  /** Number of events written since `begin`. */
  get count(): number {
    return this.index;
  }

  /** Marks the latest event as the command's last. */
  finish(): void {
    this.out.words[this.latest + 1] = (this.index - 1) | LAST_EVENT;
  }

  /** Starts an event of `length` bytes and returns the word behind its header. */
  protected start(type: EventType, length: number, detail: number): number {
    const offset = this.room(length);
    this.latest = offset >> 2;
    this.header(offset, length | (type << 16) | (LAYOUT_VERSION << 24), this.index++, detail);
    return this.latest + EVENT_HEADER / 4;
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

  /** Makes room for the `count` events of a command, which are `length` bytes together; returns the offset at which they begin. */
  protected startAll(count: number, length: number): number {
    this.index = count;
    return this.room(length);
  }

  private room(length: number): number {
    const { out } = this;
    const offset = out.length;
    if (offset + length > out.bytes.length) out.reserve(length);
    out.length = offset + length;
    return offset;
  }

  protected header(offset: number, head: number, index: number, detail: number): void {
    const at = offset >> 2;
    const { words } = this.out;
    words[at] = head;
    words[at + 1] = index;
    words[at + 2] = this.sequenceLow;
    words[at + 3] = this.sequenceHigh;
    words[at + 4] = this.timeLow;
    words[at + 5] = this.timeHigh;
    words[at + 6] = this.epoch;
    words[at + 7] = this.shard | (detail << 16);
  }
}
