/** Replays the log in a folder without owning it: for snapshots beside a running shard, and for the reports. */

import { type FileSystem, type Group, LogCursor, type LogTail, type Snapshot, type SnapshotStore } from "../../journal";
import { type AppliedVisitor, Replay } from "./replay";
import type { StateMachines } from "./state-machine";

export interface FolderReplayOptions {
  fileSystem: FileSystem;
  folder: string;
  shard?: number;
  machines: StateMachines;
  /** Where to start. @default the beginning */
  snapshot?: Snapshot;
  /** Last sequence to apply. @default the end of the log */
  through?: number;
  /** Called after each applied record; once more for each when a skip record is found behind its command. */
  applied?: AppliedVisitor;
  /** Called before each group is applied. */
  group?: (group: Group) => void;
  /** Called when all begins again because a skip record was found behind its command. */
  again?: () => void;
}

export interface FolderReplay {
  replay: Replay;
  /** Undefined when `through` came before the end of the log. */
  tail: LogTail | undefined;
}

/** Throws `JournalCorrupt`, `JournalTooOld`, or `PoisonCommand` when a command violates an assertion and no record skips it. */
export function replayFolder(options: FolderReplayOptions): FolderReplay {
  const { machines, snapshot } = options;
  for (let replay = new Replay(machines, snapshot, new Set(), options.applied); ; ) {
    const tail = readInto(replay, options);
    if (!replay.poison) return { replay, tail };
    replay = new Replay(machines, snapshot, replay.skipsAfterPoison(), options.applied);
    options.again?.();
  }
}

/** Where a log that begins at `firstSequence` can be replayed from: nothing, or the oldest snapshot that joins it. */
export function oldestBase(store: SnapshotStore, firstSequence: number): Snapshot | undefined {
  if (firstSequence === 1) return undefined;
  const found = store.sequences().findLast((sequence) => sequence + 1 >= firstSequence);
  if (found === undefined) throw new RangeError(`the log begins at sequence ${firstSequence}, and no snapshot joins it`);
  return store.read(found);
}

function readInto(
  replay: Replay,
  { fileSystem, folder, shard, through = Number.POSITIVE_INFINITY, group: entered }: FolderReplayOptions,
): LogTail | undefined {
  const cursor = new LogCursor(fileSystem, folder, replay.sequence + 1, shard);
  try {
    for (let group = cursor.next(); group; group = cursor.next()) {
      entered?.(group);
      replay.out.clear();
      group.visit((kind, epoch, sequence, bytes, start, end) => {
        // What waits may hold a poison command.
        if (sequence > through) replay.settle();
        if (sequence <= through || replay.poison) replay.gather(kind, epoch, sequence, bytes, start, end);
      });
      replay.settle();
      // Behind a poison command only skip records matter, and they may lie beyond `through`.
      if (replay.sequence === through) return undefined;
    }
    return cursor.tail();
  } finally {
    cursor.close();
  }
}
