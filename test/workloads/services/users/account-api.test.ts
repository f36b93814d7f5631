/** The account API as a user's browser calls it: over HTTP, against the users and sessions of a real database. */

import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance, InjectOptions } from "fastify";
import { Counter } from "../../../../workloads/process/metrics";
import { ShardUnavailable } from "../../../../workloads/services/trading/port";
import { createConfirmations, createSessions, createUsers, type RunningUsers, type Sessions } from "../../../../workloads/services/users";
import { usersRequests } from "../../../../workloads/services/users/requests";
import { openFileSecrets } from "../../../../workloads/stores/secrets";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";

const password = "correct horse battery";
/** Cheap, so that many sign-ins take no time. */
const cost = { N: 2 ** 10, r: 8, p: 1 };
const alice = { name: "alice", password, address: "alice@example.com" };

describe("the account API", function () {
  this.timeout(60_000);
  let folder: string;
  let sql: Sql;
  let users: RunningUsers;
  let sessions: Sessions;
  let api: FastifyInstance;
  let addresses: [account: number, address: string][];
  let notices: { kind: string; remoteAddress?: string; account?: number; address?: string; code?: string }[];
  let opened: number[];
  let away: boolean;
  let counted: Record<"requests" | "errors" | "refusedSignIns", Counter>;
  let faults: Error[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "account-api-"));
    sql = openSqlite(join(folder, "users.db"));
    [addresses, notices, opened, faults, away] = [[], [], [], [], false];
    counted = { requests: new Counter(), errors: new Counter(), refusedSignIns: new Counter() };
    users = await createUsers({ sql, secrets: openFileSecrets(join(folder, "secrets")) });
    const topic = { publish: async (body: string) => void notices.push(JSON.parse(body)) };
    sessions = await createSessions({ sql, notices: topic, cost });
    const openAccount = async (account: number) => {
      if (away) throw new ShardUnavailable("nobody is there", "no");
      opened.push(account);
    };
    api = usersRequests({
      users,
      sessions,
      confirmations: await createConfirmations({ sql, notices: topic, openAccount }),
      setAddress: async (account, address) => void addresses.push([account, address]),
      tls: undefined,
      ...counted,
      onFault: (error) => void faults.push(error),
    });
  });
  afterEach(async () => {
    await api.close();
    await users.close();
    await sql.close();
    rmSync(folder, { recursive: true });
    deepStrictEqual(faults, []);
  });

  async function call(
    method: InjectOptions["method"],
    path: string,
    options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ) {
    const { token, body, headers = {} } = options;
    const answer = await api.inject({
      method,
      url: `/account/v1${path}`,
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    equal(answer.headers["cache-control"], "no-store");
    return { status: answer.statusCode, body: answer.body === "" ? undefined : answer.json() };
  }

  async function signIn(name = "alice", headers?: Record<string, string>): Promise<string> {
    const { status, body } = await call("POST", "/sessions", { body: { name, password }, headers });
    equal(status, 201);
    return body.token;
  }

  it("registers a user, who then signs in; the address is told to notification, and the account opened, once its code comes back", async () => {
    const { status, body } = await call("POST", "/users", { body: alice });
    equal(status, 201);
    deepStrictEqual([notices.length, notices[0].kind, notices[0].address, opened], [1, "addressConfirmation", alice.address, []]);
    const confirmed = await call("POST", "/confirmations", { body: { code: notices[0].code } });
    deepStrictEqual(confirmed, { status: 200, body: { account: body.account } });
    deepStrictEqual(opened, [body.account]);
    deepStrictEqual([notices[1].kind, notices[1].account, notices[1].address], ["addressChanged", body.account, alice.address]);
    deepStrictEqual(await call("GET", "/session", { token: await signIn() }), { status: 200, body: { account: body.account } });
  });

  it("takes a code once, and none that was made up; one that met an absent shard is good again", async () => {
    await call("POST", "/users", { body: alice });
    const { code } = notices[0];
    away = true;
    const later = await call("POST", "/confirmations", { body: { code } });
    deepStrictEqual([later.status, later.body.error, notices.length], [503, "nobody is there", 1]);
    away = false;
    equal((await call("POST", "/confirmations", { body: { code } })).status, 200);
    for (const wrong of [code, "made-up"]) {
      const { status, body } = await call("POST", "/confirmations", { body: { code: wrong } });
      equal(status, 403);
      match(body.error, /^the code is not good/);
    }
    equal(opened.length, 1);
  });

  it("changes an address when the new one is confirmed, and mails a code once a minute", async () => {
    await call("POST", "/users", { body: alice });
    await call("POST", "/confirmations", { body: { code: notices[0].code } });
    const token = await signIn();
    const address = "alice@example.org";
    equal((await call("PUT", "/address", { token, body: { address } })).status, 202);
    const again = await call("PUT", "/address", { token, body: { address } });
    deepStrictEqual([again.status, notices.filter(({ kind }) => kind === "addressConfirmation").length], [429, 2]);
    equal((await call("POST", "/confirmations", { body: { code: notices.at(-1)!.code } })).status, 200);
    deepStrictEqual([notices.at(-1)?.kind, notices.at(-1)?.address, opened.length], ["addressChanged", address, 1]);
    deepStrictEqual(addresses, []);
  });

  it("takes a name once, and none for a password that is too short", async () => {
    const short = await call("POST", "/users", { body: { ...alice, password: "short" } });
    deepStrictEqual([short.status, (await users.accountNamed("alice")) ?? "free"], [400, "free"]);
    match(short.body.error, /password: got 5 characters/);
    equal((await call("POST", "/users", { body: alice })).status, 201);
    equal((await call("POST", "/users", { body: alice })).status, 400);
  });

  it("refuses a wrong name as it refuses a wrong password, and counts both", async () => {
    await call("POST", "/users", { body: alice });
    const wrong = [
      await call("POST", "/sessions", { body: { name: "alice", password: "wrong horse battery" } }),
      await call("POST", "/sessions", { body: { name: "bob", password } }),
    ];
    deepStrictEqual(wrong[0], wrong[1]);
    equal(wrong[0].status, 401);
    equal(counted.refusedSignIns.take(), 2);
  });

  it("tells the owner from where somebody signed in, as CloudFront's function says", async () => {
    await call("POST", "/users", { body: alice });
    await signIn("alice", { "x-bourse-viewer": "203.0.113.7", "x-forwarded-for": "198.51.100.1" });
    equal(notices.at(-1)?.remoteAddress, "203.0.113.7");
  });

  it("does nothing without an open session: none, another's scheme, a made-up token, one that was signed out", async () => {
    await call("POST", "/users", { body: alice });
    const token = await signIn();
    equal((await call("DELETE", "/session", { token })).status, 204);
    const routes = [
      ["GET", "/session"],
      ["PUT", "/password"],
      ["PUT", "/address"],
      ["GET", "/keys"],
      ["POST", "/keys"],
      ["PATCH", "/keys/x"],
      ["DELETE", "/keys/x"],
    ] as const;
    for (const [method, path] of routes) {
      for (const headers of [
        {},
        { authorization: `Basic ${token}` },
        { authorization: "Bearer made-up" },
        { authorization: `Bearer ${token}` },
      ]) {
        const { status } = await call(method, path, { headers: headers as Record<string, string> });
        equal(status, 401, `${method} ${path} ${JSON.stringify(headers)}`);
      }
    }
    deepStrictEqual(notices.map(({ kind }) => kind).sort(), ["addressConfirmation", "login"], "only the registration's");
  });

  it("makes, lists, changes and revokes API keys: a secret shown once, or a public key that the user sends", async () => {
    await call("POST", "/users", { body: alice });
    const token = await signIn();
    const made = await call("POST", "/keys", {
      token,
      body: { label: "bot", permissions: ["read", "trade"], allowedAddresses: ["192.0.2.1"] },
    });
    equal(made.status, 201);
    match(made.body.secretKey, /^[A-Za-z0-9]{64}$/);
    const pem = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString();
    const registered = await call("POST", "/keys", { token, body: { label: "desk", permissions: ["read"], publicKey: pem } });
    deepStrictEqual([registered.status, Object.keys(registered.body)], [201, ["apiKey"]]);
    const listed = await call("GET", "/keys", { token });
    deepStrictEqual(listed.body.map(({ label }: { label: string }) => label).sort(), ["bot", "desk"]);
    ok(!JSON.stringify(listed.body).includes(made.body.secretKey));
    const path = `/keys/${made.body.apiKey}`;
    equal((await call("PATCH", path, { token, body: { permissions: ["read"] } })).status, 204);
    const changed = users.findKey(made.body.apiKey)!;
    deepStrictEqual([[...changed.permissions], changed.allowedAddresses], [["read"], ["192.0.2.1"]]);
    match((await call("PATCH", path, { token, body: { label: "other" } })).body.error, /body/);
    equal((await call("DELETE", path, { token })).status, 204);
    equal((await call("PATCH", path, { token, body: { permissions: ["read"] } })).status, 404);
    equal(users.findKey(made.body.apiKey), undefined);
    equal((await call("GET", "/keys", { token })).body.length, 1);
  });

  it("lets nobody list or revoke the keys of another account", async () => {
    await call("POST", "/users", { body: alice });
    await call("POST", "/users", { body: { ...alice, name: "bob" } });
    const [own, other] = [await signIn("alice"), await signIn("bob")];
    const { body } = await call("POST", "/keys", { token: own, body: { label: "bot", permissions: ["read"] } });
    deepStrictEqual((await call("GET", "/keys", { token: other })).body, []);
    equal((await call("DELETE", `/keys/${body.apiKey}`, { token: other })).status, 404);
    equal((await call("PATCH", `/keys/${body.apiKey}`, { token: other, body: { permissions: [] } })).status, 404);
    ok(users.findKey(body.apiKey));
  });

  it("ends every session of a user whose password changes", async () => {
    await call("POST", "/users", { body: alice });
    const [token, elsewhere] = [await signIn(), await signIn()];
    equal((await call("PUT", "/password", { token, body: { password: "another horse battery" } })).status, 204);
    for (const old of [token, elsewhere]) equal((await call("GET", "/session", { token: old })).status, 401);
    equal((await call("POST", "/sessions", { body: { name: "alice", password: "another horse battery" } })).status, 201);
  });

  it("refuses bodies that are not as documented, saying where", async () => {
    await call("POST", "/users", { body: alice });
    const token = await signIn();
    const cases: [method: "POST" | "PUT", path: string, body: unknown, said: RegExp][] = [
      ["POST", "/users", { ...alice, name: "bob", address: "nowhere" }, /\/address/],
      ["POST", "/users", { ...alice, name: "" }, /account name: got 0/],
      ["POST", "/users", { ...alice, name: "bob", account: 1 }, /\/account/],
      ["POST", "/sessions", { name: "alice" }, /password/],
      ["PUT", "/address", { address: "a@b@c" }, /\/address/],
      ["POST", "/keys", { label: "x", permissions: ["root"] }, /\/permissions/],
      ["POST", "/keys", { label: "x", permissions: ["read"], publicKey: "no key" }, /public key/],
      ["POST", "/keys", { label: "", permissions: ["read"] }, /label/],
    ];
    for (const [method, path, body, said] of cases) {
      const answer = await call(method, path, { token, body });
      equal(answer.status, 400, `${path} ${JSON.stringify(body)}`);
      match(answer.body.error, said);
    }
    equal((await call("GET", "/nothing", { token })).status, 404);
    equal(counted.errors.take(), 0);
  });

  it("answers the load balancer's check without a session, and counts what it answered", async () => {
    counted.requests.take();
    deepStrictEqual(await call("GET", "/ping"), { status: 200, body: {} });
    equal(counted.requests.take(), 1);
  });
});
