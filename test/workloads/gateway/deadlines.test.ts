import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { Deadlines } from "../../../workloads/gateway/orders/deadlines";

describe("deadlines", () => {
  it("are missed in the order in which they were set, each after its time, without those that were settled", async () => {
    const deadlines = new Deadlines(50);
    const missed: number[] = [];
    const early: number[] = [];
    const { promise: allMissed, resolve } = Promise.withResolvers<void>();
    const set = (number: number) => {
      const due = performance.now() + 50;
      return deadlines.set(() => {
        missed.push(number);
        if (performance.now() < due) early.push(number);
        if (number === 5) resolve();
      });
    };
    const settled = [set(1), set(2)];
    set(3);
    await wait(20);
    settled.push(set(4));
    set(5);
    for (const deadline of settled) deadline.missed = undefined;
    // The timer of deadlines does not hold a process.
    const held = setTimeout(() => {}, 30_000);
    await allMissed;
    clearTimeout(held);
    deepStrictEqual(missed, [3, 5]);
    deepStrictEqual(early, []);
  });

  it("keep no more than a few of those that were settled", () => {
    const deadlines = new Deadlines(60_000);
    const kept = deadlines.set(() => {});
    for (let number = 0; number < 10_000; number++) deadlines.set(() => {}).missed = undefined;
    equal(deadlines.size, 10_001);
    kept.missed = undefined;
    deadlines.set(() => {}).missed = undefined;
    ok(deadlines.size <= 1, `${deadlines.size} are kept`);
  });
});
