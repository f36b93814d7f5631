/**
 * A snapshot that comes in pieces from the leader of a log which no longer has what this folder lacks, and the log that begins behind it.
 *
 * Pieces are written beside, under a name that nothing reads. What is whole and reads back right is renamed to `.received`, and only then anything else in
 * the folder is changed: the old log and its snapshots are set aside, a log that begins behind the snapshot is made, and the snapshot gets its own
 * name. A crash on the way is taken up by whoever opens the folder next; one before it leaves the folder as it was.
 */

import { JournalCorrupt, JournalFull } from "./faults";
import { type FileSystem, inFolder, type OpenFile, systemErrorCode } from "./file-system";
import { setAside } from "./folder";
import { FORMAT_VERSION, frameOf, isZero, SECTOR, writeSegmentHeader } from "./layout";
import { segmentName } from "./segments";
import { readSnapshotFile, readSnapshotHeader, SNAPSHOT_HEADER, SnapshotStore } from "./snapshots";

/** Written between two syncs. */
const SYNC_BYTES = 4 << 20;
const INCOMING = /^snapshot-\d{16}\.bin\.incoming$/;
const UNFINISHED = /^(snapshot-\d{16}\.bin|segment-\d{10}\.log)\.(part|incoming)$/;
const RECEIVED = ".received";

export class ReceivedSnapshot {
  readonly sequence: number;
  /** Of the file. */
  readonly bytes: number;
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #shard: number;
  readonly #path: string;
  readonly #file: OpenFile;
  #received = SNAPSHOT_HEADER;
  #synced = 0;

