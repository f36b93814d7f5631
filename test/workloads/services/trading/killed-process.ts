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
import { LogCursor, nodeFileSystem, RecordKind, type RecordVisitor } from "../../../../workloads/journal";
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

export interface KillOptions {
  /** @default a temporary one */
  folder?: string;
  /** Of each child: when it is killed, see {@link loadProcess}. @default after an acknowledgement */
  killAfter?: RegExp;
  env?: NodeJS.ProcessEnv;
  /** Called after each round. */
  after?: (round: number) => void;
}

/** Kills a shard `rounds` times in one folder, and compares every recovery with what was seen. */
export async function killRepeatedly(rounds: number, random: () => number, options: KillOptions = {}): Promise<KillReport> {
  const { folder = mkdtempSync(join(tmpdir(), "bourse-kill-")), killAfter, env, after = () => {} } = options;
  const seen = new Map<number, Acknowledgement>();
  const comparison = new Comparison(folder, seen);
  const report: KillReport = { rounds, acknowledged: 0, unacknowledged: 0 };
  try {
    for (let round = 0; round < rounds; round++) {
      const before = seen.size;
      const { signal, complaint } = await loadProcess(folder, round, seen, { killAfterMs: 30 + random() * 250, killAfter, env });
      strictEqual(signal, "SIGKILL", `the child lived until it was killed: ${complaint}`);
      ok(killAfter !== undefined || seen.size > before, `round ${round}: nothing was acknowledged before the kill`);
      comparison.goOn();
      after(round);
    }
    // What a recovery made of the log before is still there, too.
    const last = compare(folder, seen);
    strictEqual(verifyFolder(nodeFileSystem, folder).through, last);
    report.acknowledged = seen.size;
    report.unacknowledged = last - seen.size;
    return report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Starts a child on the folder, under full load, collects what it acknowledges, and kills it `killAfterMs` after its first acknowledgement, or after
 * `killAfter` on its standard error, or waits until it ends by itself.
 */
export async function loadProcess(
  folder: string,
  round: number,
  seen: Map<number, Acknowledgement>,
  { killAfterMs, killAfter, env = {} }: { killAfterMs?: number; killAfter?: RegExp; env?: NodeJS.ProcessEnv },
): Promise<{ signal: NodeJS.Signals | null; complaint: string }> {
  const args = ["-r", join(ROOT, "source.cjs"), join(__dirname, "killed-process-child.ts"), folder, String(round)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let rest = "";
  let complaint = "";
  let killed = killAfterMs === undefined;
  const killSoon = () => {
    if (killed || !(killAfter ?? /^/).test(complaint)) return;
    killed = true;
    setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  };
  child.stderr.on("data", (data: Buffer) => {
    complaint += data.toString();
    if (killAfter !== undefined) killSoon();
  });
  child.stdout.on("data", (data: Buffer) => {
    const lines = (rest + data.toString()).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const [sequence, epoch, command, events] = line.split(" ");
      note(seen, { sequence: Number(sequence), epoch: Number(epoch), command, events });
    }
    killSoon();
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

/** Applies the log to a fresh exchange, as far as it is each time, and finds each acknowledgement in it. */
class Comparison {
  readonly #folder: string;
  readonly #seen: ReadonlyMap<number, Acknowledgement>;
  readonly #exchange = new Exchange({ shard: 0 });
  readonly #out = new EventBuffer();
  last = 0;

  constructor(folder: string, seen: ReadonlyMap<number, Acknowledgement>) {
    this.#folder = folder;
    this.#seen = seen;
  }

  goOn(): void {
    const cursor = new LogCursor(nodeFileSystem, this.#folder, this.last + 1);
    for (let group = cursor.next(); group; group = cursor.next()) group.visit((...record) => this.#compare(...record));
    cursor.close();
    let highest = 0;
    for (const sequence of this.#seen.keys()) highest = Math.max(highest, sequence);
    ok(this.last >= highest, `sequence ${highest} was acknowledged, the log ends at ${this.last}`);
  }

  readonly #compare: RecordVisitor = (kind, epoch, sequence, bytes, start, end) => {
    strictEqual(sequence, this.last + 1);
    this.last = sequence;
    strictEqual(kind, RecordKind.COMMAND);
    const out = this.#out;
    out.clear();
    this.#exchange.apply(bytes, start, epoch, sequence, out);
    const acknowledgement = this.#seen.get(sequence);
    if (!acknowledgement) return;
    const found = { sequence, epoch, command: digest(bytes.subarray(start, end)), events: digest(out.bytes.subarray(0, out.length)) };
    deepStrictEqual(found, acknowledgement, `sequence ${sequence} is not what was acknowledged`);
  };
}

/** Compares the whole log. Returns its last sequence. */
export function compare(folder: string, seen: ReadonlyMap<number, Acknowledgement>): number {
  const comparison = new Comparison(folder, seen);
  comparison.goOn();
  return comparison.last;
}

export const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
