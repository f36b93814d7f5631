/** What the servers of the gateway benchmark share: where they keep data, limits that are out of the way, and what they tell the benchmark once they listen. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LimitSettings } from "../workloads/gateway";
import { Home } from "../workloads/local/home";

/** What a gateway needs to find the shard and the keys of its members. */
export interface BehindRelay {
  port: number;
  /** PEM. */
  privateKey: string;
  users: string;
  secrets: string;
}

export interface Member {
  account: number;
  apiKey: string;
  /** PEM. */
  privateKey: string;
}

export interface ServerReady {
  port: number;
  accounts: { apiKey: string; secretKey: string }[];
  /** An Ed25519 key for streams in SBE. */
  streamKey?: string;
  /** Binary order entry: its port, and accounts with an Ed25519 key each. */
  binary?: { port: number; members: Member[]; behindRelay?: BehindRelay };
}

/** Limits out of the way: the benchmark is about what the server can do. */
export const limits: Partial<LimitSettings> = {
  requestWeight: 1e12,
  rawRequests: 1e12,
  connectionsPerFiveMinutes: 1e12,
};

export const orderLimits = { tenSeconds: 4e9, day: 4e9 };

/** A home that ends with the process. */
export function openHome(): Home {
  const home = Home.open(mkdtempSync(join(tmpdir(), "bourse-bench-")));
  process.on("exit", () => rmSync(home.folder, { recursive: true, force: true }));
  return home;
}
