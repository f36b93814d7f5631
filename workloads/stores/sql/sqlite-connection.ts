/** One connection to an SQLite file through `node:sqlite`: prepared statements, rows in bulk. Used by the caller's thread and by the writer's. */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { ColumnValues } from "./port";

/** Prepared statements kept; Kysely makes the same text for the same query, so a few hundred cover every service. */
const KEPT_STATEMENTS = 500;

/** Pages that a writer keeps, in KiB: the inner pages of all indexes, and the leaves that are being filled. SQLite's default is 2 MB. */
const CACHE_KIB = 32 * 1024;
/** Pages of 4 KiB in the write-ahead log when it is copied into the file; a page that changes in each commit is copied once. SQLite's default is 1,000. */
const CHECKPOINT_PAGES = 8_192;

type BindValues = Parameters<StatementSync["run"]>;

export interface StatementResult {
  rows: unknown[];
  /** Undefined for a statement that returns rows. */
  changes: number | undefined;
  insertId: number | undefined;
}

export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens or creates the database in `file`: write-ahead log, synced at every commit. Throws when the file is not a database.
   *
   * @param use `"write"` for many rows a second: what they change is kept in memory, and goes from the log into the file less often
   */
  constructor(file: string, use: "read" | "write" = "read") {
    this.#database = new DatabaseSync(file);
    try {
      this.#database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000");
      if (use === "write") this.#database.exec(`pragma cache_size = -${CACHE_KIB}; pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    } catch (error) {
      this.#database.close();
      throw new Error(`cannot use ${file} as the SQL store: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  execute(text: string, parameters: readonly unknown[]): StatementResult {
    const statement = this.#prepare(text);
    if (statement.columns().length > 0) {
      return { rows: statement.all(...(parameters as BindValues)), changes: undefined, insertId: undefined };
    }
    const { changes, lastInsertRowid } = statement.run(...(parameters as BindValues));
    return { rows: [], changes: Number(changes), insertId: Number(lastInsertRowid) };
  }

  /** One prepared statement, run for each row: the fastest way into SQLite. */
  executeEach(text: string, columns: readonly ColumnValues[]): void {
    const statement = this.#prepare(text);
    const values: unknown[] = columns.map(() => null);
    for (let row = 0; row < columns[0].length; row++) {
      for (let column = 0; column < columns.length; column++) values[column] = columns[column][row];
      statement.run(...(values as BindValues));
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#database.prepare(text);
      if (this.#statements.size >= KEPT_STATEMENTS) this.#statements.delete(this.#statements.keys().next().value as string);
      this.#statements.set(text, statement);
    }
    return statement;
  }
}
