/**
 * The durable path through a socket: a client on another thread of the same machine sends encoded commands over TCP, the shard logs and syncs
 * them, and the client reads every result with its events. Everything is real and all checks are on.
 *
 * The peer is a server of the same framing that answers each command at once with a result of the same size: no matching, no log.
 */

import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { loadavg } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { commandLength } from "@bourse/engine";
import { limitOrder, START_TIME } from "../test/workloads/services/trading/command-mix";
import { startThread } from "../workloads/process/thread";
import { openTradingShard } from "../workloads/services/trading";
import { type BinaryClient, connectShard, FrameReader, FrameType, serveShard } from "../workloads/services/trading/remote";
import { FRAME_HEADER, newFrame, RUN_ENTRY, RUN_HEADER, writeFrameHeader } from "../workloads/services/trading/remote/frames";
import { runHead } from "../workloads/services/trading/remote/results";
import { bookOfNpm } from "./npm-book";
import type { BenchmarkReport } from "./run";
import type { Load, LoadResult, LoadThreadData } from "./shard-load";
import { describeMix, encodedMarket } from "./shard-mix";

const KEY_ID = "bench";
const SINGLE = 2000;
/** Comes first and is not told: code that is new is slow, on either side. */
const warmUp: Omit<Load, "port"> = { session: 90, connections: 1, commands: 256_000, perFrame: 256, window: 40 };
/** The three loads; sessions do not overlap. */
const single: Omit<Load, "port"> = { session: 1, connections: 1, commands: SINGLE, perFrame: 1, window: 1 };
const pipelined: Omit<Load, "port"> = { session: 2, connections: 1, commands: 500_000, perFrame: 256, window: 40 };
/** The pipelined load comes in passes, each in half a second: what is told is their median. Each has a session of its own. */
const pipelinedSessions = [2, 70, 71, 72, 73];
const batched: Omit<Load, "port"> = { session: 3, connections: 64, commands: 512_000, perFrame: 16, window: 4 };

const { publicKey, privateKey } = generateKeyPairSync("ed25519");

async function measure(client: Worker, load: Load): Promise<LoadResult> {
  client.postMessage(load);
  const [result] = (await once(client, "message")) as [LoadResult];
  return result;
}

/** The pass of the pipelined load that was in the middle. */
async function measurePipelined(client: Worker, port: number): Promise<LoadResult> {
  const passes: LoadResult[] = [];
  for (const session of pipelinedSessions) passes.push(await measure(client, { ...pipelined, session, port }));
  passes.sort((a, b) => a.seconds - b.seconds);
  const refused = passes.reduce((sum, pass) => sum + pass.refused, 0);
  return { ...passes[passes.length >> 1], refused };
}

