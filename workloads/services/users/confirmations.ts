/**
 * Mail addresses that somebody has shown to read: a code is mailed to the address, and who sends it back has it. The first address of an account also opens the
 * account in the shard, which can hold nothing before. Codes are kept as SHA-256 hashes, last a day, and one a time for each account.
 */

import { createHash, randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { Sql } from "../../stores/sql";
import type { Topic } from "../../stores/topic";
import { codeMs, heldUntil } from "./registrations";
import { migrations, type UsersTables } from "./rows";

export interface ConfirmationsDeps {
  sql: Sql;
  /** Told of each code to be mailed and of each address that was confirmed, as `notices.ts` of the notification service reads it. */
  notices: Topic;
  /** Opens an account in the shard; nothing happens to one that is open. @default accounts are opened by somebody else */
  openAccount?: (account: number) => Promise<void>;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

export interface Confirmations {
  /** Mails a code to the address, in place of an earlier code. @throws TooManyMails when the account has asked for one just now */
  ask(account: number, address: string): Promise<void>;
  /**
   * Takes the address over to which the code was mailed, and opens the account with its first. A code that could not be worked off may be
   * sent again. @throws CodeRefused
   */
  confirm(code: string): Promise<{ account: number }>;
}

/** The code was never mailed, is used or too old, or a later one took its place. */
export class CodeRefused extends Error {
  override readonly name = "CodeRefused";
}

/** A code was mailed just now. */
export class TooManyMails extends Error {
  override readonly name = "TooManyMails";
}

const codeBytes = 32;
/** Least time between two mails to an account that asks for codes, in milliseconds. */
const betweenMailsMs = 60_000;

class ConfirmationsService implements Confirmations {
  private readonly db: Kysely<UsersTables>;
  private readonly now: () => number;

  constructor(private readonly deps: ConfirmationsDeps) {
    this.db = deps.sql.database<UsersTables>();
    this.now = deps.now ?? Date.now;
  }

  async ask(account: number, address: string): Promise<void> {
    const code = randomBytes(codeBytes).toString("base64url");
    const at = this.now();
    const row = { code_hash: hashOf(code), address, sent_at: at, expires_at: at + codeMs };
    // One statement decides, so that of requests at the same time one is mailed.
    const kept = await this.db
      .insertInto("address_confirmation")
      .values({ account, ...row })
      .onConflict((conflict) =>
        conflict
          .column("account")
          .doUpdateSet(row)
          .where("address_confirmation.sent_at", "<=", at - betweenMailsMs),
      )
      .returning("account")
      .executeTakeFirst();
    if (kept === undefined) throw new TooManyMails("a code was mailed less than a minute ago; look for it, or try again in a minute");
    await this.db
      .updateTable("user_account")
      .set({ confirm_by: heldUntil(at) })
      .where("account", "=", account)
      .where("confirm_by", ">", 0)
      .execute();
    const notice = {
      id: `addressConfirmation/${row.code_hash.slice(0, 32)}`,
      kind: "addressConfirmation",
      account,
      time: at,
      address,
      code,
    };
    try {
      await this.deps.notices.publish(JSON.stringify(notice));
    } catch (error) {
      // Nothing was mailed: who asks again need not wait.
      await this.db.deleteFrom("address_confirmation").where("code_hash", "=", row.code_hash).execute();
      throw error;
    }
  }

  async confirm(code: string): Promise<{ account: number }> {
    const hash = hashOf(code);
    const at = this.now();
    const row = await this.db
      .selectFrom("address_confirmation")
      .innerJoin("user_account", "user_account.account", "address_confirmation.account")
      .select(["address_confirmation.account", "address", "sent_at", "confirmed_at"])
      .where("code_hash", "=", hash)
      .where("expires_at", ">", at)
      .executeTakeFirst();
    if (row === undefined) throw new CodeRefused("the code is not good: it was used, is older than a day, or a later one was mailed");
    const { account, address } = row;
    if (row.confirmed_at === 0) await this.deps.openAccount?.(account);
    const notice = { id: `addressChanged/${hash.slice(0, 32)}`, kind: "addressChanged", account, time: at, address };
    await this.deps.notices.publish(JSON.stringify(notice));
    await this.db.transaction().execute(async (transaction) => {
      await transaction.deleteFrom("address_confirmation").where("code_hash", "=", hash).execute();
      await transaction
        .updateTable("user_account")
        .set({ confirmed_at: at, confirm_by: 0 })
        .where("account", "=", account)
        .where("confirmed_at", "=", 0)
        .execute();
    });
    return { account };
  }
}

function hashOf(code: string): string {
  return createHash("sha256").update(code).digest("hex");
}

/** Confirms addresses of the accounts of the same database. */
export async function createConfirmations(deps: ConfirmationsDeps): Promise<Confirmations> {
  await deps.sql.migrate("users", migrations);
  return new ConfirmationsService(deps);
}
