import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  frameOf,
  GROUP_HEADER,
  RECORD_HEADER,
  RecordKind,
  recordBytes,
  writeGroupHeader,
  writeRecordHeader,
} from "../../../workloads/journal/layout";
import { layOutGroup, OpenGroup } from "../../../workloads/journal/open-group";
import { Random } from "./simulated-disk";

const SLOT = 16_384;
const place = { time: 1_700_000_000_000_000, epoch: 3, shard: 7 };

/** Memory in which something has been before. */
const used = (random: Random) => {
  const frame = frameOf(new SharedArrayBuffer(SLOT));
  for (let at = 0; at < SLOT; at++) frame.bytes[at] = 1 + random.integer(255);
  return frame;
};

describe("a group on its way to the disk", () => {
  it("is laid out with a header before each record and zeros behind payloads that do not end at a multiple of 8", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new Random(seed);
      const open = new OpenGroup(used(random));
      // Sequences whose lower word comes to its end among them.
      const firstSequence = 2 ** 32 - 5 + random.integer(10);
      const expected = frameOf(new ArrayBuffer(SLOT));
      let at = GROUP_HEADER;
      const expect = (kind: RecordKind, payload: Uint8Array) => {
        expected.bytes.set(payload, at + RECORD_HEADER);
        writeRecordHeader(expected, at, kind, place.shard, place.epoch, firstSequence + open.count, payload.length);
        at += recordBytes(payload.length);
      };
      for (let turn = 0; turn < 12; turn++) {
        if (random.integer(2) === 0) {
          const payload = Uint8Array.from({ length: random.integer(200) }, () => random.integer(256));
          const kind = random.integer(2) === 0 ? RecordKind.COMMAND : RecordKind.SKIP;
          expect(kind, payload);
          open.slot.bytes.set(payload, open.payloadStart);
          open.append(kind, open.payloadStart + payload.length);
          continue;
        }
        const lengths = Uint16Array.from({ length: 1 + random.integer(8) }, () => 8 * random.integer(12));
        const longs = BigInt64Array.from({ length: 200 }, () => BigInt(random.integer(2 ** 31)));
        let from = 8 * random.integer(4);
        const start = from >> 3;
        const bytes = new Uint8Array(longs.buffer);
        // What is expected of each counts from those before it.
        const before = open.count;
        for (const [n, length] of lengths.entries()) {
          expected.bytes.set(bytes.subarray(from, from + length), at + RECORD_HEADER);
          writeRecordHeader(expected, at, RecordKind.COMMAND, place.shard, place.epoch, firstSequence + before + n, length);
          at += recordBytes(length);
          from += length;
        }
        open.appendAll(RecordKind.COMMAND, longs, start, lengths, lengths.length);
      }
      strictEqual(open.length, at);
      open.close({ ...place, firstSequence });
      writeGroupHeader(expected.words, 0, { ...place, firstSequence, length: at, count: open.count });
      const laidOut = used(random);
      strictEqual(layOutGroup(open.slot, laidOut), at);
      deepStrictEqual(laidOut.bytes.slice(0, at), expected.bytes.slice(0, at));
    }
  });

  it("may fill its slot to the last byte with records that have no payload", () => {
    const open = new OpenGroup(used(new Random(1)));
    while (open.length + RECORD_HEADER <= SLOT) open.append(RecordKind.COMMAND, open.payloadStart);
    open.close({ ...place, firstSequence: 1 });
    const laidOut = frameOf(new ArrayBuffer(SLOT));
    strictEqual(layOutGroup(open.slot, laidOut), open.length);
    strictEqual(laidOut.words[3], Math.floor((SLOT - GROUP_HEADER) / RECORD_HEADER));
  });

  it("begins anew in the next slot", () => {
    const open = new OpenGroup(used(new Random(1)));
    open.append(RecordKind.COMMAND, open.payloadStart + 16);
    open.close({ ...place, firstSequence: 1 });
    const next = used(new Random(2));
    open.begin(next);
    deepStrictEqual([open.slot, open.length, open.count, open.payloadStart], [next, GROUP_HEADER, 0, GROUP_HEADER]);
    open.append(RecordKind.SKIP, open.payloadStart + 24);
    open.close({ ...place, firstSequence: 2 });
    const laidOut = frameOf(new ArrayBuffer(SLOT));
    layOutGroup(next, laidOut);
    deepStrictEqual(
      [laidOut.words[3], laidOut.words[(GROUP_HEADER >> 2) + 1], laidOut.words[(GROUP_HEADER >> 2) + 2] >>> 16],
      [1, 24, RecordKind.SKIP],
    );
  });
});
