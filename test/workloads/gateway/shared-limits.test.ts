import { equal, match, ok } from "node:assert/strict";
import { RateLimits } from "../../../workloads/gateway/rate-limits";
import { leasedPart, SharedCounts } from "../../../workloads/gateway/shared-windows";
import { inProcessLeases, type LeaseStore } from "../../../workloads/stores/leases";
import { until } from "../services/until";

const limit = 1000;

/** A store whose answers the test can hold back or turn into failures. */
class TestedStore implements LeaseStore {
  readonly store = inProcessLeases();
  calls = 0;
  away = false;
  hold: Promise<void> = Promise.resolve();

  async renew(spent: Parameters<LeaseStore["renew"]>[0]): Promise<number[]> {
    this.calls++;
    await this.hold;
    if (this.away) throw new Error("nobody is there");
    return this.store.renew(spent);
  }

  async announce(text: string): Promise<void> {
    if (this.away) throw new Error("nobody is there");
    return this.store.announce(text);
  }

  async announced(place: string) {
    if (this.away) throw new Error("nobody is there");
    return this.store.announced(place);
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

describe("Limits that gateways share", function () {
  this.timeout(60_000);
  let store: TestedStore;
  let faults: string[];
  let counts: { close(): void }[];

  beforeEach(() => {
    store = new TestedStore();
    faults = [];
    counts = [];
  });
  afterEach(() => {
    for (const each of counts) each.close();
  });

  function gateway(): RateLimits {
    const shared = new SharedCounts(store, (error) => faults.push((error as Error).message));
    counts.push(shared);
    return new RateLimits({ requestWeight: limit, rawRequests: 1e9, requestsAfterLimit: 1e9 }, shared);
  }
  /** One minute, however long the test takes. */
  const now = Math.floor(Date.now() / 60_000) * 60_000 + 60_000;
  const charge = (of: RateLimits, weight = 10) => {
    try {
      of.charge("192.0.2.1", weight, now);
      return true;
    } catch (error) {
      match((error as Error).message, /Too much request weight used/);
      return false;
    }
  };

  it("are learnt by each gateway without asking while a request is served", async () => {
    const [one, other] = [gateway(), gateway()];
    for (let n = 0; n < 20; n++) ok(charge(one));
    equal(store.calls, 0);
    await until(() => store.calls > 0);
    ok(charge(other));
    await until(() => other.usedWeight("192.0.2.1", now) === 210);
    ok(charge(one));
    await until(() => one.usedWeight("192.0.2.1", now) === 220);
  });

  it("hold for an address whatever gateways it asks, to within what they count ahead of the answers", async () => {
    const gateways = [gateway(), gateway()];
    let admitted = 0;
    let refused = 0;
    while (refused < 10) {
      for (const each of gateways) {
        if (charge(each)) admitted += 10;
        else refused++;
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    ok(admitted >= limit * 0.9, `${admitted} admitted`);
    ok(admitted <= limit + gateways.length * limit * leasedPart, `${admitted} admitted`);
  });

  it("are given away by no gateway beyond its lease while the store does not answer in time", async () => {
    const held = Promise.withResolvers<void>();
    store.hold = held.promise;
    const one = gateway();
    let admitted = 0;
    while (charge(one)) admitted += 10;
    equal(admitted, limit * leasedPart);
    await until(() => store.calls === 1);
    ok(!charge(one), "nothing is answered yet");
    held.resolve();
    await until(() => charge(one));
  });

  it("fall to the lease of each gateway while the store is away, which is told once, and join again", async () => {
    store.away = true;
    const [one, other] = [gateway(), gateway()];
    for (const each of [one, other]) {
      let admitted = 0;
      while (charge(each)) admitted += 10;
      equal(admitted, limit * leasedPart);
    }
    await until(() => store.calls > 3);
    ok(one.alone && other.alone);
    equal(faults.length, 2);
    match(faults[0], /the store of limits does not answer.*nobody is there/);
    store.away = false;
    await until(() => !one.alone && !other.alone);
    // Refused requests count too, as with one gateway; who told last knows of both.
    equal(Math.max(...[one, other].map((each) => each.usedWeight("192.0.2.1", now))), 2 * (limit * leasedPart + 10));
    equal(faults.length, 4);
    ok(charge(one));
  });

  it("begin again with the next minute, and an answer for the one before changes nothing", async () => {
    const one = gateway();
    for (let n = 0; n < 20; n++) ok(charge(one));
    one.charge("192.0.2.1", 5, now + 60_000);
    await until(() => store.calls > 0);
    equal(one.usedWeight("192.0.2.1", now + 60_000), 5);
  });

  describe("and bans", () => {
    const strict = () => {
      const shared = new SharedCounts(store, () => {});
      const limits = new RateLimits({ requestWeight: 4, rawRequests: 1e9, requestsAfterLimit: 4 }, shared, store);
      counts.push(shared, limits);
      return limits;
    };
    const statusAt = (of: RateLimits, weight: number, address = "192.0.2.9") => {
      try {
        of.charge(address, weight, now);
        return 200;
      } catch (error) {
        return (error as { status: number }).status;
      }
    };
    const goOn = (at: RateLimits) => {
      for (let n = 0; n < 4; n++) equal(statusAt(at, 9), 429);
      equal(statusAt(at, 9), 418);
    };

    it("hold at every gateway within a second, though the address has asked nothing there, until the same time", async () => {
      const [one, other] = [strict(), strict()];
      goOn(one);
      const banned = performance.now();
      await until(() => statusAt(other, 0) === 418);
      // A second is the promise; a busy machine may take longer to run a timer.
      ok(performance.now() - banned < 20_000);
      const messageAt = (of: RateLimits) => {
        try {
          of.connect("192.0.2.9", now);
        } catch (error) {
          return (error as Error).message;
        }
        throw new Error("was admitted");
      };
      match(messageAt(one), /IP banned until/);
      equal(messageAt(other), messageAt(one));
      equal(statusAt(other, 0, "192.0.2.10"), 200);
    });

    it("are learnt by a gateway that starts later", async () => {
      goOn(strict());
      await until(async () => (await store.announced("")).texts.length === 1);
      const later = strict();
      await until(() => statusAt(later, 0) === 418);
    });

    it("are told once the store is back", async () => {
      store.away = true;
      const [one, other] = [strict(), strict()];
      goOn(one);
      await until(() => one.alone);
      equal(statusAt(other, 0), 200);
      store.away = false;
      await until(() => statusAt(other, 0) === 418);
    });
  });
});
