/**
 * Spans, for those who have something to tell of a request: what begins a trace, how one is carried on, and what may be searched for. Nothing is kept or sent
 * unless `tracing.ts` was started. What is not traced costs a subtraction and a branch, and allocates nothing: spans are handed on as arguments on the
 * way of an order, and by the asynchronous context elsewhere.
 *
 * Spans never carry secrets, keys, signatures, mail addresses or amounts.
 */

import {
  type Attributes,
  type Context,
  context,
  type HrTime,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  TraceFlags,
  trace,
} from "@opentelemetry/api";

export { type Attributes, type HrTime, type Span, SpanKind };

/** Attributes by which X-Ray finds traces: annotations there. The platform's groups and the runbooks name no other. */
export const searchable = [
  /** REST route or method of the WebSocket API. */
  "bourse_operation",
  /** Whether the request enters or cancels orders. */
  "bourse_trade",
  "bourse_symbol",
  "bourse_command",
  "bourse_order",
  /** Shard, epoch and sequence, with hyphens between. */
  "bourse_position",
  /** `X-Amzn-Trace-Id` of the load balancer, as it stands in its access log. */
  "bourse_edge",
] as const;
export type SpanAttributes = Attributes & Partial<Record<(typeof searchable)[number], string | number | boolean>>;

/** A draw that is never above a small integer of V8: larger ones would be allocated. */
const longestDraw = 2 ** 30 - 1;

let ratio = 0;
/** Requests until the next with which a trace begins. */
let untraced = longestDraw;

/** From now on a trace begins with this part of all requests. @param part from 0 to 1 */
export function beginTraces(part: number): void {
  ratio = part;
  untraced = drawn();
}

/** Whether a trace begins with this request. */
export function beginsTrace(): boolean {
  if (untraced-- > 0) return false;
  untraced = drawn();
  return ratio > 0;
}

/** How many are passed over when each is chosen with the probability `ratio`: one draw for all of them. */
function drawn(): number {
  if (ratio <= 0) return longestDraw;
  if (ratio >= 1) return 0;
  return Math.min(longestDraw, Math.floor(Math.log(1 - Math.random()) / Math.log1p(-ratio)));
}

/** Whether spans are sent at all. */
export function tracesAtAll(): boolean {
  return tracing;
}
let tracing = false;
export function setTracing(on: boolean): void {
  tracing = on;
}

/** Milliseconds since 1970 at the beginning of this process's clock. */
let origin = performance.timeOrigin;
/** The system's clock has whole milliseconds; what is further away has been set, or has drifted. */
const clockToleranceMs = 1.5;

/** The present time in seconds and nanoseconds, to the microsecond, as close to other machines as the system's clock. */
export function now(): HrTime {
  return ago(0);
}

/** The time so many milliseconds before the present one. */
export function ago(milliseconds: number): HrTime {
  const elapsed = performance.now();
  const drift = Date.now() - (origin + elapsed);
  if (Math.abs(drift) > clockToleranceMs) origin += drift;
  const time = origin + elapsed - milliseconds;
  const seconds = Math.floor(time / 1_000);
  return [seconds, Math.floor((time - seconds * 1_000) * 1e6)];
}

export interface SpanStart {
  kind?: SpanKind;
  attributes?: SpanAttributes;
  /** @default a trace begins */
  parent?: Span | Context;
  /** @default now */
  at?: HrTime;
}

const tracer = trace.getTracer("bourse");

/** Begins a span. The caller ends it, with {@link endSpan}. */
export function startSpan(name: string, { kind = SpanKind.INTERNAL, attributes, parent, at = now() }: SpanStart): Span {
  const within = parent === undefined ? ROOT_CONTEXT : "spanContext" in parent ? trace.setSpan(ROOT_CONTEXT, parent) : parent;
  const found = searchable.filter((key) => attributes?.[key] !== undefined);
  // Whose spans are searched for by what becomes known later, searches for all of it.
  const annotations = { "aws.xray.annotations": found.length > 0 ? [...searchable] : undefined };
  return tracer.startSpan(name, { kind, attributes: { ...attributes, ...annotations }, startTime: at }, within);
}

/** @param fault why it failed, in words without anything that a client sent. @default it did not */
export function endSpan(span: Span, fault?: string, at = now()): void {
  if (fault !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: fault });
  span.end(at);
}

/** Runs a function with the span as the one of whatever it begins, awaits and logs. */
export function within<Result>(span: Span, run: () => Result): Result {
  return context.with(trace.setSpan(context.active(), span), run);
}

/** Runs a function in a span of its own, which a failure ends as failed. */
export async function inSpan<Result>(name: string, start: SpanStart, run: (span: Span) => Promise<Result>): Promise<Result> {
  const span = startSpan(name, start);
  try {
    const result = await within(span, () => run(span));
    endSpan(span);
    return result;
  } catch (error) {
    endSpan(span, error instanceof Error ? error.name : "failed");
    throw error;
  }
}

/** Runs a function as a part of what is being done: in a span of its own when that is traced. */
export function asPart<Result>(name: string, start: Omit<SpanStart, "parent">, run: () => Promise<Result>): Promise<Result> {
  const parent = activeSpan();
  return parent === undefined ? run() : inSpan(name, { ...start, parent }, run);
}

/** Runs what was asked for with these fields in the trace of who asked, or in one that begins with it, or in none. */
export function asAsked<Result>(
  fields: Readonly<Record<string, string | string[] | undefined>>,
  name: string,
  start: Omit<SpanStart, "parent">,
  run: () => Promise<Result>,
): Promise<Result> {
  const parent = causeOf(fields);
  return parent === undefined ? run() : inSpan(name, { ...start, parent }, run);
}

/** The span of what is being done, undefined when it is not traced. */
export function activeSpan(): Span | undefined {
  return trace.getActiveSpan();
}

/** What caused a piece of work that came with these fields: undefined when the work is not to be traced, else the parent of its span. */
export function causeOf(fields: Readonly<Record<string, string | string[] | undefined>>): Context | undefined {
  const extracted = propagation.extract(ROOT_CONTEXT, fields, fieldsOf);
  const sender = trace.getSpanContext(extracted);
  if (sender !== undefined && isSpanContextValid(sender)) return (sender.traceFlags & TraceFlags.SAMPLED) === 0 ? undefined : extracted;
  return beginsTrace() ? ROOT_CONTEXT : undefined;
}

const fieldsOf: TextMapGetter<Readonly<Record<string, string | string[] | undefined>>> = {
  keys: Object.keys,
  get: (fields, name) => fields[name],
};

/** `traceparent` (W3C Trace Context) for work that is handed on in a message; undefined when nothing is traced now. */
export function traceparent(): string | undefined {
  if (activeSpan() === undefined) return undefined;
  const fields: { traceparent?: string } = {};
  propagation.inject(context.active(), fields);
  return fields.traceparent;
}

/** Fields of a log line that is written while something traced is done, in the form of traces and in that of X-Ray. */
export function logFields(): { traceId?: string; xrayTraceId?: string } {
  const traceId = activeSpan()?.spanContext().traceId;
  return traceId === undefined ? {} : { traceId, xrayTraceId: `1-${traceId.slice(0, 8)}-${traceId.slice(8)}` };
}
