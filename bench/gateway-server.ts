/**
 * The servers that the gateway benchmark loads, each in a process of its own: the exchange with its gateway, and bare servers of the same
 * libraries that answer a constant. Sends its addresses and keys to the parent, and what it uses when asked.
 */

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { type WebSocket, WebSocketServer } from "ws";
import { createGateway, loopbackHosts } from "../workloads/gateway";
import { systemClock } from "../workloads/gateway/operation";
import { openDemoAccounts } from "../workloads/local/demo-accounts";
import { openExchange } from "../workloads/local/exchange";
import { listInstruments } from "../workloads/local/listing";
import { Environment } from "../workloads/process/environment";
import { Counter } from "../workloads/process/metrics";
import { readTracing, startTracing } from "../workloads/process/tracing";
import type { ApiKey, BookDifference, Instrument, Instruments, OrderBooks, Users } from "../workloads/services/ports";
import { openMembers, startBareBinary, startBinary, startRelay } from "./gateway-binary-server";
import { limits, openHome, orderLimits, type ServerReady } from "./gateway-home";

/** What the server process uses: memory now, and processor time of all its threads since it started. */
export interface ServerUse {
  rss: number;
  cpuMicroseconds: number;
}

export type ServerKind = "exchange" | "binary" | "relay" | "bare binary" | "bare http" | "bare websocket" | "fan-out" | "bare fan-out";

/** An answer to an order in the form and size of the exchange's. */
const constantOrder = {
  symbol: "BTCUSDT",
  orderId: 1234567,
  orderListId: -1,
  clientOrderId: "b2f99df58d264aff88dcbb",
  transactTime: 1700000000000,
};

async function startExchange(): Promise<ServerReady> {
  const tracing = readTracing(new Environment(process.env));
  if (tracing !== undefined) startTracing(tracing, "gateway", new Counter(), console.error);
  const home = openHome();
  const exchange = await openExchange(home, console.error, { orderLimits });
  await listInstruments(exchange.orderEntry, exchange.instruments, systemClock);
  const accounts = await openDemoAccounts({ ...exchange, home, entry: exchange.orderEntry, clock: systemClock });
  const binary = { shard: exchange.shard, port: 0 };
  const gateway = createGateway({ ...exchange, allowedHosts: loopbackHosts, limits, binary });
  const { port, binaryPort } = await gateway.listen(0, "127.0.0.1");
  return { port, accounts, binary: { port: binaryPort!, members: await openMembers(exchange.users, exchange.orderEntry) } };
}

async function startBareHttp(): Promise<ServerReady> {
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
  const body = JSON.stringify(constantOrder);
  app.post("/api/v3/order", (_, reply) => reply.type("application/json").send(body));
  await app.listen({ port: 0, host: "127.0.0.1" });
  return { port: (app.server.address() as AddressInfo).port, accounts: bareAccounts };
}

const bareAccounts = [1, 2].map(() => ({ apiKey: "K".repeat(64), secretKey: "S".repeat(64) }));

