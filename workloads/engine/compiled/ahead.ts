/**
 * Brings what the next commands will need into the processor's cache. Orders, positions and balances of a large exchange lie in tens of
 * megabytes, so a command would wait for a dozen cache misses, one after the other. Here the same places are brought near for many commands at once. Nothing is
 * changed and nothing is decided: what was found on the way is kept as hints, and whoever applies a command looks whether its hint is the right one.
 *
 * A place is brought near by a write of what is there already, a byte that is always 0 (`TOUCHED`): WebAssembly has no other way to ask for a line of the cache
 * without waiting for it. So whatever is followed here must be the line of a record, or 0, in records that are gone as well. It goes in steps, each of which looks at
 * what the step before it has brought.
 */

import * as areas from "../areas";
import * as codes from "../codes";
import * as records from "../records";
import * as table from "./table";

const CORE: usize = records.CORE * 64;
const BATCH: usize = areas.BATCH * 64;
/** Bytes of a hint, and of all of one kind. */
const HINT: usize = 32;
const LENGTH: usize = areas.LOOKED_AHEAD * 32;
/** Hints for new orders and for cancels, each in the order in which they come. */
const NEW: usize = areas.AHEAD * 64;
const CANCELS: usize = NEW + LENGTH;
/** Of both: the byte of the command, and the hash and the bucket with which its search begins. */
const COMMAND: usize = 0;
const HASH: usize = 4;
const BUCKET: usize = 8;
/** Most likely the position; of cancels by id it is looked for where the order is gone. */
export const POSITION: usize = 12;
/** Of a new order, if that is its position: the hash of its client key; most likely the level that it joins. */
export const KEY_HASH: usize = 16;
export const LEVEL: usize = 20;
/** Of a cancel: most likely the order. */
export const ORDER: usize = 16;
/** Lists of hints: of new orders that trade at once; of cancels by id, of those that came too late, of cancels by client key. Then makers, two for each that trades. */
const LIST: usize = areas.LOOKED_AHEAD * 4;
const TAKERS: usize = CANCELS + LENGTH;
const BY_ID: usize = TAKERS + LIST;
const LATE: usize = BY_ID + LIST;
const BY_KEY: usize = LATE + LIST;
const MAKERS: usize = BY_KEY + LIST;

/** The record whose line is at a place. */
function record(at: usize, field: usize): usize {
  return (<usize>load<i32>(at + field)) << 6;
}

/** Brings the line of a record near. */
function bring(record: usize): void {
  store<u8>(record, 0, records.TOUCHED);
}

/** The hint for the next new order. */
export function nextNew(): usize {
  const hint = <usize>load<u32>(BATCH, areas.NEXT_NEW * 4);
  store<u32>(BATCH, <u32>(hint + HINT), areas.NEXT_NEW * 4);
  return hint;
}

/** The hint for the next cancel. */
export function nextCancel(): usize {
  const hint = <usize>load<u32>(BATCH, areas.NEXT_CANCEL * 4);
  store<u32>(BATCH, <u32>(hint + HINT), areas.NEXT_CANCEL * 4);
  return hint;
}

