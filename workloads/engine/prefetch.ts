/**
 * Brings what the next commands will need into the processor's cache. Orders, positions and balances of a large exchange lie in tens of
 * megabytes, so a command waits for a dozen cache misses, one after the other. Here the same places are read for many commands at once:
 * reads that do not depend on one another overlap. Nothing is changed and nothing is decided: `apply` is handed the positions and orders that were found on
 * the way, looks whether they are the right ones, and finds them itself where they are not.
 *
 * It goes in steps, each of which looks at what the step before it has brought, and first writes down where to read, then reads: a processor looks some
 * 450 instructions ahead, so a loop that does nothing but read has three times as many reads under way as one that also finds the places.
 */

import type { Core } from "./core";
import { hashOfId, mix } from "./hash-index";
import * as layout from "./layout";
import { hashOf } from "./positions";
import * as records from "./records";

const { COMMAND_HEADER, PARAMETERS } = layout;
const { CANCEL_ORDER, NEW_ORDER } = layout.CommandType;
const {
  BASE,
  BASE_ASSET,
  BEST,
  BOOK_NUMBER,
  FLAGS,
  ID,
  KEY_HIGH,
  KEY_LOW,
  LEVEL,
  NEXT,
  OWNER,
  POSITION,
  POSITION_NEXT,
  POSITION_PREVIOUS,
  PREFETCHED,
  PREVIOUS,
  QUOTE,
  QUOTE_ASSET,
  ROW,
  SIDE_BIT,
  SLOTS,
} = records;

const TWO_32 = 4294967296;
/** Words of a buffer of commands, which is below a gigabyte. */
const WORDS = 0xfffffff;
/** Words of the memory. */
const MEMORY_WORDS = 0x3fffffff;

/** Places in the memory to be read. */
class Places {
  /** No step notes more than eight places for each command. */
  readonly at = new Int32Array(PREFETCHED * 8);
  count = 0;
  /** Depends on everything that was read, so that no compiler leaves a read out. */
  private seen = 0;

  add(word: number): void {
    this.at[this.count++] = word;
  }

  /** Reads the places and forgets them. */
  read(words: Int32Array): void {
    const { at, count } = this;
    let seen = 0;
    for (let n = 0; n < count; n++) seen ^= words[at[n] & MEMORY_WORDS];
    this.seen ^= seen;
    this.count = 0;
  }
}

export class Prefetch {
  /** Of each new order: the word at which its command begins, the hash and the cell of its position, and then the position, and the level that it will join. */
  private readonly entries = new Int32Array(PREFETCHED);
  private readonly positionHashes = new Int32Array(PREFETCHED);
  private readonly positionCells = new Int32Array(PREFETCHED);
  private readonly positions = new Int32Array(PREFETCHED);
  private readonly levels = new Int32Array(PREFETCHED);
  private entered = 0;
  /** Of each cancel: the hash and the cell of the order's id, and then the order. */
  private readonly orderHashes = new Int32Array(PREFETCHED);
  private readonly orderCells = new Int32Array(PREFETCHED);
  private readonly orders = new Int32Array(PREFETCHED);
  private canceled = 0;
  /** Of each new order that is its account's first in the symbol: the word at which its command begins, then the account's slot. */
  private readonly firsts = new Int32Array(PREFETCHED);
  private readonly accounts = new Int32Array(PREFETCHED);
  private first = 0;
  /** Of each new order that trades at once: its position, the best level of the other side, and the first orders there. */
  private readonly takers = new Int32Array(PREFETCHED);
  private readonly bests = new Int32Array(PREFETCHED);
  private readonly makers = new Int32Array(PREFETCHED * 2);
  private taking = 0;
  private readonly places = new Places();
  private seen = 0;
  /** New orders and cancels that were applied since. */
  private nextNew = 0;
  private nextCancel = 0;

  constructor(private readonly core: Core) {}

  /** The position that was found for the next new order, 0 where there is none: right where commands are applied as they were looked at. */
  nextPosition(): number {
    return this.nextNew < this.entered ? this.positions[this.nextNew++] : 0;
  }

  /** The order that was found for the next cancel, 0 where there is none. */
  nextOrder(): number {
    return this.nextCancel < this.canceled ? this.orders[this.nextCancel++] : 0;
  }

  /**
   * Looks at the commands of which the first begins at word `start`, behind the last of which is word `end`: at most {@link PREFETCHED} new orders and
   * cancels. Returns the word where the rest begins. They need not be checked yet.
   *
   * @param between words that stand before each but the first, as the headers of a log's records do
   */
  run(words: Int32Array, start: number, end: number, between: number): number {
    const { places } = this;
    const { memory } = this.core;
    const at = this.sort(words, start, end, between);
    places.read(memory.i);
    this.find();
    places.read(memory.i);
    if (this.first > 0) this.readFirsts(words);
    this.lookAtNew(words);
    this.lookAtCanceled();
    places.read(memory.i);
    this.lookAtLevels();
    this.lookAtOwners();
    places.read(memory.i);
    if (this.taking > 0) this.lookAtMakers();
    return at;
  }

