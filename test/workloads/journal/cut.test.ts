import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { checkFolder, cutLog, FileJournal, LogCursor, RecordKind } from "../../../workloads/journal";
import { Random, SimulatedCrash, SimulatedDisk } from "./simulated-disk";

const SHARD = 7;
const FOLDER = "folder";

function open(disk: SimulatedDisk): FileJournal {
  const files = { folder: FOLDER, shard: SHARD, segmentBytes: 18_432, groupBytes: 4096, groups: 2 };
  return new FileJournal({ ...files, fileSystem: disk, clock: () => 1_000_000, schedule: (run) => run() });
}

/** Appends groups of five records. */
async function append(disk: SimulatedDisk, groups: number): Promise<void> {
  const journal = open(disk);
  await journal.recover(1, () => {});
  for (let group = 0; group < groups; group++) {
    for (let n = 0; n < 5; n++) {
      ok(journal.claim(100 + n, 0));
      journal.payload.fill(journal.appended + 1, journal.payloadStart, journal.payloadStart + 100 + n);
      journal.append(RecordKind.COMMAND, journal.payloadStart + 100 + n);
    }
    journal.commit();
  }
  await journal.close();
}

/** Each record of the log with its position and its bytes, and the time of its group. */
function records(disk: SimulatedDisk): string[] {
  const found: string[] = [];
  const cursor = new LogCursor(disk, FOLDER);
  for (let group = cursor.next(); group; group = cursor.next()) {
    const { time } = group.header;
    group.visit((kind, epoch, sequence, bytes, start, end) => {
      found.push(`${time} ${kind} ${epoch} ${sequence} ${Buffer.from(bytes.subarray(start, end)).toString("hex")}`);
    });
  }
  cursor.close();
  return found;
}

describe("a log that is cut", () => {
  it("ends with the record that it is told, also within a group, and goes on behind it", async () => {
    for (let sequence = 1; sequence < 150; sequence += 7) {
      const disk = new SimulatedDisk(new Random(1));
      await append(disk, 30);
      const before = records(disk);
      strictEqual(before.length, 150);
      const { last, aside } = cutLog(disk, FOLDER, SHARD, { epoch: 1, sequence });
      strictEqual(last, sequence);
      ok(aside.length > 0);
      deepStrictEqual(records(disk), before.slice(0, sequence));
      await append(disk, 2);
      deepStrictEqual(records(disk).slice(0, sequence), before.slice(0, sequence));
      const { damage, last: end } = checkFolder(disk, FOLDER);
      deepStrictEqual([damage, end], [undefined, sequence + 10]);
    }
  });

  it("ends before the first record of a later epoch", async () => {
    const disk = new SimulatedDisk(new Random(1));
    await append(disk, 3);
    await append(disk, 3);
    strictEqual(cutLog(disk, FOLDER, SHARD, { epoch: 1, sequence: 25 }).last, 15);
    strictEqual(records(disk).length, 15);
  });

  it("never lacks what stays, wherever the machine crashes", async () => {
    const ends = new Set<number>();
    for (let calls = 1; ; calls++) {
      const disk = new SimulatedDisk(new Random(calls));
      await append(disk, 30);
      const before = records(disk);
      disk.crashAfter = calls;
      let done = false;
      try {
        cutLog(disk, FOLDER, SHARD, { epoch: 1, sequence: 33 });
        done = true;
      } catch (error) {
        ok(error instanceof SimulatedCrash);
      }
      disk.crash();
      disk.restart();
      const after = records(disk);
      ok(after.length >= 33, `${after.length} records are left after ${calls} calls`);
      deepStrictEqual(after, before.slice(0, after.length));
      ends.add(after.length);
      if (!done) continue;
      strictEqual(after.length, 33);
      break;
    }
    ok(ends.has(150) && ends.has(33));
  });

  it("is refused when nothing of it would be left", async () => {
    const disk = new SimulatedDisk(new Random(1));
    await append(disk, 2);
    throws(
      () => cutLog(disk, FOLDER, SHARD, { epoch: 0, sequence: 10 }),
      /folder has another log than the leader: .* Give this member an empty folder/,
    );
    strictEqual(records(disk).length, 10);
  });
});
