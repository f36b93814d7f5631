/**
 * Thread that loads a shard's port with encoded commands: connections that log on, send frames made beforehand, keep a window of them in flight,
 * and read every result to its end. A request says what to send, the answer how it went.
 */

import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { FrameReader, FrameType } from "../workloads/services/trading/remote";
import { FRAME_HEADER, writeFrameHeader } from "../workloads/services/trading/remote/frames";
import { logonFrame } from "../workloads/services/trading/remote/logon";
import { isResults, type ResultVisitor, visitResults } from "../workloads/services/trading/remote/results";
import { type EncodedMix, encodeMix } from "./shard-mix";

/** Open orders of all connections together. */
const OPEN_ORDERS = 10_000;
/** Client keys of a session: more than it sends commands. */
const KEYS = 10_000_000;
const READ_BYTES = 1 << 18;

export interface LoadThreadData {
  keyId: string;
  /** PEM. */
  privateKey: string;
}

export interface Load {
  port: number;
  /** The first connection's session; the others follow. */
  session: number;
  connections: number;
  /** Commands in all, per frame, and frames in flight on each connection. */
  commands: number;
  perFrame: number;
  window: number;
  /** Commands of all connections that are due a second, whatever is answered: latencies count from when a frame was due. @default as soon as the window allows */
  perSecond?: number;
}

export interface LoadResult {
  seconds: number;
  refused: number;
  /** Mean bytes of events in a result. */
  eventBytes: number;
  /** Of a frame, in ms: from its write to its last result. */
  p50: number;
  p99: number;
}

class LoadConnection {
  results = 0;
  refused = 0;
  eventBytes = 0;
  #lastNumber = 0;
  onResults: () => void = () => {};
  readonly #frames = new FrameReader(1 << 28);

  constructor(readonly socket: Socket) {}

  static async open(port: number, session: number, { keyId, privateKey }: LoadThreadData): Promise<LoadConnection> {
    const key = createPrivateKey(privateKey);
    let read: (chunk: Buffer) => void = () => {};
    // One buffer for all that is read: a new one for each read would keep the collector busy on the client's behalf.
    const onread = {
      buffer: Buffer.alloc(READ_BYTES),
      callback: (count: number, bytes: Uint8Array) => {
        read((bytes as Buffer).subarray(0, count));
        return true;
      },
    };
    const connection = new LoadConnection(connect({ port, host: "127.0.0.1", noDelay: true, onread }));
    await new Promise<void>((resolve, reject) => {
      connection.socket.on("error", reject);
      read = (chunk) => {
        connection.#frames.push(chunk, (type, bytes, start, end) => {
          const body = start + FRAME_HEADER;
          if (type === FrameType.CHALLENGE) connection.socket.write(logonFrame(bytes.subarray(body, end), keyId, session, key, true));
          else if (type === FrameType.ACCEPTED) resolve();
          else if (isResults(type)) connection.#count(type, bytes, body, end);
          else if (type === FrameType.REFUSED) connection.refused++;
          else if (type === FrameType.LOGOUT) reject(new Error(bytes.toString("latin1", body, end)));
        });
        connection.onResults();
      };
    });
    return connection;
  }

  #count(type: FrameType, bytes: Buffer, start: number, end: number): void {
    visitResults(type, bytes, start, end, this.#counted);
  }

  /** They come in order. */
  readonly #counted: ResultVisitor = (number, _sequence, _epoch, _countsAt, eventsAt, eventsEnd) => {
    if (number <= this.#lastNumber) throw new Error(`the result of ${number} comes after that of ${this.#lastNumber}`);
    this.#lastNumber = number;
    this.results++;
    this.eventBytes += eventsEnd - eventsAt;
  };

  get answered(): number {
    return this.results + this.refused;
  }
}

/** Frames of `perFrame` commands each, one behind the other: frame `n` is `bytes[ends[n - 1], ends[n])`. */
interface Frames {
  bytes: Buffer;
  ends: number[];
}

function encodeFrames(mix: EncodedMix, perFrame: number): Frames {
  const count = mix.offsets.length - 1;
  const bytes = Buffer.alloc(mix.offsets[count] + Math.ceil(count / perFrame) * FRAME_HEADER);
  const ends: number[] = [];
  for (let first = 0, at = 0; first < count; first += perFrame) {
    const commands = mix.bytes.subarray(mix.offsets[first], mix.offsets[Math.min(count, first + perFrame)]);
    writeFrameHeader(bytes, at, FrameType.COMMANDS, FRAME_HEADER + commands.length);
    bytes.set(commands, at + FRAME_HEADER);
    at += FRAME_HEADER + commands.length;
    ends.push(at);
  }
  return { bytes, ends };
}

/** Keeps up to `window` frames in flight on the connection until all are answered. Returns the latency of each frame in ms. */
function send(connection: LoadConnection, { bytes, ends }: Frames, load: Load, count: number): Promise<number[]> {
  const { perFrame, window, perSecond, connections } = load;
  const pace = perSecond === undefined ? 0 : (perFrame * connections * 1000) / perSecond;
  return new Promise((resolve) => {
    const sentAt: number[] = [];
    const latencies: number[] = [];
    const started = performance.now();
    const step = () => {
      const now = performance.now();
      while (latencies.length < sentAt.length && connection.answered >= Math.min(count, (latencies.length + 1) * perFrame)) {
        latencies.push(now - sentAt[latencies.length]);
      }
      if (connection.answered >= count) {
        clearInterval(timer);
        return resolve(latencies);
      }
      const from = sentAt.length;
      const due = pace === 0 ? ends.length : Math.floor((now - started) / pace) + 1;
      const until = Math.min(ends.length, due, latencies.length + window);
      if (until <= from) return;
      while (sentAt.length < until) sentAt.push(pace === 0 ? now : started + sentAt.length * pace);
      // What is due lies in one piece.
      connection.socket.write(bytes.subarray(ends[from - 1] ?? 0, ends[until - 1]));
    };
    const timer = pace === 0 ? undefined : setInterval(step, 1);
    connection.onResults = step;
    step();
  });
}

async function run(load: Load, data: LoadThreadData): Promise<LoadResult> {
  const sessions = Array.from({ length: load.connections }, (_, n) => load.session + n);
  const connections = await Promise.all(sessions.map((session) => LoadConnection.open(load.port, session, data)));
  const each = load.commands / load.connections;
  const lifetime = Math.floor(OPEN_ORDERS / load.connections) | 1;
  const frames = sessions.map((session) => encodeFrames(encodeMix(each, { session, firstKey: session * KEYS, lifetime }), load.perFrame));
  const started = performance.now();
  const latencies = (await Promise.all(connections.map((connection, n) => send(connection, frames[n], load, each)))).flat();
  const seconds = (performance.now() - started) / 1000;
  for (const { socket } of connections) {
    socket.destroy();
    await once(socket, "close");
  }
  latencies.sort((a, b) => a - b);
  const sum = (of: (connection: LoadConnection) => number) => connections.reduce((total, connection) => total + of(connection), 0);
  return {
    seconds,
    refused: sum(({ refused }) => refused),
    eventBytes: sum(({ eventBytes }) => eventBytes) / sum(({ results }) => results),
    p50: latencies[Math.floor(latencies.length * 0.5)],
    p99: latencies[Math.floor(latencies.length * 0.99)],
  };
}

parentPort?.on("message", async (load: Load) => parentPort!.postMessage(await run(load, workerData as LoadThreadData)));
