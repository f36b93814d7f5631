/**
 * The SQL port: relational rows with transactions. Queries are built with Kysely, so that the same code runs on SQLite and PostgreSQL.
 *
 * Columns keep to what both have: `bigint` for integers below 2^53 (JavaScript numbers), `text` for text and for amounts of any size
 * (decimal text, exact), 0 and 1 for truth values.
 */

import type { Kysely, Transaction } from "kysely";
import type { Migration } from "kysely/migration";

export type SqlValue = string | number | null;
export type SqlRow = Record<string, SqlValue>;

/** The values of one column, a row each. */
export type ColumnValues = Float64Array | readonly SqlValue[];

/** Rows column by column, all of the same length: see `readColumns`. */
export interface SqlColumns {
  readonly length: number;
  readonly columns: Readonly<Record<string, ColumnValues>>;
}

/** Rows, one by one or column by column. */
export type SqlRows = readonly SqlRow[] | SqlColumns;

export interface Sql {
  /** The query builder, typed by the caller's tables. */
  database<Tables>(): Kysely<Tables>;

  /**
   * Brings the tables of one owner up to date: runs those of `migrations` that have not run yet, in order of their names. Each owner has
   * a bookkeeping table of its own, so services that share a database migrate independently.
   */
  migrate(owner: string, migrations: Record<string, Migration>): Promise<void>;

  /**
   * Inserts rows, or overwrites those whose key columns exist, as part of a transaction. All rows have the same columns, and no key occurs
   * twice.
   */
  upsert<Tables>(transaction: Transaction<Tables>, table: string, key: readonly string[], rows: SqlRows): Promise<void>;

  close(): Promise<void>;
}
