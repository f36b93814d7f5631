/**
 * A connection of the WebSocket API: requests in, answers out by id, and the user data that was subscribed to on it.
 */

import type { ApiKey, Users } from "../../services/ports";
import type { OrderLimits } from "../../services/trading/port";
import { findKey } from "../authentication";
import type { ApiAnswer, ApiRequest, Dispatcher } from "../dispatcher";
import { ApiError, unsupported } from "../errors";
import type { Operation } from "../operation";
import { sentParameters } from "../parameters";
import type { RateLimits } from "../rate-limits";
import type { Clock } from "../services";
import type { Connection } from "./connection";
import { RateLimitsText } from "./rate-limits-text";
import { parameterText, SignedPayloads } from "./signed-payload";
import type { UserData } from "./user-data";

/** Source: web-socket-api.md, "User Data Stream subscription". */
const mostSubscriptions = 1_000;
const mostSubscriptionIds = 65_535;

/** Requests of one connection that are being served; a client that sends more waits for the first answers. */
const mostPending = 4_096;

export interface ApiServer {
  dispatcher: Dispatcher;
  /** By method name. */
  operations: ReadonlyMap<string, Operation>;
  limits: RateLimits;
  orderLimits: () => OrderLimits;
  clock: Clock;
  userData: UserData;
  users: Users;
}

interface Subscription {
  account: number;
  apiKey: string;
  /** Made with the key of the session: ends with it. */
  bySession: boolean;
  stop: () => void;
}

interface RequestMessage {
  id: unknown;
  method: string;
  params: Record<string, unknown>;
}

export class ApiSession {
  /** Key that the connection is logged on with. */
  key: ApiKey | undefined;
  /** Microseconds; 0 before the logon. */
  authorizedSince = 0;
  readonly connectedSince: number;
  private readonly subscriptions = new Map<number, Subscription>();
  private nextSubscription = 0;
  private pending = 0;
  private readonly payloads = new SignedPayloads();
  private readonly rateLimits = new RateLimitsText();

  constructor(
    private readonly server: ApiServer,
    private readonly connection: Connection,
    private readonly unit: 1 | 1000,
    readonly returnRateLimits: boolean,
  ) {
    this.connectedSince = server.clock();
  }

