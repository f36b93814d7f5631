/**
 * The exchange as one deterministic state machine: commands in, events out. No clock, no randomness, no input or output of its own: the
 * same commands give the same event bytes and the same state everywhere.
 */

import { Administration } from "./administration";
import { audit } from "./audit";
import { commandLength } from "./command-codec";
import { Side } from "./commands";
import { Core, ensure, InvariantViolation } from "./core";
import type { EventBuffer } from "./event-buffer";
import { RejectReason } from "./events";
import { CommandType, MAX_COMMAND_LENGTH, viewOf } from "./layout";
import { ListEntry } from "./list-entry";
import { Lists } from "./lists";
import { Matching } from "./matching";
import { OrderChanges } from "./order-changes";
import { OrderEntry } from "./order-entry";
import { Outcome } from "./outcome";
import { PlainCancels } from "./plain-cancels";
import { PlainOrders } from "./plain-orders";
import { PlainTakers } from "./plain-takers";
import { Prefetch } from "./prefetch";
import * as records from "./records";
import { Rules } from "./rules";
import { Sessions } from "./sessions";
import { type Parts, readParts, readShard, writeParts } from "./state";
import { joined, StateHash, StateReader, StateWriter } from "./state-stream";
import { Triggers } from "./triggers";

const { BEST, EXTERNAL, FEES, FREE, HELD, LOCKED } = records;
const { BUY, SELL } = Side;

const { CANCEL_ORDER, NEW_ORDER } = CommandType;
const { DECLINED, TOLD } = Outcome;

const TWO_32 = 4294967296;

/** Most that a command's time may be ahead of the shard's, in microseconds: one day. Later commands are refused, so that a broken clock cannot stop the exchange. */
export const MAX_TIME_STEP = 86_400_000_000;

/** The same as a constant of this file. */
const LONGEST_STEP = MAX_TIME_STEP;
/** Words of a buffer of commands, which is below a gigabyte. */
const WORDS = 0xfffffff;

export interface ExchangeOptions {
  /** Number of the shard, in every event. 0 to 65,535. @default 0 */
  shard?: number;
  /** Open orders for which memory is taken at once; it doubles when there are more. @default 1,024 */
  orders?: number;
}

export class Exchange {
  protected readonly core: Core;
  private readonly sessions = new Sessions();
  private readonly lists: Lists;
  private readonly triggers: Triggers;
  private readonly plain: PlainOrders;
  private readonly plainCancels: PlainCancels;
  private readonly entry: OrderEntry;
  private readonly listEntry: ListEntry;
  private readonly changes: OrderChanges;
  private readonly administration: Administration;
  private readonly prefetching: Prefetch;

  constructor(options: ExchangeOptions = {}) {
    const { shard = 0, orders = 1024 } = options;
    if (!Number.isInteger(shard) || shard < 0 || shard > 65_535)
      throw new RangeError(`shard is ${shard}; allowed are integers from 0 to 65535`);
    this.core = new Core(shard, orders);
    this.prefetching = new Prefetch(this.core);
    this.lists = new Lists(this.core);
    const rules = new Rules(this.core);
    const matching = new Matching(this.core, this.lists);
    this.triggers = new Triggers(this.core, matching, this.lists, (market, position) => this.entry.mayTrade(market, position));
    this.lists.enqueue = (order) => this.triggers.enqueue(order);
    this.plain = new PlainOrders(this.core, rules, new PlainTakers(this.core, matching), this.prefetching.hints);
    this.plainCancels = new PlainCancels(this.core, this.prefetching.hints);
    this.entry = new OrderEntry(this.core, rules, matching, this.triggers);
    this.listEntry = new ListEntry(this.core, rules, this.entry, this.lists, matching, this.triggers);
    this.changes = new OrderChanges(this.core, rules, this.entry, matching);
    this.administration = new Administration(this.core, this.entry);
  }

  /** Shard time: the latest time of any command so far, in microseconds. */
  get lastTime(): number {
    return this.core.lastTime;
  }

