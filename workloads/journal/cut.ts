/**
 * Ends the log of a copy where it stops being the leader's. What a member had on its disk when it lost the leadership may never have reached anybody else:
 * nothing of it was acknowledged, and the next leader has gone on without it.
 */

import { type Group, LogCursor } from "./cursor";
import { JournalUnusable } from "./faults";
import type { FileSystem } from "./file-system";
import { setAside, takeFolder } from "./folder";
import { endLogAt, type Repair } from "./inspect";
import {
  alignUp,
  frameOf,
  GROUP_HEADER,
  RECORD_HEADER,
  recordBytes,
  SECTOR,
  sealGroup,
  writeGroupHeader,
  writeRecordHeader,
} from "./layout";
import { listSegments } from "./segments";
import { SnapshotStore } from "./snapshots";

/** A place in a log: the records up to it have at most this epoch and this sequence. */
export interface LogPlace {
  epoch: number;
  sequence: number;
}

/**
 * Gives up every record after `place`, and snapshots that have one in their state. All of it is kept in files beside, whose names end in
 * `.removed`. Throws `JournalUnusable`, with nothing changed, while the folder is in use, and when nothing of its log would be left: it is another log then.
 */
export function cutLog(fileSystem: FileSystem, folder: string, shard: number, place: LogPlace): Repair {
  const unlock = takeFolder(fileSystem, folder);
  try {
    const aside: string[] = [];
    const { first, last, end } = findCut(fileSystem, folder, shard, place);
    if (last < first)
      throw new JournalUnusable(
        `${folder} has another log than the leader: no record of it is the leader's. Give this member an empty folder`,
      );
    // Snapshots first: a crash must not leave one that is ahead of the log.
    const store = new SnapshotStore(fileSystem, folder, shard);
    for (const sequence of store.sequences()) if (sequence > last) setAside(fileSystem, folder, store.path(sequence), aside);
    fileSystem.syncFolder(folder);
    if (end !== undefined) endLogAt(fileSystem, folder, end, aside, end.instead);
    fileSystem.syncFolder(folder);
    return { last, aside };
  } finally {
    unlock();
  }
}

/** The last sequence that stays, and where the first group lies that does not stay as it is, with what is left of it; undefined when all of it stays. */
function findCut(fileSystem: FileSystem, folder: string, shard: number, place: LogPlace) {
  const first = listSegments(fileSystem, folder, shard)[0]?.header?.firstSequence ?? 1;
  const cursor = new LogCursor(fileSystem, folder, first, shard);
  try {
    let last = first - 1;
    for (let group = cursor.next(); group; group = cursor.next()) {
      const { epoch, firstSequence, count } = group.header;
      if (epoch > place.epoch || firstSequence > place.sequence) {
        // A segment without its first group would say that it begins with an epoch that it does not have any more.
        return { first, last, end: { file: group.file, offset: group.offset === SECTOR ? 0 : group.offset, instead: undefined } };
      }
      if (firstSequence + count - 1 > place.sequence)
        return {
          first,
          last: place.sequence,
          end: { file: group.file, offset: group.offset, instead: beginningOf(group, place.sequence) },
        };
      last = firstSequence + count - 1;
    }
    return { first, last, end: undefined };
  } finally {
    cursor.close();
  }
}

/**
 * A group of the records up to `sequence`, in the place of the whole one: what a member has said to keep stays on its disk at every moment, though the
 * disk got more with it.
 */
function beginningOf({ header, visit }: Group, sequence: number): Uint8Array {
  const frame = frameOf(new ArrayBuffer(alignUp(header.length, SECTOR)));
  let length = GROUP_HEADER;
  visit((kind, epoch, at, bytes, start, end) => {
    if (at > sequence) return;
    frame.bytes.set(bytes.subarray(start, end), length + RECORD_HEADER);
    writeRecordHeader(frame, length, kind, header.shard, epoch, at, end - start);
    length += recordBytes(end - start);
  });
  writeGroupHeader(frame.words, 0, { ...header, length, count: sequence - header.firstSequence + 1 });
  sealGroup(frame.words, 0, header.chain);
  return frame.bytes.subarray(0, length);
}
