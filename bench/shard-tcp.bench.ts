/**
 * The durable path through a socket: a client on the same thread and machine as the shard sends encoded commands over TCP, the shard logs and
 * syncs them, and the client reads every result with its events. Everything is real and all checks are on.
 */

import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { loadavg } from "node:os";
import { join } from "node:path";
import { encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { limitOrder, openMarket, START_TIME } from "../test/workloads/services/trading/command-mix";
import { openTradingShard } from "../workloads/services/trading";
import { type BinaryClient, connectShard, FrameReader, FrameType, serveShard } from "../workloads/services/trading/remote";
import { FRAME_HEADER, logonMessage, newFrame, padded, RESULT_HEADER, writeFrameHeader } from "../workloads/services/trading/remote/frames";
import type { BenchmarkReport } from "./run";

const ACCOUNTS = 1000;
const PIPELINED = 500_000;
const CONNECTIONS = 64;
const BATCH = 16;
const BATCHED = 256_000;
const SINGLE = 2000;
const KEY_ID = "bench";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");

/** A connection that sends frames made beforehand and counts results. */
class LoadConnection {
  results = 0;
  refused = 0;
  onResults: () => void = () => {};
  readonly #frames = new FrameReader(1 << 28);

  constructor(
    readonly socket: Socket,
    readonly session: number,
  ) {}

  static async open(port: number, session: number): Promise<LoadConnection> {
    const connection = new LoadConnection(connect({ port, host: "127.0.0.1", noDelay: true }), session);
    await new Promise<void>((resolve, reject) => {
      connection.socket.on("error", reject);
      connection.socket.on("data", (chunk: Buffer) => {
        connection.#frames.push(chunk, (type, bytes, start, end) => {
          if (type === FrameType.CHALLENGE) connection.#logon(bytes.subarray(start + FRAME_HEADER, end));
          else if (type === FrameType.ACCEPTED) resolve();
          else if (type === FrameType.RESULTS) connection.#count(bytes, start + FRAME_HEADER, end);
          else if (type === FrameType.REFUSED) connection.refused++;
          else if (type === FrameType.LOGOUT) reject(new Error(bytes.toString("latin1", start + FRAME_HEADER, end)));
        });
        connection.onResults();
      });
    });
    return connection;
  }

  #logon(challenge: Buffer): void {
    const signature = sign(null, logonMessage(challenge, KEY_ID, this.session), privateKey);
    const frame = newFrame(FrameType.LOGON, 8 + padded(KEY_ID.length) + signature.length);
    frame.writeUInt32LE(this.session, FRAME_HEADER);
    frame.writeUInt16LE(KEY_ID.length, FRAME_HEADER + 4);
    frame.write(KEY_ID, FRAME_HEADER + 8, "latin1");
    frame.set(signature, frame.length - signature.length);
    this.socket.write(frame);
  }

  #count(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; at += RESULT_HEADER + bytes.readUInt32LE(at + 20)) this.results++;
  }

  get answered(): number {
    return this.results + this.refused;
  }
}

/** Frames of `perFrame` orders each, `count` in all, numbered from 1 in the session. */
function encodeFrames(session: number, count: number, perFrame: number): Buffer[] {
  const frames: Buffer[] = [];
  for (let number = 1; number <= count; ) {
    const bytes = Buffer.alloc(FRAME_HEADER + perFrame * MAX_COMMAND_LENGTH);
    let end = FRAME_HEADER;
    for (const until = Math.min(count, number + perFrame - 1); number <= until; number++) {
      const command = limitOrder(1 + (number % ACCOUNTS), number % 2, 100_000, 1 + (number % 5), START_TIME + number);
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

const quantile = (values: number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))].toFixed(3));
};

export default async function run(): Promise<BenchmarkReport> {
  const folder = mkdtempSync(join(process.cwd(), ".bourse-bench-"));
  const shard = await openTradingShard({ folder, shard: 1, snapshotEvery: Number.MAX_SAFE_INTEGER });
  const sessions = new Set(Array.from({ length: CONNECTIONS + 10 }, (_, n) => n + 1));
  const client: BinaryClient = { publicKey, sessions, accounts: "all", readsEvents: true };
  const server = await serveShard({ shard, listen: { host: "127.0.0.1", port: 0 }, findClient: () => client });
  try {
    await Promise.all([...openMarket(ACCOUNTS, 1_000_000_000_000_000n)].map((command) => shard.submit(command)));

    const single = await LoadConnection.open(server.port, 1);
    const singleLatencies = await send(single, encodeFrames(1, SINGLE, 1), 1, SINGLE, 1);

    const pipelined = await LoadConnection.open(server.port, 2);
    const pipelinedFrames = encodeFrames(2, PIPELINED, 256);
    const pipelinedStart = performance.now();
    await send(pipelined, pipelinedFrames, 256, PIPELINED, 40);
    const pipelinedSeconds = (performance.now() - pipelinedStart) / 1000;

    const connections = await Promise.all(Array.from({ length: CONNECTIONS }, (_, n) => LoadConnection.open(server.port, 3 + n)));
    const each = BATCHED / CONNECTIONS;
    const frames = connections.map(({ session }) => encodeFrames(session, each, BATCH));
    const batchedStart = performance.now();
    const latencies = await Promise.all(connections.map((connection, n) => send(connection, frames[n], BATCH, each, 4)));
    const batchedSeconds = (performance.now() - batchedStart) / 1000;

    const remote = await connectShard({
      connect: { host: "127.0.0.1", port: server.port },
      keyId: KEY_ID,
      privateKey,
      session: CONNECTIONS + 5,
    });
    const submitted: number[] = [];
    for (let n = 0; n < SINGLE; n++) {
      const started = performance.now();
      await remote.submit(limitOrder(1, n % 2, 100_000, 1, START_TIME + n));
      submitted.push(performance.now() - started);
    }
    await remote.close();
    for (const { socket } of [single, pipelined, ...connections]) {
      socket.destroy();
      await once(socket, "close");
    }
    return {
      name: "shard-tcp",
      conditions: {
        transport: "TCP on the loopback, no TLS; client, matching and server on one thread, the log on another",
        commands: `limit orders of ${pipelinedFrames[0].length / 256 - FRAME_HEADER / 256} bytes, half of them trade; every result is read with all its events`,
        durability: "CRC-32C per record and group, one fdatasync a group before the result",
        "load average at the end": loadavg()[0].toFixed(1),
      },
      figures: {
        "one outstanding, p50 ms": quantile(singleLatencies, 0.5),
        "one outstanding, p99 ms": quantile(singleLatencies, 0.99),
        "one outstanding through the client library, p50 ms": quantile(submitted, 0.5),
        "one pipelined connection, commands per second": Math.round(PIPELINED / pipelinedSeconds),
        "refused as busy on it": pipelined.refused,
        [`${CONNECTIONS} connections in batches of ${BATCH}, commands per second`]: Math.round(BATCHED / batchedSeconds),
        "p50 ms of a batch on them": quantile(latencies.flat(), 0.5),
        "p99 ms of a batch on them": quantile(latencies.flat(), 0.99),
      },
    };
  } finally {
    await server.close();
    await shard.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
