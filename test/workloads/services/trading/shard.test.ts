import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, type Event, encodeCommand, MAX_COMMAND_LENGTH, NEWEST_VERSION, Side } from "@bourse/engine";
import { FileJournal, nodeFileSystem, SnapshotStore } from "../../../../workloads/journal";
import {
  appendSkip,
  createTradingShard,
  type EventBatch,
  exchanges,
  openTradingShard,
  ShardBusy,
  ShardUnavailable,
  type TradingShardOptions,
} from "../../../../workloads/services/trading";
import { Random, SimulatedDisk } from "../../journal/simulated-disk";
import { cancelOrder, limitOrder, openMarket, START_TIME } from "./command-mix";

const origin = { shard: 3, epoch: 0, sequence: 0 };

async function open(disk: SimulatedDisk, options: Partial<TradingShardOptions> = {}) {
  const due: (() => void)[] = [];
  const schedule = (run: () => void) => due.push(run);
  const sizes = { segmentBytes: 262_144, groupBytes: 16_384, groups: 2 };
  const journal = new FileJournal({ folder: "shard", shard: 3, ...sizes, fileSystem: disk, clock: () => START_TIME, schedule });
  const snapshots = new SnapshotStore(disk, "shard", 3);
  const shard = await createTradingShard({ journal, snapshots, reserveBytes: 4096, defer: schedule, ...options });
  const runDue = async () => {
    for (let run = due.shift(); run; run = due.shift()) {
      run();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { shard, journal, due, runDue };
}

const kinds = (events: readonly Event[]) => events.map(({ kind }) => kind);

describe("trading shard", () => {
  let disk: SimulatedDisk;
  beforeEach(() => {
    disk = new SimulatedDisk(new Random(1));
  });

  async function openWithMarket(options: Partial<TradingShardOptions> = {}) {
    const opened = await open(disk, options);
    const results = [...openMarket(2)].map((command) => opened.shard.submit(command));
    await opened.runDue();
    await Promise.all(results);
    return opened;
  }

  it("goes on after a pause of days, also as one that was stopped, in steps that replay to the same state", async () => {
    const day = 86_400_000_000;
    const resumed = START_TIME + 10.5 * day;
    const first = await openWithMarket({ clock: () => resumed });
    const before = first.shard.position.sequence;
    const command = { ...limitOrder(1, Side.SELL, 100, 5, resumed), session: 9, sessionSequence: 1 };
    const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
    const steps: Event[] = [];
    await first.shard.subscribe(first.shard.position, ({ events }) => steps.push(...events));
    const sequence = first.shard.enter(bytes, 0, encodeCommand(command, bytes, 0));
    first.shard.flush();
    await first.runDue();
    strictEqual(sequence, before + 11);
    deepStrictEqual(
      kinds(steps.filter((event) => event.sequence < sequence)),
      Array.from({ length: 10 }, () => "applied"),
    );
    const accepted = steps.find((event) => event.kind === "orderAccepted")!;
    deepStrictEqual([accepted.time, accepted.sequence], [resumed, sequence]);
    const hash = first.shard.stateHash();
    await first.shard.close();

    const later = resumed + 3 * day;
    const second = await open(disk, { clock: () => later });
    strictEqual(second.shard.stateHash(), hash);
    const result = second.shard.submit(limitOrder(1, Side.SELL, 100, 5, later));
    await second.runDue();
    deepStrictEqual(kinds((await result).events).slice(0, 1), ["orderAccepted"]);
    strictEqual((await result).position.sequence, sequence + 3);
    await second.shard.close();
  });

  it("still refuses a command whose clock is days ahead of the shard's", async () => {
    const { shard, runDue } = await openWithMarket({ clock: () => START_TIME + 3_600_000_000 });
    const before = shard.position.sequence;
    const result = shard.submit(limitOrder(1, Side.SELL, 100, 5, START_TIME + 10 * 86_400_000_000));
    await runDue();
    deepStrictEqual(kinds((await result).events), ["rejected"]);
    strictEqual((await result).position.sequence, before + 1);
    await shard.close();
  });

  it("refuses rules that it does not know before they are logged", async () => {
    const { shard, runDue } = await openWithMarket();
    const before = shard.position.sequence;
    const header = { time: START_TIME, session: 0, sessionSequence: 0 };
    await rejects(shard.submit({ kind: "activate", ...header, version: NEWEST_VERSION + 1 }), /rules of version \d+ are not known here/);
    const known = shard.submit({ kind: "activate", ...header, version: NEWEST_VERSION });
    await runDue();
    deepStrictEqual([kinds((await known).events), (await known).position.sequence], [["applied"], before + 1]);
    await shard.close();
  });

  it("acknowledges a command with all its events, after every subscriber has seen them", async () => {
    const { shard, runDue } = await openWithMarket();
    const seen: EventBatch[] = [];
    await shard.subscribe(shard.position, (batch) => seen.push(batch));
    const order = ["sell", "buy"].map((side) =>
      shard.submit(limitOrder(1, side === "sell" ? Side.SELL : Side.BUY, 100, 5, START_TIME + 100)),
    );
    let seenAtAcknowledgement = 0;
    order[0].then(() => {
      seenAtAcknowledgement = seen.length;
    });
    await runDue();
    const results = await Promise.all(order);
    deepStrictEqual(
      results.map(({ position }) => position),
      [11, 12].map((sequence) => ({ shard: 3, epoch: 1, sequence })),
    );
    deepStrictEqual(kinds(results[0].events), ["orderAccepted", "balanceChanged", "levelChanged"]);
    ok(kinds(results[1].events).includes("trade"));
    ok(seenAtAcknowledgement > 0, "the subscriber came first");
    deepStrictEqual(
      seen.flatMap(({ events }) => events),
      results.flatMap(({ events }) => events),
    );
    await shard.close();
  });

  it("acknowledges each with its own events, among commands that nobody waits for", async () => {
    const { shard, runDue } = await openWithMarket();
    const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
    const enter = (price: number) => {
      encodeCommand(limitOrder(1, Side.BUY, price, 5, START_TIME + 100), bytes, 0);
      shard.enter(bytes, 0);
    };
    const submit = (price: number) => shard.submit(limitOrder(2, Side.BUY, price, 5, START_TIME + 100));
    enter(90);
    const first = submit(91);
    enter(92);
    enter(93);
    const second = submit(94);
    await runDue();
    const prices = (await Promise.all([first, second])).map(({ position, events }) =>
      events.map((event) => [event.sequence - position.sequence, event.kind === "orderAccepted" ? event.price : event.kind]),
    );
    deepStrictEqual(
      prices,
      [91, 94].map((price) => [
        [0, price],
        [0, "balanceChanged"],
        [0, "levelChanged"],
      ]),
    );
    await shard.close();
  });

  it("acknowledges nothing while the disk has not synced", async () => {
    const { shard, due, runDue } = await openWithMarket();
    let acknowledged = false;
    const result = shard.submit(limitOrder(1, Side.BUY, 100, 5, START_TIME + 100)).then(() => {
      acknowledged = true;
    });
    due.shift()!(); // the deferred flush
    await new Promise((resolve) => setImmediate(resolve));
    strictEqual(due.length, 1, "the commit waits for the disk");
    strictEqual(acknowledged, false);
    strictEqual(shard.position.sequence, 10);
    await runDue();
    await result;
    await shard.close();
  });

  it("gives a late subscriber the same events as one that was there", async () => {
    const { shard, runDue } = await openWithMarket();
    const collect = (into: Event[]) => (batch: EventBatch) => {
      into.push(...batch.events);
    };
    const live: Event[] = [];
    await shard.subscribe(origin, collect(live));
    for (let i = 0; i < 50; i++) shard.submit(limitOrder(1 + (i % 2), i % 2, 100 + (i % 3), 5, START_TIME + 100 + i)).catch(() => {});
    await runDue();
    await shard.close();

    const again = await open(disk);
    const late: Event[] = [];
    const later: Event[] = [];
    const joined = Promise.all([
      again.shard.subscribe(origin, collect(late)),
      again.shard.subscribe({ ...origin, sequence: 30 }, collect(later)),
    ]);
    await again.runDue();
    await joined;
    deepStrictEqual(late, live);
    deepStrictEqual(
      later,
      live.filter(({ sequence }) => sequence > 30),
    );
    const next = again.shard.submit(limitOrder(1, Side.BUY, 1, 1, START_TIME + 1000));
    await again.runDue();
    deepStrictEqual(late.slice(live.length), (await next).events, "and goes on live");
    await again.shard.close();
  });

  it("refuses positions it cannot serve", async () => {
    const { shard } = await openWithMarket();
    await rejects(
      shard.subscribe({ ...origin, sequence: 11 }, () => {}),
      /sequence 11 was asked for, the last is 10/,
    );
    await rejects(
      shard.subscribe({ shard: 4, epoch: 1, sequence: 1 }, () => {}),
      /the position is of shard 4, this is shard 3/,
    );
    await rejects(
      shard.subscribe({ ...origin, sequence: -1 }, () => {}),
      /sequence is -1/,
    );
    await shard.close();
  });

  it("answers a repeated command with the first result, across restarts", async () => {
    const { shard, runDue } = await openWithMarket();
    const command = { ...limitOrder(1, Side.BUY, 100, 5, START_TIME + 100), session: 4, sessionSequence: 1 } as Command;
    const [first, second] = [shard.submit(command), shard.submit(command)];
    await runDue();
    deepStrictEqual(await second, await first);
    await shard.close();
    const again = await open(disk);
    const third = again.shard.submit(command);
    await again.runDue();
    deepStrictEqual(await third, await first);
    await again.shard.close();
  });

  it("refuses new orders when its queue is full, while cancels still pass", async () => {
    const { shard, runDue } = await openWithMarket();
    const outcomes: Promise<string>[] = [];
    const outcome = (command: Command) =>
      shard.submit(command).then(
        ({ events }) => events[0].kind,
        (error: Error) => error.name,
      );
    for (let i = 0; i < 400; i++) outcomes.push(outcome(limitOrder(1, Side.BUY, 100, 1, START_TIME + 100, BigInt(i + 1))));
    const cancel = outcome(cancelOrder(1, 1n, START_TIME + 200));
    const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
    encodeCommand(limitOrder(1, Side.BUY, 100, 1, START_TIME + 100), bytes, 0);
    throws(() => {
      for (;;) shard.enter(bytes, 0);
    }, ShardBusy);
    encodeCommand(cancelOrder(1, 2n, START_TIME + 200), bytes, 0);
    const encoded = shard.enter(bytes, 0);
    const events: Event[] = [];
    await shard.subscribe(shard.position, (batch) => events.push(...batch.events));
    await runDue();
    strictEqual(events.find(({ sequence }) => sequence === encoded)?.kind, "orderClosed");
    const settled = await Promise.all(outcomes);
    const refused = settled.filter((name) => name === "ShardBusy").length;
    ok(refused > 50 && refused < 350, `${refused} of 400 were refused`);
    ok(
      settled.slice(0, 400 - refused).every((kind) => kind === "orderAccepted"),
      "the first were taken, in order",
    );
    strictEqual(await cancel, "orderClosed");
    strictEqual(await outcomeAfter(), "orderAccepted", "and it goes on");
    await shard.close();

    async function outcomeAfter(): Promise<string> {
      const next = outcome(limitOrder(2, Side.BUY, 90, 1, START_TIME + 300));
      await runDue();
      return next;
    }
  });

  it("logs the same bytes wherever in memory a command lies", async () => {
    const { shard, journal, runDue } = await openWithMarket();
    const order = { ...limitOrder(1, Side.BUY, 90, 1, START_TIME, 0x7ff0_dead_beef_0001n), session: 5 };
    const cancel = { ...cancelOrder(1, 0xfff4_0000_0000_0002n, START_TIME), session: 5 };
    const commands = [order, cancel, { ...order, clientOrderId: "a" }, { ...cancel, clientOrderId: "b" }] as Command[];
    const expected: Buffer[] = [];
    for (const [begins, start] of [
      [0, 0],
      [8, 16],
      [0, 4],
      [4, 0],
      [3, 2],
    ]) {
      for (const command of commands) {
        const bytes = new Uint8Array(new ArrayBuffer(2 * MAX_COMMAND_LENGTH), begins);
        const end = encodeCommand({ ...command, sessionSequence: expected.length + 1 }, bytes, start);
        shard.enter(bytes, start, end);
        expected.push(Buffer.from(bytes.slice(start, end)));
      }
    }
    shard.flush();
    await runDue();
    const logged: Buffer[] = [];
    const first = journal.appended + 1 - expected.length;
    for await (const group of journal.read(first, journal.appended))
      group.visit((_kind, _epoch, _sequence, bytes, start, end) => logged.push(Buffer.from(bytes.slice(start, end))));
    deepStrictEqual(logged, expected);
    await shard.close();
  });

  it("logs nothing of a malformed command", async () => {
    const { shard, journal } = await openWithMarket();
    throws(() => shard.enter(new Uint8Array(2), 0), /a command has a header of 32 bytes, here are 2/);
    throws(() => shard.enter(new Uint8Array(16), 0), /a command has a header of 32 bytes/);
    throws(() => shard.enter(new Uint8Array(2000).with(1, 4), 0), /length is 1024; it must be a multiple of 8 from 32 to 512/);
    throws(() => shard.enter(new Uint8Array(64).with(0, 64).with(2, 1).with(3, 1), 0, 56), /length is 64, but only 56 bytes are there/);
    await rejects(
      shard.submit({ ...limitOrder(1, Side.BUY, 100, 1, START_TIME), account: 0xffff_ffff } as Command),
      /reserved for clearing/,
    );
    strictEqual(journal.appended, 10);
    await shard.close();
  });

  it("stops before the acknowledgement when a subscriber fails", async () => {
    const reports: string[] = [];
    const { shard, runDue } = await openWithMarket({ report: (message) => reports.push(message) });
    await shard.subscribe(shard.position, () => {
      throw new Error("projection broken");
    });
    const result = rejects(shard.submit(limitOrder(1, Side.BUY, 100, 1, START_TIME + 100)), (error: unknown) => {
      return error instanceof ShardUnavailable && error.logged === "unknown" && /projection broken/.test(error.message);
    });
    await runDue();
    await result;
    await rejects(shard.submit(limitOrder(1, Side.BUY, 100, 1, START_TIME + 101)), /projection broken/);
    match(reports.join(), /a subscriber has failed: projection broken/);
    await shard.close();
  });

  it("does not let a listener enter commands", async () => {
    const { shard, runDue } = await openWithMarket();
    const refusals: Promise<void>[] = [];
    await shard.subscribe(shard.position, () => {
      refusals.push(rejects(shard.submit(limitOrder(1, Side.BUY, 100, 1, START_TIME)), /from within a listener: defer it/));
    });
    shard.submit(limitOrder(1, Side.BUY, 100, 1, START_TIME + 100)).catch(() => {});
    await runDue();
    await Promise.all(refusals);
    strictEqual(refusals.length, 1);
    await shard.close();
  });

  it("publishes nothing of a command that violates an assertion, and goes on once two people have agreed to pass over it", async () => {
    const machines = failingAt(13);
    const { shard, runDue } = await openWithMarket({ machines });
    const seen: number[] = [];
    await shard.subscribe(shard.position, ({ events }) => seen.push(...events.map(({ sequence }) => sequence)));
    const submit = (n: number) => shard.submit(limitOrder(1, Side.BUY, 100, 1, START_TIME + 100 + n));
    const [eleventh, twelfth, poison] = [submit(1), submit(2), submit(3)];
    await rejects(submit(4), (error: unknown) => error instanceof ShardUnavailable && error.logged === "no");
    const stopped = rejects(poison, (error: unknown) => error instanceof ShardUnavailable && error.logged === "unknown");
    await runDue();
    await Promise.all([eleventh, twelfth, stopped]);
    deepStrictEqual([...new Set(seen)], [11, 12]);
    await shard.close();

    await rejects(open(disk, { machines }), /the command at sequence 13 violates an assertion: broken at 13.*journal skip --sequence 13/);
    const options = {
      folder: "shard",
      shard: 3,
      segmentBytes: 262_144,
      groupBytes: 16_384,
      groups: 2,
      fileSystem: disk,
      schedule: (run: () => void) => run(),
    };
    const skip = { sequence: 13, reason: "defect 1", approvals: ["Ada", "Grace"], time: START_TIME };
    await rejects(appendSkip(options, { ...skip, sequence: 12 }, machines), /the command that violates an assertion is at sequence 13/);
    await rejects(appendSkip(options, { ...skip, approvals: ["Ada"] }, machines), /two different people must approve/);
    strictEqual(await appendSkip(options, skip, machines), 14);
    const again = await open(disk, { machines });
    strictEqual(again.shard.position.sequence, 14);
    const next = again.shard.submit(limitOrder(1, Side.BUY, 100, 1, START_TIME + 500));
    await again.runDue();
    deepStrictEqual(
      (await next).events.filter(({ kind }) => kind === "orderAccepted").map(({ sequence }) => sequence),
      [15],
    );
    await again.shard.close();
  });

  /** Exchanges with a defect that one command meets. */
  function failingAt(poison: number): TradingShardOptions["machines"] {
    const real = exchanges(3);
    const wrap = (machine: ReturnType<typeof real.create>) => ({
      apply(...[bytes, offset, epoch, sequence, out]: Parameters<typeof machine.apply>) {
        machine.apply(bytes, offset, epoch, sequence, out);
        if (sequence === poison) throw new Error(`broken at ${sequence}`);
      },
      stateHash: () => machine.stateHash(),
      writeState: () => machine.writeState(),
    });
    return { create: () => wrap(real.create()), read: (state) => wrap(real.read(state)) };
  }

  it("refuses a snapshot that is ahead of the log", async () => {
    const { shard } = await openWithMarket();
    await shard.close();
    new SnapshotStore(disk, "shard", 3).write({ epoch: 1, sequence: 99, state: new Uint8Array(8) });
    await rejects(open(disk, { machines: anyState() }), /the newest snapshot is of sequence 99, but the log ends at 10/);
  });

  function anyState(): TradingShardOptions["machines"] {
    const machine = { apply() {}, stateHash: () => "", writeState: () => new Uint8Array() };
    return { create: () => machine, read: () => machine };
  }

  describe("on real files", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "bourse-shard-"));
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it("keeps orders and balances over a stop, and starts from a snapshot taken while it ran", async () => {
      const options = { folder, shard: 3, segmentBytes: 16 << 20 };
      const shard = await openTradingShard(options);
      await Promise.all([...openMarket(2)].map((command) => shard.submit(command)));
      const orders = Array.from({ length: 2000 }, (_, i) =>
        shard.submit(limitOrder(1 + (i % 2), i % 2, 100 + (i % 7), 5, START_TIME + 100 + i)),
      );
      await Promise.all(orders);
      await shard.snapshot();
      deepStrictEqual(new SnapshotStore(nodeFileSystem, folder, 3).sequences(), [2010]);
      await shard.submit(limitOrder(1, Side.BUY, 50, 5, START_TIME + 5000));
      const hash = shard.stateHash();
      await shard.close();
      const again = await openTradingShard(options);
      strictEqual(again.stateHash(), hash);
      deepStrictEqual(again.position, { shard: 3, epoch: 2, sequence: 2011 });
      await rejects(openTradingShard(options), /in use by another process/);
      await again.close();
    });
  });
});
