/**
 * A group on its way to the disk, in a slot of memory that the shard's thread fills and the log's empties.
 *
 *     slot = group header, then the payloads of its records, each padded to a multiple of 8; from the end of the slot backwards a word for each, its length and kind
 *
 * Every line of this memory goes from one processor to the other and back, and whoever writes one waits for it, up to 28 ns for 64 bytes where the two have no cache in common. So
 * what the log's thread can say itself is not in it: it lays the group out as it is on the disk, in memory of its own, and writes nothing here.
 */

import { copyLongs } from "./copy-longs";
import {
  type Frame,
  GROUP_HEADER,
  type GroupHeader,
  groupOf,
  RECORD_HEADER,
  type RecordKind,
  recordBytes,
  writeGroupHeader,
} from "./layout";

/** A payload's length has the lower bits of its word, its kind the upper ones. */
const LENGTH_BITS = 24;
const LENGTH = (1 << LENGTH_BITS) - 1;
/** Longest group. */
export const MAX_GROUP = LENGTH;

/** A payload starts at a multiple of 8. */
const padded = (length: number): number => (length + 7) & ~7;

/** The group that is being filled. */
export class OpenGroup {
  /** Bytes on the disk, with the header and those of the records. */
  length = GROUP_HEADER;
  count = 0;
  /** Where the next payload goes. */
  payloadStart = GROUP_HEADER;
  /** The word of the last one. */
  #entry: number;

  constructor(public slot: Frame) {
    this.#entry = slot.words.length;
  }

  /** Begins another group in a slot that is free. */
  begin(slot: Frame): void {
    this.slot = slot;
    this.length = GROUP_HEADER;
    this.count = 0;
    this.payloadStart = GROUP_HEADER;
    this.#entry = slot.words.length;
  }

  /** Takes the slot's bytes from {@link payloadStart} to `end` as the payload of the next record. */
  append(kind: RecordKind, end: number): void {
    const length = end - this.payloadStart;
    this.slot.words[--this.#entry] = length | (kind << LENGTH_BITS);
    this.payloadStart = padded(end);
    this.length += recordBytes(length);
    this.count++;
  }

  /** Copies `count` payloads that lie one behind the other from long `start` of `longs`, `lengths[n]` bytes each, multiples of 8, as those of the next records. */
  appendAll(kind: RecordKind, longs: BigInt64Array, start: number, lengths: Uint16Array, count: number): void {
    const { words, longs: target } = this.slot;
    const bits = kind << LENGTH_BITS;
    let entry = this.#entry;
    let bytes = 0;
    for (let n = 0; n < count; n++) {
      const length = lengths[n];
      words[--entry] = length | bits;
      bytes += length;
    }
    target.set(longs.subarray(start, start + (bytes >> 3)), this.payloadStart >> 3);
    this.#entry = entry;
    this.payloadStart += bytes;
    this.length += bytes + count * RECORD_HEADER;
    this.count += count;
  }

  /** Writes its header: nothing more is appended. */
  close(header: Omit<GroupHeader, "length" | "count" | "chain" | "checksum">): void {
    writeGroupHeader(this.slot.words, 0, { ...header, length: this.length, count: this.count });
  }
}

/** Lays the closed group of a slot out in `target` as it is on the disk, but for its checksums. Returns its length. */
export function layOutGroup(slot: Frame, target: Frame): number {
  const { length, count, firstSequence, epoch, shard } = groupOf(slot.words);
  const { words } = target;
  copyLongs(slot.longs, 0, target.longs, 0, GROUP_HEADER);
  let from = GROUP_HEADER >> 3;
  let at = GROUP_HEADER >> 2;
  let entry = slot.words.length;
  let low = firstSequence | 0;
  let high = (firstSequence / 2 ** 32) | 0;
  for (let n = 0; n < count; n++) {
    const lengthAndKind = slot.words[--entry];
    const payload = lengthAndKind & LENGTH;
    const size = padded(payload);
    words[at] = 0;
    words[at + 1] = payload;
    words[at + 2] = shard | ((lengthAndKind >>> LENGTH_BITS) << 16);
    words[at + 3] = epoch;
    words[at + 4] = low;
    words[at + 5] = high;
    at += RECORD_HEADER >> 2;
    copyLongs(slot.longs, from, target.longs, at >> 1, size);
    from += size >> 3;
    at += size >> 2;
    if (size !== payload) target.bytes.fill(0, (at << 2) - size + payload, at << 2);
    low = (low + 1) | 0;
    if (low === 0) high++;
  }
  if (at << 2 !== length) throw new Error(`a group of ${length} bytes has records up to ${at << 2}`);
  return length;
}
