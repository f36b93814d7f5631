/** One connection to a shard's server: logon, commands in, results and events out. What it does wrong ends it, and it alone. */

import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { now } from "../../../process/spans";
import { ShardBusy, ShardUnavailable, TooManyOrders } from "../port";
import type { EncodedBatch } from "../recent-events";
import type { CopyFeed } from "../replication/copy-feed";
import { EventStream } from "./event-stream";
import {
  FRAME_HEADER,
  FrameReader,
  FrameType,
  MAX_CLIENT_FRAME,
  newFrame,
  ProtocolError,
  RESULT_HEADER,
  RefusalReason,
  refusalFrame,
  SILENT_BEATS,
  textFrame,
  writeFrameHeader,
} from "./frames";
import { readInto } from "./incoming";
import { readLogon } from "./logon";
import { type Borrowed, CHUNK_BYTES, type Chunk, type OutputChunks } from "./output";
import { MAX_OUTSTANDING, OutstandingCommands } from "./outstanding";
import { answerCounts, answerPosition } from "./questions";
import { ResultFrames } from "./result-frames";
import { writeResult } from "./results";
import { type BinaryClient, KEY_CHECK_MS, type ShardServerOptions } from "./server-options";
import { TracedCommands } from "./traced-commands";

/** Session sequence of the command at a byte. */
const numberAt = (view: DataView, at: number): number => view.getUint32(at + 24, true) + view.getUint32(at + 28, true) * 2 ** 32;

/** What the copies of a log send. */
const copyFrames = new Set([FrameType.COPY_LOG, FrameType.KEPT, FrameType.SEND_SNAPSHOT]);

/** What the connections of one server share. */
export interface ServerParts {
  /** Connections by session. */
  sessions: Map<number, Connection>;
  output: OutputChunks;
  /** What is read, valid until it has been looked at. */
  readBuffer: Buffer;
  /** Hands what was entered to the disk, once for all connections that had something to read, and at once when that is much. Told how many bytes were read. */
  flushSoon: (bytes: number) => void;
}

export class Connection {
  readonly #socket: Socket;
  readonly #options: ShardServerOptions;
  readonly #sessions: Map<number, Connection>;
  readonly #output: OutputChunks;
  readonly #frames = new FrameReader(MAX_CLIENT_FRAME);
  readonly #challenge = randomBytes(32);
  readonly #outstanding = new OutstandingCommands();
  readonly #results: ResultFrames;
  readonly #events: EventStream;
  readonly #timer: NodeJS.Timeout;
  #keyTimer: NodeJS.Timeout | undefined;
  #client: BinaryClient | undefined;
  #session = 0;
  #takesRuns = false;
  #lastNumber = 0;
  /** Beats since something was heard, and whether something was sent since the last one. */
  #silentBeats = 0;
  #hasSent = false;
  #copy: CopyFeed | undefined;
  /** Undefined while none of its commands is traced. */
  #traced: TracedCommands | undefined;
  #ended = false;

  readonly #flushSoon: ServerParts["flushSoon"];

