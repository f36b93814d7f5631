/**
 * How the log lies on the disk. All integers are little-endian; version 1.
 *
 *     segment  = header sector, then groups, then zeros to its fixed size (zero-filled before use and never reused)
 *     group    = header, then records; starts on a sector and is written and synced as one
 *     record   = header, payload, zeros to a multiple of 8
 *
 * Every record has its own checksum, and a group's header one over all of its records' checksums, over itself, and over the checksum of
 * the group before: a group that is lost, moved or left from elsewhere does not fit into the chain.
 *
 * A disk writes whole sectors. An interrupted write therefore leaves each sector of a group either new or zero, and never touches the group
 * before it. That is how a torn tail is told from damage: see `cursor.ts`.
 */

import { crc32c, crc32cAppendWord, crc32cWords } from "./crc32c";

export const FORMAT_VERSION = 1;
/** The smallest unit that disks write as a whole. */
export const SECTOR = 512;
export const GROUP_HEADER = 48;
export const RECORD_HEADER = 24;
const SEGMENT_MAGIC = 0x4c_53_52_42; // "BRSL"
const GROUP_MAGIC = 0x31_50_52_47; // "GRP1"
const HIGH = 2 ** 32;

export enum RecordKind {
  /** An encoded command of the engine. */
  COMMAND = 1,
  /** An audited decision to pass over a command: see `skip.ts`. */
  SKIP = 2,
}

export const alignUp = (size: number, unit: number): number => Math.ceil(size / unit) * unit;
/** Bytes of a record in a group. */
export const recordBytes = (payload: number): number => (RECORD_HEADER + payload + 7) & ~7;

/** Memory that is read as bytes and as aligned words of four and of eight. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly longs: BigInt64Array;
}

export function frameOf(buffer: ArrayBufferLike, offset = 0, length = buffer.byteLength - offset): Frame {
  return {
    bytes: new Uint8Array(buffer, offset, length),
    words: new Int32Array(buffer, offset, length >> 2),
    longs: new BigInt64Array(buffer, offset, length >> 3),
  };
}

const readLong = (words: Int32Array, at: number): number => (words[at] >>> 0) + words[at + 1] * HIGH;
function writeLong(words: Int32Array, at: number, value: number): void {
  words[at] = value | 0;
  words[at + 1] = (value / HIGH) | 0;
}

export interface SegmentHeader {
  version: number;
  shard: number;
  /** Ascending by one from file to file. */
  index: number;
  epoch: number;
  firstSequence: number;
  /** Size of the file in bytes. */
  segmentBytes: number;
  /** Header checksum of the last group before this segment; 0 in the first segment. */
  chain: number;
}

/** Fills one sector. */
export function writeSegmentHeader(frame: Frame, header: SegmentHeader): void {
  const { bytes, words } = frame;
  bytes.fill(0, 0, SECTOR);
  words[0] = SEGMENT_MAGIC;
  words[1] = header.version | (header.shard << 16);
  words[2] = header.index;
  words[3] = header.epoch;
  writeLong(words, 4, header.firstSequence);
  writeLong(words, 6, header.segmentBytes);
  words[8] = header.chain;
  words[(SECTOR >> 2) - 1] = crc32c(bytes, 0, SECTOR - 4);
}

/** The header in the first sector; "zero" for an unused segment, "invalid" for one that is damaged or foreign. */
export function readSegmentHeader(frame: Frame): SegmentHeader | "zero" | "invalid" {
  const { bytes, words } = frame;
  if (isZero(bytes, 0, SECTOR)) return "zero";
  if (words[0] !== SEGMENT_MAGIC || words[(SECTOR >> 2) - 1] >>> 0 !== crc32c(bytes, 0, SECTOR - 4)) return "invalid";
  return {
    version: words[1] & 0xffff,
    shard: words[1] >>> 16,
    index: words[2],
    epoch: words[3],
    firstSequence: readLong(words, 4),
    segmentBytes: readLong(words, 6),
    chain: words[8] >>> 0,
  };
}

export interface GroupHeader {
  /** Bytes of header and records, without the zeros to the next sector. */
  length: number;
  count: number;
  firstSequence: number;
  /** When the group was closed, in microseconds since 1970; for people and traces, nothing depends on it. */
  time: number;
  epoch: number;
  shard: number;
  /** Header checksum of the group before. */
  chain: number;
  /** Checksum of this header, and with it of the whole group. */
  checksum: number;
}

/** Fills the fields that are known before the checksums. `offset` is a multiple of 8. */
export function writeGroupHeader(words: Int32Array, offset: number, header: Omit<GroupHeader, "chain" | "checksum">): void {
  const at = offset >> 2;
  words.fill(0, at, at + (GROUP_HEADER >> 2));
  words[at] = GROUP_MAGIC;
  words[at + 2] = header.length;
  words[at + 3] = header.count;
  writeLong(words, at + 4, header.firstSequence);
  writeLong(words, at + 6, header.time);
  words[at + 8] = header.epoch;
  words[at + 9] = header.shard;
}

