import { deepEqual, equal, ok } from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import {
  Connection,
  type ConnectionSettings,
  Connections,
  connectionDefaults,
  serverFrame,
} from "../../../workloads/gateway/sockets/connection";
import { type Source, Topics } from "../../../workloads/gateway/sockets/topics";

/** A server of connections with `settings`; the newest connection and its stream are at hand. */
class ConnectionServer {
  readonly accepted: { connection: Connection; stream: Duplex }[] = [];
  readonly connections: Connections;
  private readonly sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  private readonly http: Server = createServer();

  constructor(settings: ConnectionSettings) {
    this.connections = new Connections(settings);
    this.http.on("upgrade", (request, stream, head) =>
      this.sockets.handleUpgrade(request, stream, head, (socket) => {
        const connection = new Connection(socket, stream, "127.0.0.1", settings);
        this.connections.add(connection, socket);
        this.accepted.push({ connection, stream });
      }),
    );
  }

  async connect(options: { autoPong?: boolean } = {}): Promise<WebSocket> {
    if (!this.http.listening) await new Promise<void>((resolve) => this.http.listen(0, "127.0.0.1", resolve));
    const socket = new WebSocket(`ws://127.0.0.1:${(this.http.address() as AddressInfo).port}`, options);
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("open", resolve));
    while (this.accepted.length === 0) await new Promise((wake) => setImmediate(wake));
    return socket;
  }

  async close(): Promise<void> {
    this.connections.shutDown();
    await new Promise((resolve) => {
      this.http.close(resolve);
      this.http.closeAllConnections();
      for (const { stream } of this.accepted) stream.destroy();
    });
  }
}

/** A source whose events the test makes. */
function manualSource(): { source: () => Source<string>; emit: (event: string) => void; encoded: () => number; started: () => boolean } {
  let listener: ((event: string) => void) | undefined;
  let encoded = 0;
  return {
    source: () => ({
      start(listen) {
        listener = listen;
        return () => {
          listener = undefined;
        };
      },
      encode(event) {
        encoded++;
        return JSON.stringify(event);
      },
    }),
    emit: (event) => listener?.(event),
    encoded: () => encoded,
    started: () => listener !== undefined,
  };
}

const closeOf = (socket: WebSocket) =>
  new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) })),
  );

describe("Server frames", () => {
  it("have the length form that their size asks for, in bytes and not in characters", () => {
    deepEqual([...serverFrame("ab")], [0x81, 2, 97, 98]);
    deepEqual([...serverFrame("é").subarray(0, 2)], [0x81, 2]);
    const middle = serverFrame("x".repeat(126));
    deepEqual([middle[1], middle.readUInt16BE(2), middle.length], [126, 126, 130]);
    const long = serverFrame("x".repeat(65_536));
    deepEqual([long[1], long.readBigUInt64BE(2), long.length], [127, 65_536n, 65_546]);
  });
});

describe("Connections", function () {
  this.timeout(60_000);

  it("drop a client that does not read, at a bound, while others are told everything from one encoding", async () => {
    const mostUnsent = 256 * 1024;
    const server = new ConnectionServer({ ...connectionDefaults, mostUnsent });
    const slow = await server.connect();
    const { connection: toSlow, stream } = server.accepted[0];
    const fast = await server.connect();
    const { connection: toFast } = server.accepted[1];
    const slowClose = closeOf(slow);
    const received: string[] = [];
    fast.on("message", (data) => received.push(JSON.parse(String(data))));
    slow.pause();

    const topics = new Topics(1, (error) => {
      throw error;
    });
    const { source, emit, encoded } = manualSource();
    topics.subscribe("t", "t", source, toSlow, false);
    topics.subscribe("t", "t", source, toFast, true);
    const event = "e".repeat(16 * 1024);
    const count = 2_000;
    let mostSeen = 0;
    for (let place = 0; place < count; place++) {
      emit(event);
      if (place % 4 === 3) await new Promise((wake) => setTimeout(wake, 1));
      mostSeen = Math.max(mostSeen, stream.writableLength);
      if (!toSlow.open) slow.resume();
    }
    while (received.length < count) await new Promise((wake) => setTimeout(wake, 5));

    equal(encoded(), count);
    ok(!toSlow.open, "the slow client is still served");
    ok(mostSeen > mostUnsent, "the bound was never reached: the test shows nothing");
    ok(mostSeen < 2 * mostUnsent, `${mostSeen} bytes waited for the slow client`);
    const { code, reason } = await slowClose;
    equal(code, 1008);
    ok(/too slow: [0-9]+ bytes unsent/.test(reason), reason);
    topics.close();
    await server.close();
  });

  it("keep a client that answers pings and drop one that does not", async () => {
    const server = new ConnectionServer({ ...connectionDefaults, pingIntervalMs: 50 });
    const silent = await server.connect({ autoPong: false });
    const alive = await server.connect();
    const ended = closeOf(silent);
    let pings = 0;
    alive.on("ping", () => pings++);
    equal((await ended).code, 1006);
    await new Promise((wake) => setTimeout(wake, 200));
    equal(alive.readyState, WebSocket.OPEN);
    ok(pings >= 4, `${pings} pings`);
    equal(server.connections.size, 1);
    await server.close();
  });

  it("end after their longest life", async () => {
    const server = new ConnectionServer({ ...connectionDefaults, pingIntervalMs: 20, longestLifeMs: 100 });
    const { code, reason } = await closeOf(await server.connect());
    equal(code, 1001);
    ok(/24 hours/.test(reason));
    await server.close();
  });
});

describe("Topics", function () {
  this.timeout(60_000);

  it("start with the first subscriber, stop with the last, and tell nobody what happened before", async () => {
    const server = new ConnectionServer(connectionDefaults);
    const [first, second] = [await server.connect(), await server.connect()];
    const messages: [string[], string[]] = [[], []];
    first.on("message", (data) => messages[0].push(String(data)));
    second.on("message", (data) => messages[1].push(String(data)));
    const [a, b] = server.accepted.map(({ connection }) => connection);
    const topics = new Topics(5, (error) => {
      throw error;
    });
    const { source, emit, started } = manualSource();
    equal(started(), false);
    topics.subscribe("k", "name", source, a, false);
    equal(started(), true);
    emit("one");
    topics.subscribe("k", "name", source, b, true);
    emit("two");
    topics.unsubscribe("k", a);
    emit("three");
    await new Promise((wake) => setTimeout(wake, 50));
    topics.unsubscribe("k", b);
    equal(started(), false);
    deepEqual(messages[0], ['"one"', '"two"']);
    deepEqual(messages[1], ['{"stream":"name","data":"two"}', '{"stream":"name","data":"three"}']);
    topics.close();
    await server.close();
  });

  it("report an event that cannot be encoded and go on with the next", async () => {
    const server = new ConnectionServer(connectionDefaults);
    const client = await server.connect();
    const messages: string[] = [];
    client.on("message", (data) => messages.push(String(data)));
    const faults: unknown[] = [];
    const topics = new Topics(1, (fault) => faults.push(fault));
    const { emit, source } = manualSource();
    const failing = () => ({ ...source(), encode: (event: string) => (event === "bad" ? JSON.stringify(1n) : event) });
    topics.subscribe("k", "k", failing, server.accepted[0].connection, false);
    emit("bad");
    await new Promise((wake) => setTimeout(wake, 20));
    emit("good");
    await new Promise((wake) => setTimeout(wake, 20));
    equal(faults.length, 1);
    deepEqual(messages, ["good"]);
    topics.close();
    await server.close();
  });
});
