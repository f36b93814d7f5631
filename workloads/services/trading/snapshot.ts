/**
 * Takes a snapshot beside a running shard, as a replica would: the state at a durable position is made again from the snapshot before and the
 * log, on another thread. The shard never stops for it, and each snapshot proves that the log replays.
 */

import { join } from "node:path";
import { type FileSystem, SnapshotStore } from "../../journal";
import { startThread } from "../../process/thread";
import { replayFolder } from "./replay-folder";
import type { StateMachines } from "./state-machine";

export interface SnapshotReport {
  sequence: number;
  bytes: number;
  /** Of the state, as replayed and as read back. */
  stateHash: string;
}

/** Throws when the snapshot does not read back to the same state; the file is then removed. */
export function takeSnapshot(
  fileSystem: FileSystem,
  folder: string,
  shard: number,
  machines: StateMachines,
  through: number,
): SnapshotReport {
  const store = new SnapshotStore(fileSystem, folder, shard);
  const snapshot = store.newest(through, () => {});
  const { replay } = replayFolder({ fileSystem, folder, shard, machines, snapshot, through });
  if (replay.sequence !== through) throw new Error(`the log ends at sequence ${replay.sequence}, a snapshot at ${through} was asked for`);
  const state = replay.machine.writeState();
  store.write({ epoch: replay.epoch, sequence: through, state });
  const stateHash = replay.machine.stateHash();
  try {
    const back = machines.read(store.read(through).state).stateHash();
    if (back !== stateHash)
      throw new Error(`the snapshot at sequence ${through} reads back with state hash ${back}, it was written with ${stateHash}`);
  } catch (error) {
    fileSystem.remove(store.path(through));
    throw error;
  }
  return { sequence: through, bytes: state.length, stateHash };
}

export interface SnapshotThreadData {
  folder: string;
  shard: number;
  through: number;
}

/** {@link takeSnapshot} of the engine's exchange, on a thread of its own. */
export function takeSnapshotOnThread(data: SnapshotThreadData): Promise<SnapshotReport> {
  return new Promise((resolve, reject) => {
    const worker = startThread(join(__dirname, "snapshot-thread"), data);
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the snapshot thread ended without a result")));
  });
}
