/** Real servers for tests: found on this machine, started on free ports of the loopback, stopped with everything they made. */

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, globSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** Where a program is: in the PATH, or in one of `places` (glob patterns); undefined when it is not installed. */
export function findProgram(name: string, ...places: string[]): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...places.flatMap((place) => globSync(place).sort().reverse())];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Declares tests that need a program. Where it is missing they are one skipped test that names the command that installs it, or, with
 * BOURSE_REQUIRE_ALL=1, one that fails.
 */
export function requireServer(title: string, program: string | undefined, install: string, body: (program: string) => void): void {
  describe(title, () => {
    if (program !== undefined) return body(program);
    const missing = `needs a server that is not installed: ${install}`;
    if (process.env.BOURSE_REQUIRE_ALL === "1") {
      it(missing, () => {
        throw new Error(missing);
      });
    } else it.skip(missing);
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function scratchFolder(name: string): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface RunningProgram {
  process: ChildProcess;
  /** The end of what it wrote, for error messages. */
  output(): string;
  /** Ends it by its id and waits. */
  stop(): Promise<void>;
}

/** Characters of output that are kept. */
const KEPT_OUTPUT = 4_000;

export function run(
  program: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {},
): RunningProgram {
  const { env = {}, ...user } = options;
  const child = spawn(program, args, { ...user, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const exited = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  return {
    process: child,
    output: () => output,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
        await exited;
        clearTimeout(late);
      }
    },
  };
}

/** Waits until `ready` resolves, for at most `seconds`; fails at once when the program ends. */
export async function untilReady(program: RunningProgram, ready: () => Promise<unknown>, seconds = 30): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; ; ) {
    try {
      await ready();
      return;
    } catch (error) {
      const { exitCode, signalCode } = program.process;
      if (exitCode === null && signalCode === null && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
      else throw new Error(`${program.process.spawnfile} did not become ready: ${(error as Error).message}\n${program.output()}`);
    }
  }
}
