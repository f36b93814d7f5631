/** The pools of `memory.ts`. A pool is named by the line of its counts. */

import * as records from "../records";
import { growPool } from "./host";

/** A record whose fields hold what was in them. */
export function take(pool: i32): usize {
  const counts = (<usize>pool) << 6;
  store<i32>(counts, load<i32>(counts, records.POOL_SIZE * 4) + 1, records.POOL_SIZE * 4);
  const free = load<i32>(counts, records.POOL_FREE * 4);
  if (free !== 0) {
    const record = (<usize>free) << 6;
    store<i32>(counts, load<i32>(record, records.NEXT * 4), records.POOL_FREE * 4);
    return record;
  }
  if (load<i32>(counts, records.POOL_NEXT * 4) === load<i32>(counts, records.POOL_END * 4)) growPool(pool);
  const next = load<i32>(counts, records.POOL_NEXT * 4);
  store<i32>(counts, next + 1, records.POOL_NEXT * 4);
  return (<usize>next) << 6;
}

/** Takes a record back. */
export function give(pool: i32, record: usize): void {
  const counts = (<usize>pool) << 6;
  store<i32>(counts, load<i32>(counts, records.POOL_SIZE * 4) - 1, records.POOL_SIZE * 4);
  store<i32>(record, load<i32>(counts, records.POOL_FREE * 4), records.NEXT * 4);
  store<i32>(counts, <i32>(record >> 6), records.POOL_FREE * 4);
}

/** Takes an order back, with its extra line. Its id is taken from it, so that nobody takes the line for the order. */
export function giveOrder(order: usize): void {
  const extra = load<i32>(order, records.EXTRA * 4);
  if (extra !== 0) give(records.EXTRA_POOL, (<usize>extra) << 6);
  store<f64>(order, 0, records.ID * 8);
  give(records.ORDER_POOL, order);
}

/** Gives an order that has none its extra line. */
export function extend(order: usize): usize {
  const extra = take(records.EXTRA_POOL);
  store<f64>(extra, load<f64>(order, records.REMAINING * 8), records.QUANTITY * 8);
  store<f64>(extra, 0, records.EXECUTED * 8);
  store<f64>(extra, 0, records.HIDDEN * 8);
  store<f64>(extra, 0, records.STOP * 8);
  store<f64>(extra, 0, records.ICEBERG * 8);
  store<i32>(extra, 0, records.TRAILING * 4);
  store<i32>(extra, 0, records.AMENDS * 4);
  store<i32>(extra, 0, records.LIST * 4);
  store<i32>(order, <i32>(extra >> 6), records.EXTRA * 4);
  return extra;
}
