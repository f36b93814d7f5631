/** Runs the embedded exchange as a child process, as a user does, and talks to its public REST API. */

import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export const root = join(__dirname, "..", "..", "..");

export interface Connection {
  pid: number;
  baseUrl: string;
  streamUrl: string;
  wsApiUrl: string;
  /** host:port of binary order entry. */
  binary: string;
  accounts: { name: string; apiKey: string; secretKey: string }[];
}

/** Whatever the exchange answered; the assertions say what it must look like. */
export type Json = ReturnType<typeof JSON.parse>;

/** Longest time that a start may take on a machine that is busy with other tests, in ms. */
const startMs = 30_000;

export class RunningExchange {
  private constructor(
    readonly child: ChildProcess,
    readonly connection: Connection,
    readonly output: () => string,
    readonly startedInMs: number,
  ) {}

  /** Starts a command that runs the exchange in `home` on a free port, and waits until it answers. */
  static async start(home: string, command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<RunningExchange> {
    const began = Date.now();
    const [program, ...args] = command;
    // A group of its own, so that nothing survives a failed test.
    const child = spawn(program, args, { cwd: root, env: { ...process.env, PORT: "0", BOURSE_HOME: home, ...env }, detached: true });
    let output = "";
    const keep = (chunk: Buffer) => {
      output += chunk;
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    for (;;) {
      const connection = readConnection(home);
      if (connection !== undefined && (await answers(connection.baseUrl))) {
        return new RunningExchange(child, connection, () => output, Date.now() - began);
      }
      if (child.exitCode !== null || Date.now() - began > startMs) {
        killGroup(child);
        throw new Error(`the exchange did not start (status ${child.exitCode}):\n${output}`);
      }
      await wait(20);
    }
  }

  /** Sends a signal to the started command and waits for its end; the exit status, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const ended = once(this.child, "close");
    this.child.kill(signal);
    const [status, by] = await ended;
    return status ?? by;
  }

  /** Ends whatever is left. */
  destroy(): void {
    killGroup(this.child);
  }

  /** A public request. */
  async get(path: string): Promise<Json> {
    return readBody(await fetch(`${this.connection.baseUrl}${path}`));
  }

  /** A signed request of one of the demo accounts; throws with the exchange's code and text. */
  async signed(
    account: number,
    method: "GET" | "POST" | "DELETE",
    path: string,
    parameters: Record<string, string | number> = {},
  ): Promise<Json> {
    const { apiKey, secretKey } = this.connection.accounts[account];
    const text = new URLSearchParams(
      Object.entries({ ...parameters, recvWindow: 60_000, timestamp: Date.now() }).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]),
    ).toString();
    const signature = createHmac("sha256", secretKey).update(text).digest("hex");
    const url = `${this.connection.baseUrl}/api/v3/${path}?${text}&signature=${signature}`;
    return readBody(await fetch(url, { method, headers: { "X-MBX-APIKEY": apiKey } }));
  }
}

/** The server without npm around it, and without what a test does not ask for. */
export function serverCommand(...options: string[]): string[] {
  return [process.execPath, "-r", "./source.cjs", "workloads/local/main.ts", ...options];
}

/** A folder for the life of one test. */
export function temporaryHome(): { folder: string; remove: () => void } {
  const parent = mkdtempSync(join(tmpdir(), "bourse-local-"));
  return { folder: join(parent, "home"), remove: () => rmSync(parent, { recursive: true, force: true }) };
}

/** Runs a command that ends by itself. */
export async function runToEnd(command: readonly string[], env: NodeJS.ProcessEnv): Promise<{ status: number; output: string }> {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk;
    });
  }
  const [status] = await once(child, "close");
  return { status, output };
}

async function readBody(response: Response): Promise<Json> {
  const body = await response.json();
  if (response.ok) return body;
  const { code, msg } = body as { code: number; msg: string };
  throw Object.assign(new Error(`${response.status} ${code} ${msg}`), { code });
}

function readConnection(home: string): Connection | undefined {
  const file = join(home, "demo.json");
  if (!existsSync(file)) return undefined;
  const connection = JSON.parse(readFileSync(file, "utf8")) as Connection;
  // A process that was killed leaves its file behind.
  return isAlive(connection.pid) ? connection : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function answers(baseUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${baseUrl}/api/v3/ping`)).ok;
  } catch {
    return false;
  }
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
