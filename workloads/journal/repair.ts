/**
 * What `bourse-exchange journal repair` does: gives up what is damaged in a folder, and no more than that.
 *
 * A snapshot that is whole has in it all that the log before it says. So damage before the newest of them costs nothing but history: the log then begins
 * behind the damage, or behind the snapshot. Behind it, the log ends before its first damage.
 */

import type { JournalCorrupt } from "./faults";
import type { FileSystem } from "./file-system";
import { asideOf, partOf, setAside, takeFolder } from "./folder";
import { checkFolder, copyInto, endLogAt, type Repair, snapshotAhead } from "./inspect";
import {
  alignUp,
  FORMAT_VERSION,
  type Frame,
  frameOf,
  GROUP_HEADER,
  type GroupHeader,
  groupFault,
  readGroupHeader,
  readSegmentHeader,
  SECTOR,
  writeSegmentHeader,
} from "./layout";
import { beginBehindSnapshot } from "./received-snapshot";
import { logFiles } from "./segments";

/**
 * Gives up damaged parts of the log and damaged snapshots. Everything that is given up is kept in files beside, whose names end
 * in `.removed`. Throws `JournalUnusable` while a shard runs in the folder. Does nothing when nothing is damaged.
 */
export function repairFolder(fileSystem: FileSystem, folder: string): Repair {
  const unlock = takeFolder(fileSystem, folder);
  try {
    const aside: string[] = [];
    let report = checkFolder(fileSystem, folder);
    while (report.damage) {
      const ahead = snapshotAhead(report);
      if (ahead === undefined) endLogAt(fileSystem, folder, report.damage, aside);
      else beginBehind(fileSystem, folder, report.shard!, report.damage, ahead, aside);
      report = checkFolder(fileSystem, folder);
      // A log that was ended can only be damaged in a way that no end mends, as a file whose size is not its header's.
      if (ahead === undefined && report.damage) throw report.damage;
    }
    for (const { damage } of report.snapshots) if (damage) setAside(fileSystem, folder, damage.file, aside);
    fileSystem.syncFolder(folder);
    const ahead = snapshotAhead(report);
    if (ahead !== undefined) aside.push(...beginBehindSnapshot(fileSystem, folder, report.shard!, ahead));
    return { last: ahead ?? report.last, aside };
  } finally {
    unlock();
  }
}

/** Lets the log begin behind its first damage, with what is whole there and joins the snapshot at sequence `ahead`. */
function beginBehind(fileSystem: FileSystem, folder: string, shard: number, damage: JournalCorrupt, ahead: number, aside: string[]): void {
  const found = groupBehind(fileSystem, folder, shard, damage);
  if (found !== undefined && found.header.firstSequence <= ahead + 1) beginLogWith(fileSystem, folder, found, aside);
  else aside.push(...beginBehindSnapshot(fileSystem, folder, shard, ahead));
}

/** A whole group, and the file in which it is: whoever makes it the log's first makes the new file of the frame. */
interface FoundGroup {
  path: string;
  /** All of the file, and the zeros to a whole sector. */
  frame: Frame;
  offset: number;
  header: GroupHeader;
}

/** The first whole group behind the damage. */
function groupBehind(fileSystem: FileSystem, folder: string, shard: number, damage: JournalCorrupt): FoundGroup | undefined {
  for (const path of logFiles(fileSystem, folder).filter((each) => each >= damage.file)) {
    const frame = readWhole(fileSystem, path);
    // What stands at the damage is damaged, whatever it looks like.
    const start = path === damage.file ? alignUp(damage.offset + 1, SECTOR) : SECTOR;
    for (let offset = start; offset + GROUP_HEADER <= frame.bytes.length; offset += SECTOR) {
      const header = readGroupHeader(frame.words, offset);
      if (header === undefined || header.shard !== shard || offset + header.length > frame.bytes.length) continue;
      if (groupFault(frame.words, offset, header) === undefined) return { path, frame, offset, header };
    }
  }
  return undefined;
}

/**
 * Makes a group the log's first: what its file has before it, and all earlier files, are set aside. Wherever it is interrupted, what is behind the group
 * stays, and a further repair completes it.
 */
function beginLogWith(fileSystem: FileSystem, folder: string, { path, frame, offset, header }: FoundGroup, aside: string[]): void {
  const { epoch, firstSequence, chain, shard } = header;
  const segmentBytes = frame.bytes.length;
  const index = Number(/(\d+)\.log$/.exec(path)![1]);
  const there = readSegmentHeader(frame);
  const fits = typeof there === "object" && there.firstSequence === firstSequence && there.chain === chain && there.index === index;
  if (offset !== SECTOR || !fits) {
    const before = asideOf(fileSystem, folder, `${path}.before-${offset}`);
    const original = fileSystem.open(path, "read");
    try {
      copyInto(fileSystem, before, original, 0, offset, offset);
    } finally {
      original.close();
    }
    aside.push(before);
    const { bytes } = frame;
    bytes.copyWithin(SECTOR, offset);
    bytes.fill(0, segmentBytes - offset + SECTOR);
    writeSegmentHeader(frame, { version: FORMAT_VERSION, shard, index, epoch, firstSequence, segmentBytes, chain });
    const part = partOf(fileSystem, folder, path);
    const file = fileSystem.open(part, "create");
    try {
      file.write(bytes, 0, segmentBytes, 0);
      file.sync();
    } finally {
      file.close();
    }
    fileSystem.rename(part, path);
    fileSystem.syncFolder(folder);
  }
  for (const earlier of logFiles(fileSystem, folder).filter((each) => each < path)) {
    setAside(fileSystem, folder, earlier, aside);
    // One after the other, from the oldest: a crash must not leave a gap.
    fileSystem.syncFolder(folder);
  }
}

function readWhole(fileSystem: FileSystem, path: string): Frame {
  const file = fileSystem.open(path, "read");
  try {
    const size = file.size();
    const frame = frameOf(new ArrayBuffer(alignUp(size, SECTOR)));
    file.read(frame.bytes, 0, size, 0);
    return frame;
  } finally {
    file.close();
  }
}