async function startBareWebSocket(): Promise<ServerReady> {
  const http = createServer();
  const answer = JSON.stringify({ id: 1, status: 200, result: constantOrder });
  new WebSocketServer({ server: http, perMessageDeflate: false }).on("connection", (socket) => {
    socket.on("message", () => socket.send(answer));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return { port: (http.address() as AddressInfo).port, accounts: bareAccounts };
}

/** Symbols whose books change, and levels in each difference. */
export const fanOutSymbols = 40;
const fanOutLevels = 5;

const streamKey = "K".repeat(64);

/** A gateway over books that change by themselves; all differences of an interval come at once, as the order book service sends them. */
async function startFanOut(): Promise<ServerReady> {
  const all = Array.from({ length: fanOutSymbols }, (_, place) => ({
    symbol: place + 1,
    name: `S${place}USDT`,
    priceDecimals: 2,
    quantityDecimals: 5,
  })) as Instrument[];
  const instruments = { byName: (name: string) => all.find((each) => each.name === name), all: () => all } as unknown as Instruments;
  /** By interval in ms and symbol. */
  const listeners: Record<number, Map<number, (difference: BookDifference) => void>> = { 50: new Map(), 100: new Map() };
  let update = 0;
  const orderBooks = {
    onDifference(symbol: number, interval: number, listener: (difference: BookDifference) => void) {
      listeners[interval].set(symbol, listener);
      return () => listeners[interval].delete(symbol);
    },
  } as unknown as OrderBooks;
  const { publicKey } = generateKeyPairSync("ed25519");
  const key = { account: 1, apiKey: streamKey, permissions: new Set(["read"]), allowedAddresses: [], expiresAt: 0 };
  const reader = { ...key, verification: { kind: "ed25519", publicKey } } as unknown as ApiKey;
  const gateway = createGateway({
    ...({} as Parameters<typeof createGateway>[0]),
    users: { findKey: () => reader } as unknown as Users,
    feed: { subscribe: async () => ({ close() {} }), pin: () => ({ move() {}, release() {} }) },
    instruments,
    orderBooks,
    limits,
  });
  const { port } = await gateway.listen(0, "127.0.0.1");
  const send = (interval: number) => {
    update += fanOutLevels;
    const levels = Array.from({ length: fanOutLevels }, (_, place) => [5_000_000 + ((update + place) % 1_000), 12_345] as const);
    for (const [symbol, listener] of listeners[interval]) {
      listener({
        symbol,
        first: update - fanOutLevels + 1,
        final: update,
        time: 0,
        lastUpdateId: update,
        bids: levels,
        asks: levels,
      } as BookDifference);
    }
  };
  for (const interval of [50, 100]) setInterval(() => send(interval), interval);
  return { port, accounts: [], streamKey };
}

/** Connections that follow all symbols. */
export const streamConnections = 2_000;
/** Bytes that may wait for a connection of the bare server. */
const mostBuffered = 1 << 20;

/** Bytes of a difference of so many levels in SBE: header, block, two groups, symbol. */
const sbeDifference = 8 + 26 + 2 * (4 + fanOutLevels * 16) + 1 + "S1USDT".length;

/** Messages of the same sizes, sent one by one by the WebSocket library alone. */
async function startBareFanOut(): Promise<ServerReady> {
  const http = createServer();
  const followers = { json: new Set<WebSocket>(), sbe: new Set<WebSocket>() };
  const level = '["50000.00000000","0.12345000"]';
  const levels = Array.from({ length: fanOutLevels }, () => level).join(",");
  const event = `{"stream":"s1usdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000000,"s":"S1USDT","U":1000,"u":1004,"b":[${levels}],"a":[${levels}]}}`;
  const messages = { json: event, sbe: Buffer.alloc(sbeDifference, 1) };
  // One message to each in a turn, as many turns as there is time for; who does not keep up is passed over.
  const send = (encoding: keyof typeof followers) => {
    for (const client of followers[encoding]) if (client.bufferedAmount < mostBuffered) client.send(messages[encoding]);
    if (followers[encoding].size > 0) setImmediate(send, encoding);
  };
  new WebSocketServer({ server: http, perMessageDeflate: false }).on("connection", (socket, { url }) => {
    if (!url?.startsWith("/stream")) return;
    const encoding = url.startsWith("/stream-sbe") ? "sbe" : "json";
    followers[encoding].add(socket);
    if (followers[encoding].size === streamConnections) send(encoding);
    socket.on("close", () => followers[encoding].delete(socket));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return { port: (http.address() as AddressInfo).port, accounts: [] };
}

const starts: Record<ServerKind, (argument: string) => Promise<ServerReady>> = {
  exchange: startExchange,
  binary: startBinary,
  relay: (behind) => startRelay(JSON.parse(behind)),
  "bare binary": startBareBinary,
  "bare http": startBareHttp,
  "bare websocket": startBareWebSocket,
  "fan-out": startFanOut,
  "bare fan-out": startBareFanOut,
};

if (process.send !== undefined && require.main === module) {
  process.on("message", (message) => {
    // Collecting takes a pause of its own, which must not fall into what is measured.
    if (message === "memory") globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    process.send?.({ rss: process.memoryUsage().rss, cpuMicroseconds: user + system } satisfies ServerUse);
  });
  process.on("disconnect", () => process.exit(0));
  starts[process.argv[2] as ServerKind](process.argv[3]).then(
    (ready) => process.send?.(ready),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}
