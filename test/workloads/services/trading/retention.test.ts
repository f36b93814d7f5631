import { ok, strictEqual } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listSegments, nodeFileSystem } from "../../../../workloads/journal";
import { openTradingShard, type TradingShard } from "../../../../workloads/services/trading";
import { limitOrder, openMarket, START_TIME } from "./command-mix";

describe("the retention of a shard's log", function () {
  this.timeout(60_000);
  let folder: string;
  let shard: TradingShard;
  let flushed = 0;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bourse-retention-"));
    shard = await openTradingShard({
      folder,
      shard: 0,
      groupBytes: 4096,
      groups: 2,
      segmentBytes: 32_768,
      reserveBytes: 0,
      snapshotsKept: 1,
      dropOldLog: true,
      flushedThrough: async () => flushed,
    });
    for (const command of openMarket(2)) await shard.submit(command);
  });
  after(async () => {
    await shard.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const firstKept = () => listSegments(nodeFileSystem, folder)[0].header!.firstSequence;

  async function trade(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await shard.submit(limitOrder(1, n % 2, 100, 1, START_TIME + n));
  }

  it("drops nothing while a follower has not flushed what lies before the snapshot", async () => {
    await trade(600);
    flushed = 10;
    await shard.snapshot();
    strictEqual(firstKept(), 1);
    const seen: number[] = [];
    const subscription = await shard.subscribe({ shard: 0, epoch: 0, sequence: flushed }, ({ first }) => seen.push(first.sequence));
    subscription.close();
    strictEqual(seen[0], flushed + 1);
  });

  it("drops whole segments before the snapshot once every follower has flushed, and still serves what they can ask for", async () => {
    await trade(600);
    flushed = shard.position.sequence;
    await shard.snapshot();
    ok(firstKept() > 600, `the log starts at ${firstKept()}`);
    await trade(1);
    const seen: number[] = [];
    const subscription = await shard.subscribe({ shard: 0, epoch: 0, sequence: flushed }, ({ first }) => seen.push(first.sequence));
    subscription.close();
    strictEqual(seen[0], flushed + 1);
  });
});
