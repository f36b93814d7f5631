/**
 * The exchange as one deterministic state machine: commands in, events out. No clock, no randomness, no input or output of its own: the
 * same commands give the same event bytes and the same state everywhere.
 */

import { Administration } from "./administration";
import * as areas from "./areas";
import { audit } from "./audit";
import { MAX_TIME_STEP, Pause } from "./codes";
import { commandLength } from "./command-codec";
import { Side } from "./commands";
import { Core, ensure, InvariantViolation } from "./core";
import type { EventBuffer } from "./event-buffer";
import { RejectReason } from "./events";
import * as layout from "./layout";
import { CommandType } from "./layout";
import { ListEntry } from "./list-entry";
import { Lists } from "./lists";
import { Matching } from "./matching";
import { OrderChanges } from "./order-changes";
import { OrderEntry } from "./order-entry";
import * as records from "./records";
import { Rules } from "./rules";
import { Sessions } from "./sessions";
import { type Parts, readParts, readShard, writeParts } from "./state";
import { joined, StateHash, StateReader, StateWriter } from "./state-stream";
import { conclude } from "./takers";
import { Triggers } from "./triggers";

const { BEST, EXTERNAL, FEES, FREE, HELD, LOCKED } = records;
const { BUY, SELL } = Side;
const { APPLIED, AT, BATCH, ENDS, INPUT, INPUT_BYTES, LOOKED, OUTPUT, WRITTEN } = areas;
const { getU64, viewOf } = layout;

/** Bytes where the areas begin. */
const INPUT_AT = INPUT * 64;
const OUTPUT_AT = OUTPUT * 64;

export { MAX_TIME_STEP } from "./codes";

export interface ExchangeOptions {
  /** Number of the shard, in every event. 0 to 65,535. @default 0 */
  shard?: number;
  /** Open orders for which memory is taken at once; it doubles when there are more. @default 1,024 */
  orders?: number;
}

export class Exchange {
  protected readonly core: Core;
  private readonly sessions: Sessions;
  private readonly lists: Lists;
  private readonly triggers: Triggers;
  private readonly matching: Matching;
  private readonly entry: OrderEntry;
  private readonly listEntry: ListEntry;
  private readonly changes: OrderChanges;
  private readonly administration: Administration;

  constructor(options: ExchangeOptions = {}) {
    const { shard = 0, orders = 1024 } = options;
    if (!Number.isInteger(shard) || shard < 0 || shard > 65_535)
      throw new RangeError(`shard is ${shard}; allowed are integers from 0 to 65535`);
    this.core = new Core(shard, orders);
    this.sessions = new Sessions(this.core.memory);
    this.lists = new Lists(this.core);
    const rules = new Rules(this.core);
    const matching = new Matching(this.core, this.lists);
    this.matching = matching;
    this.core.others = { sessions: this.sessions, rules, matching };
    this.triggers = new Triggers(this.core, matching, this.lists, (market, position) => this.entry.mayTrade(market, position));
    this.lists.enqueue = (order) => this.triggers.enqueue(order);
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
    this.applyAll(bytes, offset, offset + commandLength(bytes, offset), 0, epoch, sequence, out, this.end);
  }

  private readonly end = new Uint32Array(1);

