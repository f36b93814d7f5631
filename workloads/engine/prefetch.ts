/**
 * Brings what the next commands will need into the processor's cache. Orders, positions and balances of a large exchange lie in tens of
 * megabytes, so a command waits for a dozen cache misses, one after the other. Here the same places are read for many commands at once:
 * reads that do not depend on one another overlap. Nothing is changed and nothing is decided: `apply` does not know whether this ran.
 *
 * Each pass reads what the pass before it has brought. A processor looks a few hundred instructions ahead: so passes are short loops over
 * arrays, one for new orders and one for cancels, and none branches on what it reads for the first time.
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
const { ID, KEY_HIGH, KEY_LOW, LEVEL, NEXT, POSITION, POSITION_NEXT, POSITION_PREVIOUS, PREVIOUS, SIDE_BIT, FLAGS } = orderFields;
const { BASE, LAST_ORDER, MARKET, OWNER, QUOTE } = positionFields;
const { LEVEL_HEAD, LEVEL_TAIL } = levelFields;
const { BASE_ASSET, BOOK_NUMBER, QUOTE_ASSET } = rowFields;

/** Commands that are looked at together: enough for reads to overlap, few enough for all they bring to stay in the second-level cache. */
export const PREFETCHED = 64;
const TWO_32 = 4294967296;

export class Prefetch {
  /** Of each new order: the word at which its command begins, its position, and the level that it will join, then the last order there. */
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
  /** Of each new order that trades at once: its position and the best level of the other side, then the first order there and the one behind it. */
  private readonly takers = new Int32Array(PREFETCHED);
  private readonly makers = new Int32Array(PREFETCHED);
  private readonly seconds = new Int32Array(PREFETCHED);
  private taking = 0;
  /** Depends on everything that was read, so that no compiler leaves a read out. */
  private seen = 0;

  constructor(private readonly core: Core) {}

  /**
   * Looks at the commands of which the first begins at word `start`, behind the last of which is word `end`: at most {@link PREFETCHED} new orders and
   * cancels. Returns the word where the rest begins. They need not be checked yet.
   *
   * @param between words that stand before each but the first, as the headers of a log's records do
   */
  run(words: Int32Array, start: number, end: number, between: number): number {
    const at = this.sort(words, start, end, between);
    this.readCells(words);
    this.readPositions(words);
    if (this.first > 0) this.readFirsts(words);
    this.readOrders(words);
    this.readReferredByNew(words);
    this.readReferredByCanceled();
    this.readLevels();
    if (this.taking > 0) this.readMakers();
    this.readTails();
    this.readBalances();
    if (this.taking > 0) this.readMakersReferred();
    return at;
  }

  /** Looks at what the first `count` of `orders` need that enter the lists of their owners next. */
  runOrders(found: Int32Array, count: number): void {
    const { orders, positions, clientKeys } = this.core;
    const { coldI } = orders;
    let seen = 0;
    for (let n = 0; n < count; n++) {
      const order = found[n];
      const position = orders.i[order * 16 + POSITION] * 16;
      seen ^= clientKeys.glance(positions.i[position + OWNER], coldI[order * 12 + KEY_LOW], coldI[order * 12 + KEY_HIGH]);
      seen ^= coldI[positions.i[position + LAST_ORDER] * 12 + POSITION_NEXT];
    }
    this.seen ^= seen;
  }

  private sort(words: Int32Array, start: number, end: number, between: number): number {
    const { entries, cancels } = this;
    let entered = 0;
    let canceled = 0;
    let at = start;
    while (end - at >= COMMAND_HEADER / 4 && entered + canceled < PREFETCHED) {
      const head = words[at];
      const length = (head & 0xffff) >> 2;
      if (length < COMMAND_HEADER / 4 || length > end - at) break;
      const type = (head >> 16) & 255;
      if (type === NEW_ORDER && length >= (COMMAND_HEADER + PARAMETERS) / 4) entries[entered++] = at;
      else if (type === CANCEL_ORDER && length >= COMMAND_HEADER / 4 + 2) cancels[canceled++] = at;
      at += length + between;
    }
    this.entered = entered;
    this.canceled = canceled;
    return at;
  }

  /** The cells of the indices. */
  private readCells(words: Int32Array): void {
    const { entries, cancels, entered, canceled } = this;
    const { positions, index } = this.core;
    let seen = 0;
    for (let n = 0; n < entered; n++) seen ^= positions.glance(words[entries[n] + 5], words[entries[n] + 1]);
    for (let n = 0; n < canceled; n++) seen ^= index.glance(words[cancels[n] + 8]);
    this.seen ^= seen;
  }

