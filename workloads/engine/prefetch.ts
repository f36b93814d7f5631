/**
 * Brings what the next commands will need into the processor's cache. Orders, positions and balances of a large exchange lie in tens of
 * megabytes, so a command waits for a dozen cache misses, one after the other. Here the same places are read for many commands at once:
 * reads that do not depend on one another overlap. Nothing is changed and nothing is decided: `apply` does not know whether this ran.
 *
 * It goes in steps, each of which looks at what the step before it has brought, and first writes down where to read, then reads: a processor looks some
 * 450 instructions ahead, so a loop that does nothing but read has three times as many reads under way as one that also finds the places.
 */

import { Side } from "./commands";
import type { Core } from "./core";
import * as layout from "./layout";
import * as levelFields from "./levels";
import * as rowFields from "./market-rows";
import * as orderFields from "./order-pool";
import * as positionFields from "./positions";

const { COMMAND_HEADER, PARAMETERS } = layout;
const { CANCEL_ORDER, NEW_ORDER } = layout.CommandType;
const { BUY, SELL } = Side;
const { FLAGS, ID, KEY_HIGH, KEY_LOW, LEVEL, NEXT, POSITION, POSITION_NEXT, POSITION_PREVIOUS, PREVIOUS, SIDE_BIT, SLOTS } = orderFields;
const { BASE, LAST_ORDER, MARKET, OWNER, QUOTE } = positionFields;
const { LEVEL_HEAD, LEVEL_TAIL } = levelFields;
const { BASE_ASSET, BOOK_NUMBER, QUOTE_ASSET } = rowFields;

/** Commands that are looked at together: enough for reads to overlap, few enough for all they bring to stay in the second-level cache. */
export const PREFETCHED = 64;
const TWO_32 = 4294967296;
/** Words of a buffer of commands, which is below a gigabyte. */
const WORDS = 0xfffffff;
/** Last words of records, which may lie in two lines of the cache. */
const RECORD_END = 15;
const COLD_END = 11;

/** Words to be read of one array. */
class Places {
  /** No step notes more than four places of a kind for each command. */
  private readonly at = new Int32Array(PREFETCHED * 4);
  private count = 0;
  /** Depends on everything that was read, so that no compiler leaves a read out. */
  private seen = 0;

  add(place: number): void {
    this.at[this.count++] = place;
  }

  /** Reads the places, and the words `further` behind them, and forgets them. */
  read(words: Int32Array, further: number): void {
    const { at, count } = this;
    const more = further & RECORD_END;
    let seen = 0;
    for (let n = 0; n < count; n++) {
      const place = at[n] & (SLOTS * 16 + RECORD_END);
      seen ^= words[place] ^ words[place + more];
    }
    this.seen ^= seen;
    this.count = 0;
  }
}

export class Prefetch {
  /** Of each new order: the word at which its command begins, its position, and the level that it will join. */
  private readonly entries = new Int32Array(PREFETCHED);
  private readonly positions = new Int32Array(PREFETCHED);
  private readonly levels = new Int32Array(PREFETCHED);
  private entered = 0;
  /** Of each cancel: the same word, then the order and its position. */
  private readonly cancels = new Int32Array(PREFETCHED);
  private readonly orders = new Int32Array(PREFETCHED);
  private readonly owners = new Int32Array(PREFETCHED);
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
  /** Places to read next, by what is there. */
  private readonly positionCells = new Places();
  private readonly orderCells = new Places();
  private readonly keyCells = new Places();
  private readonly positionRecords = new Places();
  private readonly orderRecords = new Places();
  private readonly orderColds = new Places();
  private readonly balanceRecords = new Places();
  private readonly levelRecords = new Places();
  private seen = 0;

  constructor(private readonly core: Core) {}

