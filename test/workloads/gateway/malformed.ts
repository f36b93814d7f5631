/** Malformed requests and frames, made from a seed: each is wrong in at least one way, many are signed correctly so that they get far. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { createGateway } from "../../../workloads/gateway";
import { firstSession, sessionsPerAccount } from "../../../workloads/gateway/binary";
import { FrameType, PROTOCOL_VERSION } from "../../../workloads/services/trading/remote/frames";
import { logonFrame } from "../../../workloads/services/trading/remote/logon";
import type { Parameters, RunningExchange, Socket } from "./running-exchange";

/** Numbers of a seed (mulberry32): the same run can be made again. */
export class Random {
  constructor(private state: number) {}

  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)];
  }

  text(length: number): string {
    return Array.from({ length }, () => String.fromCharCode(this.below(0x2ff) + 1)).join("");
  }
}

const wrongNumbers = [
  "",
  "-1",
  "0",
  "0.0",
  "NaN",
  "Infinity",
  "1e9",
  "1e-9",
  "0x10",
  "1,5",
  "１",
  "1.2.3",
  ".5",
  "99999999999999999999999",
  "0.000000001",
  "'1'",
  "null",
  "\u0000",
];
const wrongNames = [
  "",
  "btcusdt",
  "BTC/USDT",
  "BTCUSDT ",
  "NOSUCH",
  "../../etc/passwd",
  "'; drop table orders --",
  "<script>",
  "BTCUSDT\r\nX: 1",
  "undefined",
  "[object Object]",
];
/** Paths that nothing serves, or not as they are written; what is served comes from the documents at `/docs`. */
const wrongPaths = [
  "/nothing",
  "/%ff%fe",
  "/api/v3/order/%00",
  "//api/v3/order",
  "/api/v3/../v3/order",
  "/docs/..%2f..%2fpackage.json",
  "/account/v1/keys",
  "/local/demo/..%2fexchange.sqlite",
];
const wrongMethods = ["nonsense", "__proto__", "constructor", "toString", "order.", ""];

/** All that can be asked for: routes as `GET /path` with the names of their parameters, and methods of the WebSocket API. */
interface Surface {
  routes: [method: string, path: string, parameters: string[]][];
  methods: [name: string, parameters: string[]][];
}

async function readSurface(exchange: RunningExchange): Promise<Surface> {
  const { paths } = (await exchange.get("/docs/openapi.json")).body;
  const { messages } = (await exchange.get("/docs/asyncapi.json")).body.channels.api;
  const routes = Object.entries<Record<string, { parameters: { name: string }[] }>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters }]): Surface["routes"][number] => [
      method.toUpperCase(),
      path,
      parameters.map(({ name }) => name),
    ]),
  );
  const methods = Object.entries<{ payload: { properties: { params?: { properties?: object } } } }>(messages)
    .filter(([name]) => name !== "answer" && name !== "userEvent")
    .map(([name, { payload }]): Surface["methods"][number] => [name, Object.keys(payload.properties.params?.properties ?? {})]);
  return { routes, methods };
}

/**
 * Values by which most operations would be asked correctly, one to three of which are then spoilt; the symbol or the quantity always is.
 *
 * @param names parameters of the operation; mostly none but these are sent, so that a request gets as far as it can
 */
