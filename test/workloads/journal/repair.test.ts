import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { checkFolder, FileJournal, LogCursor, RecordKind, repairFolder, SnapshotStore, snapshotAhead } from "../../../workloads/journal";
import { Random, SimulatedCrash, SimulatedDisk } from "./simulated-disk";

const SHARD = 7;
const FOLDER = "folder";
const RECORDS = 150;
const state = new Uint8Array(3_000).map((_, n) => n % 251);

function open(disk: SimulatedDisk): FileJournal {
  const files = { folder: FOLDER, shard: SHARD, segmentBytes: 18_432, groupBytes: 4096, groups: 2 };
  return new FileJournal({ ...files, fileSystem: disk, clock: () => 1_000_000, schedule: (run) => run() });
}

/** A log of 30 groups of five records in two files, with snapshots. */
async function folderWith(snapshots: number[], seed = 1): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(new Random(seed));
  const journal = open(disk);
  await journal.recover(1, () => {});
  for (let n = 0; n < RECORDS; n++) {
    ok(journal.claim(100, 0));
    journal.payload.fill(n, journal.payloadStart, journal.payloadStart + 100);
    journal.append(RecordKind.COMMAND, journal.payloadStart + 100);
    if (n % 5 === 4) journal.commit();
  }
  await journal.close();
  for (const sequence of snapshots) new SnapshotStore(disk, FOLDER, SHARD).write({ epoch: 1, sequence, state });
  return disk;
}

/** File and offset of the group that has a record. */
function placeOf(disk: SimulatedDisk, sequence: number): { file: string; offset: number } {
  const cursor = new LogCursor(disk, FOLDER, sequence);
  try {
    const { file, offset } = cursor.next()!;
    return { file, offset };
  } finally {
    cursor.close();
  }
}

/** Changes a bit of a file for good. */
function flip(disk: SimulatedDisk, path: string, offset: number): void {
  const file = disk.open(path, "write");
  file.write(Uint8Array.of(disk.bytes(path)[offset] ^ 4), 0, 1, offset);
  file.sync();
  file.close();
}

function damage(disk: SimulatedDisk, ...sequences: number[]): void {
  const places = sequences.map((sequence) => placeOf(disk, sequence));
  for (const { file, offset } of places) flip(disk, file, offset + 60);
}

/** Sequences from the newest snapshot's on, as a start finds them; then the folder takes a record and is whole. */
async function started(disk: SimulatedDisk): Promise<{ snapshot: number | undefined; first: number | undefined; last: number }> {
  const journal = open(disk);
  const snapshot = new SnapshotStore(disk, FOLDER, SHARD).newest(Number.MAX_SAFE_INTEGER, () => {})?.sequence;
  const found: number[] = [];
  const { sequence: last } = await journal.recover((snapshot ?? 0) + 1, (_kind, _epoch, sequence, bytes, start) => {
    strictEqual(bytes[start], sequence - 1);
    found.push(sequence);
  });
  deepStrictEqual(
    found,
    found.map((_, n) => found[0] + n),
  );
  ok(journal.claim(100, 0));
  journal.append(RecordKind.COMMAND, journal.payloadStart + 100);
  journal.commit();
  await journal.close();
  const report = checkFolder(disk, FOLDER);
  deepStrictEqual([report.damage, report.last, report.snapshots.some((each) => each.damage)], [undefined, last + 1, false]);
  return { snapshot, first: found[0], last };
}

