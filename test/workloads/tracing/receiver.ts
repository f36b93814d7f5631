/** A receiver of OTLP over HTTP that keeps the spans, decoded from the protocol's own definition (opentelemetry-proto, trace/v1/trace.proto). */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parse } from "protobufjs";

const { root } = parse(`
syntax = "proto3";
package opentelemetry;
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { repeated Span spans = 2; }
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15;
}
message KeyValue { string key = 1; AnyValue value = 2; }
message ArrayValue { repeated AnyValue values = 1; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; } }
`);
const Request = root.lookupType("opentelemetry.Request");

type Value = string | number | boolean | Value[];

export interface ReceivedSpan {
  service: string;
  /** Of the process. */
  resource: Record<string, Value>;
  traceId: string;
  spanId: string;
  /** Empty for the first of a trace. */
  parentId: string;
  name: string;
  kind: number;
  /** Nanoseconds since 1970. */
  start: bigint;
  end: bigint;
  attributes: Record<string, Value>;
  failed: boolean;
}

export class SpanReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** All that came, as it came. */
  readonly bytes: Buffer[] = [];

  private constructor(private readonly server: ReturnType<typeof createServer>) {}

  static async start(port = 0): Promise<SpanReceiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.once("end", () => {
        if (request.url === "/v1/traces") receiver.take(Buffer.concat(chunks));
        response.writeHead(request.url === "/v1/traces" ? 200 : 404, { "content-type": "application/x-protobuf" }).end();
      });
    });
    const receiver = new SpanReceiver(server);
    await once(server.listen(port, "127.0.0.1"), "listening");
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Variables of a process that sends its spans here, of this part of its requests. */
  variables(service: string, ratio: string): Record<string, string> {
    return {
      BOURSE_SERVICE: service,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.port}`,
      OTEL_TRACES_SAMPLER_ARG: ratio,
      OTEL_RESOURCE_ATTRIBUTES: "cloud.region=eu-west-1,service.version=1.2.3",
    };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private take(body: Buffer): void {
    this.bytes.push(body);
    // biome-ignore lint/suspicious/noExplicitAny: what the definition above says
    const request = Request.toObject(Request.decode(body), { longs: String, arrays: true }) as any;
    for (const { resource, scopeSpans } of request.resourceSpans) {
      const own = record(resource.attributes);
      for (const { spans } of scopeSpans) {
        for (const span of spans) {
          this.spans.push({
            service: String(own["service.name"]),
            resource: own,
            traceId: hex(span.traceId),
            spanId: hex(span.spanId),
            parentId: hex(span.parentSpanId ?? new Uint8Array()),
            name: span.name,
            kind: span.kind,
            start: BigInt(span.startTimeUnixNano),
            end: BigInt(span.endTimeUnixNano),
            attributes: record(span.attributes),
            failed: span.status?.code === 2,
          });
        }
      }
    }
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

// biome-ignore lint/suspicious/noExplicitAny: a value of OTLP is one of several
function plain(value: any): Value {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(plain);
  return value.stringValue ?? value.boolValue ?? (value.intValue !== undefined ? Number(value.intValue) : value.doubleValue);
}

// biome-ignore lint/suspicious/noExplicitAny: likewise
function record(attributes: { key: string; value: any }[]): Record<string, Value> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}
