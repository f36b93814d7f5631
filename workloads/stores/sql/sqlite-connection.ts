/** One connection to an SQLite file through `node:sqlite`: prepared statements, rows in bulk. Used by the caller's thread and by the writer's. */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { ColumnValues } from "./sqlite-values";

/** Prepared statements kept; Kysely makes the same text for the same query, so a few hundred cover every service. */
const KEPT_STATEMENTS = 500;

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

  /** Opens or creates the database in `file`: write-ahead log, synced at every commit. Throws when the file is not a database. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    try {
      this.#database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000");
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
  executeEach(text: string, rows: ColumnValues): void {
    const statement = this.#prepare(text);
    for (let row = 0; row < rows[0].length; row++) statement.run(...(rows.map((column) => column[row]) as BindValues));
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
