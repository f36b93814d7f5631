/** One side of a book: price levels in order, the best at the end, where almost every change happens. */

import type { Level } from "../ports";

export class BookSide {
  /** Ascending; a level's key is its price for bids and its negative for asks, so that the best is always the greatest. */
  private readonly keys: number[] = [];
  private readonly quantities: number[] = [];
  private readonly sign: 1 | -1;

  constructor(side: "bids" | "asks") {
    this.sign = side === "bids" ? 1 : -1;
  }

  get size(): number {
    return this.keys.length;
  }

  /** Sets the quantity at a price; 0 removes the level. */
  set(price: number, quantity: number): void {
    const key = price * this.sign;
    const at = this.find(key);
    const exists = this.keys[at] === key;
    if (quantity === 0) {
      if (!exists) return;
      this.keys.splice(at, 1);
      this.quantities.splice(at, 1);
    } else if (exists) {
      this.quantities[at] = quantity;
    } else {
      this.keys.splice(at, 0, key);
      this.quantities.splice(at, 0, quantity);
    }
  }

  best(): Level | undefined {
    return this.size === 0 ? undefined : this.level(this.size - 1);
  }

  /** Best first. */
  top(limit: number): Level[] {
    const count = Math.min(limit, this.size);
    return Array.from({ length: count }, (_, place) => this.level(this.size - 1 - place));
  }

  private level(at: number): Level {
    return [this.keys[at] * this.sign, this.quantities[at]];
  }

  /** The place of the first key that is not below `key`. */
  private find(key: number): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