  constructor(socket: Socket, options: ShardServerOptions, { sessions, output, readBuffer, flushSoon }: ServerParts) {
    this.#socket = socket;
    this.#options = options;
    this.#sessions = sessions;
    this.#output = output;
    this.#flushSoon = flushSoon;
    this.#results = new ResultFrames({
      outstanding: this.#outstanding,
      output,
      send: (chunk, type, length, borrowed) => this.#sendChunk(chunk, type, length, borrowed),
      repeated: (number, sequence, countsAt) => this.#sendFirstResult(number, sequence, countsAt),
    });
    this.#events = new EventStream({
      shard: options.shard,
      output,
      send: (chunk, type, length) => this.#sendChunk(chunk, type, length),
      end: (reason) => this.end(reason),
    });
    const { heartbeatMs = 5000, logonMs = 5000 } = options;
    this.#timer = setInterval(() => this.#beat(heartbeatMs), heartbeatMs);
    const logonTimer = setTimeout(() => {
      if (!this.#client) this.end(`nobody logged on within ${logonMs} ms`);
    }, logonMs);
    readInto(readBuffer, socket, (chunk) => this.#received(chunk));
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      clearTimeout(logonTimer);
      this.#close();
    });
    const challenge = newFrame(FrameType.CHALLENGE, 32);
    this.#challenge.copy(challenge, FRAME_HEADER);
    this.#send(challenge);
  }

  /** Sends the results of this connection's commands in the batch. */
  deliver(batch: EncodedBatch): void {
    if (this.#ended || !this.#outstanding.has(batch.last)) return;
    const durable = this.#traced && now();
    if (this.#takesRuns) this.#sendRuns(batch);
    else this.#results.write(batch);
    if (this.#traced === undefined || durable === undefined) return;
    this.#traced.delivered(batch, durable);
    if (this.#traced.isEmpty) this.#traced = undefined;
  }

  #sendRuns(batch: EncodedBatch): void {
    // Who is behind with reading gets copies: a few bytes that wait would else hold a megabyte.
    const mayBorrow = this.#socket.writableLength === 0;
    const write = () => this.#results.writeRuns(batch, mayBorrow);
    if (batch.end - batch.start <= CHUNK_BYTES) write();
    else {
      this.#output.together(this.#socket, write);
      this.#written();
    }
  }

  /** Tells why and ends the connection. */
  end(reason: string, type: FrameType.LOGOUT | FrameType.STOPPING = FrameType.LOGOUT): void {
    if (this.#ended) return;
    this.#send(textFrame(type, reason));
    this.#ended = true;
    this.#socket.end();
    // A peer that does not read must not keep the connection.
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }

  #received(chunk: Buffer): void {
    if (this.#ended) return;
    this.#silentBeats = 0;
    try {
      this.#frames.push(chunk, (type, bytes, start, end) => this.#frame(type, bytes, start, end));
      if (this.#outstanding.count > 0) this.#flushSoon(chunk.length);
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof RangeError)) throw error;
      this.#flushSoon(chunk.length);
      this.end(error.message);
    }
  }

  #frame(type: FrameType, bytes: Buffer, start: number, end: number): void {
    if (this.#ended) return;
    if (type === FrameType.LOGON) this.#logon(bytes.subarray(start, end));
    else if (type === FrameType.HEARTBEAT) return;
    else if (type === FrameType.LOGOUT) this.#socket.end();
    else if (!this.#client) throw new ProtocolError("the first frame must be a logon");
    else if (type === FrameType.COMMANDS) this.#commands(this.#client, bytes, start + FRAME_HEADER, end);
    else if (type === FrameType.TRACE) this.#announce(this.#client, bytes, start, end);
    else if (type === FrameType.ASK_COUNTS) this.#answer(answerCounts(this.#client, this.#options, bytes, start, end));
    else if (type === FrameType.SUBSCRIBE) this.#events.subscribe(this.#client, bytes, start, end);
    else if (type === FrameType.ASK_POSITION) this.#answer(answerPosition(this.#client, this.#options, bytes, start, end));
    else if (type === FrameType.PIN) this.#events.movePin(this.#client, bytes, start, end);
    else if (copyFrames.has(type)) this.#copyLog(this.#client, type, bytes, start, end);
    else throw new ProtocolError(`a client cannot send frames of type ${type}`);
  }

  #logon(frame: Buffer): void {
    if (this.#client) throw new ProtocolError("this connection has logged on already");
    const { findClient } = this.#options;
    const socket = this.#socket;
    const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
    const find = (keyId: string) => findClient(keyId, socket.remoteAddress ?? "", certificate);
    const { client, session, takesRuns } = readLogon(frame, this.#challenge, find);
    this.#sessions.get(session)?.end("the session has logged on from another connection");
    this.#sessions.set(session, this);
    this.#client = client;
    this.#session = session;
    this.#takesRuns = takesRuns;
    const { assertGood } = client;
    if (assertGood) this.#keyTimer = setInterval(() => this.#checkKey(assertGood), KEY_CHECK_MS);
    const { shard, epoch, sequence } = this.#options.shard.position;
    const accepted = newFrame(FrameType.ACCEPTED, 32);
    const { orderLimits } = this.#options.shard;
    accepted.writeUInt32LE(shard, FRAME_HEADER);
    accepted.writeUInt32LE(epoch, FRAME_HEADER + 4);
    accepted.writeBigUInt64LE(BigInt(sequence), FRAME_HEADER + 8);
    accepted.writeUInt32LE(this.#options.heartbeatMs ?? 5000, FRAME_HEADER + 16);
    accepted.writeUInt32LE(client.readsEvents ? 1 : 0, FRAME_HEADER + 20);
    accepted.writeUInt32LE(orderLimits.tenSeconds, FRAME_HEADER + 24);
    accepted.writeUInt32LE(orderLimits.day, FRAME_HEADER + 28);
    this.#send(accepted);
  }

  #checkKey(assertGood: () => void): void {
    try {
      assertGood();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.end(error.message);
    }
  }

  #announce(client: BinaryClient, bytes: Buffer, start: number, end: number): void {
    if (!client.readsEvents) throw new ProtocolError("the key may not name traces");
    this.#traced ??= new TracedCommands();
    this.#traced.announce(bytes, start, end);
  }

  /** Those that are admitted one behind the other are entered at once. */
  #commands(client: BinaryClient, bytes: Buffer, start: number, end: number): void {
    client.arrived?.();
    const { accounts } = client;
    const view = new DataView(bytes.buffer, bytes.byteOffset, end);
    let from = start;
    let at = start;
    let count = 0;
    try {
      while (at < end) {
        const length = view.getUint16(at, true);
        if (length < 32 || at + length > end)
          throw new ProtocolError(`a command of ${length} bytes was announced, ${end - at} are left in the frame`);
        const session = view.getUint32(at + 16, true);
        const account = view.getUint32(at + 20, true);
        const number = numberAt(view, at);
        if (session !== this.#session) throw new ProtocolError(`a command is of session ${session}, the logon was of ${this.#session}`);
        if (number <= this.#lastNumber)
          throw new ProtocolError(`session sequence ${number} follows ${this.#lastNumber} on this connection`);
        if (accounts !== "all" && !accounts.has(account)) throw new ProtocolError(`the key may not act for account ${account}`);
        this.#lastNumber = number;
        const refusal = client.admit?.(bytes, at, length);
        if (refusal === undefined) {
          count++;
          at += length;
          continue;
        }
        this.#enterAll(bytes, view, from, at, count);
        this.#refuse(number, RefusalReason.NOT_ADMITTED, refusal);
        at += length;
        from = at;
        count = 0;
      }
    } finally {
      this.#enterAll(bytes, view, from, at, count);
    }
  }

  /** Enters the `count` commands in `bytes[start, end)`. */
  #enterAll(bytes: Buffer, view: DataView, start: number, end: number, count: number): void {
    if (count === 0) return;
    const { shard } = this.#options;
    const outstanding = this.#outstanding;
    // Numbers ascend, and the last is that of the last command.
    const first = numberAt(view, start);
    const isRun = this.#lastNumber - first === count - 1;
    let left = count;
    for (let at = start; at < end; left--) {
      if (left > 1 && this.#traced === undefined && outstanding.reserve(left)) {
        const before = shard.entered;
        const next = shard.enterAll(bytes, at, end, outstanding.counts, outstanding.place * 2);
        const entered = shard.entered - before;
        if (isRun && entered > 0) outstanding.add(before + 1, first + count - left, entered);
        else for (let n = 1; n <= entered; n++, at += view.getUint16(at, true)) outstanding.add(before + n, numberAt(view, at));
        at = next;
        left -= entered;
        if (at === end) return;
      }
      const length = view.getUint16(at, true);
      this.#enter(bytes, at, at + length, numberAt(view, at), view.getUint32(at + 20, true));
      at += length;
    }
  }

  #enter(bytes: Buffer, at: number, end: number, number: number, account: number): void {
    if (!this.#outstanding.reserve(1)) {
      this.#refuse(number, RefusalReason.BUSY, `more than ${MAX_OUTSTANDING} commands wait for their results`);
      return;
    }
    try {
      const { shard } = this.#options;
      const traced = this.#traced?.begin(number);
      const sequence = shard.enter(bytes, at, end);
      if (traced !== undefined) this.#traced!.applied(traced, sequence, bytes, at);
      shard.writeOrderCounts(account, this.#outstanding.counts, this.#outstanding.place * 2);
      this.#outstanding.add(sequence, number);
    } catch (error) {
      if (error instanceof ShardBusy) this.#refuse(number, RefusalReason.BUSY, error.message);
      else if (error instanceof TooManyOrders) {
        this.#send(refusalFrame(number, RefusalReason.TOO_MANY_ORDERS, error.message, error.retryAfter));
      } else if (error instanceof ShardUnavailable) this.#refuse(number, RefusalReason.UNAVAILABLE, error.message);
      else throw error;
    }
  }

  #refuse(number: number, reason: RefusalReason, text: string): void {
    this.#send(refusalFrame(number, reason, text));
  }

  /** A repeated command: its first result comes from memory or from the log. */
  #sendFirstResult(number: number, sequence: number, countsAt: number): void {
    const counts = this.#outstanding.counts.slice(countsAt, countsAt + 2);
    // Not at once: this runs while the batch is being published.
    const result = Promise.resolve().then(() => this.#options.shard.encodedResult(sequence));
    result.then(
      ({ position, bytes }) => {
        if (this.#ended) return;
        const chunk = this.#output.take(FRAME_HEADER + RESULT_HEADER + bytes.length);
        const end = writeResult(chunk, FRAME_HEADER, number, position.sequence, position.epoch, counts, 0, bytes, 0, bytes.length);
        this.#sendChunk(chunk, FrameType.RESULTS, end);
      },
      (error: Error) => this.end(error.message),
    );
  }

  /** A question that may not be asked is the client's fault; one that cannot be answered is not. */
  #answer(answer: Promise<Buffer>): void {
    answer.then(
      (frame) => this.#send(frame),
      (error: Error) => this.end(error.message, error instanceof ProtocolError ? FrameType.LOGOUT : FrameType.STOPPING),
    );
  }

  #copyLog(client: BinaryClient, type: FrameType, bytes: Buffer, start: number, end: number): void {
    const { copies } = this.#options;
    if (!client.copiesLog || !copies) throw new ProtocolError("the key may not copy the log");
    this.#copy ??= copies.connect({
      send: (frame) => this.#send(frame),
      backlog: () => this.#socket.writableLength,
      end: (reason) => this.end(reason, FrameType.STOPPING),
    });
    this.#copy.frame(type, bytes, start, end);
  }

  #send(frame: Buffer): void {
    if (this.#ended || this.#socket.destroyed) return;
    this.#socket.write(frame);
    this.#written();
  }

  /** Sends the first `length` bytes of the chunk, and what is borrowed behind them, as one frame. */
  #sendChunk(chunk: Chunk, type: FrameType, length: number, borrowed?: Borrowed): void {
    if (this.#ended || this.#socket.destroyed) {
      borrowed?.release();
      return;
    }
    writeFrameHeader(chunk.bytes, 0, type, length + (borrowed?.bytes.length ?? 0));
    this.#output.write(this.#socket, chunk, length, borrowed);
    this.#written();
  }

  /** A reader that is too slow is cut off, never waited for. */
  #written(): void {
    this.#hasSent = true;
    // What is written together is looked at when the system has got it.
    if (this.#socket.writableCorked > 0) return;
    if (this.#socket.writableLength <= (this.#options.maxBacklogBytes ?? 64 << 20)) return;
    this.#ended = true;
    this.#socket.destroy();
  }

  /** Intervals are counted, not read from a clock: a process that stood still for a while must not take all its peers for silent. */
  #beat(intervalMs: number): void {
    const { stopped } = this.#options.shard;
    if (stopped) this.end(stopped.message, FrameType.STOPPING);
    else if (this.#silentBeats++ === SILENT_BEATS) this.end(`nothing was heard for ${SILENT_BEATS * intervalMs} ms`);
    else if (!this.#hasSent) this.#send(newFrame(FrameType.HEARTBEAT, 0));
    this.#hasSent = false;
  }

  #close(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    clearInterval(this.#keyTimer);
    this.#events.close();
    this.#copy?.close();
    if (this.#sessions.get(this.#session) === this) this.#sessions.delete(this.#session);
  }
}