/** Looks at the commands from byte `start` to `end`, at most 64 new orders and cancels, with `between` bytes between them; returns where the rest begins. */
export function lookAhead(start: usize, end: usize, between: usize): usize {
  let entered = NEW;
  let canceled = CANCELS;
  let byId = BY_ID;
  let byKey = BY_KEY;
  let at = start;
  let nextId = <i32>(<i64>load<f64>(CORE, records.LAST_ORDER * 8)) + 1;
  while (at < end && entered + canceled < NEW + CANCELS + LENGTH) {
    const head = load<u32>(at);
    if (at + <usize>(head & 0xffff) > end) break;
    const type = (head >> 16) & 255;
    if (type === codes.CommandType.NEW_ORDER) {
      // Four ids share a bucket.
      if ((nextId & 3) === 0 || entered === NEW) table.bring(table.home(records.ORDER_TABLE, table.hashOfId(nextId)));
      nextId += 1;
      begin(entered, at, records.POSITION_TABLE, hashOfOwner(at));
      entered += HINT;
    } else if (type === codes.CommandType.CANCEL_ORDER) {
      if (load<i64>(at, 32) === 0) {
        begin(canceled, at, records.POSITION_TABLE, hashOfOwner(at));
        store<u32>(byKey, <u32>canceled);
        byKey += 4;
      } else {
        begin(canceled, at, records.ORDER_TABLE, table.hashOfId(load<i32>(at, 32)));
        store<u32>(byId, <u32>canceled);
        byId += 4;
      }
      canceled += HINT;
    }
    at += <usize>(head & 0xffff) + between;
  }
  store<u32>(BATCH, <u32>NEW, areas.NEXT_NEW * 4);
  store<u32>(BATCH, <u32>CANCELS, areas.NEXT_CANCEL * 4);

  for (let hint = NEW; hint < entered; hint += HINT) findPosition(hint);
  for (let n = BY_KEY; n < byKey; n += 4) findPosition(load<u32>(n));
  const late = findOrders(byId);
  const taking = lookAtNew(entered);
  for (let n = BY_ID; n < byId; n += 4) bringNeighbours(load<u32>(load<u32>(n), ORDER));
  for (let n = BY_KEY; n < byKey; n += 4) lookAtKey(load<u32>(n));
  for (let n = LATE; n < late; n += 4) lookAtOwner(load<u32>(n));
  for (let hint = NEW; hint < entered; hint += HINT) bring(record(load<u32>(hint, LEVEL), records.PREVIOUS * 4));
  for (let n = BY_ID; n < byId; n += 4) bringHold(load<u32>(load<u32>(n), ORDER));
  for (let n = BY_KEY; n < byKey; n += 4) findOrder(load<u32>(n));
  for (let n = LATE; n < late; n += 4) findPosition(load<u32>(n));
  for (let n = BY_KEY; n < byKey; n += 4) bringNeighbours(load<u32>(load<u32>(n), ORDER));
  for (let n = BY_KEY; n < byKey; n += 4) bringAll(load<u32>(load<u32>(n), ORDER));
  if (taking !== TAKERS) lookAtTakers(taking);
  return at;
}

/** Begins a hint, and brings the bucket near where it is searched for. */
function begin(hint: usize, command: usize, tableLine: i32, hash: i32): void {
  const bucket = table.home(tableLine, hash);
  store<u32>(hint, <u32>command, COMMAND);
  store<i32>(hint, hash, HASH);
  store<u32>(hint, <u32>bucket, BUCKET);
  table.bring(bucket);
}

/** Of the account and the symbol of a command. */
function hashOfOwner(command: usize): i32 {
  return table.hashOfPosition(load<i32>(command, 20), load<i32>(command, 4));
}

function findPosition(hint: usize): void {
  const position = table.guess(load<u32>(hint, BUCKET), load<i32>(hint, HASH));
  store<u32>(hint, <u32>position, POSITION);
  bring(position);
}

function findOrder(hint: usize): usize {
  const order = table.guess(load<u32>(hint, BUCKET), load<i32>(hint, HASH));
  store<u32>(hint, <u32>order, ORDER);
  bring(order);
  return order;
}

/** Of cancels by id. Returns where the list of those ends that came too late: their orders are gone. */
function findOrders(end: usize): usize {
  let late = LATE;
  for (let n = BY_ID; n < end; n += 4) {
    const hint: usize = load<u32>(n);
    const order = findOrder(hint);
    store<u32>(late, <u32>hint);
    late += order === 0 ? 4 : 0;
  }
  return late;
}

/** Of new orders: balances, places of client keys, the owners' latest orders, levels. Returns where the list of those ends that trade at once. */
function lookAtNew(end: usize): usize {
  let taking = TAKERS;
  for (let hint = NEW; hint < end; hint += HINT) {
    const position: usize = load<u32>(hint, POSITION);
    store<u32>(hint, 0, LEVEL);
    if (position === 0) continue;
    const command: usize = load<u32>(hint, COMMAND);
    const side = load<i32>(command, 32) & records.SIDE_BIT;
    const keyHash = table.hashOfKey(load<i32>(position, records.OWNER * 4), load<i64>(command, 56));
    store<i32>(hint, keyHash, KEY_HASH);
    table.bring(table.home(records.KEY_TABLE, keyHash));
    bring(holding(position, side));
    bring(record(position, records.POSITION_PREVIOUS * 4));
    const row = record(position, records.ROW * 4);
    const level = levelAt(row, load<i32>(command, 40));
    store<u32>(hint, <u32>level, LEVEL);
    bring(level);
    const price = <f64>load<i64>(command, 40);
    const there = load<f64>(row + ((<usize>(1 - side)) << 3), records.BEST * 8);
    store<u32>(taking, <u32>hint);
    taking += (price - there) * <f64>(1 - 2 * side) >= 0 ? 4 : 0;
  }
  return taking;
}