  /** Looks at what the first `count` of `orders` need that enter the lists of their owners next. */
  runOrders(found: Int32Array, count: number): void {
    const { places } = this;
    const { memory, clientKeys } = this.core;
    const { i } = memory;
    for (let n = 0; n < count; n++) {
      const order = (found[n] & SLOTS) * 16;
      const position = (i[order + POSITION] & SLOTS) * 16;
      places.add(clientKeys.table.home(mix(i[position + OWNER], i[order + KEY_LOW], i[order + KEY_HIGH])));
      places.add(i[position + POSITION_PREVIOUS] * 16);
    }
    places.read(i);
  }

  /** Notes the new orders and the cancels, and where the indices know their positions and orders. */
  private sort(words: Int32Array, start: number, end: number, between: number): number {
    const { entries, positionHashes, positionCells, orderHashes, orderCells, places } = this;
    const { positions, index, lastOrderId } = this.core;
    const positionTable = positions.table;
    const orderTable = index.table;
    let entered = 0;
    let canceled = 0;
    let at = start & WORDS;
    while (end - at >= COMMAND_HEADER / 4 && entered + canceled < PREFETCHED) {
      const head = words[at];
      const length = (head & 0xffff) >> 2;
      if (length < COMMAND_HEADER / 4 || length > end - at) break;
      const type = (head >> 16) & 255;
      if (type === NEW_ORDER && length >= (COMMAND_HEADER + PARAMETERS) / 4) {
        // Four ids share a line of the cache.
        if ((entered & 3) === 0) places.add(orderTable.home(hashOfId(lastOrderId + 1 + entered)));
        const hash = hashOf(words[at + 5], words[at + 1]);
        const cell = positionTable.home(hash);
        entries[entered] = at;
        positionHashes[entered] = hash;
        positionCells[entered++] = cell;
        places.add(cell);
      } else if (type === CANCEL_ORDER && length >= COMMAND_HEADER / 4 + 2) {
        const hash = hashOfId(words[at + 8]);
        const cell = orderTable.home(hash);
        orderHashes[canceled] = hash;
        orderCells[canceled++] = cell;
        places.add(cell);
      }
      at = (at + length + between) & WORDS;
    }
    this.entered = entered;
    this.canceled = canceled;
    this.nextNew = 0;
    this.nextCancel = 0;
    return at;
  }

  /** Positions and orders, which are most likely the right ones. */
  private find(): void {
    const { entries, entered, positionHashes, positionCells, positions: found, orderHashes, orderCells, orders, canceled } = this;
    const { firsts, places } = this;
    const { positions, index } = this.core;
    let first = 0;
    for (let n = 0; n < entered; n++) {
      const position = positions.guess(positionHashes[n], positionCells[n]);
      found[n] = position;
      places.add((position & SLOTS) * 16);
      firsts[first] = entries[n];
      first += position === 0 ? 1 : 0;
    }
    this.first = first;
    for (let n = 0; n < canceled; n++) {
      const order = index.guess(orderHashes[n], orderCells[n]);
      orders[n] = order;
      places.add((order & SLOTS) * 16);
    }
  }

  /** What opening a position looks at: the account, and its balances in both assets. */
  private readFirsts(words: Int32Array): void {
    const { firsts, accounts, first, places } = this;
    const { ledger, marketSlots, markets, memory } = this.core;
    const { i } = memory;
    let seen = 0;
    for (let n = 0; n < first; n++) seen ^= ledger.glanceAccount(words[firsts[n] + 5]);
    for (let n = 0; n < first; n++) {
      const account = ledger.accountSlot(words[firsts[n] + 5]);
      accounts[n] = account;
      const market = marketSlots.find(words[firsts[n] + 1], 0, 0);
      if (market === 0) continue;
      const row = markets[market - 1].row * 16;
      seen ^= ledger.accounts[account].flags;
      seen ^= ledger.glanceBalance(account, i[row + BASE_ASSET]) ^ ledger.glanceBalance(account, i[row + QUOTE_ASSET]);
    }
    for (let n = 0; n < first; n++) {
      const market = marketSlots.find(words[firsts[n] + 1], 0, 0);
      if (market === 0) continue;
      const side = words[firsts[n] + 8] & SIDE_BIT;
      places.add(ledger.findBalance(accounts[n], i[markets[market - 1].row * 16 + QUOTE_ASSET - side]) * 16);
    }
    this.seen ^= seen;
  }

