/**
 * The gateway under load on the loopback: order entry over REST, over the WebSocket API and over binary connections down to the synced command
 * log, the fan-out of depth streams and the memory of idle connections, each beside a bare server of the same library that answers a constant.
 * Client and server are a process each; servers that are not loaded wait without work.
 */

import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { firstSession } from "../workloads/gateway/binary";
import { BinaryLoadConnection, type Member } from "./gateway-binary-load";
import type { ServerReady } from "./gateway-home";
import { clientFrame, frameEnd, hmac, httpEnd, LoadConnection, percentiles } from "./gateway-load";
import { fanOutSymbols, type ServerKind, type ServerUse, streamConnections } from "./gateway-server";
import type { BenchmarkReport } from "./run";

const orderConnections = 64;
/** Requests of a connection that are on their way at once, for the greatest throughput. */
const pipelined = 8;
const loadMs = 3_000;
const warmUpMs = 2_000;
const idleConnections = 2_000;

const now = () => performance.now();
const sleep = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

class BenchServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly ready: ServerReady,
  ) {}

  /** @param argument what the kind needs to know */
  static async start(kind: ServerKind, argument: object = {}): Promise<BenchServer> {
    const file = join(__dirname, "gateway-server.ts");
    const child = fork(file, [kind, JSON.stringify(argument)], { execArgv: ["--expose-gc", "-r", join(__dirname, "../source.cjs")] });
    const ready = await new Promise<ServerReady>((resolve, reject) => {
      child.once("message", (message) => resolve(message as ServerReady));
      child.once("exit", (status) => reject(new Error(`the ${kind} server ended with status ${status}`)));
    });
    return new BenchServer(child, ready);
  }

  /** Memory is told after a collection. */
  async use(of: "processor" | "memory" = "processor"): Promise<ServerUse> {
    this.child.send(of);
    return new Promise((resolve) => this.child.once("message", (message) => resolve(message as ServerUse)));
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.removeAllListeners("message");
    this.child.disconnect();
    await ended;
  }
}

/** Orders of two accounts that trade with each other and end where they began, as query strings that are signed for a minute. */
function signedOrders({
  accounts: [a, b],
}: ServerReady): { apiKey: string; parameters: Record<string, string | number>; query: string; payload: string }[] {
  const turns: [typeof a, "SELL" | "BUY"][] = [
    [a, "SELL"],
    [b, "BUY"],
    [b, "SELL"],
    [a, "BUY"],
  ];
  return turns.map(([account, side]) => {
    const parameters = {
      symbol: "BTCUSDT",
      side,
      type: "LIMIT",
      timeInForce: "GTC",
      quantity: "0.00100",
      price: "40000.00",
      newOrderRespType: "ACK",
      recvWindow: 60_000,
      timestamp: Date.now(),
    };
    const query = Object.entries(parameters)
      .map(([name, value]) => `${name}=${value}`)
      .join("&");
    return {
      apiKey: account.apiKey,
      parameters,
      query: `${query}&signature=${hmac(account.secretKey, query)}`,
      payload: account.secretKey,
    };
  });
}

const restRequests = (ready: ServerReady) =>
  signedOrders(ready).map(({ apiKey, query }) =>
    Buffer.from(
      `POST /api/v3/order HTTP/1.1\r\nHost: 127.0.0.1:${ready.port}\r\nX-MBX-APIKEY: ${apiKey}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${query.length}\r\n\r\n${query}`,
    ),
  );

const socketRequests = (ready: ServerReady) =>
  signedOrders(ready).map(({ apiKey, parameters, payload }) => {
    const all: Record<string, string | number | boolean> = { ...parameters, apiKey, returnRateLimits: false };
    const text = Object.keys(all)
      .sort()
      .map((name) => `${name}=${all[name]}`)
      .join("&");
    return clientFrame(JSON.stringify({ id: 1, method: "order.place", params: { ...all, signature: hmac(payload, text) } }));
  });

