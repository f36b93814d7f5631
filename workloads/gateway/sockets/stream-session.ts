/**
 * A connection of the stream servers: subscribes to market streams and to user data by listenKey, at connection time or by message.
 */

import { ApiError } from "../errors";
import type { RateLimits } from "../rate-limits";
import type { Clock, Services } from "../services";
import { type Connection, policyViolation } from "./connection";
import type { ListenKeys } from "./listen-keys";
import { marketStream } from "./market-streams";
import { sbeStream } from "./sbe-streams";
import type { Topics } from "./topics";
import type { UserData } from "./user-data";

/** How events are told: JSON with times in units of `unit` microseconds, or SBE, which has no user data. */
export type StreamEncoding = { kind: "json"; unit: 1 | 1000 } | { kind: "sbe"; unit: 1 };

export interface StreamServer {
  services: Services;
  clock: Clock;
  limits: RateLimits;
  topics: Topics;
  listenKeys: ListenKeys;
  userData: UserData;
}

const methods = ["SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY"] as const;

/** A message that cannot be served; codes: web-socket-streams.md, "Error Messages". */
class StreamError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export class StreamSession {
  /** Stop of each subscription by stream name, in the order of subscription. */
  private readonly subscriptions = new Map<string, () => void>();
  /** Those of them that are listen keys. */
  private readonly listening = new Set<string>();

  constructor(
    private readonly server: StreamServer,
    private readonly connection: Connection,
    private combined: boolean,
    private readonly encoding: StreamEncoding,
    /** Throws an ApiError when the key that the connection was opened with is no longer good. */
    private readonly assertKey: () => void = () => {},
  ) {}

  /** Subscribes to the streams that the address names. A name that is a number is a client's own numbering of its connections (ccxt). */
  start(names: readonly string[]): void {
    try {
      this.subscribe(names.filter((name) => name !== "" && !/^[0-9]+$/.test(name)));
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.connection.send({ error: { code: error.code, msg: error.message } });
      this.connection.close(policyViolation, error.message.slice(0, 120));
    }
  }

  /** Serves one text message of the client. */
  onMessage(text: string): void {
    let id: unknown = null;
    try {
      const message = parseMessage(text);
      id = message.id;
      this.connection.send({ result: this.run(message), id });
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.connection.send({ error: { code: error.code, msg: error.message }, id });
    }
  }

  /** Ends a connection that was opened with a key that is no longer good, and the user data of listen keys that are none any more. */
  checkKeys(): void {
    try {
      this.assertKey();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.connection.send({ error: error.body() });
      this.connection.close(policyViolation, error.message);
    }
    for (const name of this.listening) if (this.server.listenKeys.accountOf(name) === undefined) this.expire(name);
  }

  /** The last event of a connection. */
  announceShutdown(): void {
    const event = { e: "serverShutdown", E: this.time(this.server.clock()) };
    this.connection.send(this.combined ? { stream: "!serverShutdown", data: event } : event);
  }

  stop(): void {
    for (const stop of this.subscriptions.values()) stop();
    this.subscriptions.clear();
  }

  private time(microseconds: number): number {
    return this.encoding.unit === 1 ? microseconds : Math.floor(microseconds / 1000);
  }

  private run({ method, params }: StreamMessage): unknown {
    switch (method) {
      case "SUBSCRIBE":
        this.subscribe(streamNames(params));
        return null;
      case "UNSUBSCRIBE":
        for (const name of streamNames(params)) {
          this.subscriptions.get(name)?.();
          this.subscriptions.delete(name);
        }
        return null;
      case "LIST_SUBSCRIPTIONS":
        return [...this.subscriptions.keys()];
      case "SET_PROPERTY":
        assertProperty(params, 2);
        if (typeof params[1] !== "boolean") throw new StreamError(1, "Invalid value type: expected Boolean");
        this.setCombined(params[1]);
        return null;
      case "GET_PROPERTY":
        assertProperty(params, 1);
        return this.combined;
    }
  }

