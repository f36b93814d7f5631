import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDemoAccounts } from "../../../workloads/local/demo-accounts";
import { startDemoTraders } from "../../../workloads/local/demo-traders";
import { type EmbeddedExchange, openExchange } from "../../../workloads/local/exchange";
import { Home } from "../../../workloads/local/home";
import { BTC, listInstruments } from "../../../workloads/local/listing";
import { checkMoney } from "../../../workloads/services/wallet";
import { openSqlite } from "../../../workloads/stores/sql";
import { until } from "../services/until";

describe("The embedded exchange", function () {
  this.timeout(60_000);
  const clock = () => Date.now() * 1_000;
  const folder = mkdtempSync(join(tmpdir(), "bourse-exchange-"));
  const faults: string[] = [];
  let home: Home;
  let exchange: EmbeddedExchange;

  const open = async () => {
    home = Home.open(folder);
    exchange = await openExchange(home, (message) => faults.push(message));
  };
  const close = async () => {
    await exchange.close();
    home.close();
  };
  /** Trades of the first symbol since the beginning: by the statistics, and by market data. */
  const counted = async () => {
    const hours = await exchange.analytics.hours(1, { startTime: 0, endTime: Date.now(), limit: 1_000 });
    return hours.reduce((sum, { trades }) => sum + trades, 0);
  };
  const traded = async () => (await exchange.marketData.tradeHistory(1, { limit: 100_000 })).length;
  const trade = async () => {
    const before = await traded();
    const traders = await startDemoTraders({
      ...exchange,
      entry: exchange.orderEntry,
      clock,
      seed: 1,
      onError: (error) => faults.push(error.message),
    });
    await until(async () => (await traded()) > before);
    await traders.stop();
  };

  before(async () => {
    await open();
    await listInstruments(exchange.orderEntry, exchange.instruments, clock);
  });

  after(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
    deepEqual(faults, []);
  });

  it("counts each trade once for the statistics by the hour, also over a stop that comes before they were published", async () => {
    await trade();
    await until(async () => (await counted()) === (await traded()));
    await trade();
    await close();
    await open();
    const trades = await traded();
    ok(trades >= 2);
    equal(await counted(), trades);
  });

  it("carries a withdrawal on when it was stopped right after the debit, and its books balance", async () => {
    const [alice, bob] = await openDemoAccounts({ ...exchange, home, entry: exchange.orderEntry, clock });
    const address = await exchange.transfers.depositAddress(bob.account, BTC, "SIM");
    const request = { asset: BTC, network: "SIM", address, amount: 250_000_000n };
    const { id } = await exchange.transfers.withdraw(alice.account, request);
    await close();
    await open();
    await until(async () => (await exchange.transfers.deposits(bob.account, { limit: 1 }))[0]?.status === "credited");
    const free = (account: number) => exchange.wallet.account(account)?.balances.find(({ asset }) => asset === BTC)?.free;
    deepEqual([free(alice.account), free(bob.account)], [750_000_000n, 1_249_999_000n]);
    await until(async () => (await exchange.transfers.withdrawals(alice.account, { limit: 1 }))[0].status === "paid");
    const [paid] = await exchange.transfers.withdrawals(alice.account, { limit: 5 });
    deepEqual([paid.id, paid.fee], [id, 1_000n]);

    await close();
    const sql = openSqlite(join(folder, "exchange.sqlite"));
    try {
      deepEqual((await checkMoney(sql)).faults, []);
    } finally {
      await sql.close();
      await open();
    }
  });
});
