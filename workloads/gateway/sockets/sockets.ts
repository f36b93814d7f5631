/**
 * Upgrades: which path is which kind of WebSocket, and how their connections begin and end.
 *
 * `/ws-api/v3` is the WebSocket API. `/ws`, `/ws/<stream>/...` and `/stream?streams=<stream>/...` are streams, and the same again below
 * `/stream`, because ccxt recognises a spot stream by `/stream` in its address and numbers its connections (`/stream/ws/0`). The same below
 * `/stream-sbe` are the streams in SBE, for a client that names an Ed25519 key.
 */

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Users } from "../../services/ports";
import { findKey } from "../authentication";
import { ApiError, invalidKey } from "../errors";
import { timeUnitOf } from "../http";
import { assertOrigin } from "../origin";
import { type ApiServer, ApiSession } from "./api-session";
import { Connection, type ConnectionSettings, Connections } from "./connection";
import { type StreamEncoding, type StreamServer, StreamSession } from "./stream-session";

/** Largest message from a client in bytes. */
const largestMessage = 65_536;
/** Opening a connection of the WebSocket API costs as much weight (web-socket-api.md). */
const connectWeight = 2;

export interface SocketDeps {
  api: ApiServer;
  streams: StreamServer;
  settings: ConnectionSettings;
  allowedHosts: readonly string[] | undefined;
  addressOf(request: IncomingMessage): string;
  onFault(error: unknown): void;
}

/** Between looks at the keys of open connections, in ms. */
const keyCheckMs = 1_000;

/** What a path asks for. */
type Target = { kind: "api" } | { kind: "streams" | "sbe"; combined: boolean; names: string[] };

/** The target of a path and its `streams` parameter, undefined for a path that is none. */
export function targetOf(path: string, streams: string | null): Target | undefined {
  if (path === "/ws-api/v3") return { kind: "api" };
  const kind = path.startsWith("/stream-sbe/") ? "sbe" : "streams";
  const prefix = kind === "sbe" ? "/stream-sbe" : path.startsWith("/stream/") ? "/stream" : "";
  const below = path.slice(prefix.length);
  if (below === "/ws" || below === "/ws/") return { kind, combined: false, names: [] };
  if (below.startsWith("/ws/")) return { kind, combined: false, names: below.slice("/ws/".length).split("/") };
  if (below === "/stream" || below === "/stream/" || below === "/") return { kind, combined: true, names: (streams ?? "").split("/") };
  return undefined;
}

interface Session {
  onMessage(text: string): void | Promise<void>;
  announceShutdown(): void;
  /** Ends what is open by a key that is no longer good. */
  checkKeys(): void;
  stop(): void;
}

export class Sockets {
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: largestMessage, perMessageDeflate: false });
  private readonly connections: Connections;
  private readonly sessions = new Set<Session>();
  private readonly keyTimer: NodeJS.Timeout;

  constructor(private readonly deps: SocketDeps) {
    this.connections = new Connections(deps.settings);
    this.keyTimer = setInterval(() => {
      for (const session of this.sessions) session.checkKeys();
    }, keyCheckMs);
    this.keyTimer.unref();
  }

  get size(): number {
    return this.connections.size;
  }

  attach(http: Server): void {
    http.on("upgrade", (request, stream, head) => this.onUpgrade(request, stream, head));
  }

  /** Announces the end to every client and closes their connections. */
  close(): void {
    clearInterval(this.keyTimer);
    for (const session of this.sessions) session.announceShutdown();
    this.connections.shutDown();
    this.server.close();
  }

  private onUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on("error", () => stream.destroy());
    try {
      if (this.deps.allowedHosts !== undefined) assertOrigin(request, this.deps.allowedHosts);
      const url = parseUrl(request.url ?? "");
      // A plus sign is part of the name of a stream (`@+08:00`), whether the client escaped it or not.
      const streams = new URLSearchParams(url.search.replaceAll("+", "%2B")).get("streams");
      const target = targetOf(decodePath(url.pathname), streams);
      if (target === undefined) throw new ApiError(-1020, "This operation is not supported.", 404);
      const unit = timeUnitOf(url.searchParams.get("timeUnit"));
      const address = this.deps.addressOf(request);
      const { limits, clock, users } = this.deps.api;
      const now = Math.floor(clock() / 1000);
      limits.connect(address, now);
      if (target.kind === "api") limits.charge(address, connectWeight, now);
      const apiKey = request.headers["x-mbx-apikey"] as string | undefined;
      const assertKey = target.kind === "sbe" ? () => assertSbeKey(users, apiKey, address, Math.floor(clock() / 1000)) : undefined;
      assertKey?.();
      const returnRateLimits = url.searchParams.get("returnRateLimits") !== "false";
      this.server.handleUpgrade(request, stream, head, (socket) => {
        const connection = new Connection(socket, stream, address, this.deps.settings);
        this.connections.add(connection, socket);
        if (target.kind === "api") this.serve(socket, connection, new ApiSession(this.deps.api, connection, unit, returnRateLimits));
        else {
          const encoding: StreamEncoding = target.kind === "sbe" ? { kind: "sbe", unit: 1 } : { kind: "json", unit };
          const session = new StreamSession(this.deps.streams, connection, target.combined, encoding, assertKey);
          const most = limits.settings.messagesPerSecond;
          this.serve(socket, connection, session, most);
          session.start(target.names);
        }
      });
    } catch (error) {
      if (!(error instanceof ApiError)) this.deps.onFault(error);
      refuse(
        stream,
        error instanceof ApiError ? error : new ApiError(-1000, "An unknown error occurred while processing the request.", 500),
      );
    }
  }

  private serve(socket: WebSocket, connection: Connection, session: Session, mostMessages = Number.POSITIVE_INFINITY): void {
    this.sessions.add(session);
    socket.on("close", () => {
      this.sessions.delete(session);
      session.stop();
    });
    socket.on("ping", () => void connection.admit(mostMessages));
    socket.on("message", (data, isBinary) => {
      if (!connection.open || !connection.admit(mostMessages)) return;
      const text = isBinary ? "" : (data as Buffer).toString("utf8");
      try {
        const served = session.onMessage(text);
        if (served !== undefined) served.catch(this.deps.onFault);
      } catch (error) {
        this.deps.onFault(error);
      }
    });
  }
}

/** SBE streams are open to Ed25519 keys only, whatever these may do (sbe-market-data-streams.md). Throws -2014 or -2015. */
function assertSbeKey(users: Pick<Users, "findKey">, apiKey: string | undefined, address: string, now: number): void {
  const { verification } = findKey(users, apiKey, "key", address, now);
  if (verification.kind !== "ed25519") throw invalidKey();
}

function parseUrl(text: string): URL {
  try {
    return new URL(text, "ws://gateway");
  } catch {
    throw new ApiError(-1100, "Illegal characters found in a parameter.");
  }
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ApiError(-1100, "Illegal characters found in a parameter.");
  }
}

/** Answers an upgrade that is not made with a plain HTTP response. */
function refuse(stream: Duplex, error: ApiError): void {
  const body = JSON.stringify(error.body());
  const retry = error.retryAfter === undefined ? "" : `Retry-After: ${error.retryAfter}\r\n`;
  stream.end(
    `HTTP/1.1 ${error.status} Refused\r\nConnection: close\r\nContent-Type: application/json;charset=UTF-8\r\n${retry}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
