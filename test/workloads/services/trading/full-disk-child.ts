/**
 * Child of `full-disk.prove.ts`, on a file system that is too small: fills it, is refused, frees some space, and is served again, as many times
 * as it is told to. Every other round starts again on the full disk's folder.
 */

import { ok, strictEqual } from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { nodeFileSystem } from "../../../../workloads/journal";
import { openTradingShard, ShardUnavailable, type TradingShard, verifyFolder } from "../../../../workloads/services/trading";
import { limitOrder, openMarket, START_TIME } from "./command-mix";

const SEGMENT = 4 << 20;

const padded = (n: number) => ({ ...limitOrder(1, n % 2, 100, 1, START_TIME + n, BigInt(n)), clientOrderId: "x".repeat(36) }) as Command;

/** Submits until the disk is full. Returns how many commands were acknowledged. */
async function fill(shard: TradingShard): Promise<number> {
  let acknowledged = 0;
  let refusal: unknown;
  for (let n = 1; !refusal; ) {
    const burst = Array.from({ length: 1000 }, () => shard.submit(padded(n++)));
    for (const outcome of await Promise.allSettled(burst)) {
      if (outcome.status === "fulfilled") acknowledged++;
      else refusal ??= outcome.reason;
    }
    ok(n * MAX_COMMAND_LENGTH < 1 << 30, "the disk was never full");
  }
  ok(refusal instanceof ShardUnavailable, String(refusal));
  strictEqual(refusal.logged, "no");
  ok(/the disk of .* is full \(ENOSPC\)/.test(refusal.message), refusal.message);
  strictEqual(shard.stopped, undefined, "the shard still runs");
  return acknowledged;
}

/** Submits one command until it is taken. */
async function serveAgain(shard: TradingShard): Promise<void> {
  const taken = () =>
    shard.submit(padded(0)).then(
      () => true,
      () => false,
    );
  for (const until = Date.now() + 60_000; !(await taken()); ) {
    ok(Date.now() < until, "the shard is not served although there is space again");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function main(root: string, rounds: number): Promise<void> {
  const folder = join(root, "shard");
  const options = { folder, shard: 0, segmentBytes: SEGMENT, groupBytes: 1 << 18, reserveBytes: 1 << 18 };
  // Each round removes one of these.
  const ballast = Array.from({ length: rounds }, (_, n) => join(root, `ballast-${n}`));
  for (const path of ballast) writeFileSync(path, Buffer.alloc(2 * SEGMENT));
  let shard = await openTradingShard(options);
  await Promise.all([...openMarket(2)].map((command) => shard.submit(command)));
  let acknowledged = shard.position.sequence;
  for (const [round, path] of ballast.entries()) {
    acknowledged += await fill(shard);
    strictEqual(shard.position.sequence, acknowledged, "what was refused is not in the log, what was acknowledged is");
    if (round % 2 === 1) {
      await shard.close();
      shard = await openTradingShard(options);
      strictEqual(shard.position.sequence, acknowledged, "a start on the full disk has all of it");
    }
    rmSync(path);
    await serveAgain(shard);
    acknowledged++;
    console.log(`refused after ${acknowledged - 1} commands, served again`);
  }
  await shard.close();
  strictEqual(verifyFolder(nodeFileSystem, folder).through, acknowledged);
}

main(process.argv[2], Number(process.argv[3])).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
