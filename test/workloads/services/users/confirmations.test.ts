import { deepStrictEqual, equal, ok, rejects } from "node:assert/strict";
import { createConfirmations, openAccount } from "../../../../workloads/services/users";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";
import { RunningExchange } from "../../gateway/running-exchange";

const minute = 60_000;
const day = 86_400_000;

describe("codes for mail addresses", () => {
  let sql: Sql;
  const account = 1_000;
  let now: number;
  let notices: { kind: string; address: string; code: string }[];
  let reachable: boolean;
  let opened: number[];
  let confirmations: Awaited<ReturnType<typeof createConfirmations>>;

  beforeEach(async () => {
    sql = openSqlite(":memory:");
    [now, notices, opened, reachable] = [1_700_000_000_000, [], [], true];
    const publish = async (body: string) => {
      if (!reachable) throw new Error("no queue");
      notices.push(JSON.parse(body));
    };
    const openOne = async (number: number) => void opened.push(number);
    confirmations = await createConfirmations({ sql, notices: { publish }, openAccount: openOne, now: () => now });
    const db = sql.database<{ user_account: { account: number; name: string; created_at: number } }>();
    await db.insertInto("user_account").values({ account, name: "alice", created_at: now }).execute();
  });
  afterEach(() => sql.close());

  const codes = () => notices.filter(({ kind }) => kind === "addressConfirmation").map(({ code }) => code);
  const refused = (code: string) => rejects(confirmations.confirm(code), { name: "CodeRefused" });

  it("are good for a day", async () => {
    await confirmations.ask(account, "alice@example.com");
    now += day;
    await refused(codes()[0]);
    await confirmations.ask(account, "alice@example.com");
    now += day - 1;
    deepStrictEqual(await confirmations.confirm(codes()[1]), { account });
    deepStrictEqual(opened, [account]);
  });

  it("are good until a later one is mailed, whatever the address", async () => {
    await confirmations.ask(account, "wrong@example.com");
    now += minute;
    await confirmations.ask(account, "alice@example.com");
    await refused(codes()[0]);
    await confirmations.confirm(codes()[1]);
    deepStrictEqual(
      notices.map(({ kind, address }) => [kind, address]),
      [
        ["addressConfirmation", "wrong@example.com"],
        ["addressConfirmation", "alice@example.com"],
        ["addressChanged", "alice@example.com"],
      ],
    );
  });

  it("are mailed once a minute, of requests at the same time one, and again at once when nothing could be mailed", async () => {
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => confirmations.ask(account, "alice@example.com")));
    deepStrictEqual(asked.map(({ status }) => status).sort(), ["fulfilled", "rejected", "rejected", "rejected", "rejected"]);
    now += minute - 1;
    await rejects(confirmations.ask(account, "alice@example.com"), { name: "TooManyMails" });
    now += 1;
    reachable = false;
    await rejects(confirmations.ask(account, "alice@example.com"), /no queue/);
    reachable = true;
    await confirmations.ask(account, "alice@example.com");
    equal(codes().length, 2);
  });

  it("open the account with the first alone", async () => {
    await confirmations.ask(account, "alice@example.com");
    await confirmations.confirm(codes()[0]);
    now += minute;
    await confirmations.ask(account, "alice@example.org");
    await confirmations.confirm(codes()[1]);
    deepStrictEqual(opened, [account]);
  });

  it("stand in the database as hashes", async () => {
    await confirmations.ask(account, "alice@example.com");
    const rows = await sql.database<{ address_confirmation: object }>().selectFrom("address_confirmation").selectAll().execute();
    equal(rows.length, 1);
    ok(!JSON.stringify(rows).includes(codes()[0]));
  });
});

describe("opening an account in the shard", function () {
  this.timeout(60_000);
  let exchange: RunningExchange;
  before(async () => {
    exchange = await RunningExchange.start();
  });
  after(() => exchange.stop());

  it("lets it trade, and changes nothing when it is open, disabled as it may be", async () => {
    const { orderEntry, wallet } = exchange.exchange;
    const time = () => Date.now() * 1_000;
    equal(wallet.account(7_000), undefined);
    await openAccount(orderEntry, 7_000, time());
    deepStrictEqual([wallet.account(7_000)?.canTrade, wallet.account(7_000)?.takerRate], [true, 1_000]);
    const flags = { canTrade: false, canWithdraw: true, canDeposit: true, feeTier: 0, discountFees: false, tradeGroup: 0 };
    await orderEntry.submit({ kind: "setAccount", time: time(), session: 0, sessionSequence: 0, account: 7_000, ...flags });
    await openAccount(orderEntry, 7_000, time());
    equal(wallet.account(7_000)?.canTrade, false);
    deepStrictEqual(wallet.account(7_000)?.balances, []);
  });
});
