import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import {
  FileJournal,
  type FileJournalOptions,
  JournalCorrupt,
  JournalFailed,
  JournalFull,
  JournalTooOld,
  JournalUnusable,
  RecordKind,
} from "../../../workloads/journal";
import { Random, SimulatedDisk } from "./simulated-disk";

const small = { folder: "log", shard: 7, segmentBytes: 32_768, groupBytes: 4096, groups: 2 };

/** A journal on a simulated disk whose commits run when the test says so. */
function open(disk: SimulatedDisk, options: Partial<FileJournalOptions> = {}) {
  const due: (() => void)[] = [];
  const journal = new FileJournal({ ...small, fileSystem: disk, clock: () => 1_000_000, schedule: (run) => due.push(run), ...options });
  const runDue = () => {
    for (let run = due.shift(); run; run = due.shift()) run();
  };
  return { journal, due, runDue };
}

function append(journal: FileJournal, text: string): number {
  const bytes = Buffer.from(text);
  ok(journal.claim(bytes.length, 0), "the queue has room");
  journal.payload.set(bytes, journal.payloadStart);
  return journal.append(RecordKind.COMMAND, journal.payloadStart + bytes.length);
}

async function contents(disk: SimulatedDisk, from = 1): Promise<string[]> {
  const { journal } = open(disk);
  const found: string[] = [];
  try {
    await journal.recover(from, (_kind, epoch, sequence, bytes, start, end) => {
      found.push(`${epoch}.${sequence} ${Buffer.from(bytes.subarray(start, end)).toString()}`);
    });
  } finally {
    await journal.close();
  }
  return found;
}

/** A disk with three groups: sequences 1, 2 to 3, and 4. Returns the only segment's path. */
async function threeGroups(disk: SimulatedDisk): Promise<string> {
  const { journal, runDue } = open(disk);
  await journal.recover(1, () => {});
  append(journal, "one");
  journal.commit();
  append(journal, "two");
  append(journal, "three");
  runDue();
  append(journal, "four");
  journal.commit();
  await journal.close();
  return "log/segment-0000000001.log";
}
const four = ["1.1 one", "1.2 two", "1.3 three", "1.4 four"];

