import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthorizer, originsOfFile, type PolicyDecision, type SimpleDecision } from "../../../workloads/functions/authorizer";
import { createSessions, createUsers, type RunningUsers, type Sessions } from "../../../workloads/services/users";
import { openFileSecrets } from "../../../workloads/stores/secrets";
import { openSqlite, type Sql } from "../../../workloads/stores/sql";
import { authorizerEvent, restAuthorizerEvent } from "./authorizer-event";

const origin = "0123456789abcdef0123456789abcdef";
const nextOrigin = "fedcba9876543210fedcba9876543210";
const password = "correct horse battery";
/** Cheap, so that many sign-ins take no time. */
const cost = { N: 2 ** 10, r: 8, p: 1 };
const caller = { remoteAddress: "192.0.2.1", userAgent: "browser" };
const login = "POST /account/v1/sessions";
const rest = "GET /account/v1/{proxy+}";

describe("the authorizer", () => {
  let folder: string;
  let sql: Sql;
  let users: RunningUsers;
  let sessions: Sessions;
  let now: number;
  let originFile: string;
  let decide: ReturnType<typeof createAuthorizer>;
  let account: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "authorizer-"));
    sql = openSqlite(join(folder, "users.db"));
    now = 1_700_000_000_000;
    originFile = join(folder, "origin");
    writeFileSync(originFile, `${origin}\n`);
    users = await createUsers({ sql, secrets: openFileSecrets(join(folder, "secrets")), now: () => now });
    sessions = await createSessions({ sql, now: () => now, cost });
    decide = createAuthorizer({ sessions, origins: originsOfFile(originFile), openRoutes: [login], now: () => now });
    ({ account } = await users.createAccount("alice"));
    await sessions.setPassword(account, password);
  });
  afterEach(async () => {
    await users.close();
    await sql.close();
    rmSync(folder, { recursive: true });
  });

  const signIn = async () => (await sessions.signIn("alice", password, caller)).token;
  const allowed = async (authorization: string) => ((await decide(authorizerEvent(origin, authorization))) as SimpleDecision).isAuthorized;
  const passes = async (value: string) => ((await decide(authorizerEvent(value))) as SimpleDecision).isAuthorized;

  it("lets anybody sign in who comes through CloudFront, and nobody else", async () => {
    deepStrictEqual(await decide(authorizerEvent(origin)), { isAuthorized: true });
    for (const wrong of [nextOrigin, "", origin.slice(1), `${origin},${origin}`, `${origin}\n`]) {
      deepStrictEqual(await decide(authorizerEvent(wrong)), { isAuthorized: false }, wrong);
    }
  });

  it("takes the old and the new value of the origin header while it changes, and the old one no longer after that", async () => {
    strictEqual(await passes(nextOrigin), false);
    writeFileSync(originFile, `${origin}\n${nextOrigin}`);
    now += 5_000;
    for (const value of [origin, nextOrigin]) strictEqual(await passes(value), true);
    writeFileSync(originFile, nextOrigin);
    now += 5_000;
    strictEqual(await passes(origin), false);
    strictEqual(await passes(nextOrigin), true);
  });

  it("rejects, so that nobody passes, when the origin's values are short, none or more than three", async () => {
    for (const text of ["", "short", `${origin}\nshort`, `${origin}\n${nextOrigin}\n${origin}\n${origin}`]) {
      writeFileSync(originFile, text);
      await rejects(decide(authorizerEvent(origin)), /origin: got .* expected one to 3 of at least 32/);
    }
    rmSync(originFile);
    await rejects(decide(authorizerEvent(origin)), /ENOENT/);
  });

  it("knows who has signed in, and refuses the token without the origin header", async () => {
    const token = await signIn();
    deepStrictEqual(await decide(authorizerEvent(origin, `Bearer ${token}`)), { isAuthorized: true, context: { account } });
    deepStrictEqual(await decide(authorizerEvent(nextOrigin, `Bearer ${token}`)), { isAuthorized: false });
  });

  it("refuses other schemes, made-up tokens, and sessions that ended while the function was frozen", async () => {
    const token = await signIn();
    for (const wrong of [
      "",
      "Bearer ",
      token,
      `Basic ${token}`,
      `bearer ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token} `,
      "Bearer ' or 1=1",
    ]) {
      strictEqual(await allowed(wrong), false, wrong);
    }
    strictEqual(await allowed(`Bearer ${token}`), true);
    now += 12 * 3_600_000;
    strictEqual(await allowed(`Bearer ${token}`), false);
    const other = await signIn();
    await sessions.signOut(other);
    strictEqual(await allowed(`Bearer ${other}`), false);
  });

  it("rejects when sessions cannot be read, instead of deciding by what it knew", async () => {
    const token = await signIn();
    sessions.account = async () => {
      throw new Error("connection refused");
    };
    await rejects(allowed(`Bearer ${token}`), /connection refused/);
  });

  it("answers a REST API with a policy for its stage, whatever the case of the headers' names", async () => {
    const token = await signIn();
    const stage = "arn:aws:execute-api:us-east-1:111122223333:abcdef123/v1/*";
    const decided = async (route: string, headers: Record<string, string>) => {
      const { policyDocument, context } = (await decide(restAuthorizerEvent(route, headers))) as PolicyDecision;
      const [{ Effect, Resource }] = policyDocument.Statement;
      return [Effect, Resource, context?.account];
    };
    deepStrictEqual(await decided(login, { "X-Bourse-Origin": origin }), ["Allow", stage, undefined]);
    deepStrictEqual(await decided(login, { "x-bourse-origin": nextOrigin }), ["Deny", stage, undefined]);
    deepStrictEqual(await decided(rest, { "x-bourse-origin": origin }), ["Deny", stage, undefined]);
    deepStrictEqual(await decided(rest, { "x-bourse-origin": origin, AUTHORIZATION: `Bearer ${token}` }), ["Allow", stage, account]);
    // What a stranger sends along must not be remembered against everybody who signs in.
    deepStrictEqual(await decided(login, { "x-bourse-origin": origin, authorization: "Bearer made-up" }), ["Allow", stage, undefined]);
  });

  it("rejects events of another format", async () => {
    const event = { ...authorizerEvent(origin), version: "1.0" } as never;
    await rejects(decide(event), /payload format 2.0/);
    await rejects(decide({ ...authorizerEvent(origin), identitySource: [] }), /one or two identity sources/);
  });
});
