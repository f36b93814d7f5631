import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EventBuffer, encodeCommand, MAX_COMMAND_LENGTH, Side } from "@bourse/engine";
import { FileJournal, RecordKind, SnapshotStore } from "../../../../../workloads/journal";
import { exchanges } from "../../../../../workloads/services/trading";
import { LogCopy } from "../../../../../workloads/services/trading/replication/log-copy";
import { finishRecords, RECORDS_HEADER, RecordWriter } from "../../../../../workloads/services/trading/replication/log-frames";
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
    const apply = machine.apply.bind(machine);
    machine.apply = (...command) => {
      apply(...command);
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
    const copy = await openCopy(4096, (run) => run());
    const frame = frameOfAll();
    ok(frame.length > 4 * 4096, "the frame has less than the queue");
    strictEqual(copy.append(frame, 0, frame.length), true);
    const machine = exchanges(0).create();
    for (const [n, bytes] of commands.entries()) machine.apply(bytes, 0, 1, n + 1, new EventBuffer());
    deepStrictEqual([copy.sequence, copy.replay.sequence, copy.apart], [commands.length, commands.length, undefined]);
    strictEqual(copy.replay.machine.stateHash(), machine.stateHash());
    await copy.close();
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
