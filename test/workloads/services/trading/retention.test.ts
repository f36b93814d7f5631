import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JournalTooOld, listSegments, nodeFileSystem } from "../../../../workloads/journal";
import {
  type OpenTradingShardOptions,
  openTradingShard,
  type TradingShard,
  traceOrder,
  verifyFolder,
} from "../../../../workloads/services/trading";
import { connectShard, keyIdOf, openSharedShard, serveShard } from "../../../../workloads/services/trading/remote";
import { until } from "../until";
import { limitOrder, openMarket, START_TIME } from "./command-mix";

const segmentBytes = 32_768;
const position = (sequence: number) => ({ shard: 0, epoch: 0, sequence });

describe("the retention of a shard's log", function () {
  this.timeout(120_000);
  let folder: string;
  let shard: TradingShard;

  const open = async (keepLogBytes: number, snapshotsKept = 1, more: Partial<OpenTradingShardOptions> = {}) => {
    shard = await openTradingShard({
      folder,
      shard: 0,
      groupBytes: 4096,
      groups: 2,
      segmentBytes,
      reserveBytes: 0,
      snapshotsKept,
      keepLogBytes,
      ...more,
    });
    if (shard.position.sequence === 0) for (const command of openMarket(2)) await shard.submit(command);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bourse-retention-"));
  });
  afterEach(async () => {
    await shard.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const firstKept = () => listSegments(nodeFileSystem, folder)[0].header!.firstSequence;

  async function tradeAndSnapshot(count: number): Promise<number> {
    for (let n = 0; n < count; n++) await shard.submit(limitOrder(1, n % 2, 100, 1, START_TIME + n));
    await shard.snapshot();
    return shard.position.sequence;
  }

  /** A shard that has just been started has no events in memory: what a follower asks for is in the log, or nowhere. */
  async function servesFromTheLog(after: number): Promise<void> {
    await shard.close();
    await open(0);
    let next = after + 1;
    const subscription = await shard.subscribe(position(after), ({ first, last }) => {
      strictEqual(first.sequence, next);
      next = last.sequence + 1;
    });
    subscription.close();
    strictEqual(next, shard.position.sequence + 1);
    ok(next > after + 1, "there was nothing to ask for");
  }

  it("keeps everything unless it is told how much", async () => {
    await open(Number.POSITIVE_INFINITY);
    for (let round = 0; round < 3; round++) await tradeAndSnapshot(150);
    strictEqual(firstKept(), 1);
    await servesFromTheLog(0);
  });

  it("drops nothing that a follower has not written, then whole files, and still serves what the follower can ask for", async () => {
    await open(0);
    const pin = shard.pin(10);
    await tradeAndSnapshot(600);
    strictEqual(firstKept(), 1);
    const written = shard.position.sequence;
    pin.move(written);
    await tradeAndSnapshot(600);
    ok(firstKept() > 300 && firstKept() <= written + 1, `the log starts at ${firstKept()}`);
    await servesFromTheLog(written);
  });

  it("passes over a follower that writes nothing, once its pin holds more than it may, and tells the operator and the follower", async () => {
    const [keep, pinned] = [2 * segmentBytes, 6 * segmentBytes];
    const reports: string[] = [];
    await open(keep, 1, { pinnedLogBytes: pinned, report: (message) => reports.push(message) });
    const oldest: number[] = [];
    shard.pin(10, (sequence) => oldest.push(sequence));
    const another = shard.pin(0, () => ok(false, "who writes is not passed over"));
    const sizes: number[] = [];
    for (let round = 0; round < 16; round++) {
      another.move(await tradeAndSnapshot(100));
      sizes.push(shard.pinnedBytes);
      if (firstKept() === 1) deepStrictEqual([reports, oldest], [[], []]);
    }
    another.release();
    ok(oldest[0] > 10 && oldest[0] < shard.position.sequence, `it was told to begin after ${oldest[0]}`);
    ok(firstKept() > 11, "the pin holds the log for ever");
    ok(Math.max(...sizes) > keep, `the pin held nothing: ${sizes.join(", ")}`);
    ok(Math.max(...sizes) <= pinned + 3 * segmentBytes, `bytes that the pin held: ${sizes.join(", ")}`);
    strictEqual(reports.length, 1);
    match(reports[0], /a follower has written nothing after sequence 10, and the log is dropped up to/);
    await shard.close();
    await open(keep);
    await rejects(
      shard.subscribe(position(10), () => {}),
      (error: unknown) => error instanceof JournalTooOld && error.asked === 11 && error.first === oldest.at(-1)! + 1,
    );
  });

  it("tells a follower that starts again behind what is kept which is the oldest, and what is left replays", async () => {
    await open(0);
    await tradeAndSnapshot(300);
    const oldest = await tradeAndSnapshot(300);
    await shard.submit(limitOrder(1, 1, 100, 1, START_TIME));
    await shard.close();
    await open(0);
    await rejects(
      shard.subscribe(position(20), () => {}),
      (error: unknown) => error instanceof JournalTooOld && error.asked === 21 && error.first === oldest + 1,
    );
    strictEqual(verifyFolder(nodeFileSystem, folder).through, oldest + 1);
    strictEqual(traceOrder(nodeFileSystem, folder, 601).from, oldest + 1);
    strictEqual(traceOrder(nodeFileSystem, folder, 601).steps.length, 1);
  });

  it("keeps as many bytes of the log as it is told, with a snapshot before them", async () => {
    const keep = 4 * segmentBytes;
    await open(keep, 2);
    for (let round = 0; round < 12; round++) await tradeAndSnapshot(60);
    ok(firstKept() > 1, "nothing was dropped");
    const used = listSegments(nodeFileSystem, folder).filter(({ header }) => header !== undefined);
    ok(used.length * segmentBytes >= keep, `${used.length} files are kept`);
    strictEqual(verifyFolder(nodeFileSystem, folder).through, shard.position.sequence);
  });

  it("bounds the folder, however long the load goes on", async () => {
    await open(2 * segmentBytes, 2);
    const pin = shard.pin(0);
    const sizes: number[] = [];
    for (let round = 0; round < 16; round++) {
      pin.move(await tradeAndSnapshot(100));
      sizes.push(readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0));
    }
    const [middle, late] = [Math.max(...sizes.slice(4, 10)), Math.max(...sizes.slice(10))];
    ok(late <= middle + segmentBytes, `bytes after each round: ${sizes.join(", ")}`);
  });

  it("ends the connection of a follower that is passed over, with the reason, and no other", async () => {
    await open(segmentBytes, 1, { pinnedLogBytes: 3 * segmentBytes });
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const client = { publicKey, sessions: new Set([1, 2, 3]), accounts: "all" as const, readsEvents: true };
    const server = await serveShard({ shard, listen: { host: "127.0.0.1", port: 0 }, findClient: () => client });
    const to = { connect: { host: "127.0.0.1", port: server.port }, keyId: keyIdOf(publicKey), privateKey };
    const stuck = await openSharedShard({ ...to, session: 1, catchUpSession: 2 });
    const live = await connectShard({ ...to, session: 3 });
    const kept = live.pin(0);
    try {
      stuck.pin(10);
      await stuck.submit(limitOrder(1, 0, 100, 1, START_TIME));
      for (let round = 0; round < 40 && stuck.failed === undefined; round++) {
        kept.move(await tradeAndSnapshot(100));
        await live.submit(limitOrder(1, 0, 100, 1, START_TIME));
      }
      match(stuck.failed ?? "", /^the shard has ended the connection: sequence 11 is no longer kept: the oldest that can be had is \d+$/);
      await until(() => server.connections === 1);
      strictEqual(live.connected, true);
    } finally {
      await live.close();
      await stuck.close();
      await server.close();
    }
  });

  it("heeds a follower in another process while it is connected, and tells it when it comes back too late", async () => {
    await open(0);
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const client = { publicKey, sessions: new Set([1, 2, 3]), accounts: "all" as const, readsEvents: true };
    const server = await serveShard({ shard, listen: { host: "127.0.0.1", port: 0 }, findClient: () => client });
    const to = { connect: { host: "127.0.0.1", port: server.port }, keyId: keyIdOf(publicKey), privateKey };
    const shared = await openSharedShard({ ...to, session: 1, catchUpSession: 2 });
    try {
      shared.pin(10);
      const other = shared.pin(5);
      other.release();
      // What a connection has sent before a command is known to the shard before it is logged.
      await shared.submit(limitOrder(1, 0, 100, 1, START_TIME));
      await tradeAndSnapshot(300);
      strictEqual(firstKept(), 1);
      await shared.close();
      await until(() => server.connections === 0);
      const oldest = await tradeAndSnapshot(300);
      ok(firstKept() > 1, "the pin has outlived its connection");

      await server.close();
      await shard.close();
      await open(0);
      const again = await serveShard({ shard, listen: { host: "127.0.0.1", port: 0 }, findClient: () => client });
      const told = Promise.withResolvers<string>();
      const late = await connectShard({ ...to, connect: { host: "127.0.0.1", port: again.port }, session: 3, onEnded: told.resolve });
      await late.subscribe(position(10), () => {});
      strictEqual(await told.promise, `sequence 11 is no longer kept: the oldest that can be had is ${oldest + 1}`);
      await late.close();
      await again.close();
    } finally {
      await server.close().catch(() => {});
    }
  });
});
