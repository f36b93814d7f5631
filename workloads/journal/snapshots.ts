/**
 * Snapshots of a state machine at a log position, one file each. Written beside, synced, read back and compared, then renamed: a snapshot that
 * exists under its name is whole. A start takes the newest that is still right.
 *
 *     u32 magic "BRSN", u16 version, u16 shard, u32 epoch, u32 zero, u64 sequence, u64 state length, u32 state checksum, ..., u32 header checksum
 */

import { crc32c } from "./crc32c";
import { JournalCorrupt } from "./faults";
import { unusable } from "./file-journal";
import { type FileSystem, inFolder } from "./file-system";

const MAGIC = 0x4e_53_52_42;
const VERSION = 1;
const HEADER = 64;
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
    const snapshot = this.#readFile(this.path(sequence));
    if (snapshot.sequence !== sequence) throw new JournalCorrupt(this.path(sequence), 16, `it is of sequence ${snapshot.sequence}`);
    return snapshot;
  }

  write({ epoch, sequence, state }: Snapshot): void {
    const path = this.path(sequence);
    const beside = `${path}.part`;
    if (this.fileSystem.list(this.folder).some((name) => beside.endsWith(name))) this.fileSystem.remove(beside);
    const file = this.fileSystem.open(beside, "create");
    try {
      const header = this.#header(epoch, sequence, state);
      file.write(header, 0, HEADER, 0);
      // Synced piece by piece: the disk takes the log's groups in between, which would otherwise wait behind all of it.
      let at = 0;
      do {
        const end = Math.min(at + PIECE, state.length);
        file.write(state, at, end, HEADER + at);
        file.sync();
        at = end;
      } while (at < state.length);
    } finally {
      file.close();
    }
    const back = this.#readFile(beside);
    if (Buffer.compare(back.state, state) !== 0) throw new JournalCorrupt(beside, HEADER, "it does not read back as it was written");
    this.fileSystem.rename(beside, path);
    this.fileSystem.syncFolder(this.folder);
  }

  removeBefore(sequence: number): void {
    for (const each of this.sequences()) if (each < sequence) this.fileSystem.remove(this.path(each));
  }

  #header(epoch: number, sequence: number, state: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(HEADER);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, MAGIC, true);
    view.setUint16(4, VERSION, true);
    view.setUint16(6, this.shard, true);
    view.setUint32(8, epoch, true);
    view.setBigUint64(16, BigInt(sequence), true);
    view.setBigUint64(24, BigInt(state.length), true);
    view.setUint32(32, crc32c(state, 0, state.length), true);
    view.setUint32(HEADER - 4, crc32c(bytes, 0, HEADER - 4), true);
    return bytes;
  }

  #readFile(path: string): Snapshot {
    const file = this.fileSystem.open(path, "read");
    try {
      const size = file.size();
      const bytes = new Uint8Array(size);
      file.read(bytes, 0, size, 0);
      const view = new DataView(bytes.buffer);
      if (size < HEADER || view.getUint32(0, true) !== MAGIC || view.getUint32(HEADER - 4, true) !== crc32c(bytes, 0, HEADER - 4)) {
        throw new JournalCorrupt(path, 0, "the header of the snapshot is damaged");
      }
      const version = view.getUint16(4, true);
      if (version > VERSION) throw new JournalCorrupt(path, 4, `it has format ${version}, this program reads up to ${VERSION}`);
      const shard = view.getUint16(6, true);
      if (shard !== this.shard) throw new JournalCorrupt(path, 6, `it belongs to shard ${shard}, not ${this.shard}`);
      const state = bytes.subarray(HEADER);
      if (BigInt(state.length) !== view.getBigUint64(24, true) || crc32c(state, 0, state.length) !== view.getUint32(32, true)) {
        throw new JournalCorrupt(path, HEADER, "the state of the snapshot is damaged");
      }
      return { epoch: view.getUint32(8, true), sequence: Number(view.getBigUint64(16, true)), state };
    } finally {
      file.close();
    }
  }
}
