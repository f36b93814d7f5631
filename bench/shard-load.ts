/**
 * Thread that loads a shard's port with encoded orders: connections that log on, send frames made beforehand, keep a window of them in flight,
 * and read every result to its end. A request says what to send, the answer how it went.
 */

import { createPrivateKey, sign } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { limitOrder, START_TIME } from "../test/workloads/services/trading/command-mix";
import { FrameReader, FrameType } from "../workloads/services/trading/remote";
import { FRAME_HEADER, logonMessage, newFrame, padded, RESULT_HEADER, writeFrameHeader } from "../workloads/services/trading/remote/frames";

export interface LoadThreadData {
  keyId: string;
  /** PEM. */
  privateKey: string;
  accounts: number;
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
  onResults: () => void = () => {};
  readonly #frames = new FrameReader(1 << 28);

  constructor(
    readonly socket: Socket,
    readonly session: number,
  ) {}

  static async open(port: number, session: number, { keyId, privateKey }: LoadThreadData): Promise<LoadConnection> {
    let read: (chunk: Buffer) => void = () => {};
    // One buffer for all that is read: a new one for each read would keep the collector busy on the client's behalf.
    const onread = {
      buffer: Buffer.alloc(1 << 16),
      callback: (count: number, bytes: Uint8Array) => {
        read((bytes as Buffer).subarray(0, count));
        return true;
      },
    };
    const connection = new LoadConnection(connect({ port, host: "127.0.0.1", noDelay: true, onread }), session);
    await new Promise<void>((resolve, reject) => {
      connection.socket.on("error", reject);
      read = (chunk) => {
        connection.#frames.push(chunk, (type, bytes, start, end) => {
          if (type === FrameType.CHALLENGE) connection.#logon(bytes.subarray(start + FRAME_HEADER, end), keyId, privateKey);
          else if (type === FrameType.ACCEPTED) resolve();
          else if (type === FrameType.RESULTS) connection.#count(bytes, start + FRAME_HEADER, end);
          else if (type === FrameType.REFUSED) connection.refused++;
          else if (type === FrameType.LOGOUT) reject(new Error(bytes.toString("latin1", start + FRAME_HEADER, end)));
        });
        connection.onResults();
      };
    });
    return connection;
  }

  #logon(challenge: Buffer, keyId: string, privateKey: string): void {
    const signature = sign(null, logonMessage(challenge, keyId, this.session), createPrivateKey(privateKey));
    const frame = newFrame(FrameType.LOGON, 8 + padded(keyId.length) + signature.length);
    frame.writeUInt32LE(this.session, FRAME_HEADER);
    frame.writeUInt16LE(keyId.length, FRAME_HEADER + 4);
    frame.write(keyId, FRAME_HEADER + 8, "latin1");
    frame.set(signature, frame.length - signature.length);
    this.socket.write(frame);
  }

  #count(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; this.results++) {
      const length = bytes.readUInt32LE(at + 20);
      this.eventBytes += length;
      at += RESULT_HEADER + length;
    }
  }

  get answered(): number {
    return this.results + this.refused;
  }
}

/** Frames of `perFrame` orders each, `count` in all, numbered from 1 in the session. */
function encodeFrames(session: number, count: number, perFrame: number, accounts: number): Buffer[] {
  const frames: Buffer[] = [];
  for (let number = 1; number <= count; ) {
    const bytes = Buffer.alloc(FRAME_HEADER + perFrame * MAX_COMMAND_LENGTH);
    let end = FRAME_HEADER;
    for (const until = Math.min(count, number + perFrame - 1); number <= until; number++) {
      const command = limitOrder(1 + (number % accounts), number % 2, 100_000, 1 + (number % 5), START_TIME + number);
      end = encodeCommand({ ...command, session, sessionSequence: number }, bytes, end);
    }
    writeFrameHeader(bytes, 0, FrameType.COMMANDS, end);
    frames.push(Buffer.from(bytes.subarray(0, end)));
  }
  return frames;
}

/** Keeps up to `window` frames in flight on the connection until all are answered. Returns the latency of each frame in ms. */
function send(connection: LoadConnection, frames: Buffer[], perFrame: number, count: number, window: number): Promise<number[]> {
  return new Promise((resolve) => {
    const sentAt: number[] = [];
    const latencies: number[] = [];
    const step = () => {
      while (latencies.length < sentAt.length && connection.answered >= Math.min(count, (latencies.length + 1) * perFrame)) {
        latencies.push(performance.now() - sentAt[latencies.length]);
      }
      if (connection.answered >= count) return resolve(latencies);
      const parts: Buffer[] = [];
      while (sentAt.length < frames.length && sentAt.length - latencies.length < window) {
        parts.push(frames[sentAt.length]);
        sentAt.push(performance.now());
      }
      if (parts.length > 0) connection.socket.write(parts.length === 1 ? parts[0] : Buffer.concat(parts));
    };
    connection.onResults = step;
    step();
  });
}

async function run(load: Load, data: LoadThreadData): Promise<LoadResult> {
  const sessions = Array.from({ length: load.connections }, (_, n) => load.session + n);
  const connections = await Promise.all(sessions.map((session) => LoadConnection.open(load.port, session, data)));
  const each = load.commands / load.connections;
  const frames = sessions.map((session) => encodeFrames(session, each, load.perFrame, data.accounts));
  const started = performance.now();
  const latencies = (
    await Promise.all(connections.map((connection, n) => send(connection, frames[n], load.perFrame, each, load.window)))
  ).flat();
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
