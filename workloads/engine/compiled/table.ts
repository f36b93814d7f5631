/**
 * Hash tables, the only ones of what commands touch: of orders by id and by client key, of positions, of levels. A table is named by the line of its counts.
 *
 * It is made of buckets of one line each, so that a search waits for one line of the cache. A bucket has twelve slots for records, and one byte of each record's hash,
 * its tag: all tags are compared at once, and nothing behind a record that goes is moved. Branches that nobody can foresee, as in a search from cell to cell,
 * would take more time than anything else here. What does not fit into its bucket goes into the next one that has room, and those it passes count it. A record's
 * key is in the record itself: whoever searches compares it.
 */

import * as records from "../records";
import { giveLines, takeLines } from "./host";

const GOLDEN: i32 = 0x9e3779b1;
/** Of a bucket: bytes 0 to 11 are the tags, 0 where a slot is empty; then how many records passed it, fewer than 2^24; then the slots, lines of records. */
const PASSED: usize = 12;
const SLOTS: usize = 16;
/** One bit for each slot. */
const ALL: i32 = 0xfff;
/** The last byte of the count is always 0: written again, it brings the bucket near without anybody waiting for it. */
const TOUCHED: usize = 15;
/** Buckets at first; a power of two. */
const FIRST_BUCKETS: i32 = 8;
/** Records for each bucket from which on a table is doubled: one of thirty is then full and passed. */
const FILLED: i32 = 7;

/** Bucket where a search for a hash begins. */
export function home(table: i32, hash: i32): usize {
  const counts = (<usize>table) << 6;
  return <usize>load<u32>(counts, records.TABLE_BASE * 4) + (((<usize>hash) << 6) & <usize>load<u32>(counts, records.TABLE_MASK * 4));
}

/** Bucket behind one. */
function after(table: i32, bucket: usize): usize {
  const counts = (<usize>table) << 6;
  const base = <usize>load<u32>(counts, records.TABLE_BASE * 4);
  return base + ((bucket - base + 64) & <usize>load<u32>(counts, records.TABLE_MASK * 4));
}

/** Brings a bucket near. */
export function bring(bucket: usize): void {
  store<u8>(bucket, 0, TOUCHED);
}

/** Slots of a bucket, a bit each, whose records may have a hash. */
function matches(bucket: usize, hash: i32): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(bucket), i8x16.splat(<i8>((hash >>> 25) | 128)))) & ALL;
}

/** Whether a search goes on behind a bucket. */
function passed(bucket: usize): bool {
  return load<i32>(bucket, PASSED) !== 0;
}

/** The record in the first of some slots. */
function first(bucket: usize, slots: i32): usize {
  return (<usize>load<i32>(bucket + ((<usize>ctz(slots)) << 2), SLOTS)) << 6;
}

/** Most likely the record with a hash, or 0. @param bucket where the search begins */
export function guess(bucket: usize, hash: i32): usize {
  const slots = matches(bucket, hash);
  return slots === 0 ? 0 : first(bucket, slots);
}

/** Puts a record that is not in a table there. */
export function add(table: i32, hash: i32, record: usize): void {
  const counts = (<usize>table) << 6;
  if (load<i32>(counts, records.TABLE_SIZE * 4) === load<i32>(counts, records.TABLE_LIMIT * 4)) grow(table);
  store<i32>(counts, load<i32>(counts, records.TABLE_SIZE * 4) + 1, records.TABLE_SIZE * 4);
  put(table, hash, record);
}

function put(table: i32, hash: i32, record: usize): void {
  let bucket = home(table, hash);
  let free = ~i8x16.bitmask(v128.load(bucket)) & ALL;
  while (free === 0) {
    store<i32>(bucket, load<i32>(bucket, PASSED) + 1, PASSED);
    bucket = after(table, bucket);
    free = ~i8x16.bitmask(v128.load(bucket)) & ALL;
  }
  const slot = <usize>ctz(free);
  store<u8>(bucket + slot, (hash >>> 25) | 128);
  store<i32>(bucket + (slot << 2), <i32>(record >> 6), SLOTS);
}

