/**
 * Sends the spans of this process to an OpenTelemetry receiver (OTLP over HTTP, protobuf): on AWS the CloudWatch agent, which hands them to X-Ray. Off unless an
 * endpoint is configured. The library that sends is loaded only then.
 *
 *   OTEL_EXPORTER_OTLP_ENDPOINT  http://host:port of the receiver (default: no spans are sent)
 *   OTEL_SERVICE_NAME            name of the service (default: BOURSE_SERVICE, or the name that the program has)
 *   OTEL_TRACES_SAMPLER          parentbased_traceidratio, parentbased_always_on or parentbased_always_off: whoever calls decides, or where nobody did the
 *                                part of requests that follows; gateways, whose callers are strangers, always decide themselves (default: the first)
 *   OTEL_TRACES_SAMPLER_ARG      that part, from 0 to 1 (default: 0.001)
 *   OTEL_RESOURCE_ATTRIBUTES     key=value pairs with commas between, told with each span
 */

import type { Environment } from "./environment";
import type { Counter } from "./metrics";

export interface TracingSettings {
  /** Of the receiver, without `/v1/traces`. */
  endpoint: string;
  /** Part of the requests with which a trace begins, where no caller has decided. */
  ratio: number;
}

const samplers = ["parentbased_traceidratio", "parentbased_always_on", "parentbased_always_off"] as const;

/** Reads the variables above, but for those that the library reads itself. Undefined when no spans are to be sent. */
export function readTracing(environment: Environment): TracingSettings | undefined {
  const endpoint = environment.optional("OTEL_EXPORTER_OTLP_ENDPOINT");
  const sampler = environment.oneOf("OTEL_TRACES_SAMPLER", samplers, "parentbased_traceidratio");
  const part = environment.optional("OTEL_TRACES_SAMPLER_ARG") ?? "0.001";
  if (!/^(0|1|0?\.\d{1,9}|1\.0+|0\.0+)$/.test(part)) environment.fault("OTEL_TRACES_SAMPLER_ARG", "a number from 0 to 1, such as 0.001");
  if (endpoint === undefined) return undefined;
  const url = URL.parse(endpoint);
  if (!["http:", "https:"].includes(url?.protocol ?? "") || url?.username !== "" || url.password !== "") {
    environment.fault("OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:port or https://host:port of a receiver of OTLP over HTTP");
  }
  const ratio = { parentbased_traceidratio: Number(part), parentbased_always_on: 1, parentbased_always_off: 0 }[sampler];
  return { endpoint, ratio };
}

/**
 * Starts tracing in this process, for the rest of its life.
 *
 * @param service its name, unless OTEL_SERVICE_NAME has one
 * @param dropped counts spans that were not sent
 * @param report told once when sending fails, until it works again
 * @returns sends what is left, and resolves within three seconds
 */
export function startTracing(
  settings: TracingSettings,
  service: string,
  dropped: Counter,
  report: (message: string) => void,
): () => Promise<void> {
  const { sendSpans } = require("./span-sender") as typeof import("./span-sender");
  return sendSpans(settings, service, dropped, report);
}
