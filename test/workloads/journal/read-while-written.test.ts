/** Reports read a log while the shard writes it: what comes between two reads is no damage. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { checkFolder, FileJournal, type FileSystem, LogCursor, RecordKind } from "../../../workloads/journal";
import { Random, SimulatedDisk } from "./simulated-disk";

const GROUPS = 150;

/** A journal of `GROUPS` groups at most, whose next one is written by each call. */
async function writer(disk: SimulatedDisk) {
  const due: (() => void)[] = [];
  const files = { folder: "log", shard: 7, segmentBytes: 32_768, groupBytes: 4096, groups: 2 };
  const journal = new FileJournal({ ...files, fileSystem: disk, clock: () => 1_000_000, schedule: (run) => due.push(run) });
  await journal.recover(1, () => {});
  return {
    journal,
    write() {
      if (journal.appended === GROUPS) return;
      ok(journal.claim(500 + (journal.appended % 7) * 100, 0));
      journal.payload.fill(1, journal.payloadStart, journal.payloadStart + 500);
      journal.append(RecordKind.COMMAND, journal.payloadStart + 500);
      journal.commit();
      for (let run = due.shift(); run; run = due.shift()) run();
    },
  };
}

/** The disk as another process sees it: `between` runs after each read of a file, and while it waits. */
function seenFrom(disk: SimulatedDisk, between: () => void): FileSystem {
  return {
    ...disk.mount(),
    list: (folder) => disk.list(folder),
    open(path, mode) {
      const file = disk.open(path, mode);
      return {
        path,
        size: () => file.size(),
        read(bytes, start, end, offset) {
          const count = file.read(bytes, start, end, offset);
          between();
          return count;
        },
        write: (bytes, start, end, offset) => file.write(bytes, start, end, offset),
        sync: () => file.sync(),
        close: () => file.close(),
      };
    },
    pause: between,
  };
}

describe("a log that another process writes", () => {
  it("is read as far as it is at that moment, whatever comes between two reads", async () => {
    for (let pace = 1; pace <= 12; pace++) {
      const disk = new SimulatedDisk(new Random(pace));
      const { journal, write } = await writer(disk);
      for (let count = 0; count < 3 * pace; count++) write();
      let reads = 0;
      const fileSystem = seenFrom(disk, () => {
        if (++reads % pace === 0) write();
      });
      while (journal.durable < GROUPS) {
        const before = journal.durable;
        const { damage, torn, first, last } = checkFolder(fileSystem, "log");
        deepStrictEqual([damage, torn, first], [undefined, undefined, 1], `every ${pace} reads, from ${before} on`);
        ok(last >= before, `${last} of at least ${before} were read`);
      }
      await journal.close();
    }
  });

  it("is read again where a write is seen half, and damaged when it stays so", async () => {
    const disk = new SimulatedDisk(new Random(1));
    const { journal, write } = await writer(disk);
    for (let count = 0; count < 5; count++) write();
    await journal.close();
    const path = "log/segment-0000000001.log";
    const whole = disk.bytes(path).slice();
    const at = whole.lastIndexOf(1) - 10;
    const half = (heals: number) => {
      let waits = 0;
      const bytes = disk.bytes(path);
      bytes.set(whole);
      bytes[at] = 0;
      const pause = () => {
        if (++waits === heals) bytes.set(whole);
      };
      const cursor = new LogCursor({ ...seenFrom(disk, () => {}), pause }, "log");
      let groups = 0;
      while (cursor.next()) groups++;
      return groups;
    };
    strictEqual(half(3), 5);
    let fault = "";
    try {
      half(Number.POSITIVE_INFINITY);
    } catch (error) {
      fault = (error as Error).message;
    }
    ok(/segment-0000000001\.log is corrupt at offset \d+: the checksum of the record of sequence 5 is wrong/.test(fault), fault);
  });
});