describe("file journal", () => {
  let disk: SimulatedDisk;
  beforeEach(() => {
    disk = new SimulatedDisk(new Random(1));
  });

  it("gives back every record in order, under the epoch that wrote it", async () => {
    await threeGroups(disk);
    const { journal } = open(disk);
    deepStrictEqual(await journal.recover(1, () => {}), { epoch: 2, sequence: 4, torn: undefined });
    append(journal, "five");
    await journal.close();
    deepStrictEqual(await contents(disk), [...four, "2.5 five"]);
    deepStrictEqual(await contents(disk, 4), ["1.4 four", "2.5 five"]);
  });

  it("tells of durability only after the sync, once for a group", async () => {
    const { journal, due } = open(disk);
    await journal.recover(1, () => {});
    const told: number[] = [];
    journal.onDurable = (sequence) => told.push(sequence);
    append(journal, "a");
    journal.commit();
    append(journal, "b");
    journal.commit();
    append(journal, "c");
    journal.commit();
    deepStrictEqual(told, []);
    due.shift()!();
    deepStrictEqual(told, [1], "what came during the sync waits for the next");
    due.shift()!();
    deepStrictEqual(told, [1, 3], "and goes as one group");
    await journal.close();
  });

  it("refuses more than its queue holds, and leaves a reserve to those who may use it", async () => {
    const { journal, runDue } = open(disk);
    await journal.recover(1, () => {});
    const text = "x".repeat(900);
    append(journal, text);
    journal.commit();
    for (let i = 0; i < 3; i++) append(journal, text);
    strictEqual(journal.claim(900, 2048), false, "one group waits, the other has less than the reserve left");
    strictEqual(journal.claim(900, 0), true);
    append(journal, text);
    strictEqual(journal.claim(900, 0), false);
    runDue();
    strictEqual(journal.claim(900, 2048), true);
    await journal.close();
  });

  it("cuts an interrupted write, reports it, and goes on", async () => {
    const { journal, runDue } = open(disk);
    await journal.recover(1, () => {});
    append(journal, "acknowledged");
    journal.commit();
    runDue();
    append(journal, "x".repeat(3000));
    disk.crashAfter = 2;
    journal.commit();
    runDue();
    ok(disk.crashed, "the crash came between write and sync");
    let cut = 0;
    for (let seed = 0; seed < 40; seed++) {
      const copy = await tornCopy(seed);
      const again = open(copy);
      const recovery = await again.journal.recover(1, () => {});
      if (recovery.torn) {
        cut++;
        match(recovery.torn, /segment-0000000001\.log: an interrupted write of \d+ bytes at offset 1024 was cut/);
      }
      strictEqual(append(again.journal, "next"), recovery.sequence + 1);
      await again.journal.close();
      const found = await contents(copy);
      strictEqual(found[0], "1.1 acknowledged");
      strictEqual(found.at(-1), `2.${recovery.sequence + 1} next`);
    }
    ok(cut > 10, `${cut} of 40 crashes left a torn tail`);
  });

  async function tornCopy(seed: number): Promise<SimulatedDisk> {
    const copy = new SimulatedDisk(new Random(seed));
    const { journal, runDue } = open(copy);
    await journal.recover(1, () => {});
    append(journal, "acknowledged");
    journal.commit();
    runDue();
    append(journal, "x".repeat(3000));
    copy.crashAfter = 2;
    journal.commit();
    runDue();
    copy.restart();
    return copy;
  }

  it("makes durable what it finds of a group that was never synced, before anybody sees it", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const copy = new SimulatedDisk(new Random(seed));
      const { journal, runDue } = open(copy);
      await journal.recover(1, () => {});
      append(journal, "written, not synced");
      copy.failNext = "sync";
      journal.commit();
      runDue();
      await journal.close();
      deepStrictEqual(await contents(copy), ["1.1 written, not synced"]);
      copy.crash();
      copy.restart();
      deepStrictEqual(await contents(copy), ["1.1 written, not synced"]);
    }
  });

  it("stops the start at any flipped bit in a group, the last included, naming file and offset", async () => {
    const path = await threeGroups(disk);
    const used = 512 * 4;
    for (let bit = 512 * 8; bit < used * 8; bit += 7) {
      if (disk.bytes(path)[bit >> 3] === 0) continue; // padding between groups is covered by no checksum
      disk.flipBit(path, bit);
      await rejects(contents(disk), (error: unknown) => {
        ok(error instanceof JournalCorrupt, String(error));
        strictEqual(error.file, path);
        strictEqual(error.offset, Math.floor(bit / 8 / 512) * 512);
        match(error.message, /bourse-exchange journal check/);
        return true;
      });
      disk.flipBit(path, bit);
    }
    deepStrictEqual(await contents(disk), four);
  });

  it("stops the start when a group in the middle, a file or the end of a file is missing", async () => {
    const path = await threeGroups(disk);
    const group = disk.bytes(path).slice(1024, 1536);
    disk.bytes(path).fill(0, 1024, 1536);
    await rejects(contents(disk), /corrupt at offset 1024.*a later group at offset 1536 is whole/);
    disk.bytes(path).set(group, 1024);
    disk.truncate(path, 1536);
    await rejects(contents(disk), /corrupt at offset 1536: it has 1536 of 32768 bytes/);
  });

  it("rotates to prepared segments and drops old ones only behind what must be kept", async () => {
    const { journal, runDue } = open(disk);
    await journal.recover(1, () => {});
    for (let i = 0; i < 40; i++) {
      append(journal, String(i).padEnd(3000, "."));
      journal.commit();
      runDue();
    }
    await journal.close();
    const before = disk.paths().filter((path) => path.endsWith(".log"));
    ok(before.length >= 4, before.join());
    strictEqual((await contents(disk)).length, 40);

    const again = open(disk);
    await again.journal.recover(30, () => {});
    again.journal.retain(30);
    ok(again.journal.first > 1 && again.journal.first <= 30, `the oldest kept is ${again.journal.first}`);
    await rejects(async () => {
      for await (const group of again.journal.read(1, 40)) group.visit(() => {});
    }, JournalTooOld);
    await again.journal.close();
    strictEqual((await contents(disk, 30)).length, 11);
    await rejects(contents(disk, 1), JournalTooOld);
    const [middle] = disk
      .paths()
      .filter((path) => path.endsWith(".log"))
      .slice(1);
    disk.remove(middle);
    await rejects(contents(disk, 30), /segment-\d+\.log before it is missing/);
  });

  it("refuses on a full disk before anything is logged, and goes on when there is space", async () => {
    const { journal, runDue } = open(disk);
    await journal.recover(1, () => {});
    disk.capacity = 2 * 32_768;
    let accepted = 0;
    const fill = () => {
      for (;;) {
        append(journal, "z".repeat(2000));
        accepted++;
        journal.commit();
        runDue();
      }
    };
    throws(fill, (error: unknown) => error instanceof JournalFull && /disk of log is full \(ENOSPC\)/.test(error.message));
    ok(accepted > 10);
    strictEqual(journal.durable, accepted, "all that was accepted is durable");
    disk.capacity = Number.POSITIVE_INFINITY;
    journal.commit();
    append(journal, "small");
    journal.commit();
    runDue();
    append(journal, "z".repeat(2000));
    await journal.close();
    strictEqual((await contents(disk)).length, accepted + 2);
  });

  it("refuses beyond its space limit and names it", async () => {
    const { journal, runDue } = open(disk, { spaceLimit: 65_536 });
    await journal.recover(1, () => {});
    throws(() => {
      for (;;) {
        append(journal, "z".repeat(2000));
        journal.commit();
        runDue();
      }
    }, /the log in log has 65536 bytes and may have 65536/);
    await journal.close();
  });

  it("takes nothing more after a failed sync, and says so to those who wait", async () => {
    const { journal, runDue } = open(disk);
    await journal.recover(1, () => {});
    const failures: Error[] = [];
    journal.onFailed = (error) => failures.push(error);
    append(journal, "maybe");
    disk.failNext = "sync";
    journal.commit();
    runDue();
    strictEqual(journal.durable, 0);
    match(failures[0].message, /the command log in log cannot be written: EIO/);
    throws(() => append(journal, "no"), JournalFailed);
    await journal.close();
  });

  it("belongs to one owner and one shard", async () => {
    const { journal } = open(disk);
    throws(
      () => open(disk),
      (error: unknown) => error instanceof JournalUnusable && /in use by another process/.test(error.message),
    );
    await journal.recover(1, () => {});
    append(journal, "mine");
    await journal.close();
    const other = open(disk, { shard: 8 });
    await rejects(
      other.journal.recover(1, () => {}),
      /it belongs to shard 7, not 8/,
    );
  });

  it("refuses options that cannot work", () => {
    throws(() => open(disk, { segmentBytes: 16_384 }), /segmentBytes is 16384, it must be a multiple of 512 and at least 18432/);
    throws(() => open(disk, { groups: 1 }), /groups is 1, it must be from 2 to 16/);
    throws(() => open(disk, { shard: 70_000 }), /shard is 70000/);
  });
});
