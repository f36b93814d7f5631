/**
 * Brings what the next commands will need into the processor's cache. Orders, positions and balances of a large exchange lie in tens of
 * megabytes, so a command waits for a dozen cache misses, one after the other. Here the same places are read for many commands at once:
 * reads that do not depend on one another overlap. Nothing is changed and nothing is decided: positions and orders that were found on the way are kept as
 * hints, and whoever applies a command looks whether its hint is the right one.
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

/** What was found for the commands that are next, to be held against them: a position or an order may be another one's, or gone. */
export class Hints {
  /** Of new orders and of cancels, in their order. */
  readonly positions = new Int32Array(PREFETCHED);
  readonly orders = new Int32Array(PREFETCHED);
  /** How many of each were applied since. */
  turnOfNew = 0;
  turnOfCancel = 0;
}

export class Prefetch {
  readonly hints = new Hints();
  /** Words of the memory to be read: no step notes more than ten for each command. */
  private readonly places = new Int32Array(PREFETCHED * 10);
  /** Depends on everything that was read, so that no compiler leaves a read out. */
  private seen = 0;
  /** Of each new order: the word at which its command begins, the hash and the cell of its position, and the level that it will join. */
  private readonly entries = new Int32Array(PREFETCHED);
  private readonly positionHashes = new Int32Array(PREFETCHED);
  private readonly positionCells = new Int32Array(PREFETCHED);
  private readonly levels = new Int32Array(PREFETCHED);
  private entered = 0;
  /** Of each cancel: the hash and the cell of the order's id. */
  private readonly orderHashes = new Int32Array(PREFETCHED);
  private readonly orderCells = new Int32Array(PREFETCHED);
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

  constructor(private readonly core: Core) {}

  /**
   * Looks at the commands of which the first begins at word `start`, behind the last of which is word `end`: at most {@link PREFETCHED} new orders and
   * cancels. Returns the word where the rest begins. They need not be checked yet.
   *
   * @param between words that stand before each but the first, as the headers of a log's records do
   */
  run(words: Int32Array, start: number, end: number, between: number): number {
    const at = this.sort(words, start, end, between);
    this.read(this.find());
    if (this.first > 0) this.readFirsts(words);
    this.read(this.lookAtCanceled(this.lookAtNew(words)));
    this.read(this.lookAtOwners(this.lookAtLevels()));
    if (this.taking > 0) {
      this.read(this.lookAtMakers());
      this.read(this.lookAtTheirOwners());
    }
    return at;
  }

  /** Reads the first `count` places. */
  private read(count: number): void {
    const { places } = this;
    const { i } = this.core.memory;
    let seen = 0;
    for (let n = 0; n < count; n++) seen ^= i[places[n] & MEMORY_WORDS];
    this.seen ^= seen;
  }

  /** Looks at what the first `count` of `orders` need that enter the lists of their owners next. */
  runOrders(found: Int32Array, count: number): void {
    const { places } = this;
    const { memory, clientKeys } = this.core;
    const { i } = memory;
    for (let n = 0; n < count; n++) {
      const order = (found[n] & SLOTS) * 16;
      const position = (i[order + POSITION] & SLOTS) * 16;
      places[n * 2] = clientKeys.table.home(mix(i[position + OWNER], i[order + KEY_LOW], i[order + KEY_HIGH]));
      places[n * 2 + 1] = (i[position + POSITION_PREVIOUS] & SLOTS) * 16;
    }
    this.read(count * 2);
  }

