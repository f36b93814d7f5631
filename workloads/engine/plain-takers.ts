/**
 * The short way of plain orders that trade at once, or that may not rest: those which `plain-orders.ts` has admitted and does not put into the book. What
 * is filled or closed within its command is never among the open orders: no index, no list of its owner and no hold knows it.
 */

import { Side, TimeInForce } from "./commands";
import { type Core, ensure } from "./core";
import { CloseReason } from "./events";
import { type Fills, Stop } from "./fills";
import * as layout from "./layout";
import type { Matching } from "./matching";
import { Outcome } from "./outcome";
import * as records from "./records";

const {
  BEST,
  EXECUTED,
  FLAGS,
  ID,
  KEY_HIGH,
  KEY_LOW,
  MARKET_NUMBER,
  MINUTE_ENDS,
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
  TAKER,
  TIME_IN_FORCE_SHIFT,
} = records;
const { COMMAND_HEADER, EVENT_HEADER } = layout;
const { ORDER_ACCEPTED } = layout.EventType;
const { DECLINED, NOTED, TOLD } = Outcome;
const { BUY, SELL } = Side;
const { FOK, GTC } = TimeInForce;
const { FOK_EXPIRED, IOC_EXPIRED, PRICE_RANGE_EXCEEDED } = CloseReason;

const TWO_32 = 4294967296;
const PER_TWO_32 = 1 / TWO_32;
/** Words of a buffer of commands or events, which is below a gigabyte. */
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
   * Applies the new order whose command begins at word `start`. Declines it where its client key is taken.
   * @param crosses whether it meets the best price of the other side
   */
  take(words: Int32Array, start: number, position: number, crosses: boolean): Outcome {
    const at = start & WORDS;
    const { core, fills } = this;
    const { writer } = core;
    const { f, i } = core.memory;
    const p = (position & SLOTS) * 16;
    const keyLow = words[at + 14];
    const keyHigh = words[at + 15];
    if ((keyLow | keyHigh) !== 0 && core.clientKeys.find(i[p + OWNER], keyLow, keyHigh) !== 0) return DECLINED;

    const packed = words[at + 8];
    const priceLow = words[at + 10];
    const priceHigh = words[at + 11];
    const quantityLow = words[at + 12];
    const quantityHigh = words[at + 13];
    const timeInForce = (packed >> 4) & 15;
    const side = packed & SIDE_BIT;
    const id = core.lastOrderId + 1;
    core.lastOrderId = id;
    f[TAKER * 8 + ID] = id;
    f[TAKER * 8 + REMAINING] = (quantityLow >>> 0) + quantityHigh * TWO_32;
    f[TAKER * 8 + PRICE] = (priceLow >>> 0) + priceHigh * TWO_32;
    i[TAKER * 16 + POSITION] = position;
    i[TAKER * 16 + FLAGS] = (packed & 15) | (timeInForce << TIME_IN_FORCE_SHIFT) | (((packed >> 8) & 255) << PREVENTION_SHIFT);
    // That it held is told, whatever becomes of it.
    core.ledger.touch(i[p + QUOTE - side] & SLOTS);

    const length = (words[at] & 0xffff) - COMMAND_HEADER;
    const to = writer.start(ORDER_ACCEPTED, EVENT_HEADER + 24 + length, 1) & WORDS;
    const { words: out, doubles } = writer.out;
    out[to] = id | 0;
    out[to + 1] = (id * PER_TWO_32) | 0;
    out[to + 2] = words[at + 5];
    out[to + 3] = words[at + 1];
    doubles[(to >> 1) + 2] = 0;
    out[to + 6] = packed;
    out[to + 7] = 0;
    out[to + 8] = priceLow;
    out[to + 9] = priceHigh;
    out[to + 10] = quantityLow;
    out[to + 11] = quantityHigh;
    out[to + 12] = keyLow;
    out[to + 13] = keyHigh;
    for (let n = 8; n < length >> 2; n++) out[to + 6 + n] = words[at + COMMAND_HEADER / 4 + n];

    const row = i[p + ROW] & SLOTS;
    const market = core.markets[i[row * 16 + MARKET_NUMBER]];
    if (core.lastTime >= f[row * 8 + MINUTE_ENDS]) market.average.advance(core.lastTime);
    fills.begin(market, side);
    const waits = market.waits();
    let stop = Stop.PRICE;
    if (crosses && (timeInForce !== FOK || this.matching.fillable(market, TAKER))) stop = fills.run(market, waits);
    if (stop === Stop.UNUSUAL) {
      core.touch(market);
      this.matching.resume(market, this.open(keyLow, keyHigh));
      return NOTED;
    }
    if (stop === Stop.PRICE && timeInForce === GTC) {
      this.matching.rest(market, this.open(keyLow, keyHigh));
      return NOTED;
    }
    if (stop === Stop.BAND) writer.takerClosed(PRICE_RANGE_EXCEEDED, fills);
    else if (stop === Stop.PRICE) writer.takerClosed(timeInForce === FOK ? FOK_EXPIRED : IOC_EXPIRED, fills);
    if (waits) {
      core.touch(market);
      return NOTED;
    }
    ensure(writer.balancesChanged(0), "no balance is below 0");
    writer.levelsChanged(market);
    ensure(f[row * 8 + BEST + BUY] < f[row * 8 + BEST + SELL], "the book is not crossed");
    writer.finish();
    return TOLD;
  }

  /** Makes what remains of the order in hand an open one, which holds. */
  private open(keyLow: number, keyHigh: number): number {
    const { core } = this;
    const { orders } = core;
    const { executed } = this.fills;
    const order = orders.allocate();
    const { f, i } = core.memory;
    f[order * 8 + ID] = f[TAKER * 8 + ID];
    f[order * 8 + REMAINING] = f[TAKER * 8 + REMAINING];
    f[order * 8 + PRICE] = f[TAKER * 8 + PRICE];
    i[order * 16 + KEY_LOW] = keyLow;
    i[order * 16 + KEY_HIGH] = keyHigh;
    i[order * 16 + POSITION] = i[TAKER * 16 + POSITION];
    i[order * 16 + FLAGS] = i[TAKER * 16 + FLAGS];
    if (executed > 0) {
      orders.set(order, QUANTITY, f[order * 8 + REMAINING] + executed);
      orders.set(order, EXECUTED, executed);
    }
    core.attach(order);
    ensure(core.hold(order), "what an order may pay was there when it came");
    return order;
  }
}