/** Takes a record that is in a table away. */
export function remove(table: i32, hash: i32, record: usize): void {
  const counts = (<usize>table) << 6;
  store<i32>(counts, load<i32>(counts, records.TABLE_SIZE * 4) - 1, records.TABLE_SIZE * 4);
  let bucket = home(table, hash);
  for (;;) {
    for (let slots = matches(bucket, hash); slots !== 0; slots &= slots - 1) {
      if (first(bucket, slots) !== record) continue;
      store<u8>(bucket + <usize>ctz(slots), 0);
      return;
    }
    store<i32>(bucket, load<i32>(bucket, PASSED) - 1, PASSED);
    bucket = after(table, bucket);
  }
}

/** Makes an empty table with room for so many records. */
export function makeTable(table: i32, expected: i32): void {
  let buckets = FIRST_BUCKETS;
  while (buckets * FILLED < expected) buckets *= 2;
  make(table, buckets);
}

function make(table: i32, buckets: i32): void {
  const counts = (<usize>table) << 6;
  store<u32>(counts, <u32>((<usize>takeLines(buckets)) << 6), records.TABLE_BASE * 4);
  store<u32>(counts, <u32>((<usize>(buckets - 1)) << 6), records.TABLE_MASK * 4);
  store<i32>(counts, buckets * FILLED, records.TABLE_LIMIT * 4);
}

/** Doubles a table. */
function grow(table: i32): void {
  const counts = (<usize>table) << 6;
  const base = <usize>load<u32>(counts, records.TABLE_BASE * 4);
  const buckets = <i32>(load<u32>(counts, records.TABLE_MASK * 4) >> 6) + 1;
  make(table, buckets * 2);
  const end = base + ((<usize>buckets) << 6);
  for (let bucket = base; bucket < end; bucket += 64) {
    for (let slots = i8x16.bitmask(v128.load(bucket)) & ALL; slots !== 0; slots &= slots - 1) {
      const record = first(bucket, slots);
      put(table, hashOf(table, record), record);
    }
  }
  giveLines(<i32>(base >> 6), buckets);
}

/** Hash of a record's own key. */
function hashOf(table: i32, record: usize): i32 {
  if (table === records.ORDER_TABLE) return hashOfId(<i32>(<i64>load<f64>(record, records.ID * 8)));
  if (table === records.KEY_TABLE) return hashOfKey(ownerOf(record), load<i64>(record, records.KEY_LOW * 4));
  if (table === records.POSITION_TABLE)
    return hashOfPosition(load<i32>(record, records.ACCOUNT * 4), load<i32>(record, records.SYMBOL * 4));
  const book = load<i32>(record, records.LEVEL_FLAGS * 4) >>> records.OWNER_SHIFT;
  return hashOfLevel(book, <i32>(<i64>load<f64>(record, records.LEVEL_PRICE * 8)));
}

function ownerOf(order: usize): i32 {
  return load<i32>((<usize>load<i32>(order, records.POSITION * 4)) << 6, records.OWNER * 4);
}

/** Puts the record in a line under its own key, which nothing in the table bears. */
export function enter(table: i32, line: i32): void {
  const record = (<usize>line) << 6;
  add(table, hashOf(table, record), record);
}

/** Takes it away; it still bears its key. */
export function leave(table: i32, line: i32): void {
  const record = (<usize>line) << 6;
  remove(table, hashOf(table, record), record);
}

/**
 * Of the lower half of an id: four that follow one another, as ids do that are handed out in sequence, are in one bucket, with a tag each; the next four are in another.
 */
export function hashOfId(low: i32): i32 {
  return (((low >>> 2) * GOLDEN) >>> 7) | (low << 25);
}