function spoiltOrder(random: Random, names: readonly string[] = []): Parameters {
  const order: Parameters = {
    symbol: "BTCUSDT",
    side: "BUY",
    type: "LIMIT",
    timeInForce: "GTC",
    quantity: "0.01",
    price: "30000",
    aboveType: "LIMIT_MAKER",
    belowType: "STOP_LOSS",
    belowStopPrice: "1",
    abovePrice: "99999",
    orderId: 1,
    newQty: "0.001",
    cancelReplaceMode: "ALLOW_FAILURE",
    cancelOrderId: 1,
    interval: "1m",
    limit: 10,
    listenKey: "x",
    ...{
      orderListId: 1,
      origClientOrderId: "x",
      newClientOrderId: "y",
      fromId: 1,
      startTime: 1,
      endTime: 2,
      windowSize: "1h",
      timeZone: "0",
    },
    ...{
      workingType: "LIMIT",
      workingSide: "BUY",
      workingPrice: "1",
      workingQuantity: "1",
      workingTimeInForce: "GTC",
      pendingSide: "SELL",
    },
    ...{
      pendingType: "MARKET",
      pendingQuantity: "1",
      pendingAboveType: "LIMIT_MAKER",
      pendingAbovePrice: "9",
      pendingBelowType: "STOP_LOSS",
    },
    ...{ pendingBelowStopPrice: "1", stopPrice: "1", trailingDelta: 100, icebergQty: "0.1", quoteOrderQty: "5", permissions: "SPOT" },
    ...{ coin: "BTC", network: "SIM", address: "sim-00", amount: "1", preventedMatchId: 1, symbols: '["BTCUSDT"]', limitIcebergQty: "1" },
  };
  if (names.length > 0 && random.below(8) > 0) for (const name of Object.keys(order)) if (!names.includes(name)) delete order[name];
  for (const name of Object.keys(order)) if (random.below(4) === 0) delete order[name];
  if (random.below(2) === 0) order["symbol"] = random.of(wrongNames);
  else {
    order["quantity"] = random.of(wrongNumbers);
    order["newQty"] = random.of(wrongNumbers);
    order["orderId"] = random.of(wrongNumbers);
    order["colour"] = random.text(random.below(20));
  }
  for (let more = random.below(3); more > 0; more--)
    order[random.of(Object.keys(order))] = random.of([...wrongNumbers, ...wrongNames, random.text(30)]);
  if (random.below(10) === 0) order["recvWindow"] = random.of(wrongNumbers);
  if (random.below(10) === 0) order["timestamp"] = random.of(wrongNumbers);
  if (random.below(20) === 0) order[random.text(5)] = "x".repeat(random.below(5_000));
  return order;
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

/** Status of one HTTP request; 0 where the server ended the connection. */
function statusOf(port: number, method: string, path: string, headers: Record<string, string>, body: string | undefined): Promise<number> {
  return new Promise((resolve) => {
    const request = httpRequest({ host: "127.0.0.1", port, method, path, headers, agent }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    request.on("error", () => resolve(0));
    request.end(body);
  });
}

async function malformedRequest(exchange: RunningExchange, { routes }: Surface, random: Random): Promise<[route: string, status: number]> {
  const client = random.of([exchange.alice, exchange.bob]);
  const [served, route, names] = random.of(routes);
  const parameters = spoiltOrder(random, names);
  let query: string;
  try {
    query = client.query(parameters);
  } catch {
    query = "a=%";
  }
  if (random.below(8) === 0) query = query.slice(0, random.below(query.length));
  if (random.below(8) === 0) query = query.replaceAll("=", random.of(["", "==", "%3", "&"]));
  if (random.below(8) === 0) query += `&${query}`;
  const inBody = random.below(3) === 0;
  const headers: Record<string, string> = {
    "x-mbx-apikey": random.below(10) === 0 ? "z".repeat(random.below(200)) : client.account.apiKey,
  };
  if (random.below(5) === 0)
    headers["content-type"] = random.of(["application/json", "text/plain", "x", "multipart/form-data; boundary=x"]);
  if (random.below(20) === 0) headers["x-mbx-time-unit"] = random.of(["SECOND", "MICROSECOND"]);
  const method = random.below(10) === 0 ? random.of(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]) : served;
  const path = random.below(10) === 0 ? random.of(wrongPaths) : route;
  const withBody = inBody && method !== "GET";
  const body = withBody ? (random.below(6) === 0 ? JSON.stringify(parameters) : query) : undefined;
  // Node's client refuses to send raw control characters and non-ASCII: those go out as bytes in malformedBytes.
  const url = (withBody ? path : `${path}?${query}`).replace(/[^\x21-\x7e]/g, "%");
  return [`${method} ${path}`, await statusOf(exchange.port, method, url, headers, body)];
}

/** A correct order that its sender may not place: the key, the signature or the time is wrong. */
function unauthenticRequest(exchange: RunningExchange, random: Random): Promise<number> {
  const { alice } = exchange;
  const order = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.01", price: "30000" };
  const [query, apiKey] = random.of<[string, string]>([
    [alice.query(order), "z".repeat(64)],
    [alice.query(order), "short"],
    [`${alice.query(order)}0`, alice.account.apiKey],
    [alice.query(order), exchange.bob.account.apiKey],
    [alice.query({ ...order, timestamp: Date.now() - 3_600_000 }), alice.account.apiKey],
    [`side=SELL&${alice.query(order).replace("side=BUY&", "")}`, alice.account.apiKey],
  ]);
  return statusOf(exchange.port, "POST", `/api/v3/order?${query}`, { "x-mbx-apikey": apiKey }, undefined);
}

/** Bytes that are no request at all; resolves when the server has ended the connection, or with its answer. */
function malformedBytes(exchange: RunningExchange, random: Random): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(exchange.port, "127.0.0.1");
    let answer = "";
    const end = () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0));
    socket.on("data", (chunk) => {
      answer += chunk;
      socket.end();
    });
    socket.on("error", end);
    socket.on("close", end);
    socket.write(
      random.of([
        random.text(200),
        "GET / HTTP/9.9\r\n\r\n",
        "POST /api/v3/order HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
        "POST /api/v3/order HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 1\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: nonsense\r\n\r\n",
        `GET /${random.text(20)} HTTP/1.1\r\n\r\n`,
        `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${"x: y\r\n".repeat(random.below(3_000))}\r\n`,
      ]),
    );
    socket.setTimeout(100, () => socket.destroy());
  });
}

