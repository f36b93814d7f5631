/** What every store of leadership does. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Leadership, LeadershipStore } from "../../../../workloads/stores/leadership";

/** @param open two stores that two processes would have of the same records, of which there are none */
export function leadershipContract(name: string, open: () => Promise<[LeadershipStore, LeadershipStore]>): void {
  describe(`the leadership port: ${name}`, function () {
    this.timeout(60_000);
    let one: LeadershipStore;
    let other: LeadershipStore;
    before(async () => {
      [one, other] = await open();
    });
    after(async () => {
      await one.close();
      await other.close();
    });
    const record = (holder: string, renewal: number): Leadership => ({
      holder,
      address: `${holder}.trading:7400`,
      epoch: 3,
      renewal,
      inSync: ["b", "c"],
      told: 2 ** 40,
    });

    it("has no record at first, and then the one that was written", async () => {
      strictEqual(await one.read("first"), undefined);
      strictEqual(await one.replace("first", undefined, record("a", 1)), true);
      deepStrictEqual(await other.read("first"), record("a", 1));
      strictEqual(await one.read("second"), undefined);
    });

    it("changes nothing when the record is no longer the one that was seen", async () => {
      await one.replace("changes", undefined, record("a", 1));
      strictEqual(await other.replace("changes", undefined, record("b", 7)), false);
      strictEqual(await other.replace("changes", record("a", 1), record("b", 2)), true);
      strictEqual(await one.replace("changes", record("a", 1), record("a", 2)), false);
      strictEqual(await one.replace("never written", record("a", 1), record("a", 2)), false);
      deepStrictEqual(await one.read("changes"), record("b", 2));
    });

    it("lets one of many win that try at the same time", async () => {
      for (const seen of [undefined, record("n0", 1)]) {
        const before = await one.read("race");
        const tries = Array.from({ length: 20 }, (_, n) =>
          (n % 2 === 0 ? one : other).replace("race", seen && before, record(`n${n}`, (before?.renewal ?? 0) + 1)),
        );
        const won = (await Promise.all(tries)).flatMap((did, n) => (did ? [`n${n}`] : []));
        strictEqual(won.length, 1, `${won.length} have won`);
        strictEqual((await other.read("race"))?.holder, won[0]);
      }
    });
  });
}
