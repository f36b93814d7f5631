import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthorizer, type OriginValues, originsOfFile } from "../../../workloads/functions/authorizer";
import type { KeyLimits, KeyPermission } from "../../../workloads/services/ports";
import { createUsers, type RunningUsers } from "../../../workloads/services/users";
import { openFileSecrets } from "../../../workloads/stores/secrets";
import { openSqlite, type Sql } from "../../../workloads/stores/sql";
import { authorizerEvent } from "./authorizer-event";

const origin = "0123456789abcdef0123456789abcdef";
const nextOrigin = "fedcba9876543210fedcba9876543210";
/** An interval that no test lives to see, as timers of a frozen function stand still. */
const frozenMs = 1_000_000;

describe("the authorizer", () => {
  let folder: string;
  let sql: Sql;
  let users: RunningUsers;
  let elsewhere: RunningUsers;
  let now: number;
  let originFile: string;
  let origins: OriginValues;
  let decide: ReturnType<typeof createAuthorizer>;
  let account: number;

  const open = () => createUsers({ sql, secrets: openFileSecrets(join(folder, "secrets")), refreshMs: frozenMs, now: () => now });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "authorizer-"));
    sql = openSqlite(join(folder, "users.db"));
    now = 1_700_000_000_000;
    originFile = join(folder, "origin");
    writeFileSync(originFile, `${origin}\n`);
    origins = originsOfFile(originFile);
    users = await open();
    elsewhere = await open();
    decide = createAuthorizer({ users, origins, now: () => now });
    ({ account } = await elsewhere.createAccount("alice"));
  });
  afterEach(async () => {
    await users.close();
    await elsewhere.close();
    await sql.close();
    rmSync(folder, { recursive: true });
  });

  const newKey = (permissions: KeyPermission[] = ["read", "trade"], limits?: KeyLimits) =>
    elsewhere.createHmacKey(account, "bot", permissions, limits);
  const hmac = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex");
  const header = (key: { apiKey: string; secretKey: string }, more = "", timestamp = now) => {
    const text = `apiKey=${key.apiKey}&timestamp=${timestamp}${more}`;
    return `Bourse ${text}&signature=${hmac(key.secretKey, text)}`;
  };
  const allowed = async (authorization: string, forwarded?: string) =>
    (await decide(authorizerEvent(origin, authorization, forwarded))).isAuthorized;

  it("lets anybody register who comes through CloudFront, and nobody else", async () => {
    deepStrictEqual(await decide(authorizerEvent(origin)), { isAuthorized: true });
    for (const wrong of [nextOrigin, "", origin.slice(1), `${origin},${origin}`, `${origin}\n`]) {
      deepStrictEqual(await decide(authorizerEvent(wrong)), { isAuthorized: false }, wrong);
    }
  });

  it("takes the old and the new value of the origin header while it changes, and the old one no longer after that", async () => {
    strictEqual((await decide(authorizerEvent(nextOrigin))).isAuthorized, false);
    writeFileSync(originFile, `${origin}\n${nextOrigin}`);
    now += 5_000;
    for (const value of [origin, nextOrigin]) strictEqual((await decide(authorizerEvent(value))).isAuthorized, true);
    writeFileSync(originFile, nextOrigin);
    now += 5_000;
    strictEqual((await decide(authorizerEvent(origin))).isAuthorized, false);
    strictEqual((await decide(authorizerEvent(nextOrigin))).isAuthorized, true);
  });

  it("rejects, so that nobody passes, when the origin's values are short, none or more than three", async () => {
    for (const text of ["", "short", `${origin}\nshort`, `${origin}\n${nextOrigin}\n${origin}\n${origin}`]) {
      writeFileSync(originFile, text);
      await rejects(decide(authorizerEvent(origin)), /origin: got .* expected one to 3 of at least 32/);
    }
    rmSync(originFile);
    await rejects(decide(authorizerEvent(origin)), /ENOENT/);
  });

  it("tells services who signed, for HMAC and Ed25519 keys", async () => {
    const key = await newKey();
    const context = { account, apiKey: key.apiKey, permissions: "read,trade" };
    deepStrictEqual(await decide(authorizerEvent(origin, header(key))), { isAuthorized: true, context });

    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const { apiKey } = await elsewhere.registerPublicKey(account, "desk", pem, ["read"]);
    now += 2_000;
    const text = `apiKey=${apiKey}&timestamp=${now}`;
    const signature = encodeURIComponent(sign(null, Buffer.from(text), privateKey).toString("base64"));
    const decision = await decide(authorizerEvent(origin, `Bourse ${text}&signature=${signature}`));
    deepStrictEqual(decision, { isAuthorized: true, context: { account, apiKey, permissions: "read" } });
  });

  it("refuses a right signature without the origin header", async () => {
    const key = await newKey();
    deepStrictEqual(await decide(authorizerEvent(nextOrigin, header(key))), { isAuthorized: false });
  });

  it("refuses other schemes, unsigned keys, signatures by another secret, parameters that were not signed or are there twice", async () => {
    const [key, other] = [await newKey(), await newKey()];
    const good = header(key);
    strictEqual(await allowed(good), true);
    const wrong = [
      "",
      "Bourse ",
      good.replace("Bourse", "Bearer"),
      `Bourse apiKey=${key.apiKey}&timestamp=${now}`,
      header({ apiKey: key.apiKey, secretKey: other.secretKey }),
      `${good}&recvWindow=60000`,
      header(key, `&apiKey=${other.apiKey}`),
      header({ ...key, apiKey: "unknown-key" }),
    ];
    for (const authorization of wrong) strictEqual(await allowed(authorization), false, authorization);
  });

  it("refuses what was signed too long ago or ahead of the clock, within the window that the caller chose", async () => {
    const key = await newKey();
    const cases: [timestamp: number, more: string, expected: boolean][] = [
      [now - 5_000, "", true],
      [now - 5_001, "", false],
      [now + 999, "", true],
      [now + 1_000, "", false],
      [now - 60_000, "&recvWindow=60000", true],
      [now, "&recvWindow=60001", false],
      [now, "&recvWindow=-1", false],
    ];
    for (const [timestamp, more, expected] of cases) {
      strictEqual(await allowed(header(key, more, timestamp)), expected, `${timestamp - now} ms${more}`);
    }
  });

  it("refuses keys that may not read, that have expired, and addresses that a key is not for", async () => {
    const trader = await newKey(["trade"]);
    const brief = await newKey(["read"], { expiresAt: now + 1_000 });
    const bound = await newKey(["read"], { allowedAddresses: ["203.0.113.7"] });
    strictEqual(await allowed(header(trader)), false);
    strictEqual(await allowed(header(brief)), true);
    strictEqual(await allowed(header(bound)), true);
    strictEqual(await allowed(header(bound), "203.0.113.8, 64.252.64.1"), false);
    // What a caller wrote itself comes before what CloudFront adds.
    strictEqual(await allowed(header(bound), "203.0.113.7, 203.0.113.8, 64.252.64.1"), false);
    strictEqual(await allowed(header(bound), "203.0.113.7"), false);
    now += 1_000;
    strictEqual(await allowed(header(brief)), false);
  });

  it("knows of keys that another process made or revoked while the function was frozen", async () => {
    await decide(authorizerEvent(origin));
    const key = await newKey();
    now += 2_000;
    strictEqual(await allowed(header(key)), true);
    now += 3_600_000;
    await elsewhere.revokeKey(key.apiKey);
    strictEqual(await allowed(header(key)), false);
  });

  it("rejects when the table of keys cannot be read, instead of deciding by what it knew", async () => {
    const key = await newKey();
    strictEqual(await allowed(header(key)), true);
    now += 2_000;
    users.refresh = async () => {
      throw new Error("connection refused");
    };
    await rejects(allowed(header(key)), /connection refused/);
  });

  it("rejects events of another format", async () => {
    const event = { ...authorizerEvent(origin), version: "1.0" } as never;
    await rejects(decide(event), /payload format 2.0/);
    await rejects(decide({ ...authorizerEvent(origin), identitySource: [] }), /one or two identity sources/);
  });
});
