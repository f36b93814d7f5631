/**
 * A shard in another process, with the same interface as one in this process. It keeps the connection: after a loss it logs on again, sends
 * again what was not answered under the same session sequences, and resumes its subscription, so that every command is applied once and every
 * event seen once.
 */

import type { Socket } from "node:net";
import { type Command, decodeEvents } from "@bourse/engine";
import type { Span } from "../../../process/spans";
import { LogPins } from "../log-pins";
import {
  type CommandResult,
  type EventBatch,
  type LogPin,
  type OrderCounts,
  type OrderLimits,
  type Position,
  ShardUnavailable,
  type Subscription,
} from "../port";
import { addressOf, type PositionState, type ShardClient, type ShardClientOptions } from "./client-options";
import { EVENTS_HEADER, FRAME_HEADER, FrameReader, FrameType, MAX_SERVER_FRAME, NO_PIN, newFrame, SILENT_BEATS } from "./frames";
import { logonFrame } from "./logon";
import { openSocket } from "./outgoing";
import { commandFrames } from "./outgoing-commands";
import { isResults } from "./results";
import { traceFrame } from "./traced-commands";
import { UnansweredCommands } from "./unanswered";

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
  readonly #unanswered: UnansweredCommands;
  #orderLimits: OrderLimits = { tenSeconds: 0, day: 0 };
  #socket: Socket | undefined;
  /** Frames that go before the commands of this turn. */
  #traces: Buffer[] = [];
  /** Whether the server takes such frames. */
  #tells = false;
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
    const { session, firstNumber = Date.now() * 1000, maxOutstanding = 1024 } = options;
    this.#unanswered = new UnansweredCommands(session, firstNumber, maxOutstanding);
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
      const socket = openSocket(to, tls, onread);
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

  submit(command: Command, span?: Span): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new ShardUnavailable("the connection has been closed", "no");
      const isFirst = this.#unanswered.outgoing.isEmpty;
      const number = this.#unanswered.add(command, resolve, reject);
      if (span !== undefined && this.#tells) this.#traces.push(traceFrame(number, span.spanContext()));
      if (isFirst) setImmediate(() => this.#flush());
    });
  }

  orderCounts(account: number, time: number): Promise<OrderCounts> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new ShardUnavailable("the connection has been closed", "no");
      const question = this.#unanswered.ask(account, time, resolve, reject);
      if (this.#loggedOn) this.#socket!.write(question);
    });
  }

  positionState(position: Position): Promise<PositionState> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new ShardUnavailable("the connection has been closed", "no");
      const question = this.#unanswered.askPosition(position, resolve, reject);
      if (this.#loggedOn) this.#socket!.write(question);
    });
  }

  async holds(position: Position): Promise<boolean> {
    return (await this.positionState(position)).held;
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

  /** Sends the commands of this turn. */
  #flush(): void {
    const frames = this.#unanswered.outgoing.take();
    const traces = this.#traces;
    if (traces.length > 0) this.#traces = [];
    // Without a connection they are sent with all that is outstanding, after the next logon.
    if (!this.#loggedOn) return;
    for (const trace of traces) this.#socket?.write(trace);
    for (const frame of frames) this.#socket?.write(frame);
  }

  #frame(type: FrameType, bytes: Buffer, start: number, end: number): void {
    const at = start + FRAME_HEADER;
    if (type === FrameType.CHALLENGE) this.#logon(bytes.subarray(at, end));
    else if (type === FrameType.ACCEPTED) this.#accepted(bytes, at);
    else if (isResults(type)) this.#unanswered.results(type, bytes, at, end);
    else if (type === FrameType.REFUSED) this.#unanswered.refused(bytes, at);
    else if (type === FrameType.COUNTS) this.#unanswered.counts(bytes, at);
    else if (type === FrameType.POSITION) this.#unanswered.position(bytes, at);
    else if (type === FrameType.EVENTS) this.#events(bytes, start, end);
    else if (type === FrameType.LOGOUT || type === FrameType.STOPPING) {
      this.#lastWords = bytes.toString("latin1", at, end).replace(/\0+$/, "");
      if (type === FrameType.LOGOUT) this.#closed = true;
    }
  }

  #logon(challenge: Buffer): void {
    const { keyId, privateKey, session } = this.#options;
    this.#socket!.write(logonFrame(challenge, keyId, session, privateKey, true));
  }

  /** Logged on: what was not answered goes out again, under the numbers that it had. */
  #accepted(bytes: Buffer, at: number): void {
    const heartbeatMs = bytes.readUInt32LE(at + 16);
    this.#logonPosition = {
      shard: bytes.readUInt32LE(at),
      epoch: bytes.readUInt32LE(at + 4),
      sequence: Number(bytes.readBigUInt64LE(at + 8)),
    };
    this.#tells = bytes.readUInt32LE(at + 20) === 1;
    this.#orderLimits = { tenSeconds: bytes.readUInt32LE(at + 24), day: bytes.readUInt32LE(at + 28) };
    this.#loggedOn = true;
    this.#everLoggedOn = true;
    this.#lostAt = 0;
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    // All that is not answered goes out, what was to go out next among it.
    this.#unanswered.outgoing.take();
    this.#flush();
    for (const frame of commandFrames(this.#unanswered.commands)) this.#socket!.write(frame);
    for (const question of this.#unanswered.questions) this.#socket!.write(question);
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

  #sendPin(): void {
    if (!this.#loggedOn) return;
    const { lowest } = this.#pins;
    const frame = newFrame(FrameType.PIN, 8);
    frame.writeBigUInt64LE(lowest === Number.POSITIVE_INFINITY ? NO_PIN : BigInt(lowest), FRAME_HEADER);
    this.#socket!.write(frame);
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
      this.#unanswered.connectionLost();
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
    if (this.#everLoggedOn && !this.#closing) this.#options.onEnded?.(reason);
    this.#unanswered.giveUp(reason);
  }
}