  /**
   * Makes a file for the snapshot that begins with `header`. Throws {@link JournalCorrupt} for one that cannot be used here, and {@link JournalFull} when
   * there is no space for it and `reserve` bytes more.
   */
  constructor(fileSystem: FileSystem, folder: string, shard: number, header: Uint8Array, reserve: number) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
    this.#shard = shard;
    const read = readSnapshotHeader(header);
    if (read === undefined) throw new JournalCorrupt("the snapshot that the leader offers", 0, "its header is damaged");
    if (read.shard !== shard)
      throw new JournalCorrupt("the snapshot that the leader offers", 6, `it belongs to shard ${read.shard}, not ${shard}`);
    this.sequence = read.sequence;
    this.bytes = read.bytes;
    remove(fileSystem, folder, INCOMING);
    const free = fileSystem.free(folder);
    if (free < this.bytes + reserve) throw new JournalFull(noSpace(this.bytes + reserve, free, folder));
    this.#path = `${new SnapshotStore(fileSystem, folder, shard).path(this.sequence)}.incoming`;
    this.#file = fileSystem.open(this.#path, "create");
    this.#write(header, 0, SNAPSHOT_HEADER, 0);
  }

  /** Bytes from the file's beginning that have come. */
  get received(): number {
    return this.#received;
  }

  get isWhole(): boolean {
    return this.#received === this.bytes;
  }

  /** Adds the piece that comes next. Throws {@link JournalFull} when the disk is; what has come is discarded then. */
  add(piece: Uint8Array, start: number, end: number): void {
    if (this.#received + end - start > this.bytes) throw new RangeError(`the snapshot has ${this.bytes} bytes, more have come`);
    this.#write(piece, start, end, this.#received);
    this.#received += end - start;
    if (this.#received - this.#synced < SYNC_BYTES && !this.isWhole) return;
    this.#file.sync();
    this.#synced = this.#received;
  }

  /** Gives up what has come. */
  discard(): void {
    this.#file.close();
    remove(this.#fileSystem, this.#folder, INCOMING);
  }

  /**
   * Puts the whole snapshot, and a log that begins behind it, in the place of what the folder has; nothing may have the folder open. Returns the files that were set aside.
   * Throws {@link JournalCorrupt}, with the folder as it was and what has come discarded, when it does not read back as it was sent.
   */
  install(): string[] {
    this.#file.close();
    try {
      readSnapshotFile(this.#fileSystem, this.#path, this.#shard);
    } catch (error) {
      remove(this.#fileSystem, this.#folder, INCOMING);
      throw error;
    }
    this.#fileSystem.rename(this.#path, this.#path.replace(/\.incoming$/, RECEIVED));
    this.#fileSystem.syncFolder(this.#folder);
    return installReceived(this.#fileSystem, this.#folder, this.#shard);
  }

  #write(bytes: Uint8Array, start: number, end: number, at: number): void {
    try {
      this.#file.write(bytes, start, end, at);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
      this.discard();
      throw new JournalFull(noSpace(this.bytes, this.#fileSystem.free(this.#folder), this.#folder));
    }
  }
}

/**
 * Puts a log that begins behind a snapshot of the folder, which is whole, in the place of what else the folder has. Returns the files that were set aside. The
 * folder is this process's own.
 */
export function beginBehindSnapshot(fileSystem: FileSystem, folder: string, shard: number, sequence: number): string[] {
  const path = new SnapshotStore(fileSystem, folder, shard).path(sequence);
  fileSystem.rename(path, `${path}${RECEIVED}`);
  fileSystem.syncFolder(folder);
  return installReceived(fileSystem, folder, shard);
}

/** Completes what {@link ReceivedSnapshot.install} has begun, and removes what never became whole. The folder is this process's own. */
export function installReceived(fileSystem: FileSystem, folder: string, shard: number): string[] {
  remove(fileSystem, folder, UNFINISHED);
  const name = fileSystem.list(folder).find((each) => each.endsWith(RECEIVED));
  if (name === undefined) return [];
  const path = inFolder(folder, name);
  const { sequence, epoch } = readSnapshotFile(fileSystem, path, shard);
  const aside: string[] = [];
  const isOld = (each: string) => /^(segment-\d{10}\.log|snapshot-\d{16}\.bin)$/.test(each);
  for (const old of fileSystem.list(folder).filter(isOld)) {
    if (isUnused(fileSystem, inFolder(folder, old))) fileSystem.remove(inFolder(folder, old));
    else setAside(fileSystem, folder, inFolder(folder, old), aside);
  }
  beginLogAfter(fileSystem, folder, shard, epoch, sequence);
  fileSystem.syncFolder(folder);
  fileSystem.rename(path, new SnapshotStore(fileSystem, folder, shard).path(sequence));
  fileSystem.syncFolder(folder);
  return aside;
}

/** A segment without room for a record: it only says where the log begins. */
function beginLogAfter(fileSystem: FileSystem, folder: string, shard: number, epoch: number, sequence: number): void {
  const frame = frameOf(new ArrayBuffer(SECTOR));
  const place = { index: 1, epoch, firstSequence: sequence + 1, chain: 0 };
  writeSegmentHeader(frame, { version: FORMAT_VERSION, shard, segmentBytes: SECTOR, ...place });
  const file = fileSystem.open(inFolder(folder, segmentName(1)), "create");
  try {
    file.write(frame.bytes, 0, SECTOR, 0);
    file.sync();
  } finally {
    file.close();
  }
}

/** Whether a segment was only prepared. */
function isUnused(fileSystem: FileSystem, path: string): boolean {
  const file = fileSystem.open(path, "read");
  try {
    const sector = new Uint8Array(SECTOR);
    file.read(sector, 0, SECTOR, 0);
    return isZero(sector, 0, SECTOR);
  } finally {
    file.close();
  }
}

function remove(fileSystem: FileSystem, folder: string, names: RegExp): void {
  for (const name of fileSystem.list(folder)) if (names.test(name)) fileSystem.remove(inFolder(folder, name));
}

const noSpace = (need: number, free: number, folder: string) =>
  `the leader's snapshot needs ${need} bytes in ${folder}, where ${free} are free: make space, such as by removing files whose names end in .removed`;
