/**
 * An operation of the API: one definition serves its REST route, its WebSocket API method and its entry in the documents at `/docs`.
 */

import type { TObject, TProperties } from "typebox";
import type { Span } from "../process/spans";
import type { ApiKey } from "../services/ports";
import type { OrderCounts } from "../services/trading/port";
import * as errors from "./errors";
import { type Parameters, parameterReader, signedParameters } from "./parameters";
import type { Clock } from "./services";
import type { ApiSession } from "./sockets/api-session";

/**
 * What a caller needs: nothing; a valid API key in the header (`key`); a signature (`read`); a signature and the permission to trade (`trade`)
 * or to withdraw.
 */
export type Security = "none" | "key" | "read" | "trade" | "withdraw";

/** One request being served. */
export interface Call {
  /** 0 for an anonymous caller. */
  account: number;
  key: ApiKey | undefined;
  /** Microseconds since 1970 when the request arrived. */
  received: number;
  /** Microseconds (of the exchange) in the unit that the caller asked for. */
  time(microseconds: number): number;
  /** Of the account, once a command of the request has its result. */
  orderCounts: OrderCounts | undefined;
  /** The connection of the WebSocket API that the request came on. */
  socket: ApiSession | undefined;
  /** Of the request; undefined when it is not traced. */
  span: Span | undefined;
  /** Throws -1021 when the request has outlived its `recvWindow`; to be called right before a command is submitted. */
  assertFresh(): void;
}

export interface Operation {
  summary: string;
  /** `"GET /api/v3/time"`; several for synonyms. */
  rest: readonly string[];
  /** Method of the WebSocket API. */
  socket?: string;
  security: Security;
  schema: TObject;
  /** Checks and decodes the parameters; throws ApiError. */
  read(sent: Record<string, string>): unknown;
  /** Request weight, as published. */
  weight(parameters: never): number;
  /** The body of the answer. */
  run(parameters: never, call: Call): unknown;
}

export function operation<T extends TProperties>(definition: {
  summary: string;
  rest?: string | readonly string[];
  socket?: string;
  security?: Security;
  weight?: number | ((parameters: Parameters<T>) => number);
  parameters: T;
  run: (parameters: Parameters<T>, call: Call) => unknown;
}): Operation {
  const { weight = 1, security = "none", rest = [] } = definition;
  const signed = isSigned(security);
  const reader = parameterReader(signed ? { ...definition.parameters, ...signedParameters } : definition.parameters);
  return {
    summary: definition.summary,
    rest: typeof rest === "string" ? [rest] : rest,
    socket: definition.socket,
    security,
    schema: reader.schema,
    read: (sent) => reader.read(sent),
    weight: typeof weight === "number" ? () => weight : (weight as (parameters: never) => number),
    run: definition.run as (parameters: never, call: Call) => unknown,
  };
}

export const isSigned = (security: Security) => security !== "none" && security !== "key";

/** Microseconds since 1970, to the millisecond. */
export const systemClock: Clock = () => Date.now() * 1000;

/** recvWindow in microseconds. Source: rest-api.md, "Timing security". */
export function windowMicroseconds(recvWindow: string | undefined): number {
  if (recvWindow === undefined) return 5_000_000;
  const milliseconds = Number(recvWindow);
  if (!(milliseconds <= 60_000)) throw new errors.ApiError(-1131, "recvWindow must be less than 60000");
  return Math.round(milliseconds * 1000);
}

/** `timestamp` (ms or µs) in microseconds. */
export const timestampMicroseconds = (timestamp: string): number => {
  const number = Number(timestamp);
  return number >= 1e14 ? number : number * 1000;
};
