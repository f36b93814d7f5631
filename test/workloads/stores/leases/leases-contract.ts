/** What every store of leases does. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { LeaseStore } from "../../../../workloads/stores/leases";
import { until } from "../../services/until";

/** @param open two stores that several processes would have of the same counts, which are empty */
export function leasesContract(name: string, open: () => Promise<{ one: LeaseStore; other: LeaseStore; close(): Promise<void> }>): void {
  describe(`the lease port: ${name}`, function () {
    this.timeout(60_000);
    let one: LeaseStore;
    let other: LeaseStore;
    let close: () => Promise<void>;
    before(async () => {
      ({ one, other, close } = await open());
    });
    after(() => close());

    const later = () => Date.now() + 60_000;

    it("adds what each process has counted, and tells each what all have", async () => {
      const key = "sum";
      deepStrictEqual(await one.renew([{ key, amount: 5, endsAt: later() }]), [5]);
      deepStrictEqual(await other.renew([{ key, amount: 3, endsAt: later() }]), [8]);
      deepStrictEqual(await one.renew([{ key, amount: 2, endsAt: later() }]), [10]);
    });

    it("takes many keys at once and answers in their order", async () => {
      const spent = Array.from({ length: 500 }, (_, n) => ({ key: `many:${n}`, amount: n + 1, endsAt: later() }));
      deepStrictEqual(
        await one.renew(spent),
        spent.map(({ amount }) => amount),
      );
      deepStrictEqual(
        await other.renew(spent.toReversed()),
        spent.toReversed().map(({ amount }) => amount * 2),
      );
      deepStrictEqual(await one.renew([]), []);
    });

    it("loses nothing of what is told at the same time", async () => {
      const each = (store: LeaseStore) => Array.from({ length: 100 }, () => store.renew([{ key: "race", amount: 1, endsAt: later() }]));
      const counts = (await Promise.all([...each(one), ...each(other)])).flat().sort((a, b) => a - b);
      deepStrictEqual(
        counts,
        Array.from({ length: 200 }, (_, n) => n + 1),
      );
    });

    it("tells every process what was announced, in order, from any place on", async () => {
      const texts = Array.from({ length: 1_200 }, (_, n) => `announcement ${n}`);
      const before = await one.announced("");
      deepStrictEqual(before.texts, []);
      for (const [n, text] of texts.entries()) await (n % 2 === 0 ? one : other).announce(text);
      const first = await other.announced("");
      deepStrictEqual(first.texts, texts.slice(0, 1_000));
      const second = await one.announced(first.place);
      deepStrictEqual(second.texts, texts.slice(1_000));
      deepStrictEqual(await other.announced(second.place), { texts: [], place: second.place });
      await other.announce("one more");
      deepStrictEqual((await one.announced(second.place)).texts, ["one more"]);
    });

    it("forgets a count when its window ends", async () => {
      const endsAt = Date.now() + 300;
      const key = `ends:${endsAt}`;
      strictEqual((await one.renew([{ key, amount: 7, endsAt }]))[0], 7);
      await until(() => Date.now() > endsAt + 50);
      strictEqual((await other.renew([{ key, amount: 1, endsAt: later() }]))[0], 1);
    });
  });
}
