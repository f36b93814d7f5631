import { strictEqual, throws } from "node:assert/strict";
import { type Command, encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { RecordKind } from "../../../../workloads/journal";
import { exchanges } from "../../../../workloads/services/trading";
import { Replay } from "../../../../workloads/services/trading/replay";
import { encodeSkip } from "../../../../workloads/services/trading/skip";
import { limitOrder, openMarket, START_TIME } from "./command-mix";

describe("a replay", () => {
  const encoded = (command: Command) => {
    const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
    return bytes.subarray(0, encodeCommand(command, bytes, 0));
  };
  const visit = (replay: Replay, sequence: number, bytes: Uint8Array, kind = RecordKind.COMMAND) =>
    replay.visit(kind, 1, sequence, bytes, 0, bytes.length);

  it("stops at a gap, and at a record that it has applied", () => {
    const replay = new Replay(exchanges(0), undefined);
    const [first] = openMarket(1);
    throws(() => visit(replay, 2, encoded(first)), /sequence 2 follows 0/);
    visit(replay, 1, encoded(first));
    throws(() => visit(replay, 1, encoded(first)), /sequence 1 follows 1/);
    throws(() => visit(replay, 3, encoded(first)), /sequence 3 follows 1/);
    strictEqual(replay.sequence, 1);
  });

  it("has a place for a command that is passed over, and applies what comes behind it", () => {
    const commands = [...openMarket(2)];
    const replay = new Replay(exchanges(0), undefined, new Set([commands.length + 1]));
    for (const [n, command] of commands.entries()) visit(replay, n + 1, encoded(command));
    const before = replay.machine.stateHash();
    visit(replay, commands.length + 1, encoded(limitOrder(1, 0, 100, 5, START_TIME)));
    strictEqual(replay.machine.stateHash(), before);
    const skip = encodeSkip({ sequence: commands.length + 1, reason: "it would be applied twice", approvals: ["one", "two"], time: 0 });
    visit(replay, commands.length + 2, skip, RecordKind.SKIP);
    strictEqual(replay.machine.stateHash(), before);
    visit(replay, commands.length + 3, encoded(limitOrder(1, 0, 100, 5, START_TIME)));
    strictEqual(replay.sequence, commands.length + 3);
    strictEqual(replay.machine.stateHash() === before, false);
  });
});
