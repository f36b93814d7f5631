/**
 * Brings what the next commands will need into the processor's cache. Orders, positions and balances of a large exchange lie in tens of
 * megabytes, so a command waits for a dozen cache misses, one after the other. Here the same places are read for many commands at once:
 * reads that do not depend on one another overlap. Nothing is changed and nothing is decided: positions and orders that were found on the way are kept as
 * hints, and whoever applies a command looks whether its hint is the right one.
 *
 * It goes in steps, each of which looks at what the step before it has brought, and first notes where to read, then reads: a processor looks some
 * 300 instructions ahead, so a loop that does nothing but read has several times as many reads under way as one that also finds the places.
 */

import * as areas from "../areas";
import * as codes from "../codes";
import * as records from "../records";
import { guessLevel } from "./levels";
import { guess, hashOfId, hashOfKey, hashOfPosition, home } from "./table";

const CORE: usize = records.CORE * 64;
const BATCH: usize = areas.BATCH * 64;
/** Bytes of a list. */
const LIST: usize = areas.LOOKED_AHEAD * 4;
/** Of new orders: positions, which are hints; bytes of the commands; hashes and cells of the positions; levels that they will join. */
const POSITIONS: usize = areas.AHEAD * 64;
const COMMANDS: usize = POSITIONS + LIST;
const POSITION_HASHES: usize = POSITIONS + 2 * LIST;
const POSITION_CELLS: usize = POSITIONS + 3 * LIST;
const LEVELS: usize = POSITIONS + 4 * LIST;
/** Of cancels: orders, which are hints; hashes and cells of their ids; of those without an order, which came too late, bytes of the commands. */
const ORDERS: usize = POSITIONS + 5 * LIST;
const ORDER_HASHES: usize = POSITIONS + 6 * LIST;
const ORDER_CELLS: usize = POSITIONS + 7 * LIST;
const CANCELS: usize = POSITIONS + 18 * LIST;
const LATE: usize = POSITIONS + 12 * LIST;
/** Of cancels by client key: their places among cancels; hashes and cells of positions; positions; hashes of keys. */
const KEYED: usize = POSITIONS + 14 * LIST;
const KEYED_HASHES: usize = POSITIONS + 15 * LIST;
const KEYED_CELLS: usize = POSITIONS + 16 * LIST;
const KEYED_POSITIONS: usize = POSITIONS + 17 * LIST;
/** Of new orders that trade at once: their positions, the best level of the other side, the first two orders there. */
const TAKERS: usize = POSITIONS + 8 * LIST;
const BESTS: usize = POSITIONS + 9 * LIST;
const MAKERS: usize = POSITIONS + 10 * LIST;
/** Where what was read is left, so that no compiler leaves a read out. */
const SEEN: usize = POSITIONS + 13 * LIST;
/** Four times how many trade at once, how many came too late, and how many cancels are by client key. */
const TAKING: usize = SEEN + 4;
const LATES: usize = SEEN + 8;
const KEYED_COUNT: usize = SEEN + 12;
const PLACES: usize = areas.PLACES * 64;

/** The line that a field names. */
function line(record: usize, field: usize): usize {
  return (<usize>load<i32>(record + field)) << 6;
}

/** The hint for the next new order. */
export function nextPosition(): usize {
  const turn = load<i32>(BATCH, areas.TURN_OF_NEW * 4);
  store<i32>(BATCH, turn + 1, areas.TURN_OF_NEW * 4);
  return line(POSITIONS, (<usize>(turn & (areas.LOOKED_AHEAD - 1))) << 2);
}

/** The hint for the next cancel. */
export function nextOrder(): usize {
  const turn = load<i32>(BATCH, areas.TURN_OF_CANCEL * 4);
  store<i32>(BATCH, turn + 1, areas.TURN_OF_CANCEL * 4);
  return line(ORDERS, (<usize>(turn & (areas.LOOKED_AHEAD - 1))) << 2);
}

/** Notes a place to be read; returns where the next one is noted. */
function note(to: usize, place: usize): usize {
  store<u32>(to, <u32>place);
  return to + 4;
}

/** Reads the places that were noted, up to the one noted at `to`. */
function read(to: usize): void {
  let seen = 0;
  for (let at = PLACES; at < to; at += 4) seen ^= load<i32>(<usize>load<u32>(at));
  store<i32>(SEEN, seen);
}

