/** How a file of this package becomes a thread, in a checkout and in the published package alike. */

import { join } from "node:path";
import { Worker } from "node:worker_threads";

/** Starts `file` (no extension) as a thread: the compiled JavaScript, or in a checkout the source through its loader. */
export function startThread(file: string, workerData: unknown): Worker {
  const source = __filename.endsWith(".ts");
  const loader = join(__dirname, "..", "..", "source.cjs");
  return new Worker(`${file}${source ? ".ts" : ".js"}`, { workerData, execArgv: source ? ["-r", loader] : [] });
}
