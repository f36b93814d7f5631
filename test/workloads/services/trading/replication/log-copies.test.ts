import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { encodeCommand } from "@bourse/engine";
import { FileJournal, SnapshotStore } from "../../../../../workloads/journal";
import { exchanges, TradingShard } from "../../../../../workloads/services/trading";
import { FrameType } from "../../../../../workloads/services/trading/remote";
import { Replay } from "../../../../../workloads/services/trading/replay";
import { Lease, LogCopies } from "../../../../../workloads/services/trading/replication";
import { copyLogFrame, keptFrame } from "../../../../../workloads/services/trading/replication/log-frames";
import { inProcessLeadership, type Leadership, type LeadershipStore } from "../../../../../workloads/stores/leadership";
import { Random, SimulatedDisk } from "../../../journal/simulated-disk";
import { openMarket } from "../command-mix";

const MEMBER = "ab".repeat(16);
const OTHER = "ba".repeat(16);

/** A store whose changes are made, and not answered, while `silent` says so. */
function silentStore(): LeadershipStore & { silent: boolean } {
  const store = inProcessLeadership();
  const away = () => Promise.reject(new Error("the store does not answer"));
  const result = {
    silent: false,
    read: (name: string) => (result.silent ? away() : store.read(name)),
    async replace(name: string, seen: Leadership | undefined, next: Leadership) {
      const did = await store.replace(name, seen, next);
      return result.silent ? away() : did;
    },
    close: () => store.close(),
  };
  return result;
}

/** A shard that leads, on a disk that syncs when it is told to. */
async function startLeader() {
  const due: (() => void)[] = [];
  const fileSystem = new SimulatedDisk(new Random(1));
  const files = { folder: "shard", shard: 0, segmentBytes: 18_432, groupBytes: 4096, groups: 2 };
  const journal = new FileJournal({ ...files, fileSystem, schedule: (run) => due.push(run) });
  await journal.recover(1, () => {});
  const snapshots = new SnapshotStore(fileSystem, "shard", 0);
  const store = silentStore();
  const clock = { now: 1 };
  const now = () => clock.now;
  const term = (await new Lease({ store, name: "shard", member: "cd".repeat(16), address: "here:1", now }).take(0, 0))!;
  const copies = new LogCopies({ journal, snapshots, term, code: "one", now });
  const machines = exchanges(0);
  const options = { journal, machines, replication: copies, reserveBytes: 0 };
  const shard = new TradingShard(options, new Replay(machines, undefined), term.epoch);
  const sync = () => {
    while (due.length > 0) due.shift()!();
  };
  const enter = [...openMarket(1)].map((command) => {
    const bytes = new Uint8Array(512);
    encodeCommand(command, bytes, 0);
    return () => shard.enter(bytes, 0);
  });
  const copy = async (member: string, sent: (frame: Buffer) => void = () => {}) => {
    const feed = copies.connect({ send: sent, backlog: () => 0, end: (reason) => sent(Buffer.from(reason)) });
    const request = copyLogFrame({ shard: 0, epoch: 0, sequence: 0, member });
    feed.frame(FrameType.COPY_LOG, request, 0, request.length);
    await new Promise((resolve) => setImmediate(resolve));
    return {
      feed,
      keeps: (sequence: number, isElsewhere: boolean) => {
        const frame = keptFrame({ sequence, mayLead: !isElsewhere, isElsewhere });
        feed.frame(FrameType.KEPT, frame, 0, frame.length);
      },
    };
  };
  return { shard, copies, store, clock, sync, enter, copy };
}

describe("a leader's copies", () => {
  it("are sent each command before anybody is told of it, also when the disk is faster than who flushes", async () => {
    const { shard, copy, enter, sync } = await startLeader();
    const order: string[] = [];
    await copy(MEMBER, (frame) => {
      if (frame[4] === FrameType.RECORDS) order.push(`sent from ${frame.readBigUInt64LE(16)}`);
    });
    await shard.subscribeEncoded(shard.position, ({ first }) => order.push(`told of ${first}`));
    enter[0]();
    shard.flush();
    // The second command is written as soon as the first one is, before anybody has flushed it.
    enter[1]();
    sync();
    deepStrictEqual(order, ["sent from 1", "sent from 2", "told of 1", "told of 2"]);
    strictEqual(shard.position.sequence, 2);
    await shard.close();
  });

  it("are waited for while it is not known whether the record has them in sync", async () => {
    const { shard, copies, store, clock, copy, enter, sync } = await startLeader();
    const { keeps } = await copy(MEMBER);
    keeps(0, false);
    store.silent = true;
    await copies.tick();
    strictEqual(copies.inSync, 0);
    enter[0]();
    shard.flush();
    sync();
    // It keeps others waiting for longer than it may.
    await copies.tick();
    clock.now += 2_500;
    await copies.tick();
    strictEqual(shard.position.sequence, 0);
    store.silent = false;
    deepStrictEqual((await store.read("shard"))!.inSync, [MEMBER]);
    keeps(1, false);
    strictEqual(shard.position.sequence, 1);
    await shard.close();
  });

  it("elsewhere have what is said to be copied, each that the record lets lead; the last of them is not left out", async () => {
    const { shard, copies, store, clock, copy, enter, sync } = await startLeader();
    strictEqual(copies.areElsewhere, false);
    const [one, other] = [await copy(MEMBER), await copy(OTHER)];
    for (const { keeps } of [one, other]) keeps(0, true);
    strictEqual(copies.areElsewhere, true);
    await copies.tick();
    deepStrictEqual((await store.read("shard"))!.copies, [MEMBER, OTHER]);
    for (const each of enter) each();
    shard.flush();
    sync();
    strictEqual(shard.position.sequence, enter.length);
    one.keeps(5, true);
    strictEqual(copies.keptElsewhere, 0);
    other.keeps(3, true);
    strictEqual(copies.keptElsewhere, 3);
    // The other does not come on, and may not lead before what it lacks is said to be copied.
    await copies.tick();
    one.keeps(enter.length, true);
    clock.now += 2_500;
    await copies.tick();
    deepStrictEqual((await store.read("shard"))!.copies, [MEMBER]);
    strictEqual(copies.keptElsewhere, enter.length);
    one.feed.close();
    clock.now += 2_500;
    await copies.tick();
    deepStrictEqual((await store.read("shard"))!.copies, [MEMBER]);
    strictEqual(copies.areElsewhere, true);
    await shard.close();
  });
});
