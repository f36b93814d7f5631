/**
 * The gateway under load on the loopback: order entry over REST and over the WebSocket API down to the synced command log, and the fan-out of
 * depth streams, each beside a bare server of the same library that answers a constant. Client and server are a process each.
 */

import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { firstSession } from "../workloads/gateway/binary";
import { BinaryLoadConnection, type Member } from "./gateway-binary-load";
import { clientFrame, frameEnd, hmac, httpEnd, LoadConnection, percentiles } from "./gateway-load";
import { fanOutSymbols, type ServerKind, type ServerReady, type ServerUse } from "./gateway-server";
import type { BenchmarkReport } from "./run";

const orderConnections = 64;
/** Requests of a connection that are on their way at once, for the greatest throughput. */
const pipelined = 8;
const loadMs = 4_000;
const warmUpMs = 3_000;
const streamConnections = 2_000;
const idleConnections = 2_000;

const now = () => performance.now();
const sleep = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

class BenchServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly ready: ServerReady,
  ) {}

  static async start(kind: ServerKind): Promise<BenchServer> {
    const child = fork(join(__dirname, "gateway-server.ts"), [kind], { execArgv: ["--expose-gc", "-r", join(__dirname, "../source.cjs")] });
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
async function loadBinary(server: BenchServer, port: number, members: Member[] | undefined): Promise<BinaryLoad> {
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

/** Messages a second that reach the connections, all of which follow all symbols. */
async function loadStreams(kind: "fan-out" | "bare fan-out"): Promise<{ perSecond: number; megabytes: number }> {
  const server = await BenchServer.start(kind);
  let bytes = 0;
  const streams = Array.from({ length: fanOutSymbols }, (_, place) => `s${place}usdt@depth@100ms`).join("/");
  const connections: LoadConnection[] = [];
  for (let place = 0; place < streamConnections; place++) {
    connections.push(
      await LoadConnection.open(server.ready.port, frameEnd, `/stream?streams=${streams}`, (_, __, frame) => {
        bytes += frame.length;
      }),
    );
  }
  const received = () => connections.reduce((sum, each) => sum + each.received, 0);
  await sleep(warmUpMs);
  const [messages, before, started] = [received(), bytes, now()];
  await sleep(loadMs);
  const seconds = (now() - started) / 1000;
  const result = { perSecond: (received() - messages) / seconds, megabytes: (bytes - before) / seconds / 1e6 };
  for (const connection of connections) connection.close();
  await server.stop();
  return result;
}

/** Bytes that one idle connection costs the server process, kernel memory not counted. */
async function idleMemory(server: BenchServer): Promise<number> {
  const connections: LoadConnection[] = [];
  const open = async () => {
    for (let place = 0; place < idleConnections; place++) {
      connections.push(await LoadConnection.open(server.ready.port, frameEnd, "/ws", () => {}));
    }
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

export default async function run(): Promise<BenchmarkReport> {
  const figures: BenchmarkReport["figures"] = {};
  // Each figure is printed as soon as it is known: the whole run takes about two minutes.
  const note = (name: string, value: string | number) => {
    figures[name] = value;
    console.log(`  ${name}: ${value}`);
  };

  const idleServer = await BenchServer.start("exchange");
  note("bytes of memory per idle stream connection", round(await idleMemory(idleServer)));
  await idleServer.stop();

  for (const [name, over, bareKind] of [
    ["REST", "rest", "bare http"],
    ["WebSocket API", "websocket", "bare websocket"],
  ] as const) {
    const exchange = await BenchServer.start("exchange");
    const most = await loadOrders(exchange, over, undefined);
    const half = await loadOrders(exchange, over, round(most.perSecond / 2));
    await exchange.stop();
    const bareServer = await BenchServer.start(bareKind);
    const bare = await loadOrders(bareServer, over, undefined);
    await bareServer.stop();
    if (most.failures + half.failures > 0) throw new Error(`${most.failures + half.failures} orders over ${name} were not accepted`);
    note(`${name}: durable orders per second`, round(most.perSecond));
    note(`${name}: latency at half of that, open loop`, ms(half.latency));
    note(`${name}: server processor time per order`, `${most.serverMicroseconds.toFixed(0)} µs, all threads`);
    note(`${name}: requests per second of a bare server`, round(bare.perSecond));
    note(`${name}: processor time per request of a bare server`, `${bare.serverMicroseconds.toFixed(0)} µs`);
    note(`${name}: bare server / exchange`, (bare.perSecond / most.perSecond).toFixed(2));
  }

  const exchange = await BenchServer.start("exchange");
  const binary = await loadBinary(exchange, exchange.ready.binary!.port, exchange.ready.binary!.members);
  await exchange.stop();
  const bareServer = await BenchServer.start("bare binary");
  const bareBinary = await loadBinary(bareServer, bareServer.ready.port, undefined);
  await bareServer.stop();
  if (binary.refused + binary.rejected > 0) throw new Error(`${binary.refused} binary orders were refused, ${binary.rejected} rejected`);
  note("binary: durable orders per second", round(binary.perSecond));
  note("binary: server processor time per order", `${binary.serverMicroseconds.toFixed(1)} µs, all threads`);
  note("binary: answers per second of a bare server", round(bareBinary.perSecond));
  note("binary: bare server / exchange", (bareBinary.perSecond / binary.perSecond).toFixed(2));

  const fanOut = await loadStreams("fan-out");
  const bareFanOut = await loadStreams("bare fan-out");
  note(`depth messages per second to ${streamConnections} connections`, round(fanOut.perSecond));
  note("depth megabytes per second", round(fanOut.megabytes));
  note("messages per second of a bare server", round(bareFanOut.perSecond));
  note("fan-out: bare server / gateway", (bareFanOut.perSecond / fanOut.perSecond).toFixed(2));

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
      processes: "one server, one client",
    },
    figures,
  };
}
