/** The embedded SQL adapter: one SQLite file through `node:sqlite`, write-ahead log, synced at every commit. */

import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Kysely, type SqliteDatabase, SqliteDialect, type Transaction } from "kysely";
import type { Migration } from "kysely/migration";
import { runMigrations } from "./migrate";
import type { Sql, SqlRow } from "./port";

/** Prepared statements kept; Kysely makes the same text for the same query, so a few hundred cover every service. */
const KEPT_STATEMENTS = 500;

class SqliteSql implements Sql {
  private readonly statements = new Map<string, StatementSync>();
  private readonly kysely: Kysely<unknown>;
  private closed = false;

  constructor(private readonly connection: DatabaseSync) {
    this.kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: this.kyselyDatabase() }) });
  }

  database<Tables>(): Kysely<Tables> {
    return this.kysely as Kysely<Tables>;
  }

  migrate(owner: string, migrations: Record<string, Migration>): Promise<void> {
    return runMigrations(this.kysely, owner, migrations);
  }

  /** One prepared statement, run for each row: the fastest way into SQLite. The transaction is that of the only connection. */
  async upsert<Tables>(transaction: Transaction<Tables>, table: string, key: readonly string[], rows: readonly SqlRow[]): Promise<void> {
    if (!transaction.isTransaction) throw new TypeError(`upsert into ${table}: expected a transaction`);
    if (rows.length === 0) return;
    const columns = Object.keys(rows[0]);
    const statement = this.prepare(upsertText(table, key, columns));
    for (const row of rows) statement.run(...columns.map((column) => row[column]));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.statements.clear();
    await this.kysely.destroy();
    if (this.connection.isOpen) this.connection.close();
  }

  private prepare(text: string): StatementSync {
    let statement = this.statements.get(text);
    if (statement === undefined) {
      statement = this.connection.prepare(text);
      if (this.statements.size >= KEPT_STATEMENTS) this.statements.delete(this.statements.keys().next().value as string);
      this.statements.set(text, statement);
    }
    return statement;
  }

  /** What Kysely's SQLite dialect expects of better-sqlite3, on top of `node:sqlite`. */
  private kyselyDatabase(): SqliteDatabase {
    return {
      close: () => this.connection.close(),
      prepare: (text) => {
        const statement = this.prepare(text);
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...(parameters as BindValues)),
          run: (parameters) => statement.run(...(parameters as BindValues)),
          iterate: (parameters) => this.connection.prepare(text).iterate(...(parameters as BindValues)),
        };
      },
    };
  }
}

type BindValues = Parameters<StatementSync["run"]>;

/** `insert ... on conflict (key) do update` over all columns; with nothing beside the key, a repeat changes nothing. */
function upsertText(table: string, key: readonly string[], columns: readonly string[]): string {
  const rest = columns.filter((column) => !key.includes(column));
  const update = rest.length === 0 ? "nothing" : `update set ${rest.map((column) => `"${column}" = excluded."${column}"`).join(", ")}`;
  const names = columns.map((column) => `"${column}"`).join(", ");
  const holes = columns.map(() => "?").join(", ");
  return `insert into "${table}" (${names}) values (${holes}) on conflict (${key.map((column) => `"${column}"`).join(", ")}) do ${update}`;
}

/**
 * Opens or creates the database in `file` (mode 0600); ":memory:" for one that ends with the process.
 *
 * @throws when the file is not a database, or cannot be opened for writing.
 */
export function openSqlite(file: string): Sql {
  if (file !== ":memory:") {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // SQLite gives its -wal and -shm files the mode of the database file.
    closeSync(openSync(file, "a", 0o600));
  }
  const connection = new DatabaseSync(file);
  try {
    connection.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000");
  } catch (error) {
    connection.close();
    throw new Error(`cannot use ${file} as the SQL store: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return new SqliteSql(connection);
}
