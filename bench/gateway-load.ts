/**
 * Connections of a load generator over raw sockets. They spend as little as they can, so that the server is what is measured: all read into one
 * buffer, look for the ends of messages and copy nothing but what came in part.
 */

import { createHmac, randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** Tells where the next whole message ends in `bytes[from, end)`, or -1 when it is not whole yet. */
type EndOf = (bytes: Buffer, from: number, end: number) => number;

const lengthHeader = /content-length: (\d+)/i;

/** An HTTP response with a Content-Length. */
export const httpEnd: EndOf = (bytes, from, end) => {
  for (let at = from + 3; at < end; at++) {
    // CR LF CR LF
    if (bytes[at] !== 10 || bytes[at - 1] !== 13 || bytes[at - 2] !== 10 || bytes[at - 3] !== 13) continue;
    const length = lengthHeader.exec(bytes.toString("latin1", from, at));
    const whole = at + 1 + Number(length?.[1] ?? 0);
    return whole <= end ? whole : -1;
  }
  return -1;
};

/** Bytes before the payload of an unmasked WebSocket frame. */
export const frameHead = (bytes: Buffer, from: number) => (bytes[from + 1] < 126 ? 2 : bytes[from + 1] === 126 ? 4 : 10);

/** An unmasked WebSocket frame. */
export const frameEnd: EndOf = (bytes, from, end) => {
  if (end < from + 2) return -1;
  const head = frameHead(bytes, from);
  if (end < from + head) return -1;
  const length = head === 2 ? bytes[from + 1] : head === 4 ? bytes.readUInt16BE(from + 2) : Number(bytes.readBigUInt64BE(from + 2));
  const whole = from + head + length;
  return whole <= end ? whole : -1;
};

/** Bit of the opcodes of control frames (RFC 6455, 5.2). */
const controlFrame = 0x08;

/** A masked client text frame. */
export function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, mask, payload.map((byte, place) => byte ^ mask[place & 3])]);
}

/** Told of each chunk: the whole messages in it lie one behind the other in `bytes[from, end)`. */
type OnMessages = (connection: LoadConnection, count: number, bytes: Buffer, from: number) => void;

/** What all connections read into: each chunk is dealt with before the next is read. */
const incoming = Buffer.alloc(256 * 1024);

export class LoadConnection {
  /** Messages since it was opened. */
  received = 0;
  bytes = 0;
  /** What came of a message that is not whole yet. */
  private rest: Buffer | undefined;
  private onOpen: ((head: string) => void) | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly endOf: EndOf,
    private readonly onMessages: OnMessages,
  ) {}

  /** @param upgrade path of a WebSocket, and header lines of its request */
  static async open(
    port: number,
    endOf: EndOf,
    upgrade: { path: string; headers?: string } | undefined,
    onMessages: OnMessages,
  ): Promise<LoadConnection> {
    let connection: LoadConnection | undefined;
    const callback = (length: number) => {
      connection!.onData(length);
      return true;
    };
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, onread: { buffer: incoming, callback } });
    connection = new LoadConnection(socket, endOf, onMessages);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    socket.on("error", () => {});
    if (upgrade !== undefined) await connection.upgrade(port, upgrade.path, upgrade.headers ?? "");
    return connection;
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  close(): void {
    this.socket.destroy();
  }

  private async upgrade(port: number, path: string, headers: string): Promise<void> {
    const head = await new Promise<string>((resolve) => {
      this.onOpen = resolve;
      this.socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n${headers}\r\n`,
      );
    });
    if (!head.startsWith("HTTP/1.1 101")) throw new Error(`no upgrade: ${head}`);
  }

  private onData(length: number): void {
    let bytes = incoming;
    let end = length;
    if (this.rest !== undefined) {
      bytes = Buffer.concat([this.rest, incoming.subarray(0, length)]);
      end = bytes.length;
      this.rest = undefined;
    }
    let from = 0;
    if (this.onOpen !== undefined) {
      from = httpEnd(bytes, 0, end);
      if (from < 0) {
        this.rest = Buffer.from(bytes.subarray(0, end));
        return;
      }
      this.onOpen(bytes.toString("latin1", 0, from));
      this.onOpen = undefined;
    }
    this.bytes += end - from;
    const first = from;
    let count = 0;
    for (let whole = this.endOf(bytes, from, end); whole >= 0; whole = this.endOf(bytes, from, end)) {
      // A ping of the server; connections live too short to be missed for an answer.
      if (this.endOf !== frameEnd || (bytes[from] & controlFrame) === 0) count++;
      from = whole;
    }
    if (from < end) this.rest = Buffer.from(bytes.subarray(from, end));
    if (count === 0) return;
    this.received += count;
    this.onMessages(this, count, bytes, first);
  }
}

/** Fewer than a listening socket lets wait (128 on some systems). */
const openedAtOnce = 50;

/** Opens connections, some at a time. */
export async function openMany(count: number, open: () => Promise<LoadConnection>): Promise<LoadConnection[]> {
  const connections: LoadConnection[] = [];
  while (connections.length < count) {
    connections.push(...(await Promise.all(Array.from({ length: Math.min(openedAtOnce, count - connections.length) }, open))));
  }
  return connections;
}

export const now = () => performance.now();
export const sleep = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

/** Milliseconds below which each part of the samples lies. */
export interface Latency {
  p50: number;
  p99: number;
  p999: number;
}

export function percentiles(samples: readonly number[]): Latency {
  const sorted = Float64Array.from(samples).sort();
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

/**
 * Open loop: calls `send` for what is due, `perSecond` times a second, however late answers are, until `stopped`. `due` is when it should have been sent, in ms.
 */
export async function sendAtRate(perSecond: number, send: (due: number) => void, stopped: () => boolean): Promise<void> {
  const started = now();
  let sent = 0;
  while (!stopped()) {
    const due = Math.floor(((now() - started) * perSecond) / 1000);
    for (; sent < due; sent++) send(started + (sent * 1000) / perSecond);
    await new Promise((wake) => setTimeout(wake, 1));
  }
}

export const hmac = (secret: string, payload: string) => createHmac("sha256", secret).update(payload).digest("hex");