interface OrderLoad {
  perSecond: number;
  /** Processor time that the server spends on one order, all threads together, in µs. */
  serverMicroseconds: number;
  latency: ReturnType<typeof percentiles>;
  failures: number;
}

/** Sends orders for a while: as many as are answered (`rate` undefined), or so many a second whether they are answered or not. */
async function loadOrders(server: BenchServer, over: "rest" | "websocket", rate: number | undefined): Promise<OrderLoad> {
  const requests = (over === "rest" ? restRequests : socketRequests)(server.ready);
  const success = over === "rest" ? "HTTP/1.1 200" : '"status":200';
  const samples: number[] = [];
  let answered = 0;
  let failures = 0;
  let measuring = false;
  let stopped = false;
  const turns = new Map<LoadConnection, number>();
  const send = (connection: LoadConnection, due: number) => {
    const turn = turns.get(connection) ?? 0;
    turns.set(connection, turn + 1);
    connection.send(requests[turn % requests.length], due);
  };
  const onAnswer = (connection: LoadConnection, due: number, answer: Buffer) => {
    if (measuring) {
      answered++;
      samples.push(now() - due);
      if (!answer.subarray(0, 60).includes(success)) failures++;
    }
    if (rate === undefined && !stopped) send(connection, now());
  };
  const upgrade = over === "rest" ? undefined : "/ws-api/v3";
  const connections: LoadConnection[] = [];
  for (let place = 0; place < orderConnections; place++) {
    connections.push(await LoadConnection.open(server.ready.port, over === "rest" ? httpEnd : frameEnd, upgrade, onAnswer));
  }
  if (rate === undefined) for (const connection of connections) for (let place = 0; place < pipelined; place++) send(connection, now());
  const pace = rate === undefined ? Promise.resolve() : sendAtRate(connections, rate, send, () => stopped);

  await sleep(warmUpMs);
  const before = await server.use();
  measuring = true;
  const started = now();
  await sleep(loadMs);
  const elapsed = now() - started;
  measuring = false;
  stopped = true;
  const after = await server.use();
  await pace;
  await sleep(300);
  for (const connection of connections) connection.close();
  const serverMicroseconds = (after.cpuMicroseconds - before.cpuMicroseconds) / Math.max(1, answered);
  return { perSecond: (answered / elapsed) * 1000, serverMicroseconds, latency: percentiles(samples), failures };
}

interface BinaryLoad {
  perSecond: number;
  serverMicroseconds: number;
  refused: number;
  rejected: number;
}

/** Orders over pipelined binary connections, buys and sells in turns, so that half of them trade. */
async function loadBinary(server: BenchServer, port: number, members: readonly Member[] | undefined): Promise<BinaryLoad> {
  const connections: BinaryLoadConnection[] = [];
  for (let place = 0; place < orderConnections; place++) {
    const member = members?.[place % members.length];
    const session = member === undefined ? 0 : firstSession(member.account) + Math.floor(place / members!.length);
    connections.push(await BinaryLoadConnection.open(port, member, session));
  }
  const results = () => connections.reduce((sum, each) => sum + each.results, 0);
  for (const connection of connections) connection.start();
  await sleep(warmUpMs);
  const [before, first, started] = [await server.use(), results(), now()];
  await sleep(loadMs);
  const [answered, elapsed] = [results() - first, now() - started];
  const after = await server.use();
  for (const connection of connections) connection.stop();
  return {
    perSecond: (answered / elapsed) * 1000,
    serverMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / Math.max(1, answered),
    refused: connections.reduce((sum, each) => sum + each.refused, 0),
    rejected: connections.reduce((sum, each) => sum + each.rejected, 0),
  };
}

/** Open loop: what is due is sent, and its latency counted from when it was due, however late the server is. */
async function sendAtRate(
  connections: LoadConnection[],
  rate: number,
  send: (connection: LoadConnection, due: number) => void,
  stopped: () => boolean,
): Promise<void> {
  const started = now();
  let sent = 0;
  while (!stopped()) {
    const due = Math.floor(((now() - started) * rate) / 1000);
    for (; sent < due; sent++) send(connections[sent % connections.length], started + (sent * 1000) / rate);
    await new Promise((wake) => setTimeout(wake, 1));
  }
}

