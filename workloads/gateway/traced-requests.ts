/** The spans of a gateway: a request, whichever way it came, and within it the commands that it sends to the shard. */

import type { Command } from "@bourse/engine";
import { endSpan, type HrTime, type Span, SpanKind, startSpan } from "../process/spans";
import { describeCommand, describeResult } from "../services/trading/command-spans";
import type { CommandResult } from "../services/trading/port";
import type { ApiRequest } from "./dispatcher";
import type { Operation } from "./operation";

/** What a symbol's name may be: parameters have not been checked when a span begins. */
const symbolName = /^[A-Z0-9]{1,20}$/;
/** The identifier of an `X-Amzn-Trace-Id` (X-Ray guide, "Tracing header"). */
const edgeTrace = /(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/;

/** @param received microseconds since 1970. @default now */
export function startRequest(operation: Operation, { headers, parameters }: ApiRequest, received?: number): Span {
  const overHttp = headers !== undefined;
  const name = (overHttp ? operation.rest[0] : operation.socket) ?? operation.summary;
  const [method, route] = overHttp ? name.split(" ") : ["GET", "/ws-api/v3"];
  const { symbol } = parameters;
  const header = headers?.["x-amzn-trace-id"];
  return startSpan(name, {
    kind: SpanKind.SERVER,
    at: received === undefined ? undefined : timeOf(received),
    attributes: {
      "http.request.method": method,
      "http.route": route,
      "url.path": route,
      bourse_operation: name,
      bourse_trade: operation.security === "trade",
      bourse_symbol: symbolName.test(symbol ?? "") ? symbol : undefined,
      bourse_edge: typeof header === "string" ? edgeTrace.exec(header)?.[1] : undefined,
    },
  });
}

export function endRequest(span: Span, status: number): void {
  span.setAttribute("http.response.status_code", status);
  endSpan(span, status >= 500 ? `answered with ${status}` : undefined);
}

/** A command on its way to the shard and back, acknowledged and seen by this gateway's projections. */
export function startCommand(request: Span, command: Command): Span {
  return startSpan(`send ${command.kind}`, {
    kind: SpanKind.CLIENT,
    parent: request,
    attributes: { "peer.service": "trading", ...describeCommand(command) },
  });
}

export function commandAnswered(span: Span, result: CommandResult): void {
  span.setAttributes(describeResult(result));
  endSpan(span);
}

export function commandFailed(span: Span, error: unknown): void {
  endSpan(span, error instanceof Error ? error.name : "failed");
}

function timeOf(microseconds: number): HrTime {
  return [Math.floor(microseconds / 1e6), (microseconds % 1e6) * 1_000];
}