/** Looks at the commands from byte `start` to `end`, at most 64 new orders and cancels, with `between` bytes between them; returns where the rest begins. */
export function lookAhead(start: usize, end: usize, between: usize): usize {
  let to = PLACES;
  let entered: usize = 0;
  let canceled: usize = 0;
  let keyed: usize = 0;
  let at = start;
  const nextId = <i32>(<i64>load<f64>(CORE, records.LAST_ORDER * 8)) + 1;
  while (at < end && entered + canceled < LIST) {
    const head = load<u32>(at);
    if (at + <usize>(head & 0xffff) > end) break;
    const type = (head >> 16) & 255;
    if (type === codes.CommandType.NEW_ORDER) {
      // Four ids share a line of the cache.
      if ((entered & 12) === 0) to = note(to, home(records.ORDER_TABLE, hashOfId(nextId + <i32>(entered >> 2))));
      const hash = hashOfPosition(load<i32>(at, 20), load<i32>(at, 4));
      const cell = home(records.POSITION_TABLE, hash);
      to = note(to, cell);
      store<u32>(COMMANDS + entered, <u32>at);
      store<i32>(POSITION_HASHES + entered, hash);
      store<u32>(POSITION_CELLS + entered, <u32>cell);
      entered += 4;
    } else if (type === codes.CommandType.CANCEL_ORDER) {
      const byKey = load<i64>(at, 32) === 0;
      const hash = byKey ? hashOfPosition(load<i32>(at, 20), load<i32>(at, 4)) : hashOfId(load<i32>(at, 32));
      const cell = home(byKey ? records.POSITION_TABLE : records.ORDER_TABLE, hash);
      to = note(to, cell);
      store<u32>(CANCELS + canceled, <u32>at);
      // An order without an id is none: its cell is that of no order.
      store<i32>(ORDER_HASHES + canceled, hash);
      store<u32>(ORDER_CELLS + canceled, byKey ? 0 : <u32>cell);
      store<u32>(KEYED + keyed, <u32>canceled);
      store<i32>(KEYED_HASHES + keyed, hash);
      store<u32>(KEYED_CELLS + keyed, <u32>cell);
      keyed += byKey ? 4 : 0;
      canceled += 4;
    }
    at += <usize>(head & 0xffff) + between;
  }
  store<i32>(BATCH, 0, areas.TURN_OF_NEW * 4);
  store<i32>(BATCH, 0, areas.TURN_OF_CANCEL * 4);
  store<u32>(KEYED_COUNT, <u32>keyed);
  read(to);
  read(findKeyedPositions(findRecords(entered, canceled)));
  read(lookAtKeys(lookAtLate(lookAtCanceled(canceled, lookAtNew(entered)))));
  read(findKeyed(lookAtLatePositions(lookAtOwners(canceled, lookAtLevels(entered)))));
  if (keyed !== 0) read(lookAtKeyed());
  const taking = <usize>load<u32>(TAKING);
  if (taking !== 0) {
    read(lookAtTakers(taking));
    read(lookAtMakers(taking * 2));
    read(lookAtTheirOwners(taking * 2));
  }
  return at;
}

/** Positions and orders, which are most likely the right ones. */
function findRecords(entered: usize, canceled: usize): usize {
  let to = PLACES;
  let late: usize = 0;
  for (let n: usize = 0; n < entered; n += 4) {
    const position = guess(records.POSITION_TABLE, load<i32>(POSITION_HASHES + n), <usize>load<u32>(POSITION_CELLS + n));
    store<u32>(POSITIONS + n, <u32>(position >> 6));
    to = note(to, position);
  }
  for (let n: usize = 0; n < canceled; n += 4) {
    const order = guess(records.ORDER_TABLE, load<i32>(ORDER_HASHES + n), <usize>load<u32>(ORDER_CELLS + n));
    store<u32>(ORDERS + n, <u32>(order >> 6));
    to = note(to, order);
    store<u32>(LATE + late, load<u32>(CANCELS + n));
    late += order === 0 && load<u32>(ORDER_CELLS + n) !== 0 ? 4 : 0;
  }
  store<u32>(LATES, <u32>late);
  return to;
}

