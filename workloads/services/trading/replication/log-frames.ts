/** The frames with which a log is copied; `../remote/frames.ts` has them in its table. */

import type { RecordKind, RecordVisitor } from "../../../journal";
import { copyLongs } from "../../../journal/copy-longs";
import { FRAME_HEADER, FrameType, newFrame, ProtocolError, padded, writeFrameHeader } from "../remote/frames";
import { WordView } from "../word-view";

/** Bytes of a RECORDS frame before its first record, and of a record before its payload. */
export const RECORDS_HEADER = FRAME_HEADER + 16;
const RECORD = 8;

/** What a member says of its log when it asks for the rest. */
export interface CopyRequest {
  shard: number;
  /** Position of its last record; zeros for an empty log. */
  epoch: number;
  sequence: number;
  /** Of its folder: 32 hexadecimal digits. */
  member: string;
}

export function copyLogFrame({ shard, epoch, sequence, member }: CopyRequest): Buffer {
  const frame = newFrame(FrameType.COPY_LOG, 32);
  frame.writeUInt32LE(shard, FRAME_HEADER);
  frame.writeUInt32LE(epoch, FRAME_HEADER + 4);
  frame.writeBigUInt64LE(BigInt(sequence), FRAME_HEADER + 8);
  frame.write(member, FRAME_HEADER + 16, "hex");
  return frame;
}

export function readCopyLog(bytes: Buffer, start: number, end: number): CopyRequest {
  if (end - start !== FRAME_HEADER + 32) throw new ProtocolError(`a request for the log has 32 bytes, not ${end - start - FRAME_HEADER}`);
  const at = start + FRAME_HEADER;
  return {
    shard: bytes.readUInt32LE(at),
    epoch: bytes.readUInt32LE(at + 4),
    sequence: Number(bytes.readBigUInt64LE(at + 8)),
    member: bytes.toString("hex", at + 16, at + 32),
  };
}

/** Of LOG_DIFFERS: a place of the leader's log, at or before which the two logs part. */
export function logDiffersFrame(epoch: number, sequence: number): Buffer {
  const frame = newFrame(FrameType.LOG_DIFFERS, 16);
  frame.writeUInt32LE(epoch, FRAME_HEADER);
  frame.writeBigUInt64LE(BigInt(sequence), FRAME_HEADER + 8);
  return frame;
}

export function readLogDiffers(bytes: Buffer, start: number): { epoch: number; sequence: number } {
  return { epoch: bytes.readUInt32LE(start + FRAME_HEADER), sequence: Number(bytes.readBigUInt64LE(start + FRAME_HEADER + 8)) };
}

const MAY_LEAD = 1;
const ELSEWHERE = 2;

/** What a member says of its copy. */
export interface KeptCopy {
  /** Up to which it is durable. */
  sequence: number;
  /** Whether it could take the lead with it. */
  mayLead: boolean;
  /** Whether it is kept against the loss of the place where the leader is: it does not lead by itself. */
  isElsewhere: boolean;
}

export function keptFrame({ sequence, mayLead, isElsewhere }: KeptCopy): Buffer {
  const frame = newFrame(FrameType.KEPT, 16);
  frame.writeBigUInt64LE(BigInt(sequence), FRAME_HEADER);
  frame.writeUInt32LE((mayLead ? MAY_LEAD : 0) | (isElsewhere ? ELSEWHERE : 0), FRAME_HEADER + 8);
  return frame;
}

export function readKept(bytes: Buffer, start: number, end: number): KeptCopy {
  if (end - start !== FRAME_HEADER + 16)
    throw new ProtocolError(`what a member keeps is told in 16 bytes, not ${end - start - FRAME_HEADER}`);
  const flags = bytes.readUInt32LE(start + FRAME_HEADER + 8);
  const sequence = Number(bytes.readBigUInt64LE(start + FRAME_HEADER));
  return { sequence, mayLead: (flags & MAY_LEAD) !== 0, isElsewhere: (flags & ELSEWHERE) !== 0 };
}

