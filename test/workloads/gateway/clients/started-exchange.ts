/** The exchange as `npm start` runs it, in a process of its own with a temporary home, for clients that know nothing but addresses and keys. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../../../..");

export interface ClientAccount {
  name: string;
  apiKey: string;
  secretKey: string;
}

/** What the exchange writes to `demo.json` once it answers. */
export interface Addresses {
  pid: number;
  baseUrl: string;
  streamUrl: string;
  wsApiUrl: string;
  accounts: ClientAccount[];
}

export interface StartedExchange extends Addresses {
  home: string;
  /** Sends SIGTERM and resolves with the exit status. */
  stop(): Promise<number | null>;
}

/** `urls` of ccxt, in any language, and of what is built on it. */
export function ccxtUrls({ baseUrl, streamUrl, wsApiUrl }: Addresses) {
  return {
    api: {
      public: `${baseUrl}/api/v3`,
      private: `${baseUrl}/api/v3`,
      v1: `${baseUrl}/api/v1`,
      sapi: `${baseUrl}/sapi/v1`,
      ws: { spot: streamUrl, "ws-api": { spot: wsApiUrl } },
    },
  };
}

/** Starts the exchange without demo traders on a free port; rejects with its output when it does not answer within 30 s. */
export async function startExchange(): Promise<StartedExchange> {
  const home = mkdtempSync(join(tmpdir(), "bourse-client-"));
  const child = spawn(process.execPath, ["-r", "./source.cjs", "workloads/local/main.ts", "--no-demo", "--no-plan"], {
    cwd: root,
    env: { ...process.env, PORT: "0", BOURSE_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const collect = (chunk: Buffer) => {
    output = (output + chunk).slice(-10_000);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const file = join(home, "demo.json");
  const deadline = Date.now() + 30_000;
  while (!existsSync(file)) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`the exchange did not start:\n${output}`);
    }
    await new Promise((wake) => setTimeout(wake, 50));
  }
  const addresses = JSON.parse(readFileSync(file, "utf8")) as Addresses;
  return { ...addresses, home, stop: () => stop(child, home) };
}

async function stop(child: ChildProcess, home: string): Promise<number | null> {
  const ended = new Promise<number | null>((resolveStatus) => child.once("exit", resolveStatus));
  if (child.exitCode !== null) return child.exitCode;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  const status = await ended;
  clearTimeout(timer);
  rmSync(home, { recursive: true, force: true });
  return status;
}
