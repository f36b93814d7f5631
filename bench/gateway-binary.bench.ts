/**
 * Binary order entry with authentication, permissions and limits, beside a bare server of the same framing; three ways: the shard alone in its process, a
 * gateway before it in another, and all of the exchange in one. Below two minutes.
 */

import { binaryLatencyAt, greatestBinaryRate } from "./gateway-binary-load";
import type { Member } from "./gateway-home";
import { orderConnections, type Throughput } from "./gateway-order-load";
import { BenchServer } from "./gateway-process";
import { Figures, inTurns, latencyCondition, latencyMeasuredMs, measuredMs, passesCondition, targets, warmUpMs } from "./gateway-report";
import type { BenchmarkReport } from "./run";

export default async function run(): Promise<BenchmarkReport> {
  const figures = new Figures();
  const [shard, bareServer] = await Promise.all([BenchServer.start("binary"), BenchServer.start("bare binary")]);
  const { members, behindRelay } = shard.ready.binary!;
  const rate = (server: BenchServer, port: number, accounts: readonly Member[] | undefined) => () =>
    greatestBinaryRate(server, port, accounts, warmUpMs, measuredMs);
  const bareRate = rate(bareServer, bareServer.ready.port, undefined);
  // One way after the other: a server that is done with its pass still has projections and snapshots to write.
  const noteWay = async (name: string, run: () => Promise<Throughput>) => {
    // Not measured: code that runs for the first time is not compiled yet.
    for (const each of [bareRate, run]) await each();
    const [bare, result] = await inTurns(bareRate, run);
    figures.noteRates(name, "durable orders", result, bare);
  };
  await noteWay("binary", rate(shard, shard.ready.port, members));
  await figures.noteLatency("binary", targets.binary, (perSecond) =>
    binaryLatencyAt(shard.ready.port, members, perSecond, warmUpMs, latencyMeasuredMs),
  );
  const relay = await BenchServer.start("relay", behindRelay);
  await noteWay("binary through a gateway of its own process", rate(relay, relay.ready.port, members));
  await relay.stop();
  await shard.stop();
  const exchange = await BenchServer.start("exchange");
  const { port, members: accounts } = exchange.ready.binary!;
  await noteWay("binary, all of the exchange in one process", rate(exchange, port, accounts));
  await Promise.all([exchange, bareServer].map((server) => server.stop()));

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
