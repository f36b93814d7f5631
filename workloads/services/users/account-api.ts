/**
 * `/account/v1`: what a user does with an account of the exchange, signed in by a session. Requests come through the load balancer behind API Gateway, and each is authenticated here
 * whatever stands before. Signing requests with an API key is the exchange's API, not this one.
 *
 * | | |
 * |---|---|
 * | POST `/account/v1/users` | `{ name, password, address }`: registers, and mails a code to the address; 201 with the account |
 * | POST `/account/v1/confirmations` | `{ code }`: takes the address over, and opens the account with its first; 200 with the account |
 * | POST `/account/v1/sessions` | `{ name, password }`: signs in; 201 with `token`, sent as `Authorization: Bearer <token>` from then on, and `expiresAt` |
 * | GET, DELETE `/account/v1/session` | the account of the session; signs out |
 * | PUT `/account/v1/password` | changes it and ends all sessions |
 * | PUT `/account/v1/address` | `{ address }`: mails a code to it, once a minute; the address before is told when the code comes back |
 * | GET, POST `/account/v1/keys`, PATCH, DELETE `/account/v1/keys/<apiKey>` | API keys; what they may do can be changed |
 * | GET `/account/v1/ping` | answers while requests are taken |
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { KeyChange, KeyPermission, Users } from "../ports";
import type { Confirmations } from "./confirmations";
import { bodyOf, RequestFault } from "./request-body";
import type { Caller, Sessions } from "./sessions";

export interface AccountApiDeps {
  users: Pick<Users, "keys" | "createHmacKey" | "registerPublicKey" | "changeKey" | "revokeKey">;
  sessions: Sessions;
  confirmations: Confirmations;
  register(request: FastifyRequest, reply: FastifyReply): Promise<{ account: number }>;
  /** @throws RequestFault of 401 when the request shows no open session */
  sessionOf(request: FastifyRequest): Promise<{ account: number }>;
  signOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
}

/** The header in which CloudFront's function tells who calls; what a client writes into it is overwritten there. */
const viewerHeader = "x-bourse-viewer";

export function addAccountApi(app: FastifyInstance, deps: AccountApiDeps): void {
  const { users, sessions, confirmations } = deps;
  app.addHook("onSend", async ({ url }, reply) => {
    // Answers are of one user and may hold a secret.
    if (url.startsWith("/account/v1/")) reply.header("cache-control", "no-store");
  });
  app.get("/account/v1/ping", async () => ({}));
  app.post("/account/v1/users", deps.register);
  app.post("/account/v1/confirmations", (request) => confirmations.confirm(bodyOf(request, "confirmation").code));
  app.post("/account/v1/sessions", async (request, reply) => {
    const { name, password } = bodyOf(request, "credentials");
    reply.status(201);
    return sessions.signIn(name, password, callerOf(request));
  });
  app.get("/account/v1/session", deps.sessionOf);
  app.delete("/account/v1/session", deps.signOut);

  /** A route for those who have signed in. */
  const signedIn = (
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    status: number,
    answer: (account: number, request: FastifyRequest) => Promise<unknown>,
  ) =>
    app.route({
      method,
      url: `/account/v1${path}`,
      handler: async (request, reply) => {
        const { account } = await deps.sessionOf(request);
        const answered = await answer(account, request);
        return reply.status(status).send(answered);
      },
    });
  signedIn("PUT", "/password", 204, (account, request) => sessions.setPassword(account, bodyOf(request, "password").password));
  signedIn("PUT", "/address", 202, (account, request) => confirmations.ask(account, bodyOf(request, "address").address));
  signedIn("GET", "/keys", 200, (account) => users.keys(account));
  signedIn("POST", "/keys", 201, (account, request) => {
    const { label, permissions, publicKey, ...limits } = bodyOf(request, "key");
    if (publicKey !== undefined) return users.registerPublicKey(account, label, publicKey, permissions as KeyPermission[], limits);
    return users.createHmacKey(account, label, permissions as KeyPermission[], limits);
  });
  const ownKey = async (account: number, request: FastifyRequest) => {
    const { apiKey } = request.params as { apiKey: string };
    const own = (await users.keys(account)).some((key) => key.apiKey === apiKey);
    if (!own) throw new RequestFault(404, "the account has no such API key");
    return apiKey;
  };
  signedIn("PATCH", "/keys/:apiKey", 204, async (account, request) =>
    users.changeKey(await ownKey(account, request), bodyOf(request, "keyChange") as KeyChange),
  );
  signedIn("DELETE", "/keys/:apiKey", 204, async (account, request) => users.revokeKey(await ownKey(account, request)));
}

/** Who signs in, as the owner of the account is told. */
function callerOf({ headers, ip }: FastifyRequest): Caller {
  return { remoteAddress: String(headers[viewerHeader] ?? ip).slice(0, 45), userAgent: (headers["user-agent"] ?? "").slice(0, 500) };
}
