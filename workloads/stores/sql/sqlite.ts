/**
 * The embedded SQL adapter: one SQLite file through `node:sqlite`, write-ahead log, synced at every commit. Whatever writes, and every
 * transaction, runs on a thread of its own, one after the other. A query outside a transaction runs at once on this thread, over a connection
 * of its own: it sees what was committed and waits for no write.
 */

import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type Transaction,
} from "kysely";
import type { Migration } from "kysely/migration";
import { columnsOf } from "./columns";
import { runMigrations } from "./migrate";
import type { Sql, SqlRows } from "./port";
import { queryLog } from "./query-spans";
import { SqliteConnection, type StatementResult } from "./sqlite-connection";
import { type SqliteWriter, SqliteWriterThread, writeHere } from "./sqlite-writer";

/** Rows handed to the writer in one turn of this thread: copying them takes about a millisecond. */
const ROWS_AT_ONCE = 1_000;

/** Lets one holder in at a time, in the order of asking. */
class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves with what ends the turn. */
  async take(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = promise;
    await before;
    return resolve;
  }
}

/** One use of the database by Kysely: a single query, or all of a transaction. */
class SqliteUse implements DatabaseConnection {
  /** Ends the turn that a transaction holds. */
  #end: (() => void) | undefined;

  constructor(
    private readonly reader: SqliteConnection | undefined,
    private readonly writer: SqliteWriter,
    private readonly turns: Turns,
  ) {}

  async executeQuery<Row>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#end !== undefined) return queryResult(await this.writer.execute(sql, parameters));
    if (this.reader !== undefined && SelectQueryNode.is(query)) return queryResult(this.reader.execute(sql, parameters));
    const end = await this.turns.take();
    try {
      return queryResult(await this.writer.execute(sql, parameters));
    } finally {
      end();
    }
  }

  async begin(): Promise<void> {
    this.#end = await this.turns.take();
    // It takes the file's lock at once and waits for it: one that read first could not go on once another process had written.
    await this.writer.execute("begin immediate", []);
  }

  async finish(text: "commit" | "rollback"): Promise<void> {
    await this.writer.execute(text, []);
  }

  release(): void {
    this.#end?.();
    this.#end = undefined;
  }

  // biome-ignore lint/correctness/useYield: the port has no streams
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error("the SQL port has no streams");
  }
}

function queryResult<Row>({ rows, changes, insertId }: StatementResult): QueryResult<Row> {
  return {
    rows: rows as Row[],
    numAffectedRows: changes === undefined ? undefined : BigInt(changes),
    insertId: insertId === undefined ? undefined : BigInt(insertId),
  };
}

class SeveralUses extends SqliteAdapter {
  /** Uses take turns at the writer by themselves; readers need none. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class SqliteSql implements Sql {
  private readonly kysely: Kysely<unknown>;
  private closed = false;

  constructor(
    private readonly reader: SqliteConnection | undefined,
    private readonly writer: SqliteWriter,
  ) {
    this.kysely = new Kysely<unknown>({ dialect: this.dialect(), log: queryLog("sqlite") });
  }

  database<Tables>(): Kysely<Tables> {
    return this.kysely as Kysely<Tables>;
  }

  migrate(owner: string, migrations: Record<string, Migration>): Promise<void> {
    return runMigrations(this.kysely, owner, migrations);
  }

  /** One prepared statement, run for each row. The transaction is the only one that is open. */
  async upsert<Tables>(transaction: Transaction<Tables>, table: string, key: readonly string[], rows: SqlRows): Promise<void> {
    if (!transaction.isTransaction) throw new TypeError(`upsert into ${table}: expected a transaction`);
    if (rows.length === 0) return;
    const { columns } = "columns" in rows ? rows : columnsOf(rows);
    const text = upsertText(table, key, Object.keys(columns));
    const values = Object.values(columns);
    const parts: Promise<void>[] = [];
    for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
      const part = this.writer.executeEach(
        text,
        values.map((column) => column.slice(start, start + ROWS_AT_ONCE)),
      );
      // Told below.
      part.catch(() => {});
      parts.push(part);
      if (rows.length > ROWS_AT_ONCE) await turn();
    }
    await Promise.all(parts);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.kysely.destroy();
    await this.writer.close();
    this.reader?.close();
  }

  private dialect(): Dialect {
    const turns = new Turns();
    const use = (connection: DatabaseConnection) => connection as SqliteUse;
    const driver: Driver = {
      init: async () => {},
      acquireConnection: async () => new SqliteUse(this.reader, this.writer, turns),
      beginTransaction: (connection) => use(connection).begin(),
      commitTransaction: (connection) => use(connection).finish("commit"),
      rollbackTransaction: (connection) => use(connection).finish("rollback"),
      releaseConnection: async (connection) => use(connection).release(),
      destroy: async () => {},
    };
    return {
      createDriver: () => driver,
      createAdapter: () => new SeveralUses(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    };
  }
}

/** `insert ... on conflict (key) do update` over all columns; with nothing beside the key, a repeat changes nothing. */
function upsertText(table: string, key: readonly string[], columns: readonly string[]): string {
  const rest = columns.filter((column) => !key.includes(column));
  const update = rest.length === 0 ? "nothing" : `update set ${rest.map((column) => `"${column}" = excluded."${column}"`).join(", ")}`;
  const names = columns.map((column) => `"${column}"`).join(", ");
  const holes = columns.map(() => "?").join(", ");
  return `insert into "${table}" (${names}) values (${holes}) on conflict (${key.map((column) => `"${column}"`).join(", ")}) do ${update}`;
}

/**
 * Opens or creates the database in `file` (mode 0600); ":memory:" for one that ends with the process and has no thread.
 *
 * @throws when the file is not a database, or cannot be opened for writing.
 */
export function openSqlite(file: string): Sql {
  if (file === ":memory:") return new SqliteSql(undefined, writeHere(new SqliteConnection(file)));
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite gives its -wal and -shm files the mode of the database file.
  closeSync(openSync(file, "a", 0o600));
  return new SqliteSql(new SqliteConnection(file), new SqliteWriterThread(file));
}
