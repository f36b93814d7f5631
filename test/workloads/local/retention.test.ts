import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listSegments, nodeFileSystem } from "../../../workloads/journal";
import { type EmbeddedExchange, openExchange } from "../../../workloads/local/exchange";
import { Home } from "../../../workloads/local/home";
import { limitOrder, openMarket, START_TIME } from "../services/trading/command-mix";
import { until } from "../services/until";

const log = { segmentBytes: 32_768, groupBytes: 4096, groups: 2, reserveBytes: 0, snapshotEvery: 100, keepLogBytes: 0 };

describe("The embedded exchange's command log", function () {
  this.timeout(220_000);
  const folder = mkdtempSync(join(tmpdir(), "bourse-log-"));
  const reports: string[] = [];
  let home: Home;
  let exchange: EmbeddedExchange;

  const open = async () => {
    home = Home.open(folder);
    exchange = await openExchange(home, (message) => reports.push(message), log);
  };
  const close = async () => {
    await exchange.close();
    home.close();
  };
  before(open);
  after(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
    deepStrictEqual(reports, []);
  });

  const journal = () => home.path("journal");
  const firstKept = () => listSegments(nodeFileSystem, journal())[0].header!.firstSequence;
  const bytes = () => readdirSync(journal()).reduce((sum, name) => sum + statSync(join(journal(), name)).size, 0);
  let orders = 0;
  const trade = async () => {
    await exchange.orderEntry.submit(limitOrder(1, orders % 2, 100, 1, START_TIME + orders));
    orders++;
  };

  it("stays bounded under load, since what every projection has written is dropped, and the next start has every trade", async () => {
    for (const command of openMarket(2)) await exchange.orderEntry.submit(command);
    let before = 1;
    for (let round = 0; round < 5; round++) {
      await until(async () => {
        await trade();
        return firstKept() > before;
      }, 60);
      before = firstKept();
    }
    ok(bytes() < 30 * log.segmentBytes, `${bytes()} bytes in the log after ${orders} orders`);

    await close();
    await open();
    const { sequence } = exchange.position();
    strictEqual((await exchange.orderEntry.submit(limitOrder(1, 0, 100, 1, START_TIME))).position.sequence, sequence + 1);
    strictEqual((await exchange.marketData.tradeHistory(1, { limit: 100_000 })).length, Math.floor(orders / 2));
  });
});
