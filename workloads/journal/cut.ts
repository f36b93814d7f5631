/**
 * Ends the log of a copy where it stops being the leader's. What a member had on its disk when it lost the leadership may never have reached anybody else:
 * nothing of it was acknowledged, and the next leader has gone on without it.
 */

import { LogCursor, listSegments } from "./cursor";
import { JournalUnusable } from "./faults";
import type { FileSystem } from "./file-system";
import { setAside, takeFolder } from "./folder";
import { endLogAt, type Repair } from "./inspect";
import { SECTOR } from "./layout";
import { SnapshotStore } from "./snapshots";

/** A place in a log: the records up to it have at most this epoch and this sequence. */
export interface LogPlace {
  epoch: number;
  sequence: number;
}

/**
 * Gives up every group with a record after `place`, and snapshots that have one in their state. All of it is kept in files beside, whose names end in
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
    if (end !== undefined) endLogAt(fileSystem, folder, end, aside);
    fileSystem.syncFolder(folder);
    return { last, aside };
  } finally {
    unlock();
  }
}

/** The last sequence that stays, and where the first group that does not lies; undefined when all of it stays. */
function findCut(fileSystem: FileSystem, folder: string, shard: number, place: LogPlace) {
  const first = listSegments(fileSystem, folder, shard)[0]?.header?.firstSequence ?? 1;
  const cursor = new LogCursor(fileSystem, folder, first, shard);
  try {
    let last = first - 1;
    for (let group = cursor.next(); group; group = cursor.next()) {
      const { epoch, firstSequence, count } = group.header;
      if (epoch > place.epoch || firstSequence + count - 1 > place.sequence) {
        // A segment without its first group would say that it begins with an epoch that it does not have any more.
        return { first, last, end: { file: group.file, offset: group.offset === SECTOR ? 0 : group.offset } };
      }
      last = firstSequence + count - 1;
    }
    return { first, last, end: undefined };
  } finally {
    cursor.close();
  }
}