  /** All or nothing: with one bad name, or more streams than allowed, none is added. */
  private subscribe(names: readonly string[]): void {
    const wanted = [...new Set(names)].filter((name) => !this.subscriptions.has(name));
    const most = this.server.limits.settings.streamsPerConnection;
    if (this.subscriptions.size + wanted.length > most) {
      throw new StreamError(2, `Invalid request: too many streams, a connection has at most ${most}`);
    }
    const starts = wanted.map((name) => ({ name, start: this.starterOf(name) }));
    for (const { name, start } of starts) this.subscriptions.set(name, start());
  }

  private starterOf(name: string): () => () => void {
    const { services, clock, topics, listenKeys, userData } = this.server;
    const { kind, unit } = this.encoding;
    const source = kind === "sbe" ? sbeStream(services, clock, name) : marketStream(services, clock, name, unit);
    if (source !== undefined) {
      const key = `${name}/${kind}/${unit}`;
      return () => {
        topics.subscribe(key, name, source, this.connection, this.combined);
        return () => topics.unsubscribe(key, this.connection);
      };
    }
    const account = kind === "sbe" ? undefined : listenKeys.accountOf(name);
    if (account === undefined) throw new StreamError(2, `Invalid request: no such stream or symbol: '${name.slice(0, 100)}'`);
    return () => {
      this.listening.add(name);
      const stop = userData.subscribe(account, unit, (event) => this.onUserEvent(name, event));
      return () => {
        this.listening.delete(name);
        stop();
      };
    };
  }

  private onUserEvent(listenKey: string, event: Record<string, unknown>): void {
    if (this.server.listenKeys.accountOf(listenKey) === undefined) this.expire(listenKey);
    else this.connection.send(this.combined ? { stream: listenKey, data: event } : event);
  }

  private expire(listenKey: string): void {
    this.subscriptions.get(listenKey)?.();
    this.subscriptions.delete(listenKey);
    const expired = { e: "listenKeyExpired", E: this.time(this.server.clock()), listenKey };
    this.connection.send(this.combined ? { stream: listenKey, data: expired } : expired);
  }

  /** Existing subscriptions move to the other form of events. */
  private setCombined(combined: boolean): void {
    if (combined === this.combined) return;
    const names = [...this.subscriptions.keys()];
    this.stop();
    this.combined = combined;
    this.subscribe(names);
  }
}

interface StreamMessage {
  method: (typeof methods)[number];
  params: readonly unknown[];
  id: unknown;
}

function parseMessage(text: string): StreamMessage {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new StreamError(3, "Invalid JSON: expected value at line 1 column 1");
  }
  if (typeof message !== "object" || message === null || Array.isArray(message)) {
    throw new StreamError(2, "Invalid request: expected an object");
  }
  const { method, params = [], id = null } = message as { method?: unknown; params?: unknown; id?: unknown };
  const validId = id === null || Number.isSafeInteger(id) || (typeof id === "string" && /^[a-zA-Z0-9_-]{1,36}$/.test(id));
  if (!validId) throw new StreamError(2, "Invalid request: request ID must be an unsigned integer");
  if (method === undefined) throw new StreamError(2, "Invalid request: missing field `method` at line 1 column 1");
  if (!(methods as readonly unknown[]).includes(method)) {
    const variant = String(typeof method === "string" ? method : JSON.stringify(method)).slice(0, 50);
    const expected = methods.map((name) => `\`${name}\``).join(", ");
    throw new StreamError(2, `Invalid request: unknown variant \`${variant}\`, expected one of ${expected} at line 1 column 1`);
  }
  if (!Array.isArray(params)) throw new StreamError(2, "Invalid request: `params` must be an array");
  return { method: method as StreamMessage["method"], params, id };
}

function streamNames(params: readonly unknown[]): string[] {
  if (params.length === 0) throw new StreamError(2, "Invalid request: `params` must name at least one stream");
  if (!params.every((name): name is string => typeof name === "string"))
    throw new StreamError(2, "Invalid request: stream names must be strings");
  return params as string[];
}

function assertProperty(params: readonly unknown[], count: number): void {
  if (typeof params[0] !== "string") throw new StreamError(2, "Invalid request: property name must be a string");
  if (params[0] !== "combined") throw new StreamError(0, "Unknown property");
  if (params.length > count) throw new StreamError(2, "Invalid request: too many parameters");
}
