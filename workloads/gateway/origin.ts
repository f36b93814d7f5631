/**
 * Keeps web pages of other sites away from an exchange on the loopback: the `Host` of a request must be one that is expected (DNS
 * rebinding gives a foreign one), and its `Origin`, when a browser sends one, must be the page's own host.
 */

import type { IncomingMessage } from "node:http";
import { ApiError } from "./errors";

/** Names that can only mean this machine (RFC 6761 reserves `localhost` and everything below it). */
export const loopbackHosts = ["127.0.0.1", "localhost", "*.localhost", "[::1]"];

const hostName = (host: string) => host.replace(/:\d*$/, "").toLowerCase();

const matches = (name: string, allowed: string) => (allowed.startsWith("*.") ? name.endsWith(allowed.slice(1)) : name === allowed);

/** Throws a 403 that says what was sent and what is expected. */
export function assertOrigin(request: IncomingMessage, allowedHosts: readonly string[]): void {
  const host = request.headers.host ?? "";
  if (!allowedHosts.some((allowed) => matches(hostName(host), allowed))) {
    throw new ApiError(-1002, `Host '${printable(host)}' is not served here; expected one of ${allowedHosts.join(", ")}.`, 403);
  }
  const { origin } = request.headers;
  if (origin === undefined) return;
  if (origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new ApiError(-1002, `Origin '${printable(origin)}' may not use this exchange; only pages of ${printable(host)} may.`, 403);
  }
}

const printable = (text: string) => text.slice(0, 100).replace(/[^\x20-\x7e]/g, "?");