  /**
   * Applies the well-formed commands in `bytes[start, end)`, which lie one behind the other with `between` bytes before each but the first, as the headers of a
   * log's records do, at positions `sequence`, `sequence + 1` and so on; appends their events to `out`, and writes into `ends[n]` where the events of the
   * n-th end there. `start` is before `end`, and `ends` has a place for each. Returns how many were applied: all. Many at once take a fraction of the time of
   * as many calls of {@link apply}.
   *
   * Throws as {@link apply} does: {@link lastSequence} is then the position of the command that failed; the events of those before it are whole in `out`, and
   * where they end is in `ends`.
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
    const { core } = this;
    const { writer } = core;
    // Not `ensure`: its message would be built for every command.
    if (sequence <= core.lastSequence) throw new InvariantViolation(`command ${sequence} follows ${core.lastSequence}`);
    core.lastSequence = sequence - 1;
    writer.open(out, epoch);
    let applied = 0;
    for (let at = start; at < end; ) {
      const size = Math.min(end - at, INPUT_BYTES);
      const { memory } = core;
      memory.bytes.set(bytes.subarray(at, at + size), INPUT_AT);
      let { i } = memory;
      i[BATCH * 16 + AT] = INPUT_AT;
      i[BATCH * 16 + LOOKED] = INPUT_AT;
      let pause = Pause.FULL;
      while (pause !== Pause.END) {
        try {
          pause = core.compiled.run(INPUT_AT + size, between);
        } finally {
          applied = this.collect(ends, applied);
        }
        ({ i } = memory);
        if (pause <= Pause.FULL) continue;
        const place = i[BATCH * 16 + AT];
        const offset = at + place - INPUT_AT;
        this.applyPaused(pause, bytes, offset);
        memory.i[BATCH * 16 + AT] = place + commandLength(bytes, offset) + between;
        ends[applied++] = out.length;
      }
      at += memory.i[BATCH * 16 + AT] - INPUT_AT;
    }
    return applied;
  }

  /** Takes over the events of the commands that the compiled part has applied since the last time, and where they end; returns how many there are now. */
  private collect(ends: Uint32Array, applied: number): number {
    const { memory, writer } = this.core;
    const { bytes, i } = memory;
    const base = writer.out.length;
    const more = i[BATCH * 16 + APPLIED];
    for (let n = 0; n < more; n++) ends[applied + n] = base + i[ENDS * 16 + n];
    i[BATCH * 16 + APPLIED] = 0;
    writer.append(bytes, OUTPUT_AT, OUTPUT_AT + i[BATCH * 16 + WRITTEN], 0);
    i[BATCH * 16 + WRITTEN] = 0;
    return applied + more;
  }

  /** Applies, or brings to its end, the command at `offset` at which the compiled part has paused. */
  private applyPaused(pause: Pause, bytes: Uint8Array, offset: number): void {
    const { core } = this;
    ensure(pause !== Pause.OVERDRAWN, "no balance is below 0");
    ensure(pause !== Pause.CROSSED, "the book is not crossed");
    const view = viewOf(bytes);
    const type: CommandType = view.getUint8(offset + 2);
    if (pause === Pause.TAKER) conclude(core, this.matching);
    else if (pause === Pause.DECLINED || this.begin(type, view, offset)) this.dispatch(type, bytes, view, offset);
    for (let n = 0; n < core.touchedCount; n++) this.triggers.run(core.touched[n]);
    this.finish(type);
  }

  /** Takes the next position, moves the time, and says whether the command is to be applied: it is neither late nor a repeat. */
  private begin(type: CommandType, view: DataView, offset: number): boolean {
    const { core } = this;
    const { writer } = core;
    core.lastSequence += 1;
    const time = getU64(view, offset + 8);
    const late = core.lastTime !== 0 && time > core.lastTime + MAX_TIME_STEP;
    if (time > core.lastTime && !late) core.setTime(time);
    writer.begin(core.lastSequence);
    const session = view.getUint32(offset + 16, true);
    const first = session === 0 || late ? 0 : this.sessions.check(session, getU64(view, offset + 24), core.lastSequence);
    if (first > 0) writer.repeated(first);
    else if (late || first < 0) {
      const account = view.getUint32(offset + 20, true);
      writer.rejected(type, RejectReason.TIME_OUT_OF_RANGE, account, view.getUint32(offset + 4, true), 0, "");
    }
    return first === 0 && !late;
  }

  /** Whether a command of the session with this number was applied before and is remembered: applied again, it would be a repeat. */
  hasSeen(session: number, number: number): boolean {
    return session !== 0 && this.sessions.has(session, number);
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
