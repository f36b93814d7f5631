import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { KeyIndex } from "../../../workloads/engine/hash-index";
import { random } from "./random-commands";

const flat = (keys: readonly number[][]) => Uint32Array.from(keys.flat());
const ascending = (keys: readonly number[][]) => [...keys].sort((x, y) => x[0] - y[0] || x[1] - y[1] || x[2] - y[2]);

/** Distinct keys whose parts are often equal, and often at the ends of what 32 bits hold. */
function randomKeys(next: (below: number) => number, count: number): number[][] {
  const part = () => [0, 1, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff, next(2 ** 32), next(1000)][next(9)];
  const keys = new Map<string, number[]>();
  while (keys.size < count) {
    const key = [part(), part(), part()];
    keys.set(key.join(), key);
  }
  return [...keys.values()];
}

describe("keys of an index", () => {
  it("come in ascending order of their unsigned parts, whatever was added and removed before", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const next = random(seed);
      const keys = randomKeys(next, next(600));
      const index = new KeyIndex();
      for (const [a, b, c] of keys) index.add(a, b, c, 1);
      deepStrictEqual(index.sortedKeys(), flat(ascending(keys)), `seed ${seed}`);
      const gone = keys.filter(() => next(2) === 0);
      for (const [a, b, c] of gone) index.remove(a, b, c);
      const left = keys.filter((key) => !gone.includes(key));
      deepStrictEqual(index.sortedKeys(), flat(ascending(left)), `seed ${seed}`);
    }
  });

  it("of which only one part differs are sorted by it", () => {
    for (const part of [0, 1, 2]) {
      const keys = [0x80000000, 3, 0xffffffff, 256, 2].map((value) => [7, 7, 7].with(part, value));
      const index = new KeyIndex();
      for (const [a, b, c] of keys) index.add(a, b, c, 1);
      deepStrictEqual(index.sortedKeys(), flat(ascending(keys)));
    }
    strictEqual(new KeyIndex().sortedKeys().length, 0);
  });

  it("are sorted without an object each: a million of them take less memory than so many arrays", () => {
    const index = new KeyIndex();
    for (let n = 0; n < 1_000_000; n++) index.add(1 + (n % 3), Math.imul(n, 0x9e3779b1), n >>> 4, 1);
    const before = process.memoryUsage().heapUsed;
    strictEqual(index.sortedKeys().length, 3_000_000);
    ok(process.memoryUsage().heapUsed - before < 32 << 20);
  });
});
