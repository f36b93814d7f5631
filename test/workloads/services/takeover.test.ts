/** After a takeover that gave up the end of the log: what followed from it is taken back, and ends as if it had never been there. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { openProjections, type Projections } from "../../../workloads/services/projections";
import { PositionLost } from "../../../workloads/services/trading/port";
import type { SharedShard } from "../../../workloads/services/trading/remote";
import type { Member } from "../../../workloads/services/trading/replication";
import { checkMoney, createTransfers, SimulatedRails } from "../../../workloads/services/wallet";
import { openSqlite, type Sql } from "../../../workloads/stores/sql";
import { BASE, limitOrder, openMarket, START_TIME } from "./trading/command-mix";
import { leads, Members, SHARD } from "./trading/replication/members";
import { until } from "./until";

const network = {
  network: "SIM",
  asset: BASE,
  withdrawFee: 10n,
  withdrawMin: 100n,
  withdrawMax: 1_000_000n,
  addressPattern: "sim-[0-9a-f]+",
};
const request = { asset: BASE, network: "SIM", address: "sim-00ff", amount: 1_000n };

const orders = (count: number, from: number, price = 100) =>
  Array.from({ length: count }, (_, n) => limitOrder(1 + (n % 2), (n >> 1) % 2, price, 1 + (n % 3), START_TIME + 1000 + from + n));

/** All rows of all tables, in an order of their own. */
async function dump(sql: Sql): Promise<Record<string, string[]>> {
  const db = sql.database<Record<string, Record<string, unknown>>>();
  const names = (await db.introspection.getTables()).map(({ name }) => name).filter((name) => !/migration|kysely/.test(name));
  const rows = await Promise.all(names.map((name) => db.selectFrom(name).selectAll().execute()));
  return Object.fromEntries(names.map((name, n) => [name, rows[n].map((row) => JSON.stringify(row)).sort()]));
}

