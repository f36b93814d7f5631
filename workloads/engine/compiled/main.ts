/**
 * The commands that an exchange gets most, compiled to WebAssembly: LIMIT and LIMIT_MAKER orders without extras and cancels by id, whole batches of them in
 * one call, as one function that first looks whether everything is plain and admissible and then does at once what the general way, in TypeScript, does step
 * by step. Both work on the same memory and give the same events and the same state.
 *
 * Records, tables and pools are those of `memory.ts`. Here they are named by the byte at which they begin, the line's number times 64; fields of records stay as
 * `records.ts` names them.
 */

import * as areas from "../areas";
import * as codes from "../codes";
import * as records from "../records";
import { bringOwned, lookAhead, nextCancel, nextNew } from "./ahead";
import { whole } from "./amounts";
import { cancelOrder } from "./cancels";
import { takeSession } from "./host";
import { newOrder } from "./orders";
import * as table from "./table";

export { fill } from "./fills";
export { enter, leave, makeTable } from "./table";

const BATCH: usize = areas.BATCH * 64;
const CORE: usize = records.CORE * 64;
const HEAD: usize = records.HEAD * 64;
const LATEST: usize = records.LATEST_SESSION * 64;
const ENDS: usize = areas.ENDS * 64;
const WINDOW: i32 = records.SESSION_WINDOW;

/** What TypeScript finds in the tables, and brings near: all by lines, 0 for none. */
export function orderOf(id: f64): i32 {
  return lineOf(table.findOrder(reinterpret<i64>(id), table.hashOfId(<i32>(<i64>id))));
}

export function orderOfKey(owner: i32, low: i32, high: i32): i32 {
  const key = ((<i64>high) << 32) | <i64>(<u32>low);
  return lineOf(table.findByKey(owner, key, table.hashOfKey(owner, key)));
}

export function positionOf(account: i32, symbol: i32): i32 {
  return lineOf(table.findPosition(account, symbol));
}

export function levelOf(book: i32, side: i32, price: f64): i32 {
  return lineOf(table.findLevel(book, side, price, <i32>(<i64>price)));
}

export function bringPlaces(line: i32): void {
  bringOwned((<usize>line) << 6);
}

function lineOf(record: usize): i32 {
  return <i32>(record >> 6);
}

/**
 * Applies the commands of the input from the one at `AT` up to byte `end`, with `between` bytes between them, until one is not for here or not whole. What
 * has become of them is in the line `BATCH`.
 */
export function run(end: usize, between: usize): codes.Pause {
  let at = <usize>load<u32>(BATCH, areas.AT * 4);
  let applied = load<i32>(BATCH, areas.APPLIED * 4);
  let pause = codes.Pause.END;
  let sequence = load<f64>(CORE, records.LAST_SEQUENCE * 8);
  while (at < end) {
    if (load<i32>(BATCH, areas.WRITTEN * 4) > areas.OUTPUT_BYTES || applied === areas.ENDS_LENGTH) {
      pause = codes.Pause.FULL;
      break;
    }
    if (at >= <usize>load<u32>(BATCH, areas.LOOKED * 4)) {
      store<u32>(BATCH, <u32>lookAhead(at, end, between), areas.LOOKED * 4);
    }
    const head = load<u32>(at);
    const length = <usize>(head & 0xffff);
    // The rest of it, or all, has not come yet.
    if (at + length > end) break;
    const type = (head >> 16) & 255;
    if (type === codes.CommandType.NEW_ORDER) {
      const hint = nextNew();
      if (!begin(at, sequence + 1)) {
        pause = codes.Pause.OTHER;
        break;
      }
      pause = newOrder(at, hint);
    } else if (type === codes.CommandType.CANCEL_ORDER) {
      const hint = nextCancel();
      if (!begin(at, sequence + 1)) {
        pause = codes.Pause.OTHER;
        break;
      }
      pause = cancelOrder(at, hint);
    } else {
      pause = codes.Pause.OTHER;
      break;
    }
    if (pause !== codes.Pause.END) break;
    store<i32>(ENDS + ((<usize>applied) << 2), load<i32>(BATCH, areas.WRITTEN * 4));
    applied += 1;
    sequence += 1;
    store<i32>(BATCH, applied, areas.APPLIED * 4);
    at += length + between;
  }
  store<u32>(BATCH, <u32>at, areas.AT * 4);
  return pause;
}

/**
 * Takes the next position for a command, moves the time, and notes its number in its session. Returns false, with nothing done, where its time is too late or its
 * number came before or is below the session's window.
 */
function begin(command: usize, sequence: f64): bool {
  const time = load<i64>(command, 8);
  const lastTime = load<i64>(HEAD, 16);
  if (time > lastTime && lastTime !== 0 && time > lastTime + codes.MAX_TIME_STEP) return false;
  const session = load<u32>(command, 16);
  if (session !== 0 && !isNew(session, load<i64>(command, 24), sequence)) return false;
  store<f64>(CORE, sequence, records.LAST_SEQUENCE * 8);
  if (time > lastTime) {
    store<f64>(CORE, <f64>time, records.LAST_TIME * 8);
    store<i64>(HEAD, time, 16);
  }
  store<i32>(HEAD, 0, records.NEXT_EVENT * 4);
  store<i64>(HEAD, whole(sequence), 8);
  return true;
}

/** `Sessions.check` for a number that did not come before, and false with nothing done otherwise. */
function isNew(session: u32, numbered: i64, position: f64): bool {
  const known = load<f64>(LATEST, records.SESSION_NUMBER * 8) === <f64>session;
  const lines = (<usize>(known ? load<i32>(LATEST, records.SESSION_LINES * 4) : takeSession(<f64>session))) << 6;
  const number = <f64>numbered;
  const cell = lines + ((<usize>(<i32>numbered & (WINDOW - 1))) << 4);
  const highest = load<f64>(lines, records.HIGHEST * 8);
  if (number <= highest) {
    if (number <= highest - <f64>WINDOW) return false;
    if (load<f64>(cell, records.SESSION_CELLS * 8) === number && load<f64>(cell, (records.SESSION_CELLS + 1) * 8) !== 0) return false;
  } else store<f64>(lines, number, records.HIGHEST * 8);
  store<f64>(cell, number, records.SESSION_CELLS * 8);
  store<f64>(cell, position, (records.SESSION_CELLS + 1) * 8);
  store<f64>(lines, position, records.LAST_USED * 8);
  return true;
}
