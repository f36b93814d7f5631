/** What `bourse-exchange journal check` does: look at every byte of a folder. And how a log is ended, for those who may: `repair.ts`, `cut.ts`. */

import { LogCursor, type TornTail } from "./cursor";
import { JournalCorrupt } from "./faults";
import { type FileSystem, inFolder, type OpenFile } from "./file-system";
import { asideOf, partOf, setAside } from "./folder";
import { listSegments, logFiles } from "./segments";
import { readSnapshotHeader, SnapshotStore } from "./snapshots";

const COPY_BYTES = 1 << 20;

export interface SegmentReport {
  path: string;
  bytes: number;
  /** 0 in a file that is prepared and not in use yet. */
  firstSequence: number;
  epoch: number;
}

export interface FolderReport {
  /** As the log says, else the snapshots. */
  shard: number | undefined;
  segments: SegmentReport[];
  groups: number;
  records: number;
  /** Sequences of the oldest and the newest record that can be read; without any, 0 and the sequence behind which the log begins. */
  first: number;
  last: number;
  torn: TornTail | undefined;
  /** The first damage in the log; what is behind it was not read. */
  damage: JournalCorrupt | undefined;
  snapshots: { sequence: number; damage: JournalCorrupt | undefined }[];
}

/** Reads and checks all of a log and its snapshots. Changes nothing; on a running shard it reads as far as the log is at that moment. */
export function checkFolder(fileSystem: FileSystem, folder: string): FolderReport {
  const report: FolderReport = {
    shard: undefined,
    segments: [],
    groups: 0,
    records: 0,
    first: 0,
    last: 0,
    torn: undefined,
    damage: undefined,
    snapshots: [],
  };
  // Looked up first: a shard that runs may take another one while its log is read.
  const sequences = new SnapshotStore(fileSystem, folder, 0).sequences();
  checkUntilDamage(fileSystem, folder, report);
  report.shard ??= shardOfSnapshots(fileSystem, folder);
  const store = new SnapshotStore(fileSystem, folder, report.shard ?? 0);
  for (const sequence of sequences) {
    // One that is gone meanwhile was dropped for newer ones.
    if (!store.sequences().includes(sequence)) continue;
    report.snapshots.push({ sequence, damage: snapshotDamage(store, sequence) });
  }
  return report;
}

function checkUntilDamage(fileSystem: FileSystem, folder: string, report: FolderReport): void {
  try {
    checkLog(fileSystem, folder, report);
  } catch (error) {
    if (!(error instanceof JournalCorrupt)) throw error;
    // Where not even the files could be listed, those before the one at fault can be.
    if (report.segments.length === 0) checkUntilDamage(earlierFiles(fileSystem, error.file), folder, report);
    report.damage ??= error;
  }
}

/** The same files without those of the log from `path` on. */
function earlierFiles(fileSystem: FileSystem, path: string): FileSystem {
  const list: FileSystem["list"] = (folder) =>
    fileSystem.list(folder).filter((name) => !name.endsWith(".log") || inFolder(folder, name) < path);
  return new Proxy(fileSystem, {
    get: (target, name) => {
      const member: unknown = name === "list" ? list : Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** As the newest one says whose header is right. */
function shardOfSnapshots(fileSystem: FileSystem, folder: string): number | undefined {
  const [newest] = new SnapshotStore(fileSystem, folder, 0).headers(1);
  return newest && readSnapshotHeader(newest)?.shard;
}

function checkLog(fileSystem: FileSystem, folder: string, report: FolderReport): void {
  const segments = listSegments(fileSystem, folder);
  report.shard = segments[0]?.header?.shard;
  report.segments = segments.map(({ path, size, header }) => ({
    path,
    bytes: size,
    firstSequence: header?.firstSequence ?? 0,
    epoch: header?.epoch ?? 0,
  }));
  const first = segments[0]?.header?.firstSequence ?? 1;
  report.last = first - 1;
  const cursor = new LogCursor(fileSystem, folder, first);
  try {
    for (let group = cursor.next(); group; group = cursor.next()) {
      report.first ||= group.header.firstSequence;
      report.last = group.header.firstSequence + group.header.count - 1;
      report.groups++;
      report.records += group.header.count;
    }
    // A log that begins behind a snapshot has an end before it has a record.
    report.last = cursor.tail().sequence;
    report.torn = cursor.tail().torn;
  } finally {
    cursor.close();
  }
}

/**
 * Sequence of the newest snapshot that is whole and has more in it than can be read of the log; undefined when there is none. Where the log is not damaged,
 * its end is missing.
 */
export function snapshotAhead({ snapshots, last }: FolderReport): number | undefined {
  return snapshots.find(({ sequence, damage }) => sequence > last && damage === undefined)?.sequence;
}

function snapshotDamage(store: SnapshotStore, sequence: number): JournalCorrupt | undefined {
  try {
    store.read(sequence);
    return undefined;
  } catch (error) {
    if (error instanceof JournalCorrupt) return error;
    throw error;
  }
}

/** What a repair set aside, file by file. */
export interface Repair {
  /** Of the last record that is left. */
  last: number;
  /** Files with the removed bytes; nothing is deleted. */
  aside: string[];
}

/**
 * Sets aside a file's bytes from an offset on, and every later segment. Wherever it is interrupted, the log ends with what it had or with what it will have.
 *
 * @param instead what is put at the offset
 */
export function endLogAt(
  fileSystem: FileSystem,
  folder: string,
  damage: { file: string; offset: number },
  aside: string[],
  instead: Uint8Array = new Uint8Array(),
): void {
  const later = logFiles(fileSystem, folder).filter((path) => path > damage.file);
  for (const path of later.reverse()) {
    setAside(fileSystem, folder, path, aside);
    // One after the other, from the end: a crash must not leave a gap.
    fileSystem.syncFolder(folder);
  }
  if (damage.offset === 0) {
    setAside(fileSystem, folder, damage.file, aside);
    return;
  }
  const file = fileSystem.open(damage.file, "read");
  const path = asideOf(fileSystem, folder, `${damage.file}.from-${damage.offset}`);
  const kept = partOf(fileSystem, folder, damage.file);
  try {
    const size = file.size();
    copyInto(fileSystem, path, file, damage.offset, size, size - damage.offset);
    copyInto(fileSystem, kept, file, 0, damage.offset, size, instead);
  } finally {
    file.close();
  }
  fileSystem.rename(kept, damage.file);
  fileSystem.syncFolder(folder);
  aside.push(path);
}

/** A new file of `size` bytes that begins with those of another from `start` to `end`, and `then`; the rest is zero. */
export function copyInto(
  fileSystem: FileSystem,
  path: string,
  from: OpenFile,
  start: number,
  end: number,
  size: number,
  then: Uint8Array = new Uint8Array(),
): void {
  const to = fileSystem.open(path, "create");
  const piece = new Uint8Array(Math.min(size, COPY_BYTES));
  try {
    for (let at = 0; at < size; at += piece.length) {
      const length = Math.min(piece.length, size - at);
      piece.fill(0);
      if (start + at < end) from.read(piece, 0, Math.min(length, end - start - at), start + at);
      to.write(piece, 0, length, at);
    }
    to.write(then, 0, then.length, end - start);
    to.sync();
  } finally {
    to.close();
  }
}
