/** Registrations that nobody confirms: how long they hold their name, and what is left of them. */

import { deepStrictEqual, equal, notEqual, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Confirmations,
  createConfirmations,
  createSessions,
  createUsers,
  type RunningUsers,
  type Sessions,
} from "../../../../workloads/services/users";
import { openFileSecrets } from "../../../../workloads/stores/secrets";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";

const hour = 3_600_000;
const day = 24 * hour;
const password = "correct horse battery";

describe("a registration that nobody confirms", function () {
  this.timeout(60_000);
  let folder: string;
  let sql: Sql;
  let now: number;
  let users: RunningUsers;
  let sessions: Sessions;
  let confirmations: Confirmations;
  let codes: string[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "registrations-"));
    sql = openSqlite(join(folder, "users.db"));
    [now, codes] = [1_700_000_000_000, []];
    const notices = {
      publish: async (body: string) => {
        const { kind, code } = JSON.parse(body);
        if (kind === "addressConfirmation") codes.push(code);
      },
    };
    const clock = () => now;
    users = await createUsers({ sql, secrets: openFileSecrets(join(folder, "secrets")), now: clock });
    sessions = await createSessions({ sql, notices, cost: { N: 2 ** 10, r: 8, p: 1 }, now: clock });
    confirmations = await createConfirmations({ sql, notices, now: clock });
  });
  afterEach(async () => {
    await users.close();
    await sql.close();
    rmSync(folder, { recursive: true });
  });

  async function register(name: string): Promise<number> {
    const { account } = await users.register(name);
    await sessions.setPassword(account, password);
    await confirmations.ask(account, `${name}@example.com`);
    return account;
  }
  const caller = { remoteAddress: "192.0.2.1", userAgent: "test" };
  const signIn = () => sessions.signIn("alice", password, caller);
  const isTaken = () => rejects(users.register("alice"), { message: 'account name: "alice" is taken, choose another' });

  it("holds its name while a code is good, and an hour for one that comes at the last moment", async () => {
    await register("alice");
    now += day + hour - 1;
    await isTaken();
    now += 1;
    const { account } = await users.register("alice");
    equal(account, 1_001, "the number is not given again");
  });

  it("is told apart from a confirmed account by nobody who tries its name", async () => {
    await register("alice");
    const unconfirmed = await users.register("alice").catch((error: Error) => error.message);
    await confirmations.confirm(codes[0]);
    equal(await users.register("alice").catch((error: Error) => error.message), unconfirmed);
  });

  it("holds its name for ever once it is confirmed, and so does an account that needs not be", async () => {
    await register("alice");
    now += day - 1;
    await confirmations.confirm(codes[0]);
    await users.createAccount("house");
    now += 365 * day;
    await isTaken();
    await rejects(users.register("house"), /is taken/);
    equal((await signIn()).account, 1_000);
  });

  it("holds its name from the newest code on", async () => {
    const account = await register("alice");
    now += day;
    await confirmations.ask(account, "alice@example.org");
    now += day - 1;
    await isTaken();
    await confirmations.confirm(codes[1]);
    now += 10 * day;
    await isTaken();
  });

  it("leaves nothing to sign in with when its name is free again: no password, session, code or key", async () => {
    const account = await register("alice");
    const key = await users.createHmacKey(account, "bot", ["read", "trade"]);
    now += day + hour - 1;
    const { token } = await signIn();
    now += 1;
    const next = await register("bob");
    notEqual(next, account);
    equal(await users.accountNamed("alice"), undefined);
    await rejects(signIn(), { name: "SignInRefused" });
    equal(await sessions.account(token), undefined);
    await rejects(confirmations.confirm(codes[0]), { name: "CodeRefused" });
    await users.refresh();
    equal(users.findKey(key.apiKey), undefined);
    const audit = await sql
      .database<{ key_audit: { at: number; action: string; account: number } }>()
      .selectFrom("key_audit")
      .select(["at", "action", "account"])
      .orderBy("at")
      .execute();
    deepStrictEqual({ ...audit.at(-1) }, { at: now, action: "revoke", account });
  });

  it("loses its name to one of those who ask for it at the same time", async () => {
    await register("alice");
    now += day + hour;
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => users.register("alice")));
    deepStrictEqual(asked.map(({ status }) => status).sort(), ["fulfilled", "rejected", "rejected", "rejected", "rejected"]);
  });
});
