/** How a file of this package becomes a thread, in a checkout and in the published package alike, and how soon the system lets it run. */

import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

/** Starts `file` (no extension) as a thread: the compiled JavaScript, or in a checkout the source through its loader. */
export function startThread(file: string, workerData: unknown): Worker {
  const source = __filename.endsWith(".ts");
  const loader = join(__dirname, "..", "..", "source.cjs");
  return new Worker(`${file}${source ? ".ts" : ".js"}`, { workerData, execArgv: source ? ["-r", loader] : [] });
}

/**
 * Gives the thread that calls it another priority than the rest of its process. Does nothing where the system has none for threads (all but Linux, which
 * takes a thread's number for a process's) and where it refuses: more than the usual one needs the right to it (CAP_SYS_NICE).
 *
 * @param priority one of `os.constants.priority`
 */
export function prioritizeThread(priority: number): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(Number(readlinkSync("/proc/thread-self").split("/").at(-1)), priority);
  } catch {
    // It runs as it did.
  }
}