/** Opens connections, some at a time. */
async function openMany(count: number, open: () => Promise<LoadConnection>): Promise<LoadConnection[]> {
  const connections: LoadConnection[] = [];
  while (connections.length < count) {
    connections.push(...(await Promise.all(Array.from({ length: Math.min(openedAtOnce, count - connections.length) }, open))));
  }
  return connections;
}

/** Fewer than a listening socket lets wait (128 on some systems). */
const openedAtOnce = 50;

/** Messages a second that reach the connections, all of which follow all symbols. */
async function loadStreams(server: BenchServer): Promise<{ perSecond: number; megabytes: number; serverMicroseconds: number }> {
  let bytes = 0;
  const streams = Array.from({ length: fanOutSymbols }, (_, place) => `s${place}usdt@depth@100ms`).join("/");
  const connections = await openMany(streamConnections, () =>
    LoadConnection.open(server.ready.port, frameEnd, `/stream?streams=${streams}`, (_, __, frame) => {
      bytes += frame.length;
    }),
  );
  const received = () => connections.reduce((sum, each) => sum + each.received, 0);
  await sleep(warmUpMs);
  const use = await server.use();
  const [messages, before, started] = [received(), bytes, now()];
  await sleep(loadMs);
  const [count, seconds] = [received() - messages, (now() - started) / 1000];
  const serverMicroseconds = ((await server.use()).cpuMicroseconds - use.cpuMicroseconds) / Math.max(1, count);
  for (const connection of connections) connection.close();
  return { perSecond: count / seconds, megabytes: (bytes - before) / seconds / 1e6, serverMicroseconds };
}

/** Bytes that one idle connection costs the server process, kernel memory not counted. */
async function idleMemory(server: BenchServer): Promise<number> {
  const connections: LoadConnection[] = [];
  const open = async () => {
    connections.push(...(await openMany(idleConnections, () => LoadConnection.open(server.ready.port, frameEnd, "/ws", () => {}))));
    await sleep(500);
    return (await server.use("memory")).rss;
  };
  // The first ones fill memory that the process had already.
  const before = await open();
  const after = await open();
  for (const connection of connections) connection.close();
  return (after - before) / idleConnections;
}

const round = (value: number) => Math.round(value);
const ms = ({ p50, p99, p999 }: OrderLoad["latency"]) => `p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, p99.9 ${p999.toFixed(2)} ms`;

/** Binary order entry three ways: the shard alone in its process, a gateway before it in another, and all of the exchange in one. */
async function noteBinary(
  exchange: BenchServer,
  bare: BenchServer,
  note: (name: string, value: string | number) => void,
  compare: (name: string, mine: number, bare: number) => void,
): Promise<void> {
  const shard = await BenchServer.start("binary");
  const { members, behindRelay } = shard.ready.binary!;
  const relay = await BenchServer.start("relay", behindRelay);
  const bareAnswers = await loadBinary(bare, bare.ready.port, undefined);
  for (const [name, server, port, accounts] of [
    ["binary", shard, shard.ready.port, members],
    ["binary through a gateway of its own process", relay, relay.ready.port, members],
    ["binary, all of the exchange in one process", exchange, exchange.ready.binary!.port, exchange.ready.binary!.members],
  ] as const) {
    const { perSecond, serverMicroseconds, refused, rejected } = await loadBinary(server, port, accounts);
    if (refused + rejected > 0) throw new Error(`${refused} orders over ${name} were refused, ${rejected} rejected`);
    note(`${name}: durable orders per second`, round(perSecond));
    note(`${name}: processor time per order`, `${serverMicroseconds.toFixed(1)} µs, all threads of that process`);
    compare(name, perSecond, bareAnswers.perSecond);
  }
  note("binary: answers per second of a bare server", round(bareAnswers.perSecond));
  await relay.stop();
  await shard.stop();
}