  /** Notes the new orders and the cancels, and reads where the indices know their positions and orders. */
  private sort(words: Int32Array, start: number, end: number, between: number): number {
    const { entries, positionHashes, positionCells, orderHashes, orderCells, places, hints } = this;
    const { positions, index, lastOrderId } = this.core;
    const positionTable = positions.table;
    const orderTable = index.table;
    let entered = 0;
    let canceled = 0;
    let count = 0;
    let at = start & WORDS;
    while (end - at >= COMMAND_HEADER / 4 && entered + canceled < PREFETCHED) {
      const head = words[at];
      const length = (head & 0xffff) >> 2;
      if (length < COMMAND_HEADER / 4 || length > end - at) break;
      const type = (head >> 16) & 255;
      if (type === NEW_ORDER && length >= (COMMAND_HEADER + PARAMETERS) / 4) {
        // Four ids share a line of the cache.
        if ((entered & 3) === 0) places[count++] = orderTable.home(hashOfId(lastOrderId + 1 + entered));
        const hash = hashOf(words[at + 5], words[at + 1]);
        const cell = positionTable.home(hash);
        entries[entered] = at;
        positionHashes[entered] = hash;
        positionCells[entered++] = cell;
        places[count++] = cell;
      } else if (type === CANCEL_ORDER && length >= COMMAND_HEADER / 4 + 2) {
        const hash = hashOfId(words[at + 8]);
        const cell = orderTable.home(hash);
        orderHashes[canceled] = hash;
        orderCells[canceled++] = cell;
        places[count++] = cell;
      }
      at = (at + length + between) & WORDS;
    }
    this.entered = entered;
    this.canceled = canceled;
    hints.turnOfNew = 0;
    hints.turnOfCancel = 0;
    this.read(count);
    return at;
  }

  /** Positions and orders, which are most likely the right ones. */
  private find(): number {
    const { entries, entered, positionHashes, positionCells, orderHashes, orderCells, canceled, firsts, places } = this;
    const { positions: found, orders } = this.hints;
    const { positions, index } = this.core;
    let first = 0;
    let count = 0;
    for (let n = 0; n < entered; n++) {
      const position = positions.table.guess(positionHashes[n], positionCells[n]) & SLOTS;
      found[n] = position;
      places[count++] = position * 16;
      firsts[first] = entries[n];
      first += position === 0 ? 1 : 0;
    }
    this.first = first;
    for (let n = 0; n < canceled; n++) {
      const order = index.table.guess(orderHashes[n], orderCells[n]) & SLOTS;
      orders[n] = order;
      places[count++] = order * 16;
    }
    return count;
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
    let count = 0;
    for (let n = 0; n < first; n++) {
      const market = marketSlots.find(words[firsts[n] + 1], 0, 0);
      if (market === 0) continue;
      const side = words[firsts[n] + 8] & SIDE_BIT;
      places[count++] = (ledger.findBalance(accounts[n], i[markets[market - 1].row * 16 + QUOTE_ASSET - side]) & SLOTS) * 16;
    }
    this.seen ^= seen;
    this.read(count);
  }

  /** Of new orders: balances, places of client keys, the owners' latest orders, levels. */
  private lookAtNew(words: Int32Array): number {
    const { entries, entered, levels, takers, bests, places } = this;
    const { positions: found } = this.hints;
    const { memory, clientKeys, levels: pool } = this.core;
    const { f, i } = memory;
    const keyTable = clientKeys.table;
    let taking = 0;
    let count = 0;
    for (let n = 0; n < entered; n++) {
      const position = (found[n] & SLOTS) * 16;
      levels[n] = 0;
      if (position === 0) continue;
      const at = entries[n] & WORDS;
      const side = words[at + 8] & SIDE_BIT;
      const row = i[position + ROW] & SLOTS;
      const book = i[row * 16 + BOOK_NUMBER];
      const price = (words[at + 10] >>> 0) + words[at + 11] * TWO_32;
      const level = pool.guess(book, price) & SLOTS;
      levels[n] = level;
      places[count++] = (i[position + QUOTE - side] & SLOTS) * 16;
      places[count++] = keyTable.home(mix(i[position + OWNER], words[at + 14], words[at + 15]));
      places[count++] = (i[position + POSITION_PREVIOUS] & SLOTS) * 16;
      places[count++] = level * 16;
      const there = f[row * 8 + BEST + 1 - side];
      if (side === 0 ? there > price : there < price) continue;
      takers[taking] = position;
      bests[taking++] = pool.guess(book, there);
    }
    this.taking = taking;
    return count;
  }

