/** Mails users about what happened to their money and their keys. Each notice is mailed once, except when a crash comes just after sending. */

import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { asAsked, asPart, SpanKind } from "../../process/spans";
import type { Mailer } from "../../stores/mail";
import type { Message, Queue } from "../../stores/queue";
import type { Sql } from "../../stores/sql";
import { holdsCode, readNotice, withoutSecrets, wordsOf } from "./notices";

/**
 * Deliveries after which a notice with a code is given up, as many as a queue must allow at least (each allows 5 unless it is set): the code
 * would lie among the dead letters, good for a day. Whoever waits for it can ask for another after a minute.
 */
const mostCodeAttempts = 4;

interface NotificationTables {
  /** `since`: milliseconds since 1970; an older change that comes later changes nothing. */
  mail_address: { account: number; address: string; since: number };
  /** Notices that were mailed, or had nobody to mail to. */
  notice_done: { id: string; account: number; kind: string; done_at: number };
}

export const migrations: Record<string, Migration> = {
  "001_addresses_and_notices": {
    async up(db) {
      await db.schema
        .createTable("mail_address")
        .addColumn("account", "bigint", (column) => column.primaryKey())
        .addColumn("address", "text", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("notice_done")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("account", "bigint", (column) => column.notNull())
        .addColumn("kind", "text", (column) => column.notNull())
        .addColumn("done_at", "bigint", (column) => column.notNull())
        .execute();
    },
  },
  "002_since": {
    async up(db) {
      await db.schema
        .alterTable("mail_address")
        .addColumn("since", "bigint", (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
};

export interface NotificationDeps {
  sql: Sql;
  /** Subscribed to the topic of notices. */
  notices: Queue;
  mailer: Mailer;
  /** Told of each notice: mailed or left, since there was nobody to mail to; or failed, to be tried again. @default nobody is told */
  observe?: (outcome: "done" | "failed") => void;
  /** Told why a notice could not be mailed. @default nobody */
  onError?: (error: Error) => void;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

export interface Notification {
  /** Where an account's notices go; undefined for nowhere. */
  setAddress(account: number, address: string | undefined): Promise<void>;
  /** Notices that could not be mailed at any attempt, without the codes in them. */
  deadLetters(limit: number): Promise<Message[]>;
  close(): Promise<void>;
}

const mailSpan = { kind: SpanKind.CLIENT, attributes: { "peer.service": "mail" } };

/** Starts mailing. What cannot be mailed is tried again by the queue, and ends in its dead letters; a notice with a code ends nowhere. */
export async function createNotification(deps: NotificationDeps): Promise<Notification> {
  const { sql, notices, mailer, observe, onError, now = Date.now } = deps;
  await sql.migrate("notification", migrations);
  const db: Kysely<NotificationTables> = sql.database<NotificationTables>();

  const addressOf = async (account: number) =>
    (await db.selectFrom("mail_address").select("address").where("account", "=", account).executeTakeFirst())?.address;
  const setAddress = async (account: number, address: string, since: number) => {
    await db
      .insertInto("mail_address")
      .values({ account, address, since })
      .onConflict((conflict) => conflict.column("account").doUpdateSet({ address, since }).where("mail_address.since", "<=", since))
      .execute();
  };

  const work = async (body: string) => {
    const notice = readNotice(body);
    const { id, account, kind } = notice;
    if ((await db.selectFrom("notice_done").select("id").where("id", "=", id).executeTakeFirst()) !== undefined) return;
    // A change of address is told to the address before, whose owner may know nothing of it.
    const to = notice.kind === "addressConfirmation" ? checkedAddress(notice.address) : await addressOf(account);
    if (to !== undefined) await asPart("send mail", mailSpan, () => mailer.send({ id, to, ...wordsOf(notice) }));
    if (notice.kind === "addressChanged") await setAddress(account, checkedAddress(notice.address), notice.time);
    const done = { id, account, kind, done_at: now() };
    await db
      .insertInto("notice_done")
      .values(done)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  };
  const consumer = notices.consume(async ({ body, traceparent, attempt }) => {
    const start = { kind: SpanKind.CONSUMER, attributes: { "bourse.attempt": attempt } };
    try {
      await asAsked({ traceparent }, "work on notice", start, () => work(body));
      observe?.("done");
    } catch (error) {
      observe?.("failed");
      onError?.(new Error(`notification: a notice could not be mailed: ${(error as Error).message}`, { cause: error }));
      if (attempt < mostCodeAttempts || !holdsCode(body)) throw error;
      onError?.(new Error(`notification: a mail with a code is given up after ${attempt} attempts; who waits for it can ask for another`));
    }
  });

  return {
    async setAddress(account, address) {
      if (address === undefined) await db.deleteFrom("mail_address").where("account", "=", account).execute();
      else await setAddress(account, checkedAddress(address), now());
    },
    async deadLetters(limit) {
      const letters = await notices.deadLetters(limit);
      return letters.map((letter) => ({ ...letter, body: withoutSecrets(letter.body) }));
    },
    close: () => consumer.close(),
  };
}

function checkedAddress(address: string): string {
  if (/^[^\s@<>,;:"]{1,64}@[^\s@<>,;:"]{1,255}$/.test(address)) return address;
  throw new TypeError(`mail address: got "${address}", expected one such as name@example.com`);
}
