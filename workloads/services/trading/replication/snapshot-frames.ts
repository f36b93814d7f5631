/** The frames with which a snapshot goes to a copy that is too far behind; `../remote/frames.ts` has them in its table. */

import { crc32c, SNAPSHOT_HEADER } from "../../../journal";
import { FRAME_HEADER, FrameType, newFrame, ProtocolError, padded } from "../remote/frames";

const PIECE_HEADER = FRAME_HEADER + 16;

/** @param headers first bytes of the snapshots that can be had, newest first */
export function snapshotsFrame(headers: readonly Uint8Array[]): Buffer {
  const frame = newFrame(FrameType.SNAPSHOTS, headers.length * SNAPSHOT_HEADER);
  for (const [n, header] of headers.entries()) frame.set(header, FRAME_HEADER + n * SNAPSHOT_HEADER);
  return frame;
}

export function readSnapshots(bytes: Buffer, start: number, end: number): Uint8Array[] {
  const headers: Uint8Array[] = [];
  for (let at = start + FRAME_HEADER; at + SNAPSHOT_HEADER <= end; at += SNAPSHOT_HEADER) {
    headers.push(Uint8Array.prototype.slice.call(bytes, at, at + SNAPSHOT_HEADER));
  }
  return headers;
}

/** Which snapshot, and from which byte of its file. */
export interface SnapshotRequest {
  sequence: number;
  offset: number;
}

export function sendSnapshotFrame({ sequence, offset }: SnapshotRequest): Buffer {
  const frame = newFrame(FrameType.SEND_SNAPSHOT, 16);
  frame.writeBigUInt64LE(BigInt(sequence), FRAME_HEADER);
  frame.writeBigUInt64LE(BigInt(offset), FRAME_HEADER + 8);
  return frame;
}

export function readSendSnapshot(bytes: Buffer, start: number, end: number): SnapshotRequest {
  if (end - start !== FRAME_HEADER + 16) throw new ProtocolError(`a snapshot is asked for in 16 bytes, not ${end - start - FRAME_HEADER}`);
  return { sequence: Number(bytes.readBigUInt64LE(start + FRAME_HEADER)), offset: Number(bytes.readBigUInt64LE(start + FRAME_HEADER + 8)) };
}

/** A frame of the `length` bytes at `offset` of a file, which `read` puts at a place of it. */
export function pieceFrame(offset: number, length: number, read: (frame: Buffer, start: number, end: number) => void): Buffer {
  const frame = newFrame(FrameType.SNAPSHOT_PIECE, PIECE_HEADER - FRAME_HEADER + padded(length));
  read(frame, PIECE_HEADER, PIECE_HEADER + length);
  frame.writeBigUInt64LE(BigInt(offset), FRAME_HEADER);
  frame.writeUInt32LE(length, FRAME_HEADER + 8);
  frame.writeUInt32LE(crc32c(frame, PIECE_HEADER, PIECE_HEADER + length), FRAME_HEADER + 12);
  return frame;
}

/** Where a piece goes in the file, and where it lies in `bytes`. Throws a {@link ProtocolError} when it is not as it was sent. */
export function readPiece(bytes: Buffer, start: number, end: number): { offset: number; from: number; to: number } {
  const offset = Number(bytes.readBigUInt64LE(start + FRAME_HEADER));
  const from = start + PIECE_HEADER;
  const to = from + bytes.readUInt32LE(start + FRAME_HEADER + 8);
  if (to > end) throw new ProtocolError(`a piece of ${to - from} bytes was announced, ${end - from} are left in the frame`);
  if (bytes.readUInt32LE(start + FRAME_HEADER + 12) !== crc32c(bytes, from, to)) {
    throw new ProtocolError(`the piece of the snapshot at offset ${offset} has changed on its way`);
  }
  return { offset, from, to };
}