  /** Position of the last applied command, 0 before the first. */
  get lastSequence(): number {
    return this.core.lastSequence;
  }

  /** Version of the rules in force. */
  get version(): number {
    return this.core.version;
  }

  /**
   * Applies the command at `offset` of `bytes`, which is well-formed (see `checkCommand`), at position (epoch, sequence), and appends its
   * events to `out`: at least one. Sequences ascend; one is left out where a record of the log is not a command, or its command is passed over.
   *
   * Throws an {@link InvariantViolation} where the state machine contradicts itself or the sequence is not above the last one; then nothing that was
   * appended may be published, and the instance must be discarded.
   */
  apply(bytes: Uint8Array, offset: number, epoch: number, sequence: number, out: EventBuffer): void {
    if (((bytes.byteOffset + offset) & 3) === 0) this.applyAligned(bytes, offset, epoch, sequence, out);
    else {
      // Its words do not lie as the machine needs them.
      this.copy.set(bytes.subarray(offset, offset + commandLength(bytes, offset)));
      this.applyAligned(this.copy, 0, epoch, sequence, out);
    }
  }

  private readonly copy = new Uint8Array(MAX_COMMAND_LENGTH);
  /** The buffer of the latest command, and its memory as words. */
  private bytes: Uint8Array = this.copy;
  private view = viewOf(this.bytes);
  private words = new Int32Array(this.bytes.buffer);
  private start = 0;

  /** The same of what was looked at beforehand: it seldom lies where it is applied from. */
  private aheadBytes: Uint8Array = this.copy;
  private aheadWords = this.words;

  private look(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.words = new Int32Array(bytes.buffer as ArrayBuffer, 0, bytes.buffer.byteLength >> 2);
    this.start = bytes.byteOffset;
  }

  private applyAligned(bytes: Uint8Array, offset: number, epoch: number, sequence: number, out: EventBuffer): void {
    if (bytes !== this.bytes) this.look(bytes);
    const { core, words } = this;
    const { writer } = core;
    // Not `ensure`: its message would be built for every command.
    if (sequence <= core.lastSequence) throw new InvariantViolation(`command ${sequence} follows ${core.lastSequence}`);
    core.lastSequence = sequence;
    const at = ((this.start + offset) >> 2) & WORDS;
    const time = (words[at + 2] >>> 0) + words[at + 3] * TWO_32;
    let late = false;
    if (time > core.lastTime) {
      late = core.lastTime !== 0 && time > core.lastTime + LONGEST_STEP;
      if (!late) core.setTime(time);
    }
    writer.begin(out, epoch, sequence);
    const type: CommandType = (words[at] >> 16) & 255;
    const session = words[at + 4] >>> 0;
    const first = session === 0 || late ? 0 : this.sessions.check(session, (words[at + 6] >>> 0) + words[at + 7] * TWO_32, sequence);
    if (first === 0 && !late) {
      core.roomFor -= 1;
      if (core.roomFor <= 0) core.makeRoom();
      let outcome: Outcome = DECLINED;
      if (type === NEW_ORDER) outcome = this.plain.newOrder(words, at);
      else if (type === CANCEL_ORDER) outcome = this.plainCancels.cancelOrder(words, at);
      if (outcome === TOLD) return;
      if (outcome === DECLINED) this.dispatch(type, bytes, this.view, offset);
      for (let n = 0; n < core.touchedCount; n++) this.triggers.run(core.touched[n]);
      core.roomFor = 0;
    } else if (first > 0) writer.repeated(first);
    else this.refuse(type, offset);
    this.finish(type);
  }

