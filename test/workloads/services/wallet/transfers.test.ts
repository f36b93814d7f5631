import { deepStrictEqual, match, rejects, strictEqual } from "node:assert";
import type { Command, CommandHeader } from "@bourse/engine";
import type { Transfers, WithdrawalRecord } from "../../../../workloads/services/ports";
import { type CommandResult, type OrderEntry, ShardBusy, ShardUnavailable } from "../../../../workloads/services/trading/port";
import { checkMoney, createTransfers, createWallet, SimulatedRails, type TransfersDeps } from "../../../../workloads/services/wallet";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";
import { ExchangeFeed } from "../exchange-feed";
import { ACCOUNTS, BASE, listing } from "../order-flow";
import { until } from "../until";

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** A minute after the listing. */
const NOW = Date.UTC(2026, 2, 2, 12, 1);
const [ALICE, BOB] = ACCOUNTS;
const network = {
  network: "SIM",
  asset: BASE,
  withdrawFee: 10n,
  withdrawMin: 100n,
  withdrawMax: 1_000_000n,
  addressPattern: "sim-[0-9a-f]+",
};

describe("transfers", () => {
  let sql: Sql;
  let feed: ExchangeFeed;
  let rails: SimulatedRails;
  let wallet: Awaited<ReturnType<typeof createWallet>>;
  let transfers: Transfers & { close(): Promise<void> };
  let notices: { id: string; kind: string; amount: string }[];
  let errors: string[];
  /** What the next submission does instead of, or after, reaching the shard. */
  let fail: { before?: Error; after?: Error };

  const orderEntry: OrderEntry = {
    async submit(command: Command): Promise<CommandResult> {
      const { before, after } = fail;
      fail = {};
      if (before !== undefined) throw before;
      const events = feed.submit(command);
      if (after !== undefined) throw after;
      return { position: { shard: 0, epoch: 1, sequence: events[0].sequence }, events, orderCounts: { tenSeconds: 0, day: 0 } };
    },
  };
  const instruments = { asset: (asset: number) => ({ asset, name: "BTC", decimals: 8 }) };
  const start = async (change: Partial<TransfersDeps> = {}) => {
    const topic = { publish: async (body: string) => void notices.push(JSON.parse(body)) };
    const onError = (error: Error) => errors.push(error.message);
    transfers = await createTransfers({
      sql,
      orderEntry,
      rails,
      instruments,
      notices: topic,
      sweepMs: 10,
      now: () => NOW,
      onError,
      ...change,
    });
  };
  beforeEach(async () => {
    sql = openSqlite(":memory:");
    feed = new ExchangeFeed();
    rails = new SimulatedRails([network]);
    [notices, errors, fail] = [[], [], {}];
    wallet = await createWallet({ feed, sql });
    feed.submit(...listing());
    await start();
  });
  afterEach(async () => {
    await transfers.close();
    await wallet.projection.close();
    await sql.close();
  });

  const free = (account = ALICE) => wallet.service.account(account)?.balances.find(({ asset }) => asset === BASE)?.free ?? 0n;
  const deposit = async (amount: bigint, transactionId = "t1") => {
    const address = await transfers.depositAddress(ALICE, BASE, "SIM");
    await rails.arrive({ network: "SIM", asset: BASE, address, amount, transactionId });
  };
  const request = { asset: BASE, network: "SIM", address: "sim-00ff", amount: 1_000n };
  const settled = async (status: WithdrawalRecord["status"]) => {
    await until(async () => (await transfers.withdrawals(ALICE, { limit: 1 }))[0]?.status === status);
    return (await transfers.withdrawals(ALICE, { limit: 1 }))[0];
  };
  const afterwards = async () => {
    await wallet.projection.flush();
    deepStrictEqual((await checkMoney(sql)).faults, []);
  };

  it("credit an arrival once, however often it is reported, and tell of it", async () => {
    await deposit(5_000n);
    await deposit(5_000n);
    strictEqual(free(), 5_000n);
    const [record] = await transfers.deposits(ALICE, { limit: 5 });
    deepStrictEqual([record.status, record.amount, record.transactionId, record.network], ["credited", 5_000n, "t1", "SIM"]);
    deepStrictEqual(
      notices.map(({ kind, amount }) => [kind, amount]),
      [["depositCredited", "0.00005"]],
    );
    await afterwards();
  });

  it("credit another account of ours with what is paid to its address, once, though the rail is asked to pay twice", async () => {
    await deposit(5_000n);
    const address = await transfers.depositAddress(BOB, BASE, "SIM");
    await transfers.withdraw(ALICE, { ...request, address });
    const paid = await settled("paid");
    await rails.pay([...rails.paid.values()][0]);
    const received = await transfers.deposits(BOB, { limit: 5 });
    deepStrictEqual(
      received.map(({ amount, status, transactionId }) => [amount, status, transactionId]),
      [[990n, "credited", paid.transactionId]],
    );
    strictEqual(free(BOB), 990n);
    await afterwards();
  });

  it("credit an arrival once when the shard's answer is lost", async () => {
    fail = { after: new ShardUnavailable("gone", "unknown") };
    await deposit(5_000n);
    await until(async () => (await transfers.deposits(ALICE, { limit: 5 }))[0].status === "credited");
    strictEqual(free(), 5_000n);
    match(errors[0], /gone/);
  });

  it("keep aside what an account may not receive", async () => {
    const header: CommandHeader = { time: 1, session: 0, sessionSequence: 0 };
    const flags = { canTrade: true, canWithdraw: true, canDeposit: false, feeTier: 1, discountFees: false, tradeGroup: 0 };
    feed.submit({ kind: "setAccount", ...header, account: ALICE, ...flags });
    await deposit(5_000n);
    strictEqual(free(), 0n);
    strictEqual((await transfers.deposits(ALICE, { limit: 5 }))[0].status, "refused");
    deepStrictEqual(notices, []);
  });

  it("pay out the amount less the fee after it was taken from the account", async () => {
    await deposit(5_000n);
    const { id, status } = await transfers.withdraw(ALICE, request);
    strictEqual(status, "debited");
    strictEqual(free(), 4_000n);
    const paid = await settled("paid");
    deepStrictEqual([paid.id, paid.amount, paid.fee], [id, 1_000n, 10n]);
    deepStrictEqual([...rails.paid.values()], [{ id, network: "SIM", asset: BASE, address: "sim-00ff", amount: 990n }]);
    deepStrictEqual(notices.at(-1)?.kind, "withdrawalPaid");
    await afterwards();
  });

  it("pay nothing out before the position of the debit is confirmed", async () => {
    await transfers.close();
    let confirm = () => {};
    const confirmed = new Promise<void>((resolve) => {
      confirm = resolve;
    });
    const positions: number[] = [];
    await start({
      confirmed: (position) => {
        positions.push(position.sequence);
        return confirmed;
      },
    });
    await deposit(5_000n);
    await transfers.withdraw(ALICE, request);
    await wait(40);
    strictEqual(rails.paid.size, 0);
    confirm();
    await settled("paid");
    strictEqual(positions[0], feed.batches.at(-1)?.last.sequence);
    strictEqual(rails.paid.size, 1);
  });

  it("refuse more than the free balance, with nothing taken", async () => {
    await deposit(500n);
    await rejects(transfers.withdraw(ALICE, request), /TransferRefused: the free balance is below the amount/);
    strictEqual((await settled("refused")).amount, 1_000n);
    await wait(30);
    strictEqual(rails.paid.size, 0);
    strictEqual(free(), 500n);
  });

  it("refuse what the network does not take, naming what is allowed", async () => {
    const refused = (change: object, message: RegExp) => rejects(transfers.withdraw(ALICE, { ...request, ...change }), message);
    await refused({ amount: 99n }, /got 99 units, expected 100 to 1000000/);
    await refused({ amount: 1_000_001n }, /got 1000001 units/);
    await refused({ address: "0x00" }, /address: not one of network SIM/);
    await refused({ address: "sim-00\n" }, /address: not one of network SIM/);
    await refused({ network: "TRON" }, /got "TRON", the asset travels on SIM/);
    await refused({ clientId: "x".repeat(65) }, /got 65 characters/);
    await rejects(transfers.depositAddress(ALICE, 99, "SIM"), /the asset travels on none/);
    deepStrictEqual(await transfers.withdrawals(ALICE, { limit: 5 }), []);
  });

  it("take the amount once for a repeated client id, and refuse the id for anything else", async () => {
    await deposit(5_000n);
    const first = await transfers.withdraw(ALICE, { ...request, clientId: "mine" });
    await settled("paid");
    const second = await transfers.withdraw(ALICE, { ...request, clientId: "mine" });
    strictEqual(second.id, first.id);
    strictEqual(free(), 4_000n);
    await rejects(transfers.withdraw(ALICE, { ...request, amount: 200n, clientId: "mine" }), /"mine" was used for another withdrawal/);
  });

  it("take and pay once when the shard's answer is lost", async () => {
    await deposit(5_000n);
    fail = { after: new ShardUnavailable("gone", "unknown") };
    await rejects(transfers.withdraw(ALICE, request), /gone/);
    await settled("paid");
    strictEqual(free(), 4_000n);
    strictEqual(rails.paid.size, 1);
    await afterwards();
  });

  it("take nothing when the shard is full", async () => {
    await deposit(5_000n);
    fail = { before: new ShardBusy("full") };
    await rejects(transfers.withdraw(ALICE, request), /full/);
    await settled("refused");
    await wait(30);
    strictEqual(free(), 5_000n);
    strictEqual(rails.paid.size, 0);
  });

  it("finish after a restart what was debited and not paid, and pay once when the rail failed midway", async () => {
    await deposit(5_000n);
    const pay = rails.pay.bind(rails);
    rails.pay = async (payout) => {
      await pay(payout);
      throw new Error("the rail's answer is lost");
    };
    await transfers.withdraw(ALICE, request);
    await wait(20);
    await transfers.close();
    strictEqual((await transfers.withdrawals(ALICE, { limit: 1 }))[0].status, "debited");
    rails.pay = pay;
    await start();
    await settled("paid");
    strictEqual(rails.paid.size, 1);
    strictEqual(free(), 4_000n);
  });

  it("are found out when a balance or a movement was changed behind their back", async () => {
    await deposit(5_000n);
    await wallet.projection.flush();
    const db = sql.database<{ wallet_balance: { account: number; free: string }; ledger_movement: { amount: string } }>();
    await db.updateTable("wallet_balance").set({ free: "5001" }).where("account", "=", ALICE).execute();
    const { faults } = await checkMoney(sql);
    deepStrictEqual(faults, [
      `account ${ALICE}, asset ${BASE}: 1 units are not explained by any movement`,
      `asset ${BASE}: accounts hold 5001, deposits less withdrawals less fees are 5000`,
    ]);
  });
});
