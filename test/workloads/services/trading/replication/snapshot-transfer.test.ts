import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { nodeFileSystem, SnapshotStore } from "../../../../../workloads/journal";
import { verifyFolder } from "../../../../../workloads/services/trading";
import type { Member, MemberOptions } from "../../../../../workloads/services/trading/replication";
import { KeptLog } from "../../../../../workloads/services/trading/replication/kept-log";
import { pieceFrame, readPiece } from "../../../../../workloads/services/trading/replication/snapshot-frames";
import { until } from "../../until";
import { limitOrder, openMarket, START_TIME } from "../command-mix";
import { isReady, leads, Members, SHARD, submitAll } from "./members";

/** A log whose files fill soon and are dropped as soon as they may be. */
const shortLog: Partial<MemberOptions> = {
  segmentBytes: 10_240,
  groupBytes: 2048,
  groups: 2,
  reserveBytes: 0,
  keepLogBytes: 1,
  pinnedLogBytes: 1,
  pieceBytes: 1000,
};

const orders = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => limitOrder(1 + (n % 2), n % 2, 100, 1, START_TIME + 1000 + from + n));

describe("a member whose leader has cut its log", function () {
  this.timeout(60_000);
  let members: Members;
  beforeEach(() => {
    members = new Members();
  });
  afterEach(() => members.remove());

  /** A leader whose log begins behind a snapshot, and a client of it. */
  const leaderWithCutLog = async (more: Partial<MemberOptions> = {}) => {
    const one = await members.start("one", { ...shortLog, ...more });
    await leads(one);
    const client = await members.client();
    for (const command of openMarket(2)) await client.submit(command);
    for (let round = 0; round < 3; round++) {
      for (const command of orders(60, round * 60)) await client.submit(command);
      await one.shard!.snapshot();
    }
    strictEqual(readdirSync(members.folder("one")).includes("segment-0000000001.log"), false);
    return { one, client };
  };

  const hashOf = async (member: Member, name: string) => {
    await members.stop(member);
    return verifyFolder(nodeFileSystem, members.folder(name)).stateHash;
  };

  it("takes over its newest snapshot and the log behind it, comes in sync, and leads", async () => {
    const { one, client } = await leaderWithCutLog();
    const other = await members.start("other", shortLog);
    await isReady(other);
    deepStrictEqual(new SnapshotStore(nodeFileSystem, members.folder("other"), SHARD).sequences(), [190]);
    ok(
      members.reports.some((text) =>
        /^other: the leader no longer has the log that this member lacks: its snapshot at sequence 190/.test(text),
      ),
    );
    ok(members.reports.some((text) => /^other: (\d+) of \1 bytes of the leader's snapshot at sequence 190 have come/.test(text)));
    strictEqual(other.snapshotBytesMissing, 0);
    await submitAll(client, orders(30, 500));
    strictEqual(other.sequence, 220);
    await members.stop(one);
    await leads(other);
    const [{ position }] = await submitAll(client, orders(1, 600));
    deepStrictEqual([position.epoch, position.sequence], [2, 221]);
    await client.close();
    await members.stop(other);
    const verified = verifyFolder(nodeFileSystem, members.folder("other"));
    deepStrictEqual([verified.from, verified.through], [191, 221]);
  });

  it("sets aside what it had, when that ends before the log that is kept", async () => {
    const { one, client } = await leaderWithCutLog();
    const late = await members.start("late", shortLog);
    await isReady(late);
    await members.stop(late);
    for (let round = 0; round < 3; round++) {
      for (const command of orders(60, 1_000 + round * 60)) await client.submit(command);
      await one.shard!.snapshot();
    }
    const back = await members.start("late", shortLog);
    await isReady(back);
    strictEqual(back.sequence, 370);
    ok(
      members.reports.some((text) =>
        /^late: .* begins behind the leader's snapshot at sequence 370 now\. What this member had was set aside/.test(text),
      ),
    );
    const names = readdirSync(members.folder("late"));
    ok(names.includes("snapshot-0000000000000190.bin.removed") && names.includes("segment-0000000001.log.removed"), names.join());
    await client.close();
    const hashes = [await hashOf(one, "one"), await hashOf(back, "late")];
    strictEqual(hashes[0], hashes[1]);
  });

  it("is a shadow behind the snapshot, too, when its code is another", async () => {
    const { one, client } = await leaderWithCutLog();
    const shadow = await members.start("shadow", { ...shortLog, code: "next", agree: 40 });
    await until(() => shadow.role === "shadow" && shadow.sequence === 190);
    await submitAll(client, orders(39, 500));
    await until(() => /39 commands have had the same events/.test(shadow.unready ?? ""));
    strictEqual(one.copies!.inSync, 0);
    await submitAll(client, orders(1, 600));
    await isReady(shadow);
    await client.close();
  });

  it("asks for an older snapshot when the newest has changed on the leader's disk", async () => {
    const { one, client } = await leaderWithCutLog({ keepLogBytes: 1 });
    const store = new SnapshotStore(nodeFileSystem, members.folder("one"), SHARD);
    deepStrictEqual(store.sequences(), [190, 130]);
    const file = nodeFileSystem.open(store.path(190), "write");
    file.write(Uint8Array.of(0xa5), 0, 1, 200);
    file.close();
    const other = await members.start("other", shortLog);
    await isReady(other);
    deepStrictEqual(new SnapshotStore(nodeFileSystem, members.folder("other"), SHARD).sequences(), [130]);
    ok(
      members.reports.some((text) =>
        /^other: the leader's snapshot at sequence 190 is not used: the state of the snapshot is damaged/.test(text),
      ),
    );
    await client.close();
    const hash = await hashOf(other, "other");
    strictEqual(one.shard!.stateHash(), hash);
  });

  it("says what it needs while its disk is full, and goes on when there is space", async () => {
    const { client } = await leaderWithCutLog();
    let free = 1_000;
    const other = await members.start("other", { ...shortLog, fileSystem: { ...nodeFileSystem, free: () => free } });
    await until(() => members.reports.some((text) => /^other: .*needs \d+ bytes in .*, where 1000 are free: make space/.test(text)));
    strictEqual(other.role, "starting");
    strictEqual(readdirSync(members.folder("other")).filter((name) => /incoming|received/.test(name)).length, 0);
    free = 1 << 30;
    await isReady(other);
    await client.close();
  });

  it("that only keeps a copy takes it over, too", async () => {
    const { client } = await leaderWithCutLog();
    const copy = await members.start("copy", { ...shortLog, copyOnly: true });
    await until(() => copy.sequence === 190);
    await submitAll(client, orders(20, 500));
    await until(() => copy.sequence === 210);
    strictEqual(copy.role, "copy");
    await client.close();
  });
});

describe("the log that is kept for a copy on its way", () => {
  const pins: number[] = [];
  const pin = (sequence: number) => {
    const at = pins.push(sequence) - 1;
    const set = (to: number) => pins.splice(at, 1, to);
    return { move: set, release: () => set(Number.NaN) };
  };
  const held = () => pins.filter((sequence) => !Number.isNaN(sequence));

  it("stays for a while when its connection ends, and no longer", () => {
    let now = 0;
    const kept = new KeptLog(() => now);
    kept.keep("a", pin(100));
    kept.move("a", 120);
    kept.leave("a");
    now = 60_000;
    kept.expire();
    deepStrictEqual(held(), [120]);
    now = 60_001;
    kept.expire();
    deepStrictEqual(held(), []);
  });

  it("is what the copy needs now, once for each, however long its connection lasts", () => {
    let now = 0;
    const kept = new KeptLog(() => now);
    kept.keep("a", pin(100));
    kept.leave("a");
    kept.keep("a", pin(200));
    kept.keep("b", pin(150));
    now = 1e9;
    kept.expire();
    deepStrictEqual(held(), [200, 150]);
    kept.release("a");
    kept.release("b");
    deepStrictEqual(held(), []);
  });
});

describe("a piece of a snapshot", () => {
  it("is refused with any bit of it changed", () => {
    const frame = pieceFrame(4096, 13, (bytes, start, end) => bytes.fill(7, start, end));
    deepStrictEqual(readPiece(frame, 0, frame.length), { offset: 4096, from: 24, to: 37 });
    for (let bit = 16 * 8; bit < 37 * 8; bit++) {
      const changed = Buffer.from(frame);
      changed[bit >> 3] ^= 1 << (bit & 7);
      let refused = "";
      try {
        readPiece(changed, 0, changed.length);
      } catch (error) {
        refused = (error as Error).message;
      }
      match(refused, /has changed on its way|was announced/, `bit ${bit}`);
    }
  });
});
