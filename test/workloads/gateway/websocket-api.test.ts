import { deepEqual, equal, ok } from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { type Parameters, RunningExchange, type Socket } from "./running-exchange";

const order: Parameters = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.1", price: "30000" };

describe("The WebSocket API", function () {
  this.timeout(60_000);
  let exchange: RunningExchange;
  let api: Socket;

  before(async () => {
    exchange = await RunningExchange.start();
  });

  after(async () => {
    deepEqual(exchange.faults, []);
    await exchange.stop();
  });

  beforeEach(async () => {
    api = await exchange.connect("/ws-api/v3");
  });

  afterEach(async () => {
    api.close();
    await exchange.alice.delete("/api/v3/openOrders", { symbol: "BTCUSDT" });
    await exchange.bob.delete("/api/v3/openOrders", { symbol: "BTCUSDT" });
  });

  /** Registers a public key of alice's. */
  async function registered(kind: "ed25519" | "rsa"): Promise<{ apiKey: string; privateKey: KeyObject }> {
    const { publicKey, privateKey } =
      kind === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
    const { apiKey } = await exchange.exchange.users.registerPublicKey(exchange.alice.account.account, kind, pem, ["read", "trade"]);
    return { apiKey, privateKey };
  }

  function signedBy({ apiKey, privateKey }: { apiKey: string; privateKey: KeyObject }, parameters: Parameters = {}): Parameters {
    const all: Parameters = { apiKey, timestamp: Date.now(), ...parameters };
    const payload = Object.keys(all)
      .sort()
      .map((name) => `${name}=${all[name]}`)
      .join("&");
    const algorithm = privateKey.asymmetricKeyType === "rsa" ? "sha256" : null;
    return { ...all, signature: sign(algorithm, Buffer.from(payload), privateKey).toString("base64") };
  }

  it("answers by id, of the type that was sent, with the limits unless they are not wanted", async () => {
    for (const id of ["a-string", 7, null, 0]) {
      api.send({ id, method: "ping" });
      const answer = await api.next((message) => message.id === id && message.status === 200);
      deepEqual(answer.result, {});
      equal(answer.rateLimits[0].rateLimitType, "REQUEST_WEIGHT");
    }
    api.send({ id: "bare", method: "time", params: { returnRateLimits: false } });
    const bare = await api.next((message) => message.id === "bare");
    equal(bare.rateLimits, undefined);
    ok(Math.abs(bare.result.serverTime - Date.now()) < 2_000);
    const quiet = await exchange.connect("/ws-api/v3?returnRateLimits=false");
    equal((await quiet.call("v3/ping")).rateLimits, undefined);
    quiet.close();
  });

  it("serves the market", async () => {
    equal((await api.call("exchangeInfo", { symbols: ["BTCUSDT"] })).result.symbols.length, 1);
    equal((await api.call("depth", { symbol: "BTCUSDT", limit: 5 })).status, 200);
    equal((await api.call("klines", { symbol: "BTCUSDT", interval: "1m" })).status, 200);
    deepEqual((await api.call("trades.recent", { symbol: "BTCUSDT" })).result, []);
    equal((await api.call("ticker.price", { symbol: "BTCUSDT" })).result.symbol, "BTCUSDT");
    equal((await api.call("ticker.book")).result.length, 3);
    equal((await api.call("ticker.24hr", { symbols: ["BTCUSDT", "ETHBTC"] })).result.length, 2);
  });

  it("places, shows, lists and cancels orders", async () => {
    const placed = await api.call("order.place", exchange.alice.signed(order));
    equal(placed.status, 200);
    deepEqual(
      placed.rateLimits.map((limit: { rateLimitType: string }) => limit.rateLimitType),
      ["ORDERS", "ORDERS", "REQUEST_WEIGHT"],
    );
    const { orderId } = placed.result;
    const { alice } = exchange;
    equal((await api.call("order.status", alice.signed({ symbol: "BTCUSDT", orderId }))).result.status, "NEW");
    equal((await api.call("openOrders.status", alice.signed({ symbol: "BTCUSDT" }))).result.length, 1);
    equal((await api.call("order.cancel", alice.signed({ symbol: "BTCUSDT", orderId }))).result.status, "CANCELED");
    deepEqual((await api.call("order.cancel", alice.signed({ symbol: "BTCUSDT", orderId }))).error, {
      code: -2011,
      msg: "Unknown order sent.",
    });
    ok((await api.call("allOrders", alice.signed({ symbol: "BTCUSDT" }))).result.length >= 1);
    deepEqual((await api.call("myTrades", alice.signed({ symbol: "BTCUSDT" }))).result, []);
    equal((await api.call("account.status", alice.signed())).result.accountType, "SPOT");
    deepEqual((await api.call("order.test", alice.signed(order))).result, {});
    await api.call("order.place", alice.signed(order));
    equal((await api.call("openOrders.cancelAll", alice.signed({ symbol: "BTCUSDT" }))).result.length, 1);
  });

  it("refuses what REST refuses, with the same codes", async () => {
    const { alice } = exchange;
    const errorOf = async (method: string, params?: unknown) => {
      const { status, error } = await api.call(method, params);
      return [status, error.code];
    };
    deepEqual(await errorOf("order.place", { ...alice.signed(order), signature: "0".repeat(64) }), [400, -1022]);
    deepEqual(await errorOf("order.place", order), [400, -1102]);
    deepEqual(await errorOf("order.place", alice.signed({ ...order, side: "HOLD" })), [400, -1117]);
    deepEqual(await errorOf("order.place", alice.signed({ ...order, timestamp: Date.now() - 10_000 })), [400, -1021]);
    deepEqual(await errorOf("order.place", alice.signed({ ...order, colour: "red" })), [400, -1104]);
    deepEqual(await errorOf("account.status", { ...alice.signed(), apiKey: "z".repeat(64) }), [401, -2015]);
    deepEqual(await errorOf("no.such.method"), [404, -1020]);
    deepEqual(await errorOf("depth", { symbol: { a: 1 } }), [400, -1100]);
    deepEqual(await errorOf("depth", [1]), [400, -1130]);
    for (const [text, code] of [
      ["{", -1135],
      ["7", -1135],
      ['{"id":{"a":1},"method":"ping"}', -1130],
      ['{"id":1}', -1102],
    ] as const) {
      const before = api.messages.length;
      api.send(text);
      const answer = await api.next((message) => api.messages.indexOf(message) >= before);
      deepEqual([answer.status, answer.error.code], [400, code]);
    }
  });

  it("accepts Ed25519 and RSA keys, and stops accepting a key that was revoked", async () => {
    for (const kind of ["ed25519", "rsa"] as const) {
      const key = await registered(kind);
      equal((await api.call("order.test", signedBy(key, order))).status, 200);
      deepEqual((await api.call("order.test", { ...signedBy(key, order), price: "30001" })).error.code, -1022);
      await exchange.exchange.users.revokeKey(key.apiKey);
      deepEqual((await api.call("order.test", signedBy(key, order))).error.code, -2015);
    }
  });

  it("logs a connection on with an Ed25519 key, until the log-off or the key's end", async () => {
    const key = await registered("ed25519");
    equal((await api.call("session.status")).result.apiKey, null);
    equal((await api.call("session.logon", signedBy(key))).result.apiKey, key.apiKey);
    const placed = await api.call("order.place", { ...order, timestamp: Date.now() });
    equal(placed.status, 200);
    equal((await api.call("openOrders.status")).result.length, 1);
    equal((await api.call("userDataStream.subscribe")).result.subscriptionId, 0);
    equal((await api.call("session.status")).result.userDataStream, true);
    await exchange.exchange.users.revokeKey(key.apiKey);
    equal((await api.call("order.place", order)).error.code, -2015);
    equal((await api.call("session.logout")).result.apiKey, null);
    ok(await api.next((message) => message.event?.e === "eventStreamTerminated"));
    deepEqual((await api.call("userDataStream.subscribe")).error.code, -1002);
    deepEqual((await api.call("session.logon", exchange.alice.signed())).error, {
      code: -4056,
      msg: "HMAC_SHA256 API key is not supported.",
    });
  });

  it("does not let a session trade with what its key may only read", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
    const { apiKey } = await exchange.exchange.users.registerPublicKey(exchange.alice.account.account, "reader", pem, ["read"]);
    await api.call("session.logon", signedBy({ apiKey, privateKey }));
    equal((await api.call("account.status")).status, 200);
    equal((await api.call("order.place", order)).error.code, -2015);
  });

  describe("user data", () => {
    const eventsOf = (socket: Socket) => socket.messages.filter((message) => message.event !== undefined).map((message) => message.event);

    it("comes in a fixed order for each command, to both sides of a trade", async () => {
      const { alice, bob } = exchange;
      deepEqual((await api.call("userDataStream.subscribe.signature", alice.signed())).result, { subscriptionId: 0 });
      deepEqual((await api.call("userDataStream.subscribe.signature", bob.signed())).result, { subscriptionId: 1 });
      equal((await api.call("userDataStream.subscribe.signature", bob.signed())).error.code, -2035);
      deepEqual((await api.call("session.subscriptions")).result, [{ subscriptionId: 0 }, { subscriptionId: 1 }]);

      const maker = (await alice.limit("BUY", "0.3", "30000", { newClientOrderId: "maker" })).body;
      await bob.limit("SELL", "0.1", "30000", { newClientOrderId: "taker" });
      await alice.delete("/api/v3/order", { symbol: "BTCUSDT", orderId: maker.orderId, newClientOrderId: "bye" });
      await api.next((message) => message.event?.x === "CANCELED");
      await api.next(
        (message) =>
          message.event?.e === "outboundAccountPosition" &&
          message.event.B.every((each: { l: string }) => each.l === "0.00000000") &&
          message.subscriptionId === 0,
      );

      const of = (subscriptionId: number) =>
        api.messages.filter((message) => message.subscriptionId === subscriptionId).map((message) => message.event);
      const shape = (event: Record<string, unknown>) => (event["e"] === "executionReport" ? `${event["x"]}/${event["X"]}` : event["e"]);
      deepEqual(of(0).map(shape), [
        "NEW/NEW",
        "outboundAccountPosition",
        "TRADE/PARTIALLY_FILLED",
        "outboundAccountPosition",
        "CANCELED/CANCELED",
        "outboundAccountPosition",
      ]);
      deepEqual(of(1).map(shape), ["NEW/NEW", "TRADE/FILLED", "outboundAccountPosition"]);

      const [, , fill, , cancelled] = of(0);
      deepEqual(
        [fill.c, fill.C, fill.l, fill.z, fill.L, fill.n, fill.N, fill.m, fill.Y, fill.Z, fill.w],
        ["maker", "", "0.10000000", "0.10000000", "30000.00000000", "0.00010000", "BTC", true, "3000.00000000", "3000.00000000", true],
      );
      deepEqual([cancelled.c, cancelled.C, cancelled.w, cancelled.i], ["bye", "maker", false, maker.orderId]);
      const taken = of(1)[1];
      deepEqual([taken.c, taken.m, taken.n, taken.N, taken.S], ["taker", false, "3.00000000", "USDT", "SELL"]);
      ok(fill.I > of(0)[0].I && cancelled.I > fill.I, "execution ids must increase");
    });

    it("tells only the assets that changed, and deposits as balance updates", async () => {
      const { alice } = exchange;
      await api.call("userDataStream.subscribe.signature", alice.signed());
      const asset = exchange.exchange.instruments.assetByName("ETH")!;
      await exchange.exchange.orderEntry.submit({
        kind: "deposit",
        time: Date.now() * 1000,
        session: 0,
        sessionSequence: 0,
        account: alice.account.account,
        asset: asset.asset,
        amount: 150_000_000n,
        transferId: 77n,
      });
      await api.next((message) => message.event?.e === "outboundAccountPosition");
      const [update, position] = eventsOf(api);
      deepEqual([update.e, update.a, update.d], ["balanceUpdate", "ETH", "1.50000000"]);
      deepEqual(position.B, [{ a: "ETH", f: "101.50000000", l: "0.00000000" }]);
    });

    it("knows the orders that were open before the subscription", async () => {
      const { alice, bob } = exchange;
      await alice.limit("SELL", "0.2", "45000", { newClientOrderId: "older" });
      await bob.limit("BUY", "0.1", "45000");
      await api.call("userDataStream.subscribe.signature", alice.signed());
      await bob.limit("BUY", "0.1", "45000");
      const { event } = await api.next((message) => message.event?.x === "TRADE");
      deepEqual([event.c, event.z, event.l, event.X, event.Z], ["older", "0.20000000", "0.10000000", "FILLED", "9000.00000000"]);
    });

    it("tells a prevented self-trade with the order that it hit", async () => {
      const { alice } = exchange;
      const maker = (await alice.limit("SELL", "0.2", "45000")).body;
      await api.call("userDataStream.subscribe.signature", alice.signed());
      const taker = (await alice.limit("BUY", "0.2", "45000", { selfTradePreventionMode: "EXPIRE_TAKER" })).body;
      const { event } = await api.next((message) => message.event?.x === "TRADE_PREVENTION");
      deepEqual(
        [event.i, event.X, event.U, event.A, event.B],
        [taker.orderId, "EXPIRED_IN_MATCH", maker.orderId, "0.20000000", "0.20000000"],
      );
      deepEqual([event.pl, event.pL, event.pY, event.Cs], ["0.20000000", "45000.00000000", "9000.00000000", "BTCUSDT"]);
      deepEqual([event.v, event.V, taker.preventedQuantity], [taker.preventedMatchId, "EXPIRE_TAKER", "0.20000000"]);
    });

    it("ends with the key that it was subscribed with", async () => {
      const key = await registered("ed25519");
      await api.call("userDataStream.subscribe.signature", signedBy(key));
      const { apiKey } = key;
      const { listenKey } = (await exchange.request("POST", "/api/v3/userDataStream", { headers: { "x-mbx-apikey": apiKey } })).body;
      const older = await exchange.connect(`/ws/${listenKey}`);
      await exchange.exchange.users.revokeKey(apiKey);
      await exchange.alice.limit("BUY", "0.1", "30000");
      ok(await api.next((message) => message.event !== undefined));
      ok(await older.next((message) => message.e === "listenKeyExpired"));
      await exchange.alice.limit("BUY", "0.1", "30000");
      await api.call("ping");
      deepEqual(
        eventsOf(api).map(({ e }) => e),
        ["eventStreamTerminated"],
      );
      equal(older.messages.length, 1);
      older.close();
    });

    it("ends with a key that is revoked or may no longer read, though nothing happens to its account", async () => {
      const [revoked, unreading, good] = [await registered("ed25519"), await registered("ed25519"), await registered("ed25519")];
      const sockets = [await exchange.connect("/ws-api/v3"), await exchange.connect("/ws-api/v3"), await exchange.connect("/ws-api/v3")];
      const [signed, session, other] = sockets;
      await signed.call("userDataStream.subscribe.signature", signedBy(revoked));
      await session.call("session.logon", signedBy(unreading));
      await session.call("userDataStream.subscribe");
      await other.call("userDataStream.subscribe.signature", signedBy(good));
      const headers = { "x-mbx-apikey": revoked.apiKey };
      const { listenKey } = (await exchange.request("POST", "/api/v3/userDataStream", { headers })).body;
      const older = await exchange.connect(`/ws/${listenKey}`);

      const { users } = exchange.exchange;
      await users.revokeKey(revoked.apiKey);
      await users.changeKey(unreading.apiKey, { permissions: ["trade"] });
      ok(await signed.next((message) => message.event?.e === "eventStreamTerminated", 40_000));
      ok(await session.next((message) => message.event?.e === "eventStreamTerminated", 40_000));
      ok(await older.next((message) => message.e === "listenKeyExpired", 40_000));
      equal((await session.call("account.status")).error.code, -2015);
      deepEqual((await session.call("session.subscriptions")).result, []);
      deepEqual((await other.call("session.subscriptions")).result, [{ subscriptionId: 0 }]);
      for (const socket of [...sockets, older]) socket.close();
    });

    it("ends when it is unsubscribed, with a last event", async () => {
      await api.call("userDataStream.subscribe.signature", exchange.alice.signed());
      deepEqual((await api.call("userDataStream.unsubscribe", { subscriptionId: 0 })).result, {});
      ok(await api.next((message) => message.event?.e === "eventStreamTerminated" && message.subscriptionId === 0));
      equal((await api.call("userDataStream.unsubscribe")).error.code, -2036);
      await exchange.alice.limit("BUY", "0.1", "30000");
      await api.call("ping");
      equal(eventsOf(api).length, 1);
    });
  });
});
