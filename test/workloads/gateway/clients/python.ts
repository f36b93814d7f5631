/** Python clients: where they are installed, and how a script of theirs is run. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

export const root = resolve(__dirname, "../../../..");
export const installer = "scripts/install-servers.sh";

/** The Python of the environment that has the packages of `scripts/requirements.txt`, undefined where it is not installed. */
export function python(): string | undefined {
  const path = resolve(root, process.env["BOURSE_VENV"] ?? ".bourse/venv", "bin/python");
  return existsSync(path) ? path : undefined;
}

/** Runs a command and resolves with all that it printed; rejects with it when the exit status is not 0. */
export function run(
  command: string,
  arguments_: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; timeoutMs: number },
): Promise<string> {
  return new Promise((resolveOutput, reject) => {
    const child = spawn(command, arguments_, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk;
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs);
    child.on("error", reject);
    child.on("exit", (status) => {
      clearTimeout(timer);
      if (status === 0) resolveOutput(output);
      else reject(new Error(`${command} ended with status ${status}:\n${output.slice(-5_000)}`));
    });
  });
}
