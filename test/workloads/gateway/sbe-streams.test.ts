/** Market data in SBE: what it says is what the JSON streams say, and what the book of the engine is. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { WebSocket } from "ws";
import type { KeyLimits } from "../../../workloads/services/ports";
import { RunningExchange, type Socket } from "./running-exchange";
import { decodeSbe, type SbeMessage } from "./sbe-decoder";

/** A connection that hears events in binary and answers in text. */
class SbeSocket {
  readonly events: SbeMessage[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: answers have many shapes
  readonly texts: any[] = [];
  closed: number | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on("message", (data, isBinary) => {
      if (isBinary) this.events.push(decodeSbe(data as Buffer));
      else this.texts.push(JSON.parse(String(data)));
    });
    socket.on("close", (code) => {
      this.closed = code;
    });
  }

  static async open(url: string, apiKey: string | undefined): Promise<SbeSocket> {
    const socket = new WebSocket(url, { headers: apiKey === undefined ? {} : { "x-mbx-apikey": apiKey } });
    const wrapped = new SbeSocket(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
      socket.once("unexpected-response", (_, response) => {
        response.once("data", (body) => reject(new Error(`${response.statusCode} ${body}`)));
      });
    });
    return wrapped;
  }

  named(name: string): SbeMessage[] {
    return this.events.filter((event) => event.name === name);
  }
}

