import { deepStrictEqual, strictEqual, throws } from "node:assert";
import { createWallet } from "../../../../workloads/services/wallet";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";
import { account, balance } from "../event-bodies";
import { ScriptedFeed } from "../scripted-feed";

describe("wallet", () => {
  let sql: Sql;
  let feed: ScriptedFeed;
  let wallet: Awaited<ReturnType<typeof createWallet>>;

  beforeEach(async () => {
    sql = openSqlite(":memory:");
    feed = new ScriptedFeed();
    wallet = await createWallet({ feed, sql });
  });
  afterEach(async () => {
    await wallet.projection.close();
    await sql.close();
  });

  it("shows balances by asset number with flags, rates and the time of the last change, also after a restart", async () => {
    feed.command({ kind: "feeTierChanged", feeTier: 1, makerRate: 750, takerRate: 1_000, discount: 250_000 });
    feed.command(account(1, { discountFees: true }));
    // Beyond 2^53, and beyond what SQLite keeps in an integer.
    feed.command(balance(1, 2, 10n ** 30n, 3n), balance(1, 1, 5n));
    feed.time += 9;
    feed.command(account(1, { discountFees: true, canTrade: false }));
    const expected = {
      account: 1,
      canTrade: false,
      canWithdraw: true,
      canDeposit: true,
      discountFees: true,
      tradeGroup: 0,
      makerRate: 750,
      takerRate: 1_000,
      discount: 250_000,
      updateTime: feed.time,
      balances: [
        { asset: 1, free: 5n, locked: 0n },
        { asset: 2, free: 10n ** 30n, locked: 3n },
      ],
    };
    deepStrictEqual(wallet.service.account(1), expected);
    await wallet.projection.close();
    feed.droppedTo = feed.batches.length;
    wallet = await createWallet({ feed, sql });
    deepStrictEqual(wallet.service.account(1), expected);
    strictEqual(wallet.service.account(2), undefined);
  });

  it("gives copies: a balance that was read does not change later", () => {
    feed.command(account(1));
    feed.command(balance(1, 1, 5n));
    const before = wallet.service.account(1);
    feed.command(balance(1, 1, 6n));
    strictEqual(before?.balances[0].free, 5n);
  });

  it("stops on a negative balance", () => {
    feed.command(account(1));
    throws(() => feed.command(balance(1, 1, -1n)), /account 1 would hold -1 free/);
  });
});