/** Answers every command with a result of `eventBytes`, as soon as it is read. */
async function serveEcho(eventBytes: number): Promise<{ port: number; close(): void }> {
  const server = createServer({ noDelay: true }, (socket) => {
    const frames = new FrameReader(1 << 16);
    socket.on("error", () => socket.destroy());
    socket.write(newFrame(FrameType.CHALLENGE, 32));
    socket.on("data", (chunk: Buffer) => {
      frames.push(chunk, (type, bytes, start, end) => {
        if (type === FrameType.LOGON) socket.write(newFrame(FrameType.ACCEPTED, 32));
        if (type !== FrameType.COMMANDS) return;
        let count = 0;
        for (let at = start + FRAME_HEADER; at < end; at += commandLength(bytes, at)) count++;
        const frame = Buffer.allocUnsafe(FRAME_HEADER + runHead(count) + count * eventBytes);
        bytes.copy(frame, FRAME_HEADER, start + FRAME_HEADER + 24, start + FRAME_HEADER + 32);
        frame.writeUInt32LE(count, FRAME_HEADER + 20);
        for (let n = 0; n < count; n++) frame.writeUInt32LE(eventBytes, FRAME_HEADER + RUN_HEADER + n * RUN_ENTRY);
        writeFrameHeader(frame, 0, FrameType.RESULT_RUNS, frame.length);
        socket.write(frame);
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

export default async function run(): Promise<BenchmarkReport> {
  const folder = mkdtempSync(join(process.cwd(), ".bourse-bench-"));
  const shard = await openTradingShard({ folder, shard: 1, snapshotEvery: Number.MAX_SAFE_INTEGER });
  const sessions = new Set(Array.from({ length: 100 }, (_, n) => n + 1));
  const allowed: BinaryClient = { publicKey, sessions, accounts: "all", readsEvents: true };
  const server = await serveShard({ shard, listen: { host: "127.0.0.1", port: 0 }, findClient: () => allowed });
  const data: LoadThreadData = {
    keyId: KEY_ID,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
  const client = startThread(join(__dirname, "shard-load"), data);
  try {
    for (const bytes of encodedMarket()) shard.enter(bytes, 0);
    shard.flush();
    await measure(client, { ...warmUp, port: server.port });
    const one = await measure(client, { ...single, port: server.port });
    const stream = await measurePipelined(client, server.port);
    const many = await measure(client, { ...batched, port: server.port });

    const remote = await connectShard({ connect: { host: "127.0.0.1", port: server.port }, keyId: KEY_ID, privateKey, session: 100 });
    const submitted: number[] = [];
    for (let n = 0; n < SINGLE; n++) {
      const started = performance.now();
      await remote.submit(limitOrder(1, n % 2, 100_000, 1, START_TIME + n));
      submitted.push(performance.now() - started);
    }
    submitted.sort((a, b) => a - b);
    await remote.close();

    const book = bookOfNpm();
    const echo = await serveEcho(Math.round(stream.eventBytes / 8) * 8);
    await measure(client, { ...warmUp, port: echo.port });
    const echoOne = await measure(client, { ...single, port: echo.port });
    const echoStream = await measurePipelined(client, echo.port);
    const echoMany = await measure(client, { ...batched, port: echo.port });
    echo.close();

    const rate = ({ seconds }: LoadResult, { commands }: { commands: number }) => Math.round(commands / seconds);
    const ms = (value: number) => Number(value.toFixed(3));
    const manyName = `${batched.connections} connections in batches of ${batched.perFrame}`;
    return {
      name: "shard-tcp",
      conditions: {
        transport: "TCP on the loopback, no TLS; matching and server on one thread, the log on another, the client on a third",
        commands: `${describeMix()}; every result is read to its end`,
        "mean bytes of events in a result": Math.round(stream.eventBytes),
        durability: "CRC-32C per record and group, one fdatasync a group before the result",
        peer: "a server of the same framing that answers at once with results of the same size: no matching, no log",
        passes: `of the pipelined connection ${pipelinedSessions.length}, their median`,
        "load average at the end": loadavg()[0].toFixed(1),
      },
      figures: {
        "one outstanding, p50 ms": ms(one.p50),
        "one outstanding, p99 ms": ms(one.p99),
        "one outstanding through the client library on the shard's thread, p50 ms": ms(submitted[SINGLE / 2]),
        "one pipelined connection, commands per second": rate(stream, pipelined),
        "refused as busy on it": stream.refused,
        [`${manyName}, commands per second`]: rate(many, batched),
        "p50 ms of a batch on them": ms(many.p50),
        "p99 ms of a batch on them": ms(many.p99),
        "peer, one outstanding p50 ms": ms(echoOne.p50),
        "peer, one pipelined connection, commands per second": rate(echoStream, pipelined),
        [`peer, ${manyName}, commands per second`]: rate(echoMany, batched),
        "nodejs-order-book, a book alone, operations per second": Math.round(book * 1e6),
        "times nodejs-order-book, pipelined": ms(rate(stream, pipelined) / 1e6 / book),
        "ratio to the peer, pipelined": ms(echoStream.seconds / stream.seconds),
        [`ratio to the peer, ${batched.connections} connections`]: ms(echoMany.seconds / many.seconds),
      },
    };
  } finally {
    await client.terminate();
    await server.close();
    await shard.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
