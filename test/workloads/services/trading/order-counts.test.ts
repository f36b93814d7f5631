import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, decodeEvents, type Event, EventBuffer, Exchange, encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { nodeFileSystem } from "../../../../workloads/journal";
import { openTradingShard, TooManyOrders, type TradingShard, verifyFolder } from "../../../../workloads/services/trading";
import { CountedExchange } from "../../../../workloads/services/trading/counted-exchange";
import { OrderCountTable } from "../../../../workloads/services/trading/order-counts";
import { nothingYet, notice, opening, randomCommands, smallWorld } from "../../engine/random-commands";
import { Random } from "../../journal/simulated-disk";
import { cancelOrder, limitOrder, openMarket } from "./command-mix";

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
/** Noon of a UTC day, where windows begin. */
const NOON = 19_700 * DAY + DAY / 2;

describe("order counts", () => {
  it("are of the present ten seconds and the present day, and begin again with the next", () => {
    const table = new OrderCountTable();
    table.add(7, 3, NOON);
    table.add(7, 2, NOON + 9 * SECOND);
    table.add(8, 1, NOON + 9 * SECOND);
    deepStrictEqual(table.of(7, NOON + 9 * SECOND), { tenSeconds: 5, day: 5 });
    deepStrictEqual(table.of(7, NOON + 10 * SECOND), { tenSeconds: 0, day: 5 });
    table.add(7, 1, NOON + 10 * SECOND);
    deepStrictEqual(table.of(7, NOON + 10 * SECOND), { tenSeconds: 1, day: 6 });
    deepStrictEqual(table.of(8, NOON + 10 * SECOND), { tenSeconds: 0, day: 1 });
    deepStrictEqual(table.of(7, NOON + DAY / 2), { tenSeconds: 0, day: 0 });
    table.add(8, 1, NOON + DAY / 2);
    deepStrictEqual(table.of(7, NOON + DAY / 2), { tenSeconds: 0, day: 0 });
    deepStrictEqual(table.of(8, NOON + DAY / 2), { tenSeconds: 1, day: 1 });
  });

  it("tell which limit more orders would exceed, and when there is place again", () => {
    const table = new OrderCountTable();
    const limits = { tenSeconds: 5, day: 8 };
    table.add(1, 5, NOON + 2 * SECOND);
    deepStrictEqual(table.excess(1, 1, NOON + 2 * SECOND, limits), { limit: 5, interval: "10 SECOND", retryAfter: 8 });
    strictEqual(table.excess(1, 1, NOON + 10 * SECOND, limits), undefined);
    strictEqual(table.excess(2, 5, NOON + 2 * SECOND, limits), undefined);
    table.add(1, 3, NOON + 10 * SECOND);
    deepStrictEqual(table.excess(1, 1, NOON + 20 * SECOND, limits), { limit: 8, interval: "1 DAY", retryAfter: 12 * 3600 - 20 });
    strictEqual(table.excess(1, 1, NOON + DAY / 2, limits), undefined);
  });

  it("never hold a limit for kept that is exceeded: not after a question of another time, nor after reading them back", () => {
    const limits = { tenSeconds: 3, day: 6 };
    for (const readBack of [false, true]) {
      let table = new OrderCountTable();
      for (const [account, seconds] of [
        [1, 0],
        [1, 1],
        [2, 2],
        [1, 3],
      ])
        table.add(account, 1, NOON + seconds * SECOND);
      ok(table.mayExceed(1, limits));
      deepStrictEqual(table.of(1, NOON + 20 * SECOND), { tenSeconds: 0, day: 3 });
      if (readBack) table = OrderCountTable.decode(table.encode()).table;
      table.add(2, 1, NOON + 4 * SECOND);
      ok(table.mayExceed(1, limits));
      table.add(2, 1, NOON + 10 * SECOND);
      ok(!table.mayExceed(1, limits));
      table.add(2, 3, NOON + 20 * SECOND);
      table.add(3, 1, NOON + 30 * SECOND);
      ok(table.mayExceed(1, limits), "an account has its orders of the day");
      if (readBack) {
        const read = OrderCountTable.decode(table.encode()).table;
        read.add(3, 1, NOON + 40 * SECOND);
        ok(read.mayExceed(1, limits), "it has them in what was read back too");
      }
      table.add(3, 1, NOON + DAY / 2);
      ok(!table.mayExceed(1, limits));
    }
  });

  it("are kept for any number of accounts, and read back as they were written", () => {
    const random = new Random(5);
    const table = new OrderCountTable();
    const expected = new Map<number, number>();
    for (let n = 0; n < 20_000; n++) {
      const account = random.integer(2) ? random.integer(6000) : 4_000_000_000 + random.integer(3000);
      const day = expected.get(account) ?? 0;
      if (random.integer(3) > 0) {
        table.add(account, 1, NOON);
        expected.set(account, day + 1);
      } else {
        table.giveBack(account, 5, NOON);
        expected.set(account, Math.max(0, day - 5));
      }
    }
    const bytes = table.encode();
    const back = OrderCountTable.decode(Buffer.concat([bytes, Buffer.from("the exchange's state")]));
    strictEqual(back.end, bytes.length);
    for (const [account, day] of expected) {
      deepStrictEqual(table.of(account, NOON), { tenSeconds: day, day }, `account ${account}`);
      deepStrictEqual(back.table.of(account, NOON), { tenSeconds: day, day }, `account ${account}`);
    }
    deepStrictEqual(back.table.encode(), bytes);
    throws(() => OrderCountTable.decode(bytes.subarray(0, bytes.length - 8)), /the order counts have/);
  });
});

