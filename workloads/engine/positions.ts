/**
 * What one account has in one symbol: its open orders (in the order of their acceptance), their counts for the filters, and where its base
 * and quote balances are. An order names its position, and so everything about its owner is one step away.
 */

import type { Account } from "./ledger";
import type { OrderPool } from "./order-pool";
import * as orderFields from "./order-pool";

const { POSITION_NEXT, POSITION_PREVIOUS } = orderFields;

/** Offsets into a position of 64 bytes: `i[position * 16 + ...]`. */
export const OWNER = 0;
export const MARKET = 1;
export const BASE = 2;
export const QUOTE = 3;
export const FIRST_ORDER = 4;
export const LAST_ORDER = 5;
export const ORDERS = 6;
export const ALGO_ORDERS = 7;
export const ICEBERG_ORDERS = 8;
/** Next position of the same account. */
export const NEXT_POSITION = 9;
/** Trade group of the owner, copied here for self-trade prevention. */
export const GROUP = 10;
/** Number of the owner, and its flags: copies, so that an order is admitted and told of without a look at the account. */
export const ACCOUNT = 11;
export const OWNER_FLAGS = 14;
/** Number of the symbol. */
export const SYMBOL = 15;
/** Lots in open buy orders: `f[position * 8 + OPEN_BUYS]`. */
export const OPEN_BUYS = 6;

export class Positions {
  i = new Int32Array(64 * 16);
  f = new Float64Array(this.i.buffer);
  /** (account, symbol) -> position, by open addressing: a cell is (hash, position), at most half of them are used; positions are never closed. */
  cells = new Int32Array(128 * 2);
  private mask = 127;
  private count = 1;

  constructor(private readonly orders: OrderPool) {}

  /** Position of an account in a symbol, both by their outside numbers; 0 for none. */
  find(account: number, symbol: number): number {
    const { cells, mask, i } = this;
    const hash = hashOf(account, symbol);
    for (let cell = hash & mask; ; cell = (cell + 1) & mask) {
      const position = cells[cell * 2 + 1];
      if (position === 0) return 0;
      if (cells[cell * 2] !== hash) continue;
      if (i[position * 16 + ACCOUNT] === (account | 0) && i[position * 16 + SYMBOL] === (symbol | 0)) return position;
    }
  }

  /** Where {@link find} will most likely look: the first position of the same hash, or 0. */
  guess(account: number, symbol: number): number {
    const { cells, mask } = this;
    const hash = hashOf(account, symbol);
    for (let cell = hash & mask; ; cell = (cell + 1) & mask) {
      const position = cells[cell * 2 + 1];
      if (position === 0 || cells[cell * 2] === hash) return position;
    }
  }

  /** Word of {@link cells} where {@link find} will begin; for {@link Prefetch}. */
  home(account: number, symbol: number): number {
    return (hashOf(account, symbol) & this.mask) * 2;
  }

  open(account: Account, owner: number, symbol: number, market: number, base: number, quote: number): number {
    const position = this.count++;
    if (this.i.length <= position * 16 + 16) {
      const i = new Int32Array(this.i.length * 2);
      i.set(this.i);
      this.i = i;
      this.f = new Float64Array(i.buffer);
    }
    const { i } = this;
    const at = position * 16;
    i[at + OWNER] = owner;
    i[at + MARKET] = market;
    i[at + BASE] = base;
    i[at + QUOTE] = quote;
    i[at + NEXT_POSITION] = account.positions;
    i[at + GROUP] = account.tradeGroup;
    i[at + ACCOUNT] = account.number;
    i[at + OWNER_FLAGS] = account.flags;
    i[at + SYMBOL] = symbol;
    account.positions = position;
    if (position * 2 > this.mask) this.growCells();
    this.put(hashOf(account.number, symbol), position);
    return position;
  }

  private put(hash: number, position: number): void {
    const { cells, mask } = this;
    let cell = hash & mask;
    while (cells[cell * 2 + 1] !== 0) cell = (cell + 1) & mask;
    cells[cell * 2] = hash;
    cells[cell * 2 + 1] = position;
  }

  private growCells(): void {
    const old = this.cells;
    this.cells = new Int32Array(old.length * 2);
    this.mask = old.length - 1;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] !== 0) this.put(old[at], old[at + 1]);
    }
  }

  /** Puts an order at the end of the position's list. */
  link(position: number, order: number): void {
    const { i } = this;
    const o = this.orders.coldI;
    const last = i[position * 16 + LAST_ORDER];
    o[order * 12 + POSITION_PREVIOUS] = last;
    o[order * 12 + POSITION_NEXT] = 0;
    if (last === 0) i[position * 16 + FIRST_ORDER] = order;
    else o[last * 12 + POSITION_NEXT] = order;
    i[position * 16 + LAST_ORDER] = order;
    i[position * 16 + ORDERS] += 1;
  }

  unlink(position: number, order: number): void {
    const { i } = this;
    const o = this.orders.coldI;
    const next = o[order * 12 + POSITION_NEXT];
    const previous = o[order * 12 + POSITION_PREVIOUS];
    if (previous === 0) i[position * 16 + FIRST_ORDER] = next;
    else o[previous * 12 + POSITION_NEXT] = next;
    if (next === 0) i[position * 16 + LAST_ORDER] = previous;
    else o[next * 12 + POSITION_PREVIOUS] = previous;
    i[position * 16 + ORDERS] -= 1;
  }

  /** Copies what positions know of their owner after it has changed. */
  refresh(account: Account): void {
    const { i } = this;
    for (let at = account.positions * 16; at !== 0; at = i[at + NEXT_POSITION] * 16) {
      i[at + GROUP] = account.tradeGroup;
      i[at + OWNER_FLAGS] = account.flags;
    }
  }
}

function hashOf(account: number, symbol: number): number {
  let h = Math.imul(account, 0x9e3779b1);
  h = Math.imul((h ^ (h >>> 15)) + symbol, 0x85ebca6b);
  return h ^ (h >>> 13);
}
