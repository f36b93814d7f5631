/**
 * The exchange with its accounts' order counts beside it. The counts follow from the log alone; whether a new order fits is asked before it is
 * logged, so that an account over its limit costs no place in the log (docs/decisions/0020-order-counts-stand-beside-the-engine.md).
 */

import type { Command, EventBuffer } from "@bourse/engine";
import * as engine from "@bourse/engine";
import { crc32c } from "../../journal";
import { OrderCountTable } from "./order-counts";
import { type OrderCounts, type OrderLimits, TooManyOrders } from "./port";
import type { StateMachine } from "./state-machine";
import { WordView } from "./word-view";

// Constants of this file, as decision 0014 says.
const { Exchange, joined, MAX_TIME_STEP, tradeFields } = engine;
const { CANCEL_ORDER, CANCEL_REPLACE, NEW_ORDER, NEW_ORDER_LIST } = engine.CommandType;
const { BALANCE_CHANGED, REPEATED, TRADE } = engine.EventType;
const { MAKER_ACCOUNT, MAKER_EXECUTED, QUANTITY, TAKER_ACCOUNT, TAKER_EXECUTED } = tradeFields;

/** What the first fill of an order gives back. Source: faqs/order_count_decrement.md. */
const TAKER_CREDIT = 1;
const MAKER_CREDIT = 5;

/** Where in a list's command the number of its legs is. */
const LEGS_AT = 41;
/** Orders that a list has at most. */
const MOST_LEGS = 3;

const TWO_32 = 4294967296;

export class CountedExchange implements StateMachine {
  private readonly words = new WordView();

  constructor(
    readonly exchange: engine.Exchange,
    private readonly counts = new OrderCountTable(),
  ) {}

  static readState(state: Uint8Array): CountedExchange {
    const { table, end } = OrderCountTable.decode(state);
    return new CountedExchange(Exchange.readState(end === 0 ? state : state.subarray(end)), table);
  }

  apply(bytes: Uint8Array, offset: number, epoch: number, sequence: number, out: EventBuffer): void {
    const before = out.length;
    this.exchange.apply(bytes, offset, epoch, sequence, out);
    this.counts.look(this.exchange.lastTime);
    const account = u32(bytes, offset + 20);
    this.count(this.counts.find(account), account, ordersOf(bytes, offset), out.words, before >> 2, out.length >> 2);
  }

  applyAll(
    bytes: Uint8Array,
    start: number,
    end: number,
    between: number,
    epoch: number,
    sequence: number,
    out: EventBuffer,
    ends: Uint32Array,
    counts?: Uint32Array,
    place = 0,
  ): void {
    // What a network brings may lie anywhere.
    if (((bytes.byteOffset | start) & 3) !== 0) {
      const aligned = new Uint8Array(bytes.subarray(start, end));
      this.applyAll(aligned, 0, aligned.length, between, epoch, sequence, out, ends, counts, place);
      return;
    }
    const before = out.length;
    let applied = 0;
    try {
      applied = this.exchange.applyAll(bytes, start, end, between, epoch, sequence, out, ends);
    } catch (violation) {
      applied = this.exchange.lastSequence - sequence;
      throw violation;
    } finally {
      this.countAll(bytes, start, between, out.words, before, ends, applied, counts, place);
    }
  }

  get lastSequence(): number {
    return this.exchange.lastSequence;
  }

  mayRefuse(commands: number, limits: OrderLimits): boolean {
    return this.counts.mayExceed(commands * MOST_LEGS, limits);
  }

  refusal(bytes: Uint8Array, offset: number, limits: OrderLimits, before = 0): TooManyOrders | undefined {
    const orders = ordersOf(bytes, offset);
    if (orders === 0 || !this.counts.mayExceed(before + orders, limits)) return undefined;
    const excess = this.counts.excess(u32(bytes, offset + 20), before + orders, this.timeOf(bytes, offset), limits);
    if (excess === undefined) return undefined;
    // What was logged before is not placed again: it is answered with its first result.
    if (this.exchange.hasSeen(u32(bytes, offset + 16), u64(bytes, offset + 24))) return undefined;
    return new TooManyOrders(`Too many new orders; current limit is ${excess.limit} orders per ${excess.interval}.`, excess.retryAfter);
  }

  orderCounts(account: number, time: number): OrderCounts {
    return this.counts.of(account, Math.max(time, this.exchange.lastTime));
  }

  writeOrderCounts(account: number, words: Uint32Array, to: number): void {
    this.counts.write(account, this.exchange.lastTime, words, to);
  }

