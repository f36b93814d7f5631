import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { EventBuffer, encodeCommand, MAX_COMMAND_LENGTH, Side } from "@bourse/engine";
import { FileJournal, RecordKind, SnapshotStore } from "../../../../../workloads/journal";
import { exchanges } from "../../../../../workloads/services/trading";
import { ProtocolError } from "../../../../../workloads/services/trading/remote";
import { LogCopy } from "../../../../../workloads/services/trading/replication/log-copy";
import {
  finishRecords,
  RECORDS_HEADER,
  RecordReader,
  RecordWriter,
  recordRoom,
} from "../../../../../workloads/services/trading/replication/log-frames";
import type { StateMachine } from "../../../../../workloads/services/trading/state-machine";
import { Random, SimulatedDisk } from "../../../journal/simulated-disk";
import { limitOrder, openMarket, START_TIME } from "../command-mix";

const commands = [
  ...openMarket(2),
  ...Array.from({ length: 300 }, (_, n) => limitOrder(1, Side.BUY, 100 - (n % 7), 1 + n, START_TIME + 1000 + n, BigInt(n))),
].map((command) => {
  const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
  return bytes.subarray(0, encodeCommand(command, bytes, 0));
});

function frameOfAll(): Buffer {
  const frame = Buffer.alloc(RECORDS_HEADER + commands.length * (8 + MAX_COMMAND_LENGTH));
  const writer = new RecordWriter();
  let end = RECORDS_HEADER;
  for (const bytes of commands) end = writer.write(frame, end, RecordKind.COMMAND, bytes, 0, bytes.length);
  finishRecords(frame, 0, end, 0, 1, 1);
  return frame.subarray(0, end);
}

async function openCopy(groupBytes: number, schedule: (run: () => void) => void, applied: (machine: StateMachine) => void = () => {}) {
  const fileSystem = new SimulatedDisk(new Random(1));
  const journal = new FileJournal({ folder: "copy", shard: 0, segmentBytes: 1 << 20, groupBytes, groups: 2, fileSystem, schedule });
  const create = () => {
    const machine = exchanges(0).create();
    const [apply, applyAll] = [machine.apply.bind(machine), machine.applyAll!.bind(machine)];
    machine.apply = (...command) => {
      apply(...command);
      applied(machine);
    };
    machine.applyAll = (...run) => {
      applyAll(...run);
      applied(machine);
    };
    return machine;
  };
  const snapshots = new SnapshotStore(fileSystem, "copy", 0);
  const takeSnapshot = () => Promise.reject(new Error("no snapshot was asked for"));
  return LogCopy.open({ journal, snapshots, machines: { ...exchanges(0), create }, takeSnapshot });
}

describe("a member's copy of the log", () => {
  it("applies each command as it was sent, also when a frame goes round the whole queue to a fast disk", async () => {
    const machine = exchanges(0).create();
    for (const [n, bytes] of commands.entries()) machine.apply(bytes, 0, 1, n + 1, new EventBuffer());
    const frame = frameOfAll();
    ok(frame.length > 4 * 4096, "the frame has less than the queue");
    // A frame lies where the one before it ended in what was read.
    for (const start of [0, 8, 4, 3]) {
      const copy = await openCopy(4096, (run) => run());
      const read = Buffer.concat([Buffer.alloc(start), frame]);
      strictEqual(copy.append(read, start, read.length), true);
      deepStrictEqual([copy.sequence, copy.replay.sequence, copy.apart], [commands.length, commands.length, undefined]);
      strictEqual(copy.replay.machine.stateHash(), machine.stateHash());
      await copy.close();
    }
  });

  it("is on its way to the disk before anything is applied", async () => {
    const due: (() => void)[] = [];
    const waiting = new Set<number>();
    const copy = await openCopy(
      1 << 16,
      (run) => due.push(run),
      () => waiting.add(due.length),
    );
    const frame = frameOfAll();
    strictEqual(copy.append(frame, 0, frame.length), true);
    deepStrictEqual([...waiting], [1]);
    while (due.length > 0) due.shift()!();
    strictEqual(copy.durable, commands.length);
    await copy.close();
  });
});

describe("records in frames", () => {
  it("are read as they were written, whatever their length and wherever they lay", () => {
    const writer = new RecordWriter();
    const reader = new RecordReader();
    const source = Buffer.from(Array.from({ length: 128 }, (_, n) => n + 100));
    for (const [length, start] of [0, 1, 4, 7, 8, 12, 16, 55, 56, 60, 64, 72, 88].flatMap((each) => [0, 4, 8, 9].map((at) => [each, at]))) {
      const frame = Buffer.alloc(RECORDS_HEADER + 2 * recordRoom(length), 255);
      const next = writer.write(frame, RECORDS_HEADER, RecordKind.COMMAND, source, start, start + length);
      const end = writer.write(frame, next, RecordKind.SKIP, source, start, start + length);
      finishRecords(frame, 0, end, 0, 7, 2 ** 33);
      const read: unknown[] = [];
      reader.visit(frame, 0, end, (kind, epoch, sequence, bytes, from, until) => {
        read.push([kind, epoch, sequence, Buffer.from(bytes.subarray(from, until)).toString("hex")]);
      });
      const payload = source.toString("hex", start, start + length);
      deepStrictEqual(read, [
        [RecordKind.COMMAND, 7, 2 ** 33, payload],
        [RecordKind.SKIP, 7, 2 ** 33 + 1, payload],
      ]);
      const padding = frame.subarray(next - (recordRoom(length) - 8 - length), next);
      ok(
        padding.every((byte) => byte === 0),
        "what lies behind a payload is told, too",
      );
    }
  });

  it("end the connection where a length goes beyond its frame", () => {
    const frame = Buffer.alloc(RECORDS_HEADER + recordRoom(8));
    new RecordWriter().write(frame, RECORDS_HEADER, RecordKind.COMMAND, Buffer.alloc(8), 0, 8);
    finishRecords(frame, 0, frame.length, 0, 1, 1);
    for (const length of [9, 16, 0x7fff_ffff, 0xffff_fff8, 0xffff_ffff]) {
      frame.writeUInt32LE(length, RECORDS_HEADER + 4);
      throws(() => new RecordReader().visit(frame, 0, frame.length, () => {}), ProtocolError, String(length));
    }
  });
});