/** The hash of the leader's state after a command. */
export function stateFrame(sequence: number, hash: string): Buffer {
  const frame = newFrame(FrameType.STATE, 8 + padded(hash.length));
  frame.writeBigUInt64LE(BigInt(sequence), FRAME_HEADER);
  frame.write(hash, FRAME_HEADER + 8, "latin1");
  return frame;
}

export function readState(bytes: Buffer, start: number, end: number): { sequence: number; hash: string } {
  const hash = bytes.toString("latin1", start + FRAME_HEADER + 8, end).replace(/\0+$/, "");
  return { sequence: Number(bytes.readBigUInt64LE(start + FRAME_HEADER)), hash };
}

/** Room for a record with a payload of `length` bytes in a RECORDS frame. */
export const recordRoom = (length: number): number => RECORD + padded(length);

/** Writes records into frames. Each command passes here on the thread that matches. */
export class RecordWriter {
  readonly #to = new WordView();
  readonly #from = new WordView();

  /** Writes a record behind what the frame has; returns where the next one goes. `at` is a multiple of 8, the frame begins at one of 8 in its memory. */
  write(frame: Uint8Array, at: number, kind: RecordKind, bytes: Uint8Array, start: number, end: number): number {
    const words = this.#to.of(frame);
    const length = end - start;
    const next = at + recordRoom(length);
    words[at >> 2] = kind;
    words[(at >> 2) + 1] = length;
    const from = this.#from.longsOf(bytes);
    if (from.length > 0 && ((start | length) & 7) === 0) {
      copyLongs(from, start >> 3, this.#to.longsOf(frame), (at + RECORD) >> 3, length);
    } else {
      frame.set(bytes.subarray(start, end), at + RECORD);
      frame.fill(0, at + RECORD + length, next);
    }
    return next;
  }
}

/** Completes the frame in `bytes[start, end)`, whose records are of one epoch and follow each other from `first`. */
export function finishRecords(bytes: Buffer, start: number, end: number, shard: number, epoch: number, first: number): void {
  writeFrameHeader(bytes, start, FrameType.RECORDS, end - start);
  bytes.writeUInt32LE(shard, start + FRAME_HEADER);
  bytes.writeUInt32LE(epoch, start + FRAME_HEADER + 4);
  bytes.writeBigUInt64LE(BigInt(first), start + FRAME_HEADER + 8);
}

/** Of the records of a frame. */
export const recordsEpoch = (bytes: Buffer, start: number): number => bytes.readUInt32LE(start + FRAME_HEADER + 4);

/** Reads records from frames. Each command passes here on the thread that follows. */
export class RecordReader {
  readonly #words = new WordView();

  /** Visits the records of a frame in order. Their payloads begin at multiples of 8 in their memory, which is the frame's unless that lies across. */
  visit(given: Buffer, givenStart: number, givenEnd: number, visit: RecordVisitor): void {
    const isAligned = ((given.byteOffset | givenStart) & 7) === 0;
    const bytes = isAligned ? given : Buffer.from(new Uint8Array(given.subarray(givenStart, givenEnd)).buffer);
    const start = isAligned ? givenStart : 0;
    const end = start + givenEnd - givenStart;
    const epoch = recordsEpoch(bytes, start);
    const words = this.#words.of(bytes);
    let sequence = Number(bytes.readBigUInt64LE(start + FRAME_HEADER + 8));
    for (let at = start + RECORDS_HEADER; at < end; sequence++) {
      const length = words[(at >> 2) + 1] >>> 0;
      if (at + recordRoom(length) > end || length > end)
        throw new ProtocolError(`a record of ${length} bytes was announced, ${end - at - RECORD} are left in the frame`);
      visit(words[at >> 2], epoch, sequence, bytes, at + RECORD, at + RECORD + length);
      at += recordRoom(length);
    }
  }
}