describe("after a takeover that gave up the end of the log", function () {
  this.timeout(120_000);
  const members = new Members();
  const sql = openSqlite(":memory:");
  const money = openSqlite(":memory:");
  const rails = new SimulatedRails([network]);
  const errors: string[] = [];
  const onError = (error: Error) => void errors.push(error.message);
  let old: SharedShard;
  let next: SharedShard;
  let leader: Member;
  let projections: Projections & { close(): Promise<void> };
  let transfers: Awaited<ReturnType<typeof createTransfers>>;
  let seen: Record<string, string[]>;
  const closing: { close(): Promise<void> }[] = [];

  const startTransfers = (shard: SharedShard) =>
    createTransfers({
      sql: money,
      orderEntry: shard,
      rails,
      instruments: projections.instruments,
      notices: { publish: async () => {} },
      sweepMs: 20,
      onError,
      confirmed: (position) => shard.copied(position),
      holds: (position) => shard.holds(position),
    });
  const withdrawal = async (clientId: string) =>
    (await transfers.withdrawals(1, { limit: 10 })).find((each) => each.clientId === clientId)!;

  before(async () => {
    leader = await members.start("one");
    await leads(leader);
    const copy = await members.start("copy", { copyOnly: true });
    old = await members.shared();
    projections = await openProjections({ feed: old, sql, shard: SHARD, onError });
    transfers = await startTransfers(old);
    for (const command of [...openMarket(2), ...orders(40, 0)]) await old.submit(command);
    await transfers.withdraw(1, { ...request, clientId: "copied" });
    await until(async () => (await withdrawal("copied")).status === "paid");
    await until(() => leader.copies!.keptElsewhere === leader.sequence);
    await members.stop(copy);

    // None of this reaches the other place.
    for (const command of orders(60, 500, 103)) await old.submit(command);
    const address = await transfers.depositAddress(2, BASE, "SIM");
    await rails.arrive({ network: "SIM", asset: BASE, address, amount: 5_000n, transactionId: "t1" });
    await transfers.withdraw(1, { ...request, clientId: "not copied" });
  });
  after(async () => {
    for (const each of closing.reverse()) await each.close().catch(() => {});
    await members.remove();
    await sql.close();
    await money.close();
  });

  it("nothing was paid out whose position the other place does not have", async () => {
    const { status } = await withdrawal("not copied");
    const place = { shard: SHARD, epoch: 1, sequence: leader.sequence };
    deepStrictEqual(await old.holds(place), true);
    strictEqual(leader.copies!.keptElsewhere < leader.sequence, true);
    deepStrictEqual([status, rails.paid.size], ["debited", 1]);
    await transfers.close();
    await projections.close();
    seen = await dump(sql);
    await old.close();
  });

  it("a position behind the end is refused by the new leader, and one before it is not", async () => {
    const told = leader.sequence;
    await members.stop(leader);
    const takes = await members.start("copy", { copyOnly: true, takeOverFrom: 1 });
    await leads(takes);
    const recovered = takes.sequence;
    ok(recovered < told);
    next = await members.shared();
    closing.push(next);
    const at = (sequence: number) => ({ shard: SHARD, epoch: 1, sequence });
    deepStrictEqual(await Promise.all([recovered, recovered + 1, told].map((sequence) => next.holds(at(sequence)))), [true, false, false]);
    for (const command of orders(told - recovered + 5, 900, 97)) await next.submit(command);
    // Also when there are as many records again.
    strictEqual(await next.holds(at(told)), false);
    strictEqual(await next.holds({ ...at(told), epoch: 2 }), true);
    const refused = await next.subscribe(at(told), () => {}).catch((error: unknown) => error);
    ok(refused instanceof PositionLost, String(refused));
    const client = await members.client();
    const ended = new Promise<void>((resolve) => {
      const poll = setInterval(() => {
        if (client.connected) return;
        clearInterval(poll);
        resolve();
      }, 10);
    });
    await client.subscribe(at(told), () => {});
    await ended;
  });

  it("every projection that was ahead ends equal to one that is made from the log", async () => {
    projections = await openProjections({ feed: next, sql, shard: SHARD, onError });
    const fresh = openSqlite(":memory:");
    const anew = await openProjections({ feed: next, sql: fresh, shard: SHARD, onError });
    const taken = errors.filter((text) => /was given up in a takeover: .* Its rows are removed and made again/.test(text));
    deepStrictEqual(taken.map((text) => text.split(":")[0]).sort(), ["history", "instruments", "market_data", "order_book", "wallet"]);
    await projections.close();
    await anew.close();
    const [mended, made] = [await dump(sql), await dump(fresh)];
    deepStrictEqual(mended, made);
    ok(JSON.stringify(mended) !== JSON.stringify(seen));
    deepStrictEqual((await checkMoney(sql)).faults, []);
    await fresh.close();
  });

  it("a deposit is credited again, and a withdrawal is taken again before it is paid, once", async () => {
    projections = await openProjections({ feed: next, sql, shard: SHARD, onError });
    closing.push(projections);
    const free = (account: number) => projections.wallet.account(account)!.balances.find(({ asset }) => asset === BASE)!.free;
    const [ones, twos] = [free(1), free(2)];
    transfers = await startTransfers(next);
    closing.push(transfers);
    await until(() => free(2) === twos + 5_000n && free(1) === ones - 1_000n);
    strictEqual((await withdrawal("not copied")).status, "debited");
    strictEqual(rails.paid.size, 1);
    await members.start("another", { copyOnly: true });
    await until(async () => (await withdrawal("not copied")).status === "paid");
    strictEqual(rails.paid.size, 2);
    deepStrictEqual([free(1), free(2)], [ones - 1_000n, twos + 5_000n]);
    strictEqual((await transfers.deposits(2, { limit: 5 })).length, 1);
    match(errors.join("\n"), /transfer \d+: sequence \d+ of epoch 1 was given up in a takeover/);
  });
});
