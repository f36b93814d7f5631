/** Accounts and API keys. The usable keys are in memory, in the clear; changes made by other processes arrive within the refresh interval. */

import { createPublicKey, createSecretKey, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import type { Kysely } from "kysely";
import type { Secrets } from "../../stores/secrets";
import type { Sql } from "../../stores/sql";
import type { Topic } from "../../stores/topic";
import type { ApiKey, KeyChange, KeyLimits, KeyPermission, Users } from "../ports";
import { MASTER_KEY_BYTES, seal, unseal } from "./envelope";
import { keyAudit } from "./key-audit";
import { randomText, readPublicKey } from "./key-material";
import { heldUntil, releaseNames } from "./registrations";
import { type ApiKeyRow, migrations, type UsersTables } from "./rows";

export interface UsersDeps {
  sql: Sql;
  /** Holds the master key that wraps HMAC secrets; it is made on the first start. */
  secrets: Secrets;
  /**
   * Told of each new or changed API key, as `notices.ts` of the notification service reads it, once the key is stored; a crash just then loses the
   * notice, never the key. @default nobody is told
   */
  notices?: Topic;
  /** Milliseconds between looks for changes of other processes: within this time a revoked key is dead and a change in force everywhere. @default 2,000 */
  refreshMs?: number;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
  /** Told when the table could not be refreshed, or a notice not be sent. @default standard error */
  onError?: (error: Error) => void;
}

const MASTER_KEY = "users/master-key";
/** A change may commit this much later than its timestamp says, so each refresh looks back by it, in milliseconds. */
const LOOK_BACK_MS = 60_000;
/** The first account number; the ones below are the exchange's own. */
const FIRST_ACCOUNT = 1_000;
const MAX_NAME = 64;
/** Processes that create accounts at the same time are a few, so one of so many attempts finds a number that is free. */
const NUMBER_ATTEMPTS = 100;
const allPermissions: readonly KeyPermission[] = ["read", "trade", "withdraw"];

/** Users with a life of their own in this process. */
export interface RunningUsers extends Users {
  /** Like {@link createAccount}, for somebody whose mail address is still to be confirmed: else the name is free again in little more than a day. */
  register(name: string): Promise<{ account: number }>;
  /** Takes over at once what other processes changed since the last look; for a process whose timers may have stood still. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

class UsersService implements RunningUsers {
  private readonly db: Kysely<UsersTables>;
  private readonly keysInMemory = new Map<string, ApiKey & { source: string }>();
  private readonly now: () => number;
  private refreshedTo = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly deps: UsersDeps,
    private readonly masterKey: Buffer,
  ) {
    this.db = deps.sql.database<UsersTables>();
    this.now = deps.now ?? Date.now;
  }

  async start(): Promise<void> {
    await this.refresh();
    this.timer = setInterval(() => {
      this.refresh().catch((error: Error) => {
        const failure = new Error(`users: cannot refresh the table of API keys: ${error.message}`, { cause: error });
        (this.deps.onError ?? console.error)(failure);
      });
    }, this.deps.refreshMs ?? 2_000);
    this.timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
  }

  findKey(apiKey: string): ApiKey | undefined {
    const key = this.keysInMemory.get(apiKey);
    return key !== undefined && (key.expiresAt === 0 || key.expiresAt > this.now()) ? key : undefined;
  }

  createAccount(name: string): Promise<{ account: number }> {
    return this.addAccount(name, 0);
  }

  async register(name: string): Promise<{ account: number }> {
    return this.addAccount(name, heldUntil(this.now()));
  }

  /** @param confirmBy when the name is free again unless an address is confirmed before, 0 for never */
  private async addAccount(name: string, confirmBy: number): Promise<{ account: number }> {
    if (name.length === 0 || name.length > MAX_NAME) {
      throw new TypeError(`account name: got ${name.length} characters, expected 1 to ${MAX_NAME}`);
    }
    await releaseNames(this.db, this.now());
    // Somebody else may take the number between looking and inserting: then the next one is tried.
    for (let attempt = 0; attempt < NUMBER_ATTEMPTS; attempt++) {
      if ((await this.accountNamed(name)) !== undefined) throw new TypeError(`account name: "${name}" is taken, choose another`);
      const row = await this.db
        .insertInto("user_account")
        .values((query) => ({
          account: query
            .selectFrom("user_account")
            .select((select) => select.fn.coalesce(select(select.fn.max("account"), "+", 1), select.lit(FIRST_ACCOUNT)).as("next")),
          name,
          created_at: this.now(),
          confirm_by: confirmBy,
        }))
        .onConflict((conflict) => conflict.doNothing())
        .returning("account")
        .executeTakeFirst();
      if (row !== undefined) return { account: Number(row.account) };
    }
    throw new Error(`users: no number for a new account in ${NUMBER_ATTEMPTS} attempts`);
  }

  async accountNamed(name: string): Promise<number | undefined> {
    const row = await this.db.selectFrom("user_account").select("account").where("name", "=", name).executeTakeFirst();
    return row?.account;
  }

  async createHmacKey(account: number, label: string, permissions: KeyPermission[], limits?: KeyLimits) {
    const apiKey = randomText();
    const secretKey = randomText();
    const material = seal(this.masterKey, apiKey, Buffer.from(secretKey));
    await this.addKey({ apiKey, account, label, permissions, limits, kind: "hmac", material });
    return { apiKey, secretKey };
  }

  async registerPublicKey(account: number, label: string, pem: string, permissions: KeyPermission[], limits?: KeyLimits) {
    const { kind, publicKey } = readPublicKey(pem);
    const material = publicKey.export({ type: "spki", format: "pem" }).toString();
    const apiKey = randomText();
    await this.addKey({ apiKey, account, label, permissions, limits, kind, material });
    return { apiKey };
  }

  async revokeKey(apiKey: string): Promise<void> {
    const at = this.now();
    await this.db.transaction().execute(async (transaction) => {
      const row = await transaction.selectFrom("api_key").selectAll().where("api_key", "=", apiKey).executeTakeFirst();
      if (row === undefined) throw new TypeError(`API key: "${apiKey}" is not known`);
      if (row.revoked_at !== 0) return;
      await transaction.updateTable("api_key").set({ revoked_at: at, changed_at: at }).where("api_key", "=", apiKey).execute();
      await transaction
        .insertInto("key_audit")
        .values(keyAudit("revoke", row, at))
        .execute();
    });
    this.keysInMemory.delete(apiKey);
  }

  async changeKey(apiKey: string, change: KeyChange): Promise<void> {
    const at = this.now();
    const changed = await this.db.transaction().execute(async (transaction) => {
      const row = await transaction.selectFrom("api_key").selectAll().where("api_key", "=", apiKey).executeTakeFirst();
      if (row === undefined) throw new TypeError(`API key: "${apiKey}" is not known`);
      if (row.revoked_at !== 0) throw new TypeError(`API key: "${apiKey}" is revoked, make another`);
      const { permissions = JSON.parse(row.permissions), allowedAddresses = JSON.parse(row.allowed_addresses) } = change;
      checkKey(row.label, permissions, allowedAddresses, 0, at);
      const columns = { permissions: JSON.stringify(permissions), allowed_addresses: JSON.stringify(allowedAddresses), changed_at: at };
      const after = { ...row, ...columns };
      if (sourceOf(after) === sourceOf(row)) return undefined;
      await transaction.updateTable("api_key").set(columns).where("api_key", "=", apiKey).execute();
      const audit = keyAudit("change", after, at);
      await transaction.insertInto("key_audit").values(audit).execute();
      return { after, id: audit.id };
    });
    if (changed === undefined) return;
    const { after, id } = changed;
    this.keysInMemory.set(apiKey, this.keyFromRow(after));
    await this.tell("apiKeyChanged", id, { ...after, permissions: JSON.parse(after.permissions) }, at);
  }

  async keys(account: number) {
    const query = this.db.selectFrom("api_key").selectAll().where("account", "=", account).where("revoked_at", "=", 0);
    const rows = await query.orderBy("created_at").execute();
    return rows.map((row) => ({
      apiKey: row.api_key,
      label: row.label,
      permissions: JSON.parse(row.permissions) as KeyPermission[],
      createdAt: row.created_at,
    }));
  }

  private async addKey(key: {
    apiKey: string;
    account: number;
    label: string;
    permissions: KeyPermission[];
    limits: KeyLimits | undefined;
    kind: ApiKey["verification"]["kind"];
    material: string;
  }): Promise<void> {
    const { allowedAddresses = [], expiresAt = 0 } = key.limits ?? {};
    const at = this.now();
    checkKey(key.label, key.permissions, allowedAddresses, expiresAt, at);
    const row: ApiKeyRow = {
      api_key: key.apiKey,
      account: key.account,
      label: key.label,
      permissions: JSON.stringify(key.permissions),
      allowed_addresses: JSON.stringify(allowedAddresses),
      kind: key.kind,
      material: key.material,
      expires_at: expiresAt,
      created_at: at,
      revoked_at: 0,
      changed_at: at,
    };
    const audit = keyAudit("create", row, at);
    await this.db.transaction().execute(async (transaction) => {
      const owner = await transaction.selectFrom("user_account").select("account").where("account", "=", key.account).executeTakeFirst();
      if (owner === undefined) throw new TypeError(`account: ${key.account} does not exist, create it first`);
      await transaction.insertInto("api_key").values(row).execute();
      await transaction.insertInto("key_audit").values(audit).execute();
    });
    this.keysInMemory.set(row.api_key, this.keyFromRow(row));
    await this.tell("apiKeyCreated", audit.id, key, at);
  }

  /** So that an owner learns of a key that somebody else made or changed. The key stands even when nobody can be told. */
  private async tell(
    kind: "apiKeyCreated" | "apiKeyChanged",
    id: string,
    key: { account: number; label: string; permissions: KeyPermission[] },
    time: number,
  ): Promise<void> {
    const { account, label, permissions } = key;
    try {
      await this.deps.notices?.publish(JSON.stringify({ id: `${kind}/${id}`, kind, account, time, label, permissions }));
    } catch (error) {
      const what = kind === "apiKeyCreated" ? "its new API key" : "its changed API key";
      const failure = new Error(`users: cannot tell account ${account} of ${what}: ${(error as Error).message}`, { cause: error });
      (this.deps.onError ?? console.error)(failure);
    }
  }

  async refresh(): Promise<void> {
    const startedAt = this.now();
    const rows = await this.db
      .selectFrom("api_key")
      .selectAll()
      .where("changed_at", ">=", this.refreshedTo - LOOK_BACK_MS)
      .execute();
    for (const row of rows) {
      if (row.revoked_at !== 0) this.keysInMemory.delete(row.api_key);
      else if (this.keysInMemory.get(row.api_key)?.source !== sourceOf(row)) this.keysInMemory.set(row.api_key, this.keyFromRow(row));
    }
    this.refreshedTo = startedAt;
  }

  private keyFromRow(row: ApiKeyRow): ApiKey & { source: string } {
    return {
      source: sourceOf(row),
      apiKey: row.api_key,
      account: row.account,
      permissions: new Set(JSON.parse(row.permissions) as KeyPermission[]),
      allowedAddresses: JSON.parse(row.allowed_addresses),
      expiresAt: row.expires_at,
      verification:
        row.kind === "hmac"
          ? { kind: "hmac", secret: createSecretKey(unseal(this.masterKey, row.api_key, row.material)) }
          : { kind: row.kind as "ed25519" | "rsa", publicKey: createPublicKey(row.material) },
    };
  }
}

/** What a key was read from, as far as it can change. */
const sourceOf = (row: ApiKeyRow) => `${row.permissions} ${row.allowed_addresses}`;

function checkKey(label: string, permissions: KeyPermission[], addresses: readonly string[], expiresAt: number, now: number): void {
  if (label.length === 0 || label.length > MAX_NAME)
    throw new TypeError(`key label: got ${label.length} characters, expected 1 to ${MAX_NAME}`);
  const unknown = permissions.find((permission) => !allPermissions.includes(permission));
  if (unknown !== undefined) throw new TypeError(`key permission: got "${unknown}", expected ${allPermissions.join(", ")}`);
  const wrong = addresses.find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw new TypeError(`allowed address: got "${wrong}", expected an IPv4 or IPv6 address`);
  if (expiresAt !== 0 && !(expiresAt > now))
    throw new TypeError(`key expiry: got ${expiresAt}, expected a later time than now (${now} ms), or 0`);
}

/** The master key, made by whoever starts first. */
async function readMasterKey(secrets: Secrets): Promise<Buffer> {
  let key = await secrets.read(MASTER_KEY);
  if (key === undefined) {
    await secrets.create(MASTER_KEY, randomBytes(MASTER_KEY_BYTES));
    key = await secrets.read(MASTER_KEY);
  }
  if (key?.length !== MASTER_KEY_BYTES)
    throw new Error(`secret ${MASTER_KEY}: got ${key?.length ?? 0} bytes, expected ${MASTER_KEY_BYTES}`);
  return key;
}

/**
 * Starts user management.
 *
 * @throws when a stored secret cannot be opened with the master key: the key store and the SQL store do not belong together.
 */
export async function createUsers(deps: UsersDeps): Promise<RunningUsers> {
  await deps.sql.migrate("users", migrations);
  const users = new UsersService(deps, await readMasterKey(deps.secrets));
  await users.start();
  return users;
}
