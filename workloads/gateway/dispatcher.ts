/**
 * Serves one request of one operation, whichever way it came: limits, parameters, authentication, then the operation itself. A fault becomes
 * an error answer here and nowhere else.
 */

import type { IncomingHttpHeaders } from "node:http";
import { beginsTrace, type Span, tracesAtAll, within } from "../process/spans";
import type { ApiKey, Users } from "../services/ports";
import { type OrderCounts, ShardBusy, ShardUnavailable, TooManyOrders } from "../services/trading/port";
import type { Acknowledged } from "./acknowledged";
import { assertInWindow, assertKeyFormat, findKey, isSignedBy } from "./authentication";
import { ApiError, disconnected, executionUnknown, invalidSignature, missingParameter, serverBusy, tooManyOrders } from "./errors";
import { type Call, isSigned, type Operation, timestampMicroseconds, windowMicroseconds } from "./operation";
import type { RateLimits } from "./rate-limits";
import type { Clock } from "./services";
import type { ApiSession } from "./sockets/api-session";
import { endRequest, startRequest } from "./traced-requests";

/** A request, independent of how it was sent. */
export interface ApiRequest {
  /** Address of the client. */
  address: string;
  apiKey: string | undefined;
  /** The key of a logged-on session, which needs no signature. */
  session: ApiKey | undefined;
  /** The connection of the WebSocket API that it came on. */
  socket: ApiSession | undefined;
  /** Undefined over the WebSocket API. */
  headers: IncomingHttpHeaders | undefined;
  /** Parameters as sent, with `signature`, without `apiKey`. */
  parameters: Record<string, string>;
  /** What the signature is over, one character a byte. */
  signedPayload(): string;
  /** Microseconds per unit of the times in the answer: 1000 for milliseconds. */
  timeUnit: 1 | 1000;
}

export interface ApiAnswer {
  status: number;
  /** The result, or `{code, msg}` when `status` is not 200. */
  body: unknown;
  usedWeight: number;
  /** Of operations that entered a command and succeeded. */
  orders?: OrderCounts;
  /** Seconds. */
  retryAfter?: number;
}

/** What became of a request, for figures. */
export interface Answered {
  status: number;
  milliseconds: number;
  /** Whether it was an order or a cancel. */
  entersOrders: boolean;
}

export interface DispatcherDeps {
  users: Users;
  limits: RateLimits;
  clock: Clock;
  /** What binary members have been told, which reads of their accounts wait for. @default reads wait for nothing */
  acknowledged?: Acknowledged;
  /** Told of faults that are the gateway's own. */
  onFault(error: unknown, operation: Operation): void;
  /** Told of every answer. @default nobody */
  observe?: (answered: Answered) => void;
}

export class Dispatcher {
  constructor(private readonly deps: DispatcherDeps) {}

  /** Never rejects. */
  serve(operation: Operation, request: ApiRequest): Promise<ApiAnswer> {
    if (beginsTrace()) return this.traced(operation, request);
    return this.answerAndTell(operation, request, undefined);
  }

  /** Callers are strangers: whether a request is traced is never theirs to say. */
  private async traced(operation: Operation, request: ApiRequest): Promise<ApiAnswer> {
    const span = startRequest(operation, request);
    const answer = await within(span, () => this.answerAndTell(operation, request, span));
    endRequest(span, answer.status);
    return answer;
  }

  private answerAndTell(operation: Operation, request: ApiRequest, span: Span | undefined): Promise<ApiAnswer> {
    const { observe } = this.deps;
    return observe === undefined ? this.answer(operation, request, span) : this.observed(observe, operation, request, span);
  }

  private async observed(
    observe: (answered: Answered) => void,
    operation: Operation,
    request: ApiRequest,
    span: Span | undefined,
  ): Promise<ApiAnswer> {
    const started = performance.now();
    const answer = await this.answer(operation, request, span);
    observe({ status: answer.status, milliseconds: performance.now() - started, entersOrders: operation.security === "trade" });
    return answer;
  }

