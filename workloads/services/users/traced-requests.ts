/** The spans of what the users process is asked: in the trace of who asks, as API Gateway or another service, or in one that begins here. */

import type { FastifyInstance, FastifyRequest } from "fastify";
import { causeOf, endSpan, type Span, SpanKind, startSpan, within } from "../../process/spans";

export function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook("onRequest", (request, _, done) => {
    const parent = causeOf(request.headers);
    if (parent !== undefined) spans.set(request, start(request, parent));
    done();
  });
  // Not before: a body is read for the connection, whose context is nobody's.
  app.addHook("preValidation", (request, _, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else within(span, done);
  });
  app.addHook("onResponse", (request, { statusCode }, done) => {
    const span = spans.get(request);
    span?.setAttribute("http.response.status_code", statusCode);
    if (span !== undefined) endSpan(span, statusCode >= 500 ? `answered with ${statusCode}` : undefined);
    done();
  });
}

/** The route stands for the path, which may hold an API key. */
function start({ method, routeOptions }: FastifyRequest, parent: ReturnType<typeof causeOf>): Span {
  const route = routeOptions.url ?? "/";
  const name = `${method} ${route}`;
  const attributes = { "http.request.method": method, "http.route": route, "url.path": route, bourse_operation: name };
  return startSpan(name, { kind: SpanKind.SERVER, parent, attributes });
}
