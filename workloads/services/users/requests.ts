/**
 * What the users process answers: JSON in and out, checked against a schema at the edge. Services of the exchange, who show a certificate of it, may ask anything of
 * any account. Clients come through the account API, whose load balancer shows none, and may ask what is below `/account/v1` (`account-api.ts`).
 */

import type { TLSSocket } from "node:tls";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { ServerTls } from "../../process/certificates";
import type { Counter } from "../../process/metrics";
import type { KeyChange, KeyPermission, Users } from "../ports";
import { ShardUnavailable } from "../trading/port";
import { addAccountApi } from "./account-api";
import { CodeRefused, type Confirmations, TooManyMails } from "./confirmations";
import { bodyOf, RequestFault, tokenOf } from "./request-body";
import { checkPassword, type Sessions, SignInRefused, TooManySignIns } from "./sessions";
import { traceRequests } from "./traced-requests";
import type { RunningUsers } from "./users";

export interface UsersRequestsDeps {
  users: Users & Pick<RunningUsers, "register">;
  sessions: Sessions;
  confirmations: Confirmations;
  /** Tells notification where an account's mails go, as a service of the exchange says. */
  setAddress(account: number, address: string): Promise<void>;
  /** Undefined: plain HTTP, for the loopback. */
  tls: ServerTls | undefined;
  requests: Counter;
  errors: Counter;
  refusedSignIns: Counter;
  onFault: (error: Error) => void;
}

/** Largest request body in bytes; the largest public key is below 8 KiB. */
const largestBody = 32_768;

export function usersRequests(deps: UsersRequestsDeps): FastifyInstance {
  const { users, sessions, requests, errors, refusedSignIns } = deps;
  const app: FastifyInstance = fastify({
    https: (deps.tls ? { ...deps.tls, minVersion: "TLSv1.2" } : null) as null,
    bodyLimit: largestBody,
    requestTimeout: 30_000,
    forceCloseConnections: "idle",
  });
  deps.tls?.renews?.(app.server, "TLSv1.2");
  traceRequests(app);
  app.addHook("onResponse", async (_, reply) => {
    requests.add();
    if (reply.statusCode >= 500 && reply.statusCode !== 503) errors.add();
  });
  app.setNotFoundHandler((_, reply) =>
    reply.status(404).send({ error: "there is no such path; see workloads/services/users/requests.ts" }),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    const status = statusOf(error);
    if (error instanceof SignInRefused) refusedSignIns.add();
    if (status === 500) deps.onFault(error);
    reply.status(status).send({ error: status === 500 ? "the request could not be answered" : error.message });
  });

  app.addHook("onRequest", async (request) => {
    if (deps.tls === undefined || request.url.startsWith("/account/v1/")) return;
    if ((request.raw.socket as TLSSocket).authorized) return;
    throw new RequestFault(403, "only services of the exchange may ask this: show a certificate of its authority");
  });

  /** @param address what is done with the mail address, which nobody has confirmed yet */
  const registerWith =
    (create: (name: string) => Promise<{ account: number }>, address: (account: number, mail: string) => Promise<void>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { name, password, address: mail } = bodyOf(request, "account");
      checkPassword(password);
      const { account } = await create(name);
      await sessions.setPassword(account, password);
      await address(account, mail);
      reply.status(201);
      return { account };
    };
  const register = registerWith(
    (name) => users.register(name),
    (account, mail) => deps.confirmations.ask(account, mail),
  );
  const sessionOf = async (request: FastifyRequest) => {
    const account = await sessions.account(tokenOf(request));
    if (account === undefined) throw new RequestFault(401, "the session is not open");
    return { account };
  };
  const signOut = async (request: FastifyRequest, reply: FastifyReply) => {
    await sessions.signOut(tokenOf(request));
    return reply.status(204).send();
  };

  addAccountApi(app, { ...deps, register, sessionOf, signOut });

  // A service answers for the address that it names, and opens the account in the shard itself.
  app.post(
    "/accounts",
    registerWith((name) => users.createAccount(name), deps.setAddress),
  );
  app.get("/accounts", async (request) => {
    const account = await users.accountNamed((request.query as { name?: string }).name ?? "");
    if (account === undefined) throw new RequestFault(404, "there is no account of that name");
    return { account };
  });
  app.put("/accounts/:account/password", async (request, reply) => {
    await sessions.setPassword(accountOf(request), bodyOf(request, "password").password);
    return reply.status(204).send();
  });
  app.put("/accounts/:account/address", async (request, reply) => {
    await deps.setAddress(accountOf(request), bodyOf(request, "address").address);
    return reply.status(204).send();
  });
  app.post("/accounts/:account/keys", async (request, reply) => {
    const { label, permissions, publicKey, ...limits } = bodyOf(request, "key");
    const account = accountOf(request);
    reply.status(201);
    if (publicKey !== undefined) return users.registerPublicKey(account, label, publicKey, permissions as KeyPermission[], limits);
    return users.createHmacKey(account, label, permissions as KeyPermission[], limits);
  });
  app.get("/accounts/:account/keys", (request) => users.keys(accountOf(request)));
  app.patch("/keys/:apiKey", async (request, reply) => {
    await users.changeKey((request.params as { apiKey: string }).apiKey, bodyOf(request, "keyChange") as KeyChange);
    return reply.status(204).send();
  });
  app.delete("/keys/:apiKey", async (request, reply) => {
    await users.revokeKey((request.params as { apiKey: string }).apiKey);
    return reply.status(204).send();
  });
  app.post("/sessions", async (request, reply) => {
    const { name, password, ...caller } = bodyOf(request, "session");
    reply.status(201);
    return sessions.signIn(name, password, caller);
  });
  app.get("/session", sessionOf);
  app.delete("/session", signOut);
  return app;
}

function statusOf(error: Error & { statusCode?: number }): number {
  if (error instanceof RequestFault) return error.status;
  if (error instanceof SignInRefused) return 401;
  if (error instanceof TooManySignIns || error instanceof ShardUnavailable) return 503;
  if (error instanceof CodeRefused) return 403;
  if (error instanceof TooManyMails) return 429;
  // The services throw these for what a caller can correct, in words for it.
  if (error instanceof TypeError) return 400;
  return error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
}

function accountOf(request: FastifyRequest): number {
  const { account } = request.params as { account: string };
  if (/^\d{1,15}$/.test(account)) return Number(account);
  throw new RequestFault(400, `account is ${JSON.stringify(account)}; it must be a whole number`);
}
