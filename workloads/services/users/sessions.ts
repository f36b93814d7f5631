/**
 * Signing in: a password per account, and sessions that it opens. Passwords are kept as scrypt hashes and session tokens as SHA-256 hashes, so
 * that rows alone let nobody in.
 */

import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import type { Kysely } from "kysely";
import type { Sql } from "../../stores/sql";
import type { Topic } from "../../stores/topic";
import { migrations, type UsersTables } from "./rows";

export interface SessionsDeps {
  sql: Sql;
  /** Told of each session, as `notices.ts` of the notification service reads it. @default nobody is told */
  notices?: Topic;
  /** What a new hash costs. @default scrypt with N = 2^15, r = 8, p = 3: 32 MiB (OWASP Password Storage Cheat Sheet) */
  cost?: HashCost;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
  /** Told when a notice could not be sent. @default standard error */
  onError?: (error: Error) => void;
}

/** Parameters of scrypt (RFC 7914). */
export interface HashCost {
  N: number;
  r: number;
  p: number;
}

/** Who signs in, as the owner of the account is told. */
export interface Caller {
  remoteAddress: string;
  userAgent: string;
}

export interface Sessions {
  /** Sets the password of an account; its sessions end. @throws TypeError on a password that is too short or too long, or an unknown account */
  setPassword(account: number, password: string): Promise<void>;
  /** Opens a session. @throws SignInRefused, which does not say what was wrong; TooManySignIns when no hash can be computed now */
  signIn(name: string, password: string, caller: Caller): Promise<{ token: string; account: number; expiresAt: number }>;
  /** The account of an open session, undefined for any other token. */
  account(token: string): Promise<number | undefined>;
  /** Ends a session; nothing happens when there is none. */
  signOut(token: string): Promise<void>;
}

/** Name or password are wrong, or there were too many wrong ones lately. */
export class SignInRefused extends Error {
  override readonly name = "SignInRefused";
}

/** All who compute hashes are busy; the client should come back. */
export class TooManySignIns extends Error {
  override readonly name = "TooManySignIns";
}

const usualCost: HashCost = { N: 2 ** 15, r: 8, p: 3 };
const saltBytes = 16;
const hashBytes = 32;
/** Hashes that are computed at once, each with its 32 MiB, and sign-ins that wait for that. */
const mostHashes = 4;
const mostWaiting = 64;
const shortestPassword = 12;
const longestPassword = 256;
const tokenBytes = 32;
/** A session ends after so many milliseconds. */
const sessionMs = 12 * 3_600_000;
/** Wrong passwords in a row before the account is closed for a second, which each further one doubles, up to a quarter of an hour. */
const freeFailures = 5;
const longestLockMs = 15 * 60_000;

class SessionsService implements Sessions {
  private readonly db: Kysely<UsersTables>;
  private readonly now: () => number;
  private hashing = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly cost: HashCost;
  /** Compared with when there is no account of the name, so that the answer takes as long. */
  private readonly nobody: string;

  constructor(private readonly deps: SessionsDeps) {
    this.db = deps.sql.database<UsersTables>();
    this.now = deps.now ?? Date.now;
    this.cost = deps.cost ?? usualCost;
    this.nobody = stored(this.cost, randomBytes(saltBytes), randomBytes(hashBytes));
  }

  async setPassword(account: number, password: string): Promise<void> {
    checkPassword(password);
    const owner = await this.db.selectFrom("user_account").select("account").where("account", "=", account).executeTakeFirst();
    if (owner === undefined) throw new TypeError(`account: ${account} does not exist, create it first`);
    const salt = randomBytes(saltBytes);
    const hash = stored(this.cost, salt, await this.hash(password, salt, this.cost));
    const row = { hash, failures: 0, locked_until: 0, changed_at: this.now() };
    await this.db.transaction().execute(async (transaction) => {
      await transaction
        .insertInto("user_password")
        .values({ account, ...row })
        .onConflict((conflict) => conflict.column("account").doUpdateSet(row))
        .execute();
      await transaction.deleteFrom("user_session").where("account", "=", account).execute();
    });
  }

