/**
 * A shard in another process, with the same interface as one in this process. It keeps the connection: after a loss it logs on again, sends
 * again what was not answered under the same session sequences, and resumes its subscription, so that every command is applied once and every
 * event seen once.
 */

import { createHash, type KeyObject } from "node:crypto";
import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { type Command, decodeEvents, encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { LogPins } from "../log-pins";
import {
  type CommandResult,
  type CountedOrderEntry,
  type EventBatch,
  type EventFeed,
  type LogPin,
  type OrderCounts,
  type OrderLimits,
  type Position,
  ShardBusy,
  ShardUnavailable,
  type Subscription,
  TooManyOrders,
} from "../port";
import {
  EVENTS_HEADER,
  FRAME_HEADER,
  FrameReader,
  FrameType,
  MAX_SERVER_FRAME,
  NO_PIN,
  newFrame,
  RESULT_HEADER,
  RefusalReason,
  SILENT_BEATS,
  writeFrameHeader,
} from "./frames";
import { logonFrame } from "./logon";

/** Where a shard listens: over TCP, with the name in its certificate when that is not the one of `tls`, or on a local socket. */
export type ShardAddress = { host: string; port: number; servername?: string } | { path: string };

export interface ShardClientOptions {
  /** Asked for each connection when it is a function: a shard with several members has as many addresses, and the one that leads answers. */
  connect: ShardAddress | (() => ShardAddress);
  /** TLS options, such as `ca` and `servername`; needed for a server off the loopback. */
  tls?: ConnectionOptions;
  keyId: string;
  /** Ed25519. */
  privateKey: KeyObject;
  /** Names this client's stream of commands. Two processes must never use one session at the same time. */
  session: number;
  /** First session sequence to use: above all that this session ever used. @default the present time in microseconds */
  firstNumber?: number;
  /** Commands that may wait for their results; more are refused with ShardBusy. Above 1,024 a resend may be refused as too old. @default 1,024 */
  maxOutstanding?: number;
  /** How long a lost connection is tried to be replaced before what waits is given up. @default 10,000 */
  giveUpMs?: number;
  /** Told why, once, when the connection has ended for good without {@link ShardClient.close}: refused by the server, or given up. */
  onEnded?: (reason: string) => void;
}

export interface ShardClient extends CountedOrderEntry, EventFeed {
  /** Whether it is logged on now. */
  readonly connected: boolean;
  /** Where the shard was at the last logon. */
  readonly logonPosition: Position;
  close(): Promise<void>;
}

interface Outstanding {
  number: number;
  bytes: Buffer;
  resolve: (result: CommandResult) => void;
  reject: (error: Error) => void;
}

/** An account whose order counts were asked for. */
interface Question {
  account: number;
  time: number;
  resolve: (counts: OrderCounts) => void;
  reject: (error: Error) => void;
}

interface Feed {
  seen: Position;
  listener: (batch: EventBatch) => void;
}

const RETRY_MS = 50;
const READ_BYTES = 1 << 16;
/** From connecting to having logged on. */
const LOGON_MS = 5000;

/** Connects and logs on. Rejects with {@link ShardUnavailable} when that does not work. */
export async function connectShard(options: ShardClientOptions): Promise<ShardClient> {
  const client = new RemoteShard(options);
  await client.open();
  return client;
}

class RemoteShard implements ShardClient {
  readonly #options: ShardClientOptions;
  readonly #outstanding = new Map<number, Outstanding>();
  readonly #questions = new Map<number, Question>();
  #question = 0;
  #orderLimits: OrderLimits = { tenSeconds: 0, day: 0 };
  #socket: Socket | undefined;
  #number: number;
  /** Commands of this turn, sent as one frame. */
  #batch: Buffer[] = [];
  #loggedOn = false;
  #logonPosition: Position = { shard: 0, epoch: 0, sequence: 0 };
  #closed = false;
  #closing = false;
  #everLoggedOn = false;
  #lostAt = 0;
  #feed: Feed | undefined;
  readonly #pins = new LogPins(() => this.#sendPin());
  #heartbeat: NodeJS.Timeout | undefined;
  /** Beats since something was heard. */
  #silentBeats = 0;
  #lastWords = "";

  constructor(options: ShardClientOptions) {
    this.#options = options;
    this.#number = options.firstNumber ?? Date.now() * 1000;
  }

  get connected(): boolean {
    return this.#loggedOn;
  }

  get logonPosition(): Position {
    return this.#logonPosition;
  }

  /** As the shard told them at the last logon. */
  get orderLimits(): OrderLimits {
    return this.#orderLimits;
  }

  /** Resolves once logged on. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { tls } = this.#options;
      const to = addressOf(this.#options.connect);
      const frames = new FrameReader(MAX_SERVER_FRAME);
      // Without TLS, all is read into one buffer: what a frame holds is decoded before the next read.
      const onread = {
        buffer: Buffer.alloc(READ_BYTES),
        callback: (count: number, bytes: Uint8Array) => {
          received((bytes as Buffer).subarray(0, count));
          return true;
        },
      };
      const socket = tls ? connectTls({ ...tls, ...to, minVersion: "TLSv1.3" }) : connect({ ...to, noDelay: true, onread });
      this.#socket = socket;
      this.#lastWords = "";
      const received = (chunk: Buffer) => {
        this.#silentBeats = 0;
        try {
          frames.push(chunk, (type, bytes, start, end) => {
            this.#frame(type, bytes, start, end);
            if (type !== FrameType.ACCEPTED) return;
            clearTimeout(timer);
            resolve();
          });
        } catch (error) {
          this.#lastWords = error instanceof Error ? error.message : String(error);
          socket.destroy();
        }
      };
      if (tls) socket.on("data", received);
      const timer = setTimeout(() => {
        this.#lastWords ||= `no answer within ${LOGON_MS} ms`;
        socket.destroy();
      }, LOGON_MS);
      socket.once("error", (error) => {
        this.#lastWords ||= error.message;
      });
      socket.once("close", () => {
        clearTimeout(timer);
        const loggedOn = this.#loggedOn;
        this.#lost();
        if (!loggedOn) reject(new ShardUnavailable(`no logon: ${this.#lastWords || "the connection was closed"}`, "no"));
      });
    });
  }

  submit(command: Command): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new ShardUnavailable("the connection has been closed", "no");
      if (this.#outstanding.size >= (this.#options.maxOutstanding ?? 1024))
        throw new ShardBusy(`${this.#outstanding.size} commands wait for their results`);
      const number = ++this.#number;
      const bytes = Buffer.alloc(MAX_COMMAND_LENGTH);
      const end = encodeCommand({ ...command, session: this.#options.session, sessionSequence: number }, bytes, 0);
      const outstanding = { number, bytes: bytes.subarray(0, end), resolve, reject };
      this.#outstanding.set(number, outstanding);
      this.#enqueue(outstanding.bytes);
    });
  }

  orderCounts(account: number, time: number): Promise<OrderCounts> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new ShardUnavailable("the connection has been closed", "no");
      const question = { account, time, resolve, reject };
      this.#questions.set(++this.#question, question);
      if (this.#loggedOn) this.#ask(this.#question, question);
    });
  }

  subscribe(from: Position, listener: (batch: EventBatch) => void): Promise<Subscription> {
    if (this.#feed) return Promise.reject(new RangeError("a connection has one subscription: open another connection"));
    const feed = { seen: from, listener };
    this.#feed = feed;
    if (this.#loggedOn) this.#sendSubscribe(feed);
    return Promise.resolve({
      close: () => {
        if (this.#feed === feed) this.#feed = undefined;
      },
    });
  }

  pin(sequence: number): LogPin {
    return this.#pins.pin(sequence);
  }

  close(): Promise<void> {
    this.#closing = true;
    this.#closed = true;
    const socket = this.#socket;
    if (!socket || socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once("close", () => resolve());
      socket.end();
      setTimeout(() => socket.destroy(), 1000).unref();
    });
  }

  #enqueue(bytes: Buffer): void {
    if (this.#batch.length === 0) setImmediate(() => this.#flush());
    this.#batch.push(bytes);
  }

  #flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    // Without a connection they are sent with all that is outstanding, after the next logon.
    if (!this.#loggedOn) return;
    for (let at = 0; at < batch.length; ) {
      const header = Buffer.alloc(FRAME_HEADER);
      const parts: Buffer[] = [header];
      let length = FRAME_HEADER;
      for (; at < batch.length && length + batch[at].length <= 1 << 15; at++) {
        parts.push(batch[at]);
        length += batch[at].length;
      }
      writeFrameHeader(header, 0, FrameType.COMMANDS, length);
      this.#socket?.write(Buffer.concat(parts, length));
    }
  }

  #frame(type: FrameType, bytes: Buffer, start: number, end: number): void {
    const at = start + FRAME_HEADER;
    if (type === FrameType.CHALLENGE) this.#logon(bytes.subarray(at, end));
    else if (type === FrameType.ACCEPTED) this.#accepted(bytes, at);
    else if (type === FrameType.RESULTS) this.#results(bytes, at, end);
    else if (type === FrameType.REFUSED) this.#refused(bytes, at);
    else if (type === FrameType.COUNTS) this.#counts(bytes, at);
    else if (type === FrameType.EVENTS) this.#events(bytes, start, end);
    else if (type === FrameType.LOGOUT || type === FrameType.STOPPING) {
      this.#lastWords = bytes.toString("latin1", at, end).replace(/\0+$/, "");
      if (type === FrameType.LOGOUT) this.#closed = true;
    }
  }

  #logon(challenge: Buffer): void {
    const { keyId, privateKey, session } = this.#options;
    this.#socket!.write(logonFrame(challenge, keyId, session, privateKey));
  }

  /** Logged on: what was not answered goes out again, under the numbers that it had. */
  #accepted(bytes: Buffer, at: number): void {
    const heartbeatMs = bytes.readUInt32LE(at + 16);
    this.#logonPosition = {
      shard: bytes.readUInt32LE(at),
      epoch: bytes.readUInt32LE(at + 4),
      sequence: Number(bytes.readBigUInt64LE(at + 8)),
    };
    this.#orderLimits = { tenSeconds: bytes.readUInt32LE(at + 24), day: bytes.readUInt32LE(at + 28) };
    this.#loggedOn = true;
    this.#everLoggedOn = true;
    this.#lostAt = 0;
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    this.#batch = [...this.#outstanding.values()].map(({ bytes }) => bytes);
    this.#flush();
    for (const [number, question] of this.#questions) this.#ask(number, question);
    if (this.#pins.lowest < Number.POSITIVE_INFINITY) this.#sendPin();
    if (this.#feed) this.#sendSubscribe(this.#feed);
  }

  /** A server that is no longer heard is left for another connection: what was not answered is sent again there. */
  #beat(): void {
    if (this.#silentBeats++ === SILENT_BEATS) this.#socket?.destroy();
    else this.#socket?.write(newFrame(FrameType.HEARTBEAT, 0));
  }

  #sendSubscribe({ seen }: Feed): void {
    const frame = newFrame(FrameType.SUBSCRIBE, 16);
    frame.writeUInt32LE(seen.shard, FRAME_HEADER);
    frame.writeUInt32LE(seen.epoch, FRAME_HEADER + 4);
    frame.writeBigUInt64LE(BigInt(seen.sequence), FRAME_HEADER + 8);
    this.#socket!.write(frame);
  }

  #ask(number: number, { account, time }: Question): void {
    const frame = newFrame(FrameType.ASK_COUNTS, 24);
    frame.writeBigUInt64LE(BigInt(number), FRAME_HEADER);
    frame.writeBigUInt64LE(BigInt(time), FRAME_HEADER + 8);
    frame.writeUInt32LE(account, FRAME_HEADER + 16);
    this.#socket!.write(frame);
  }

  #counts(bytes: Buffer, at: number): void {
    const number = Number(bytes.readBigUInt64LE(at));
    this.#questions.get(number)?.resolve({ tenSeconds: bytes.readUInt32LE(at + 8), day: bytes.readUInt32LE(at + 12) });
    this.#questions.delete(number);
  }

  #sendPin(): void {
    if (!this.#loggedOn) return;
    const { lowest } = this.#pins;
    const frame = newFrame(FrameType.PIN, 8);
    frame.writeBigUInt64LE(lowest === Number.POSITIVE_INFINITY ? NO_PIN : BigInt(lowest), FRAME_HEADER);
    this.#socket!.write(frame);
  }

  #results(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const number = Number(bytes.readBigUInt64LE(at));
      const sequence = Number(bytes.readBigUInt64LE(at + 8));
      const epoch = bytes.readUInt32LE(at + 16);
      const orderCounts = { tenSeconds: bytes.readUInt32LE(at + 24), day: bytes.readUInt32LE(at + 28) };
      const eventsAt = at + RESULT_HEADER;
      at = eventsAt + bytes.readUInt32LE(at + 20);
      const outstanding = this.#outstanding.get(number);
      if (!outstanding) continue;
      this.#outstanding.delete(number);
      const events = decodeEvents(bytes, eventsAt, at);
      outstanding.resolve({ position: { shard: events[0]?.shard ?? 0, epoch, sequence }, events, orderCounts });
    }
  }

  #refused(bytes: Buffer, at: number): void {
    const number = Number(bytes.readBigUInt64LE(at));
    const outstanding = this.#outstanding.get(number);
    if (!outstanding) return;
    this.#outstanding.delete(number);
    const text = bytes.toString("latin1", at + 16, at + 16 + bytes[at + 9]);
    const reason: RefusalReason = bytes[at + 8];
    if (reason === RefusalReason.BUSY) outstanding.reject(new ShardBusy(text));
    else if (reason === RefusalReason.TOO_MANY_ORDERS) outstanding.reject(new TooManyOrders(text, bytes.readUInt32LE(at + 12)));
    else outstanding.reject(new ShardUnavailable(text, "no"));
  }

  #events(bytes: Buffer, start: number, end: number): void {
    const at = start + FRAME_HEADER;
    const shard = bytes.readUInt32LE(at);
    const epoch = bytes.readUInt32LE(at + 4);
    const first = Number(bytes.readBigUInt64LE(at + 8));
    const last = Number(bytes.readBigUInt64LE(at + 16));
    const feed = this.#feed;
    if (!feed) return;
    if (first !== feed.seen.sequence + 1) throw new Error(`events of sequence ${first} follow sequence ${feed.seen.sequence}`);
    feed.seen = { shard, epoch, sequence: last };
    feed.listener({ first: { shard, epoch, sequence: first }, last: feed.seen, events: decodeEvents(bytes, start + EVENTS_HEADER, end) });
  }

  #lost(): void {
    clearInterval(this.#heartbeat);
    const wasLoggedOn = this.#loggedOn;
    this.#loggedOn = false;
    if (this.#closed) this.#giveUp(this.#lastWords || "the connection has been closed");
    else if (wasLoggedOn) {
      this.#lostAt = Date.now();
      this.#retry();
    }
  }

  #retry(): void {
    const { giveUpMs = 10_000 } = this.#options;
    setTimeout(() => {
      if (this.#closed) return this.#giveUp("the connection has been closed");
      this.open().catch((error: Error) => {
        if (Date.now() - this.#lostAt < giveUpMs) this.#retry();
        else {
          this.#closed = true;
          this.#giveUp(error.message);
        }
      });
    }, RETRY_MS);
  }

  #giveUp(reason: string): void {
    const waiting = [...this.#outstanding.values()];
    const questions = [...this.#questions.values()];
    this.#outstanding.clear();
    this.#questions.clear();
    if (this.#everLoggedOn && !this.#closing) this.#options.onEnded?.(reason);
    for (const { reject } of waiting) reject(new ShardUnavailable(`${reason}; it is unknown whether the command was logged`, "unknown"));
    for (const { reject } of questions) reject(new ShardUnavailable(reason, "no"));
  }
}

/** The address for the next connection. */
export const addressOf = (connect: ShardClientOptions["connect"]): ShardAddress => (typeof connect === "function" ? connect() : connect);

/** A short name for a public key, to be used as its key id. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url")
    .slice(0, 22);
}
