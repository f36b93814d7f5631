/** Rows on their way to the writer's thread, column by column: a column of numbers is copied as memory, which costs a tenth of copying rows. */

import type { SqlRow } from "./port";

/** One array for each column, all of the same length. */
export type ColumnValues = readonly (Float64Array | readonly unknown[])[];

/** There must be a row, and each must have every column. */
export function valuesByColumn(columns: readonly string[], rows: readonly SqlRow[]): ColumnValues {
  return columns.map((column) => numbers(column, rows) ?? others(column, rows));
}

/** Undefined when one of them is no number. */
function numbers(column: string, rows: readonly SqlRow[]): Float64Array | undefined {
  if (typeof rows[0][column] !== "number") return undefined;
  const values = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row][column];
    if (typeof value !== "number") return undefined;
    values[row] = value;
  }
  return values;
}

/** Filled from its beginning, and not made as long as it will be: V8 copies an array that may have holes value by value. */
function others(column: string, rows: readonly SqlRow[]): unknown[] {
  const values: unknown[] = [];
  for (const row of rows) values.push(row[column]);
  return values;
}
