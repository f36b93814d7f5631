/**
 * Snapshots of a state machine at a log position, one file each. Written beside, synced, read back and compared, then renamed: a snapshot that
 * exists under its name is whole. A start takes the newest that is still right.
 *
 *     u32 magic "BRSN", u16 version, u16 shard, u32 epoch, u32 zero, u64 sequence, u64 state length, u32 state checksum, ..., u32 header checksum
 */

import { crc32c } from "./crc32c";
import { JournalCorrupt } from "./faults";
import { type FileSystem, inFolder, type OpenFile } from "./file-system";
import { unusable } from "./folder";

const MAGIC = 0x4e_53_52_42;
const VERSION = 1;
export const SNAPSHOT_HEADER = 64;
const PIECE = 4 << 20;
const NAME = /^snapshot-(\d{16})\.bin$/;

export interface Snapshot {
  epoch: number;
  /** Of the last command in the state. */
  sequence: number;
  state: Uint8Array;
}

export class SnapshotStore {
  constructor(
    readonly fileSystem: FileSystem,
    readonly folder: string,
    readonly shard: number,
  ) {}

  /** Sequences of all snapshots, newest first. */
  sequences(): number[] {
    const found = this.fileSystem.list(this.folder).map((name) => Number(NAME.exec(name)?.[1] ?? 0));
    return found.filter((sequence) => sequence > 0).reverse();
  }

  path(sequence: number): string {
    return inFolder(this.folder, `snapshot-${String(sequence).padStart(16, "0")}.bin`);
  }

  /** The newest one at or before `sequence` that is whole. `damaged` is called with the fault of each that is not. */
  newest(sequence: number, damaged: (fault: JournalCorrupt) => void): Snapshot | undefined {
    for (const candidate of this.sequences()) {
      if (candidate > sequence) continue;
      try {
        return this.read(candidate);
      } catch (error) {
        if (!(error instanceof JournalCorrupt)) throw unusable(error, this.folder);
        damaged(error);
      }
    }
    return undefined;
  }

  /** Throws {@link JournalCorrupt} when it is damaged. */
  read(sequence: number): Snapshot {
    const snapshot = readSnapshotFile(this.fileSystem, this.path(sequence), this.shard);
    if (snapshot.sequence !== sequence) throw new JournalCorrupt(this.path(sequence), 16, `it is of sequence ${snapshot.sequence}`);
    return snapshot;
  }

  write({ epoch, sequence, state }: Snapshot): void {
    const path = this.path(sequence);
    const beside = `${path}.part`;
    const exists = () => this.fileSystem.list(this.folder).some((name) => beside.endsWith(name));
    if (exists()) this.fileSystem.remove(beside);
    try {
      this.#writeFile(beside, this.#header(epoch, sequence, state), state);
    } catch (error) {
      // What is not whole must not keep a full disk full.
      if (exists()) this.fileSystem.remove(beside);
      throw error;
    }
    this.fileSystem.rename(beside, path);
    this.fileSystem.syncFolder(this.folder);
  }

  /** Throws {@link JournalCorrupt} when the file does not read back as it was written. */
  #writeFile(path: string, header: Uint8Array, state: Uint8Array): void {
    const file = this.fileSystem.open(path, "create");
    try {
      file.write(header, 0, SNAPSHOT_HEADER, 0);
      // Synced piece by piece: the disk takes the log's groups in between, which would otherwise wait behind all of it.
      let at = 0;
      do {
        const end = Math.min(at + PIECE, state.length);
        file.write(state, at, end, SNAPSHOT_HEADER + at);
        file.sync();
        at = end;
      } while (at < state.length);
    } finally {
      file.close();
    }
    const back = readSnapshotFile(this.fileSystem, path, this.shard);
    if (Buffer.compare(back.state, state) !== 0) throw new JournalCorrupt(path, SNAPSHOT_HEADER, "it does not read back as it was written");
  }

  removeBefore(sequence: number): void {
    for (const each of this.sequences()) if (each < sequence) this.fileSystem.remove(this.path(each));
  }

  /** The first bytes of each snapshot that can be sent to a copy of the log that begins with sequence `first`, newest first; damaged ones are left out. */
  headers(first: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (const sequence of this.sequences()) {
      if (sequence + 1 < first) break;
      const file = this.open(sequence);
      try {
        const header = new Uint8Array(SNAPSHOT_HEADER);
        file.read(header, 0, SNAPSHOT_HEADER, 0);
        if (readSnapshotHeader(header)?.bytes === file.size()) found.push(header);
      } finally {
        file.close();
      }
    }
    return found;
  }

  /** The file of a snapshot, for reading. It can be read to its end even when it is removed meanwhile. */
  open(sequence: number): OpenFile {
    return this.fileSystem.open(this.path(sequence), "read");
  }

  #header(epoch: number, sequence: number, state: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(SNAPSHOT_HEADER);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, MAGIC, true);
    view.setUint16(4, VERSION, true);
    view.setUint16(6, this.shard, true);
    view.setUint32(8, epoch, true);
    view.setBigUint64(16, BigInt(sequence), true);
    view.setBigUint64(24, BigInt(state.length), true);
    view.setUint32(32, crc32c(state, 0, state.length), true);
    view.setUint32(SNAPSHOT_HEADER - 4, crc32c(bytes, 0, SNAPSHOT_HEADER - 4), true);
    return bytes;
  }
}

/** What the first bytes of a snapshot say of it. */
export interface SnapshotHeader {
  version: number;
  shard: number;
  epoch: number;
  sequence: number;
  /** Of the whole file. */
  bytes: number;
  /** Of the state behind the header. */
  checksum: number;
}

/** Undefined when they are not those of a snapshot, or damaged. */
export function readSnapshotHeader(bytes: Uint8Array): SnapshotHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (bytes.length < SNAPSHOT_HEADER || view.getUint32(0, true) !== MAGIC) return undefined;
  if (view.getUint32(SNAPSHOT_HEADER - 4, true) !== crc32c(bytes, 0, SNAPSHOT_HEADER - 4)) return undefined;
  return {
    version: view.getUint16(4, true),
    shard: view.getUint16(6, true),
    epoch: view.getUint32(8, true),
    sequence: Number(view.getBigUint64(16, true)),
    bytes: SNAPSHOT_HEADER + Number(view.getBigUint64(24, true)),
    checksum: view.getUint32(32, true),
  };
}

/** Reads and checks a whole snapshot. Throws {@link JournalCorrupt}. */
export function readSnapshotFile(fileSystem: FileSystem, path: string, shard: number): Snapshot {
  const file = fileSystem.open(path, "read");
  try {
    const size = file.size();
    const bytes = new Uint8Array(size);
    file.read(bytes, 0, size, 0);
    const header = readSnapshotHeader(bytes);
    if (header === undefined) throw new JournalCorrupt(path, 0, "the header of the snapshot is damaged");
    if (header.version > VERSION) throw new JournalCorrupt(path, 4, `it has format ${header.version}, this program reads up to ${VERSION}`);
    if (header.shard !== shard) throw new JournalCorrupt(path, 6, `it belongs to shard ${header.shard}, not ${shard}`);
    const state = bytes.subarray(SNAPSHOT_HEADER);
    if (size !== header.bytes || crc32c(state, 0, state.length) !== header.checksum) {
      throw new JournalCorrupt(path, SNAPSHOT_HEADER, "the state of the snapshot is damaged");
    }
    return { epoch: header.epoch, sequence: header.sequence, state };
  } finally {
    file.close();
  }
}
