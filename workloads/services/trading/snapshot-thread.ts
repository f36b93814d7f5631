/** Thread of one snapshot; see `snapshot.ts`. */

import { constants } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { nodeFileSystem } from "../../journal";
import { prioritizeThread } from "../../process/thread";
import { type SnapshotThreadData, takeSnapshot } from "./snapshot";
import { exchanges } from "./state-machine";

// Matching and the log come first.
prioritizeThread(constants.priority.PRIORITY_LOW);

const { folder, shard, through } = workerData as SnapshotThreadData;
parentPort!.postMessage(takeSnapshot(nodeFileSystem, folder, shard, exchanges(shard), through));
