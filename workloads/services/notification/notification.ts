/** Mails users about what happened to their money and their keys. Each notice is mailed once, except when a crash comes just after sending. */

import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { Mailer } from "../../stores/mail";
import type { Queue } from "../../stores/queue";
import type { Sql } from "../../stores/sql";
import type { Instruments } from "../ports";
import { readNotice, wordsOf } from "./notices";

interface NotificationTables {
  mail_address: { account: number; address: string };
  /** Notices that were mailed, or had nobody to mail to. */
  notice_done: { id: string; account: number; kind: string; done_at: number };
}

const migrations: Record<string, Migration> = {
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
};

export interface NotificationDeps {
  sql: Sql;
  /** Subscribed to the topic of notices. */
  notices: Queue;
  mailer: Mailer;
  instruments: Pick<Instruments, "asset">;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

export interface Notification {
  /** Where an account's notices go; undefined for nowhere. */
  setAddress(account: number, address: string | undefined): Promise<void>;
  close(): Promise<void>;
}

/** Starts mailing. What cannot be mailed is tried again by the queue, and ends in its dead letters. */
export async function createNotification(deps: NotificationDeps): Promise<Notification> {
  const { sql, notices, mailer, instruments, now = Date.now } = deps;
  await sql.migrate("notification", migrations);
  const db: Kysely<NotificationTables> = sql.database<NotificationTables>();

  const consumer = notices.consume(async ({ body }) => {
    const notice = readNotice(body);
    const { id, account, kind } = notice;
    if ((await db.selectFrom("notice_done").select("id").where("id", "=", id).executeTakeFirst()) !== undefined) return;
    const row = await db.selectFrom("mail_address").select("address").where("account", "=", account).executeTakeFirst();
    const words = wordsOf(notice, (asset) => instruments.asset(asset));
    if (row !== undefined) await mailer.send({ id, to: row.address, ...words });
    const done = { id, account, kind, done_at: now() };
    await db
      .insertInto("notice_done")
      .values(done)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });

  return {
    async setAddress(account, address) {
      if (address === undefined) {
        await db.deleteFrom("mail_address").where("account", "=", account).execute();
        return;
      }
      if (!/^[^\s@<>,;:"]{1,64}@[^\s@<>,;:"]{1,255}$/.test(address))
        throw new TypeError(`mail address: got "${address}", expected one such as name@example.com`);
      const row = { account, address };
      await db
        .insertInto("mail_address")
        .values(row)
        .onConflict((conflict) => conflict.column("account").doUpdateSet({ address }))
        .execute();
    },
    close: () => consumer.close(),
  };
}