/** Epoch of the records of the group at the start of `words`. */
export const groupEpoch = (words: Int32Array): number => words[8];

/** Fills all checksums of the group at `offset`, linking it to the one before. Returns its own checksum. */
export function sealGroup(words: Int32Array, offset: number, chain: number): number {
  const at = offset >> 2;
  const end = at + (words[at + 2] >> 2);
  let crcOfRecords = 0;
  for (let record = at + (GROUP_HEADER >> 2); record < end; ) {
    const next = record + (recordBytes(words[record + 1]) >> 2);
    words[record] = crc32cWords(words, record + 1, next);
    crcOfRecords = crc32cAppendWord(crcOfRecords, words[record]);
    record = next;
  }
  words[at + 10] = chain;
  words[at + 11] = crcOfRecords;
  words[at + 1] = crc32cWords(words, at + 2, at + (GROUP_HEADER >> 2));
  return words[at + 1] >>> 0;
}

/** The header at `offset`, or undefined where it is not one or its checksum is wrong. */
export function readGroupHeader(words: Int32Array, offset: number): GroupHeader | undefined {
  const at = offset >> 2;
  if (words[at] !== GROUP_MAGIC || words[at + 1] !== (crc32cWords(words, at + 2, at + (GROUP_HEADER >> 2)) | 0)) return undefined;
  return groupOf(words, at);
}

/** What the header at word `at` says, which nobody else has written. */
export function groupOf(words: Int32Array, at = 0): GroupHeader {
  return {
    length: words[at + 2],
    count: words[at + 3],
    firstSequence: readLong(words, at + 4),
    time: readLong(words, at + 6),
    epoch: words[at + 8],
    shard: words[at + 9],
    chain: words[at + 10] >>> 0,
    checksum: words[at + 1] >>> 0,
  };
}

/** What is wrong with the records of a group that lies whole in memory; undefined when every checksum is right. */
export function groupFault(words: Int32Array, offset: number, header: GroupHeader): string | undefined {
  const at = offset >> 2;
  const end = at + (header.length >> 2);
  let record = at + (GROUP_HEADER >> 2);
  let crcOfRecords = 0;
  for (let index = 0; index < header.count; index++) {
    const sequence = header.firstSequence + index;
    const length = words[record + 1];
    const next = record + (recordBytes(length) >> 2);
    if (length < 0 || length > header.length || next > end) return `the length of the record of sequence ${sequence} is damaged`;
    if (words[record] !== (crc32cWords(words, record + 1, next) | 0)) return `the checksum of the record of sequence ${sequence} is wrong`;
    if (readLong(words, record + 4) !== sequence || words[record + 3] !== header.epoch)
      return `the record of sequence ${sequence} bears another position`;
    crcOfRecords = crc32cAppendWord(crcOfRecords, words[record]);
    record = next;
  }
  if (record !== end) return `the group of sequence ${header.firstSequence} has more bytes than records`;
  if (crcOfRecords !== words[at + 11] >>> 0) return `the checksum of the group of sequence ${header.firstSequence} is wrong`;
  return undefined;
}

/** Fills a record's header; its payload of `length` bytes is in place behind it. `offset` is a multiple of 8. */
export function writeRecordHeader(
  frame: Frame,
  offset: number,
  kind: RecordKind,
  shard: number,
  epoch: number,
  sequence: number,
  length: number,
): void {
  const { bytes, words } = frame;
  const at = offset >> 2;
  words[at] = 0;
  words[at + 1] = length;
  words[at + 2] = shard | (kind << 16);
  words[at + 3] = epoch;
  writeLong(words, at + 4, sequence);
  const end = offset + recordBytes(length);
  for (let pad = offset + RECORD_HEADER + length; pad < end; pad++) bytes[pad] = 0;
}

/** One record in memory: its payload is `bytes[start, end)`. Valid during the call that hands it out. */
export type RecordVisitor = (kind: RecordKind, epoch: number, sequence: number, bytes: Uint8Array, start: number, end: number) => void;

/** Visits the records of a verified group in order, from sequence `from` on. */
export function visitRecords(frame: Frame, offset: number, header: GroupHeader, from: number, visit: RecordVisitor): void {
  const { bytes, words } = frame;
  let at = offset + GROUP_HEADER;
  for (let index = 0; index < header.count; index++) {
    const length = words[(at >> 2) + 1];
    const sequence = header.firstSequence + index;
    const start = at + RECORD_HEADER;
    if (sequence >= from) visit(words[(at >> 2) + 2] >>> 16, header.epoch, sequence, bytes, start, start + length);
    at += recordBytes(length);
  }
}

const zeros = new Uint8Array(1 << 16);

export function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += zeros.length) {
    const until = Math.min(at + zeros.length, end);
    if (Buffer.compare(bytes.subarray(at, until), until - at === zeros.length ? zeros : zeros.subarray(0, until - at)) !== 0) return false;
  }
  return true;
}
