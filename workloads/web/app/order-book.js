/**
 * One symbol's order book, kept equal to the exchange's: a snapshot, then every difference of the stream, each beginning where the one
 * before ended. Prices and quantities are integers scaled by 10^8 (below 2^53 for every listed symbol).
 */

/** @typedef {{ price: number, quantity: number, total: number }} Row quantity at one price, and the sum from the best price to it */

/** @param {string} text */
const scaled = (text) => {
  const [whole, fraction = ""] = text.split(".");
  return Number(whole + fraction.slice(0, 8).padEnd(8, "0"));
};

export class OrderBook {
  /** @type {Map<number, number>} */
  bids = new Map();
  /** @type {Map<number, number>} */
  asks = new Map();
  /** Whether it has its snapshot. */
  loaded = false;
  /** Number of the last change that is in the book; 0 when there never was one. */
  lastUpdateId = 0;
  /** @type {any[]} differences that came before the snapshot */
  #waiting = [];

  /** Takes a snapshot and the differences that have waited for it. False when they do not join: ask for a newer snapshot. @param {any} snapshot */
  load(snapshot) {
    this.bids = new Map(snapshot.bids.map((/** @type {string[]} */ [price, quantity]) => [scaled(price), scaled(quantity)]));
    this.asks = new Map(snapshot.asks.map((/** @type {string[]} */ [price, quantity]) => [scaled(price), scaled(quantity)]));
    this.lastUpdateId = snapshot.lastUpdateId;
    this.loaded = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting.every((difference) => this.apply(difference));
  }

  /** Applies one difference of the stream; false when one before it is missing. @param {any} difference */
  apply(difference) {
    if (!this.loaded) {
      this.#waiting.push(difference);
      return true;
    }
    if (difference.u <= this.lastUpdateId) return true;
    if (difference.U > this.lastUpdateId + 1) {
      this.clear();
      return false;
    }
    change(this.bids, difference.b);
    change(this.asks, difference.a);
    this.lastUpdateId = difference.u;
    return true;
  }

  clear() {
    this.bids.clear();
    this.asks.clear();
    this.lastUpdateId = 0;
    this.loaded = false;
    this.#waiting = [];
  }

  /** Best bid and ask, undefined on an empty side. */
  best() {
    return {
      bid: this.bids.size === 0 ? undefined : Math.max(...this.bids.keys()),
      ask: this.asks.size === 0 ? undefined : Math.min(...this.asks.keys()),
    };
  }

  /**
   * The best `count` rows of a side, best first, prices joined to multiples of `step` away from the spread.
   * @param {"bids" | "asks"} side @param {number} step @param {number} count @returns {Row[]}
   */
  rows(side, step, count) {
    const prices = [...this[side].keys()].sort(side === "bids" ? (a, b) => b - a : (a, b) => a - b);
    /** @type {Row[]} */
    const rows = [];
    let total = 0;
    for (const price of prices) {
      const joined = (side === "bids" ? Math.floor(price / step) : Math.ceil(price / step)) * step;
      const quantity = /** @type {number} */ (this[side].get(price));
      const row = rows.at(-1);
      if (row?.price !== joined && rows.length === count) break;
      total += quantity;
      if (row?.price === joined) {
        row.quantity += quantity;
        row.total = total;
      } else rows.push({ price: joined, quantity, total });
    }
    return rows;
  }
}

/** @param {Map<number, number>} side @param {string[][]} levels */
function change(side, levels) {
  for (const [price, quantity] of levels) {
    if (scaled(quantity) === 0) side.delete(scaled(price));
    else side.set(scaled(price), scaled(quantity));
  }
}
