/**
 * Order entry over REST and over the WebSocket API on the loopback, down to the synced command log, beside bare servers of the same libraries that answer a
 * constant; and its latency at half of the rate that is asked for. Client and server are a process each. About a minute and a half.
 */

import { greatestRate, latencyAt, orderConnections, pipelined } from "./gateway-order-load";
import { BenchServer } from "./gateway-process";
import {
  Figures,
  firstWarmUpMs,
  inTurns,
  latencyCondition,
  latencyMeasuredMs,
  measuredMs,
  passesCondition,
  targets,
  warmUpMs,
} from "./gateway-report";
import type { BenchmarkReport } from "./run";

export default async function run(): Promise<BenchmarkReport> {
  const figures = new Figures();
  const exchange = await BenchServer.start("exchange");
  for (const [name, over, kind] of [
    ["REST", "rest", "bare http"],
    ["WebSocket API", "websocket", "bare websocket"],
  ] as const) {
    const bareServer = await BenchServer.start(kind);
    await greatestRate(exchange, over, firstWarmUpMs, measuredMs);
    await greatestRate(bareServer, over, warmUpMs, measuredMs);
    const [mine, bare] = await inTurns(
      () => greatestRate(exchange, over, warmUpMs, measuredMs),
      () => greatestRate(bareServer, over, warmUpMs, measuredMs),
    );
    figures.noteRates(name, "durable orders", mine, bare);
    await figures.noteLatency(name, targets[over], (perSecond) => latencyAt(exchange, over, perSecond, warmUpMs, latencyMeasuredMs));
    await bareServer.stop();
  }
  await exchange.stop();

  return {
    name: "gateway-json",
    conditions: {
      "greatest rates": passesCondition,
      latency: latencyCondition,
      orders:
        "loopback, HMAC, each signature checked; two accounts that trade with each other, answers of kind ACK, over the WebSocket API without rate limits in the answer; durable before the answer; all of the exchange in one process, each order stored",
      connections: orderConnections,
      "requests under way per connection at the greatest rate": pipelined,
      processes: "one server, one client",
    },
    figures: figures.all,
  };
}