  /**
   * Says that the commands in `bytes[start, end)`, which lie one behind the other, are to be applied next: what they need is read into the
   * processor's cache, for the first 64 orders and cancels of them. Returns where the rest begins. Changes nothing: applying without it gives the
   * same, more slowly where the state is larger than the cache. Malformed bytes end it early; commands that do not lie at multiples of four bytes are
   * passed over.
   *
   * @param between bytes that stand before each but the first, as the headers of a log's records do
   */
  prefetch(bytes: Uint8Array, start: number, end: number, between = 0): number {
    if (((bytes.byteOffset + start) & 3) !== 0) return end;
    if (bytes !== this.aheadBytes) {
      this.aheadBytes = bytes;
      this.aheadWords = new Int32Array(bytes.buffer as ArrayBuffer, 0, bytes.buffer.byteLength >> 2);
    }
    const rest = this.prefetching.run(this.aheadWords, (bytes.byteOffset + start) >> 2, (bytes.byteOffset + end) >> 2, between >> 2);
    return rest * 4 - bytes.byteOffset;
  }

  /**
   * Applies the well-formed commands in `bytes[start, end)`, which lie one behind the other, at positions `sequence`, `sequence + 1` and so on, and appends
   * their events to `out`: those of the n-th end at `ends[n]`. Returns how many there were. `start` is before `end`, and `ends` has a place for each.
   *
   * Throws as {@link Exchange.apply} does: {@link Exchange.lastSequence} is then the one of the command that failed, and the events of those before it are
   * whole in `out` and their ends in `ends`.
   *
   * @param between bytes that stand before each but the first, as the headers of a log's records do
   */
  applyAll(
    bytes: Uint8Array,
    start: number,
    end: number,
    between: number,
    epoch: number,
    sequence: number,
    out: EventBuffer,
    ends: Uint32Array,
  ): number {
    let count = 0;
    let ready = start;
    for (let at = start; at < end; at += commandLength(bytes, at) + between) {
      if (at >= ready) ready = this.prefetch(bytes, at, end, between);
      this.apply(bytes, at, epoch, sequence + count, out);
      ends[count++] = out.length;
    }
    return count;
  }

  /** Whether a command of the session with this number was applied before and is remembered: applied again, it would be a repeat. */
  hasSeen(session: number, number: number): boolean {
    return session !== 0 && this.sessions.has(session, number);
  }

  /** The command's time, or its number in the session, is out of range. */
  private refuse(type: CommandType, offset: number): void {
    const { view } = this;
    const account = view.getUint32(offset + 20, true);
    this.core.writer.rejected(type, RejectReason.TIME_OUT_OF_RANGE, account, view.getUint32(offset + 4, true), 0, "");
  }

  private dispatch(type: CommandType, bytes: Uint8Array, view: DataView, offset: number): void {
    if (type === CommandType.NEW_ORDER) this.entry.newOrder(bytes, view, offset);
    else if (type === CommandType.CANCEL_ORDER) this.entry.cancelOrder(view, offset);
    else if (type === CommandType.CANCEL_ALL_ORDERS) this.entry.cancelAllOrders(view, offset);
    else if (type === CommandType.CANCEL_REPLACE) this.changes.cancelReplace(bytes, view, offset);
    else if (type === CommandType.AMEND_ORDER) this.changes.amendOrder(view, offset);
    else if (type === CommandType.MODIFY_ORDER) this.changes.modifyOrder(view, offset);
    else if (type === CommandType.NEW_ORDER_LIST) this.listEntry.newOrderList(bytes, view, offset);
    else if (type === CommandType.CANCEL_ORDER_LIST) this.listEntry.cancelOrderList(view, offset);
    else this.administration.apply(type, view, offset);
  }

  /** Hash over the canonical state, 32 hexadecimal digits: equal for equal logical states, whatever their history. Visits the whole state. */
  stateHash(): string {
    const hash = new StateHash();
    for (const chunk of this.stateChunks()) hash.update(chunk);
    return hash.digest();
  }

  /** The whole state; {@link Exchange.readState} continues from it exactly. */
  writeState(): Uint8Array {
    return joined([...this.stateChunks()]);
  }

  /** The same in chunks of `size` bytes, a multiple of 8: a large state needs no copy of itself. No command may be applied meanwhile. */
  *stateChunks(size = 1 << 20): Generator<Uint8Array> {
    const to = new StateWriter(size);
    for (const _ of writeParts(this.parts(), to)) yield* to.take(false);
    yield* to.take(true);
  }

