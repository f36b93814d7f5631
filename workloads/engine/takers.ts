/**
 * What becomes of a plain order that traded at once, where that is not for the compiled part: it met an unusual maker, its rest joins the book, orders wait
 * for the price, or there is much to tell.
 */

import * as areas from "./areas";
import { CloseReason, Stop, TimeInForce } from "./codes";
import { type Core, ensure } from "./core";
import type { Matching } from "./matching";
import * as records from "./records";

const { BATCH, STOPPED } = areas;
const { EXECUTED, FLAGS, ID, KEY_HIGH, KEY_LOW, MARKET_NUMBER, POSITION, PRICE, QUANTITY, REMAINING, ROW, TAKER, TIME_IN_FORCE_SHIFT } =
  records;
const { FOK, GTC } = TimeInForce;
const { FOK_EXPIRED, IOC_EXPIRED, PRICE_RANGE_EXCEEDED } = CloseReason;

/** Decides about the order in line `TAKER`; balances and levels that changed are noted and still to be told. */
export function conclude(core: Core, matching: Matching): void {
  const { fills } = matching;
  const { i } = core.memory;
  const row = i[i[TAKER * 16 + POSITION] * 16 + ROW];
  const market = core.markets[i[row * 16 + MARKET_NUMBER]];
  const timeInForce: TimeInForce = (i[TAKER * 16 + FLAGS] >> TIME_IN_FORCE_SHIFT) & 3;
  let stop: Stop = i[BATCH * 16 + STOPPED];
  fills.collect(market);
  if (stop === Stop.FULL) stop = fills.run(market);
  core.touch(market);
  if (stop === Stop.UNUSUAL) matching.resume(market, open(core, matching));
  else if (stop === Stop.BAND) core.writer.takerClosed(PRICE_RANGE_EXCEEDED, fills);
  else if (stop === Stop.PRICE && timeInForce === GTC) matching.rest(market, open(core, matching));
  else if (stop === Stop.PRICE) core.writer.takerClosed(timeInForce === FOK ? FOK_EXPIRED : IOC_EXPIRED, fills);
}

/** Makes what remains of the order in hand an open one, which holds. */
function open(core: Core, matching: Matching): number {
  const { orders } = core;
  const { executed } = matching.fills;
  const order = orders.allocate();
  const { f, i } = core.memory;
  f[order * 8 + ID] = f[TAKER * 8 + ID];
  f[order * 8 + REMAINING] = f[TAKER * 8 + REMAINING];
  f[order * 8 + PRICE] = f[TAKER * 8 + PRICE];
  i[order * 16 + KEY_LOW] = i[TAKER * 16 + KEY_LOW];
  i[order * 16 + KEY_HIGH] = i[TAKER * 16 + KEY_HIGH];
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
