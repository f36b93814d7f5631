import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { EncodedBatch } from "../../../../../workloads/services/trading/recent-events";
import { FRAME_HEADER, FrameType } from "../../../../../workloads/services/trading/remote/frames";
import { CHUNK_BYTES, OutputChunks } from "../../../../../workloads/services/trading/remote/output";
import { OutstandingCommands } from "../../../../../workloads/services/trading/remote/outstanding";
import { ResultFrames } from "../../../../../workloads/services/trading/remote/result-frames";
import { visitResults } from "../../../../../workloads/services/trading/remote/results";
import { Random } from "../../../journal/simulated-disk";

interface Result {
  number: number;
  sequence: number;
  epoch: number;
  tenSeconds: number;
  day: number;
  events: string;
}

/** A command of the log: how long its events are, and whether it repeats another. */
interface Logged {
  bytes: number;
  repeats?: boolean;
}

/** Events of commands from `first` on, each of other bytes. */
function batchOf(first: number, logged: Logged[]): EncodedBatch {
  const ends: number[] = [];
  const start = 64;
  let end = start;
  for (const { bytes } of logged) {
    end += bytes;
    ends.push(end);
  }
  const memory = Buffer.alloc(end);
  logged.forEach((_, n) => {
    memory.fill(1 + ((first + n) % 250), ends[n - 1] ?? start, ends[n]);
  });
  const endOf = (sequence: number) => ends[sequence - first] ?? start;
  const hold = () => {
    held++;
    return () => held--;
  };
  const repeated = new Set(logged.flatMap(({ repeats }, n) => (repeats ? [first + n] : [])));
  return { shard: 1, epoch: 9, first, last: first + logged.length - 1, bytes: memory, start, end, repeated, endOf, hold };
}

/** How often the events of all batches are held. */
let held = 0;

type Form = "one by one" | "in runs" | "in runs, as they lie where they are many";

class Written {
  readonly outstanding = new OutstandingCommands();
  readonly frames: { type: FrameType; bytes: Buffer }[] = [];
  readonly repeated: number[] = [];
  readonly expected: Result[] = [];
  /** Frames whose events were sent as they lie. */
  borrowed = 0;
  readonly results = new ResultFrames({
    outstanding: this.outstanding,
    output: new OutputChunks(),
    send: ({ bytes }, type, length, borrowed) => {
      this.frames.push({ type, bytes: Buffer.concat([bytes.subarray(0, length), borrowed?.bytes ?? Buffer.alloc(0)]) });
      if (!borrowed) return;
      this.borrowed++;
      borrowed.release();
    },
    repeated: (number) => this.repeated.push(number),
  });

  /** The command `sequence` of the batch is this connection's, under `number`. */
  own(batch: EncodedBatch, sequence: number, number: number): void {
    strictEqual(this.outstanding.reserve(1), true);
    const { place } = this.outstanding;
    this.outstanding.add(sequence, number);
    const counts = [number % 1000, 4_000_000_000 + (number % 1000)];
    this.outstanding.counts.set(counts, place * 2);
    if (batch.repeated.has(sequence)) return;
    const start = sequence === batch.first ? batch.start : batch.endOf(sequence - 1);
    const events = Buffer.from(batch.bytes.subarray(start, batch.endOf(sequence))).toString("hex");
    this.expected.push({ number, sequence, epoch: 9, tenSeconds: counts[0], day: counts[1], events });
  }

  deliver(batch: EncodedBatch, form: Form): void {
    if (form === "one by one") this.results.write(batch);
    else this.results.writeRuns(batch, form !== "in runs");
  }

  read(): Result[] {
    const results: Result[] = [];
    for (const { type, bytes } of this.frames) {
      visitResults(type, bytes, FRAME_HEADER, bytes.length, (number, sequence, epoch, countsAt, eventsAt, eventsEnd) => {
        const [tenSeconds, day] = [bytes.readUInt32LE(countsAt), bytes.readUInt32LE(countsAt + 4)];
        results.push({ number, sequence, epoch, tenSeconds, day, events: bytes.toString("hex", eventsAt, eventsEnd) });
      });
    }
    return results;
  }
}

