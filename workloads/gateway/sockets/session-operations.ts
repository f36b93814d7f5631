/**
 * Operations on a connection of the WebSocket API, and the listen keys that older clients use instead.
 */

import { ApiError } from "../errors";
import { type Call, type Operation, operation } from "../operation";
import * as parameter from "../parameters";
import type { Clock } from "../services";
import type { ApiSession } from "./api-session";
import type { ListenKeys } from "./listen-keys";

const { optional } = parameter;

/** These operations have no REST route, so there always is a socket. */
const sessionOf = (call: Call): ApiSession => call.socket as ApiSession;

function statusView(session: ApiSession, clock: Clock, call: Call) {
  const on = session.key !== undefined;
  return {
    apiKey: on ? session.key!.apiKey : null,
    authorizedSince: on ? call.time(session.authorizedSince) : null,
    connectedSince: call.time(session.connectedSince),
    returnRateLimits: session.returnRateLimits,
    serverTime: call.time(clock()),
    userDataStream: session.subscriptionIds().length > 0,
  };
}

export function sessionOperations(clock: Clock, listenKeys: ListenKeys): Operation[] {
  const logOn = operation({
    summary: "Logs the connection on with an Ed25519 key; requests on it then need no signature.",
    socket: "session.logon",
    security: "read",
    weight: 2,
    parameters: {},
    run(_, call) {
      const session = sessionOf(call);
      const kind = call.key!.verification.kind;
      if (kind !== "ed25519") throw new ApiError(-4056, `${kind === "hmac" ? "HMAC_SHA256" : "RSA"} API key is not supported.`);
      session.key = call.key;
      session.authorizedSince = call.received;
      return statusView(session, clock, call);
    },
  });

  const status = operation({
    summary: "Shows what the connection is logged on with.",
    socket: "session.status",
    weight: 2,
    parameters: {},
    run: (_, call) => statusView(sessionOf(call), clock, call),
  });

  const logOut = operation({
    summary: "Logs the connection off; it stays open.",
    socket: "session.logout",
    weight: 2,
    parameters: {},
    run(_, call) {
      sessionOf(call).logOut();
      return statusView(sessionOf(call), clock, call);
    },
  });

  const subscribe = operation({
    summary: "Subscribes to the events of the account that the connection is logged on with.",
    socket: "userDataStream.subscribe",
    weight: 2,
    parameters: {},
    run(_, call) {
      const session = sessionOf(call);
      if (session.key === undefined) throw new ApiError(-1002, "You are not authorized to execute this request.", 401);
      return { subscriptionId: session.subscribe(session.key, true) };
    },
  });

  const subscribeSigned = operation({
    summary: "Subscribes to the events of the account whose key signed the request.",
    socket: "userDataStream.subscribe.signature",
    security: "read",
    weight: 2,
    parameters: {},
    run: (_, call) => ({ subscriptionId: sessionOf(call).subscribe(call.key!, false) }),
  });

  const unsubscribe = operation({
    summary: "Ends one subscription, or all of the connection.",
    socket: "userDataStream.unsubscribe",
    weight: 2,
    parameters: { subscriptionId: optional(parameter.integer("Which one; all when absent.")) },
    run({ subscriptionId }, call) {
      sessionOf(call).unsubscribe(subscriptionId);
      return {};
    },
  });

  const subscriptions = operation({
    summary: "Lists the subscriptions of the connection.",
    socket: "session.subscriptions",
    weight: 2,
    parameters: {},
    run: (_, call) =>
      sessionOf(call)
        .subscriptionIds()
        .map((subscriptionId) => ({ subscriptionId })),
  });

  const listenKey = parameter.opaque("The listen key.");

  const openKey = operation({
    summary: "Opens a listen key: a stream name with the account's events. It lasts an hour from its last use.",
    rest: ["POST /api/v3/userDataStream", "POST /api/v1/userDataStream"],
    socket: "userDataStream.start",
    security: "key",
    weight: 2,
    parameters: {},
    run: (_, call) => ({ listenKey: listenKeys.open(call.account, call.key!.apiKey) }),
  });

  const renewKey = operation({
    summary: "Renews a listen key.",
    rest: ["PUT /api/v3/userDataStream", "PUT /api/v1/userDataStream"],
    socket: "userDataStream.ping",
    security: "key",
    weight: 2,
    parameters: { listenKey },
    run(values, call) {
      listenKeys.renew(values.listenKey, call.account);
      return {};
    },
  });

  const closeKey = operation({
    summary: "Closes a listen key.",
    rest: ["DELETE /api/v3/userDataStream", "DELETE /api/v1/userDataStream"],
    socket: "userDataStream.stop",
    security: "key",
    weight: 2,
    parameters: { listenKey },
    run(values, call) {
      listenKeys.close(values.listenKey, call.account);
      return {};
    },
  });

  return [logOn, status, logOut, subscribe, subscribeSigned, unsubscribe, subscriptions, openKey, renewKey, closeKey];
}
