/** A load generator over raw sockets: it spends as little as it can, so that the server is what is measured. */

import { createHmac, randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** Tells where the next whole message ends in `buffer` from `from`, or -1 when it is not whole yet. */
type EndOf = (buffer: Buffer, from: number) => number;

const headEnd = Buffer.from("\r\n\r\n");

/** An HTTP response with a Content-Length. */
export const httpEnd: EndOf = (buffer, from) => {
  const end = buffer.indexOf(headEnd, from);
  if (end < 0) return -1;
  const head = buffer.toString("latin1", from, end);
  const length = /content-length: (\d+)/i.exec(head);
  const whole = end + 4 + Number(length?.[1] ?? 0);
  return whole <= buffer.length ? whole : -1;
};

/** An unmasked WebSocket frame. */
export const frameEnd: EndOf = (buffer, from) => {
  if (buffer.length < from + 2) return -1;
  const short = buffer[from + 1] & 127;
  let head = 2;
  let length = short;
  if (short === 126) {
    if (buffer.length < from + 4) return -1;
    length = buffer.readUInt16BE(from + 2);
    head = 4;
  } else if (short === 127) {
    if (buffer.length < from + 10) return -1;
    length = Number(buffer.readBigUInt64BE(from + 2));
    head = 10;
  }
  const whole = from + head + length;
  return whole <= buffer.length ? whole : -1;
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

export class LoadConnection {
  received = 0;
  /** Answers that were not successes. */
  failures = 0;
  /** When each request that is not answered yet was due, in ms. */
  private readonly due: number[] = [];
  private firstDue = 0;
  private holding = false;
  private rest: Buffer = Buffer.alloc(0);

  private constructor(
    private readonly socket: Socket,
    private readonly endOf: EndOf,
    private readonly onAnswer: (connection: LoadConnection, due: number, answer: Buffer) => void,
  ) {
    socket.setNoDelay(true);
  }

  /** @param upgrade path of a WebSocket */
  static async open(
    port: number,
    endOf: EndOf,
    upgrade: string | undefined,
    onAnswer: (connection: LoadConnection, due: number, answer: Buffer) => void,
  ): Promise<LoadConnection> {
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    const connection = new LoadConnection(socket, endOf, onAnswer);
    if (upgrade !== undefined) {
      socket.write(
        `GET ${upgrade} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
      );
      const answer = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
      const end = answer.indexOf(headEnd);
      if (!answer.toString("latin1", 0, 12).endsWith("101")) throw new Error(`no upgrade: ${answer.toString("latin1")}`);
      connection.onData(answer.subarray(end + 4));
    }
    socket.on("data", (chunk) => connection.onData(chunk));
    socket.on("error", () => {});
    return connection;
  }

  /** What is sent in one turn goes out in one write, as a client does that has several orders under way. */
  send(request: Buffer, due: number): void {
    this.due.push(due);
    if (!this.holding) {
      this.holding = true;
      this.socket.cork();
      process.nextTick(this.release);
    }
    this.socket.write(request);
  }

  private readonly release = () => {
    this.holding = false;
    this.socket.uncork();
  };

  close(): void {
    this.socket.destroy();
  }

  private onData(chunk: Buffer): void {
    const buffer = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let from = 0;
    for (;;) {
      const end = this.endOf(buffer, from);
      if (end < 0) break;
      // A ping of the server; connections live too short to be missed for an answer.
      if (this.endOf === frameEnd && (buffer[from] & controlFrame) !== 0) {
        from = end;
        continue;
      }
      this.received++;
      const due = this.firstDue < this.due.length ? this.due[this.firstDue++] : 0;
      if (this.firstDue > 10_000) {
        this.due.splice(0, this.firstDue);
        this.firstDue = 0;
      }
      this.onAnswer(this, due, buffer.subarray(from, end));
      from = end;
    }
    this.rest = buffer.subarray(from);
  }
}

/** Milliseconds below which each part of the sorted samples lies. */
export function percentiles(samples: number[]): { p50: number; p99: number; p999: number } {
  const sorted = Float64Array.from(samples).sort();
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

export const hmac = (secret: string, payload: string) => createHmac("sha256", secret).update(payload).digest("hex");