  private async answer(operation: Operation, request: ApiRequest, span: Span | undefined): Promise<ApiAnswer> {
    const { limits, clock } = this.deps;
    const received = clock();
    const now = Math.floor(received / 1000);
    let usedWeight = 0;
    try {
      // The raw values are kept aside: reading decodes parameters in place.
      const { timestamp, recvWindow, signature } = request.parameters;
      if (request.session !== undefined && isSigned(operation.security)) fillFromSession(request.parameters, now);
      const parameters = readOrCharge(operation, request, limits, now);
      usedWeight = limits.charge(request.address, operation.weight(parameters as never), now);

      const call: Call = {
        account: 0,
        key: undefined,
        orderCounts: undefined,
        socket: request.socket,
        span,
        received,
        time: request.timeUnit === 1 ? (microseconds) => microseconds : milliseconds,
        assertFresh: nothingToAssert,
      };
      if (operation.security !== "none") {
        const apiKey = request.session?.apiKey ?? request.apiKey;
        const key = findKey(this.deps.users, apiKey, operation.security, request.address, now);
        if (isSigned(operation.security)) {
          if (timestamp !== undefined) {
            const [time, window] = [timestampMicroseconds(timestamp), windowMicroseconds(recvWindow)];
            assertInWindow(time, window, received);
            call.assertFresh = () => assertInWindow(time, window, clock());
          }
          if (request.session === undefined && !isSignedBy(key, request.signedPayload(), signature)) throw invalidSignature();
        }
        call.account = key.account;
        call.key = key;
        const readable = this.deps.acknowledged?.readable(key.account);
        if (readable !== undefined) await readable;
      }
      const body = await operation.run(parameters as never, call);
      return { status: 200, body, usedWeight, orders: call.orderCounts };
    } catch (error) {
      const fault =
        span === undefined && tracesAtAll() ? this.tracedFault(error, operation, request, received) : this.faultOf(error, operation);
      return {
        status: fault.status,
        body: fault.body(),
        usedWeight: usedWeight || limits.usedWeight(request.address, now),
        retryAfter: fault.retryAfter,
      };
    }
  }

  /** A request that failed by our fault is told of whether it was chosen or not; what it did until then is not known any more. */
  private tracedFault(error: unknown, operation: Operation, request: ApiRequest, received: number): ApiError {
    if (error instanceof ApiError && error.status < 500) return error;
    const span = startRequest(operation, request, received);
    const fault = within(span, () => this.faultOf(error, operation));
    endRequest(span, fault.status);
    return fault;
  }

  private faultOf(error: unknown, operation: Operation): ApiError {
    if (error instanceof ApiError) return error;
    if (error instanceof TooManyOrders) return tooManyOrders(error);
    if (error instanceof ShardBusy) return serverBusy();
    if (error instanceof ShardUnavailable) return error.logged === "no" ? disconnected() : executionUnknown();
    this.deps.onFault(error, operation);
    // A fault after a command was logged must not look as if nothing had happened.
    if (operation.security === "trade" || operation.security === "withdraw") {
      return new ApiError(-1006, "An unexpected response was received from the message bus. Execution status unknown.", 502);
    }
    return new ApiError(-1000, "An unknown error occurred while processing the request.", 500);
  }
}

const milliseconds = (microseconds: number) => Math.floor(microseconds / 1000);
const nothingToAssert = () => {};

/** A request that cannot be read still costs its sender 1. Over REST, who shows no key where one is needed is told so before anything about parameters. */
function readOrCharge(operation: Operation, request: ApiRequest, limits: RateLimits, now: number): unknown {
  try {
    return operation.read(request.parameters);
  } catch (error) {
    limits.charge(request.address, 1, now);
    if (operation.security !== "none" && request.socket === undefined) assertKeyFormat(request.apiKey);
    throw error;
  }
}

/** A session needs neither timestamp nor signature; what is absent gets a value that the schema accepts. */
function fillFromSession(parameters: Record<string, string>, now: number): void {
  parameters["timestamp"] ??= String(now);
  parameters["signature"] = "session";
  if (parameters["timestamp"] === "") throw missingParameter("timestamp");
}
