import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { encodeCommand } from "@bourse/engine";
import { FileJournal, SnapshotStore } from "../../../../../workloads/journal";
import { exchanges, TradingShard } from "../../../../../workloads/services/trading";
import { FrameType } from "../../../../../workloads/services/trading/remote";
import { Replay } from "../../../../../workloads/services/trading/replay";
import { Lease, LogCopies } from "../../../../../workloads/services/trading/replication";
import { copyLogFrame } from "../../../../../workloads/services/trading/replication/log-frames";
import { inProcessLeadership } from "../../../../../workloads/stores/leadership";
import { Random, SimulatedDisk } from "../../../journal/simulated-disk";
import { openMarket } from "../command-mix";

const MEMBER = "ab".repeat(16);

describe("a leader's copies", () => {
  it("are sent each command before anybody is told of it, also when the disk is faster than who flushes", async () => {
    const due: (() => void)[] = [];
    const fileSystem = new SimulatedDisk(new Random(1));
    const files = { folder: "shard", shard: 0, segmentBytes: 18_432, groupBytes: 4096, groups: 2 };
    const journal = new FileJournal({ ...files, fileSystem, schedule: (run) => due.push(run) });
    await journal.recover(1, () => {});
    const snapshots = new SnapshotStore(fileSystem, "shard", 0);
    const lease = new Lease({ store: inProcessLeadership(), name: "shard", member: "cd".repeat(16), address: "here:1" });
    const term = (await lease.take(0, 0))!;
    const copies = new LogCopies({ journal, snapshots, term, code: "one" });
    const machines = exchanges(0);
    const shard = new TradingShard(
      { journal, machines, replication: copies, reserveBytes: 0 },
      new Replay(machines, undefined),
      term.epoch,
    );

    const order: string[] = [];
    const feed = copies.connect({
      send: (frame) => {
        if (frame[4] === FrameType.RECORDS) order.push(`sent from ${frame.readBigUInt64LE(16)}`);
      },
      backlog: () => 0,
      end: (reason) => order.push(reason),
    });
    const request = copyLogFrame({ shard: 0, epoch: 0, sequence: 0, member: MEMBER });
    feed.frame(FrameType.COPY_LOG, request, 0, request.length);
    await new Promise((resolve) => setImmediate(resolve));
    await shard.subscribeEncoded(shard.position, ({ first }) => order.push(`told of ${first}`));
    const enter = [...openMarket(1)].map((command) => {
      const bytes = new Uint8Array(512);
      encodeCommand(command, bytes, 0);
      return () => shard.enter(bytes, 0);
    });
    enter[0]();
    shard.flush();
    // The second command is written as soon as the first one is, before anybody has flushed it.
    enter[1]();
    while (due.length > 0) due.shift()!();
    deepStrictEqual(order, ["sent from 1", "sent from 2", "told of 1", "told of 2"]);
    strictEqual(shard.position.sequence, 2);
    await shard.close();
  });
});