  /** Serves one text message; never rejects. */
  async onMessage(text: string): Promise<void> {
    const { dispatcher, limits, clock } = this.server;
    let id: unknown = null;
    try {
      const message = parseMessage(text, (found) => {
        id = found;
      });
      const operation = this.server.operations.get(message.method.replace(/^v3\//, ""));
      if (operation === undefined) throw unsupported();
      const { request, returnRateLimits } = this.readRequest(message);
      if (this.pending >= mostPending) throw new ApiError(-1003, "Too many requests queued.", 429);
      let answer: ApiAnswer;
      this.pending++;
      try {
        answer = await dispatcher.serve(operation, request);
      } finally {
        this.pending--;
      }
      const { status } = answer;
      const body = status === 200 ? answer.body : withRetry(answer.body as Record<string, unknown>, answer.retryAfter, clock());
      // Put together from parts: most of them are numbers, or the same in every answer.
      let reply = `{"id":${typeof id === "number" ? id : JSON.stringify(id)},"status":${status}`;
      if (body !== undefined) reply += `,"${status === 200 ? "result" : "error"}":${JSON.stringify(body)}`;
      if (returnRateLimits) reply += `,"rateLimits":${this.rateLimits.text(answer, limits.settings, this.server.orderLimits())}`;
      this.connection.sendText(`${reply}}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.connection.send({ id, status: error.status, error: error.body() });
    }
  }

  /**
   * Subscribes to the events of a key's account, for as long as the key is good. Throws -2035 when the account is subscribed to already,
   * -2042 when ids have run out.
   */
  subscribe({ account, apiKey }: ApiKey, bySession: boolean): number {
    for (const each of this.subscriptions.values()) {
      if (each.account === account) throw new ApiError(-2035, "User Data Stream subscription already active.");
    }
    if (this.subscriptions.size >= mostSubscriptions || this.nextSubscription >= mostSubscriptionIds) {
      throw new ApiError(-2042, "Maximum subscription ID reached for this connection.");
    }
    const subscriptionId = this.nextSubscription++;
    const stop = this.server.userData.subscribe(account, this.unit, (event) => {
      if (this.mayRead(apiKey)) this.connection.send({ subscriptionId, event });
      else this.end(subscriptionId);
    });
    this.subscriptions.set(subscriptionId, { account, apiKey, bySession, stop });
    return subscriptionId;
  }

  /** Ends one subscription, or all. Throws -2036 when there is none. */
  unsubscribe(subscriptionId: number | undefined): void {
    const ids = subscriptionId === undefined ? [...this.subscriptions.keys()] : [subscriptionId];
    if (ids.length === 0 || !ids.every((id) => this.subscriptions.has(id))) {
      throw new ApiError(-2036, "User Data Stream subscription not active.");
    }
    for (const id of ids) this.end(id);
  }

  subscriptionIds(): number[] {
    return [...this.subscriptions.keys()];
  }

  /** Forgets the key of the session and what was subscribed to with it. */
  logOut(): void {
    this.key = undefined;
    this.authorizedSince = 0;
    for (const [id, { bySession }] of [...this.subscriptions]) if (bySession) this.end(id);
  }

  /** Ends what was subscribed to with keys that may no longer read. A session keeps its key: what it asks for is refused with -2015. */
  checkKeys(): void {
    for (const [id, { apiKey }] of [...this.subscriptions]) if (!this.mayRead(apiKey)) this.end(id);
  }

  announceShutdown(): void {
    this.connection.send({ event: { e: "serverShutdown", E: this.time(this.server.clock()) } });
  }

  stop(): void {
    for (const { stop } of this.subscriptions.values()) stop();
    this.subscriptions.clear();
  }

  private mayRead(apiKey: string): boolean {
    const { users, clock } = this.server;
    try {
      findKey(users, apiKey, "read", this.connection.address, Math.floor(clock() / 1000));
      return true;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  }

  private end(subscriptionId: number): void {
    this.subscriptions.get(subscriptionId)!.stop();
    this.subscriptions.delete(subscriptionId);
    this.connection.send({ subscriptionId, event: { e: "eventStreamTerminated", E: this.time(this.server.clock()) } });
  }

  private time(microseconds: number): number {
    return this.unit === 1 ? microseconds : Math.floor(microseconds / 1000);
  }

  private readRequest({ params }: RequestMessage): { request: ApiRequest; returnRateLimits: boolean } {
    const parameters = sentParameters();
    let returnRateLimits = this.returnRateLimits;
    let apiKey: string | undefined;
    for (const name in params) {
      const value = params[name];
      if (value === null || value === undefined) continue;
      if (name === "returnRateLimits") returnRateLimits = value === true || value === "true";
      else if (name === "apiKey") apiKey = parameterText(value);
      else parameters[name] = parameterText(value);
    }
    const request: ApiRequest = {
      address: this.connection.address,
      apiKey,
      // A request with a key of its own is signed with it, whatever the session is logged on with.
      session: apiKey === undefined ? this.key : undefined,
      socket: this,
      headers: undefined,
      parameters,
      signedPayload: () => this.payloads.of(params),
      timeUnit: this.unit,
    };
    return { request, returnRateLimits };
  }
}

/** Calls `onId` as soon as the id is known, so that the error of a bad message bears it. */
function parseMessage(text: string, onId: (id: unknown) => void): RequestMessage {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new ApiError(-1135, "Invalid JSON Request");
  }
  if (typeof message !== "object" || message === null || Array.isArray(message)) throw new ApiError(-1135, "Invalid JSON Request");
  const { id, method, params = {} } = message as { id?: unknown; method?: unknown; params?: unknown };
  if (id !== undefined) {
    if (id !== null && typeof id !== "string" && !Number.isSafeInteger(id)) {
      throw new ApiError(-1130, "Data sent for parameter 'id' is not valid.");
    }
    onId(id);
  }
  if (typeof method !== "string" || method === "") {
    throw new ApiError(-1102, "Mandatory parameter 'method' was not sent, was empty/null, or malformed.");
  }
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    throw new ApiError(-1130, "Data sent for parameter 'params' is not valid.");
  }
  return { id, method, params: params as Record<string, unknown> };
}

/** Over the socket, `Retry-After` is a time in the body. */
function withRetry(body: Record<string, unknown>, retryAfter: number | undefined, now: number): Record<string, unknown> {
  if (retryAfter === undefined) return body;
  const serverTime = Math.floor(now / 1000);
  return { ...body, data: { serverTime, retryAfter: serverTime + retryAfter * 1000 } };
}