/** What the counts of the day must be, from decoded commands and events. */
class Model {
  readonly day = new Map<number, number>();
  private date = 0;

  apply(command: Command, events: readonly Event[]): void {
    const date = Math.floor(events[0].time / DAY);
    if (date !== this.date) this.day.clear();
    this.date = date;
    if (events[0].kind !== "repeated") {
      if (command.kind === "newOrder" || command.kind === "cancelReplace") this.add(command.account, 1);
      if (command.kind === "newOrderList") this.add(command.account, command.legs.length);
    }
    for (const event of events) {
      if (event.kind !== "trade") continue;
      if (event.takerExecuted === event.quantity) this.add(event.takerAccount, -1);
      if (event.makerExecuted === event.quantity) this.add(event.makerAccount, -5);
    }
  }

  private add(account: number, orders: number): void {
    this.day.set(account, Math.max(0, (this.day.get(account) ?? 0) + orders));
  }
}

describe("the exchange with its order counts", () => {
  it("counts every order, whatever becomes of it, and gives back 1 for a taker's and 5 for a maker's first fill", () => {
    for (const seed of [1, 2, 3]) {
      const counted = new CountedExchange(new Exchange());
      const model = new Model();
      const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
      const out = new EventBuffer();
      let sequence = 0;
      let fills = 0;
      const newest = nothingYet();
      const apply = (command: Command) => {
        encodeCommand(command, bytes, 0);
        const start = out.length;
        counted.apply(bytes, 0, 1, ++sequence, out);
        const events = decodeEvents(out.bytes, start, out.length);
        fills += events.filter(({ kind }) => kind === "trade").length;
        model.apply(command, events);
        notice(newest, events);
      };
      for (const command of opening(smallWorld)) apply(command);
      const commands = randomCommands(seed, smallWorld, newest);
      for (let n = 0; n < 3000; n++) apply(commands.next().value as Command);
      ok(fills > 50, `${fills} trades`);
      const { lastTime } = counted.exchange;
      for (const [account, day] of model.day)
        strictEqual(counted.orderCounts(account, lastTime).day, day, `account ${account}, seed ${seed}`);
      const back = CountedExchange.readState(counted.writeState());
      strictEqual(back.stateHash(), counted.stateHash());
      for (const [account, day] of model.day) strictEqual(back.orderCounts(account, lastTime).day, day);
    }
  });

  it("reads states that were written before there were counts", () => {
    const exchange = new Exchange({ shard: 3 });
    const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
    const out = new EventBuffer();
    let sequence = 0;
    for (const command of openMarket(2)) {
      encodeCommand(command, bytes, 0);
      exchange.apply(bytes, 0, 1, ++sequence, out);
    }
    const read = CountedExchange.readState(exchange.writeState());
    strictEqual(read.exchange.stateHash(), exchange.stateHash());
    deepStrictEqual(read.orderCounts(1, NOON), { tenSeconds: 0, day: 0 });
  });
});

