/**
 * The exchange as one deterministic state machine: commands in, events out. No clock, no randomness, no input or output of its own: the
 * same commands give the same event bytes and the same state everywhere.
 */

import { Administration } from "./administration";
import { Core, ensure } from "./core";
import type { EventBuffer } from "./event-buffer";
import { RejectReason } from "./events";
import { CommandType, getU64, viewOf } from "./layout";
import { FREE, LOCKED } from "./ledger";
import { Lists } from "./lists";
import { Matching } from "./matching";
import { OrderEntry } from "./order-entry";
import { LEVEL_PRICE } from "./queues";
import { Rules } from "./rules";
import { Sessions } from "./sessions";

/** Most that a command's time may be ahead of the shard's, in microseconds: one day. Later commands are refused, so that a broken clock cannot stop the exchange. */
export const MAX_TIME_STEP = 86_400_000_000;

export interface ExchangeOptions {
  /** Number of the shard, in every event. 0 to 65,535. @default 0 */
  shard?: number;
  /** Open orders for which memory is taken at once; it doubles when there are more. @default 1,024 */
  orders?: number;
}

export class Exchange {
  protected readonly core: Core;
  private readonly sessions = new Sessions();
  private readonly entry: OrderEntry;
  private readonly administration: Administration;

  constructor(options: ExchangeOptions = {}) {
    const { shard = 0, orders = 1024 } = options;
    if (!Number.isInteger(shard) || shard < 0 || shard > 65_535)
      throw new RangeError(`shard is ${shard}; allowed are integers from 0 to 65535`);
    this.core = new Core(shard, orders);
    const matching = new Matching(this.core, new Lists(this.core));
    this.entry = new OrderEntry(this.core, new Rules(this.core), matching);
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

  /**
   * Applies the command at `offset` of `bytes`, which is well-formed (see `checkCommand`), at position (epoch, sequence), and appends its
   * events to `out`: at least one. Sequences ascend; one is left out where a record of the log is not a command, or its command is passed over.
   *
   * Throws an {@link InvariantViolation} where the state machine contradicts itself or the sequence is not the next one; then nothing that was
   * appended may be published, and the instance must be discarded.
   */
  apply(bytes: Uint8Array, offset: number, epoch: number, sequence: number, out: EventBuffer): void {
    const { core } = this;
    const { writer } = core;
    const view = viewOf(bytes);
    ensure(sequence > core.lastSequence, `command ${sequence} follows ${core.lastSequence}`);
    const time = getU64(view, offset + 8);
    const late = core.lastTime !== 0 && time > core.lastTime + MAX_TIME_STEP;
    if (!late && time > core.lastTime) core.lastTime = time;
    core.lastSequence = sequence;
    writer.begin(out, epoch, sequence, core.lastTime);
    const type: CommandType = view.getUint8(offset + 2);
    const session = view.getUint32(offset + 16, true);
    const first = session === 0 || late ? 0 : this.sessions.check(session, getU64(view, offset + 24), sequence);
    if (late || first < 0) this.refuse(view, offset, type);
    else if (first > 0) writer.repeated(first);
    else this.dispatch(type, bytes, view, offset);
    this.finish(type);
  }

  /** The command's time, or its number in the session, is out of range. */
  private refuse(view: DataView, offset: number, type: CommandType): void {
    const account = view.getUint32(offset + 20, true);
    this.core.writer.rejected(type, RejectReason.TIME_OUT_OF_RANGE, account, view.getUint32(offset + 4, true), 0, "");
  }

  private dispatch(type: CommandType, bytes: Uint8Array, view: DataView, offset: number): void {
    if (type === CommandType.NEW_ORDER) this.entry.newOrder(bytes, view, offset);
    else if (type === CommandType.CANCEL_ORDER) this.entry.cancelOrder(view, offset);
    else if (type === CommandType.CANCEL_ALL_ORDERS) this.entry.cancelAllOrders(view, offset);
    else this.administration.apply(type, view, offset);
  }

  /** Tells the balances and levels that the command changed, once each, and checks what must hold after every command. */
  private finish(type: CommandType): void {
    const { core } = this;
    const { ledger, writer, touched } = core;
    const cause = type >= CommandType.DEPOSIT && type <= CommandType.TRANSFER ? type - CommandType.DEPOSIT + 1 : 0;
    for (let n = 0; n < ledger.changes; n++) {
      const balance = ledger.changed[n];
      ensure(ledger.f[balance * 6 + FREE + 1] >= 0 && ledger.f[balance * 6 + LOCKED + 1] >= 0, "no balance is below 0");
      writer.balanceChanged(balance, cause);
    }
    ledger.clearChanges();
    for (let m = 0; m < touched.length; m++) {
      const market = touched[m];
      const { book } = market;
      market.touched = false;
      market.firstPrice = 0;
      book.settleChanges();
      for (let n = 0; n < book.changes; n++) writer.levelChanged(market, n);
      book.clearChanges();
      const bid = book.bids.best;
      const ask = book.asks.best;
      ensure(bid === 0 || ask === 0 || book.f[bid * 5 + LEVEL_PRICE] < book.f[ask * 5 + LEVEL_PRICE], "the book is not crossed");
    }
    touched.length = 0;
    ensure(writer.count > 0, "every command has an event");
    writer.finish();
  }
}
