/** The health endpoints of a process: `/live` while it works, `/ready` while it can do its part, `/leads` while it is the one that should be given work. HTTPS where it has a certificate. */

import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificates } from "./certificates";

export interface HealthOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  certificates: Certificates | undefined;
  /** Why the process should be started anew, undefined while it works. */
  dead: () => string | undefined;
  /** Why it should be given no work, undefined while it should. */
  unready: () => string | undefined;
  /** Why another one should be given it, undefined where there is none or this one leads. */
  follows: () => string | undefined;
}

export interface Health {
  port: number;
  close(): Promise<void>;
}

/** Serves the endpoints: 200 with "ok", or 503 with the reason. The caller needs no certificate: the kubelet and load balancers have none. */
export async function serveHealth(options: HealthOptions): Promise<Health> {
  const { host, port, certificates, dead, unready, follows } = options;
  const ready = () => dead() ?? unready();
  const reasons: Record<string, () => string | undefined> = { "/live": dead, "/ready": ready, "/leads": () => ready() ?? follows() };
  const listener: RequestListener = (request, response) => {
    const reason = reasons[request.url ?? ""];
    if (reason === undefined || request.method !== "GET") {
      response.writeHead(404).end("allowed are GET /live, GET /ready and GET /leads\n");
      return;
    }
    const fault = reason();
    response.writeHead(fault === undefined ? 200 : 503, { "content-type": "text/plain" }).end(`${fault ?? "ok"}\n`);
  };
  const tls = certificates?.server("nobody");
  const server: Server = tls ? createSecureServer({ ...tls, minVersion: "TLSv1.2" }, listener) : createServer(listener);
  tls?.renews?.(server, "TLSv1.2");
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