/** Positions of cancels by client key. */
function findKeyedPositions(from: usize): usize {
  let to = from;
  const keyed = <usize>load<u32>(KEYED_COUNT);
  for (let n: usize = 0; n < keyed; n += 4) {
    const position = guess(records.POSITION_TABLE, load<i32>(KEYED_HASHES + n), <usize>load<u32>(KEYED_CELLS + n));
    store<u32>(KEYED_POSITIONS + n, <u32>(position >> 6));
    to = note(to, position);
  }
  return to;
}

/** Places of their keys. */
function lookAtKeys(from: usize): usize {
  let to = from;
  const keyed = <usize>load<u32>(KEYED_COUNT);
  for (let n: usize = 0; n < keyed; n += 4) {
    const command = <usize>load<u32>(CANCELS + <usize>load<u32>(KEYED + n));
    const hash = hashOfKey(load<i32>(line(KEYED_POSITIONS, n), records.OWNER * 4), load<i64>(command, 40));
    const cell = home(records.KEY_TABLE, hash);
    store<i32>(KEYED_HASHES + n, hash);
    store<u32>(KEYED_CELLS + n, <u32>cell);
    to = note(to, cell);
  }
  return to;
}

/** Their orders, which from here on are hints. */
function findKeyed(from: usize): usize {
  let to = from;
  const keyed = <usize>load<u32>(KEYED_COUNT);
  for (let n: usize = 0; n < keyed; n += 4) {
    const order = guess(records.KEY_TABLE, load<i32>(KEYED_HASHES + n), <usize>load<u32>(KEYED_CELLS + n));
    store<u32>(ORDERS + <usize>load<u32>(KEYED + n), <u32>(order >> 6));
    to = note(to, order);
  }
  return to;
}

/** What is near them, balances, and where the index knows their ids. */
function lookAtKeyed(): usize {
  let to = PLACES;
  const keyed = <usize>load<u32>(KEYED_COUNT);
  for (let n: usize = 0; n < keyed; n += 4) {
    const order = line(ORDERS, <usize>load<u32>(KEYED + n));
    const side = load<i32>(order, records.FLAGS * 4) & records.SIDE_BIT;
    to = note(to, line(order, records.NEXT * 4));
    to = note(to, line(order, records.PREVIOUS * 4));
    to = note(to, line(order, records.LEVEL * 4));
    to = note(to, line(order, records.POSITION_NEXT * 4));
    to = note(to, line(order, records.POSITION_PREVIOUS * 4));
    to = note(to, line(line(order, records.POSITION * 4) - ((<usize>side) << 2), records.QUOTE * 4));
    to = note(to, home(records.ORDER_TABLE, hashOfId(<i32>(<i64>load<f64>(order, records.ID * 8)))));
  }
  return to;
}

/** Of new orders: balances, places of client keys, the owners' latest orders, levels; and which of them trade at once. */
function lookAtNew(entered: usize): usize {
  let to = PLACES;
  let taking: usize = 0;
  for (let n: usize = 0; n < entered; n += 4) {
    const position = line(POSITIONS, n);
    store<u32>(LEVELS + n, 0);
    if (position === 0) continue;
    const command = <usize>load<u32>(COMMANDS + n);
    const side = load<i32>(command, 32) & records.SIDE_BIT;
    const row = line(position, records.ROW * 4);
    const book = load<i32>(row, records.BOOK_NUMBER * 4);
    const level = guessLevel(book, load<i32>(command, 40));
    store<u32>(LEVELS + n, <u32>(level >> 6));
    to = note(to, line(position - ((<usize>side) << 2), records.QUOTE * 4));
    to = note(to, home(records.KEY_TABLE, hashOfKey(load<i32>(position, records.OWNER * 4), load<i64>(command, 56))));
    to = note(to, line(position, records.POSITION_PREVIOUS * 4));
    to = note(to, level);
    const price = <f64>load<i64>(command, 40);
    const there = load<f64>(row + ((<usize>(1 - side)) << 3), records.BEST * 8);
    if ((price - there) * <f64>(1 - 2 * side) < 0) continue;
    store<u32>(TAKERS + taking, <u32>(position >> 6));
    store<u32>(BESTS + taking, <u32>(guessLevel(book, <i32>(<i64>there)) >> 6));
    taking += 4;
  }
  store<u32>(TAKING, <u32>taking);
  return to;
}

