import { deepStrictEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readNotice } from "../../../../workloads/services/notification";
import {
  createSessions,
  createUsers,
  type RunningUsers,
  type Sessions,
  SignInRefused,
  TooManySignIns,
} from "../../../../workloads/services/users";
import { openFileSecrets } from "../../../../workloads/stores/secrets";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";

const password = "correct horse battery";
/** Cheap, so that many guesses take no time. */
const cost = { N: 2 ** 10, r: 8, p: 1 };
const caller = { remoteAddress: "192.0.2.1", userAgent: "terminal" };

describe("sessions of users", function () {
  this.timeout(60_000);
  let folder: string;
  let sql: Sql;
  let users: RunningUsers;
  let sessions: Sessions;
  let now: number;
  let told: string[];
  let account: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sessions-"));
    sql = openSqlite(join(folder, "users.db"));
    [now, told] = [1_700_000_000_000, []];
    users = await createUsers({ sql, secrets: openFileSecrets(join(folder, "secrets")), now: () => now });
    sessions = await createSessions({ sql, notices: { publish: async (body) => void told.push(body) }, now: () => now, cost });
    account = (await users.createAccount("alice")).account;
    await sessions.setPassword(account, password);
  });
  afterEach(async () => {
    await users.close();
    await sql.close();
    rmSync(folder, { recursive: true });
  });

  it("are opened by name and password, last twelve hours, and end when they are told to", async () => {
    const { token, expiresAt, ...rest } = await sessions.signIn("alice", password, caller);
    deepStrictEqual([rest, expiresAt], [{ account }, now + 12 * 3_600_000]);
    equal(await sessions.account(token), account);
    const other = await sessions.signIn("alice", password, caller);
    await sessions.signOut(token);
    deepStrictEqual([await sessions.account(token), await sessions.account(other.token)], [undefined, account]);
    now = other.expiresAt;
    equal(await sessions.account(other.token), undefined);
  });

  it("are told of to the account, once each, without the token", async () => {
    const { token } = await sessions.signIn("alice", password, caller);
    await sessions.signIn("alice", password, caller);
    const notices = told.map(readNotice);
    deepStrictEqual(
      notices.map(({ kind, account: of }) => [kind, of]),
      [
        ["login", account],
        ["login", account],
      ],
    );
    equal(new Set(notices.map(({ id }) => id)).size, 2);
    ok(!told.join().includes(token));
  });

  it("are refused in the same words to a wrong password and to an unknown name, and open no session", async () => {
    const messages = await Promise.all(
      [
        ["alice", "wrong password 1"],
        ["mallory", password],
      ].map(([name, word]) =>
        sessions.signIn(name, word, caller).then(
          () => "",
          (error: Error) => (error instanceof SignInRefused ? error.message : ""),
        ),
      ),
    );
    deepStrictEqual(messages, ["name or password are wrong", "name or password are wrong"]);
    deepStrictEqual(told, []);
  });

  it("stay closed to the right password for a while after five wrong ones, and open again then", async () => {
    for (let guess = 0; guess < 5; guess++) await rejects(sessions.signIn("alice", `wrong password ${guess}`, caller), SignInRefused);
    await rejects(sessions.signIn("alice", password, caller), SignInRefused);
    now += 1_001;
    await sessions.signIn("alice", password, caller);
    // The count began anew.
    await rejects(sessions.signIn("alice", "wrong password", caller), SignInRefused);
    await sessions.signIn("alice", password, caller);
  });

  it("end with a new password, which must be long enough", async () => {
    const { token } = await sessions.signIn("alice", password, caller);
    await rejects(sessions.setPassword(account, "short"), /password: got 5 characters, expected 12 to 256/);
    equal(await sessions.account(token), account);
    await sessions.setPassword(account, "another long password");
    equal(await sessions.account(token), undefined);
    await rejects(sessions.signIn("alice", password, caller), SignInRefused);
    await rejects(sessions.setPassword(4_711, password), /account: 4711 does not exist/);
  });

  it("leave neither password nor token in the rows", async () => {
    const { token } = await sessions.signIn("alice", password, caller);
    for (const file of ["users.db", "users.db-wal"]) {
      const bytes = readFileSync(join(folder, file));
      ok(!bytes.includes(password) && !bytes.includes(token), file);
    }
  });

  it("are opened by a password that was set when hashes cost something else", async () => {
    const dearer = await createSessions({ sql, now: () => now, cost: { N: 2 ** 11, r: 8, p: 2 } });
    equal((await dearer.signIn("alice", password, caller)).account, account);
    await dearer.setPassword(account, "another long password");
    equal((await sessions.signIn("alice", "another long password", caller)).account, account);
  });

  it("refuse whoever comes when too many sign in at once, and answer all others", async () => {
    const attempts = Array.from({ length: 70 }, () =>
      sessions.signIn("nobody", password, caller).catch((error: Error) => error.constructor),
    );
    const outcomes = await Promise.all(attempts);
    const busy = outcomes.filter((outcome) => outcome === TooManySignIns).length;
    ok(busy >= 1 && busy <= 2, `${busy} were turned away`);
    equal(outcomes.filter((outcome) => outcome === SignInRefused).length, 70 - busy);
  });
});
