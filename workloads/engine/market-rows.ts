/**
 * What plain orders need of the symbols: a row of 256 bytes a symbol, in the order of listing. A command finds its row by a multiplication,
 * where the objects of a symbol lie all over the heap, one behind the other. `Market` shows a row's fields under their names.
 */

/** Integers of a row: `i[row * 64 + ...]`. */
export const STATE = 0;
/** Which filters need more than a comparison. */
export const LIMITED = 1;
/** Slots of its assets. */
export const BASE_ASSET = 34;
export const QUOTE_ASSET = 35;
/** Number of the queues of its book. */
export const BOOK_NUMBER = 14;

/** Doubles of a row: `f[row * 32 + ...]`. The first eight are what a cancel needs. */
export const MINUTE_ENDS = 1;
/** Lots that remain in the symbol's open orders. */
export const OPEN_LOTS = 2;
export const LAST_UPDATE = 3;
export const MULTIPLIER = 4;
export const DIVISOR = 5;
export const LOT_UNITS = 6;
/** What the filters allow a plain order; no limit is 0 or Infinity. */
export const MIN_PRICE = 8;
export const MAX_PRICE = 9;
export const PRICE_STEP = 10;
export const MIN_QUANTITY = 11;
export const MAX_QUANTITY = 12;
export const QUANTITY_STEP = 13;
export const MIN_NOTIONAL = 14;
export const MAX_NOTIONAL = 15;
export const MAX_ORDERS = 16;

export class MarketRows {
  f = new Float64Array(4 * 32);
  i = new Int32Array(this.f.buffer);
  private count = 0;

  /** Number of a new row, from 0, whose fields are 0. */
  add(): number {
    const row = this.count++;
    if (this.f.length === row * 32) {
      const f = new Float64Array(row * 64);
      f.set(this.f);
      this.f = f;
      this.i = new Int32Array(f.buffer);
    }
    return row;
  }

  get bytes(): number {
    return this.f.byteLength;
  }
}
