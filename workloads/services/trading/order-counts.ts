/**
 * How many unfilled orders each account has placed in the present ten seconds and the present UTC day (Binance, faqs/order_count_decrement.md): a
 * fold over the log like all else, so that every replica has the same numbers and a start has them again. Windows are aligned to the clock.
 */

import type { OrderCounts, OrderLimits } from "./port";

const TEN_SECONDS = 10_000_000;
const DAY = 86_400_000_000;
const TENS_PER_DAY = DAY / TEN_SECONDS;

/** Words of a row: account, ten-second window of the day plus 1 (0: the row is free), count of that window, count of the day. */
const ROW = 4;
const FIRST_ROWS = 1024;
/** First words of the encoded counts: "BOC1", which no state of an exchange begins with, and the number of rows. */
const MARK = 0x31434f42;
const HEADER = 16;

const NONE: OrderCounts = { tenSeconds: 0, day: 0 };

/** What an order did not fit into, and the seconds until it may. */
export interface OrderExcess {
  limit: number;
  interval: "10 SECOND" | "1 DAY";
  retryAfter: number;
}

export class OrderCountTable {
  /** Open addressing; at most half of the rows are taken. All are of one day. */
  #rows = new Uint32Array(FIRST_ROWS * ROW);
  #taken = 0;
  #day = 0;
  /** The window of the latest time that was asked for: divisions are for those that it does not hold. */
  #windowFrom = 0;
  #windowEnd = 0;
  #window = 1;
  #windowDay = 0;
  /** Window of the latest order; no account's counts are above these, in that window and in the day. */
  #latestWindow = 0;
  #mostTenSeconds = 0;
  #mostDay = 0;

  /** Where the account's row is, or the free one that it would take: good until another is taken. */
  find(account: number): number {
    const rows = this.#rows;
    const mask = rows.length - ROW;
    // Fibonacci hashing: neighbouring numbers come to lie far apart.
    let at = (Math.imul(account, 0x9e3779b1) >>> 5) & mask;
    while (rows[at + 1] !== 0 && rows[at] !== account) at = (at + ROW) & mask;
    return at;
  }

  /** Counts `orders` new orders at `time` (microseconds, never below an earlier one's day). */
  add(account: number, orders: number, time: number): void {
    this.look(time);
    this.addNow(account, orders);
  }

  /** The same at the time that was looked at last: whoever counts many looks once for each, and no time is handed on. */
  addNow(account: number, orders: number): void {
    this.addAt(this.find(account), account, orders);
  }

