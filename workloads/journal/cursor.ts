/**
 * Reads the log in order, checks every byte of it, and knows how it ends.
 *
 * The end is one of three:
 * - **clean**: zeros follow the last group;
 * - **torn**: a write was interrupted. Only one group is ever on its way to the disk, and it is acknowledged after its sync; so the group that
 *   is damaged is the last one and some of its sectors are still zero, as the segment was before. Nothing in it was acknowledged; it is cut;
 * - **corrupt**: anything else. A later group exists, or bytes have changed that no interrupted write can change. What was durable is damaged,
 *   and nobody but the operator may decide to give it up: {@link JournalCorrupt}.
 *
 * The log may be read while another process writes it, as reports do. What is no group yet may then become one at any moment, and is read again before it
 * is judged.
 */

import { JournalCorrupt, JournalTooOld } from "./faults";
import type { FileSystem, OpenFile } from "./file-system";
import {
  alignUp,
  type Frame,
  frameOf,
  GROUP_HEADER,
  type GroupHeader,
  groupFault,
  isZero,
  type RecordVisitor,
  readGroupHeader,
  SECTOR,
  visitRecords,
} from "./layout";
import { listSegments, type Segment, TRIES, TRY_MS } from "./segments";

/** Read at once; a longer group is read whole. */
const WINDOW = 1 << 20;
/** More than any group can have; a header that says more is damaged. */
const LONGEST_GROUP = 1 << 28;

/** A write that a crash interrupted: nothing in it was acknowledged. */
export interface TornTail {
  file: string;
  offset: number;
  /** From `offset` to the last byte that is not zero. */
  bytes: number;
}

/** Where the log ends, and what a writer needs to go on. */
export interface LogTail {
  /** Undefined in an empty log. */
  segment: Segment | undefined;
  /** Of the last group, and of the end of it. */
  lastGroup: number;
  offset: number;
  chain: number;
  /** Position of the last record; 0 in an empty log. */
  epoch: number;
  sequence: number;
  torn: TornTail | undefined;
}

/** One verified group. Valid until the next call of {@link LogCursor.next}. */
export interface Group {
  header: GroupHeader;
  file: string;
  offset: number;
  visit(visitor: RecordVisitor, from?: number): void;
}

export class LogCursor {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #shard: number | undefined;
  #segments: Segment[];
  readonly #from: number;
  /** Place in {@link #segments}. */
  #at = 0;
  #file: OpenFile | undefined;
  #fileSize = 0;
  #window: Frame;
  #windowOffset = 0;
  #windowLength = 0;
  /** Of the next group, in the present segment. */
  #offset = SECTOR;
  #lastGroup = SECTOR;
  #chain = 0;
  #sequence = 0;
  #epoch = 0;
  #torn: TornTail | undefined;

