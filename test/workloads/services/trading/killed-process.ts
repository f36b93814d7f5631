/**
 * A shard in a process of its own, under full load, that is killed at a random moment: what the client saw acknowledged must all be there
 * after the restart, at the same positions, with the same events, once. Run by the tests of the fast and of the full tier with other numbers.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventBuffer, Exchange } from "@bourse/engine";
import { LogCursor, nodeFileSystem, RecordKind } from "../../../../workloads/journal";
import { verifyFolder } from "../../../../workloads/services/trading";

const ROOT = join(__dirname, "../../../..");

/** One line of the child: a command became durable at this position, with these events. */
export interface Acknowledgement {
  sequence: number;
  epoch: number;
  /** SHA-256 of the command's and of the events' bytes. */
  command: string;
  events: string;
}

export interface KillReport {
  rounds: number;
  acknowledged: number;
  /** Records that were in the log although nobody saw them acknowledged. */
  unacknowledged: number;
}

/** Kills a shard `rounds` times in one folder, and compares every recovery with what was seen. */
export async function killRepeatedly(rounds: number, random: () => number): Promise<KillReport> {
  const folder = mkdtempSync(join(tmpdir(), "bourse-kill-"));
  const seen = new Map<number, Acknowledgement>();
  const report: KillReport = { rounds, acknowledged: 0, unacknowledged: 0 };
  try {
    for (let round = 0; round < rounds; round++) {
      const before = seen.size;
      const { signal, complaint } = await loadProcess(folder, round, seen, { killAfterMs: 30 + random() * 250 });
      strictEqual(signal, "SIGKILL", `the child lived until it was killed: ${complaint}`);
      ok(seen.size > before, `round ${round}: nothing was acknowledged before the kill`);
    }
    const verification = verifyFolder(nodeFileSystem, folder);
    const last = compare(folder, seen);
    strictEqual(verification.through, last);
    report.acknowledged = seen.size;
    report.unacknowledged = last - seen.size;
    return report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Starts a child on the folder, under full load, collects what it acknowledges, and kills it `killAfterMs` after its first acknowledgement that
 * follows `killAfter` on its standard error, or waits until it ends by itself.
 */
export async function loadProcess(
  folder: string,
  round: number,
  seen: Map<number, Acknowledgement>,
  { killAfterMs, killAfter = /^/, env = {} }: { killAfterMs?: number; killAfter?: RegExp; env?: NodeJS.ProcessEnv },
): Promise<{ signal: NodeJS.Signals | null; complaint: string }> {
  const args = ["-r", join(ROOT, "source.cjs"), join(__dirname, "killed-process-child.ts"), folder, String(round)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let rest = "";
  let complaint = "";
  child.stderr.on("data", (data: Buffer) => {
    complaint += data.toString();
  });
  let killed = killAfterMs === undefined;
  child.stdout.on("data", (data: Buffer) => {
    const lines = (rest + data.toString()).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const [sequence, epoch, command, events] = line.split(" ");
      note(seen, { sequence: Number(sequence), epoch: Number(epoch), command, events });
    }
    if (killed || !killAfter.test(complaint)) return;
    killed = true;
    setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  });
  return { signal: await ended(child), complaint };
}

function note(seen: Map<number, Acknowledgement>, acknowledgement: Acknowledgement): void {
  ok(!seen.has(acknowledgement.sequence), `sequence ${acknowledgement.sequence} was acknowledged twice`);
  seen.set(acknowledgement.sequence, acknowledgement);
}

function ended(child: ChildProcess): Promise<NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    const tooLong = setTimeout(() => child.kill("SIGABRT"), 60_000);
    child.once("error", reject);
    child.once("close", (_status, signal) => {
      clearTimeout(tooLong);
      resolve(signal);
    });
  });
}

/** Applies the log from its first record to a fresh exchange and finds each acknowledgement in it. Returns the last sequence. */
export function compare(folder: string, seen: ReadonlyMap<number, Acknowledgement>): number {
  const exchange = new Exchange({ shard: 0 });
  const out = new EventBuffer();
  const cursor = new LogCursor(nodeFileSystem, folder);
  let last = 0;
  for (let group = cursor.next(); group; group = cursor.next()) {
    group.visit((kind, epoch, sequence, bytes, start, end) => {
      strictEqual(sequence, last + 1);
      last = sequence;
      strictEqual(kind, RecordKind.COMMAND);
      out.clear();
      exchange.apply(bytes, start, epoch, sequence, out);
      const acknowledgement = seen.get(sequence);
      if (!acknowledgement) return;
      const found = { sequence, epoch, command: digest(bytes.subarray(start, end)), events: digest(out.bytes.subarray(0, out.length)) };
      deepStrictEqual(found, acknowledgement, `sequence ${sequence} is not what was acknowledged`);
    });
  }
  cursor.close();
  let highest = 0;
  for (const sequence of seen.keys()) highest = Math.max(highest, sequence);
  ok(last >= highest, `sequence ${highest} was acknowledged, the log ends at ${last}`);
  return last;
}

export const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
