import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FileJournal, RecordKind } from "../../../workloads/journal";
import { crc32c } from "../../../workloads/journal/crc32c";
import { Random, SimulatedDisk } from "./simulated-disk";

const golden = JSON.parse(readFileSync(join(__dirname, "fixtures/format-1.json"), "utf8")) as {
  segmentBytes: number;
  shard: number;
  written: string;
};
const written = Buffer.from(golden.written, "base64");
const PATH = "log/segment-0000000001.log";

function diskWith(bytes: Buffer): SimulatedDisk {
  const disk = new SimulatedDisk(new Random(1));
  const file = disk.open(PATH, "create");
  file.write(new Uint8Array(golden.segmentBytes), 0, golden.segmentBytes, 0);
  file.write(bytes, 0, bytes.length, 0);
  file.sync();
  disk.syncFolder();
  return disk;
}

function journalOn(disk: SimulatedDisk) {
  const due: (() => void)[] = [];
  const sizes = { segmentBytes: golden.segmentBytes, groupBytes: 4096, groups: 2 };
  const clock = () => 1_700_000_000_000_000;
  const journal = new FileJournal({
    folder: "log",
    shard: golden.shard,
    ...sizes,
    fileSystem: disk,
    clock,
    schedule: (run) => due.push(run),
  });
  return { journal, due };
}

const records: [RecordKind, string][] = [
  [RecordKind.COMMAND, "first"],
  [RecordKind.COMMAND, "second, of another length"],
  [RecordKind.SKIP, '{"sequence":2}'],
];

describe("log format 1", () => {
  it("is read from a file that was written when it was new", async () => {
    const { journal } = journalOn(diskWith(written));
    const found: [RecordKind, string][] = [];
    const recovery = await journal.recover(1, (kind, _epoch, _sequence, bytes, start, end) => {
      found.push([kind, Buffer.from(bytes.subarray(start, end)).toString()]);
    });
    deepStrictEqual(found, records);
    deepStrictEqual(recovery, { epoch: 2, sequence: 3, torn: undefined });
    await journal.close();
  });

  it("is still written byte for byte", async () => {
    const disk = new SimulatedDisk(new Random(1));
    const { journal, due } = journalOn(disk);
    await journal.recover(1, () => {});
    for (const [kind, text] of records) {
      journal.claim(text.length, 0);
      journal.payload.set(Buffer.from(text), journal.payloadStart);
      const sequence = journal.append(kind, journal.payloadStart + text.length);
      if (sequence === 2) continue;
      journal.commit();
      due.shift()!();
    }
    await journal.close();
    strictEqual(Buffer.from(disk.bytes(PATH)).subarray(0, written.length).toString("hex"), written.toString("hex"));
  });

  it("of a later version is refused by name, not taken for damage of the content", async () => {
    const later = Buffer.from(written);
    later.writeUInt16LE(2, 4);
    later.writeUInt32LE(crc32c(later, 0, 508), 508);
    const { journal } = journalOn(diskWith(later));
    await rejects(
      journal.recover(1, () => {}),
      (error: Error) => {
        match(error.message, /it has format 2, this program reads up to 1/);
        return true;
      },
    );
    await journal.close();
  });
});
