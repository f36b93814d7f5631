/** What every bus adapter does. */

import { deepStrictEqual, rejects } from "node:assert";
import type { Bus, BusRecord, BusSubscription } from "../../../../workloads/stores/bus";

async function until(condition: () => boolean, seconds = 50): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 10))) {
    if (Date.now() > end) throw new Error(`still not so after ${seconds} s`);
  }
}

/** @param open a new, empty bus of more than one stream, so that keys are spread */
export function busContract(name: string, open: () => Promise<{ bus: Bus; close(): Promise<void> }>): void {
  describe(`the bus port: ${name}`, function () {
    this.timeout(40_000);
    let bus: Bus;
    let close: () => Promise<void>;
    let subscriptions: BusSubscription[];
    beforeEach(async () => {
      subscriptions = [];
      ({ bus, close } = await open());
    });
    afterEach(async () => {
      for (const subscription of subscriptions) await subscription.close();
      await close();
    });
    const subscribe = async (consumer: string, handler: (records: readonly BusRecord[]) => Promise<void>) => {
      const subscription = await bus.subscribe(consumer, handler);
      subscriptions.push(subscription);
      return subscription;
    };
    const keys = ["BTC", "ETH", "BNB", "XRP"];
    const numbered = (count: number) =>
      Array.from({ length: count }, (_, number) => ({ key: keys[number % keys.length], data: String(number) }));
    const ofKey = (records: readonly BusRecord[], key: string) =>
      records.filter((record) => record.key === key).map(({ data }) => Number(data));

    it("gives every consumer all records, those of a key in order", async () => {
      const seen: Record<string, BusRecord[]> = { one: [], two: [] };
      for (const consumer of Object.keys(seen)) await subscribe(consumer, async (records) => void seen[consumer].push(...records));
      const records = numbered(60);
      await bus.publish(records.slice(0, 25));
      await bus.publish(records.slice(25));
      await until(() => Object.values(seen).every((list) => list.length === 60));
      for (const list of Object.values(seen)) for (const key of keys) deepStrictEqual(ofKey(list, key), ofKey(records, key));
    });

    it("delivers again what a handler rejected, before anything later of the same key", async () => {
      const seen: number[] = [];
      let failures = 2;
      await subscribe("one", async (records) => {
        if (failures-- > 0) throw new Error("not now");
        seen.push(...ofKey(records, "BTC"));
      });
      await Promise.all([
        bus.publish([{ key: "BTC", data: "1" }]).then(() => bus.publish([{ key: "BTC", data: "2" }])),
        until(() => seen.length === 2),
      ]);
      deepStrictEqual(seen, [1, 2]);
    });

    it("refuses what some adapter could not carry", async () => {
      await rejects(bus.publish([{ key: "", data: "x" }]), /bus key: got 0 characters/);
      await rejects(bus.publish([{ key: "BTC", data: "x".repeat(1_000_001) }]), /got 1000001 bytes, at most 1000000/);
    });
  });
}
