/** Bytes that are whole by themselves, with the right checksums, and yet do not belong where they are: left from elsewhere, moved, or put there. */

import { deepStrictEqual, rejects } from "node:assert/strict";
import { FileJournal, RecordKind } from "../../../workloads/journal";
import { crc32cWords } from "../../../workloads/journal/crc32c";
import {
  frameOf,
  GROUP_HEADER,
  RECORD_HEADER,
  readGroupHeader,
  readSegmentHeader,
  recordBytes,
  SECTOR,
  type SegmentHeader,
  sealGroup,
  writeSegmentHeader,
} from "../../../workloads/journal/layout";
import { Random, SimulatedDisk } from "./simulated-disk";

const firstFile = "log/segment-0000000001.log";
const secondFile = "log/segment-0000000002.log";
/** Words of a record's header, and of a group's. */
const [EPOCH, SEQUENCE, PAYLOAD] = [3, 4, RECORD_HEADER / 4];
const GROUP_EPOCH = 8;

function openOn(disk: SimulatedDisk) {
  const due: (() => void)[] = [];
  const journal = new FileJournal({
    folder: "log",
    shard: 7,
    segmentBytes: 32_768,
    groupBytes: 4096,
    groups: 2,
    fileSystem: disk,
    clock: () => 1_000_000,
    schedule: (run) => due.push(run),
  });
  const append = (text: string) => {
    const bytes = Buffer.from(text);
    journal.claim(bytes.length, 0);
    journal.payload.set(bytes, journal.payloadStart);
    journal.append(RecordKind.COMMAND, journal.payloadStart + bytes.length);
  };
  const commit = () => {
    journal.commit();
    for (let run = due.shift(); run; run = due.shift()) run();
  };
  return { journal, append, commit };
}

/** Starts on the disk and appends groups of records; each group takes one sector. */
async function appendGroups(disk: SimulatedDisk, groups: string[][]): Promise<void> {
  const { journal, append, commit } = openOn(disk);
  await journal.recover(1, () => {});
  for (const group of groups) {
    for (const text of group) append(text);
    commit();
  }
  await journal.close();
}

async function contents(disk: SimulatedDisk): Promise<string[]> {
  const { journal } = openOn(disk);
  const found: string[] = [];
  try {
    await journal.recover(1, (_kind, _epoch, _sequence, bytes, start, end) =>
      found.push(Buffer.from(bytes.subarray(start, end)).toString()),
    );
  } finally {
    await journal.close();
  }
  return found;
}

const groups = [["one"], ["two", "three"], ["four"]];
const all = groups.flat();

describe("a log with bytes that do not belong where they are", () => {
  let disk: SimulatedDisk;
  /** Of the first file. */
  let words: Int32Array;
  const wordsOf = (path: string) => new Int32Array(disk.bytes(path).buffer);
  /** Where group `n` begins in `words`; the first sector is the file's header. */
  const groupAt = (n: number) => ((n + 1) * SECTOR) / 4;
  const recordAt = (group: number) => groupAt(group) + GROUP_HEADER / 4;
  const chainBefore = (group: number) => (group === 0 ? 0 : readGroupHeader(words, groupAt(group - 1) * 4)!.checksum);
  const reseal = (group: number) => sealGroup(words, groupAt(group) * 4, chainBefore(group));

  beforeEach(async () => {
    disk = new SimulatedDisk(new Random(1));
    await appendGroups(disk, groups);
    words = wordsOf(firstFile);
    deepStrictEqual(await contents(disk), all);
  });

  it("stops at a group of another log, though it bears the sequence that must follow", async () => {
    const other = new SimulatedDisk(new Random(2));
    await appendGroups(other, [["another one"], ["two", "three"], ["four"]]);
    disk.bytes(firstFile).set(other.bytes(firstFile).subarray(2 * SECTOR, 3 * SECTOR), 2 * SECTOR);
    await rejects(contents(disk), /corrupt at offset 1024: the group of sequence 2 does not continue the one before/);
  });

  it("stops at a group of an epoch that has ended, as one that has lost its leadership writes it", async () => {
    await appendGroups(disk, [["five"], ["six"]]);
    const [group, record] = [groupAt(4), recordAt(4)];
    words[group + GROUP_EPOCH] = words[record + EPOCH] = 1;
    reseal(4);
    await rejects(contents(disk), /corrupt at offset 2560: a group of the stale epoch 1 follows epoch 2/);
  });

  for (const [name, word] of Object.entries({ epoch: EPOCH, sequence: SEQUENCE })) {
    it(`stops at a record of another ${name} than its group says`, async () => {
      words[recordAt(2) + word] += 1;
      reseal(2);
      await rejects(contents(disk), /corrupt at offset 1536: the record of sequence 4 bears another position/);
    });
  }

  it("stops at a group with a record that was put in place of another, with a checksum of its own", async () => {
    const record = recordAt(2);
    words[record + PAYLOAD] ^= 1;
    words[record] = crc32cWords(words, record + 1, record + recordBytes("four".length) / 4);
    await rejects(contents(disk), /corrupt at offset 1536: the checksum of the group of sequence 4 is wrong/);
  });

  describe("over two files", () => {
    beforeEach(async () => {
      await appendGroups(
        disk,
        Array.from({ length: 12 }, (_, n) => [String(n).padEnd(3000, ".")]),
      );
      deepStrictEqual((await contents(disk)).length, all.length + 12);
    });

    const forge = (change: (header: SegmentHeader) => Partial<SegmentHeader>) => {
      const frame = frameOf(disk.bytes(secondFile).buffer);
      const header = readSegmentHeader(frame) as SegmentHeader;
      writeSegmentHeader(frame, { ...header, ...change(header) });
    };

    it("stops at a file that begins at another sequence than the one before ends at", async () => {
      forge(({ firstSequence }) => ({ firstSequence: firstSequence + 1 }));
      await rejects(
        contents(disk),
        /segment-0000000002\.log is corrupt at offset 0: it starts at sequence \d+, but the segment before ends at/,
      );
    });

    it("stops at a file that continues another log", async () => {
      forge(({ chain }) => ({ chain: chain ^ 1 }));
      await rejects(contents(disk), /segment-0000000002\.log is corrupt at offset 0: it does not continue the segment before/);
    });
  });
});
