import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { createServer } from "node:net";
import { WebSocket } from "ws";
import { RunningExchange, type Socket } from "./running-exchange";

// biome-ignore lint/suspicious/noExplicitAny: events have many shapes
type Message = any;

describe("Streams", function () {
  this.timeout(60_000);
  let exchange: RunningExchange;
  const open: Socket[] = [];

  before(async () => {
    exchange = await RunningExchange.start({
      limits: { requestWeight: 1e9, rawRequests: 1e9, connectionsPerFiveMinutes: 1e9, streamsPerConnection: 20 },
    });
  });

  after(async () => {
    deepEqual(exchange.faults, []);
    await exchange.stop();
  });

  afterEach(async () => {
    for (const socket of open.splice(0)) socket.close();
    await exchange.alice.delete("/api/v3/openOrders", { symbol: "BTCUSDT" });
    await exchange.bob.delete("/api/v3/openOrders", { symbol: "BTCUSDT" });
  });

  async function connect(path: string): Promise<Socket> {
    const socket = await exchange.connect(path);
    open.push(socket);
    return socket;
  }

  it("are reached by every path that clients use, raw or combined", async () => {
    const raw = await Promise.all(["/ws/btcusdt@trade", "/stream/ws/btcusdt@trade", "/ws/ethbtc@trade/btcusdt@trade"].map(connect));
    const combined = await Promise.all(["/stream?streams=btcusdt@trade/ethbtc@trade", "/stream/stream?streams=btcusdt@trade"].map(connect));
    const numbered = await Promise.all(["/ws", "/ws/0", "/stream/ws", "/stream/ws/7", "/stream"].map(connect));
    for (const socket of numbered) deepEqual(await socket.call("SUBSCRIBE", ["btcusdt@trade"]), { result: null, id: 1 });

    await exchange.alice.limit("SELL", "0.1", "40000");
    await exchange.bob.limit("BUY", "0.1", "40000");
    for (const socket of [...raw, ...numbered.slice(0, 4)]) {
      const event = await socket.next((message) => message.e === "trade");
      deepEqual([event.s, event.p, event.q, event.m], ["BTCUSDT", "40000.00000000", "0.10000000", false]);
    }
    for (const socket of [...combined, numbered[4]]) {
      const event = await socket.next((message) => message.stream === "btcusdt@trade");
      equal(event.data.e, "trade");
    }
  });

  it("tell differences of the book without a gap, from which a copy stays equal to the book", async () => {
    const socket = await connect("/ws/btcusdt@depth@100ms");
    const { alice, bob } = exchange;
    for (let place = 0; place < 30; place++) {
      await alice.limit("BUY", "0.01", String(30_000 + (place % 7)));
      if (place % 5 === 4) await bob.limit("SELL", "0.015", "29000");
      if (place === 12 || place === 22) await new Promise((wake) => setTimeout(wake, 250));
    }
    const snapshot = (await exchange.get("/api/v3/depth?symbol=BTCUSDT&limit=5000")).body;
    await alice.delete("/api/v3/openOrders", { symbol: "BTCUSDT" });
    const book = (await exchange.get("/api/v3/depth?symbol=BTCUSDT&limit=5000")).body;
    await socket.next((message) => message.u >= book.lastUpdateId);

    const events = socket.messages as Message[];
    ok(events.length >= 3);
    for (let place = 1; place < events.length; place++) equal(events[place].U, events[place - 1].u + 1);
    // From the snapshot on, as web-socket-streams.md tells clients to do.
    const bids = new Map<string, string>(snapshot.bids);
    for (const event of events.filter(({ u }) => u > snapshot.lastUpdateId)) {
      for (const [price, quantity] of event.b) {
        if (quantity === "0.00000000") bids.delete(price);
        else bids.set(price, quantity);
      }
    }
    deepEqual([...bids], book.bids);
  });

  it("tell the top of the book, the best prices and candles", async () => {
    const socket = await connect(
      "/stream?streams=btcusdt@depth5@100ms/btcusdt@bookTicker/btcusdt@kline_1m/btcusdt@aggTrade/btcusdt@depth20",
    );
    for (let place = 0; place < 7; place++) await exchange.alice.limit("BUY", "0.1", String(30_000 - place));
    await exchange.bob.limit("SELL", "0.05", "30000");
    const of = (stream: string, matches: (data: Message) => boolean) =>
      socket.next((message) => message.stream === stream && matches(message.data), 10_000).then(({ data }) => data);
    const top = await of("btcusdt@depth5@100ms", (data) => data.bids.length === 5 && data.bids[0][1] === "0.05000000");
    deepEqual([top.bids[0], top.bids[4], top.asks], [["30000.00000000", "0.05000000"], ["29996.00000000", "0.10000000"], []]);
    const best = await of("btcusdt@bookTicker", (data) => data.B === "0.05000000");
    deepEqual([best.b, best.a, best.e, best.s], ["30000.00000000", "0.00000000", undefined, "BTCUSDT"]);
    const { k } = await of("btcusdt@kline_1m", (data) => data.k.c === "30000.00000000");
    deepEqual([k.i, k.x, k.T - k.t], ["1m", false, 59_999]);
    const aggregate = await of("btcusdt@aggTrade", () => true);
    deepEqual([aggregate.p, aggregate.m], ["30000.00000000", true]);
  });

  it("tell candles by the clock of UTC+8, whether the plus sign of the name is escaped or not", async () => {
    const hour = 3_600_000;
    const [escaped, plain] = [await connect("/stream?streams=btcusdt@kline_1d@%2B08:00"), await connect("/ws/btcusdt@kline_1d@+08:00")];
    const raw = await connect("/stream?streams=btcusdt@kline_1d@+08:00/btcusdt@kline_1d");
    await exchange.alice.limit("SELL", "0.1", "40500");
    await exchange.bob.limit("BUY", "0.1", "40500");
    for (const socket of [escaped, plain, raw]) {
      const ofZone = (message: Message) => (message.stream ?? "btcusdt@kline_1d@+08:00") === "btcusdt@kline_1d@+08:00";
      const { k } = await socket.next(ofZone, 10_000).then((message) => message.data ?? message);
      deepEqual([k.i, k.c, (k.t + 8 * hour) % (24 * hour), k.T - k.t], ["1d", "40500.00000000", 0, 24 * hour - 1]);
    }
    const inUtc = await raw.next((message) => message.stream === "btcusdt@kline_1d", 10_000);
    equal(inUtc.data.k.t % (24 * hour), 0);
  });

  it("tell tickers every second, of one symbol or of all that changed", async () => {
    const socket = await connect(
      "/stream?streams=btcusdt@ticker/btcusdt@miniTicker/!ticker@arr/!miniTicker@arr/btcusdt@ticker_1h/btcusdt@avgPrice/!ticker_4h@arr",
    );
    await exchange.alice.limit("SELL", "0.1", "41000");
    await exchange.bob.limit("BUY", "0.1", "41000");
    const of = (stream: string) => socket.next((message) => message.stream === stream, 3_000).then(({ data }) => data);
    const ticker = await of("btcusdt@ticker");
    deepEqual([ticker.e, ticker.c, ticker.s], ["24hrTicker", "41000.00000000", "BTCUSDT"]);
    equal((await of("btcusdt@miniTicker")).e, "24hrMiniTicker");
    equal((await of("btcusdt@ticker_1h")).e, "1hTicker");
    equal((await of("btcusdt@avgPrice")).i, "5m");
    const all = await of("!ticker@arr");
    ok(Array.isArray(all) && all.some((each: Message) => each.s === "BTCUSDT"));
    equal((await of("!miniTicker@arr"))[0].e, "24hrMiniTicker");
    equal((await of("!ticker_4h@arr"))[0].e, "4hTicker");
  });

  it("are subscribed to, listed, left and switched by messages", async () => {
    const socket = await connect("/ws");
    deepEqual(await socket.call("SUBSCRIBE", ["btcusdt@trade", "btcusdt@depth"]), { result: null, id: 1 });
    deepEqual(await socket.call("LIST_SUBSCRIPTIONS"), { result: ["btcusdt@trade", "btcusdt@depth"], id: 2 });
    deepEqual(await socket.call("UNSUBSCRIBE", ["btcusdt@depth"]), { result: null, id: 3 });
    await new Promise((wake) => setTimeout(wake, 1_100));
    deepEqual(await socket.call("GET_PROPERTY", ["combined"]), { result: false, id: 4 });
    deepEqual(await socket.call("SET_PROPERTY", ["combined", true]), { result: null, id: 5 });
    deepEqual((await socket.call("LIST_SUBSCRIPTIONS")).result, ["btcusdt@trade"]);
    await exchange.alice.limit("SELL", "0.1", "40000");
    await exchange.bob.limit("BUY", "0.1", "40000");
    equal((await socket.next((message) => message.data !== undefined)).stream, "btcusdt@trade");
  });

  it("answer what they cannot do with a code, and change nothing", async () => {
    const cases: [message: unknown, code: number, text: RegExp][] = [
      ["{", 3, /^Invalid JSON/],
      ["[]", 2, /expected an object/],
      [{ method: "SUBSCRIBE", params: ["nosuch@trade"], id: 9 }, 2, /no such stream or symbol: 'nosuch@trade'/],
      [{ method: "SUBSCRIBE", params: ["BTCUSDT@trade"], id: 9 }, 2, /no such stream/],
      [{ method: "SUBSCRIBE", params: ["btcusdt@kline_7m"], id: 9 }, 2, /no such stream/],
      [{ method: "SUBSCRIBE", params: ["btcusdt@trade", "x"], id: 9 }, 2, /no such stream/],
      [{ method: "SUBSCRIBE", params: [], id: 9 }, 2, /at least one stream/],
      [{ method: "SUBSCRIBE", params: "btcusdt@trade", id: 9 }, 2, /must be an array/],
      [{ method: "SUBSCRIBE", params: [7], id: 9 }, 2, /must be strings/],
      [{ method: "DESCRIBE", params: [], id: 9 }, 2, /unknown variant `DESCRIBE`/],
      [{ params: [], id: 9 }, 2, /missing field `method`/],
      [{ method: "SUBSCRIBE", params: ["btcusdt@trade"], id: 1.5 }, 2, /request ID/],
      [{ method: "SET_PROPERTY", params: ["combined", "yes"], id: 9 }, 1, /expected Boolean/],
      [{ method: "SET_PROPERTY", params: ["colour", true], id: 9 }, 0, /Unknown property/],
    ];
    for (const [message, code, text] of cases) {
      const socket = await connect("/ws");
      socket.send(message);
      const { error } = await socket.next((answer) => answer.error !== undefined);
      equal(error.code, code);
      ok(text.test(error.msg), error.msg);
      deepEqual((await socket.call("LIST_SUBSCRIPTIONS")).result, []);
      socket.close();
    }
  });

  it("are at most so many to a connection", async () => {
    const socket = await connect("/ws");
    const intervals = ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"];
    const names = [
      ...intervals.map((interval) => `btcusdt@kline_${interval}`),
      "btcusdt@trade",
      "btcusdt@depth",
      "ethbtc@trade",
      "ethbtc@depth",
    ];
    equal((await socket.call("SUBSCRIBE", names)).result, null);
    const { error } = await socket.call("SUBSCRIBE", ["ethusdt@trade"]);
    ok(/at most 20/.test(error.msg));
    equal((await socket.call("LIST_SUBSCRIPTIONS")).result.length, 20);
  });

  it("end for a client that sends more than five messages a second", async () => {
    const socket = await connect("/ws");
    await new Promise((wake) => setTimeout(wake, 1_000 - (Date.now() % 1_000)));
    for (let id = 0; id < 8; id++) socket.send({ method: "LIST_SUBSCRIPTIONS", id });
    const { code, reason } = await socket.end();
    equal(code, 1008);
    ok(/more than 5 messages/.test(reason));
  });

  it("refuse an unknown path, a foreign page and a stream that does not exist", async () => {
    await rejects(connect("/nothing"), /refused with 404/);
    const foreign = new WebSocket(`ws://127.0.0.1:${exchange.port}/ws`, { origin: "https://evil.example" });
    const status = await new Promise((resolve) => foreign.once("unexpected-response", (_, response) => resolve(response.statusCode)));
    equal(status, 403);
    foreign.on("error", () => {});
    foreign.terminate();
    const wrong = await connect("/ws/nosuch@trade");
    equal((await wrong.next((message) => message.error !== undefined)).error.code, 2);
    equal((await wrong.end()).code, 1008);
  });

  it("tell times in microseconds when asked", async () => {
    const socket = await connect("/ws/btcusdt@trade?timeUnit=MICROSECOND");
    await exchange.alice.limit("SELL", "0.1", "40000");
    await exchange.bob.limit("BUY", "0.1", "40000");
    const event = await socket.next((message) => message.e === "trade");
    ok(Math.abs(event.T / 1000 - Date.now()) < 5_000);
  });

  it("carry the account's events by listenKey, for as long as it lives", async () => {
    const headers = { "x-mbx-apikey": exchange.alice.account.apiKey };
    const listenKey = async (method: string, query = "") => exchange.request(method, `/api/v3/userDataStream${query}`, { headers });
    const { body } = await listenKey("POST");
    equal((await listenKey("POST")).body.listenKey, body.listenKey);
    const socket = await connect(`/ws/${body.listenKey}`);
    const combined = await connect(`/stream?streams=${body.listenKey}`);
    await exchange.alice.limit("BUY", "0.1", "30000");
    const report = await socket.next((message) => message.e === "executionReport");
    deepEqual([report.x, report.X, report.C, report.N, report.t], ["NEW", "NEW", "", null, -1]);
    equal((await combined.next((message) => message.stream === body.listenKey)).data.e, "executionReport");
    equal((await listenKey("PUT", `?listenKey=${body.listenKey}`)).status, 200);
    equal((await listenKey("DELETE", `?listenKey=${body.listenKey}`)).status, 200);
    deepEqual((await listenKey("PUT", `?listenKey=${body.listenKey}`)).body, { code: -1125, msg: "This listenKey does not exist." });
    const late = await connect(`/ws/${body.listenKey}`);
    equal((await late.end()).code, 1008);
  });
});

describe("A server that shuts down", function () {
  this.timeout(60_000);

  it("says so on every connection and closes it as going away, and leaves the port free", async () => {
    const exchange = await RunningExchange.start();
    const raw = await exchange.connect("/ws/btcusdt@trade");
    const combined = await exchange.connect("/stream?streams=btcusdt@trade");
    const api = await exchange.connect("/ws-api/v3");
    const { port } = exchange;
    await exchange.stop();
    equal((await raw.next((message) => message.e === "serverShutdown")).e, "serverShutdown");
    equal((await combined.next((message) => message.stream === "!serverShutdown")).data.e, "serverShutdown");
    equal((await api.next((message) => message.event !== undefined)).event.e, "serverShutdown");
    for (const socket of [raw, combined, api]) equal((await socket.end()).code, 1001);
    await new Promise<void>((resolve, reject) => {
      const server = createServer().once("error", reject);
      server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
    });
  });
});