  /** Reads groups that hold `from` or later; throws {@link JournalTooOld} when that is no longer kept. */
  constructor(fileSystem: FileSystem, folder: string, from = 1, shard?: number) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
    this.#shard = shard;
    this.#from = from;
    this.#segments = listSegments(fileSystem, folder, shard);
    const longest = Math.max(SECTOR, ...this.#segments.map(({ size }) => size));
    this.#window = frameOf(new ArrayBuffer(Math.min(WINDOW, alignUp(longest, SECTOR))));
    const first = this.#segments[0]?.header;
    if (first && first.firstSequence > from) throw new JournalTooOld(from, first.firstSequence);
    while (this.#at + 1 < this.#segments.length && (this.#segments[this.#at + 1].header?.firstSequence ?? Number.POSITIVE_INFINITY) <= from)
      this.#at++;
    if (this.#segments.length > 0) this.#openSegment();
  }

  /** The next verified group, or undefined at the end of the log. Throws {@link JournalCorrupt}. */
  next(): Group | undefined {
    while (this.#file) {
      const offset = this.#offset;
      const header = this.#readGroup(offset);
      if (header) {
        this.#lastGroup = offset;
        this.#offset = alignUp(offset + header.length, SECTOR);
        this.#chain = header.checksum;
        this.#sequence = header.firstSequence + header.count - 1;
        this.#epoch = header.epoch;
        if (this.#sequence < this.#from) continue;
        const [frame, at] = [this.#window, offset - this.#windowOffset];
        const file = this.#segments[this.#at].path;
        return { header, file, offset, visit: (visitor, from = 0) => visitRecords(frame, at, header, Math.max(from, this.#from), visitor) };
      }
      if (!this.#nextSegment()) return undefined;
    }
    return undefined;
  }

  /** Where the log ends; to be asked after {@link next} has returned undefined. */
  tail(): LogTail {
    const segment = this.#segments[this.#at];
    return {
      segment,
      lastGroup: this.#lastGroup,
      offset: this.#offset,
      chain: this.#chain,
      epoch: this.#epoch,
      sequence: this.#sequence,
      torn: this.#torn,
    };
  }

  /** All files, in order, as they were when the cursor was made. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #openSegment(): void {
    const segment = this.#segments[this.#at];
    this.#file?.close();
    this.#file = this.#fileSystem.open(segment.path, "read");
    this.#fileSize = segment.size;
    this.#windowOffset = 0;
    this.#windowLength = 0;
    this.#lastGroup = this.#offset = SECTOR;
    const header = segment.header;
    if (!header) return;
    // Even when the segment's first group was lost: what is appended next must bear a later epoch.
    this.#epoch = Math.max(this.#epoch, header.epoch);
    if (this.#sequence === 0) {
      this.#sequence = header.firstSequence - 1;
      this.#chain = header.chain;
    } else if (header.firstSequence !== this.#sequence + 1) {
      throw new JournalCorrupt(
        segment.path,
        0,
        `it starts at sequence ${header.firstSequence}, but the segment before ends at ${this.#sequence}`,
      );
    } else if (header.chain !== this.#chain) {
      throw new JournalCorrupt(segment.path, 0, "it does not continue the segment before");
    }
  }

  /** Goes on to the next file, or settles how the log ends. True when there is more to read. */
  #nextSegment(): boolean {
    const segment = this.#segments[this.#at];
    const next = this.#segments[this.#at + 1];
    const end = this.#lastNonZero();
    if (end > this.#offset || (!segment.header && end > 0)) {
      if (segment.header && this.#becomesGroup()) return true;
      this.#judgeTail(segment, end);
    } else if (next?.header) {
      this.#at++;
      this.#openSegment();
      return true;
    } else if (next && !this.#torn) {
      // A prepared file, or the one whose first write was interrupted.
      const keep = { at: this.#at, lastGroup: this.#lastGroup, offset: this.#offset };
      this.#at++;
      this.#openSegment();
      const dirty = this.#lastNonZero();
      const listed = dirty > 0 ? this.#listedInUse(next) : undefined;
      if (dirty > 0 && !listed) this.#judgeTail(this.#segments[this.#at], dirty);
      this.#at = keep.at;
      this.#lastGroup = keep.lastGroup;
      this.#offset = keep.offset;
      if (listed) return this.#readOn(listed);
    }
    this.close();
    return false;
  }

  /** Whether there is a whole group where there was none, since another process has written it meanwhile. */
  #becomesGroup(): boolean {
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) this.#fileSystem.pause?.(TRY_MS);
      this.#windowLength = 0;
      if (this.#readGroup(this.#offset)) return true;
      if (!this.#fileSystem.pause) return false;
    }
    return false;
  }

  /** All files as they are now, when another process has begun to use this one meanwhile. */
  #listedInUse({ index }: Segment): Segment[] | undefined {
    const listed = listSegments(this.#fileSystem, this.#folder, this.#shard);
    return listed.find((segment) => segment.index === index)?.header && listed;
  }

  /** The present file may have got more before another process began with the next one. Throws {@link JournalTooOld} when it was dropped. */
  #readOn(listed: Segment[]): boolean {
    const { index, path } = this.#segments[this.#at];
    this.#segments = listed;
    this.#at = listed.findIndex((segment) => segment.index === index);
    if (this.#at === -1) throw new JournalTooOld(this.#sequence + 1, listed[0].header?.firstSequence ?? 1);
    this.#file?.close();
    this.#file = this.#fileSystem.open(path, "read");
    this.#fileSize = listed[this.#at].size;
    this.#windowLength = 0;
    return true;
  }

  /** Header of the group at `offset` when it is whole, right and the one that must follow; undefined otherwise. */
  #readGroup(offset: number): GroupHeader | undefined {
    if (!this.#segments[this.#at].header || !this.#load(offset, GROUP_HEADER)) return undefined;
    const header = readGroupHeader(this.#window.words, offset - this.#windowOffset);
    if (!header || header.length > LONGEST_GROUP) return undefined;
    if (header.firstSequence !== this.#sequence + 1 || header.chain !== this.#chain || header.epoch < this.#epoch) return undefined;
    if (!this.#load(offset, header.length)) return undefined;
    return groupFault(this.#window.words, offset - this.#windowOffset, header) === undefined ? header : undefined;
  }

  /** Has `length` bytes at `offset` in the window; false when the file is shorter. */
  #load(offset: number, length: number): boolean {
    if (offset >= this.#windowOffset && offset + length <= this.#windowOffset + this.#windowLength) return true;
    if (offset + length > this.#fileSize) return false;
    if (length > this.#window.bytes.length) this.#window = frameOf(new ArrayBuffer(alignUp(length, WINDOW)));
    this.#windowOffset = offset;
    this.#windowLength = this.#file!.read(this.#window.bytes, 0, this.#window.bytes.length, offset);
    return length <= this.#windowLength;
  }

  /** Offset behind the last byte of the file that is not zero and not before the present offset; 0 when there is none. */
  #lastNonZero(): number {
    const start = this.#segments[this.#at].header ? this.#offset : 0;
    let last = 0;
    for (let offset = start; offset < this.#fileSize; offset += this.#windowLength) {
      this.#windowOffset = offset;
      this.#windowLength = this.#file!.read(this.#window.bytes, 0, this.#window.bytes.length, offset);
      if (this.#windowLength === 0) break;
      if (isZero(this.#window.bytes, 0, this.#windowLength)) continue;
      let end = this.#windowLength;
      while (this.#window.bytes[end - 1] === 0) end--;
      last = offset + end;
    }
    return last;
  }

  /** Something that is not a valid next group lies between the end of the log and `end`: an interrupted write, or damage? */
  #judgeTail(segment: Segment, end: number): void {
    const start = segment.header ? this.#offset : 0;
    const later = this.#segments[segment.index - this.#segments[0].index + 1];
    if (later?.header) throw new JournalCorrupt(segment.path, start, `${this.#faultAt(start)}, and a later segment exists`);
    const following = this.#laterGroup(start, end);
    if (following > 0)
      throw new JournalCorrupt(segment.path, start, `${this.#faultAt(start)}, and a later group at offset ${following} is whole`);
    if (!this.#hasZeroSector(start, end)) {
      throw new JournalCorrupt(segment.path, start, `${this.#faultAt(start)}, and no interrupted write leaves it so`);
    }
    this.#torn = { file: segment.path, offset: start, bytes: end - start };
  }

  #faultAt(offset: number): string {
    if (offset === 0) return "the segment header is missing";
    if (!this.#load(offset, GROUP_HEADER)) return "the file ends within a group";
    const at = offset - this.#windowOffset;
    const header = readGroupHeader(this.#window.words, at);
    if (!header) return `the header of the group of sequence ${this.#sequence + 1} is damaged`;
    if (header.firstSequence !== this.#sequence + 1)
      return `a group of sequence ${header.firstSequence} follows sequence ${this.#sequence}`;
    if (header.epoch < this.#epoch) return `a group of the stale epoch ${header.epoch} follows epoch ${this.#epoch}`;
    if (header.chain !== this.#chain) return `the group of sequence ${header.firstSequence} does not continue the one before`;
    if (!this.#load(offset, header.length)) return "the file ends within a group";
    return groupFault(this.#window.words, offset - this.#windowOffset, header) ?? "the group is damaged";
  }

  /** Offset of a whole group of a sequence that can only have been written after the one at `start` was synced; 0 when there is none. */
  #laterGroup(start: number, end: number): number {
    for (let offset = alignUp(start + 1, SECTOR); offset < end; offset += SECTOR) {
      if (!this.#load(offset, GROUP_HEADER)) continue;
      const header = readGroupHeader(this.#window.words, offset - this.#windowOffset);
      if (!header || header.firstSequence <= this.#sequence + 1 || !this.#load(offset, header.length)) continue;
      if (groupFault(this.#window.words, offset - this.#windowOffset, header) === undefined) return offset;
    }
    return 0;
  }

  /**
   * Whether a sector of the interrupted write is still as the segment was before it. Records are shorter than a sector or full of text, so
   * that no written sector is zero by itself. The write went as far as its header says, or as far as there is anything.
   */
  #hasZeroSector(start: number, end: number): boolean {
    const header =
      start > 0 && this.#load(start, GROUP_HEADER) ? readGroupHeader(this.#window.words, start - this.#windowOffset) : undefined;
    const until = header ? start + header.length : end;
    for (let offset = start; offset < until; offset += SECTOR) {
      if (!this.#load(offset, SECTOR)) return false;
      if (isZero(this.#window.bytes, offset - this.#windowOffset, offset - this.#windowOffset + SECTOR)) return true;
    }
    return false;
  }
}
