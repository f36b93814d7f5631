import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert";
import { generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readNotice } from "../../../../workloads/services/notification";
import { createUsers } from "../../../../workloads/services/users";
import { openFileSecrets } from "../../../../workloads/stores/secrets";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";
import { until } from "../until";

describe("users", () => {
  let folder: string;
  let sql: Sql;
  let users: Awaited<ReturnType<typeof createUsers>>;
  let now: number;

  const start = () => createUsers({ sql, secrets: openFileSecrets(join(folder, "secrets")), refreshMs: 10, now: () => now });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "users-"));
    sql = openSqlite(join(folder, "users.db"));
    now = 1_700_000_000_000;
    users = await start();
  });
  afterEach(async () => {
    await users.close();
    await sql.close();
    rmSync(folder, { recursive: true });
  });

  const text = (key: ReturnType<typeof users.findKey>) =>
    key?.verification.kind === "hmac" ? key.verification.secret.export().toString() : undefined;

  it("number accounts from 1000 and find them by name", async () => {
    deepStrictEqual(await users.createAccount("alice"), { account: 1_000 });
    deepStrictEqual(await users.createAccount("bob"), { account: 1_001 });
    strictEqual(await users.accountNamed("bob"), 1_001);
    await rejects(users.createAccount("bob"), /"bob" is taken/);
    await rejects(users.createAccount(""), /got 0 characters, expected 1 to 64/);
  });

  it("issue HMAC keys that work at once and after a restart, with secrets that are never stored in the clear", async () => {
    const { account } = await users.createAccount("alice");
    const { apiKey, secretKey } = await users.createHmacKey(account, "bot", ["read", "trade"]);
    match(apiKey, /^[A-Za-z0-9]{64}$/);
    match(secretKey, /^[A-Za-z0-9]{64}$/);
    strictEqual(text(users.findKey(apiKey)), secretKey);
    deepStrictEqual([...(users.findKey(apiKey)?.permissions ?? [])], ["read", "trade"]);
    await users.close();
    users = await start();
    strictEqual(text(users.findKey(apiKey)), secretKey);
    for (const file of ["users.db", "users.db-wal"]) ok(!readFileSync(join(folder, file)).includes(secretKey), `${file} holds the secret`);
    deepStrictEqual(await users.keys(account), [{ apiKey, label: "bot", permissions: ["read", "trade"], createdAt: now }]);
  });

  it("tell of each new or changed key without naming it, and keep it when nobody can be told", async () => {
    const { account } = await users.createAccount("alice");
    await users.close();
    const [notices, errors]: string[][] = [[], []];
    let reachable = true;
    const publish = async (body: string) => {
      if (!reachable) throw new Error("no queue");
      notices.push(body);
    };
    const onError = (error: Error) => errors.push(error.message);
    users = await createUsers({ sql, secrets: openFileSecrets(join(folder, "secrets")), now: () => now, notices: { publish }, onError });
    const { apiKey, secretKey } = await users.createHmacKey(account, "bot", ["read", "trade"]);
    const notice = readNotice(notices[0]);
    deepStrictEqual(
      { ...notice, id: "" },
      { id: "", kind: "apiKeyCreated", account, time: now, label: "bot", permissions: ["read", "trade"] },
    );
    ok(!notices[0].includes(apiKey) && !notices[0].includes(secretKey));
    await users.changeKey(apiKey, { permissions: ["withdraw"] });
    await users.changeKey(apiKey, { permissions: ["withdraw"] });
    const changed = readNotice(notices[1]);
    deepStrictEqual({ ...changed, id: "" }, { ...notice, id: "", kind: "apiKeyChanged", permissions: ["withdraw"] });
    reachable = false;
    const second = await users.createHmacKey(account, "bot", ["read"]);
    ok(users.findKey(second.apiKey) !== undefined);
    deepStrictEqual([notices.length, errors], [2, [`users: cannot tell account ${account} of its new API key: no queue`]]);
  });

  it("do not start with another master key than the secrets were sealed with", async () => {
    const { account } = await users.createAccount("alice");
    await users.createHmacKey(account, "bot", ["read"]);
    rmSync(join(folder, "secrets"), { recursive: true });
    await rejects(start(), /cannot be opened with this master key/);
  });

  it("do not open a sealed secret that was moved to another key", async () => {
    const { account } = await users.createAccount("alice");
    const [one, two] = [await users.createHmacKey(account, "1", ["read"]), await users.createHmacKey(account, "2", ["read"])];
    const db = sql.database<{ api_key: { api_key: string; material: string } }>();
    const { material } = await db.selectFrom("api_key").select("material").where("api_key", "=", one.apiKey).executeTakeFirstOrThrow();
    await db.updateTable("api_key").set({ material }).where("api_key", "=", two.apiKey).execute();
    await rejects(start(), new RegExp(`sealed secret of ${two.apiKey}`));
  });

  it("do not start when others may read the master key", async () => {
    chmodSync(join(folder, "secrets", "users", "master-key"), 0o644);
    await rejects(start(), /open to others \(mode 644\): run chmod 600/);
  });

  it("accept Ed25519 and RSA public keys and nothing else", async () => {
    const { account } = await users.createAccount("alice");
    const pem = ({ publicKey }: { publicKey: KeyObject }) => publicKey.export({ type: "spki", format: "pem" }).toString();
    const ed25519 = generateKeyPairSync("ed25519");
    const { apiKey } = await users.registerPublicKey(account, "signer", pem(ed25519), ["trade"]);
    const { verification } = users.findKey(apiKey) ?? {};
    const signature = sign(null, Buffer.from("x"), ed25519.privateKey);
    ok(verification?.kind === "ed25519" && verify(null, Buffer.from("x"), verification.publicKey, signature));
    await users.registerPublicKey(account, "rsa", pem(generateKeyPairSync("rsa", { modulusLength: 2048 })), ["trade"]);

    const refused = (key: string) => users.registerPublicKey(account, "x", key, ["trade"]);
    await rejects(refused(ed25519.privateKey.export({ type: "pkcs8", format: "pem" }).toString()), /got a private key/);
    await rejects(refused("hello"), /not PEM text/);
    await rejects(refused(pem(generateKeyPairSync("rsa", { modulusLength: 1024 }))), /1024 bits, expected at least 2048/);
    await rejects(refused(pem(generateKeyPairSync("ec", { namedCurve: "P-256" }))), /got ec, expected ed25519 or rsa/);
  });

  it("kill a revoked key here at once and in other processes within the refresh interval", async () => {
    const other = await start();
    const { account } = await users.createAccount("alice");
    const { apiKey } = await users.createHmacKey(account, "bot", ["read"]);
    await until(() => other.findKey(apiKey) !== undefined);
    now += 1_000;
    await users.revokeKey(apiKey);
    strictEqual(users.findKey(apiKey), undefined);
    await until(() => other.findKey(apiKey) === undefined);
    await other.close();
    deepStrictEqual(await users.keys(account), []);
    await rejects(users.revokeKey("nobody's"), /"nobody's" is not known/);
  });

  it("change what a key may do, and from where, here at once and in other processes within the refresh interval", async () => {
    const other = await start();
    const { account } = await users.createAccount("alice");
    const { apiKey, secretKey } = await users.createHmacKey(account, "bot", ["read"]);
    await until(() => other.findKey(apiKey) !== undefined);
    const seen = (from: typeof users) => {
      const key = from.findKey(apiKey);
      return [[...(key?.permissions ?? [])], key?.allowedAddresses];
    };
    // Within the same millisecond as its making: no clock tells the two apart.
    await users.changeKey(apiKey, { permissions: ["read", "trade"] });
    deepStrictEqual(seen(users), [["read", "trade"], []]);
    await until(() => other.findKey(apiKey)!.permissions.has("trade"));
    now += 1_000;
    await users.changeKey(apiKey, { allowedAddresses: ["192.0.2.1"] });
    await until(() => other.findKey(apiKey)!.allowedAddresses.length === 1);
    deepStrictEqual(seen(other), [["read", "trade"], ["192.0.2.1"]]);
    strictEqual(text(other.findKey(apiKey)), secretKey);
    await users.changeKey(apiKey, { permissions: ["read", "trade"], allowedAddresses: ["192.0.2.1"] });
    await other.close();

    const db = sql.database<{ key_audit: { action: string; detail: string } }>();
    const audit = await db.selectFrom("key_audit").selectAll().where("action", "=", "change").execute();
    deepStrictEqual(
      audit.map(({ detail }) => JSON.parse(detail)).map(({ permissions, allowed_addresses }) => [permissions, allowed_addresses]),
      [
        ['["read","trade"]', "[]"],
        ['["read","trade"]', '["192.0.2.1"]'],
      ],
    );
    await rejects(users.changeKey(apiKey, { allowedAddresses: ["everywhere"] }), /got "everywhere", expected an IPv4/);
    await rejects(users.changeKey("nobody's", { permissions: [] }), /"nobody's" is not known/);
    await users.revokeKey(apiKey);
    await rejects(users.changeKey(apiKey, { permissions: [] }), /is revoked/);
    strictEqual(users.findKey(apiKey), undefined);
  });

  it("treat an expired key as unknown and carry the allowed addresses", async () => {
    const { account } = await users.createAccount("alice");
    const limits = { expiresAt: now + 1_000, allowedAddresses: ["10.0.0.1", "::1"] };
    const { apiKey } = await users.createHmacKey(account, "bot", ["read"], limits);
    deepStrictEqual(users.findKey(apiKey)?.allowedAddresses, ["10.0.0.1", "::1"]);
    now += 1_000;
    strictEqual(users.findKey(apiKey), undefined);
    await rejects(
      users.createHmacKey(account, "bot", ["read"], { allowedAddresses: ["10.0.0.300"] }),
      /got "10.0.0.300", expected an IPv4/,
    );
    await rejects(users.createHmacKey(account, "bot", ["read"], { expiresAt: now }), /expected a later time/);
    await rejects(users.createHmacKey(7, "bot", ["read"]), /account: 7 does not exist/);
  });

  it("record who got and lost which key, without the secret", async () => {
    const { account } = await users.createAccount("alice");
    const { apiKey, secretKey } = await users.createHmacKey(account, "bot", ["withdraw"]);
    now += 5;
    await users.revokeKey(apiKey);
    await users.revokeKey(apiKey);
    const db = sql.database<{ key_audit: { at: number; action: string; api_key: string; account: number; detail: string } }>();
    const rows = await db.selectFrom("key_audit").selectAll().orderBy("at").execute();
    deepStrictEqual(
      rows.map((row) => [row.action, row.api_key, row.account, row.at - now]),
      [
        ["create", apiKey, account, -5],
        ["revoke", apiKey, account, 0],
      ],
    );
    ok(!JSON.stringify(rows).includes(secretKey));
  });
});
