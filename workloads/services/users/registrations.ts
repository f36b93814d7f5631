/**
 * Registrations that nobody has confirmed. A name is held for whoever registers it until the last code that was mailed is no longer good; then the next
 * registration, of whatever name, frees it, with all that could be signed in with. The number is never given again.
 */

import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import { keyAudit } from "./key-audit";
import type { UsersTables } from "./rows";

/** A code that was mailed is good for so many milliseconds. */
export const codeMs = 86_400_000;
/** So much longer a registration is kept, in milliseconds, since a code that comes at the last moment takes time to work off. */
const graceMs = 3_600_000;

/** Until when a registration whose newest code was mailed at `mailedAt` has its name. */
export const heldUntil = (mailedAt: number) => mailedAt + codeMs + graceMs;

/** Registrations that are released at once; the next one releases the next so many. */
const mostReleased = 100;

/** Frees the names of registrations whose time has passed at `now`, in milliseconds since 1970. */
export async function releaseNames(db: Kysely<UsersTables>, now: number): Promise<void> {
  const expired = await db
    .selectFrom("user_account")
    .select("account")
    .where("confirm_by", ">", 0)
    .where("confirm_by", "<=", now)
    .limit(mostReleased)
    .execute();
  for (const { account } of expired) await db.transaction().execute((transaction) => release(transaction, account, now));
}

async function release(db: Kysely<UsersTables>, account: number, now: number): Promise<void> {
  // Whoever confirms, or asks for another code, just now has moved the time.
  const { numUpdatedRows } = await db
    .updateTable("user_account")
    .set({ name: `released ${account} ${randomUUID()}`, confirm_by: 0 })
    .where("account", "=", account)
    .where("confirm_by", ">", 0)
    .where("confirm_by", "<=", now)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return;
  await db.deleteFrom("address_confirmation").where("account", "=", account).execute();
  await db.deleteFrom("user_session").where("account", "=", account).execute();
  await db.deleteFrom("user_password").where("account", "=", account).execute();
  const keys = await db.selectFrom("api_key").selectAll().where("account", "=", account).where("revoked_at", "=", 0).execute();
  for (const key of keys) {
    await db.updateTable("api_key").set({ revoked_at: now, changed_at: now }).where("api_key", "=", key.api_key).execute();
    await db
      .insertInto("key_audit")
      .values(keyAudit("revoke", key, now))
      .execute();
  }
}
