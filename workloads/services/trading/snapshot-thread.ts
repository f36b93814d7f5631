/** Thread of one snapshot; see `snapshot.ts`. */

import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { nodeFileSystem } from "../../journal";
import { type SnapshotThreadData, takeSnapshot } from "./snapshot";
import { exchanges } from "./state-machine";

// Matching and the log come first. Linux takes a thread's number for a process's; elsewhere threads keep the priority that they have.
if (process.platform === "linux") setPriority(Number(readlinkSync("/proc/thread-self").split("/").at(-1)), constants.priority.PRIORITY_LOW);

const { folder, shard, through } = workerData as SnapshotThreadData;
parentPort!.postMessage(takeSnapshot(nodeFileSystem, folder, shard, exchanges(shard), through));