for (const form of ["one by one", "in runs", "in runs, as they lie where they are many"] as const) {
  describe(`results ${form}`, () => {
    it("are read as they were written, whatever comes between the commands of a connection", () => {
      const random = new Random(5);
      let borrowed = 0;
      for (let round = 0; round < 40; round++) {
        const written = new Written();
        let first = 2 ** 33 + round;
        let number = 2 ** 34;
        for (let batches = 1 + random.integer(3); batches > 0; batches--) {
          const logged = Array.from({ length: 1 + random.integer(700) }, () => ({
            bytes: 8 * (1 + random.integer(random.integer(40) === 0 ? 12_000 : 60)),
            repeats: random.integer(50) === 0,
          }));
          const batch = batchOf(first, logged);
          // Most of the time all are its own and have consecutive numbers.
          const strangers = random.integer(2) * 20;
          const gaps = random.integer(2) * 30;
          for (let sequence = first; sequence <= batch.last; sequence++) {
            if (strangers > 0 && random.integer(strangers) === 0) continue;
            number += gaps > 0 && random.integer(gaps) === 0 ? 3 : 1;
            written.own(batch, sequence, number);
          }
          written.deliver(batch, form);
          first = batch.last + 1;
        }
        deepStrictEqual(written.read(), written.expected);
        for (const { type, bytes } of written.frames) {
          deepStrictEqual(type, form === "one by one" ? FrameType.RESULTS : FrameType.RESULT_RUNS);
          deepStrictEqual(bytes.length % 8, 0);
          let results = 0;
          visitResults(type, bytes, FRAME_HEADER, bytes.length, () => results++);
          ok(bytes.length <= CHUNK_BYTES || results === 1, `a frame has ${bytes.length} bytes for ${results} results`);
        }
        borrowed += written.borrowed;
      }
      ok(borrowed > 0 === (form === "in runs, as they lie where they are many"));
      deepStrictEqual(held, 0);
    });

    it("leave out commands that repeat others, and tell of them", () => {
      const written = new Written();
      const batch = batchOf(1, [{ bytes: 8, repeats: true }, { bytes: 16 }, { bytes: 8, repeats: true }, { bytes: 24 }]);
      for (let n = 1; n <= 4; n++) written.own(batch, n, 10 * n);
      written.deliver(batch, form);
      deepStrictEqual(written.repeated, [10, 30]);
      deepStrictEqual(
        written.read().map(({ number }) => number),
        [20, 40],
      );
    });

    it("of a batch are those of its commands alone, once", () => {
      const written = new Written();
      const batch = batchOf(1, [{ bytes: 8 }, { bytes: 16 }]);
      const next = batchOf(3, [{ bytes: 8 }]);
      for (const sequence of [1, 2]) written.own(batch, sequence, sequence);
      written.own(next, 3, 3);
      const sequences = () => written.read().map(({ sequence }) => sequence);
      written.deliver(batch, form);
      deepStrictEqual(sequences(), [1, 2]);
      written.deliver(next, form);
      deepStrictEqual(sequences(), [1, 2, 3]);
    });
  });
}

describe("a run of results", () => {
  const bytesOf = (commands: number, skip: (sequence: number) => number) => {
    const written = new Written();
    const batch = batchOf(
      1,
      Array.from({ length: commands }, () => ({ bytes: 8 })),
    );
    let number = 0;
    for (let sequence = 1; sequence <= commands; sequence++) {
      number += skip(sequence);
      written.own(batch, sequence, number);
    }
    written.deliver(batch, "in runs");
    return written.frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
  };

  it("has the sequences and the epoch once for all commands that follow one another", () => {
    deepStrictEqual(
      bytesOf(100, () => 1),
      FRAME_HEADER + 24 + 100 * (12 + 8),
    );
  });

  it("ends where a number is left out, in a frame that goes on", () => {
    deepStrictEqual(
      bytesOf(100, (sequence) => (sequence === 51 ? 2 : 1)),
      FRAME_HEADER + 2 * 24 + 100 * (12 + 8),
    );
  });
});
