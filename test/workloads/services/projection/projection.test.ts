import { deepStrictEqual, match, rejects, strictEqual, throws } from "node:assert";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHistory } from "../../../../workloads/services/history";
import type { ProjectionDeps } from "../../../../workloads/services/projection";
import type { EventBatch, Position } from "../../../../workloads/services/trading/port";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";
import { accepted, BTCUSDT } from "../event-bodies";
import { ScriptedFeed } from "../scripted-feed";
import { until } from "../until";

/** The store, with writes that fail while `broken` says so. */
function fragile(sql: Sql): Sql & { broken: boolean } {
  const result = Object.assign(Object.create(sql) as Sql, { broken: false });
  result.upsert = async (transaction, table, key, rows) => {
    // The last table of a flush: the rows before it are already in the transaction.
    if (result.broken && table === "projection_position") throw new Error("disk full");
    await sql.upsert(transaction, table, key, rows);
  };
  return result;
}

describe("a projection", () => {
  let folder: string;
  let sql: Sql & { broken: boolean };
  let feed: ScriptedFeed;
  let deps: ProjectionDeps;
  let errors: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "projection-"));
    sql = fragile(openSqlite(join(folder, "sql", "bourse.db")));
    feed = new ScriptedFeed();
    errors = [];
    deps = { feed, sql, flushIntervalMs: 5, onError: (error) => errors.push(error.message) };
  });
  afterEach(async () => {
    await sql.close();
    rmSync(folder, { recursive: true });
  });

  const positions = async () => {
    const db = sql.database<{ projection_position: { sequence: number } }>();
    return (await db.selectFrom("projection_position").select("sequence").executeTakeFirst())?.sequence;
  };

  it("writes by itself after the interval, to a file that others cannot read", async () => {
    const { projection } = await createHistory(deps);
    feed.command(accepted(1));
    await until(async () => (await positions()) === 1);
    const db = sql.database<{ order_record: { order_id: number }; projection_position: { sequence: number } }>();
    strictEqual((await db.selectFrom("order_record").select("order_id").executeTakeFirst())?.order_id, 1);
    strictEqual((await db.selectFrom("projection_position").select("sequence").executeTakeFirst())?.sequence, 1);
    strictEqual(statSync(join(folder, "sql", "bourse.db")).mode & 0o777, 0o600);
    await projection.close();
  });

  it("keeps the log behind what it has written, also after a restart and while writing fails, until it is closed", async () => {
    const first = await createHistory(deps);
    strictEqual(feed.pins.lowest, 0);
    feed.command(accepted(1));
    await until(() => feed.pins.lowest === 1);
    await first.projection.close();
    strictEqual(feed.pins.lowest, Number.POSITIVE_INFINITY);

    const again = await createHistory({ ...deps, maxWaiting: 1 });
    strictEqual(feed.pins.lowest, 1);
    sql.broken = true;
    feed.command(accepted(2));
    await until(() => errors.length > 0);
    strictEqual(feed.pins.lowest, 1, "paused");
    sql.broken = false;
    await until(() => feed.pins.lowest === 2);
    await again.projection.close();
  });

  it("applies each command once when the feed repeats some, and refuses a gap", async () => {
    const { service, projection } = await createHistory(deps);
    const listeners = (feed as unknown as { listeners: Set<(batch: unknown) => void> }).listeners;
    feed.command(accepted(1));
    for (const listener of listeners) listener(feed.batches[0]);
    strictEqual(service.openOrders(1).length, 1);
    const position = { shard: 0, epoch: 1, sequence: 3 };
    for (const listener of listeners) {
      throws(() => listener({ first: position, last: position, events: [] }), /position 1 is followed by 3/);
    }
    await projection.close();
  });

  it("keeps answering while writing fails, says so, and loses nothing when it works again", async () => {
    const { service, projection } = await createHistory(deps);
    sql.broken = true;
    feed.command(accepted(1));
    await until(() => errors.length > 0);
    match(errors[0], /history: cannot write, will repeat: disk full/);
    feed.command(accepted(2));
    strictEqual((await service.allOrders(1, BTCUSDT, { limit: 9 })).length, 2);
    const db = sql.database<{ order_record: { order_id: number } }>();
    deepStrictEqual(await db.selectFrom("order_record").selectAll().execute(), [], "nothing of the failed transaction is there");
    sql.broken = false;
    strictEqual((await projection.flush()).sequence, 2);
    strictEqual((await service.allOrders(1, BTCUSDT, { limit: 9 })).length, 2);
    await projection.close();
  });

  it("pauses when too much waits, and catches up from the feed once writing works again", async () => {
    const { service, projection } = await createHistory({ ...deps, maxWaiting: 3 });
    sql.broken = true;
    for (let orderId = 1; orderId <= 8; orderId++) feed.command(accepted(orderId));
    strictEqual(service.openOrders(1).length, 3);
    sql.broken = false;
    await until(() => service.openOrders(1).length === 8);
    strictEqual((await projection.flush()).sequence, 8);
    await projection.close();
  });

  it("pauses again and again while it catches up with a history that comes slowly, and misses nothing", async () => {
    for (let orderId = 1; orderId <= 30; orderId++) feed.command(accepted(orderId));
    // As the shard does: batch by batch, and the subscription is known at the end alone.
    const slow = {
      pin: (sequence: number) => feed.pin(sequence),
      subscribe: async (from: Position, listener: (batch: EventBatch) => void) => {
        // Also what is added meanwhile.
        for (let at = from.sequence; at < feed.batches.length; at++) {
          listener(feed.batches[at]);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        return feed.subscribe(feed.batches.at(-1)!.last, listener);
      },
    };
    const { service, projection } = await createHistory({ ...deps, feed: slow, maxWaiting: 4 });
    await until(() => service.openOrders(1).length === 30);
    feed.command(accepted(31));
    await until(() => service.openOrders(1).length === 31);
    strictEqual((await projection.flush()).sequence, 31);
    deepStrictEqual(errors, []);
    await projection.close();
  });

  it("continues after a crash from what was committed last, to the same answers", async () => {
    const before = await createHistory({ ...deps, flushIntervalMs: 60_000 });
    feed.command(accepted(1));
    feed.command(accepted(2));
    await before.projection.flush();
    feed.command({
      kind: "orderAmended",
      orderId: 1,
      account: 1,
      symbol: BTCUSDT,
      price: 100,
      quantity: 7,
      keptPriority: true,
      clientKey: 0n,
      clientOrderId: "",
    });
    feed.command(accepted(3));
    const answers = await before.service.allOrders(1, BTCUSDT, { limit: 9 });
    // No close: the memory of the first projection is simply gone.
    feed.droppedTo = 2;
    const after = await createHistory(deps);
    deepStrictEqual(await after.service.allOrders(1, BTCUSDT, { limit: 9 }), answers);
    strictEqual((await after.service.amendments(1, BTCUSDT, 1, { limit: 9 })).length, 1);
    await after.projection.close();
  });

  it("does not start when the log after its position is gone", async () => {
    feed.command(accepted(1));
    feed.droppedTo = 1;
    await rejects(createHistory(deps), /no longer kept/);
  });
});
