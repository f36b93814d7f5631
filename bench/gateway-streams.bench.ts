/**
 * Depth streams in JSON and in SBE to many connections, and the memory of idle ones, beside a bare server of the same library that sends messages of the same
 * size. Client and server are a process each. Below a minute.
 */

import { BenchServer } from "./gateway-process";
import { Figures, firstWarmUpMs, measuredMs, passes, spread, whole } from "./gateway-report";
import { fanOutSymbols, streamConnections } from "./gateway-server";
import { fanOut, idleConnections, idleMemory } from "./gateway-stream-load";
import type { BenchmarkReport } from "./run";

export default async function run(): Promise<BenchmarkReport> {
  const figures = new Figures();
  const [server, bareServer] = await Promise.all([BenchServer.start("fan-out"), BenchServer.start("bare fan-out")]);
  const [idle, bareIdle] = [await idleMemory(server), await idleMemory(bareServer)];
  figures.note("bytes of memory per idle stream connection", whole(idle));
  figures.note("bytes of memory per idle connection of a bare server", whole(bareIdle));
  figures.note("idle connection: exchange / bare server", (idle / bareIdle).toFixed(2));
  for (const [name, encoding] of [
    ["depth fan-out, JSON", "json"],
    ["depth fan-out, SBE", "sbe"],
  ] as const) {
    const mine = await fanOut(server, encoding, passes, firstWarmUpMs / 2, measuredMs);
    const bare = await fanOut(bareServer, encoding, passes, firstWarmUpMs / 2, measuredMs);
    figures.noteRates(name, `messages to ${streamConnections} connections`, mine, bare);
    figures.note(
      `${name}: megabytes per second`,
      spread(
        mine.map(({ megabytes }) => megabytes),
        whole,
      ),
    );
  }
  await Promise.all([server, bareServer].map((each) => each.stop()));

  return {
    name: "gateway-streams",
    conditions: {
      rates: `medians of ${passes} passes of ${measuredMs / 1000} s, with the range; first the exchange, then the bare server`,
      "streams per connection": fanOutSymbols,
      "greatest rate of the sources": `JSON ${whole(fanOutSymbols * streamConnections * 10)}, SBE ${whole(fanOutSymbols * streamConnections * 20)} messages/s`,
      "writes are coalesced for": "5 ms",
      "idle connections": idleConnections,
      processes: "one server, one client",
    },
    figures: figures.all,
  };
}