/** The balance from which an order of a position holds. */
function holding(position: usize, side: i32): usize {
  return record(position - ((<usize>side) << 2), records.QUOTE * 4);
}

/** Most likely the level of a row's book at a price whose lower half is given, or 0. */
function levelAt(row: usize, priceLow: i32): usize {
  const hash = table.hashOfLevel(load<i32>(row, records.BOOK_NUMBER * 4), priceLow);
  return table.guess(table.home(records.LEVEL_TABLE, hash), hash);
}

/** Of an order that is canceled: its position, its level, and the neighbours in both of the lists that it is in. */
function bringNeighbours(order: usize): void {
  bring(record(order, records.POSITION * 4));
  bring(record(order, records.NEXT * 4));
  bring(record(order, records.PREVIOUS * 4));
  bring(record(order, records.LEVEL * 4));
  bring(record(order, records.POSITION_NEXT * 4));
  bring(record(order, records.POSITION_PREVIOUS * 4));
}

/** What an order holds, and where its client key is. Its position is near. */
function bringHold(order: usize): void {
  const position = record(order, records.POSITION * 4);
  bring(holding(position, load<i32>(order, records.FLAGS * 4) & records.SIDE_BIT));
  bringKey(position, load<i64>(order, records.KEY_LOW * 4));
}

/** Where a client key is. */
function bringKey(position: usize, key: i64): void {
  table.bring(table.home(records.KEY_TABLE, table.hashOfKey(load<i32>(position, records.OWNER * 4), key)));
}

/** Where the order of a cancel by client key is known. Its position is near. */
function lookAtKey(hint: usize): void {
  const command: usize = load<u32>(hint, COMMAND);
  const owner = load<i32>(load<u32>(hint, POSITION), records.OWNER * 4);
  begin(hint, command, records.KEY_TABLE, table.hashOfKey(owner, load<i64>(command, 40)));
}

/** Where the position of a cancel is known of whose order nothing is. */
function lookAtOwner(hint: usize): void {
  const command: usize = load<u32>(hint, COMMAND);
  begin(hint, command, records.POSITION_TABLE, hashOfOwner(command));
}

/** The same as {@link bringHold}, and where the order is known by its id. */
function bringAll(order: usize): void {
  bringHold(order);
  table.bring(bucketOfId(order));
}

function bucketOfId(order: usize): usize {
  return table.home(records.ORDER_TABLE, table.hashOfId(<i32>(<i64>load<f64>(order, records.ID * 8))));
}

/** Of orders that trade at once: both balances, the first two orders that they trade with, what trades change of these, and what one that is filled leaves. */
function lookAtTakers(end: usize): void {
  let making = MAKERS;
  for (let at = TAKERS; at < end; at += 4) {
    const hint: usize = load<u32>(at);
    const position: usize = load<u32>(hint, POSITION);
    bring(record(position, records.BASE * 4));
    bring(record(position, records.QUOTE * 4));
    const row = record(position, records.ROW * 4);
    const side = load<i32>(load<u32>(hint, COMMAND), 32) & records.SIDE_BIT;
    const best = levelAt(row, <i32>(<i64>load<f64>(row + ((<usize>(1 - side)) << 3), records.BEST * 8)));
    const maker = record(best, records.NEXT * 4);
    const second = record(maker, records.NEXT * 4);
    store<u32>(making, <u32>maker);
    store<u32>(making, <u32>second, 4);
    making += 8;
    bring(second);
  }
  for (let at = MAKERS; at < making; at += 4) {
    bringNeighbours(load<u32>(at));
    table.bring(bucketOfId(load<u32>(at)));
  }
  for (let at = MAKERS; at < making; at += 4) {
    const order: usize = load<u32>(at);
    const position = record(order, records.POSITION * 4);
    bring(record(position, records.BASE * 4));
    bring(record(position, records.QUOTE * 4));
    bringKey(position, load<i64>(order, records.KEY_LOW * 4));
  }
}

/** What an order needs to enter the list and the table of its owner, whose position is near. */
export function bringOwned(order: usize): void {
  const position = record(order, records.POSITION * 4);
  bringKey(position, load<i64>(order, records.KEY_LOW * 4));
  bring(record(position, records.POSITION_PREVIOUS * 4));
}
