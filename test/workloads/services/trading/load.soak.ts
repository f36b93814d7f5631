import { ok, strictEqual } from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Exchange, encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { FileJournal, nodeFileSystem, SnapshotStore } from "../../../../workloads/journal";
import { createTradingShard, ShardBusy, ShardUnavailable, verifyFolder } from "../../../../workloads/services/trading";
import { CountedExchange } from "../../../../workloads/services/trading/counted-exchange";
import { takeSnapshotOnThread } from "../../../../workloads/services/trading/snapshot";
import { Random } from "../../journal/simulated-disk";
import { openMarket, turnoverCommand } from "./command-mix";

const MINUTES = Number(process.env.BOURSE_SOAK_MINUTES ?? 10);
const SPACE_LIMIT = 4 * 2 ** 30;
const KEEP = 512 << 20;
const MEBIBYTE = 1 << 20;
const ACCOUNTS = 200;
/** More than can rest in the mix. */
const MOST_ORDERS = 10_100;
/** Looks at the memory, evenly spread over the run; the first fifth is warming up. */
const LOOKS = 20;

describe(`a shard under full load for ${MINUTES} minutes`, function () {
  this.timeout((MINUTES + 10) * 60_000);

  it("keeps its memory and its log within bounds, snapshots while it runs, and replays to the same state", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bourse-soak-"));
    const reports: string[] = [];
    try {
      // Made once: nobody asks for the history.
      const exchange = new Exchange({ shard: 0 });
      const machines = { create: () => new CountedExchange(exchange), read: (state: Uint8Array) => CountedExchange.readState(state) };
      const shard = await createTradingShard({
        journal: new FileJournal({ folder, shard: 0, spaceLimit: SPACE_LIMIT }),
        snapshots: new SnapshotStore(nodeFileSystem, folder, 0),
        takeSnapshot: (through) => takeSnapshotOnThread({ folder, shard: 0, through }),
        machines,
        snapshotEvery: 2_000_000,
        keepLogBytes: KEEP,
        report: (message) => reports.push(message),
      });
      const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
      const enter = (command: Parameters<typeof encodeCommand>[0]) => {
        encodeCommand(command, bytes, 0);
        shard.enter(bytes, 0);
      };
      for (const command of openMarket(ACCOUNTS, 1_000_000_000_000_000n)) enter(command);
      const random = new Random(1);
      const resident: number[] = [];
      const orders: number[] = [];
      const started = Date.now();
      const interval = (MINUTES * 60_000) / LOOKS;
      for (let number = 1, refused = 0; resident.length < LOOKS; ) {
        try {
          for (const until = number + 1000; number < until; number++) enter(turnoverCommand(random, ACCOUNTS, number));
        } catch (error) {
          // The space limit is back-pressure too: a snapshot frees some of the log.
          if (!(error instanceof ShardBusy || (error instanceof ShardUnavailable && !shard.stopped))) throw error;
          refused++;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        shard.flush();
        await new Promise((resolve) => setImmediate(resolve));
        if (Date.now() - started < (resident.length + 1) * interval) continue;
        const { rss, heapUsed, external } = process.memoryUsage();
        resident.push(Math.round(rss / MEBIBYTE));
        orders.push(exchange.openOrders);
        const minutes = ((Date.now() - started) / 60_000).toFixed(1);
        const memory = `${resident.at(-1)} MiB resident, heap ${Math.round(heapUsed / MEBIBYTE)}, external ${Math.round(external / MEBIBYTE)}`;
        console.log(
          `      ${minutes} min: ${shard.position.sequence} commands, ${refused} batches refused, ${orders.at(-1)} open orders, ${memory}, ${size(folder)} MiB on the disk`,
        );
      }
      const hash = shard.stateHash();
      await shard.close();
      const warm = LOOKS / 5;
      ok(Math.max(...orders) < MOST_ORDERS, `open orders: ${orders.join(", ")}`);
      ok(Math.max(...resident.slice(-warm)) < 1.25 * Math.max(...resident.slice(warm, 2 * warm)), `resident MiB: ${resident.join(", ")}`);
      ok(size(folder) * MEBIBYTE < SPACE_LIMIT, `${size(folder)} MiB on the disk`);
      strictEqual(verifyFolder(nodeFileSystem, folder).stateHash, hash);
      strictEqual(reports.join(), "");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const size = (folder: string): number =>
  Math.round(readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / MEBIBYTE);