  /** Of new orders: balances, places of client keys, the owners' latest orders, levels. */
  private lookAtNew(words: Int32Array): void {
    const { entries, entered, positions: found, levels, takers, bests, places } = this;
    const { memory, clientKeys, levels: pool } = this.core;
    const { f, i } = memory;
    const keyTable = clientKeys.table;
    let taking = 0;
    for (let n = 0; n < entered; n++) {
      const position = (found[n] & SLOTS) * 16;
      levels[n] = 0;
      if (position === 0) continue;
      const at = entries[n] & WORDS;
      const side = words[at + 8] & SIDE_BIT;
      places.add((i[position + QUOTE - side] & SLOTS) * 16);
      places.add(keyTable.home(mix(i[position + OWNER], words[at + 14], words[at + 15])));
      places.add((i[position + POSITION_PREVIOUS] & SLOTS) * 16);
      const row = i[position + ROW] & SLOTS;
      const book = i[row * 16 + BOOK_NUMBER];
      const price = (words[at + 10] >>> 0) + words[at + 11] * TWO_32;
      const level = pool.guess(book, price);
      levels[n] = level;
      places.add((level & SLOTS) * 16);
      const there = f[row * 8 + BEST + 1 - side];
      if (side === 0 ? there > price : there < price) continue;
      takers[taking] = position;
      bests[taking++] = pool.guess(book, there);
    }
    this.taking = taking;
  }

  /** Of canceled orders: positions, levels, and the neighbours in both of the lists that an order is in. */
  private lookAtCanceled(): void {
    const { canceled, orders: found, places } = this;
    const { i } = this.core.memory;
    for (let n = 0; n < canceled; n++) {
      const order = (found[n] & SLOTS) * 16;
      places.add((i[order + POSITION] & SLOTS) * 16);
      places.add((i[order + NEXT] & SLOTS) * 16);
      places.add((i[order + PREVIOUS] & SLOTS) * 16);
      places.add((i[order + LEVEL] & SLOTS) * 16);
      places.add((i[order + POSITION_NEXT] & SLOTS) * 16);
      places.add((i[order + POSITION_PREVIOUS] & SLOTS) * 16);
    }
  }

  /** The ends of the queues that new orders join, and the orders that they trade with. */
  private lookAtLevels(): void {
    const { entered, levels, takers, bests, makers, taking, places } = this;
    const { i } = this.core.memory;
    for (let n = 0; n < entered; n++) places.add((i[(levels[n] & SLOTS) * 16 + PREVIOUS] & SLOTS) * 16);
    for (let n = 0; n < taking; n++) {
      const maker = i[(bests[n] & SLOTS) * 16 + NEXT] & SLOTS;
      const second = i[maker * 16 + NEXT] & SLOTS;
      makers[n * 2] = maker;
      makers[n * 2 + 1] = second;
      places.add(maker * 16);
      places.add(second * 16);
      places.add((i[takers[n] + BASE] & SLOTS) * 16);
      places.add((i[takers[n] + QUOTE] & SLOTS) * 16);
    }
  }

  /** Balances and places of the client keys of orders that are canceled. */
  private lookAtOwners(): void {
    const { canceled, orders: found, places } = this;
    const { memory, clientKeys } = this.core;
    const keyTable = clientKeys.table;
    const { i } = memory;
    for (let n = 0; n < canceled; n++) {
      const order = (found[n] & SLOTS) * 16;
      const position = (i[order + POSITION] & SLOTS) * 16;
      const side = i[order + FLAGS] & SIDE_BIT;
      places.add((i[position + QUOTE - side] & SLOTS) * 16);
      places.add(keyTable.home(mix(i[position + OWNER], i[order + KEY_LOW], i[order + KEY_HIGH])));
    }
  }

  /** What trades change, and what a filled order leaves. */
  private lookAtMakers(): void {
    const { makers, taking, places } = this;
    const { memory, index, clientKeys } = this.core;
    const { f, i } = memory;
    for (let n = 0; n < taking * 2; n++) {
      const maker = (makers[n] & SLOTS) * 16;
      places.add((i[maker + POSITION] & SLOTS) * 16);
      places.add((i[maker + NEXT] & SLOTS) * 16);
      places.add((i[maker + POSITION_NEXT] & SLOTS) * 16);
      places.add((i[maker + POSITION_PREVIOUS] & SLOTS) * 16);
      places.add(index.table.home(hashOfId(f[(makers[n] & SLOTS) * 8 + ID])));
    }
    places.read(i);
    for (let n = 0; n < taking * 2; n++) {
      const maker = (makers[n] & SLOTS) * 16;
      const position = (i[maker + POSITION] & SLOTS) * 16;
      places.add((i[position + BASE] & SLOTS) * 16);
      places.add((i[position + QUOTE] & SLOTS) * 16);
      places.add(clientKeys.table.home(mix(i[position + OWNER], i[maker + KEY_LOW], i[maker + KEY_HIGH])));
    }
    places.read(i);
  }
}
