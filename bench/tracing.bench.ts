/**
 * What tracing costs orders over the WebSocket API that are not traced: two exchanges, one that sends spans of the platform's part of requests to a receiver and one
 * that knows of none, are loaded by turns. The figure is the ratio of what their processors spend on an order.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { catalog } from "../components/services/catalog";
import { BenchServer, loadOrders } from "./gateway.bench";
import type { BenchmarkReport } from "./run";

const pairs = 5;

const median = (values: number[]) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];

export default async function run(): Promise<BenchmarkReport> {
  let received = 0;
  const receiver = createServer((request, response) => {
    received++;
    request.resume().once("end", () => response.end());
  });
  await new Promise<void>((resolve) => void receiver.listen(0, "127.0.0.1", resolve));
  const part = String(catalog.gateway.traces);
  const traced = await BenchServer.start(
    "exchange",
    {},
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
      OTEL_TRACES_SAMPLER_ARG: part,
    },
  );
  const plain = await BenchServer.start("exchange");
  const ratios: number[] = [];
  const spent: Record<"traced" | "plain", number[]> = { traced: [], plain: [] };
  let failures = 0;
  for (let pair = 0; pair < pairs; pair++) {
    // Who is first changes, so that what drifts falls on both.
    const order = pair % 2 === 0 ? (["traced", "plain"] as const) : (["plain", "traced"] as const);
    for (const name of order) {
      const load = await loadOrders({ traced, plain }[name], "websocket", undefined);
      spent[name].push(load.serverMicroseconds);
      failures += load.failures;
    }
    ratios.push(spent.traced[pair] / spent.plain[pair]);
  }
  for (const server of [traced, plain]) await server.stop();
  receiver.close();
  return {
    name: "tracing",
    conditions: {
      load: "orders over 64 WebSocket connections, 8 on their way on each, 3 s after 2 s of warm-up, by turns",
      pairs,
      "part of requests that are traced": part,
    },
    figures: {
      "processor time of an order with tracing to without, median of pairs": median(ratios),
      "least and greatest of pairs": `${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`,
      "µs of an order with tracing": median(spent.traced),
      "µs of an order without": median(spent.plain),
      "batches of spans received": received,
      failures,
    },
  };
}