  get latestTime(): number {
    const { lastTime } = this.exchange;
    return lastTime === 0 ? Number.POSITIVE_INFINITY : lastTime + MAX_TIME_STEP;
  }

  /** Activates the rules that are in force. */
  timeStep(time: number): Command {
    return { kind: "activate", time, session: 0, sessionSequence: 0, version: this.exchange.version };
  }

  /** The exchange's, and a checksum of the counts. */
  stateHash(): string {
    const counts = this.counts.encode();
    return `${this.exchange.stateHash()}${crc32c(counts, 0, counts.length).toString(16).padStart(8, "0")}`;
  }

  writeState(): Uint8Array {
    return joined([this.counts.encode(), ...this.exchange.stateChunks()]);
  }

  /** Counts `applied` commands, which lie as in {@link applyAll}, at words: the events of the first begin at byte `first` of `events`. */
  private countAll(
    bytes: Uint8Array,
    start: number,
    between: number,
    events: Int32Array,
    first: number,
    ends: Uint32Array,
    applied: number,
    counts: Uint32Array | undefined,
    place: number,
  ): void {
    if (applied === 0) return;
    const table = this.counts;
    const words = this.words.of(bytes);
    let at = start >> 2;
    let to = place;
    let from = first >> 2;
    // Times ascend, and seldom go from one window to the next.
    const isOneWindow = table.holds(timeOf(events, from), this.exchange.lastTime);
    for (let n = 0; n < applied; n++) {
      const head = words[at];
      const type = (head >> 16) & 255;
      const account = words[at + 5] >>> 0;
      const end = ends[n] >> 2;
      if (!isOneWindow) table.look(timeOf(events, from));
      let row = table.find(account);
      if (type !== CANCEL_ORDER) {
        const orders = type === NEW_ORDER ? 1 : ordersOf(bytes, at << 2);
        row = this.count(row, account, orders, events, from, end);
      }
      if (counts !== undefined) {
        if (to >= counts.length) to = 0;
        table.writeAt(row, counts, to);
        to += 2;
      }
      from = end;
      at += ((head & 0xffff) + between) >> 2;
    }
  }

  /**
   * Counts the orders that a command of the account placed, and gives back for those that were filled for the first time. Its events are `words[start, end)`, and their
   * time was looked at. Takes and returns where the account's counts are.
   */
  private count(row: number, account: number, orders: number, words: Int32Array, start: number, end: number): number {
    const table = this.counts;
    let at = start;
    let found = row;
    if (orders > 0 && ((words[at] >> 16) & 255) !== REPEATED) found = table.addAt(row, account, orders);
    for (; at < end; at += (words[at] & 0xffff) >> 2) {
      const type = (words[at] >> 16) & 255;
      // Balances and levels come behind all else.
      if (type === BALANCE_CHANGED) break;
      if (type !== TRADE) continue;
      if (isFirst(words, at, TAKER_EXECUTED)) table.giveBackNow(words[at + TAKER_ACCOUNT] >>> 0, TAKER_CREDIT);
      if (isFirst(words, at, MAKER_EXECUTED)) table.giveBackNow(words[at + MAKER_ACCOUNT] >>> 0, MAKER_CREDIT);
    }
    return found;
  }

  /** Shard time when the command will have been applied. */
  private timeOf(bytes: Uint8Array, offset: number): number {
    const { lastTime } = this.exchange;
    const time = u64(bytes, offset + 8);
    return time < lastTime || time > this.latestTime ? lastTime : time;
  }
}

/** Shard time of the event at a word. */
const timeOf = (words: Int32Array, at: number) => (words[at + 4] >>> 0) + words[at + 5] * TWO_32;

/** Whether the trade is all that the order has executed. */
const isFirst = (words: Int32Array, at: number, executed: number) =>
  words[at + executed] === words[at + QUANTITY] && words[at + executed + 1] === words[at + QUANTITY + 1];

/** Orders that a command counts for, whatever becomes of them. */
function ordersOf(bytes: Uint8Array, offset: number): number {
  const type = bytes[offset + 2];
  if (type === NEW_ORDER || type === CANCEL_REPLACE) return 1;
  return type === NEW_ORDER_LIST ? bytes[offset + LEGS_AT] : 0;
}

const u32 = (bytes: Uint8Array, at: number) => (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
const u64 = (bytes: Uint8Array, at: number) => u32(bytes, at) + u32(bytes, at + 4) * TWO_32;
