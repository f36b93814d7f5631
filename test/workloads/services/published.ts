/**
 * What the publisher puts on the bus stays true when the shard's place is lost: the story of a takeover by a copy that lacks the end of the log, as tests of
 * both tiers tell it over stores of their own.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createAnalytics } from "../../../workloads/services/analytics";
import { createPublisher, fromBus, type MarketEvent } from "../../../workloads/services/publisher";
import type { EventFeed } from "../../../workloads/services/trading/port";
import type { SharedShard } from "../../../workloads/services/trading/remote";
import { type Bus, createInProcessBus } from "../../../workloads/stores/bus";
import { openSqlite, type Sql } from "../../../workloads/stores/sql";
import { limitOrder, openMarket, START_TIME } from "./trading/command-mix";
import { leads, Members, SHARD } from "./trading/replication/members";
import { until } from "./until";

const orders = (count: number, from: number, price: number) =>
  Array.from({ length: count }, (_, n) => limitOrder(1 + (n % 2), (n >> 1) % 2, price, 1 + (n % 3), START_TIME + 1000 + from + n));

const placeOf = ({ sequence, index }: MarketEvent) => `${sequence}/${index}`;

/** The hours that analytics has counted. */
async function counted(sql: Sql): Promise<string[]> {
  const rows = await sql.database<{ analytics_hour: object }>().selectFrom("analytics_hour").selectAll().execute();
  return rows.map((row) => JSON.stringify(row)).sort();
}

export interface PublishedStores {
  sql: Sql;
  bus: Bus;
}

export function describePublished(openStores: () => Promise<PublishedStores>): void {
  const members = new Members();
  const errors: string[] = [];
  const onError = (error: Error) => void errors.push(error.message);
  const closing: { close(): Promise<void> }[] = [];
  let stores: PublishedStores;
  /** What somebody outside has read of the bus. */
  const seen = new Map<string, MarketEvent>();

  before(async function () {
    this.timeout(120_000);
    stores = await openStores();
    const outside = await stores.bus.subscribe("outside", async (records) => {
      for (const each of records) for (const event of fromBus(each).events) seen.set(placeOf(event), event);
    });
    closing.push(outside, await createAnalytics(stores));
  });
  after(async () => {
    for (const each of closing.reverse()) await each.close().catch(() => {});
    await members.remove();
  });

  const publish = (feed: EventFeed, { sql, bus }: PublishedStores) => createPublisher({ feed, sql, bus, shard: SHARD, onError });
  const lastSeen = () => Math.max(0, ...[...seen.values()].map(({ sequence }) => sequence));

  it("has nothing on the bus that a copy in another place lacks, and goes on with the log of that copy when it leads", async () => {
    const leader = await members.start("one");
    await leads(leader);
    const copy = await members.start("copy", { copyOnly: true });
    const old = await members.shared();
    closing.push(old);
    const submit = async (shard: SharedShard, commands: Iterable<Parameters<SharedShard["submit"]>[0]>) => {
      for (const command of commands) await shard.submit(command);
    };
    let publisher = await publish(old, stores);
    await submit(old, openMarket(2));
    await submit(old, orders(40, 0, 100));
    await until(() => leader.copies!.keptElsewhere === leader.sequence);
    const common = leader.sequence;
    await publisher.flush();
    await until(() => lastSeen() === common);

    // None of this reaches the other place. Who does not wait for it has all of it on a bus.
    await members.stop(copy);
    await submit(old, orders(60, 500, 103));
    const hasty = { sql: openSqlite(":memory:"), bus: createInProcessBus() };
    const unconfirmed: EventFeed = { pin: (at) => old.pin(at), subscribe: (from, listener) => old.subscribe(from, listener) };
    const ahead = await publish(unconfirmed, hasty);
    strictEqual((await ahead.flush()).sequence, leader.sequence);
    await ahead.close();
    await hasty.sql.close();
    strictEqual(publisher.position().sequence, leader.sequence);
    await publisher.close();
    strictEqual(lastSeen(), common);
    await old.close();

    await members.stop(leader);
    const takes = await members.start("copy", { copyOnly: true, takeOverFrom: 1 });
    await leads(takes);
    const next = await members.shared();
    closing.push(next);
    publisher = await publish(next, stores);
    await submit(next, orders(80, 900, 97));
    strictEqual((await publisher.flush()).sequence, takes.sequence);
    await until(() => lastSeen() === takes.sequence);
    await publisher.close();
    deepStrictEqual(errors, []);
  }).timeout(120_000);

  it("has the events of the log that is left, each of them, and analytics counts these alone", async () => {
    const next = await members.shared();
    closing.push(next);
    const fresh = { sql: openSqlite(":memory:"), bus: createInProcessBus() };
    const made = new Map<string, MarketEvent>();
    await fresh.bus.subscribe("outside", async (records) => {
      for (const each of records) for (const event of fromBus(each).events) made.set(placeOf(event), event);
    });
    const analytics = await createAnalytics(fresh);
    const publisher = await publish(next, fresh);
    await publisher.flush();
    ok(made.size > 100);
    deepStrictEqual(new Map([...seen].sort()), new Map([...made].sort()));
    const expected = await counted(fresh.sql);
    await until(async () => JSON.stringify(await counted(stores.sql)) === JSON.stringify(expected));
    await publisher.close();
    await analytics.close();
    await fresh.sql.close();
  }).timeout(60_000);
}
