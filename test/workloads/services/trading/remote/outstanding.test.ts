import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { MAX_OUTSTANDING, OutstandingCommands } from "../../../../../workloads/services/trading/remote/outstanding";
import { Random } from "../../../journal/simulated-disk";

/** Sequence, number and the counts of a command. */
type Entry = [sequence: number, number: number, tenSeconds: number, day: number];

/** All up to `sequence`, command by command. */
function takeAll(outstanding: OutstandingCommands, sequence: number): Entry[] {
  const taken: Entry[] = [];
  for (let run = outstanding.take(sequence); run !== undefined; run = outstanding.take(sequence)) {
    const { counts, capacity } = outstanding;
    for (let n = 0; n < run.count; n++) {
      const at = ((run.place + n) % capacity) * 2;
      taken.push([run.sequence + n, run.number + n, counts[at], counts[at + 1]]);
    }
  }
  return taken;
}

describe("the commands of a connection that wait for their results", () => {
  it("come back in their order with their numbers and counts, whatever waits at a time", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = new Random(seed);
      const outstanding = new OutstandingCommands();
      const expected: Entry[] = [];
      let sequence = 0;
      let number = 0;
      for (let turn = 0; turn < 400; turn++) {
        sequence += random.integer(3);
        number += random.integer(3);
        const count = 1 + random.integer(turn % 7 === 0 ? 900 : 20);
        strictEqual(outstanding.reserve(count), true);
        for (let n = 0; n < count; n++) {
          const at = ((outstanding.place + n) % outstanding.capacity) * 2;
          const counts = [random.integer(2 ** 31), random.integer(2 ** 31)] as const;
          outstanding.counts.set(counts, at);
          expected.push([sequence + 1 + n, number + 1 + n, ...counts]);
        }
        outstanding.add(sequence + 1, number + 1, count);
        sequence += count;
        number += count;
        strictEqual(outstanding.count, expected.length);
        if (random.integer(4) > 0) continue;
        const until = expected[random.integer(expected.length)][0];
        const behind = expected.findIndex(([of]) => of > until);
        strictEqual(outstanding.has(until), true);
        deepStrictEqual(takeAll(outstanding, until), expected.splice(0, behind < 0 ? expected.length : behind));
        strictEqual(outstanding.has(until), false);
      }
      deepStrictEqual(takeAll(outstanding, sequence), expected);
    }
  });

  it("are one run where both sequences go on, however they were added, and two where one does not", () => {
    const outstanding = new OutstandingCommands();
    const runs: number[] = [];
    outstanding.reserve(6);
    outstanding.add(1, 11);
    outstanding.add(2, 12, 2);
    // Another connection's command lies between.
    outstanding.add(5, 14);
    // A number is left out.
    outstanding.add(6, 16, 2);
    for (let run = outstanding.take(7); run !== undefined; run = outstanding.take(7)) runs.push(run.count);
    deepStrictEqual(runs, [3, 1, 2]);
  });

  it("are no more than a connection may have, and take no more memory than they need", () => {
    const outstanding = new OutstandingCommands();
    strictEqual(outstanding.capacity, 256);
    strictEqual(outstanding.reserve(MAX_OUTSTANDING), true);
    outstanding.add(1, 1, MAX_OUTSTANDING);
    strictEqual(outstanding.reserve(1), false);
    strictEqual(outstanding.take(1)?.count, 1);
    strictEqual(outstanding.reserve(1), true);
    strictEqual(outstanding.capacity, MAX_OUTSTANDING);
  });
});