  /**
   * Looks at the commands of which the first begins at word `start`, behind the last of which is word `end`: at most {@link PREFETCHED} new orders and
   * cancels. Returns the word where the rest begins. They need not be checked yet.
   *
   * @param between words that stand before each but the first, as the headers of a log's records do
   */
  run(words: Int32Array, start: number, end: number, between: number): number {
    const { positions, index } = this.core;
    const at = this.sort(words, start, end, between);
    this.positionCells.read(positions.cells, 1);
    this.orderCells.read(index.cells, 1);

    this.findPositions(words);
    this.findOrders(words);
    this.readRecords();
    if (this.first > 0) this.readFirsts(words);

    this.lookAtNew(words);
    this.lookAtCanceled();
    this.readRecords();

    this.lookAtLevels();
    this.lookAtOwners();
    this.readRecords();

    if (this.taking > 0) this.lookAtMakers();
    return at;
  }

  /** Looks at what the first `count` of `orders` need that enter the lists of their owners next. */
  runOrders(found: Int32Array, count: number): void {
    const { orders, positions, clientKeys } = this.core;
    const { coldI } = orders;
    for (let n = 0; n < count; n++) {
      const cold = (found[n] & SLOTS) * 12;
      const position = (orders.i[(found[n] & SLOTS) * 16 + POSITION] & SLOTS) * 16;
      this.keyCells.add(clientKeys.home(positions.i[position + OWNER], coldI[cold + KEY_LOW], coldI[cold + KEY_HIGH]));
      this.orderColds.add((positions.i[position + LAST_ORDER] & SLOTS) * 12);
    }
    this.readRecords();
  }

  private readRecords(): void {
    const { positions, orders, ledger, levels, clientKeys } = this.core;
    this.positionRecords.read(positions.i, RECORD_END);
    this.orderRecords.read(orders.i, RECORD_END);
    this.orderColds.read(orders.coldI, COLD_END);
    this.levelRecords.read(levels.i, LEVEL_TAIL);
    this.balanceRecords.read(ledger.i, RECORD_END);
    this.keyCells.read(clientKeys.cells, 1);
  }

  /** Notes the new orders and the cancels, and where the indices know their positions and orders. */
  private sort(words: Int32Array, start: number, end: number, between: number): number {
    const { entries, cancels, positionCells, orderCells } = this;
    const { positions, index, lastOrderId } = this.core;
    let entered = 0;
    let canceled = 0;
    let at = start & WORDS;
    while (end - at >= COMMAND_HEADER / 4 && entered + canceled < PREFETCHED) {
      const head = words[at];
      const length = (head & 0xffff) >> 2;
      if (length < COMMAND_HEADER / 4 || length > end - at) break;
      const type = (head >> 16) & 255;
      if (type === NEW_ORDER && length >= (COMMAND_HEADER + PARAMETERS) / 4) {
        // Eight cells lie in a line of the cache.
        if ((entered & 7) === 0) orderCells.add(index.home(lastOrderId + 1 + entered));
        entries[entered++] = at;
        positionCells.add(positions.home(words[at + 5], words[at + 1]));
      } else if (type === CANCEL_ORDER && length >= COMMAND_HEADER / 4 + 2) {
        cancels[canceled++] = at;
        orderCells.add(index.home(words[at + 8]));
      }
      at = (at + length + between) & WORDS;
    }
    this.entered = entered;
    this.canceled = canceled;
    return at;
  }

  private findPositions(words: Int32Array): void {
    const { entries, entered, positions: found, firsts, positionRecords } = this;
    const { positions } = this.core;
    let first = 0;
    for (let n = 0; n < entered; n++) {
      const at = entries[n] & WORDS;
      const position = positions.guess(words[at + 5], words[at + 1]);
      found[n] = position;
      positionRecords.add((position & SLOTS) * 16);
      firsts[first] = at;
      first += position === 0 ? 1 : 0;
    }
    this.first = first;
  }

  private findOrders(words: Int32Array): void {
    const { cancels, canceled, orders: found, orderRecords, orderColds } = this;
    const { index } = this.core;
    for (let n = 0; n < canceled; n++) {
      const order = index.guess(words[(cancels[n] & WORDS) + 8]);
      found[n] = order;
      orderRecords.add((order & SLOTS) * 16);
      orderColds.add((order & SLOTS) * 12);
    }
  }

