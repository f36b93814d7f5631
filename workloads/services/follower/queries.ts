/**
 * What a service answers to others of the exchange: GET requests with numbers as parameters, JSON back, amounts as decimal text. Over mutual
 * TLS wherever the process has a certificate; nothing here is open to clients.
 */

import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { ListenSettings } from "../../process/environment";
import type { Counter } from "../../process/metrics";
import { asAsked, SpanKind } from "../../process/spans";

/** Answers one path. `parameter` gives a whole number of the query, or its default, and throws a {@link QueryFault} otherwise. */
export type Query = (parameter: (name: string, standard?: number) => number) => unknown;

/** A request that cannot be answered; the message says what is allowed. */
export class QueryFault extends Error {
  override readonly name = "QueryFault";
}

/** @param counted counts what is answered, whatever the answer */
export async function serveQueries(
  listen: Pick<ListenSettings, "host" | "port" | "certificates">,
  queries: Readonly<Record<string, Query>>,
  counted?: Counter,
): Promise<{ port: number; close(): Promise<void> }> {
  const { host, port, certificates } = listen;
  const listener: RequestListener = (request, response) => {
    const answer = (status: number, body: unknown) => {
      counted?.add();
      const text = JSON.stringify(body, (_name, value) => (typeof value === "bigint" ? value.toString() : value));
      response.writeHead(status, { "content-type": "application/json" }).end(`${text}\n`);
    };
    const url = new URL(request.url ?? "/", "http://service");
    const query = Object.hasOwn(queries, url.pathname) ? queries[url.pathname] : undefined;
    if (query === undefined || request.method !== "GET") {
      return answer(404, { error: `allowed are GET ${Object.keys(queries).join(", GET ")}` });
    }
    const start = {
      kind: SpanKind.SERVER,
      attributes: { "http.request.method": "GET", "http.route": url.pathname, "url.path": url.pathname },
    };
    const run = async () => query((name, standard) => numberOf(url, name, standard));
    const answered = asAsked(request.headers, `GET ${url.pathname}`, start, run);
    answered.then(
      (found) => answer(found === undefined ? 404 : 200, found ?? { error: "there is none" }),
      (error: Error) => answer(error instanceof QueryFault ? 400 : 500, { error: error.message }),
    );
  };
  const tls = certificates?.server("every caller");
  const server: Server = tls ? createSecureServer({ ...tls, minVersion: "TLSv1.2" }, listener) : createServer(listener);
  tls?.renews?.(server, "TLSv1.2");
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    // Connections without a request end at once; those with one end with its answer.
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

function numberOf(url: URL, name: string, standard: number | undefined): number {
  const text = url.searchParams.get(name);
  if (text === null && standard !== undefined) return standard;
  if (text !== null && /^\d{1,15}$/.test(text)) return Number(text);
  throw new QueryFault(`${name} is ${JSON.stringify(text)}; it must be a whole number`);
}
