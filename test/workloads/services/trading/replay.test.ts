import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { type Command, encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { RECORD_HEADER, RecordKind } from "../../../../workloads/journal";
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

  /** The payloads as they lie in a group. */
  const logged = (payloads: Uint8Array[]) => {
    const bytes = new Uint8Array(payloads.length * (RECORD_HEADER + MAX_COMMAND_LENGTH));
    let end = 0;
    return payloads.map((payload) => {
      const start = end + RECORD_HEADER;
      bytes.set(payload, start);
      end = start + ((payload.length + 7) & ~7);
      return { bytes, start, end: start + payload.length };
    });
  };

  it("applies commands that lie one behind the other at once, up to a record that is none or is passed over", () => {
    const commands: Uint8Array[] = [...openMarket(20)].map(encoded);
    const skip = encodeSkip({ sequence: 9, reason: "it would be applied twice", approvals: ["one", "two"], time: 0 });
    const places = logged(commands.with(29, skip));
    const single = new Replay(exchanges(0), undefined, new Set([20]));
    const replay = new Replay(exchanges(0), undefined, new Set([20]));
    const calls: number[] = [];
    const { machine } = replay;
    const { applyAll } = machine;
    machine.applyAll = (...args) => {
      calls.push(args[5]);
      applyAll!.apply(machine, args);
    };
    for (const [n, { bytes, start, end }] of places.entries()) {
      const kind = n === 29 ? RecordKind.SKIP : RecordKind.COMMAND;
      single.visit(kind, 1, n + 1, bytes, start, end);
      replay.gather(kind, 1, n + 1, bytes, start, end);
    }
    strictEqual(replay.sequence, 30);
    replay.settle();
    deepStrictEqual([replay.sequence, replay.epoch], [single.sequence, 1]);
    deepStrictEqual(calls, [1, 21, 31]);
    strictEqual(replay.machine.stateHash(), single.machine.stateHash());
    deepStrictEqual([...replay.skipped], [20, 9]);
  });

  it("goes on with another run where the next command lies elsewhere or has another epoch, and stops at a gap", () => {
    const commands = [...openMarket(3)].map(encoded);
    const elsewhere = logged(commands);
    const places = [...logged(commands.slice(0, 5)), ...elsewhere.slice(5)];
    const replay = new Replay(exchanges(0), undefined);
    const single = new Replay(exchanges(0), undefined);
    for (const [n, { bytes, start, end }] of places.entries()) {
      const epoch = n < 10 ? 1 : 2;
      single.visit(RecordKind.COMMAND, epoch, n + 1, bytes, start, end);
      replay.gather(RecordKind.COMMAND, epoch, n + 1, bytes, start, end);
    }
    const { bytes, start, end } = places[0];
    throws(() => replay.gather(RecordKind.COMMAND, 2, commands.length + 2, bytes, start, end), /sequence 15 follows 13/);
    deepStrictEqual([replay.sequence, replay.epoch], [commands.length, 2]);
    strictEqual(replay.machine.stateHash(), single.machine.stateHash());
  });

  it("ends at the command of a run that violates an assertion, behind those before it", () => {
    const commands = [...openMarket(5)].map(encoded);
    const places = logged(commands);
    for (const failing of [1, 2, 10]) {
      const replay = new Replay(exchanges(0), undefined);
      const { machine } = replay;
      const { exchange } = machine as unknown as { exchange: { applyPaused(...args: unknown[]): void } };
      const { applyPaused } = exchange;
      exchange.applyPaused = (...args) => {
        applyPaused.apply(exchange, args);
        if (machine.lastSequence === failing) throw new Error("told to fail");
      };
      for (const [n, { bytes, start, end }] of places.entries()) replay.gather(RecordKind.COMMAND, 4, n + 1, bytes, start, end);
      replay.settle();
      deepStrictEqual([replay.poison?.sequence, replay.sequence, replay.epoch], [failing, failing - 1, failing === 1 ? 0 : 4]);
      replay.visit(RecordKind.COMMAND, 4, commands.length + 1, places[0].bytes, places[0].start, places[0].end);
      strictEqual(replay.sequence, failing - 1);
      throws(() => replay.skipsAfterPoison(), /told to fail/);
    }
  });
});