export default async function run(): Promise<BenchmarkReport> {
  const figures: BenchmarkReport["figures"] = {};
  // Each figure is printed as soon as it is known: the whole run takes more than a minute.
  const note = (name: string, value: string | number) => {
    figures[name] = value;
    console.log(`  ${name}: ${value}`);
  };
  const compare = (name: string, mine: number, bare: number) => note(`${name}: bare server / exchange`, (bare / mine).toFixed(2));

  const kinds: ServerKind[] = ["exchange", "bare http", "bare websocket", "bare binary", "fan-out", "bare fan-out"];
  const [exchange, bareHttp, bareWebSocket, bareBinary, fanOutServer, bareFanOutServer] = await Promise.all(
    kinds.map((kind) => BenchServer.start(kind)),
  );

  // Not measured: code that runs for the first time is not compiled yet.
  await loadOrders(exchange, "rest", undefined);
  for (const [name, over, bareServer] of [
    ["REST", "rest", bareHttp],
    ["WebSocket API", "websocket", bareWebSocket],
  ] as const) {
    const most = await loadOrders(exchange, over, undefined);
    const half = await loadOrders(exchange, over, round(most.perSecond / 2));
    const bare = await loadOrders(bareServer, over, undefined);
    if (most.failures + half.failures > 0) throw new Error(`${most.failures + half.failures} orders over ${name} were not accepted`);
    note(`${name}: durable orders per second`, round(most.perSecond));
    note(`${name}: latency at half of that, open loop`, ms(half.latency));
    note(`${name}: server processor time per order`, `${most.serverMicroseconds.toFixed(0)} µs, all threads`);
    note(`${name}: requests per second of a bare server`, round(bare.perSecond));
    note(`${name}: processor time per request of a bare server`, `${bare.serverMicroseconds.toFixed(0)} µs`);
    compare(name, most.perSecond, bare.perSecond);
  }

  await noteBinary(exchange, bareBinary, note, compare);
  await exchange.stop();

  const [idle, bareIdle] = [await idleMemory(fanOutServer), await idleMemory(bareFanOutServer)];
  note("bytes of memory per idle stream connection", round(idle));
  note("bytes of memory per idle connection of a bare server", round(bareIdle));
  note("idle connection: exchange / bare server", (idle / bareIdle).toFixed(2));

  const fanOut = await loadStreams(fanOutServer);
  const bareFanOut = await loadStreams(bareFanOutServer);
  note(`depth messages per second to ${streamConnections} connections`, round(fanOut.perSecond));
  note("depth megabytes per second", round(fanOut.megabytes));
  note("fan-out: server processor time per message", `${fanOut.serverMicroseconds.toFixed(2)} µs`);
  note("messages per second of a bare server", round(bareFanOut.perSecond));
  note("fan-out: processor time per message of a bare server", `${bareFanOut.serverMicroseconds.toFixed(2)} µs`);
  compare("fan-out", fanOut.perSecond, bareFanOut.perSecond);
  await Promise.all([bareHttp, bareWebSocket, bareBinary, fanOutServer, bareFanOutServer].map((server) => server.stop()));

  return {
    name: "gateway",
    conditions: {
      orders:
        "JSON over the loopback, HMAC, each signature checked; two accounts that trade with each other, ACK answers; durable before the answer",
      "order connections": orderConnections,
      "requests under way per connection at the greatest throughput": pipelined,
      "seconds measured": loadMs / 1000,
      "stream connections": streamConnections,
      "streams per connection": fanOutSymbols,
      "greatest rate of the sources": `${(fanOutSymbols * streamConnections * 10).toLocaleString("en")} messages/s`,
      "writes are coalesced for": "5 ms",
      binary:
        "authentication, permissions and limits on; the shard with its port in one process, without projections, unless the name says otherwise",
      processes: "one server, one client; three with a gateway of its own process",
    },
    figures,
  };
}