/** Of canceled orders: positions, levels, and the neighbours in both of the lists that an order is in. */
function lookAtCanceled(canceled: usize, from: usize): usize {
  let to = from;
  for (let n: usize = 0; n < canceled; n += 4) {
    const order = line(ORDERS, n);
    to = note(to, line(order, records.POSITION * 4));
    to = note(to, line(order, records.NEXT * 4));
    to = note(to, line(order, records.PREVIOUS * 4));
    to = note(to, line(order, records.LEVEL * 4));
    to = note(to, line(order, records.POSITION_NEXT * 4));
    to = note(to, line(order, records.POSITION_PREVIOUS * 4));
  }
  return to;
}

/** Where the positions of cancels that came too late are known, and, once that is read, the positions. */
function lookAtLate(from: usize): usize {
  let to = from;
  const late = <usize>load<u32>(LATES);
  for (let n: usize = 0; n < late; n += 4) {
    const command = <usize>load<u32>(LATE + n);
    const hash = hashOfPosition(load<i32>(command, 20), load<i32>(command, 4));
    const cell = home(records.POSITION_TABLE, hash);
    store<i32>(POSITION_HASHES + n, hash);
    store<u32>(POSITION_CELLS + n, <u32>cell);
    to = note(to, cell);
  }
  return to;
}

function lookAtLatePositions(from: usize): usize {
  let to = from;
  const late = <usize>load<u32>(LATES);
  for (let n: usize = 0; n < late; n += 4) {
    to = note(to, guess(records.POSITION_TABLE, load<i32>(POSITION_HASHES + n), <usize>load<u32>(POSITION_CELLS + n)));
  }
  return to;
}

/** The ends of the queues that new orders join. */
function lookAtLevels(entered: usize): usize {
  let to = PLACES;
  for (let n: usize = 0; n < entered; n += 4) to = note(to, line(line(LEVELS, n), records.PREVIOUS * 4));
  return to;
}

/** Balances and places of the client keys of orders that are canceled. */
function lookAtOwners(canceled: usize, from: usize): usize {
  let to = from;
  for (let n: usize = 0; n < canceled; n += 4) {
    const order = line(ORDERS, n);
    const position = line(order, records.POSITION * 4);
    const side = load<i32>(order, records.FLAGS * 4) & records.SIDE_BIT;
    to = note(to, line(position - ((<usize>side) << 2), records.QUOTE * 4));
    to = note(to, home(records.KEY_TABLE, hashOfKey(load<i32>(position, records.OWNER * 4), load<i64>(order, records.KEY_LOW * 4))));
  }
  return to;
}

/** Both balances of orders that trade at once, and the orders that they trade with. */
function lookAtTakers(taking: usize): usize {
  let to = PLACES;
  for (let n: usize = 0; n < taking; n += 4) {
    const maker = line(line(BESTS, n), records.NEXT * 4);
    const second = line(maker, records.NEXT * 4);
    store<u32>(MAKERS + n * 2, <u32>(maker >> 6));
    store<u32>(MAKERS + n * 2, <u32>(second >> 6), 4);
    to = note(to, second);
    const position = line(TAKERS, n);
    to = note(to, line(position, records.BASE * 4));
    to = note(to, line(position, records.QUOTE * 4));
  }
  return to;
}

/** What trades change, and what a filled order leaves. */
function lookAtMakers(making: usize): usize {
  let to = PLACES;
  for (let n: usize = 0; n < making; n += 4) {
    const maker = line(MAKERS, n);
    to = note(to, line(maker, records.POSITION * 4));
    to = note(to, line(maker, records.NEXT * 4));
    to = note(to, line(maker, records.POSITION_NEXT * 4));
    to = note(to, line(maker, records.POSITION_PREVIOUS * 4));
    to = note(to, home(records.ORDER_TABLE, hashOfId(<i32>(<i64>load<f64>(maker, records.ID * 8)))));
  }
  return to;
}

function lookAtTheirOwners(making: usize): usize {
  let to = PLACES;
  for (let n: usize = 0; n < making; n += 4) {
    const maker = line(MAKERS, n);
    const position = line(maker, records.POSITION * 4);
    to = note(to, line(position, records.BASE * 4));
    to = note(to, line(position, records.QUOTE * 4));
    to = note(to, home(records.KEY_TABLE, hashOfKey(load<i32>(position, records.OWNER * 4), load<i64>(maker, records.KEY_LOW * 4))));
  }
  return to;
}
