/**
 * Decides who may call the account API: a Lambda authorizer of an HTTP API, payload format 2.0 with simple responses (API Gateway guide, "Control access to HTTP APIs with
 * AWS Lambda authorizers"), or of a REST API, which is answered with a policy ("Use API Gateway Lambda authorizers").
 *
 * Every route asks for the header that CloudFront alone knows; a route for signed-in users also for `Authorization: Bearer` with the token of an open session. API Gateway
 * remembers a decision by these two headers, so all that it depends on is in them. The service asks for the session again: what is refused here is load that it never sees.
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Sessions } from "../../services/users";
import type { OriginValues } from "./origin-values";

/** What the function reads of a request event of format 2.0, which HTTP APIs send. */
export interface HttpApiEvent {
  version: "2.0";
  type: "REQUEST";
  /** Values of the identity sources of the route's authorizer, in their order: the origin header, and `Authorization` of signed-in users. */
  identitySource: string[];
}

/** What it reads of a request event of a REST API. */
export interface RestApiEvent {
  type: "REQUEST";
  /** `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>`. */
  methodArn: string;
  /** The route, as it is declared. */
  resource: string;
  httpMethod: string;
  /** As the client wrote their names. */
  headers: Record<string, string | undefined> | null;
}

export type AuthorizerEvent = HttpApiEvent | RestApiEvent;

/** What the service and access logs are told of a caller who has signed in. */
export interface CallerContext {
  account: number;
}

/** A simple response; without `context` for callers who need not be known. */
export interface SimpleDecision {
  isAuthorized: boolean;
  context?: CallerContext;
}

/** A response to a REST API. */
export interface PolicyDecision {
  principalId: string;
  policyDocument: { Version: "2012-10-17"; Statement: { Action: "execute-api:Invoke"; Effect: "Allow" | "Deny"; Resource: string }[] };
  context?: CallerContext;
}

export type Decision = SimpleDecision | PolicyDecision;

export interface AuthorizerDeps {
  sessions: Pick<Sessions, "account">;
  /** Several are valid while the header changes. */
  origins: OriginValues;
  /** Routes of a REST API that need no session, as `POST /account/v1/sessions`; of an HTTP API the identity sources tell. @default none */
  openRoutes?: readonly string[];
  /** Milliseconds for which the origin's values are used without another look; a renewal waits longer before CloudFront sends a new one. @default 5,000 */
  originRefreshMs?: number;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

const originHeader = "x-bourse-origin";

/**
 * The handler. It answers with a decision, and rejects, whereupon API Gateway refuses the request with 500, when the origin's values or the sessions cannot be read, or the
 * event is of another format.
 */
export function createAuthorizer(deps: AuthorizerDeps): (event: AuthorizerEvent) => Promise<Decision> {
  const { sessions, openRoutes = [], originRefreshMs = 5_000, now = Date.now } = deps;
  let origins: Buffer[] = [];
  let readAt = Number.NEGATIVE_INFINITY;

  // Between requests a function's process is frozen, timers and all: what it knows may be hours old.
  const refresh = async () => {
    const startedAt = now();
    if (startedAt - readAt < originRefreshMs && startedAt >= readAt) return;
    origins = (await deps.origins.read()).map((value) => digest(value));
    readAt = startedAt;
  };

  /** @param authorization undefined where no session is needed */
  const decide = async (origin: string, authorization: string | undefined): Promise<SimpleDecision> => {
    await refresh();
    const sent = digest(origin);
    if (!origins.some((expected) => timingSafeEqual(expected, sent))) return { isAuthorized: false };
    if (authorization === undefined) return { isAuthorized: true };
    const token = /^Bearer ([A-Za-z0-9_-]{1,200})$/.exec(authorization)?.[1];
    const account = token === undefined ? undefined : await sessions.account(token);
    return account === undefined ? { isAuthorized: false } : { isAuthorized: true, context: { account } };
  };

  return async (event) => {
    if ("methodArn" in event) {
      const headers = Object.fromEntries(Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value ?? ""]));
      const open = openRoutes.includes(`${event.httpMethod} ${event.resource}`);
      const decision = await decide(headers[originHeader] ?? "", open ? undefined : (headers.authorization ?? ""));
      return policyOf(decision, event.methodArn);
    }
    const { version, identitySource } = event;
    if (version !== "2.0" || !Array.isArray(identitySource) || identitySource.length < 1 || identitySource.length > 2) {
      throw new TypeError("authorizer event: expected payload format 2.0 with one or two identity sources, or an event of a REST API");
    }
    return decide(identitySource[0], identitySource[1]);
  };
}

/** Of the whole stage, since API Gateway uses a remembered policy for every route that the same headers ask for. */
function policyOf({ isAuthorized, context }: SimpleDecision, methodArn: string): PolicyDecision {
  const Resource = `${methodArn.split("/").slice(0, 2).join("/")}/*`;
  return {
    principalId: context === undefined ? "anybody" : String(context.account),
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: isAuthorized ? "Allow" : "Deny", Resource }],
    },
    ...(context === undefined ? {} : { context }),
  };
}

/** Of equal length, so that they can be compared in equal time. */
const digest = (value: string) => createHash("sha256").update(value).digest();