  private readPositions(words: Int32Array): void {
    const { entries, entered, positions: found, firsts } = this;
    const { positions } = this.core;
    const { i } = positions;
    let first = 0;
    let seen = 0;
    for (let n = 0; n < entered; n++) {
      const position = positions.guess(words[entries[n] + 5], words[entries[n] + 1]);
      found[n] = position;
      seen ^= i[position * 16] ^ i[position * 16 + 15];
      firsts[first] = entries[n];
      first += position === 0 ? 1 : 0;
    }
    this.first = first;
    this.seen ^= seen;
  }

  /** What opening a position looks at: the account, and its balances in both assets. */
  private readFirsts(words: Int32Array): void {
    const { firsts, accounts, first } = this;
    const { ledger, rows, marketSlots } = this.core;
    const balances = ledger.i;
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
      const balance = ledger.findBalance(accounts[n], asset) * 16;
      seen ^= balances[balance] ^ balances[balance + 11];
    }
    this.seen ^= seen;
  }

  /** The orders that cancels name. */
  private readOrders(words: Int32Array): void {
    const { cancels, canceled, orders: found } = this;
    const { index, orders } = this.core;
    const { i, coldI } = orders;
    let seen = 0;
    for (let n = 0; n < canceled; n++) {
      const order = index.guess(words[cancels[n] + 8]);
      found[n] = order;
      // A record may lie in two lines of the cache.
      seen ^= i[order * 16] ^ i[order * 16 + 15] ^ coldI[order * 12] ^ coldI[order * 12 + 11];
    }
    this.seen ^= seen;
  }

  /** Balances, levels, and the places of client keys. */
  private readReferredByNew(words: Int32Array): void {
    const { entries, entered, positions: found, levels } = this;
    const { positions, ledger, clientKeys, levels: pool, orders } = this.core;
    const { i } = positions;
    const rows = this.core.rows.i;
    const { coldI } = orders;
    const balances = ledger.i;
    const { takers, makers } = this;
    const { best } = pool;
    let taking = 0;
    let seen = 0;
    for (let n = 0; n < entered; n++) {
      const position = found[n] * 16;
      levels[n] = 0;
      if (position === 0) continue;
      const at = entries[n];
      const side = words[at + 8] & 1;
      const balance = i[position + (side === BUY ? QUOTE : BASE)] * 16;
      seen ^= balances[balance] ^ balances[balance + 11];
      seen ^= clientKeys.glance(i[position + OWNER], words[at + 14], words[at + 15]);
      seen ^= coldI[i[position + LAST_ORDER] * 12 + POSITION_NEXT];
      const row = i[position + MARKET] * 64;
      seen ^= rows[row] ^ rows[row + 16] ^ rows[row + 32];
      const book = rows[row + BOOK_NUMBER];
      const price = (words[at + 10] >>> 0) + words[at + 11] * TWO_32;
      levels[n] = pool.guess(book, price);
      const there = best[book * 2 + (side === BUY ? SELL : BUY)];
      if (side === BUY ? there > price : there < price) continue;
      takers[taking] = position;
      makers[taking++] = pool.guess(book, there);
    }
    this.taking = taking;
    this.seen ^= seen;
  }

  /** Positions, and the neighbours in both of the lists that an order is in. */
  private readReferredByCanceled(): void {
    const { canceled, orders: found, owners } = this;
    const { i, coldI } = this.core.orders;
    const positions = this.core.positions.i;
    let seen = 0;
    for (let n = 0; n < canceled; n++) {
      const order = found[n];
      const position = order === 0 ? 0 : i[order * 16 + POSITION];
      owners[n] = position;
      seen ^= positions[position * 16] ^ positions[position * 16 + 15];
      seen ^= i[i[order * 16 + NEXT] * 16 + PREVIOUS] ^ i[i[order * 16 + PREVIOUS] * 16 + NEXT];
      seen ^= coldI[coldI[order * 12 + POSITION_NEXT] * 12 + POSITION_PREVIOUS];
      seen ^= coldI[coldI[order * 12 + POSITION_PREVIOUS] * 12 + POSITION_NEXT];
    }
    this.seen ^= seen;
  }

  /** The levels that new orders join, or trade with; those of canceled orders. */
  private readLevels(): void {
    const { entered, levels, canceled, orders: found, takers, makers, taking } = this;
    const { orders, levels: pool, ledger, positions } = this.core;
    const { i } = pool;
    let seen = 0;
    for (let n = 0; n < taking; n++) {
      makers[n] = i[makers[n] * 10 + LEVEL_HEAD];
      seen ^= ledger.i[positions.i[takers[n] + BASE] * 16] ^ ledger.i[positions.i[takers[n] + QUOTE] * 16];
    }
    for (let n = 0; n < entered; n++) levels[n] = i[levels[n] * 10 + LEVEL_TAIL];
    for (let n = 0; n < canceled; n++) seen ^= i[orders.i[found[n] * 16 + LEVEL] * 10 + LEVEL_TAIL];
    this.seen ^= seen;
  }

  /** The orders that new ones trade with. */
  private readMakers(): void {
    const { makers, seconds, taking } = this;
    const { i, coldI } = this.core.orders;
    let seen = 0;
    for (let n = 0; n < taking; n++) {
      const maker = makers[n];
      seconds[n] = i[maker * 16 + NEXT];
      seen ^= i[maker * 16 + 15] ^ coldI[maker * 12] ^ coldI[maker * 12 + 11];
    }
    for (let n = 0; n < taking; n++) {
      const second = seconds[n];
      seen ^= i[second * 16] ^ i[second * 16 + 15] ^ coldI[second * 12] ^ coldI[second * 12 + 11];
    }
    this.seen ^= seen;
  }

  /** What these trades change, and what a filled order leaves. */
  private readMakersReferred(): void {
    const { makers, seconds, taking } = this;
    let seen = 0;
    for (let n = 0; n < taking; n++) seen ^= this.readOwner(makers[n]) ^ this.readOwner(seconds[n]);
    for (let n = 0; n < taking; n++) seen ^= this.readOwned(makers[n]) ^ this.readOwned(seconds[n]);
    this.seen ^= seen;
  }

  private readOwner(order: number): number {
    const { orders, positions, index } = this.core;
    const position = orders.i[order * 16 + POSITION];
    return (
      positions.i[position * 16] ^
      positions.i[position * 16 + 15] ^
      index.glance(orders.f[order * 8 + ID]) ^
      orders.i[orders.i[order * 16 + NEXT] * 16 + PREVIOUS]
    );
  }

  private readOwned(order: number): number {
    const { orders, positions, ledger, clientKeys } = this.core;
    const { coldI } = orders;
    const balances = ledger.i;
    const position = orders.i[order * 16 + POSITION] * 16;
    const base = positions.i[position + BASE] * 16;
    const quote = positions.i[position + QUOTE] * 16;
    return (
      balances[base] ^
      balances[base + 11] ^
      balances[quote] ^
      balances[quote + 11] ^
      clientKeys.glance(positions.i[position + OWNER], coldI[order * 12 + KEY_LOW], coldI[order * 12 + KEY_HIGH]) ^
      coldI[coldI[order * 12 + POSITION_NEXT] * 12 + POSITION_PREVIOUS] ^
      coldI[coldI[order * 12 + POSITION_PREVIOUS] * 12 + POSITION_NEXT]
    );
  }

  /** The ends of the queues that new orders join. */
  private readTails(): void {
    const { entered, levels } = this;
    const { i } = this.core.orders;
    let seen = 0;
    for (let n = 0; n < entered; n++) seen ^= i[levels[n] * 16 + NEXT];
    this.seen ^= seen;
  }

  /** Balances, levels and places of the client keys of orders that are canceled. */
  private readBalances(): void {
    const { canceled, orders: found, owners } = this;
    const { positions, orders, ledger, clientKeys } = this.core;
    const rows = this.core.rows.i;
    const { i } = positions;
    const { coldI } = orders;
    const balances = ledger.i;
    let seen = 0;
    for (let n = 0; n < canceled; n++) {
      const order = found[n];
      if (order === 0) continue;
      const position = owners[n] * 16;
      const balance = i[position + ((orders.i[order * 16 + FLAGS] & SIDE_BIT) === BUY ? QUOTE : BASE)] * 16;
      seen ^= balances[balance] ^ balances[balance + 11];
      seen ^= clientKeys.glance(i[position + OWNER], coldI[order * 12 + KEY_LOW], coldI[order * 12 + KEY_HIGH]);
      seen ^= rows[i[position + MARKET] * 64] ^ rows[i[position + MARKET] * 64 + 15];
    }
    this.seen ^= seen;
  }
}
