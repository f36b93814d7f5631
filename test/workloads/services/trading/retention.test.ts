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

  const open = () =>
    openTradingShard({
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

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bourse-retention-"));
    shard = await open();
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

  /** A shard that has just been started has no events in memory: what a follower asks for is in the log, or nowhere. */
  async function servesFromTheLog(after: number): Promise<void> {
    const { sequence } = shard.position;
    await shard.close();
    shard = await open();
    let next = after + 1;
    const subscription = await shard.subscribe({ shard: 0, epoch: 0, sequence: after }, ({ first, last }) => {
      strictEqual(first.sequence, next);
      next = last.sequence + 1;
    });
    subscription.close();
    strictEqual(next, sequence + 1);
    ok(next > after + 1, "there was nothing to ask for");
  }

  it("drops nothing while a follower has not flushed what lies before the snapshot", async () => {
    await trade(600);
    flushed = 10;
    await shard.snapshot();
    strictEqual(firstKept(), 1);
    await servesFromTheLog(flushed);
  });

  it("drops whole segments before the snapshot once every follower has flushed, and still serves what they can ask for", async () => {
    await trade(600);
    flushed = shard.position.sequence;
    await shard.snapshot();
    ok(firstKept() > 600, `the log starts at ${firstKept()}`);
    await trade(1);
    await servesFromTheLog(flushed);
  });
});
