/** Orders over REST and over the WebSocket API, signed beforehand: as many as are answered, or so many a second. */

import type { ServerReady } from "./gateway-home";
import { clientFrame, frameEnd, frameHead, hmac, httpEnd, type Latency, LoadConnection, now, sleep } from "./gateway-load";
import { OpenLoop } from "./gateway-open-loop";
import type { BenchServer } from "./gateway-process";

export const orderConnections = 64;
/** Requests of a connection that are on their way at once, for the greatest throughput. */
export const pipelined = 8;

export type Over = "rest" | "websocket";

/** A greatest rate. */
export interface Throughput {
  perSecond: number;
  /** Processor time that the server spends on one order, all threads of its process together, in µs. */
  serverMicroseconds: number;
}

/** Orders of two accounts that trade with each other and end where they began, as requests that are signed for a minute. */
function signedRequests({ accounts: [a, b], port }: ServerReady, over: Over): Buffer[] {
  const turns: [typeof a, "SELL" | "BUY"][] = [
    [a, "SELL"],
    [b, "BUY"],
    [b, "SELL"],
    [a, "BUY"],
  ];
  return turns.map(([{ apiKey, secretKey }, side]) => {
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
    if (over === "rest") {
      const unsigned = textOf(parameters, Object.keys(parameters));
      const query = `${unsigned}&signature=${hmac(secretKey, unsigned)}`;
      return Buffer.from(
        `POST /api/v3/order HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-MBX-APIKEY: ${apiKey}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${query.length}\r\n\r\n${query}`,
      );
    }
    const all = { ...parameters, apiKey, returnRateLimits: false };
    const signature = hmac(secretKey, textOf(all, Object.keys(all).sort()));
    return clientFrame(JSON.stringify({ id: 1, method: "order.place", params: { ...all, signature } }));
  });
}

const textOf = (parameters: Record<string, unknown>, names: string[]) => names.map((name) => `${name}=${parameters[name]}`).join("&");

/**
 * The requests of each connection, which sends them in turn, so that buys and sells are as many whatever connection is served first; several in turn are
 * one buffer, made beforehand.
 */
class RequestTurns {
  private readonly several: Buffer[][];
  private readonly turns = new Map<LoadConnection, number>();

  constructor(requests: Buffer[]) {
    this.several = requests.map((_, first) =>
      Array.from({ length: pipelined + 1 }, (__, count) =>
        Buffer.concat(Array.from({ length: count }, (___, place) => requests[(first + place) % requests.length])),
      ),
    );
  }

  next(connection: LoadConnection, count: number): Buffer {
    const turn = this.turns.get(connection) ?? 0;
    this.turns.set(connection, (turn + count) % this.several.length);
    return this.several[turn][count];
  }
}

/** Counts answers that are no successes: the status of a response, or of the message in a frame, is not 200. */
class Failures {
  private count = 0;
  private first = "";

  constructor(private readonly over: Over) {}

  /** Looks at `count` answers from `from` on. */
  look(count: number, bytes: Buffer, from: number): void {
    const rest = this.over === "rest";
    for (let at = from, left = count; left > 0; left--) {
      const status = rest ? at + statusInResponse : at + frameHead(bytes, at) + statusInMessage;
      const end = (rest ? httpEnd : frameEnd)(bytes, at, bytes.length);
      // "200"
      if (bytes[status] !== 50 || bytes[status + 1] !== 48 || bytes[status + 2] !== 48) {
        if (this.count++ === 0) this.first = bytes.toString("latin1", at, end);
      }
      at = end;
    }
  }

  /** Throws when there was one. */
  assertNone(): void {
    if (this.count > 0) throw new Error(`${this.count} orders over ${this.over} were not accepted, the first: ${this.first}`);
  }
}

const statusInResponse = "HTTP/1.1 ".length;
const statusInMessage = '{"id":1,"status":'.length;

const openConnections = async (server: BenchServer, over: Over, onMessages: Parameters<typeof LoadConnection.open>[3]) => {
  const upgrade = over === "rest" ? undefined : { path: "/ws-api/v3" };
  const open = () => LoadConnection.open(server.ready.port, over === "rest" ? httpEnd : frameEnd, upgrade, onMessages);
  return Promise.all(Array.from({ length: orderConnections }, open));
};

/** Each answer is followed by the next order: as many as are answered. Throws when one is refused. */
export async function greatestRate(server: BenchServer, over: Over, warmUpMs: number, measuredMs: number): Promise<Throughput> {
  const turns = new RequestTurns(signedRequests(server.ready, over));
  const failures = new Failures(over);
  let stopped = false;
  const connections = await openConnections(server, over, (connection, count, bytes, from) => {
    failures.look(count, bytes, from);
    for (let left = count; left > 0 && !stopped; left -= pipelined) connection.write(turns.next(connection, Math.min(left, pipelined)));
  });
  const received = () => connections.reduce((sum, each) => sum + each.received, 0);
  for (const connection of connections) connection.write(turns.next(connection, pipelined));
  await sleep(warmUpMs);
  const before = await server.use();
  const [first, started] = [received(), now()];
  await sleep(measuredMs);
  const [answered, elapsed] = [received() - first, now() - started];
  const after = await server.use();
  stopped = true;
  await sleep(200);
  for (const connection of connections) connection.close();
  failures.assertNone();
  return { perSecond: (answered / elapsed) * 1000, serverMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / answered };
}

/**
 * So many orders a second, each at its time whether earlier ones are answered or not; latency counts from that time. All that are due while it is measured
 * count. Throws when one is refused or never answered.
 */
export async function latencyAt(
  server: BenchServer,
  over: Over,
  perSecond: number,
  warmUpMs: number,
  measuredMs: number,
): Promise<Latency> {
  const turns = new RequestTurns(signedRequests(server.ready, over));
  const failures = new Failures(over);
  const loop = new OpenLoop<LoadConnection>();
  const connections = await openConnections(server, over, (connection, count, bytes, start) => {
    failures.look(count, bytes, start);
    loop.answered(connection, count);
  });
  await loop.run(connections, perSecond, (connection) => connection.write(turns.next(connection, 1)), warmUpMs, measuredMs);
  for (const connection of connections) connection.close();
  failures.assertNone();
  return loop.latency(`orders over ${over} at ${perSecond}/s`);
}
