/**
 * One WebSocket: bounded output, pings, a limit on messages in, an end after 24 hours. A client that does not read is dropped before what
 * waits for it grows beyond its bound; others never notice.
 */

import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

/** Close codes (RFC 6455, 7.4.1). */
export const goingAway = 1001;
export const policyViolation = 1008;

/** Time that a client has to answer a close frame. */
const closeGraceMs = 3_000;

export interface ConnectionSettings {
  /** Unsent bytes at which a client counts as too slow. @default 4 MiB */
  mostUnsent: number;
  /** Between pings; a client that answered none for three times as long is dropped. @default 20000 (web-socket-streams.md) */
  pingIntervalMs: number;
  /** @default 24 hours (web-socket-streams.md) */
  longestLifeMs: number;
}

export const connectionDefaults: ConnectionSettings = { mostUnsent: 4 * 1024 * 1024, pingIntervalMs: 20_000, longestLifeMs: 86_400_000 };

/** A server frame (RFC 6455, 5.2): never masked, never fragmented, never compressed. Text becomes a text frame, bytes a binary one. */
export function serverFrame(payload: string | Buffer): Buffer {
  const length = Buffer.byteLength(payload);
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerLength + length);
  frame[0] = typeof payload === "string" ? 0x81 : 0x82;
  if (headerLength === 2) frame[1] = length;
  else if (headerLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  if (typeof payload === "string") frame.write(payload, headerLength);
  else payload.copy(frame, headerLength);
  return frame;
}

/** Text that is the same in one byte a character and in UTF-8. */
const ascii = /^[ -~]*$/;

/** Longest text whose frame is written as text; a longer one is rare, and its head is longer. */
const longestPlain = 65_535;

/** The head of a text frame before so many characters that are a byte each, itself one character a byte. */
const frameHead = (length: number) =>
  length < 126 ? String.fromCharCode(0x81, length) : String.fromCharCode(0x81, 126, length >> 8, length & 255);

export class Connection {
  readonly opened = Date.now();
  private answered = Date.now();
  private ending = false;
  private holding = false;
  private corked = false;
  /** Frames of this turn, one character a byte: one text costs a fraction of as many buffers. */
  private plain = "";
  private second = 0;
  private messagesInSecond = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly stream: Duplex,
    readonly address: string,
    private readonly settings: ConnectionSettings,
  ) {
    socket.on("pong", () => {
      this.answered = Date.now();
    });
    // A protocol violation: ws closes the connection with the right code itself.
    socket.on("error", () => {});
  }

  get open(): boolean {
    return !this.ending && this.socket.readyState === this.socket.OPEN;
  }

  /**
   * Writes whole frames. Shared by all receivers of an event, they are encoded once. What is written in one turn (the answers to orders that
   * became durable together, the events of several streams) goes out in one system call at its end.
   */
  write(frames: Buffer): void {
    if (!this.open) return;
    this.hold();
    if (!this.corked) {
      this.corked = true;
      this.stream.cork();
    }
    this.writePlain();
    this.stream.write(frames);
  }

  /** Until the end of this turn. */
  private hold(): void {
    if (this.holding) return;
    this.holding = true;
    process.nextTick(this.release);
  }

  private readonly release = () => {
    this.holding = false;
    this.writePlain();
    if (this.corked) this.stream.uncork();
    this.corked = false;
    this.assertKeepsUp();
  };

  private writePlain(): void {
    if (this.plain === "") return;
    this.stream.write(this.plain, "latin1");
    this.plain = "";
  }

  /** Ends the connection when more waits for the client than may. */
  private assertKeepsUp(): void {
    const unsent = this.stream.writableLength;
    if (unsent > this.settings.mostUnsent) this.close(policyViolation, `too slow: ${unsent} bytes unsent`);
  }

  send(message: unknown): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(text: string): void {
    if (text.length > longestPlain || !ascii.test(text)) {
      this.write(serverFrame(text));
      return;
    }
    if (!this.open) return;
    this.hold();
    this.plain += frameHead(text.length) + text;
  }

  /** Counts a message from the client; false, and the connection ends, when there are more than `most` in this second. */
  admit(most: number): boolean {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.second) {
      this.second = second;
      this.messagesInSecond = 0;
    }
    if (++this.messagesInSecond <= most) return true;
    this.close(policyViolation, `too many requests: more than ${most} messages in a second`);
    return false;
  }

  /** Pings, or ends a connection that is dead or too old. */
  tend(now: number): void {
    if (now - this.answered > 3 * this.settings.pingIntervalMs) this.socket.terminate();
    else if (now - this.opened >= this.settings.longestLifeMs) this.close(goingAway, "24 hours are over, please connect again");
    else if (this.open) this.socket.ping(String(now));
  }

  /** Sends a close frame behind what waits, and ends the connection for good soon after. */
  close(code: number, reason: string): void {
    if (this.ending) return;
    this.ending = true;
    this.writePlain();
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), closeGraceMs).unref();
  }
}

/** All connections of a gateway, tended by one timer. */
export class Connections {
  private readonly all = new Set<Connection>();
  private readonly timer: NodeJS.Timeout;

  constructor(settings: ConnectionSettings) {
    this.timer = setInterval(() => {
      const now = Date.now();
      for (const connection of this.all) connection.tend(now);
    }, settings.pingIntervalMs);
    this.timer.unref();
  }

  get size(): number {
    return this.all.size;
  }

  add(connection: Connection, socket: WebSocket): void {
    this.all.add(connection);
    socket.on("close", () => this.all.delete(connection));
  }

  /** Tells every client that the server goes away and closes its connection. */
  shutDown(): void {
    clearInterval(this.timer);
    for (const connection of this.all) connection.close(goingAway, "server shutdown");
  }
}