  /** What opening a position looks at: the account, and its balances in both assets. */
  private readFirsts(words: Int32Array): void {
    const { firsts, accounts, first, balanceRecords } = this;
    const { ledger, rows, marketSlots } = this.core;
    let seen = 0;
    for (let n = 0; n < first; n++) seen ^= ledger.glanceAccount(words[firsts[n] + 5]);
    for (let n = 0; n < first; n++) {
      const account = ledger.accountSlot(words[firsts[n] + 5]);
      accounts[n] = account;
      const market = marketSlots.find(words[firsts[n] + 1], 0, 0);
      if (market === 0) continue;
      const row = market * 64 - 64;
      seen ^= ledger.accounts[account].flags;
      seen ^= ledger.glanceBalance(account, rows.i[row + BASE_ASSET]) ^ ledger.glanceBalance(account, rows.i[row + QUOTE_ASSET]);
    }
    for (let n = 0; n < first; n++) {
      const market = marketSlots.find(words[firsts[n] + 1], 0, 0);
      if (market === 0) continue;
      const asset = rows.i[market * 64 - 64 + ((words[firsts[n] + 8] & 1) === BUY ? QUOTE_ASSET : BASE_ASSET)];
      balanceRecords.add((ledger.findBalance(accounts[n], asset) & SLOTS) * 16);
    }
    this.seen ^= seen;
  }

  /** Of new orders: balances, places of client keys, the owners' latest orders, levels. */
  private lookAtNew(words: Int32Array): void {
    const { entries, entered, positions: found, levels, takers, bests, balanceRecords, keyCells, orderColds, levelRecords } = this;
    const { positions, clientKeys, levels: pool } = this.core;
    const { i } = positions;
    const rows = this.core.rows.i;
    const { best } = pool;
    let taking = 0;
    let seen = 0;
    for (let n = 0; n < entered; n++) {
      const position = (found[n] & SLOTS) * 16;
      levels[n] = 0;
      if (position === 0) continue;
      const at = entries[n] & WORDS;
      const side = words[at + 8] & 1;
      balanceRecords.add((i[position + (side === BUY ? QUOTE : BASE)] & SLOTS) * 16);
      keyCells.add(clientKeys.home(i[position + OWNER], words[at + 14], words[at + 15]));
      orderColds.add((i[position + LAST_ORDER] & SLOTS) * 12);
      const row = (i[position + MARKET] & SLOTS) * 64;
      seen ^= rows[row] ^ rows[row + 16] ^ rows[row + 32];
      const book = rows[row + BOOK_NUMBER];
      const price = (words[at + 10] >>> 0) + words[at + 11] * TWO_32;
      const level = pool.guess(book, price);
      levels[n] = level;
      levelRecords.add((level & SLOTS) * 10);
      const there = best[book * 2 + (side === BUY ? SELL : BUY)];
      if (side === BUY ? there > price : there < price) continue;
      takers[taking] = position;
      bests[taking++] = pool.guess(book, there);
    }
    this.taking = taking;
    this.seen ^= seen;
  }

  /** Of canceled orders: positions, levels, and the neighbours in both of the lists that an order is in. */
  private lookAtCanceled(): void {
    const { canceled, orders: found, owners, positionRecords, orderRecords, orderColds, levelRecords } = this;
    const { i, coldI } = this.core.orders;
    for (let n = 0; n < canceled; n++) {
      const order = found[n] & SLOTS;
      owners[n] = 0;
      if (order === 0) continue;
      const position = i[order * 16 + POSITION];
      owners[n] = position;
      positionRecords.add((position & SLOTS) * 16);
      orderRecords.add((i[order * 16 + NEXT] & SLOTS) * 16);
      orderRecords.add((i[order * 16 + PREVIOUS] & SLOTS) * 16);
      levelRecords.add((i[order * 16 + LEVEL] & SLOTS) * 10);
      orderColds.add((coldI[order * 12 + POSITION_NEXT] & SLOTS) * 12);
      orderColds.add((coldI[order * 12 + POSITION_PREVIOUS] & SLOTS) * 12);
    }
  }

