/** What a {@link Range} selects, the same in memory and in SQL: with a lower bound the oldest from there, otherwise the newest. */

import type { SelectQueryBuilder } from "kysely";
import type { Range } from "../ports";

/** How items are ordered and timed: ids ascend with time; times in microseconds. */
export interface Ordering<Item> {
  id(item: Item): number;
  time(item: Item): number;
}

function fromOldest(range: Range): boolean {
  return range.fromId !== undefined || range.startTime !== undefined;
}

/** The selected items, oldest first. A later item replaces an earlier one of the same id. */
export function selectRange<Item>(items: Iterable<Item>, range: Range, order: Ordering<Item>): Item[] {
  const { fromId = -Infinity, startTime = -Infinity, endTime = Infinity, limit } = range;
  const found = new Map<number, Item>();
  for (const item of items) {
    const time = order.time(item);
    if (order.id(item) >= fromId && time >= startTime * 1_000 && time < (endTime + 1) * 1_000) found.set(order.id(item), item);
  }
  const sorted = [...found.values()].sort((a, b) => order.id(a) - order.id(b));
  if (sorted.length <= limit) return sorted;
  return fromOldest(range) ? sorted.slice(0, limit) : sorted.slice(-limit);
}

/** Adds the same selection to a query. Rows come oldest first or newest first: pass them through {@link selectRange}. */
export function whereRange<Tables, Table extends keyof Tables, Row>(
  query: SelectQueryBuilder<Tables, Table, Row>,
  range: Range,
  columns: { id: string; time: string },
): SelectQueryBuilder<Tables, Table, Row> {
  // The columns are the caller's constants; Kysely cannot relate them to a type parameter.
  let result = query as unknown as SelectQueryBuilder<Record<string, Record<string, number>>, string, Row>;
  if (range.fromId !== undefined) result = result.where(columns.id, ">=", range.fromId);
  if (range.startTime !== undefined) result = result.where(columns.time, ">=", range.startTime * 1_000);
  if (range.endTime !== undefined) result = result.where(columns.time, "<", (range.endTime + 1) * 1_000);
  result = result.orderBy(columns.id, fromOldest(range) ? "asc" : "desc").limit(range.limit);
  return result as unknown as SelectQueryBuilder<Tables, Table, Row>;
}
