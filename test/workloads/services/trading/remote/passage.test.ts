import { deepStrictEqual, equal } from "node:assert/strict";
import { FrameReader, FrameType } from "../../../../../workloads/services/trading/remote";
import { FRAME_HEADER, newFrame } from "../../../../../workloads/services/trading/remote/frames";
import { Passage } from "../../../../../workloads/services/trading/remote/passage";

const frame = (body: number, fill: number) => newFrame(FrameType.EVENTS, body).fill(fill, FRAME_HEADER);

describe("frames that are passed on", () => {
  let written: Buffer[];
  let passage: Passage;
  let reader: FrameReader;
  beforeEach(() => {
    written = [];
    passage = new Passage((bytes) => written.push(bytes));
    reader = new FrameReader(1 << 16);
  });

  /** Passes on all frames of what is read, but those that begin their body with `withheld`. */
  function read(chunk: Buffer, withheld = -1) {
    passage.begin(chunk);
    reader.push(chunk, (_type, bytes, start, end) => {
      if (bytes[start + FRAME_HEADER] !== withheld) passage.pass(bytes, start, end);
    });
    passage.end();
  }

  it("leave in one write when they came together", () => {
    const chunk = Buffer.concat([frame(8, 1), frame(16, 2), frame(800, 3)]);
    read(chunk);
    deepStrictEqual(written, [chunk]);
  });

  it("leave without the one between them that is withheld", () => {
    read(Buffer.concat([frame(8, 1), frame(8, 2), frame(16, 3), frame(8, 4)]), 2);
    deepStrictEqual(written, [frame(8, 1), Buffer.concat([frame(16, 3), frame(8, 4)])]);
  });

  it("keep their bytes while a slow receiver has not taken them, though they came in pieces and others follow", () => {
    for (let fill = 1; fill <= 3; fill++) {
      const whole = frame(800, fill);
      read(whole.subarray(0, 100));
      read(Buffer.concat([whole.subarray(100), frame(8, fill)]));
    }
    const expected = [1, 2, 3].flatMap((fill) => [frame(800, fill), frame(8, fill)]);
    equal(Buffer.concat(written).equals(Buffer.concat(expected)), true);
  });
});
