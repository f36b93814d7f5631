/**
 * The short way of plain orders that trade at once, or that may not rest: those which `plain-orders.ts` has admitted and does not put into the book. What
 * is filled or closed within its command is never among the open orders: no index, no list of its owner and no hold knows it.
 */

import { TimeInForce } from "./commands";
import { type Core, ensure } from "./core";
import { CloseReason } from "./events";
import { type Fills, Stop } from "./fills";
import * as layout from "./layout";
import type { Matching } from "./matching";
import * as records from "./records";

const {
  BALANCE_CHANGED,
  EXECUTED,
  FLAGS,
  ID,
  KEY_HIGH,
  KEY_LOW,
  MARKET_NUMBER,
  OWNER,
  POSITION,
  PREVENTION_SHIFT,
  PRICE,
  QUANTITY,
  QUOTE,
  REMAINING,
  ROW,
  SIDE_BIT,
  SLOTS,
  TIME_IN_FORCE_SHIFT,
} = records;
const { COMMAND_HEADER } = layout;
const { GTC } = TimeInForce;
const { IOC_EXPIRED, PRICE_RANGE_EXCEEDED } = CloseReason;

const TWO_32 = 4294967296;
/** Words of a buffer of commands, which is below a gigabyte. */
const WORDS = 0xfffffff;

export class PlainTakers {
  private readonly fills: Fills;

  constructor(
    private readonly core: Core,
    private readonly matching: Matching,
  ) {
    this.fills = matching.fills;
  }

  /**
   * Applies the new order whose command begins at word `start`; balances and levels that change are noted. Returns false, with nothing done, where its client
   * key is taken.
   *
   * @param crosses whether it meets the best price of the other side
   */
  take(words: Int32Array, start: number, position: number, crosses: boolean): boolean {
    const at = start & WORDS;
    const { core, fills } = this;
    const { orders, writer } = core;
    const { f, i } = core.memory;
    const p = (position & SLOTS) * 16;
    const keyLow = words[at + 14];
    const keyHigh = words[at + 15];
    if ((keyLow | keyHigh) !== 0 && core.clientKeys.find(i[p + OWNER], keyLow, keyHigh) !== 0) return false;

    const order = orders.allocate() & SLOTS;
    const packed = words[at + COMMAND_HEADER / 4];
    const timeInForce = (packed >> 4) & 15;
    const side = packed & SIDE_BIT;
    const id = core.lastOrderId + 1;
    core.lastOrderId = id;
    f[order * 8 + ID] = id;
    f[order * 8 + REMAINING] = (words[at + 12] >>> 0) + words[at + 13] * TWO_32;
    f[order * 8 + PRICE] = (words[at + 10] >>> 0) + words[at + 11] * TWO_32;
    i[order * 16 + POSITION] = position;
    i[order * 16 + FLAGS] = (packed & 15) | (timeInForce << TIME_IN_FORCE_SHIFT) | (((packed >> 8) & 255) << PREVENTION_SHIFT);
    const market = core.markets[i[(i[p + ROW] & SLOTS) * 16 + MARKET_NUMBER]];
    core.touch(market);
    // That it held is told, whatever becomes of it.
    const balance = i[p + QUOTE - side] & SLOTS;
    if (i[balance * 16 + BALANCE_CHANGED] === 0) core.ledger.touch(balance);
    writer.plainOrderAccepted(order, p, words, at);
    let stop = Stop.PRICE;
    fills.begin(market, side);
    if (crosses) stop = fills.run(market, order);
    if (stop === Stop.FILLED) orders.release(order);
    else if (stop === Stop.BAND || (stop === Stop.PRICE && timeInForce !== GTC)) {
      writer.plainOrderClosed(order, p, stop === Stop.BAND ? PRICE_RANGE_EXCEEDED : IOC_EXPIRED, fills);
      orders.release(order);
    } else {
      this.open(order, keyLow, keyHigh);
      if (stop === Stop.UNUSUAL) this.matching.resume(market, order);
      else this.matching.rest(market, order);
    }
    return true;
  }

  /** Makes what remains of the order in hand an open one, which holds. */
  private open(order: number, keyLow: number, keyHigh: number): void {
    const { core } = this;
    const { executed } = this.fills;
    const { f, i } = core.memory;
    i[order * 16 + KEY_LOW] = keyLow;
    i[order * 16 + KEY_HIGH] = keyHigh;
    if (executed > 0) {
      const extra = core.orders.extend(order);
      f[extra * 8 + QUANTITY] = f[order * 8 + REMAINING] + executed;
      f[extra * 8 + EXECUTED] = executed;
    }
    core.attach(order);
    ensure(core.hold(order), "what an order may pay was there when it came");
  }
}