/** Waits for a condition, at most 40 s. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 40_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

describe("Streams in SBE", function () {
  this.timeout(60_000);
  let exchange: RunningExchange;
  let apiKey: string;
  const open: (Socket | SbeSocket)[] = [];

  async function registerKey(kind: "ed25519" | "rsa", limits?: KeyLimits): Promise<string> {
    const { publicKey } = kind === "rsa" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ed25519");
    const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
    return (await exchange.exchange.users.registerPublicKey(exchange.alice.account.account, kind, pem, [], limits)).apiKey;
  }

  before(async () => {
    exchange = await RunningExchange.start({ connections: { pingIntervalMs: 200 } });
    apiKey = await registerKey("ed25519");
  });

  after(async () => {
    deepEqual(exchange.faults, []);
    await exchange.stop();
  });

  afterEach(async () => {
    for (const { socket } of open.splice(0)) socket.terminate();
    await exchange.alice.delete("/api/v3/openOrders", { symbol: "BTCUSDT" });
    await exchange.bob.delete("/api/v3/openOrders", { symbol: "BTCUSDT" });
  });

  async function connect(path: string, key: string | undefined = apiKey): Promise<SbeSocket> {
    const socket = await SbeSocket.open(`ws://127.0.0.1:${exchange.port}${path}`, key);
    open.push(socket);
    return socket;
  }

  async function json(path: string): Promise<Socket> {
    const socket = await exchange.connect(path);
    open.push(socket);
    return socket;
  }

  it("tell trades as JSON streams do, those of one order in one message", async () => {
    const [binary, text] = [await connect("/stream-sbe/ws/btcusdt@trade"), await json("/ws/btcusdt@trade?timeUnit=MICROSECOND")];
    await exchange.alice.limit("SELL", "0.1", "40000.01");
    await exchange.alice.limit("SELL", "0.2", "40000.02");
    await exchange.bob.limit("BUY", "0.25", "40000.02");
    await exchange.alice.limit("BUY", "0.5", "39000");
    await exchange.bob.limit("SELL", "0.001", "39000");
    await until("three trades", () => text.messages.length === 3 && binary.events.length === 2);
    const told = binary.events.flatMap(({ name, blockLengths, transactTime, symbol, trades }) => {
      equal(name, "TradesStreamEvent");
      deepEqual(blockLengths, { root: 18, trades: 25 });
      return trades.map((trade: SbeMessage) => [
        symbol,
        transactTime,
        trade["id"],
        trade["price"],
        trade["qty"],
        trade["isBuyerMaker"] === 1,
      ]);
    });
    deepEqual(
      told,
      text.messages.map(({ s, T, t, p, q, m }) => [s, T, t, p, q, m]),
    );
    deepEqual(
      binary.events.map(({ trades }) => trades.length),
      [2, 1],
    );
    for (const { eventTime, transactTime } of binary.events) ok(eventTime >= transactTime && eventTime < transactTime + 40e6);
  });

  it("tell the best prices as JSON streams do, with nothing on an empty side", async () => {
    const [binary, text] = [await connect("/stream-sbe/ws/btcusdt@bestBidAsk"), await json("/ws/btcusdt@bookTicker")];
    await exchange.alice.limit("BUY", "0.1", "30000.25");
    await exchange.alice.limit("SELL", "0.3", "50000.75");
    await exchange.bob.limit("BUY", "0.1", "30001");
    await exchange.alice.limit("SELL", "0.05", "30001");
    await until("the last change", () => text.messages.at(-1)?.B === "0.05000000" && binary.events.length === text.messages.length);
    deepEqual(
      binary.events.map((event) => [
        event.symbol,
        event["bookUpdateId"],
        event["bidPrice"],
        event["bidQty"],
        event["askPrice"],
        event["askQty"],
      ]),
      text.messages.map(({ s, u, b, B, a, A }) => [s, u, b, B, a, A]),
    );
    equal(binary.events[0]["askPrice"], "0.00000000");
    deepEqual([binary.events[0].name, binary.events[0].blockLengths], ["BestBidAskStreamEvent", { root: 50 }]);
  });

  it("tell differences without a gap, from which a copy ends equal to the book that is made of the open orders", async () => {
    const [binary, text] = [await connect("/stream-sbe/ws/btcusdt@depth"), await json("/ws/btcusdt@depth@100ms")];
    const { alice, bob } = exchange;
    let snapshot: { lastUpdateId: number; bids: [string, string][]; asks: [string, string][] } | undefined;
    for (let place = 0; place < 60; place++) {
      await alice.limit("BUY", "0.01", String(30_000 + (place % 7)));
      await alice.limit("SELL", "0.01", String(50_000 + (place % 11)));
      if (place % 5 === 4) await bob.limit("SELL", "0.015", "29000");
      if (place === 30) snapshot = (await exchange.get("/api/v3/depth?symbol=BTCUSDT&limit=5000")).body;
    }
    const { lastUpdateId } = (await exchange.get("/api/v3/depth?symbol=BTCUSDT")).body;
    await until("the last difference", () => binary.events.at(-1)?.["lastBookUpdateId"] >= lastUpdateId);
    await until("the last difference in JSON", () => text.messages.at(-1)?.u >= lastUpdateId);

    const copy = { bids: new Map(snapshot!.bids), asks: new Map(snapshot!.asks) };
    for (const [place, event] of binary.events.entries()) {
      deepEqual([event.name, event.blockLengths], ["DepthDiffStreamEvent", { root: 26, bids: 16, asks: 16 }]);
      if (place > 0) equal(event["firstBookUpdateId"], binary.events[place - 1]["lastBookUpdateId"] + 1);
      if (event["lastBookUpdateId"] <= snapshot!.lastUpdateId) continue;
      for (const side of ["bids", "asks"] as const) {
        for (const { price, qty } of event[side]) {
          if (qty === "0.00000000") copy[side].delete(price);
          else copy[side].set(price, qty);
        }
      }
    }
    const orders = (await alice.get("/api/v3/openOrders", { symbol: "BTCUSDT" })).body as Record<string, string>[];
    for (const [side, levels] of [
      ["BUY", copy.bids],
      ["SELL", copy.asks],
    ] as const) {
      const sums = new Map<string, bigint>();
      for (const { price, origQty, executedQty } of orders.filter((order) => order["side"] === side)) {
        const units = BigInt(origQty.replace(".", "")) - BigInt(executedQty.replace(".", ""));
        sums.set(price, (sums.get(price) ?? 0n) + units);
      }
      const copied = [...levels].map(([price, quantity]) => [price, BigInt(quantity.replace(".", ""))] as const);
      deepEqual(new Map(copied), sums);
    }
    // Both encodings tell the same levels, whatever the interval over which they were collected.
    const ends = (events: readonly (readonly [string, string])[][]) => [...new Map(events.flat())].sort();
    const pairs = (levels: SbeMessage[]) => levels.map(({ price, qty }) => [price, qty] as const);
    deepEqual(ends(binary.events.map(({ bids }) => pairs(bids))), ends(text.messages.map(({ b }) => b)));
    deepEqual(ends(binary.events.map(({ asks }) => pairs(asks))), ends(text.messages.map(({ a }) => a)));
  });

  it("tell the best 20 levels", async () => {
    const [binary, text] = [await connect("/stream-sbe/ws/btcusdt@depth20"), await json("/ws/btcusdt@depth20@100ms")];
    for (let place = 0; place < 23; place++) await exchange.alice.limit("BUY", "0.1", `${30_000 - place}.5`);
    await exchange.alice.limit("SELL", "0.1", "50000");
    const { lastUpdateId } = (await exchange.get("/api/v3/depth?symbol=BTCUSDT")).body;
    await until("the last book", () => binary.events.at(-1)?.["bookUpdateId"] === lastUpdateId);
    await until("the last book in JSON", () => text.messages.at(-1)?.lastUpdateId === lastUpdateId);
    const [book, other] = [binary.events.at(-1)!, text.messages.at(-1)];
    deepEqual([book.name, book.blockLengths, book.symbol], ["DepthSnapshotStreamEvent", { root: 18, bids: 16, asks: 16 }, "BTCUSDT"]);
    equal(book["bids"].length, 20);
    const pairs = (levels: SbeMessage[]) => levels.map(({ price, qty }) => [price, qty]);
    deepEqual([pairs(book["bids"]), pairs(book["asks"])], [other.bids, other.asks]);
  });

  it("are subscribed to by JSON, several on a connection, with answers in text and the same bytes as raw events", async () => {
    const socket = await connect("/stream-sbe/stream?streams=btcusdt@trade");
    socket.socket.send(JSON.stringify({ method: "SUBSCRIBE", params: ["btcusdt@bestBidAsk"], id: 1 }));
    socket.socket.send(JSON.stringify({ method: "SUBSCRIBE", params: ["btcusdt@ticker"], id: 2 }));
    socket.socket.send(JSON.stringify({ method: "LIST_SUBSCRIPTIONS", id: 3 }));
    await until("three answers", () => socket.texts.length === 3);
    deepEqual(socket.texts[0], { result: null, id: 1 });
    equal(socket.texts[1].error.msg, "Invalid request: no such stream or symbol: 'btcusdt@ticker'");
    deepEqual(socket.texts[2].result, ["btcusdt@trade", "btcusdt@bestBidAsk"]);
    await exchange.alice.limit("SELL", "0.1", "40000");
    await exchange.bob.limit("BUY", "0.1", "40000");
    await until("both kinds", () => ["TradesStreamEvent", "BestBidAskStreamEvent"].every((name) => socket.named(name).length > 0));
  });

  it("are pinged as JSON streams are, and carry no user data", async () => {
    const headers = { "x-mbx-apikey": exchange.alice.account.apiKey };
    const { listenKey } = (await exchange.request("POST", "/api/v3/userDataStream", { headers })).body;
    const socket = await connect("/stream-sbe/ws");
    let pings = 0;
    socket.socket.on("ping", () => pings++);
    socket.socket.send(JSON.stringify({ method: "SUBSCRIBE", params: [listenKey], id: 1 }));
    await until("the refusal", () => socket.texts.length === 1);
    equal(socket.texts[0].error.code, 2);
    await until("a ping", () => pings > 0);
    equal(socket.closed, undefined);
  });

  it("are open to Ed25519 keys only, whatever these may do", async () => {
    await rejects(connect("/stream-sbe/ws", exchange.alice.account.apiKey), /401 {"code":-2015/);
    await rejects(connect("/stream-sbe/ws", await registerKey("rsa")), /401 {"code":-2015/);
    await rejects(connect("/stream-sbe/ws", "x".repeat(64)), /401 {"code":-2015/);
    await rejects(SbeSocket.open(`ws://127.0.0.1:${exchange.port}/stream-sbe/ws`, undefined), /401 {"code":-2014/);
  });

  it("end with the key that they were opened with, though nothing happens on them, and those of other keys stay", async () => {
    const revoked = await registerKey("ed25519");
    const expiring = await registerKey("ed25519", { expiresAt: Date.now() + 5_000 });
    const ending = [await connect("/stream-sbe/ws/btcusdt@trade", revoked), await connect("/stream-sbe/ws", expiring)];
    const other = await connect("/stream-sbe/ws");
    await exchange.exchange.users.revokeKey(revoked);
    await until("the end of both", () => ending.every(({ closed }) => closed !== undefined));
    for (const { closed, texts } of ending) {
      equal(closed, 1008);
      deepEqual(texts, [{ error: { code: -2015, msg: "Invalid API-key, IP, or permissions for action." } }]);
    }
    equal(other.closed, undefined);
  });
});
