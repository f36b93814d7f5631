import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { RateLimits } from "../../../workloads/gateway/rate-limits";
import { RunningExchange } from "./running-exchange";

const minute = 60_000;

describe("Rate limits", () => {
  it("count weight by address and minute, and start again with the next minute", () => {
    const limits = new RateLimits({ requestWeight: 100 });
    equal(limits.charge("a", 60, 1_000), 60);
    equal(limits.charge("a", 40, 2_000), 100);
    equal(limits.charge("b", 1, 2_000), 1);
    throws(() => limits.charge("a", 1, 3_000), {
      code: -1003,
      status: 429,
      retryAfter: 57,
      message:
        "Too much request weight used; current limit is 100 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.",
    });
    equal(limits.charge("a", 5, minute), 5);
  });

  it("ban an address that goes on after 429, for two minutes, then for twice as long", () => {
    const limits = new RateLimits({ requestWeight: 10, requestsAfterLimit: 3 });
    const statusAt = (now: number) => {
      try {
        limits.charge("a", 11, now);
        return 200;
      } catch (error) {
        return (error as { status: number }).status;
      }
    };
    deepEqual([statusAt(0), statusAt(1), statusAt(2), statusAt(3)], [429, 429, 429, 418]);
    equal(limits.charge("b", 1, 4), 1);
    throws(() => limits.charge("a", 0, 119_000), { status: 418, retryAfter: 2, message: /IP banned until 120003/ });
    equal(limits.charge("a", 1, 120_003), 1);
    deepEqual([statusAt(180_000), statusAt(180_001), statusAt(180_002), statusAt(180_003)], [429, 429, 429, 418]);
    throws(() => limits.charge("a", 0, 180_003 + 239_000), { status: 418 });
    equal(limits.charge("a", 1, 180_003 + 240_000), 1);
  });

  it("count requests of any weight over five minutes", () => {
    const limits = new RateLimits({ rawRequests: 3 });
    for (let request = 0; request < 3; request++) limits.charge("a", 0, request * minute);
    throws(() => limits.charge("a", 0, 4 * minute), { code: -1003, status: 429, message: "Too many requests queued." });
    limits.charge("a", 0, 5 * minute);
  });

  it("count unfilled orders by account in ten seconds and a day; first fills give them back", () => {
    const limits = new RateLimits({ ordersPerTenSeconds: 5, ordersPerDay: 8 });
    limits.placeOrders(1, 3, 0);
    limits.placeOrders(1, 2, 1_000);
    throws(() => limits.placeOrders(1, 1, 2_000), {
      code: -1015,
      status: 429,
      retryAfter: 8,
      message: "Too many new orders; current limit is 5 orders per 10 SECOND.",
    });
    limits.placeOrders(2, 1, 2_000);
    limits.firstFill(1, 1, 3_000);
    deepEqual(limits.orderCounts(1, 3_000), { tenSeconds: 4, day: 4 });
    limits.firstFill(1, 5, 3_000);
    deepEqual(limits.orderCounts(1, 3_000), { tenSeconds: 0, day: 0 });
    limits.placeOrders(1, 5, 4_000);
    limits.placeOrders(1, 3, 10_000);
    throws(() => limits.placeOrders(1, 1, 20_000), { message: "Too many new orders; current limit is 8 orders per 1 DAY." });
    limits.placeOrders(1, 1, 86_400_000);
  });

  it("count connections by address", () => {
    const limits = new RateLimits({ connectionsPerFiveMinutes: 2 });
    limits.connect("a", 0);
    limits.connect("a", 0);
    throws(() => limits.connect("a", 0), { code: -1034, status: 429 });
    limits.connect("a", 300_000);
  });
});

describe("A gateway with limits", function () {
  this.timeout(60_000);

  it("answers 429 with Retry-After, then 418, and stops serving the address everywhere", async () => {
    const exchange = await RunningExchange.start({ limits: { requestWeight: 100, requestsAfterLimit: 2 } });
    const socket = await exchange.connect("/ws-api/v3");
    const statuses: number[] = [];
    let last = await exchange.get("/api/v3/ping");
    for (let request = 0; request < 12; request++) {
      last = await exchange.get("/api/v3/exchangeInfo");
      statuses.push(last.status);
    }
    deepEqual([...new Set(statuses)], [200, 429, 418]);
    equal(last.body.code, -1003);
    ok(Number(last.headers.get("retry-after")) > 60);
    const answer = await socket.call("ping");
    equal(answer.status, 418);
    ok(answer.error.data.retryAfter > answer.error.data.serverTime);
    await exchange.connect("/ws").then(
      () => ok(false, "a banned address was connected"),
      (error) => ok(/refused with 418/.test(error.message)),
    );
    await exchange.stop();
  });

  it("stops an account at its order limit until its orders are filled, cancels included", async () => {
    const exchange = await RunningExchange.start({ limits: { ordersPerTenSeconds: 4 } });
    const { alice, bob } = exchange;
    await new Promise((wake) => setTimeout(wake, 10_050 - (Date.now() % 10_000) > 6_000 ? 0 : 10_050 - (Date.now() % 10_000)));
    for (let order = 0; order < 4; order++) equal((await alice.limit("BUY", "0.1", "30000")).status, 200);
    const refused = await alice.limit("BUY", "0.1", "30000");
    deepEqual([refused.status, refused.body.code], [429, -1015]);
    ok(Number(refused.headers.get("retry-after")) >= 1);
    equal((await bob.limit("SELL", "0.1", "30000")).body.status, "FILLED");
    const { body } = await alice.get("/api/v3/rateLimit/order");
    deepEqual([body[0].count, body[0].limit], [0, 4]);
    equal((await alice.limit("BUY", "0.1", "30000")).status, 200);
    await exchange.stop();
  });
});