describe("the repair of a folder", () => {
  it("ends the log before its first damage where no snapshot is ahead of it", async () => {
    for (const snapshots of [[], [20]]) {
      const disk = await folderWith(snapshots);
      damage(disk, 43);
      strictEqual(snapshotAhead(checkFolder(disk, FOLDER)), undefined);
      strictEqual(repairFolder(disk, FOLDER).last, 40);
      strictEqual((await started(disk)).last, 40);
    }
  });

  it("loses nothing of the state where a snapshot is ahead of the damage, in the same file or a later one", async () => {
    for (let at = 1; at <= 100; at += 5) {
      const disk = await folderWith([20, 102]);
      damage(disk, at);
      ok(checkFolder(disk, FOLDER).damage);
      strictEqual(snapshotAhead(checkFolder(disk, FOLDER)), 102);
      const { last, aside } = repairFolder(disk, FOLDER);
      ok(aside.length > 0);
      strictEqual(last, RECORDS);
      deepStrictEqual(await started(disk), { snapshot: 102, first: 103, last: RECORDS });
    }
  });

  it("keeps of the log all that is whole behind the last damage before the snapshot, and ends it before the first one behind", async () => {
    const disk = await folderWith([92]);
    damage(disk, 11, 26, 122);
    strictEqual(repairFolder(disk, FOLDER).last, 120);
    strictEqual(checkFolder(disk, FOLDER).first, 31);
    deepStrictEqual(await started(disk), { snapshot: 92, first: 93, last: 120 });
  });

  it("begins a log behind the snapshot where none of it is whole there", async () => {
    const disk = await folderWith([92]);
    damage(disk, ...Array.from({ length: 25 }, (_, n) => 26 + n * 5));
    strictEqual(repairFolder(disk, FOLDER).last, 92);
    deepStrictEqual(await started(disk), { snapshot: 92, first: undefined, last: 92 });
  });

  it("takes no records that follow a gap behind the snapshot", async () => {
    const disk = await folderWith([92]);
    damage(disk, 88, 93, 98);
    strictEqual(repairFolder(disk, FOLDER).last, 92);
    deepStrictEqual(await started(disk), { snapshot: 92, first: undefined, last: 92 });
  });

  it("goes on from a snapshot that the log does not reach, since its end is missing", async () => {
    const disk = await folderWith([20, 120]);
    const [, ...later] = disk.list(FOLDER).filter((name) => name.endsWith(".log"));
    for (const name of later) disk.remove(`${FOLDER}/${name}`);
    const report = checkFolder(disk, FOLDER);
    strictEqual(report.damage, undefined);
    ok(report.last < 120);
    strictEqual(snapshotAhead(report), 120);
    strictEqual(repairFolder(disk, FOLDER).last, 120);
    deepStrictEqual(await started(disk), { snapshot: 120, first: undefined, last: 120 });
  });

  it("finds the groups of a file whose header is damaged", async () => {
    const disk = await folderWith([120]);
    const { file } = placeOf(disk, RECORDS);
    const begins = checkFolder(disk, FOLDER).segments.find(({ path }) => path === file)!.firstSequence;
    flip(disk, file, 20);
    const report = checkFolder(disk, FOLDER);
    match(report.damage!.what, /the segment header is damaged/);
    deepStrictEqual([report.shard, report.first, report.last], [SHARD, 1, begins - 1]);
    strictEqual(repairFolder(disk, FOLDER).last, RECORDS);
    deepStrictEqual(await started(disk), { snapshot: 120, first: 121, last: RECORDS });
  });

  it("passes over a damaged snapshot, and takes no log to be ahead for its sake", async () => {
    const disk = await folderWith([20, 102]);
    damage(disk, 43);
    const newest = new SnapshotStore(disk, FOLDER, SHARD).path(102);
    flip(disk, newest, 500);
    strictEqual(snapshotAhead(checkFolder(disk, FOLDER)), undefined);
    ok(repairFolder(disk, FOLDER).aside.includes(`${newest}.removed`));
    deepStrictEqual(await started(disk), { snapshot: 20, first: 21, last: 40 });
  });

  it("never lacks what was behind the damage, wherever the machine crashes", async () => {
    for (const [places, expected] of [
      [[58], RECORDS],
      [[88, 93, 98], 92],
    ] as const) {
      for (let calls = 1, done = false; !done; calls++) {
        const disk = await folderWith([92], calls);
        damage(disk, ...places);
        disk.crashAfter = calls;
        try {
          repairFolder(disk, FOLDER);
          done = true;
        } catch (error) {
          ok(error instanceof SimulatedCrash, String(error));
        }
        disk.crash();
        disk.restart();
        repairFolder(disk, FOLDER);
        const found = await started(disk);
        deepStrictEqual([found.snapshot, found.last], [92, expected], `after ${calls} calls`);
      }
    }
  });
});
