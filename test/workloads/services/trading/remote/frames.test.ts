import { deepStrictEqual, throws } from "node:assert/strict";
import { FrameReader, FrameType, ProtocolError } from "../../../../../workloads/services/trading/remote";
import { FRAME_HEADER, newFrame } from "../../../../../workloads/services/trading/remote/frames";
import { Random } from "../../../journal/simulated-disk";

const frame = (body: number, fill: number) => newFrame(FrameType.EVENTS, body).fill(fill, FRAME_HEADER);

describe("a reader of frames", () => {
  it("finds the same frames however the stream is cut", () => {
    const frames = [frame(0, 0), frame(8, 1), frame(4000, 2), frame(16, 3), frame(0, 0), frame(800, 4), frame(8, 5)];
    const stream = Buffer.concat(frames);
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const longest = random.pick([1, 3, 8, 20, 900, 6000]);
      const reader = new FrameReader(1 << 16);
      const found: Buffer[] = [];
      // Each piece comes in the same memory, as from a socket that reads into one buffer.
      const piece = Buffer.alloc(longest);
      for (let at = 0; at < stream.length; ) {
        const length = Math.min(1 + random.integer(longest), stream.length - at);
        stream.copy(piece, 0, at, at + length);
        reader.push(piece.subarray(0, length), (_type, bytes, start, end) => found.push(Buffer.from(bytes.subarray(start, end))));
        at += length;
      }
      deepStrictEqual(found, frames, `seed ${seed}`);
    }
  });

  it("refuses a length that is not allowed before it keeps anything of it", () => {
    const reader = new FrameReader(1024);
    const long = frame(2000, 1);
    throws(() => reader.push(long.subarray(0, 9), () => {}), ProtocolError);
    const again = new FrameReader(1024);
    again.push(long.subarray(0, 5), () => {});
    throws(() => again.push(long.subarray(5, 9), () => {}), /a frame says it has 2008 bytes/);
  });
});