  /** The same where {@link find} has found the account. Returns where it is then. */
  addAt(row: number, account: number, orders: number): number {
    let at = row;
    if (this.#windowDay !== this.#day) {
      this.#begin(this.#windowDay);
      at = this.find(account);
    }
    if (this.#rows[at + 1] === 0) at = this.#take(at, account);
    const rows = this.#rows;
    const window = this.#window;
    if (window !== this.#latestWindow) {
      this.#latestWindow = window;
      this.#mostTenSeconds = 0;
    }
    const tenSeconds = (orders + (rows[at + 1] === window ? rows[at + 2] : 0)) >>> 0;
    const inDay = (orders + rows[at + 3]) >>> 0;
    rows[at + 1] = window;
    rows[at + 2] = tenSeconds;
    rows[at + 3] = inDay;
    if (tenSeconds > this.#mostTenSeconds) this.#mostTenSeconds = tenSeconds;
    if (inDay > this.#mostDay) this.#mostDay = inDay;
    return at;
  }

  /** Takes back up to `orders` orders of those that were counted. */
  giveBack(account: number, orders: number, time: number): void {
    this.look(time);
    this.giveBackNow(account, orders);
  }

  /** The same at the time that was looked at last. */
  giveBackNow(account: number, orders: number): void {
    if (this.#windowDay !== this.#day) return;
    const at = this.find(account);
    const rows = this.#rows;
    if (rows[at + 1] === this.#window) rows[at + 2] = Math.max(0, rows[at + 2] - orders);
    rows[at + 3] = Math.max(0, rows[at + 3] - orders);
  }

  of(account: number, time: number): OrderCounts {
    this.look(time);
    if (this.#windowDay !== this.#day) return NONE;
    const at = this.find(account);
    const rows = this.#rows;
    return { tenSeconds: rows[at + 1] === this.#window ? rows[at + 2] : 0, day: rows[at + 3] };
  }

  /** Writes what {@link of} returns into two words. */
  write(account: number, time: number, words: Uint32Array, to: number): void {
    this.look(time);
    this.writeAt(this.find(account), words, to);
  }

  /** The same at the time that was looked at last, where {@link find} has found the account. */
  writeAt(row: number, words: Uint32Array, to: number): void {
    const rows = this.#rows;
    const isThisDay = this.#windowDay === this.#day;
    words[to] = isThisDay && rows[row + 1] === this.#window ? rows[row + 2] : 0;
    words[to + 1] = isThisDay ? rows[row + 3] : 0;
  }

  /** Whether `orders` more may exceed a limit for some account: asked first, since it looks for no account and is seldom true. */
  mayExceed(orders: number, limits: OrderLimits): boolean {
    return this.#mostTenSeconds + orders > limits.tenSeconds || this.#mostDay + orders > limits.day;
  }

  /** The limit that `orders` more would exceed, if there is one. */
  excess(account: number, orders: number, time: number, limits: OrderLimits): OrderExcess | undefined {
    this.look(time);
    let tenSeconds = 0;
    let day = 0;
    if (this.#windowDay === this.#day) {
      const at = this.find(account);
      const rows = this.#rows;
      if (rows[at + 1] === this.#window) tenSeconds = rows[at + 2];
      day = rows[at + 3];
    }
    if (tenSeconds + orders > limits.tenSeconds) {
      return { limit: limits.tenSeconds, interval: "10 SECOND", retryAfter: secondsLeft(time, TEN_SECONDS) };
    }
    if (day + orders > limits.day) return { limit: limits.day, interval: "1 DAY", retryAfter: secondsLeft(time, DAY) };
    return undefined;
  }

  /** The same bytes for the same counts: accounts that have one, in ascending order. A multiple of 8. */
  encode(): Uint8Array {
    const accounts = new Uint32Array(this.#taken);
    let count = 0;
    for (let at = 0; at < this.#rows.length; at += ROW) if (this.#rows[at + 3] > 0) accounts[count++] = this.#rows[at];
    const words = new Uint32Array(HEADER / 4 + count * ROW);
    words.set([MARK, count, this.#day, 0]);
    let to = HEADER / 4;
    for (const account of accounts.subarray(0, count).sort()) {
      const at = this.find(account);
      for (let word = 0; word < ROW; word++) words[to++] = this.#rows[at + word];
    }
    return new Uint8Array(words.buffer);
  }

  /** Reads what {@link encode} wrote at the beginning of `bytes`, and where it ends: 0 where there are no counts, in states written before they were. */
  static decode(bytes: Uint8Array): { table: OrderCountTable; end: number } {
    const table = new OrderCountTable();
    if (bytes.length < HEADER) return { table, end: 0 };
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(0, true) !== MARK) return { table, end: 0 };
    const end = HEADER + view.getUint32(4, true) * ROW * 4;
    if (end > bytes.length) throw new RangeError(`the order counts have ${end} bytes, ${bytes.length} are here`);
    table.#day = view.getUint32(8, true);
    table.#taken = view.getUint32(4, true);
    if (table.#taken * 2 * ROW > table.#rows.length) table.#rows = new Uint32Array(2 ** Math.ceil(Math.log2(table.#taken * 2)) * ROW);
    for (let at = HEADER; at < end; at += ROW * 4) {
      const row = table.find(view.getUint32(at, true));
      for (let word = 0; word < ROW; word++) table.#rows[row + word] = view.getUint32(at + word * 4, true);
      table.#latestWindow = Math.max(table.#latestWindow, table.#rows[row + 1]);
      table.#mostTenSeconds = Math.max(table.#mostTenSeconds, table.#rows[row + 2]);
      table.#mostDay = Math.max(table.#mostDay, table.#rows[row + 3]);
    }
    return { table, end };
  }

  /** What follows is of this time. */
  look(time: number): void {
    if (time < this.#windowFrom || time >= this.#windowEnd) this.#lookAnew(time);
  }

  /** Looks at a time, and says whether an earlier one is of the same window. */
  holds(earlier: number, time: number): boolean {
    this.look(time);
    return earlier >= this.#windowFrom;
  }

  #lookAnew(time: number): void {
    const tens = Math.floor(time / TEN_SECONDS);
    this.#windowFrom = tens * TEN_SECONDS;
    this.#windowEnd = this.#windowFrom + TEN_SECONDS;
    // Small integers, which are compared for each order.
    this.#window = ((tens % TENS_PER_DAY) + 1) | 0;
    this.#windowDay = Math.floor(tens / TENS_PER_DAY) | 0;
  }

  #begin(day: number): void {
    this.#day = day;
    this.#taken = 0;
    this.#latestWindow = 0;
    this.#mostTenSeconds = 0;
    this.#mostDay = 0;
    this.#rows.fill(0);
  }

  /** Takes the free row at `row`, or the one that the account has once there are more of them. */
  #take(row: number, account: number): number {
    let at = row;
    if (++this.#taken * 2 * ROW > this.#rows.length) {
      this.#grow();
      at = this.find(account);
    }
    this.#rows[at] = account;
    return at;
  }

  #grow(): void {
    const old = this.#rows;
    this.#rows = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += ROW) {
      if (old[at + 1] !== 0) this.#rows.set(old.subarray(at, at + ROW), this.find(old[at]));
    }
  }
}

const secondsLeft = (time: number, length: number) => Math.max(1, Math.ceil((length - (time % length)) / 1_000_000));