/** One malformed message over the WebSocket API. */
function malformedMessage(exchange: RunningExchange, { methods }: Surface, random: Random): string | Buffer {
  const [served, names] = random.of(methods);
  const method = random.below(10) === 0 ? random.of(wrongMethods) : served;
  const params: unknown =
    random.below(4) === 0
      ? random.of<unknown>([null, 7, "x", [], { symbol: { a: [1] } }, { symbol: ["BTCUSDT"] }])
      : random.of([exchange.alice, exchange.bob]).signed(spoiltOrder(random, names));
  const message = JSON.stringify({ id: random.of<unknown>([1, "x", null, { a: 1 }, 1.5, [2]]), method, params });
  if (random.below(4) === 0) return message.slice(0, random.below(message.length));
  if (random.below(20) === 0) return Buffer.from(random.text(50));
  return message;
}

function malformedStreamMessage(random: Random): string | Buffer {
  const message = JSON.stringify({
    id: random.of<unknown>([1, "x", { a: 1 }]),
    method: random.of(["SUBSCRIBE", "UNSUBSCRIBE", "SET_PROPERTY", "nonsense"]),
    params: random.of<unknown>([
      null,
      7,
      ["nosuch@trade"],
      [random.text(10)],
      [["btcusdt@trade"]],
      ["btcusdt@depth@7ms"],
      ["combined", "x"],
    ]),
  });
  return random.below(3) === 0 ? message.slice(0, random.below(message.length)) : message;
}

/** A frame of the binary protocol that is wrong in its length, type, version or body. */
function malformedFrame(random: Random): Buffer {
  const body = Buffer.from(Array.from({ length: random.below(40) * 8 }, () => random.below(256)));
  const frame = Buffer.concat([Buffer.alloc(8), body]);
  frame.writeUInt32LE(random.of([frame.length, frame.length, frame.length, 0, 7, 2 ** 16 + 8, 2 ** 32 - 1]));
  frame[4] = random.of([FrameType.LOGON, FrameType.COMMANDS, FrameType.SUBSCRIBE, FrameType.PIN, FrameType.RESULTS, 0, 200]);
  frame[5] = random.of([PROTOCOL_VERSION, PROTOCOL_VERSION, 0, 9]);
  return random.below(5) === 0 ? Buffer.from(random.text(60)) : frame;
}

interface BinaryEntry {
  port: number;
  account: number;
  apiKey: string;
  privateKey: KeyObject;
}

/** Sends a malformed frame to the binary port, before or after a logon. Resolves with the types of the frames that came back. */
function sendMalformedFrame({ port, account, apiKey, privateKey }: BinaryEntry, random: Random): Promise<number[]> {
  const frame = malformedFrame(random);
  const session = random.below(2) === 0 ? undefined : firstSession(account) + random.below(sessionsPerAccount);
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let received = Buffer.alloc(0);
    let sent = false;
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (sent || received.length < 40) return;
      sent = true;
      if (session !== undefined) socket.write(logonFrame(received.subarray(8, 40), apiKey, session, privateKey));
      socket.end(frame);
    });
    const end = () => {
      const types: number[] = [];
      for (let at = 0; at + 8 <= received.length; at += received.readUInt32LE(at)) types.push(received[at + 4]);
      resolve(types);
    };
    socket.on("error", () => {});
    socket.on("close", end);
  });
}

/** What must not change: both accounts' balances and open orders, and the book. */
async function stateOf(exchange: RunningExchange): Promise<unknown> {
  const { alice, bob } = exchange;
  const accounts = await Promise.all(
    [alice, bob].map(async (client) => [
      (await client.get("/api/v3/account")).body.balances,
      (await client.get("/api/v3/openOrders")).body,
    ]),
  );
  return [accounts, (await exchange.get("/api/v3/depth?symbol=BTCUSDT")).body, (await exchange.get("/api/v3/trades?symbol=BTCUSDT")).body];
}

