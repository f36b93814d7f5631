import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { createGateway } from "../../../workloads/gateway";
import { RateLimits } from "../../../workloads/gateway/rate-limits";
import { Client, RunningExchange } from "./running-exchange";

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

  /** Ten seconds that the test stays in, however long it takes. */
  const frozen = () => {
    const now = Math.floor(Date.now() / 10_000) * 10_000 + 9_500;
    return { now, clock: () => now * 1000 };
  };

  it("stops an account at its order limit until its orders are filled, cancels included, and shows the counts", async () => {
    const { now, clock } = frozen();
    const exchange = await RunningExchange.start({ orderLimits: { tenSeconds: 4, day: 100 }, clock });
    const { alice, bob } = exchange;
    const at = { timestamp: now };
    const before = Number((await alice.get("/api/v3/rateLimit/order", at)).body[1].count);
    for (let order = 1; order <= 4; order++) {
      const { status, headers } = await alice.limit("BUY", "0.1", "30000", at);
      const counts = [headers.get("x-mbx-order-count-10s"), headers.get("x-mbx-order-count-1d")];
      deepEqual([status, ...counts], [200, String(order), String(before + order)]);
    }
    const refused = await alice.limit("BUY", "0.1", "30000", at);
    deepEqual([refused.status, refused.body.code], [429, -1015]);
    equal(refused.body.msg, "Too many new orders; current limit is 4 orders per 10 SECOND.");
    equal(refused.headers.get("retry-after"), "1");
    equal((await bob.limit("SELL", "0.1", "30000", at)).body.status, "FILLED");
    const { body } = await alice.get("/api/v3/rateLimit/order", at);
    deepEqual([body[0].count, body[0].limit, body[1].limit], [0, 4, 100]);
    equal((await alice.limit("BUY", "0.1", "30000", at)).status, 200);
    const { body: info } = await exchange.get("/api/v3/exchangeInfo");
    deepEqual(
      info.rateLimits
        .filter(({ rateLimitType }: { rateLimitType: string }) => rateLimitType === "ORDERS")
        .map(({ limit }: { limit: number }) => limit),
      [4, 100],
    );
    await exchange.stop();
  });

  it("counts what an account places through all gateways together, and over the WebSocket API", async () => {
    const { now, clock } = frozen();
    const exchange = await RunningExchange.start({ orderLimits: { tenSeconds: 3, day: 100 }, clock });
    const other = createGateway({ ...exchange.exchange, clock });
    const { port } = await other.listen(0, "127.0.0.1");
    const there = new Client(`http://127.0.0.1:${port}`, exchange.alice.account);
    const at = { timestamp: now };
    equal((await exchange.alice.limit("BUY", "0.1", "30000", at)).status, 200);
    equal((await there.limit("BUY", "0.1", "30000", at)).headers.get("x-mbx-order-count-10s"), "2");
    const socket = await exchange.connect("/ws-api/v3");
    const order = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.1", price: "30000", ...at };
    const placed = await socket.call("order.place", exchange.alice.signed(order));
    equal(placed.rateLimits[0].count, 3);
    equal((await there.limit("BUY", "0.1", "30000", at)).body.code, -1015);
    const refused = await socket.call("order.place", exchange.alice.signed(order));
    deepEqual([refused.status, refused.error.code], [429, -1015]);
    socket.close();
    await other.close();
    await exchange.stop();
  });

  it("cancels for a cancel-replace over the order limit only when CANCEL_ONLY was asked for", async () => {
    const { now, clock } = frozen();
    const exchange = await RunningExchange.start({ orderLimits: { tenSeconds: 1, day: 100 }, clock });
    const { alice } = exchange;
    const { body } = await alice.limit("BUY", "0.1", "30000", { timestamp: now });
    const replace = (mode: string) =>
      alice.post("/api/v3/order/cancelReplace", {
        timestamp: now,
        symbol: "BTCUSDT",
        side: "BUY",
        type: "LIMIT",
        timeInForce: "GTC",
        quantity: "0.1",
        price: "29000",
        cancelReplaceMode: "STOP_ON_FAILURE",
        cancelOrderId: body.orderId,
        orderRateLimitExceededMode: mode,
      });
    const nothing = await replace("DO_NOTHING");
    deepEqual([nothing.status, nothing.body.code], [429, -1015]);
    equal((await alice.get("/api/v3/openOrders", { timestamp: now })).body.length, 1);
    const cancelled = await replace("CANCEL_ONLY");
    deepEqual([cancelled.status, cancelled.body.code, cancelled.body.data.newOrderResponse.code], [429, -2021, -1015]);
    equal((await alice.get("/api/v3/openOrders", { timestamp: now })).body.length, 0);
    await exchange.stop();
  });
});