  /** The ends of the queues that new orders join, and the orders that they trade with. */
  private lookAtLevels(): void {
    const { entered, levels, takers, bests, makers, taking, orderRecords, orderColds, balanceRecords } = this;
    const { positions, orders } = this.core;
    const { i } = this.core.levels;
    for (let n = 0; n < entered; n++) orderRecords.add((i[(levels[n] & SLOTS) * 10 + LEVEL_TAIL] & SLOTS) * 16);
    for (let n = 0; n < taking; n++) {
      const maker = i[(bests[n] & SLOTS) * 10 + LEVEL_HEAD] & SLOTS;
      const second = orders.i[maker * 16 + NEXT] & SLOTS;
      makers[n * 2] = maker;
      makers[n * 2 + 1] = second;
      orderRecords.add(maker * 16);
      orderColds.add(maker * 12);
      orderRecords.add(second * 16);
      orderColds.add(second * 12);
      balanceRecords.add((positions.i[takers[n] + BASE] & SLOTS) * 16);
      balanceRecords.add((positions.i[takers[n] + QUOTE] & SLOTS) * 16);
    }
  }

  /** Balances and places of the client keys of orders that are canceled. */
  private lookAtOwners(): void {
    const { canceled, orders: found, owners, balanceRecords, keyCells } = this;
    const { positions, orders, clientKeys } = this.core;
    const rows = this.core.rows.i;
    const { i } = positions;
    const { coldI } = orders;
    let seen = 0;
    for (let n = 0; n < canceled; n++) {
      const order = found[n] & SLOTS;
      if (order === 0) continue;
      const position = (owners[n] & SLOTS) * 16;
      const side = orders.i[order * 16 + FLAGS] & SIDE_BIT;
      balanceRecords.add((i[position + (side === BUY ? QUOTE : BASE)] & SLOTS) * 16);
      keyCells.add(clientKeys.home(i[position + OWNER], coldI[order * 12 + KEY_LOW], coldI[order * 12 + KEY_HIGH]));
      const row = (i[position + MARKET] & SLOTS) * 64;
      seen ^= rows[row] ^ rows[row + RECORD_END];
    }
    this.seen ^= seen;
  }

  /** What trades change, and what a filled order leaves. */
  private lookAtMakers(): void {
    const { makers, taking, positionRecords, orderRecords, orderColds, orderCells, balanceRecords, keyCells } = this;
    const { orders, positions, index, clientKeys } = this.core;
    const { i, coldI } = orders;
    for (let n = 0; n < taking * 2; n++) {
      const maker = makers[n] & SLOTS;
      positionRecords.add((i[maker * 16 + POSITION] & SLOTS) * 16);
      orderRecords.add((i[maker * 16 + NEXT] & SLOTS) * 16);
      orderColds.add((coldI[maker * 12 + POSITION_NEXT] & SLOTS) * 12);
      orderColds.add((coldI[maker * 12 + POSITION_PREVIOUS] & SLOTS) * 12);
      orderCells.add(index.home(orders.f[maker * 8 + ID]));
    }
    this.readRecords();
    orderCells.read(index.cells, 1);
    for (let n = 0; n < taking * 2; n++) {
      const maker = makers[n] & SLOTS;
      const position = (i[maker * 16 + POSITION] & SLOTS) * 16;
      balanceRecords.add((positions.i[position + BASE] & SLOTS) * 16);
      balanceRecords.add((positions.i[position + QUOTE] & SLOTS) * 16);
      keyCells.add(clientKeys.home(positions.i[position + OWNER], coldI[maker * 12 + KEY_LOW], coldI[maker * 12 + KEY_HIGH]));
    }
    this.readRecords();
  }
}