/** Of an owner and a client key: `mix` of `hash-index.ts`, by which tests look for keys that lie together. */
export function hashOfKey(owner: i32, key: i64): i32 {
  let h = (owner ^ 0x27d4eb2f) * GOLDEN;
  h = ((h ^ (h >>> 15)) + <i32>key) * <i32>0x85ebca6b;
  h = ((h ^ (h >>> 13)) + <i32>(key >>> 32)) * <i32>0xc2b2ae35;
  return h ^ (h >>> 16);
}

/** Of an account and a symbol, by their outside numbers. */
export function hashOfPosition(account: i32, symbol: i32): i32 {
  let h = account * GOLDEN;
  h = ((h ^ (h >>> 15)) + symbol) * <i32>0x85ebca6b;
  return h ^ (h >>> 13);
}

/** Of a book and the lower half of a price: levels of both sides, which are seldom at one price. */
export function hashOfLevel(book: i32, priceLow: i32): i32 {
  const mixed = (priceLow + (book << 12)) * GOLDEN;
  return mixed ^ (mixed >>> 15);
}

/** The order with an id, 0 for none. Ids are compared as the bits that they are. */
export function findOrder(id: i64, hash: i32): usize {
  let bucket = home(records.ORDER_TABLE, hash);
  let more = true;
  while (more) {
    for (let slots = matches(bucket, hash); slots !== 0; slots &= slots - 1) {
      const order = first(bucket, slots);
      if (load<i64>(order, records.ID * 8) === id) return order;
    }
    more = passed(bucket);
    bucket = after(records.ORDER_TABLE, bucket);
  }
  return 0;
}

/** The position of an account in a symbol, both by their outside numbers; 0 for none. */
export function findPosition(account: i32, symbol: i32): usize {
  const hash = hashOfPosition(account, symbol);
  let bucket = home(records.POSITION_TABLE, hash);
  let more = true;
  while (more) {
    for (let slots = matches(bucket, hash); slots !== 0; slots &= slots - 1) {
      const position = first(bucket, slots);
      if (load<i32>(position, records.ACCOUNT * 4) === account && load<i32>(position, records.SYMBOL * 4) === symbol) return position;
    }
    more = passed(bucket);
    bucket = after(records.POSITION_TABLE, bucket);
  }
  return 0;
}

/** The order that bears a client key of an owner, whose hash this is; 0 for none. */
export function findByKey(owner: i32, key: i64, hash: i32): usize {
  let bucket = home(records.KEY_TABLE, hash);
  let more = true;
  while (more) {
    for (let slots = matches(bucket, hash); slots !== 0; slots &= slots - 1) {
      const order = first(bucket, slots);
      if (load<i64>(order, records.KEY_LOW * 4) === key && ownerOf(order) === owner) return order;
    }
    more = passed(bucket);
    bucket = after(records.KEY_TABLE, bucket);
  }
  return 0;
}

/** The level of a side of a book at a price whose lower half is given; 0 for none. */
export function findLevel(book: i32, side: i32, price: f64, priceLow: i32): usize {
  const hash = hashOfLevel(book, priceLow);
  let bucket = home(records.LEVEL_TABLE, hash);
  let more = true;
  while (more) {
    for (let slots = matches(bucket, hash); slots !== 0; slots &= slots - 1) {
      const level = first(bucket, slots);
      if (isLevel(level, book, side, price)) return level;
    }
    more = passed(bucket);
    bucket = after(records.LEVEL_TABLE, bucket);
  }
  return 0;
}

/** Whether a line is the level of a side of a book at a price. */
export function isLevel(level: usize, book: i32, side: i32, price: f64): bool {
  if (load<i64>(level, records.LEVEL_PRICE * 8) !== reinterpret<i64>(price)) return false;
  return (load<i32>(level, records.LEVEL_FLAGS * 4) & ~records.LEVEL_NOTED) === ((book << records.OWNER_SHIFT) | side);
}
