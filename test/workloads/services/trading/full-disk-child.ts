/** Child of `full-disk.prove.ts`, on a file system that is too small: fills it, is refused, frees some space, and is served again. */

import { ok, strictEqual } from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { nodeFileSystem } from "../../../../workloads/journal";
import { openTradingShard, ShardUnavailable, verifyFolder } from "../../../../workloads/services/trading";
import { limitOrder, openMarket, START_TIME } from "./command-mix";

const SEGMENT = 16 << 20;

async function main(root: string): Promise<void> {
  const folder = join(root, "shard");
  const ballast = join(root, "ballast");
  writeFileSync(ballast, Buffer.alloc(SEGMENT + (SEGMENT >> 2)));
  const shard = await openTradingShard({ folder, shard: 0, segmentBytes: SEGMENT });
  await Promise.all([...openMarket(2)].map((command) => shard.submit(command)));
  const padded = (n: number) => ({ ...limitOrder(1, n % 2, 100, 1, START_TIME + n, BigInt(n)), clientOrderId: "x".repeat(36) }) as Command;
  let acknowledged = shard.position.sequence;
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
  strictEqual(shard.position.sequence, acknowledged, "what was refused is not in the log, what was acknowledged is");
  strictEqual(shard.stopped, undefined, "the shard still runs");

  rmSync(ballast);
  const until = Date.now() + 10_000;
  while (
    await shard.submit(padded(0)).then(
      () => false,
      () => true,
    )
  ) {
    ok(Date.now() < until, "the shard is not served although there is space again");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await shard.close();
  strictEqual(verifyFolder(nodeFileSystem, folder).through, acknowledged + 1);
  console.log(`refused after ${acknowledged} commands, served again`);
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