  /** Of canceled orders: positions, levels, and the neighbours in both of the lists that an order is in. */
  private lookAtCanceled(from: number): number {
    const { canceled, places } = this;
    const { orders: found } = this.hints;
    const { i } = this.core.memory;
    let count = from;
    for (let n = 0; n < canceled; n++) {
      const order = (found[n] & SLOTS) * 16;
      places[count++] = (i[order + POSITION] & SLOTS) * 16;
      places[count++] = (i[order + NEXT] & SLOTS) * 16;
      places[count++] = (i[order + PREVIOUS] & SLOTS) * 16;
      places[count++] = (i[order + LEVEL] & SLOTS) * 16;
      places[count++] = (i[order + POSITION_NEXT] & SLOTS) * 16;
      places[count++] = (i[order + POSITION_PREVIOUS] & SLOTS) * 16;
    }
    return count;
  }

  /** The ends of the queues that new orders join, and the orders that they trade with. */
  private lookAtLevels(): number {
    const { entered, levels, takers, bests, makers, taking, places } = this;
    const { i } = this.core.memory;
    let count = 0;
    for (let n = 0; n < entered; n++) places[count++] = (i[(levels[n] & SLOTS) * 16 + PREVIOUS] & SLOTS) * 16;
    for (let n = 0; n < taking; n++) {
      const maker = i[(bests[n] & SLOTS) * 16 + NEXT] & SLOTS;
      const second = i[maker * 16 + NEXT] & SLOTS;
      makers[n * 2] = maker;
      makers[n * 2 + 1] = second;
      places[count++] = second * 16;
      places[count++] = (i[takers[n] + BASE] & SLOTS) * 16;
      places[count++] = (i[takers[n] + QUOTE] & SLOTS) * 16;
    }
    return count;
  }

  /** Balances and places of the client keys of orders that are canceled. */
  private lookAtOwners(from: number): number {
    const { canceled, places } = this;
    const { orders: found } = this.hints;
    const { memory, clientKeys } = this.core;
    const keyTable = clientKeys.table;
    const { i } = memory;
    let count = from;
    for (let n = 0; n < canceled; n++) {
      const order = (found[n] & SLOTS) * 16;
      const position = (i[order + POSITION] & SLOTS) * 16;
      const side = i[order + FLAGS] & SIDE_BIT;
      places[count++] = (i[position + QUOTE - side] & SLOTS) * 16;
      places[count++] = keyTable.home(mix(i[position + OWNER], i[order + KEY_LOW], i[order + KEY_HIGH]));
    }
    return count;
  }

  /** What trades change, and what a filled order leaves. */
  private lookAtMakers(): number {
    const { makers, taking, places } = this;
    const { memory, index } = this.core;
    const { f, i } = memory;
    let count = 0;
    for (let n = 0; n < taking * 2; n++) {
      const maker = makers[n] & SLOTS;
      places[count++] = (i[maker * 16 + POSITION] & SLOTS) * 16;
      places[count++] = (i[maker * 16 + NEXT] & SLOTS) * 16;
      places[count++] = (i[maker * 16 + POSITION_NEXT] & SLOTS) * 16;
      places[count++] = (i[maker * 16 + POSITION_PREVIOUS] & SLOTS) * 16;
      places[count++] = index.table.home(hashOfId(f[maker * 8 + ID]));
    }
    return count;
  }

  private lookAtTheirOwners(): number {
    const { makers, taking, places } = this;
    const { memory, clientKeys } = this.core;
    const { i } = memory;
    let count = 0;
    for (let n = 0; n < taking * 2; n++) {
      const maker = (makers[n] & SLOTS) * 16;
      const position = (i[maker + POSITION] & SLOTS) * 16;
      places[count++] = (i[position + BASE] & SLOTS) * 16;
      places[count++] = (i[position + QUOTE] & SLOTS) * 16;
      places[count++] = clientKeys.table.home(mix(i[position + OWNER], i[maker + KEY_LOW], i[maker + KEY_HIGH]));
    }
    return count;
  }
}
