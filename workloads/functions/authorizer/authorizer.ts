/**
 * Decides who may call the account API: a Lambda authorizer of an HTTP API, payload format 2.0 with simple responses (API Gateway guide,
 * "Control access to HTTP APIs with AWS Lambda authorizers").
 *
 * Every route asks for the header that CloudFront alone knows. A route for signed-in users also asks for
 * `Authorization: Bourse apiKey=...&timestamp=...&signature=...`: the parameters of the WebSocket API's `session.logon`, signed by the same
 * rule, over the text without `signature`. API Gateway remembers a decision by these two headers, so all that it depends on of a caller is in
 * them, apart from the address: a key that is bound to addresses may be used from another one while a decision is remembered.
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { assertInWindow, findKey, isSignedBy, withoutSignature } from "../../gateway/authentication";
import { ApiError } from "../../gateway/errors";
import type { KeyPermission } from "../../services/ports";
import type { RunningUsers } from "../../services/users";
import type { OriginValues } from "./origin-values";

/** What the function reads of a request event of format 2.0. */
export interface AuthorizerEvent {
  version: "2.0";
  type: "REQUEST";
  /** Values of the identity sources of the route's authorizer, in their order: the origin header, and `Authorization` of signed-in users. */
  identitySource: string[];
  /** Names in lower case; values of a repeated header with a comma between. */
  headers: Record<string, string>;
  requestContext: { http: { sourceIp: string } };
}

/** What services are told of a caller. */
export interface CallerContext {
  account: number;
  apiKey: string;
  /** With a comma between. */
  permissions: string;
}

/** A simple response; without `context` for callers who need not be known. */
export interface Decision {
  isAuthorized: boolean;
  context?: CallerContext;
}

export interface AuthorizerDeps {
  users: Pick<RunningUsers, "findKey" | "refresh">;
  /** Several are valid while the header changes. */
  origins: OriginValues;
  /** Proxies that add to X-Forwarded-For before the function sees it. @default 2: CloudFront and API Gateway */
  trustedProxies?: number;
  /** Milliseconds for which keys are used without another look. @default 2,000 */
  refreshMs?: number;
  /** Milliseconds for which the origin's values are; a renewal waits longer before CloudFront sends a new one. @default 5,000 */
  originRefreshMs?: number;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

/** Binance's `recvWindow`: 5 s when none is given, 60 s at most. */
const windowMs = { usual: 5_000, most: 60_000 };
const scheme = "Bourse ";

const denied: Decision = { isAuthorized: false };

/**
 * The handler. It answers with a decision, and rejects, whereupon API Gateway refuses the request with 500, when the origin's values or the
 * table of keys cannot be read, or the event is of another format.
 */
export function createAuthorizer(deps: AuthorizerDeps): (event: AuthorizerEvent) => Promise<Decision> {
  const { users, trustedProxies = 2, refreshMs = 2_000, originRefreshMs = 5_000, now = Date.now } = deps;
  let origins: Buffer[] = [];

  // Between requests a function's process is frozen, timers and all: what it knows may be hours old.
  const refreshUsers = whenOlder(refreshMs, now, () => users.refresh());
  const refreshOrigins = whenOlder(originRefreshMs, now, async () => {
    origins = (await deps.origins.read()).map((value) => digest(Buffer.from(value)));
  });

  return async (event) => {
    const { identitySource, headers, requestContext } = event;
    if (event.version !== "2.0" || !Array.isArray(identitySource) || identitySource.length < 1 || identitySource.length > 2) {
      throw new TypeError("authorizer event: expected payload format 2.0 with one or two identity sources; set it on the authorizer");
    }
    await Promise.all([refreshOrigins(), refreshUsers()]);
    const [origin, authorization] = identitySource;
    const sent = digest(Buffer.from(origin));
    if (!origins.some((expected) => timingSafeEqual(expected, sent))) return denied;
    if (authorization === undefined) return { isAuthorized: true };
    const address = clientAddress(headers["x-forwarded-for"], trustedProxies) ?? requestContext.http.sourceIp;
    const context = callerOf(users, authorization, address, now());
    return context === undefined ? denied : { isAuthorized: true, context };
  };
}

/** The caller that signed the header's parameters, undefined when nobody that may call did. */
function callerOf(users: AuthorizerDeps["users"], authorization: string, address: string, nowMs: number): CallerContext | undefined {
  if (!authorization.startsWith(scheme)) return undefined;
  const signed = authorization.slice(scheme.length);
  const parameters = new URLSearchParams(signed);
  const names = [...parameters.keys()];
  if (new Set(names).size !== names.length) return undefined;
  const timestamp = wholeNumber(parameters.get("timestamp"));
  const window = parameters.has("recvWindow") ? wholeNumber(parameters.get("recvWindow")) : windowMs.usual;
  if (timestamp === undefined || window === undefined || window > windowMs.most) return undefined;
  try {
    // Reading is what the account's own operations ask of a key; services ask for more where they need it.
    const key = findKey(users, parameters.get("apiKey") ?? undefined, "read", address, nowMs);
    if (!isSignedBy(key, withoutSignature(signed), parameters.get("signature") ?? "")) return undefined;
    assertInWindow(timestamp * 1_000, window * 1_000, nowMs * 1_000);
    const permissions: KeyPermission[] = [...key.permissions];
    return { account: key.account, apiKey: key.apiKey, permissions: permissions.join(",") };
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** Does `look` unless it was last done less than `ageMs` ago; what fails is done again at the next call. */
function whenOlder(ageMs: number, now: () => number, look: () => Promise<void>): () => Promise<void> {
  let doneAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const startedAt = now();
    if (startedAt - doneAt < ageMs && startedAt >= doneAt) return;
    await look();
    doneAt = startedAt;
  };
}

/** Of equal length, so that they can be compared in equal time. */
const digest = (value: Buffer) => createHash("sha256").update(value).digest();

function clientAddress(forwarded: string | undefined, trustedProxies: number): string | undefined {
  const hops = forwarded?.split(",") ?? [];
  return trustedProxies === 0 ? undefined : hops[hops.length - trustedProxies]?.trim();
}

const wholeNumber = (text: string | null) => (text !== null && /^\d{1,13}$/.test(text) ? Number(text) : undefined);
