/**
 * Binary order entry with authentication, permissions and limits, beside a bare server of the same framing; three ways: the shard alone in its process, a
 * gateway before it in another, and all of the exchange in one. Below a minute and a half.
 */

import { binaryLatencyAt, greatestBinaryRate } from "./gateway-binary-load";
import type { Member } from "./gateway-home";
import { orderConnections, type Throughput } from "./gateway-order-load";
import { BenchServer } from "./gateway-process";
import { Figures, inTurns, latencyCondition, latencyMeasuredMs, measuredMs, passesCondition, targets, warmUpMs } from "./gateway-report";
import type { BenchmarkReport } from "./run";

export default async function run(): Promise<BenchmarkReport> {
  const figures = new Figures();
  const shard = await BenchServer.start("binary");
  const { members, behindRelay } = shard.ready.binary!;
  const [relay, exchange, bareServer] = await Promise.all([
    BenchServer.start("relay", behindRelay),
    BenchServer.start("exchange"),
    BenchServer.start("bare binary"),
  ]);
  const rate = (server: BenchServer, port: number, accounts: readonly Member[] | undefined) => () =>
    greatestBinaryRate(server, port, accounts, warmUpMs, measuredMs);
  const bareRate = rate(bareServer, bareServer.ready.port, undefined);
  const ways: [string, () => Promise<Throughput>][] = [
    ["binary", rate(shard, shard.ready.port, members)],
    ["binary through a gateway of its own process", rate(relay, relay.ready.port, members)],
    ["binary, all of the exchange in one process", rate(exchange, exchange.ready.binary!.port, exchange.ready.binary!.members)],
  ];
  const all = [bareRate, ...ways.map(([, run]) => run)];
  // Not measured: code that runs for the first time is not compiled yet.
  for (const run of all) await run();
  const [bare, ...results] = await inTurns(...all);
  for (const [place, [name]] of ways.entries()) figures.noteRates(name, "durable orders", results[place], bare);
  await figures.noteLatency("binary", targets.binary, (perSecond) =>
    binaryLatencyAt(shard.ready.port, members, perSecond, warmUpMs, latencyMeasuredMs),
  );
  await relay.stop();
  await Promise.all([shard, exchange, bareServer].map((server) => server.stop()));

  return {
    name: "gateway-binary",
    conditions: {
      "greatest rates": passesCondition,
      latency: latencyCondition,
      orders:
        "loopback; Ed25519 keys, permissions and limits on; half of the orders trade with the other half; durable before the answer; the shard with its port in one process, without projections, unless the name says otherwise",
      connections: orderConnections,
      frames: "16 orders each, four under way per connection at the greatest rate",
      processes: "one server, one client; three with a gateway of its own process",
    },
    figures: figures.all,
  };
}