  async signIn(name: string, password: string, caller: Caller) {
    const row = await this.db
      .selectFrom("user_account")
      .innerJoin("user_password", "user_password.account", "user_account.account")
      .select(["user_password.account", "hash", "locked_until"])
      .where("name", "=", name)
      .executeTakeFirst();
    const { cost, salt, hash } = readStored(row?.hash ?? this.nobody);
    const right = timingSafeEqual(await this.hash(password, salt, cost), hash);
    if (row === undefined) throw new SignInRefused("name or password are wrong");
    if (row.locked_until > this.now()) throw new SignInRefused("name or password are wrong");
    if (!right) {
      await this.countFailure(row.account);
      throw new SignInRefused("name or password are wrong");
    }
    const token = randomBytes(tokenBytes).toString("base64url");
    const id = hashOf(token);
    const at = this.now();
    const expiresAt = at + sessionMs;
    await this.db.transaction().execute(async (transaction) => {
      await transaction.updateTable("user_password").set({ failures: 0 }).where("account", "=", row.account).execute();
      await transaction.deleteFrom("user_session").where("account", "=", row.account).where("expires_at", "<=", at).execute();
      await transaction
        .insertInto("user_session")
        .values({ token_hash: id, account: row.account, created_at: at, expires_at: expiresAt })
        .execute();
    });
    await this.tell(row.account, id, caller, at);
    return { token, account: row.account, expiresAt };
  }

  async account(token: string): Promise<number | undefined> {
    const row = await this.db
      .selectFrom("user_session")
      .select("account")
      .where("token_hash", "=", hashOf(token))
      .where("expires_at", ">", this.now())
      .executeTakeFirst();
    return row?.account;
  }

  async signOut(token: string): Promise<void> {
    await this.db.deleteFrom("user_session").where("token_hash", "=", hashOf(token)).execute();
  }

  /** In one statement, so that guesses at the same time all count. */
  private async countFailure(account: number): Promise<void> {
    const { failures } = await this.db
      .updateTable("user_password")
      .set((row) => ({ failures: row("failures", "+", 1) }))
      .where("account", "=", account)
      .returning("failures")
      .executeTakeFirstOrThrow();
    if (failures < freeFailures) return;
    const lockMs = Math.min(longestLockMs, 1_000 * 2 ** Math.min(20, failures - freeFailures));
    await this.db
      .updateTable("user_password")
      .set({ locked_until: this.now() + lockMs })
      .where("account", "=", account)
      .execute();
  }

  private async hash(password: string, salt: Buffer, cost: HashCost): Promise<Buffer> {
    if (this.hashing === mostHashes) {
      if (this.waiting.length === mostWaiting) throw new TooManySignIns("too many people sign in at once; try again in a few seconds");
      await new Promise<void>((resolve) => void this.waiting.push(resolve));
    }
    this.hashing += 1;
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        scrypt(password.normalize("NFKC"), salt, hashBytes, { ...cost, maxmem: 256 * cost.N * cost.r }, (error, key) =>
          error ? reject(error) : resolve(key),
        );
      });
    } finally {
      this.hashing -= 1;
      this.waiting.shift()?.();
    }
  }

  /** So that an owner learns of a session that somebody else opened. It stands even when nobody can be told. */
  private async tell(account: number, id: string, { remoteAddress, userAgent }: Caller, time: number): Promise<void> {
    const notice = { id: `login/${id.slice(0, 32)}`, kind: "login", account, time, remoteAddress, userAgent };
    try {
      await this.deps.notices?.publish(JSON.stringify(notice));
    } catch (error) {
      const failure = new Error(`users: cannot tell account ${account} of its new session: ${(error as Error).message}`, { cause: error });
      (this.deps.onError ?? console.error)(failure);
    }
  }
}

/** @throws TypeError on a password that is too short or too long */
export function checkPassword(password: string): void {
  const length = [...password].length;
  if (length >= shortestPassword && length <= longestPassword) return;
  throw new TypeError(`password: got ${length} characters, expected ${shortestPassword} to ${longestPassword}`);
}

/** A hash with all that is needed to compute it again, so that a later cost leaves earlier hashes valid. */
function stored({ N, r, p }: HashCost, salt: Buffer, hash: Buffer): string {
  return ["scrypt", N, r, p, salt.toString("base64"), hash.toString("base64")].join(":");
}

function readStored(text: string): { cost: HashCost; salt: Buffer; hash: Buffer } {
  const [, N, r, p, salt, hash] = text.split(":");
  return { cost: { N: Number(N), r: Number(r), p: Number(p) }, salt: Buffer.from(salt, "base64"), hash: Buffer.from(hash, "base64") };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Opens the sessions of the accounts of the same database. */
export async function createSessions(deps: SessionsDeps): Promise<Sessions> {
  await deps.sql.migrate("users", migrations);
  return new SessionsService(deps);
}
