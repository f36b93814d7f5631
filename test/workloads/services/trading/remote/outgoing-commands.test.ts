import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { type Command, commandLength, decodeCommand, type NewOrder } from "@bourse/engine";
import { FrameReader, FrameType } from "../../../../../workloads/services/trading/remote";
import { FRAME_HEADER } from "../../../../../workloads/services/trading/remote/frames";
import { commandFrames, OutgoingCommands } from "../../../../../workloads/services/trading/remote/outgoing-commands";
import { limitOrder, START_TIME } from "../command-mix";

const MOST = 1 << 15;
const numberOfCase = 2 ** 40;

/** Of different lengths: some with a text. */
function command(n: number): Command {
  const order: NewOrder = limitOrder(1 + (n % 5), n % 2, 100 + n, 1, START_TIME + n, BigInt(n)) as NewOrder;
  return n % 3 === 0 ? { ...order, clientOrderId: "x".repeat(1 + (n % 36)) } : order;
}

function read(frames: Buffer[]): Command[] {
  const commands: Command[] = [];
  const reader = new FrameReader(MOST);
  for (const frame of frames) {
    reader.push(frame, (type, bytes, start, end) => {
      strictEqual(type, FrameType.COMMANDS);
      for (let at = start + FRAME_HEADER; at < end; at += commandLength(bytes, at)) commands.push(decodeCommand(bytes, at));
    });
  }
  return commands;
}

const numbered = (n: number) => ({ ...command(n), session: 9, sessionSequence: numberOfCase + n });

describe("commands that go out", () => {
  it("are in frames as they were given, under their session and number, those of a turn in as few frames as they fit into", () => {
    const outgoing = new OutgoingCommands(9);
    let n = 0;
    for (const turn of [1, 1, 40, 2000, 3, 700, 1, 1]) {
      const from = n;
      strictEqual(outgoing.isEmpty, true);
      for (; n < from + turn; n++) {
        outgoing.add(command(n), numberOfCase + n);
        strictEqual(outgoing.isEmpty, false);
      }
      const frames = outgoing.take();
      deepStrictEqual(
        read(frames),
        Array.from({ length: turn }, (_, each) => numbered(from + each)),
      );
      const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
      ok(frames.length <= 2 + Math.ceil(bytes / (MOST - 1024)), `${bytes} bytes left in ${frames.length} frames`);
    }
  });

  it("keep their bytes, to be sent again, whatever is sent meanwhile", () => {
    const outgoing = new OutgoingCommands(9);
    const kept: Buffer[] = [];
    for (let n = 0; n < 3000; n++) {
      kept.push(outgoing.add(command(n), numberOfCase + n));
      if (n % 7 === 0) outgoing.take();
    }
    const again = [...commandFrames(kept)];
    deepStrictEqual(
      read(again),
      Array.from({ length: 3000 }, (_, n) => numbered(n)),
    );
    deepStrictEqual(outgoing.take().length, 1, "nothing is taken twice");
  });

  it("leave nothing behind when they cannot be encoded", () => {
    const outgoing = new OutgoingCommands(9);
    const broken = { ...limitOrder(1, 0, 100, 1, START_TIME), clientOrderId: "x".repeat(1000) };
    throws(() => outgoing.add(broken, numberOfCase), /bytes; it may have 512/);
    strictEqual(outgoing.isEmpty, true);
    deepStrictEqual(outgoing.take(), []);
    outgoing.add(command(1), numberOfCase + 1);
    throws(() => outgoing.add(broken, numberOfCase + 2));
    outgoing.add(command(3), numberOfCase + 3);
    deepStrictEqual(read(outgoing.take()), [numbered(1), numbered(3)]);
  });
});