  /**
   * The exchange whose state was written, from its bytes or from its chunks in order. Throws a RangeError where they are not a whole state of a
   * version that this code knows. Whoever stores a state guards it with a checksum: what is damaged within its structure is not noticed here.
   */
  static readState(state: Uint8Array | Iterable<Uint8Array>, options: Pick<ExchangeOptions, "orders"> = {}): Exchange {
    const from = new StateReader(state instanceof Uint8Array ? [state] : state);
    const exchange = new Exchange({ ...options, shard: readShard(from) });
    readParts(exchange.parts(), from);
    return exchange;
  }

  /** Recomputes everything that is kept incrementally; throws an {@link InvariantViolation} at the first difference. Visits the whole state. */
  audit(): void {
    audit(this.core, this.lists);
  }

  /** Open orders of all symbols. */
  get openOrders(): number {
    return this.core.orders.size;
  }

  /** Free and locked amount of an account in an asset, both by number; 0 where it never had any. */
  balance(account: number, asset: number): { free: bigint; locked: bigint } {
    const { ledger } = this.core;
    const balance = ledger.findBalance(ledger.accountSlot(account), ledger.assetSlot(asset));
    return balance === 0 ? { free: 0n, locked: 0n } : { free: ledger.get(balance, FREE), locked: ledger.get(balance, LOCKED) };
  }

  /** By asset number: what accounts and fees hold, and what the outside is owed (deposits less withdrawals, negative). They sum to 0. */
  totals(): Map<number, { accounts: bigint; fees: bigint; external: bigint }> {
    const { ledger } = this.core;
    const totals = new Map<number, { accounts: bigint; fees: bigint; external: bigint }>();
    for (let asset = 1; asset < ledger.assets.length; asset++) {
      const { number } = ledger.assets[asset];
      totals.set(number, { accounts: ledger.total(asset, HELD), fees: ledger.total(asset, FEES), external: ledger.total(asset, EXTERNAL) });
    }
    return totals;
  }

  /** Visible lots by price of one symbol, best first, at most `limit` levels a side; undefined for an unknown symbol. */
  depth(
    symbol: number,
    limit = Number.POSITIVE_INFINITY,
  ): { bids: [price: number, quantity: number][]; asks: [price: number, quantity: number][] } | undefined {
    const book = this.core.market(symbol)?.book;
    return book && { bids: book.depth(Side.BUY, limit), asks: book.depth(Side.SELL, limit) };
  }

  /** Last trade price of a symbol in ticks; 0 before the first, and for an unknown symbol. */
  lastPrice(symbol: number): number {
    return this.core.market(symbol)?.lastPrice ?? 0;
  }

  /** Bytes of the typed arrays that hold orders, their indices and the books. */
  get orderMemory(): number {
    const { orders, index, clientKeys, levels, markets } = this.core;
    const books = markets.reduce((sum, { book, stops }) => sum + book.bytes + stops.bytes, 0);
    return orders.bytes + index.bytes + clientKeys.bytes + levels.bytes + books;
  }

  private parts(): Parts {
    return { core: this.core, lists: this.lists, sessions: this.sessions, transfers: this.administration.transfers };
  }

  /** Tells the balances and levels that the command changed, once each, and checks what must hold after every command. */
  private finish(type: CommandType): void {
    const { core } = this;
    const { ledger, writer, touched } = core;
    const { f } = core.memory;
    const cause = type >= CommandType.DEPOSIT && type <= CommandType.TRANSFER ? type - CommandType.DEPOSIT + 1 : 0;
    ensure(ledger.changes === 0 || writer.balancesChanged(cause), "no balance is below 0");
    for (let m = 0; m < core.touchedCount; m++) {
      const market = touched[m];
      market.touched = false;
      writer.levelsChanged(market);
      ensure(f[market.row * 8 + BEST + BUY] < f[market.row * 8 + BEST + SELL], "the book is not crossed");
    }
    core.touchedCount = 0;
    ensure(writer.count > 0, "every command has an event");
    writer.finish();
  }
}
