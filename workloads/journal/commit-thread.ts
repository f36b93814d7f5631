/** The thread of a file journal: waits for sealed groups, commits them, and prepares the next segment while nothing else is to be done. */

import { workerData } from "node:worker_threads";
import {
  type CommitThreadData,
  commitOldest,
  FAILED,
  GroupRing,
  IDLE_PREPARE,
  prepare,
  publishRoom,
  ready,
  SEALED,
  STOP,
} from "./committer";
import { nodeFileSystem } from "./file-system";
import { SegmentLog } from "./segment-log";

/** How often an idle thread looks whether it can prepare space, in ms: at once while it can, at this pace while the disk is full. */
const IDLE_MS = 250;

const { buffer, slotBytes, slotCount, options } = workerData as CommitThreadData;
const ring = new GroupRing(buffer, slotBytes, slotCount);
const log = new SegmentLog(nodeFileSystem, options);
publishRoom(ring, log);
ready(ring);

while (!Atomics.load(ring.control, FAILED)) {
  const sealed = Atomics.load(ring.control, SEALED);
  if (commitOldest(ring, log)) continue;
  if (Atomics.load(ring.control, STOP)) break;
  if (Atomics.wait(ring.control, SEALED, sealed, IDLE_MS) === "timed-out") prepare(ring, log, IDLE_PREPARE);
}
log.close();