/**
 * Sends `count` malformed requests and frames, over REST, all WebSockets and the binary port, and then finds the server healthy, no 5xx, no fault of its own and no state changed. Returns
 * how often each status was answered.
 */
export async function sendMalformed(exchange: RunningExchange, count: number, seed: number): Promise<Map<number, number>> {
  const random = new Random(seed);
  await exchange.alice.limit("BUY", "0.5", "30000");
  await exchange.bob.limit("SELL", "0.5", "50000");
  const before = await stateOf(exchange);
  const surface = await readSurface(exchange);
  const visited = new Set<string>();
  const statuses = new Map<number, number>();
  const note = (status: number) => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    ok(status < 500, `a malformed request was answered with ${status} (seed ${seed})`);
  };

  const api: { socket: Socket; read: number } = { socket: await exchange.connect("/ws-api/v3"), read: 0 };
  let streams = await exchange.connect("/ws");

  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
  const { account } = exchange.alice.account;
  const { apiKey } = await exchange.exchange.users.registerPublicKey(account, "malformed", pem, ["read", "trade"]);
  const openSbe = () => exchange.connect("/stream-sbe/ws", { "x-mbx-apikey": apiKey });
  let sbe = await openSbe();
  const { shard } = exchange.exchange;
  const gateway = createGateway({
    ...exchange.exchange,
    limits: { connectionsPerFiveMinutes: 1e9, requestWeight: 1e9 },
    onFault: (fault) => exchange.faults.push(fault),
    binary: { shard, port: 0 },
  });
  const binary = { port: (await gateway.listen(0, "127.0.0.1")).binaryPort!, account, apiKey, privateKey };
  const frames = new Map<number, number>();
  const noteFrames = (types: number[]) => {
    for (const type of types) frames.set(type, (frames.get(type) ?? 0) + 1);
  };

  let waiting: Promise<void>[] = [];
  for (let sent = 0; sent < count; sent++) {
    const kind = random.below(20);
    if (kind < 2) waiting.push(unauthenticRequest(exchange, random).then(note));
    else if (kind < 9) {
      const request = malformedRequest(exchange, surface, random);
      waiting.push(
        request.then(([route, status]) => {
          visited.add(route);
          note(status);
        }),
      );
    } else if (kind < 10) waiting.push(malformedBytes(exchange, random).then(note));
    else if (kind < 18) {
      if (api.socket.closed !== undefined) Object.assign(api, { socket: await exchange.connect("/ws-api/v3"), read: 0 });
      api.socket.socket.send(malformedMessage(exchange, surface, random));
    } else if (kind === 18 && random.below(2) === 0) {
      if (sbe.closed !== undefined) sbe = await openSbe();
      sbe.socket.send(malformedStreamMessage(random));
    } else if (kind === 19 && random.below(2) === 0) waiting.push(sendMalformedFrame(binary, random).then(noteFrames));
    else {
      if (streams.closed !== undefined) streams = await exchange.connect("/ws");
      streams.socket.send(malformedStreamMessage(random));
    }
    if (waiting.length === 256) {
      await Promise.all(waiting);
      waiting = [];
      for (const message of api.socket.messages.splice(0)) if (message.status !== undefined) note(message.status);
    }
  }
  await Promise.all(waiting);
  if (count >= 50 * surface.routes.length) {
    const missed = surface.routes.map(([method, path]) => `${method} ${path}`).filter((route) => !visited.has(route));
    deepEqual(missed, [], "every route was asked wrongly");
  }
  ok(await sbe.next((message) => message.error !== undefined || message.result === null, 40_000));
  ok((frames.get(FrameType.ACCEPTED) ?? 0) > 0, "some frames followed a logon");
  ok((frames.get(FrameType.LOGOUT) ?? 0) > 0, "binary order entry told why it ended a connection");
  equal(frames.get(FrameType.RESULTS), undefined);
  const health = await exchange.connect("/ws-api/v3");
  equal((await health.call("ping")).status, 200);
  equal((await exchange.get("/api/v3/ping")).status, 200);
  for (const message of api.socket.messages) if (message.status !== undefined) note(message.status);
  deepEqual(exchange.faults, []);
  deepEqual(await stateOf(exchange), before);
  for (const socket of [health, api.socket, streams, sbe]) socket.close();
  await gateway.close();
  return statuses;
}
