/** The embedded queue: rows in the SQL store, so that work survives a restart. One process at a time consumes it. */

import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { traceparent } from "../../process/spans";
import type { Sql } from "../sql";
import { type Consumer, checkBody, type Message, type Queue } from "./port";

interface MessageRow {
  id: string;
  queue: string;
  body: string;
  attempts: number;
  /** Milliseconds since 1970; not delivered before. */
  visible_at: number;
  /** 1 when every attempt failed. */
  dead: number;
  sent_at: number;
  /** Of the sender; null when it was not traced. */
  traceparent: string | null;
}

interface QueueTables {
  queue_message: MessageRow;
}

const migrations: Record<string, Migration> = {
  "001_messages": {
    async up(db) {
      await db.schema
        .createTable("queue_message")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("queue", "text", (column) => column.notNull())
        .addColumn("body", "text", (column) => column.notNull())
        .addColumn("attempts", "bigint", (column) => column.notNull())
        .addColumn("visible_at", "bigint", (column) => column.notNull())
        .addColumn("dead", "bigint", (column) => column.notNull())
        .addColumn("sent_at", "bigint", (column) => column.notNull())
        .execute();
      await db.schema.createIndex("queue_message_next").on("queue_message").columns(["queue", "dead", "visible_at"]).execute();
    },
  },
  "002_traces": {
    async up(db) {
      await db.schema.alterTable("queue_message").addColumn("traceparent", "text").execute();
    },
  },
};

export interface SqlQueueOptions {
  /** Deliveries before a message is dead. @default 5 */
  attempts?: number;
  /** Milliseconds from a failed delivery to the next, doubled each time. @default 1,000 */
  retryMs?: number;
  /** Milliseconds between looks for messages that others sent. @default 500 */
  pollMs?: number;
  /** Told when the store fails while consuming; the next poll tries again. */
  onError?: (error: Error) => void;
}

/** Messages that are handled at the same time. */
const CONCURRENCY = 8;

class SqlQueue implements Queue {
  private readonly db: Kysely<QueueTables>;
  /** Called when something was sent in this process. */
  private readonly wakers = new Set<() => void>();

  constructor(
    sql: Sql,
    private readonly name: string,
    private readonly options: SqlQueueOptions,
  ) {
    this.db = sql.database<QueueTables>();
  }

  async send(body: string): Promise<void> {
    checkBody(body);
    const now = Date.now();
    const sender = traceparent() ?? null;
    const row = { id: randomUUID(), queue: this.name, body, attempts: 0, visible_at: now, dead: 0, sent_at: now, traceparent: sender };
    await this.db.insertInto("queue_message").values(row).execute();
    for (const wake of this.wakers) wake();
  }

  consume(handler: (message: Message) => Promise<void>): Consumer {
    const { pollMs = 500 } = this.options;
    const running = new Map<string, Promise<void>>();
    let closed = false;
    let looking = false;
    const look = async () => {
      if (closed || looking) return;
      looking = true;
      try {
        const due = this.db.selectFrom("queue_message").selectAll().where("queue", "=", this.name).where("dead", "=", 0);
        const rows = await due
          .where("visible_at", "<=", Date.now())
          .orderBy("visible_at")
          .limit(CONCURRENCY * 2)
          .execute();
        for (const row of rows) {
          if (closed || running.size >= CONCURRENCY) break;
          if (!running.has(row.id))
            running.set(
              row.id,
              this.deliver(row, handler)
                .finally(() => running.delete(row.id))
                .finally(look),
            );
        }
      } catch (error) {
        (this.options.onError ?? console.error)(new Error(`queue ${this.name}: ${(error as Error).message}`, { cause: error }));
      } finally {
        looking = false;
      }
    };
    const timer = setInterval(look, pollMs).unref();
    this.wakers.add(look);
    void look();
    return {
      close: async () => {
        closed = true;
        clearInterval(timer);
        this.wakers.delete(look);
        await Promise.allSettled(running.values());
      },
    };
  }

  async deadLetters(limit: number): Promise<Message[]> {
    const dead = this.db.selectFrom("queue_message").selectAll().where("queue", "=", this.name).where("dead", "=", 1);
    const rows = await dead.orderBy("sent_at").limit(limit).execute();
    return rows.map(({ id, body, attempts }) => ({ id, body, attempt: attempts }));
  }

  private async deliver(row: MessageRow, handler: (message: Message) => Promise<void>): Promise<void> {
    const { attempts: maxAttempts = 5, retryMs = 1_000 } = this.options;
    const attempt = row.attempts + 1;
    const rows = this.db.updateTable("queue_message").where("id", "=", row.id);
    try {
      // Counted before it runs, so that a message that kills the process is put aside in the end.
      // A row that was read before another delivery of it ended is not the message as it is now.
      const { numUpdatedRows } = await rows.set({ attempts: attempt }).where("attempts", "=", row.attempts).executeTakeFirst();
      if (numUpdatedRows === 0n) return;
      await handler({ id: row.id, body: row.body, attempt, traceparent: row.traceparent ?? undefined });
      await this.db.deleteFrom("queue_message").where("id", "=", row.id).execute();
    } catch {
      const dead = Number(attempt >= maxAttempts);
      await rows.set({ dead, visible_at: Date.now() + retryMs * 2 ** (attempt - 1) }).execute();
    }
  }
}

/** Opens the queue `name` in the SQL store. */
export async function openSqlQueue(sql: Sql, name: string, options: SqlQueueOptions = {}): Promise<Queue> {
  await sql.migrate("queue", migrations);
  return new SqlQueue(sql, name, options);
}
