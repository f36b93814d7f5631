import { ok, strictEqual } from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { nodeFileSystem } from "../../../../workloads/journal";
import { openTradingShard, ShardBusy, ShardUnavailable, verifyFolder } from "../../../../workloads/services/trading";
import { Random } from "../../journal/simulated-disk";
import { openMarket, randomCommand } from "./command-mix";

const MINUTES = Number(process.env.BOURSE_SOAK_MINUTES ?? 10);
const SPACE_LIMIT = 4 << 30;
const MEBIBYTE = 1 << 20;
/** Looks at the memory, evenly spread over the run. */
const LOOKS = 10;

describe(`a shard under full load for ${MINUTES} minutes`, function () {
  this.timeout((MINUTES + 10) * 60_000);

  it("keeps its memory and its log within bounds, snapshots while it runs, and replays to the same state", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bourse-soak-"));
    const reports: string[] = [];
    const report = (message: string) => reports.push(message);
    try {
      const shard = await openTradingShard({
        folder,
        shard: 0,
        snapshotEvery: 2_000_000,
        keepLogBytes: 0,
        spaceLimit: SPACE_LIMIT,
        report,
      });
      const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
      const enter = (command: Parameters<typeof encodeCommand>[0]) => {
        encodeCommand(command, bytes, 0);
        shard.enter(bytes, 0);
      };
      for (const command of openMarket(200, 1_000_000_000_000_000n)) enter(command);
      const random = new Random(1);
      const resident: number[] = [];
      const end = Date.now() + MINUTES * 60_000;
      let nextLook = Date.now() + (MINUTES * 60_000) / LOOKS;
      for (let number = 0; Date.now() < end; ) {
        try {
          for (let i = 0; i < 1000; i++) enter(randomCommand(random, 200, ++number));
        } catch (error) {
          // The space limit is back-pressure too: a snapshot frees some of the log.
          if (!(error instanceof ShardBusy || (error instanceof ShardUnavailable && !shard.stopped))) throw error;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        shard.flush();
        await new Promise((resolve) => setImmediate(resolve));
        if (Date.now() < nextLook) continue;
        nextLook += (MINUTES * 60_000) / LOOKS;
        resident.push(Math.round(process.memoryUsage().rss / MEBIBYTE));
        console.log(`      ${shard.position.sequence} commands, ${resident.at(-1)} MiB resident, ${size(folder)} MiB on the disk`);
      }
      const hash = shard.stateHash();
      await shard.close();
      ok(Math.max(...resident.slice(-3)) < 1.5 * Math.max(...resident.slice(1, 5)), `resident MiB: ${resident.join(", ")}`);
      ok(size(folder) * MEBIBYTE < SPACE_LIMIT + 512 * MEBIBYTE, `${size(folder)} MiB on the disk`);
      strictEqual(verifyFolder(nodeFileSystem, folder).stateHash, hash);
      strictEqual(reports.join(), "");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const size = (folder: string): number =>
  Math.round(readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / MEBIBYTE);
