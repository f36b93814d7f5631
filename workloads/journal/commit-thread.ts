/** The thread of a file journal: waits for sealed groups, commits them, and prepares the next segment while nothing else is to be done. */

import { constants } from "node:os";
import { workerData } from "node:worker_threads";
import { prioritizeThread } from "../process/thread";
import {
  type CommitThreadData,
  commitOldest,
  FAILED,
  GroupRing,
  groupMemory,
  IDLE_PREPARE,
  prepare,
  publishRoom,
  ready,
  SEALED,
  STOP,
} from "./committer";
import { nodeFileSystem } from "./file-system";
import { SegmentLog } from "./segment-log";

/** Pace in ms at which an idle thread prepares space, and at which a full disk is tried again, idle or not. */
const IDLE_MS = 250;

// It needs little of a processor, and everybody waits for it: where all are busy, each sync would else wait for a turn of some milliseconds.
prioritizeThread(constants.priority.PRIORITY_HIGH);

const { buffer, slotBytes, slotCount, options } = workerData as CommitThreadData;
const ring = new GroupRing(buffer, slotBytes, slotCount);
const log = new SegmentLog(nodeFileSystem, options, true);
const group = groupMemory(ring);
publishRoom(ring, log);
ready(ring);

let triedAt = 0;
while (!Atomics.load(ring.control, FAILED)) {
  const sealed = Atomics.load(ring.control, SEALED);
  const committed = commitOldest(ring, log, group);
  const now = performance.now();
  if (log.full ? now - triedAt >= IDLE_MS : log.behind > 0) {
    triedAt = now;
    prepare(ring, log, Math.max(log.behind, IDLE_PREPARE));
  }
  if (committed) continue;
  // What was sealed before the stop may have come since the look above.
  if (Atomics.load(ring.control, STOP)) {
    if (Atomics.load(ring.control, SEALED) === sealed) break;
    continue;
  }
  if (Atomics.wait(ring.control, SEALED, sealed, IDLE_MS) === "timed-out" && !log.full) prepare(ring, log, IDLE_PREPARE);
}
log.close();
