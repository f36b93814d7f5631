/** Sends spans: they wait in a bounded queue; what finds it full, or cannot be sent, is dropped and counted, and nobody ever waits for it. */

import { context, propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, ExportResultCode, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { AWSXRayPropagator } from "@opentelemetry/propagator-aws-xray";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Counter } from "./metrics";
import { beginTraces, setTracing } from "./spans";
import type { TracingSettings } from "./tracing";

/** Spans that may wait to be sent, those on the way included: about 2 MB. */
export const mostWaiting = 2_048;
const batchOf = 512;
/** Milliseconds that spans wait for others, and that sending a batch may take. */
const delayMs = 1_000;
const sendMs = 2_000;
/** Milliseconds for what is left when the process ends. */
const flushMs = 3_000;

/** Counts what waits, so that the queue is bounded here and no span is lost uncounted. */
class BoundedSpans implements SpanProcessor, SpanExporter {
  private waiting = 0;
  private failing = false;
  private readonly batches: BatchSpanProcessor;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly dropped: Counter,
    private readonly report: (message: string) => void,
  ) {
    const exporting: SpanExporter = { export: (spans, done) => this.export(spans, done), shutdown: () => this.exporter.shutdown() };
    this.batches = new BatchSpanProcessor({
      exporter: exporting,
      maxQueueSize: mostWaiting,
      maxExportBatchSize: batchOf,
      scheduledDelayMillis: delayMs,
      exportTimeoutMillis: flushMs,
    });
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.waiting >= mostWaiting) {
      this.dropped.add();
      return;
    }
    this.waiting++;
    // What is sent later is not a part of this request.
    context.with(ROOT_CONTEXT, () => this.batches.onEnd(span));
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter["export"]>[1]): void {
    this.exporter.export(spans, (result) => {
      this.waiting -= spans.length;
      const failed = result.code !== ExportResultCode.SUCCESS;
      if (failed) this.dropped.add(spans.length);
      if (failed && !this.failing) this.report(`spans cannot be sent: ${result.error?.message || "the receiver cannot be reached"}`);
      this.failing = failed;
      // Whoever runs the queue need not know: it would write to the console.
      done({ code: ExportResultCode.SUCCESS });
    });
  }

  forceFlush(): Promise<void> {
    return this.batches.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.batches.shutdown();
  }
}

/** What `startTracing` does (`tracing.ts`). */
export function sendSpans(
  { endpoint, ratio }: TracingSettings,
  service: string,
  dropped: Counter,
  report: (message: string) => void,
): () => Promise<void> {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, "")}/v1/traces`, timeoutMillis: sendMs });
  const spans = new BoundedSpans(exporter, dropped, report);
  // Those of the environment stand above the name.
  const resource = resourceFromAttributes({ "service.name": service }).merge(detectResources({ detectors: [envDetector] }));
  // What is to be traced is decided before a span is made.
  const provider = new TracerProvider({ resource, sampler: new AlwaysOnSampler(), spanProcessors: [spans] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new CompositePropagator({ propagators: [new AWSXRayPropagator(), new W3CTraceContextPropagator()] }));
  trace.setGlobalTracerProvider(provider);
  setTracing(true);
  beginTraces(ratio);
  return async () => {
    beginTraces(0);
    setTracing(false);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, flushMs);
    await Promise.race([provider.shutdown().catch(() => {}), late]);
    clearTimeout(timer);
  };
}
