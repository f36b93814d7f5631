/** Plans a region in a child process while the exchange runs, so that a newcomer sees what the exchange would be on AWS. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { join } from "node:path";

/** Characters kept of what the planner prints. */
const keptOutput = 20_000;

export interface RegionPlan {
  /** Ends the planner when it still runs. */
  stop(): Promise<void>;
}

/**
 * Starts the planner of `root`, a checkout, for one stack. Its summary goes to `print` when it ends, its failure too: neither stops the
 * exchange. Returns undefined where there is no planner, as in the published package.
 */
export function startRegionPlan(options: { root: string; stack: string; print: (text: string) => void }): RegionPlan | undefined {
  const { root, stack, print } = options;
  const planner = join(root, "bin", "bourse.js");
  if (!existsSync(planner)) return undefined;
  const out = join(".bourse", "plan", stack);
  const child = spawn(process.execPath, [planner, "plan", stack, "--out", out], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  lowerPriority(child);

  let output = "";
  let complaints = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output = (output + chunk).slice(-keptOutput);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    complaints = (complaints + chunk).slice(-keptOutput);
  });

  let stopped = false;
  const ended = new Promise<void>((resolve) => {
    child.on("error", (error) => {
      print(`The plan of ${stack} could not be started: ${error.message}`);
      resolve();
    });
    child.on("close", (status, signal) => {
      if (!stopped && status === 0) print(`Plan of ${stack}, written to ${out}:\n${indent(output)}`);
      else if (!stopped) {
        print(
          `The plan of ${stack} failed (${signal ?? `status ${status}`}); the exchange is not affected:\n${indent(complaints || output)}`,
        );
      }
      resolve();
    });
  });

  return {
    stop() {
      stopped = true;
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** The exchange goes first: the planner takes what it leaves. */
function lowerPriority(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It ended already, or the system does not allow it: then it runs beside the exchange as an equal.
  }
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, "  ");
}
