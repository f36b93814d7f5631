/** Thread of one snapshot; see `snapshot.ts`. */

import { parentPort, workerData } from "node:worker_threads";
import { nodeFileSystem } from "../../journal";
import { type SnapshotThreadData, takeSnapshot } from "./snapshot";
import { exchanges } from "./state-machine";

const { folder, shard, through } = workerData as SnapshotThreadData;
parentPort!.postMessage(takeSnapshot(nodeFileSystem, folder, shard, exchanges(shard), through));
