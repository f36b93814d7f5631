/** The hash tables of `table.ts`: of orders by id and by client key, and of positions. A table is named by the line of its counts. */

import * as records from "../records";
import { growTable } from "./host";

const GOLDEN: i32 = 0x9e3779b1;

/** Byte of the cell where a search for a hash begins. */
export function home(table: i32, hash: i32): usize {
  const counts = (<usize>table) << 6;
  return (<usize>(load<i32>(counts, records.TABLE_BASE * 4) + ((hash << 1) & load<i32>(counts, records.TABLE_MASK * 4)))) << 2;
}

/** Byte of the cell behind one. */
export function after(table: i32, cell: usize): usize {
  const counts = (<usize>table) << 6;
  const base = (<usize>load<i32>(counts, records.TABLE_BASE * 4)) << 2;
  return base + ((cell - base + 8) & ((<usize>load<i32>(counts, records.TABLE_MASK * 4)) << 2));
}

/** Byte of the record in a cell; 0 for an empty one. */
export function recordIn(cell: usize): usize {
  return (<usize>load<i32>(cell, 4)) << 6;
}

/** Where a search for a hash most likely ends: the first record under it, or 0. @param cell where the search begins */
export function guess(table: i32, hash: i32, cell: usize): usize {
  let at = cell;
  let record = recordIn(at);
  while (record !== 0 && load<i32>(at) !== hash) {
    at = after(table, at);
    record = recordIn(at);
  }
  return record;
}

/** Sees to it that a table has room for one record more. */
export function makeRoom(table: i32): void {
  const counts = (<usize>table) << 6;
  if (load<i32>(counts, records.TABLE_SIZE * 4) === load<i32>(counts, records.TABLE_LIMIT * 4)) growTable(table);
}

/** Puts a record into an empty cell. */
export function fill(table: i32, cell: usize, hash: i32, record: usize): void {
  const counts = (<usize>table) << 6;
  store<i32>(cell, hash);
  store<i32>(cell, <i32>(record >> 6), 4);
  store<i32>(counts, load<i32>(counts, records.TABLE_SIZE * 4) + 1, records.TABLE_SIZE * 4);
}

/** Adds a record under a hash. */
export function add(table: i32, hash: i32, record: usize): void {
  makeRoom(table);
  let cell = home(table, hash);
  while (load<i32>(cell, 4) !== 0) cell = after(table, cell);
  fill(table, cell, hash, record);
}

/** Removes a record that is there under a hash, and moves those behind it back that would not be found otherwise. */
export function remove(table: i32, hash: i32, record: usize): void {
  const counts = (<usize>table) << 6;
  const base = (<usize>load<i32>(counts, records.TABLE_BASE * 4)) << 2;
  const mask = (<usize>load<i32>(counts, records.TABLE_MASK * 4)) << 2;
  const line = <i32>(record >> 6);
  // Places are bytes behind the first cell.
  let hole = ((<usize>hash) << 3) & mask;
  while (load<i32>(base + hole, 4) !== line) hole = (hole + 8) & mask;
  for (let next = (hole + 8) & mask; load<i32>(base + next, 4) !== 0; next = (next + 8) & mask) {
    if (((next - ((<usize>load<i32>(base + next)) << 3)) & mask) < ((next - hole) & mask)) continue;
    store<u64>(base + hole, load<u64>(base + next));
    hole = next;
  }
  store<i32>(base + hole, 0, 4);
  store<i32>(counts, load<i32>(counts, records.TABLE_SIZE * 4) - 1, records.TABLE_SIZE * 4);
}

/** As in `hash-index.ts`, of the lower half of an id. */
export function hashOfId(low: i32): i32 {
  const mixed = (low >>> 2) * GOLDEN;
  return ((mixed ^ (mixed >>> 15)) << 3) | ((low & 3) << 1);
}

/** As in `hash-index.ts`: of an owner and the halves of a client key. */
export function hashOfKey(owner: i32, key: i64): i32 {
  let h = (owner ^ 0x27d4eb2f) * GOLDEN;
  h = ((h ^ (h >>> 15)) + <i32>key) * <i32>0x85ebca6b;
  h = ((h ^ (h >>> 13)) + <i32>(key >>> 32)) * <i32>0xc2b2ae35;
  return h ^ (h >>> 16);
}

/** As in `positions.ts`. */
export function hashOfPosition(account: i32, symbol: i32): i32 {
  let h = account * GOLDEN;
  h = ((h ^ (h >>> 15)) + symbol) * <i32>0x85ebca6b;
  return h ^ (h >>> 13);
}

/** The order with an id, 0 for none. Ids are compared as the bits that they are. */
export function findOrder(id: i64, hash: i32): usize {
  let cell = home(records.ORDER_TABLE, hash);
  let order = recordIn(cell);
  while (order !== 0 && (load<i32>(cell) !== hash || load<i64>(order, records.ID * 8) !== id)) {
    cell = after(records.ORDER_TABLE, cell);
    order = recordIn(cell);
  }
  return order;
}

/** The position of an account in a symbol, both by their outside numbers; 0 for none. */
export function findPosition(account: i32, symbol: i32): usize {
  const hash = hashOfPosition(account, symbol);
  let cell = home(records.POSITION_TABLE, hash);
  let position = recordIn(cell);
  while (position !== 0 && (load<i32>(position, records.ACCOUNT * 4) !== account || load<i32>(position, records.SYMBOL * 4) !== symbol)) {
    cell = after(records.POSITION_TABLE, cell);
    position = recordIn(cell);
  }
  return position;
}

/** The cell of the order that bears a client key of an owner, whose hash this is; an empty one, where it would be put, if none does. */
export function cellOfKey(owner: i32, key: i64, hash: i32): usize {
  let cell = home(records.KEY_TABLE, hash);
  while (recordIn(cell) !== 0 && (load<i32>(cell) !== hash || !bears(recordIn(cell), owner, key))) cell = after(records.KEY_TABLE, cell);
  return cell;
}

function bears(order: usize, owner: i32, key: i64): bool {
  if (load<i64>(order, records.KEY_LOW * 4) !== key) return false;
  return load<i32>((<usize>load<i32>(order, records.POSITION * 4)) << 6, records.OWNER * 4) === owner;
}
