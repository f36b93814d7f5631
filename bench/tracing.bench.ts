/**
 * What tracing costs orders over the WebSocket API that are not traced: two exchanges, one that sends spans of the platform's part of requests to a receiver and one
 * that knows of none, are loaded by turns. The figure is the ratio of what their processors spend on an order; two processes of the same code differ by as much as their
 * compiler's luck, so the decision itself is timed as well.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { catalog } from "../components/services/catalog";
import { beginsTrace, beginTraces } from "../workloads/process/spans";
import { greatestRate } from "./gateway-order-load";
import { BenchServer } from "./gateway-process";
import { firstWarmUpMs, measuredMs, warmUpMs } from "./gateway-report";
import type { BenchmarkReport } from "./run";

const pairs = 11;

const decisions = 50_000_000;

/** Nanoseconds and bytes of the heap for each request that is asked whether it is traced. */
function timeDecision(part: number): { nanoseconds: number; bytes: number } {
  beginTraces(part);
  let traced = 0;
  const ask = (times: number) => {
    for (let index = 0; index < times; index++) if (beginsTrace()) traced++;
  };
  ask(1_000_000);
  globalThis.gc?.();
  const [heap, started] = [process.memoryUsage().heapUsed, performance.now()];
  ask(decisions);
  const elapsed = performance.now() - started;
  const bytes = Math.max(0, process.memoryUsage().heapUsed - heap);
  beginTraces(0);
  if (traced === 0) throw new Error("no request was chosen");
  return { nanoseconds: (elapsed * 1e6) / decisions, bytes: bytes / decisions };
}

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
  for (let pair = 0; pair < pairs; pair++) {
    // Who is first changes, so that what drifts falls on both.
    const order = pair % 2 === 0 ? (["traced", "plain"] as const) : (["plain", "traced"] as const);
    for (const name of order) {
      const { serverMicroseconds } = await greatestRate(
        { traced, plain }[name],
        "websocket",
        pair === 0 ? firstWarmUpMs : warmUpMs,
        measuredMs,
      );
      spent[name].push(serverMicroseconds);
    }
    ratios.push(spent.traced[pair] / spent.plain[pair]);
  }
  for (const server of [traced, plain]) await server.stop();
  const decision = timeDecision(Number(part));
  receiver.close();
  return {
    name: "tracing",
    conditions: {
      load: `orders over 64 WebSocket connections, 8 on their way on each, ${measuredMs} ms after ${warmUpMs} ms of warm-up, by turns`,
      pairs,
      "part of requests that are traced": part,
    },
    figures: {
      "processor time of an order with tracing to without, median of pairs": median(ratios),
      "least and greatest of pairs": `${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`,
      "µs of an order with tracing": median(spent.traced),
      "µs of an order without": median(spent.plain),
      "ns of the decision for one request": decision.nanoseconds,
      "bytes allocated for one decision": decision.bytes,
      "batches of spans received": received,
    },
  };
}
