/** Copies of a shard's log as processes over mutual TLS: one in another place, and one that gets a snapshot while it is killed. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { FileJournal, LogCursor, nodeFileSystem, SnapshotStore } from "../../../../../workloads/journal";
import { createTradingShard, exchanges, ShardBusy, verifyFolder } from "../../../../../workloads/services/trading";
import { takeSnapshot } from "../../../../../workloads/services/trading/snapshot";
import { until } from "../../until";
import { limitOrder, openMarket, START_TIME } from "../command-mix";
import { figures, MemberProcesses } from "./member-processes";
import { freePort } from "./members";

const orders = (count: number, from: number) =>
  Array.from({ length: count }, (_, n) => limitOrder(1 + (n % 2), n % 2, 100, 1, START_TIME + 1_000 + from + n));

/** Each record of a log as a line: its position and its bytes. */
function records(folder: string): string[] {
  const found: string[] = [];
  const cursor = new LogCursor(nodeFileSystem, folder);
  for (let group = cursor.next(); group; group = cursor.next()) {
    group.visit((kind, epoch, sequence, bytes, start, end) => {
      found.push(`${kind} ${epoch} ${sequence} ${Buffer.from(bytes.subarray(start, end)).toString("hex")}`);
    });
  }
  cursor.close();
  return found;
}

describe("a copy of a shard in another place, as a process", function () {
  this.timeout(180_000);
  let members: MemberProcesses;
  before(() => {
    members = new MemberProcesses();
  });
  after(() => members.remove());

  it("has the log with its positions, is not waited for, comes back after each side was killed, and leads only when it is told to", async () => {
    const ports = [await freePort(), await freePort()];
    const one = await members.start("one", ports[0], 1);
    await until(one.leads);
    const asCopy = { BOURSE_MEMBER: "copy" };
    let copy = await members.start("copy", ports[1], 2, asCopy);
    await until(copy.ready);
    const client = await members.client(ports, 50);
    for (const command of openMarket(2)) await client.submit(command);
    const submit = (from: number) => Promise.all(orders(200, from).map((command) => client.submit(command)));
    const isCopied = async () => {
      const { position } = (await submit(0)).at(-1)!;
      await until(async () => (await client.positionState(position)).copied);
      return position;
    };
    await isCopied();
    // It is none of those who may take over, and it is level with the leader.
    deepStrictEqual(await figures(one.process, /"StandbysInSync":0,.*"RecordsNotCopied":0|"RecordsNotCopied":0.*"StandbysInSync":0/), {
      Leads: 1,
      StandbyReady: 0,
      StandbysInSync: 0,
      RecordsNotCopied: 0,
      Diverged: 0,
    });

    // Orders go on without it, and what it lacks is known not to be copied.
    await copy.process.end("SIGKILL");
    const { position } = (await submit(1_000)).at(-1)!;
    deepStrictEqual(await client.positionState(position), { held: true, copied: false, keptElsewhere: true });
    copy = await members.start("copy", ports[1], 2, asCopy);
    await until(async () => (await client.positionState(position)).copied);

    // Without a leader it waits, longer than a standby would.
    await one.process.end("SIGKILL");
    await copy.process.line(/the leader of epoch 1 is away, and this member keeps a copy only/);
    strictEqual(await copy.leads(), false);
    const again = await members.start("one", ports[0], 1);
    await until(again.leads);
    const { epoch, sequence } = await isCopied();
    strictEqual(epoch, 2);
    strictEqual(await again.process.end("SIGTERM"), 0);
    strictEqual(await copy.process.end("SIGTERM"), 0);
    const [ones, copies] = ["one", "copy"].map((name) => records(members.log(name)));
    strictEqual(ones.length, sequence);
    deepStrictEqual(copies, ones);

    const takes = await members.start("copy", ports[1], 2, { ...asCopy, BOURSE_TAKE_OVER_FROM: "2" });
    await until(takes.leads);
    const last = (await client.submit(orders(1, 5_000)[0])).position;
    deepStrictEqual([last.epoch, last.sequence], [3, sequence + 1]);
    await client.close();
  });
});

describe("a member that takes over a large snapshot, as a process", function () {
  this.timeout(240_000);
  const RESTING = 150_000;
  const unlimited = { BOURSE_ORDERS_10S: "1000000", BOURSE_ORDERS_1D: "1000000" };
  let members: MemberProcesses;
  before(async () => {
    members = new MemberProcesses();
    await cutLogOf("one");
  });
  after(() => members.remove());

  /** A folder whose log begins behind a snapshot of many open orders. */
  async function cutLogOf(name: string): Promise<void> {
    const folder = members.log(name);
    const shard = await createTradingShard({
      journal: new FileJournal({ folder, shard: 0, segmentBytes: 9 << 20 }),
      snapshots: new SnapshotStore(nodeFileSystem, folder, 0),
      takeSnapshot: async (through) => takeSnapshot(nodeFileSystem, folder, 0, exchanges(0), through),
      snapshotEvery: Number.MAX_SAFE_INTEGER,
      keepLogBytes: 1,
      pinnedLogBytes: 1,
      snapshotsKept: 1,
    });
    const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
    const enter = async (command: Parameters<typeof encodeCommand>[0]) => {
      encodeCommand(command, bytes, 0);
      for (;;) {
        try {
          return shard.enter(bytes, 0);
        } catch (error) {
          if (!(error instanceof ShardBusy)) throw error;
          shard.flush();
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    };
    for (const command of openMarket(2, 1_000_000_000_000_000n)) await enter(command);
    for (let n = 0; n < RESTING; n++)
      await enter(limitOrder(1 + (n % 2), n % 2, n % 2 === 0 ? 90 - (n % 20) : 110 + (n % 20), 1, START_TIME + 1_000 + n));
    shard.flush();
    await until(() => shard.position.sequence >= RESTING);
    await shard.snapshot();
    await shard.close();
    strictEqual(readdirSync(folder).includes("segment-0000000001.log"), false);
  }

  it("is killed again and again on the way, and its leader, too, and has the leader's state in the end", async () => {
    const ports = [await freePort(), await freePort()];
    let one = await members.start("one", ports[0], 1, unlimited);
    await until(one.leads);
    const client = await members.client(ports, 50);
    for (const command of orders(100, 0)) await client.submit(command);
    for (const delay of [0, 30, 100, 300]) {
      const other = await members.start("other", ports[1], 2, unlimited);
      await other.process.line(/its snapshot at sequence \d+ comes|goes on at byte|begins behind the leader/).catch(() => {});
      await wait(delay);
      await other.process.end("SIGKILL");
    }
    const other = await members.start("other", ports[1], 2, unlimited);
    await one.process.end("SIGKILL");
    one = await members.start("one", ports[0], 1, unlimited);
    await until(async () => (await one.leads()) || (await other.leads()));
    await until(async () => ((await one.leads()) ? other.ready() : one.ready()));
    const { position } = await client.submit(orders(1, 500)[0]);
    await client.close();
    strictEqual(await other.process.end("SIGTERM"), 0);
    strictEqual(await one.process.end("SIGTERM"), 0);
    const [ones, others] = ["one", "other"].map((name) => verifyFolder(nodeFileSystem, members.log(name)));
    ok(ones.through >= position.sequence && others.through >= position.sequence);
    deepStrictEqual([others.stateHash, others.openOrders], [ones.stateHash, ones.openOrders]);
    deepStrictEqual(
      readdirSync(members.log("other")).filter((name) => /incoming|received$|part$/.test(name)),
      [],
    );
  });
});
