/** Connections that follow streams: messages that reach them, and what an idle one costs. */

import { frameEnd, LoadConnection, now, openMany, sleep } from "./gateway-load";
import type { BenchServer } from "./gateway-process";
import { fanOutSymbols, streamConnections } from "./gateway-server";

/** Opened together; memory is told for each of `idleBatches` of them, behind a first one. */
export const idleConnections = 2_000;
const idleBatches = 3;

export interface FanOut {
  perSecond: number;
  megabytes: number;
  serverMicroseconds: number;
}

/** Messages a second that reach the connections, all of which follow all symbols, in several passes. */
export async function fanOut(
  server: BenchServer,
  encoding: "json" | "sbe",
  passes: number,
  warmUpMs: number,
  measuredMs: number,
): Promise<FanOut[]> {
  const kind = encoding === "json" ? "depth@100ms" : "depth";
  const streams = Array.from({ length: fanOutSymbols }, (_, place) => `s${place}usdt@${kind}`).join("/");
  const path = `${encoding === "json" ? "" : "/stream-sbe"}/stream?streams=${streams}`;
  const headers = `X-MBX-APIKEY: ${server.ready.streamKey}\r\n`;
  const connections = await openMany(streamConnections, () =>
    LoadConnection.open(server.ready.port, frameEnd, { path, headers }, () => {}),
  );
  const sum = (of: (connection: LoadConnection) => number) => connections.reduce((total, each) => total + of(each), 0);
  await sleep(warmUpMs);
  const results: FanOut[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const use = await server.use();
    const [messages, bytes, started] = [sum((each) => each.received), sum((each) => each.bytes), now()];
    await sleep(measuredMs);
    const [count, size] = [sum((each) => each.received) - messages, sum((each) => each.bytes) - bytes];
    const seconds = (now() - started) / 1000;
    const serverMicroseconds = ((await server.use()).cpuMicroseconds - use.cpuMicroseconds) / Math.max(1, count);
    results.push({ perSecond: count / seconds, megabytes: size / seconds / 1e6, serverMicroseconds });
  }
  for (const connection of connections) connection.close();
  await sleep(500);
  return results;
}

/** Bytes that one idle connection costs the server process, kernel memory not counted. */
export async function idleMemory(server: BenchServer): Promise<number> {
  const connections: LoadConnection[] = [];
  const open = async () => {
    connections.push(
      ...(await openMany(idleConnections, () => LoadConnection.open(server.ready.port, frameEnd, { path: "/ws" }, () => {}))),
    );
    await sleep(500);
    return (await server.use("memory")).rss;
  };
  // The first ones fill memory that the process had already.
  const before = await open();
  for (let batch = 1; batch < idleBatches; batch++) await open();
  const after = await open();
  for (const connection of connections) connection.close();
  await sleep(500);
  return (after - before) / (idleBatches * idleConnections);
}
