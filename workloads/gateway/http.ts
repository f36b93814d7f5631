/**
 * The HTTP side: each operation's routes, raw bytes in, JSON out. Signatures are over the bytes as they were sent, so bodies stay buffers and
 * query strings stay text until the operation is known.
 */

import type { IncomingMessage } from "node:http";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods } from "fastify";
import type { ServerTls } from "../process/certificates";
import { withoutSignature } from "./authentication";
import type { ApiAnswer, ApiRequest, Dispatcher } from "./dispatcher";
import { ApiError, unsupported } from "./errors";
import { readForm } from "./form";
import type { Operation } from "./operation";
import { assertOrigin } from "./origin";

/** Largest request body in bytes; the largest order is below 2 kB. */
const largestBody = 32_768;

export interface HttpDeps {
  dispatcher: Dispatcher;
  operations: readonly Operation[];
  /** Undefined: `Host` and `Origin` are not checked. */
  allowedHosts: readonly string[] | undefined;
  /** The client's address of a request. */
  addressOf(request: IncomingMessage): string;
  /** Undefined: plain HTTP. */
  tls: ServerTls | undefined;
}

export function createHttp({ dispatcher, operations, allowedHosts, addressOf, tls }: HttpDeps): FastifyInstance {
  const app: FastifyInstance = fastify({
    // Fastify makes a plain server of null; its types tell the two servers apart, which nothing here needs to.
    https: (tls ? { ...tls, minVersion: "TLSv1.2" } : null) as null,
    bodyLimit: largestBody,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    // Longer than the idle timeout of a load balancer (60 s), so that the balancer closes first.
    keepAliveTimeout: 75_000,
    requestTimeout: 30_000,
    routerOptions: { querystringParser: (text) => ({ text }), maxParamLength: 500 },
    frameworkErrors: (error, _, reply) => sendError(reply as FastifyReply, asApiError(error)),
    clientErrorHandler(_, socket) {
      if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    },
  });

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
  app.setErrorHandler((error, _, reply) => sendError(reply, asApiError(error as Error)));
  app.setNotFoundHandler((_, reply) => sendError(reply, unsupported()));
  if (allowedHosts !== undefined) {
    app.addHook("onRequest", (request, _, done) => {
      assertOrigin(request.raw, allowedHosts);
      done();
    });
  }

  for (const operation of operations) {
    for (const route of operation.rest) {
      const [method, url] = route.split(" ");
      app.route({
        method: method as HTTPMethods,
        url,
        handler: async (request, reply) => {
          const answer = await dispatcher.serve(operation, apiRequest(request, addressOf(request.raw)));
          send(reply, answer);
          return reply;
        },
      });
    }
  }
  return app;
}

function apiRequest(request: FastifyRequest, address: string): ApiRequest {
  const { url = "", headers } = request.raw;
  const mark = url.indexOf("?");
  const query = mark < 0 ? "" : url.slice(mark + 1);
  const body = Buffer.isBuffer(request.body) ? request.body.toString("latin1") : "";
  return {
    address,
    apiKey: headers["x-mbx-apikey"] as string | undefined,
    session: undefined,
    socket: undefined,
    headers,
    parameters: readForm(query, body),
    signedPayload: () => withoutSignature(query) + withoutSignature(body),
    timeUnit: timeUnitOf(headers["x-mbx-time-unit"] as string | undefined),
  };
}

/** The unit that a header or a URL parameter asks for. Throws -1194. */
export function timeUnitOf(text: string | undefined | null): 1 | 1000 {
  if (text === undefined || text === null) return 1000;
  const unit = text.toUpperCase();
  if (unit === "MICROSECOND") return 1;
  if (unit === "MILLISECOND") return 1000;
  throw new ApiError(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.");
}

function send(reply: FastifyReply, answer: ApiAnswer): void {
  const body = JSON.stringify(answer.body);
  reply.header("content-type", "application/json;charset=UTF-8");
  reply.header("x-mbx-used-weight", answer.usedWeight);
  reply.header("x-mbx-used-weight-1m", answer.usedWeight);
  if (answer.orders !== undefined) {
    reply.header("x-mbx-order-count-10s", answer.orders.tenSeconds);
    reply.header("x-mbx-order-count-1d", answer.orders.day);
  }
  if (answer.retryAfter !== undefined) reply.header("retry-after", answer.retryAfter);
  reply.code(answer.status).send(body);
}

function sendError(reply: FastifyReply, error: ApiError): void {
  reply.code(error.status).header("content-type", "application/json;charset=UTF-8").send(JSON.stringify(error.body()));
}

/** Errors of the framework are faults of the request: too large a body, an address that cannot be decoded. */
function asApiError(error: Error & { statusCode?: number }): ApiError {
  if (error instanceof ApiError) return error;
  const status = error.statusCode ?? 500;
  if (status === 413)
    return new ApiError(-1101, `Too many parameters sent for this endpoint; a body has at most ${largestBody} bytes.`, 413);
  if (status === 415) return new ApiError(-1130, "Content-Type is not valid; send application/x-www-form-urlencoded.", 415);
  if (status >= 400 && status < 500) return new ApiError(-1100, "Illegal characters found in a parameter.", status);
  return new ApiError(-1000, "An unknown error occurred while processing the request.", 500);
}