describe("a shard with order limits", function () {
  this.timeout(60_000);
  let folder: string;
  let shard: TradingShard;

  const open = async () => {
    shard = await openTradingShard({ folder, shard: 0, segmentBytes: 16 << 20, orderLimits: { tenSeconds: 4, day: 7 } });
    if (shard.position.sequence === 0) for (const command of openMarket(2)) await shard.submit({ ...command, time: NOON - SECOND });
  };
  const reopen = async () => {
    await shard.close();
    await open();
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "bourse-counts-"));
    await open();
  });
  afterEach(async () => {
    await shard.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const buy = (account: number, time: number, key = 0n) => limitOrder(account, 0, 100, 10, time, key);
  const refused = (command: Command) =>
    rejects(shard.submit(command), (error: unknown) => {
      ok(error instanceof TooManyOrders, String(error));
      match(error.message, /^Too many new orders; current limit is 4 orders per 10 SECOND\.$/);
      strictEqual(error.retryAfter, 10);
      return true;
    });

  it("refuses the order that is one too many and logs nothing of it, while cancels and other accounts pass", async () => {
    for (let n = 1; n <= 4; n++) deepStrictEqual((await shard.submit(buy(1, NOON, BigInt(n)))).orderCounts, { tenSeconds: n, day: n });
    const { sequence } = shard.position;
    await refused(buy(1, NOON));
    strictEqual(shard.position.sequence, sequence);
    deepStrictEqual((await shard.submit(cancelOrder(1, 1n, NOON))).orderCounts, { tenSeconds: 4, day: 4 });
    deepStrictEqual((await shard.submit(buy(2, NOON))).orderCounts, { tenSeconds: 1, day: 1 });
    await shard.submit(buy(1, NOON + 10 * SECOND));
    deepStrictEqual(await shard.orderCounts(1, 0), { tenSeconds: 1, day: 5 });
    deepStrictEqual(await shard.orderCounts(1, NOON + 20 * SECOND), { tenSeconds: 0, day: 5 });
  });

  it("has place again for an account whose orders trade", async () => {
    for (let n = 0; n < 4; n++) await shard.submit(buy(1, NOON));
    await refused(buy(1, NOON));
    await shard.submit(limitOrder(2, 1, 100, 10, NOON));
    deepStrictEqual(await shard.orderCounts(1, NOON), { tenSeconds: 0, day: 0 });
    deepStrictEqual(await shard.orderCounts(2, NOON), { tenSeconds: 0, day: 0 });
    await shard.submit(buy(1, NOON));
  });

  it("knows the counts after a restart from the log, and from a snapshot, and the log proves both", async () => {
    for (let n = 0; n < 4; n++) await shard.submit(buy(1, NOON));
    const hash = shard.stateHash();
    await reopen();
    await refused(buy(1, NOON));
    strictEqual(shard.stateHash(), hash);
    await shard.snapshot();
    await reopen();
    await refused(buy(1, NOON));
    strictEqual(shard.stateHash(), hash);
    strictEqual(verifyFolder(nodeFileSystem, folder).stateHash, hash);
    strictEqual(verifyFolder(nodeFileSystem, folder).snapshotsProven.length, 1);
  });

  it("answers a repeat at the limit with its first result, and neither counts nor refuses it", async () => {
    const first = await shard.submit({ ...buy(1, NOON), session: 9, sessionSequence: 1 });
    for (let n = 0; n < 3; n++) await shard.submit(buy(1, NOON));
    const again = await shard.submit({ ...buy(1, NOON), session: 9, sessionSequence: 1 });
    deepStrictEqual(again.position, first.position);
    deepStrictEqual(await shard.orderCounts(1, NOON), { tenSeconds: 4, day: 4 });
    await refused({ ...buy(1, NOON), session: 9, sessionSequence: 2 });
  });
});
