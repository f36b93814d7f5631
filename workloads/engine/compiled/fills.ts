/**
 * Fills of an order, one maker after the other, from the best price on. It ends where the order meets anything unusual (a leg of a list, an iceberg with
 * more to show, an order of its own, a fee in the discount asset, an amount of 2^52 or more), with nothing done for that maker.
 *
 * The taker holds nothing meanwhile: it pays from its free balance, where what it needs at its own limit is.
 */

import * as areas from "../areas";
import * as codes from "../codes";
import * as records from "../records";
import * as amounts from "./amounts";
import { leaveIndices, leavePosition } from "./cancels";
import * as events from "./events";
import * as host from "./host";
import { extend } from "./pool";
import { findLevel, hashOfId } from "./table";

const BATCH: usize = areas.BATCH * 64;
const NOTED: usize = areas.NOTED * 64;
const NOTED_LINES: usize = areas.NOTED_LINES * 64;
const CORE: usize = records.CORE * 64;
const TAKER: usize = records.TAKER * 64;
const WIDE: f64 = <f64>records.WIDE;
/** Products of integers below it are exact: 2^53. */
const EXACT: f64 = 9_007_199_254_740_992;
const RATE_UNIT: f64 = records.RATE_UNIT;

/** A fee is rounded up, a rebate (negative) towards zero. A quotient of doubles may be rounded down to an integer. */
function feeOf(product: f64): f64 {
  const fee = ceil<f64>(product / RATE_UNIT);
  return fee * RATE_UNIT < product ? fee + 1 : fee;
}

/** A rate of an account by its slot. */
function rate(owner: i32, part: i32): f64 {
  return <f64>load<i32>((<usize>(load<i32>(CORE, records.RATES * 4) + owner * 2 + part)) << 2);
}

/** A fee goes from the accounts to the house. @param asset slot */
function charge(asset: i32, fee: f64): void {
  const totals = (<usize>(load<i32>(CORE, records.ASSETS * 4) + asset)) << 6;
  amounts.change(totals + records.FEES * 8, fee);
  amounts.change(totals + records.HELD * 8, -fee);
}

/** Notes that a balance has changed; there is room. */
export function touch(balance: usize): void {
  if (load<i32>(balance, records.BALANCE_CHANGED * 4) !== 0) return;
  store<i32>(balance, 1, records.BALANCE_CHANGED * 4);
  const changes = load<i32>(CORE, records.CHANGES * 4);
  store<i32>(CORE, changes + 1, records.CHANGES * 4);
  store<i32>((<usize>(load<i32>(CORE, records.CHANGED * 4) + changes)) << 2, <i32>(balance >> 6));
}

/** Notes that a level has changed; there is room. */
function note(level: usize, side: i32, price: f64): void {
  const flags = load<i32>(level, records.LEVEL_FLAGS * 4);
  if ((flags & records.LEVEL_NOTED) !== 0) return;
  store<i32>(level, flags | records.LEVEL_NOTED, records.LEVEL_FLAGS * 4);
  const notes = load<i32>(BATCH, areas.NOTES * 4);
  store<i32>(BATCH, notes + 1, areas.NOTES * 4);
  store<f64>(NOTED + ((<usize>notes) << 3), side === codes.Side.BUY ? -price - 1 : price);
  store<i32>(NOTED_LINES + ((<usize>notes) << 2), <i32>(level >> 6));
}

/** Trades the order in line `TAKER`, which has a limit, holds nothing and is not among the open lots, with the book of the market of a row. */
export function fill(row: usize): codes.Stop {
  const waits = load<i32>(row, records.WAITING * 4) !== 0;
  const market = load<i32>(row, records.MARKET_NUMBER * 4);
  const book = load<i32>(row, records.BOOK_NUMBER * 4);
  const band = load<f64>(BATCH, areas.BAND * 8);
  const flags = load<i32>(TAKER, records.FLAGS * 4);
  const side = flags & records.SIDE_BIT;
  const position = (<usize>load<i32>(TAKER, records.POSITION * 4)) << 6;
  const owner = load<i32>(position, records.OWNER * 4);
  const group = load<i32>(position, records.GROUP * 4);
  const prevents = ((flags >> records.PREVENTION_SHIFT) & 7) !== codes.SelfTradePrevention.NONE;
  const discounts = load<i32>(CORE, records.DISCOUNT_ASSET * 4) === 0 ? 0 : records.DISCOUNT_FEES;
  if ((load<i32>(position, records.OWNER_FLAGS * 4) & discounts) !== 0) return codes.Stop.UNUSUAL;
  // What the taker gives and what it gets, quote and base for a buy; the maker gets what the taker gives.
  const shift = <usize>(side << 2);
  const takerGives = (<usize>load<i32>(position - shift, records.QUOTE * 4)) << 6;
  const takerGets = (<usize>load<i32>(position + shift, records.BASE * 4)) << 6;
  const given = load<i32>(row - shift, records.QUOTE_ASSET * 4);
  const gotten = load<i32>(row + shift, records.BASE_ASSET * 4);
  const takerRate = rate(owner, records.TAKER_RATE);
  const multiplier = load<f64>(row, records.MULTIPLIER * 8);
  const divisor = load<f64>(row, records.DIVISOR * 8);
  const lotUnits = load<f64>(row, records.LOT_UNITS * 8);
  const limit = load<f64>(TAKER, records.PRICE * 8);
  const best = row + ((<usize>(1 - side)) << 3);
  let remaining = load<f64>(TAKER, records.REMAINING * 8);
  let executed = load<f64>(BATCH, areas.TAKER_EXECUTED * 8);
  let stop = codes.Stop.FILLED;
  let level: usize = 0;
  let price: f64 = 0;
  while (remaining > 0) {
    if (level === 0) {
      // An empty side has a price that crosses with nothing.
      price = load<f64>(best, records.BEST * 8);
      if (side === codes.Side.BUY ? price > limit : price < limit) {
        stop = codes.Stop.PRICE;
        break;
      }
      if (band !== 0 && (side === codes.Side.BUY ? price > band : price < band)) {
        stop = codes.Stop.BAND;
        break;
      }
      level = findLevel(book, 1 - side, price, <i32>amounts.whole(price));
    }
    if (
      load<i32>(BATCH, areas.WRITTEN * 4) > areas.OUTPUT_BYTES ||
      load<i32>(BATCH, areas.NOTES * 4) === areas.NOTED_LENGTH ||
      load<i32>(CORE, records.CHANGES * 4) + 4 > load<i32>(CORE, records.CHANGES_ROOM * 4)
    ) {
      stop = codes.Stop.FULL;
      break;
    }
    const maker = (<usize>load<i32>(level, records.NEXT * 4)) << 6;
    const there = load<f64>(maker, records.REMAINING * 8);
    const other = (<usize>load<i32>(maker, records.POSITION * 4)) << 6;
    const otherOwner = load<i32>(other, records.OWNER * 4);
    let extra = (<usize>load<i32>(maker, records.EXTRA * 4)) << 6;
    const quantity = min<f64>(remaining, there);
    const held = price * there * multiplier;
    const base = quantity * lotUnits;
    if (
      (extra !== 0 && (load<i32>(extra, records.LIST * 4) !== 0 || load<f64>(extra, records.HIDDEN * 8) !== 0)) ||
      (prevents && (otherOwner === owner || (group !== 0 && load<i32>(other, records.GROUP * 4) === group))) ||
      (load<i32>(other, records.OWNER_FLAGS * 4) & discounts) !== 0 ||
      held >= WIDE ||
      base >= WIDE
    ) {
      stop = codes.Stop.UNUSUAL;
      break;
    }
    const product = price * quantity * multiplier;
    let gross = product;
    // What the maker's hold goes down by. Where it buys, that is the difference of two amounts that are rounded up.
    let loosened = side === codes.Side.BUY ? base : product;
    if (divisor !== 1) {
      gross = amounts.floorQuotient(product, divisor);
      if (side !== codes.Side.BUY) loosened = amounts.ceilQuotient(held, divisor) - amounts.ceilQuotient(held - product, divisor);
    }
    const gives = side === codes.Side.BUY ? gross : base;
    const gets = side === codes.Side.BUY ? base : gross;
    const takerProduct = gets * takerRate;
    const makerProduct = gives * rate(otherOwner, records.MAKER_RATE);
    if (abs<f64>(takerProduct) >= EXACT || abs<f64>(makerProduct) >= EXACT) {
      stop = codes.Stop.UNUSUAL;
      break;
    }
    const takerFee = feeOf(takerProduct);
    const makerFee = feeOf(makerProduct);

    // From here on it is filled.
    const makerGives = (<usize>load<i32>(other + shift, records.BASE * 4)) << 6;
    const makerGets = (<usize>load<i32>(other - shift, records.QUOTE * 4)) << 6;
    amounts.subtract(makerGives + records.LOCKED * 8, loosened);
    if (loosened !== gets) amounts.add(makerGives + records.FREE * 8, loosened - gets);
    amounts.add(makerGets + records.FREE * 8, gives - makerFee);
    amounts.subtract(takerGives + records.FREE * 8, gives);
    amounts.add(takerGets + records.FREE * 8, gets - takerFee);
    charge(given, makerFee);
    charge(gotten, takerFee);
    // The buyer's balances are told before the seller's, quote before base.
    if (side === codes.Side.BUY) {
      touch(takerGives);
      touch(takerGets);
      touch(makerGets);
      touch(makerGives);
    } else {
      touch(makerGives);
      touch(makerGets);
      touch(takerGets);
      touch(takerGives);
      store<f64>(other, load<f64>(other, records.OPEN_BUYS * 8) - quantity, records.OPEN_BUYS * 8);
    }
    if (waits) host.notePrice(market, price);
    store<f64>(row, load<f64>(row, records.OPEN_LOTS * 8) - quantity, records.OPEN_LOTS * 8);
    store<f64>(row, price, records.LAST_PRICE * 8);
    store<f64>(row, load<f64>(row, records.TURNOVER * 8) + price * quantity, records.TURNOVER * 8);
    store<f64>(row, load<f64>(row, records.VOLUME * 8) + quantity, records.VOLUME * 8);
    store<f64>(row, -1, records.AVERAGE * 8);
    const number = load<f64>(row, records.LAST_TRADE * 8) + 1;
    store<f64>(row, number, records.LAST_TRADE * 8);
    store<f64>(level, load<f64>(level, records.LEVEL_VISIBLE * 8) - quantity, records.LEVEL_VISIBLE * 8);
    note(level, 1 - side, price);
    remaining -= quantity;
    executed += quantity;
    const left = there - quantity;
    let makerExecuted = quantity;
    if (extra !== 0 || left > 0) {
      // Its total is what remains of it before the first fill.
      if (extra === 0) extra = extend(maker);
      makerExecuted += load<f64>(extra, records.EXECUTED * 8);
      store<f64>(extra, makerExecuted, records.EXECUTED * 8);
      store<f64>(maker, left, records.REMAINING * 8);
    }
    const done = (remaining === 0 ? 2 : 0) | (left === 0 ? 4 : 0);
    events.trade(
      row,
      side,
      done,
      number,
      price,
      quantity,
      gross,
      TAKER,
      position,
      takerFee,
      executed,
      maker,
      other,
      makerFee,
      makerExecuted,
    );
    if (left > 0) break;

    // Nothing remains of the maker: it leaves its queue, its owner's list and the indices.
    const behind = load<i32>(maker, records.NEXT * 4);
    store<i32>(level, behind, records.NEXT * 4);
    store<i32>((<usize>behind) << 6, <i32>(level >> 6), records.PREVIOUS * 4);
    if ((<usize>behind) << 6 === level) {
      host.forgetLevel(market, behind);
      level = 0;
    }
    leavePosition(maker, other);
    if (extra !== 0 && load<f64>(extra, records.ICEBERG * 8) > 0) {
      store<i32>(other, load<i32>(other, records.ICEBERG_ORDERS * 4) - 1, records.ICEBERG_ORDERS * 4);
    }
    leaveIndices(maker, other, hashOfId(<i32>amounts.whole(load<f64>(maker, records.ID * 8))));
  }
  store<f64>(TAKER, remaining, records.REMAINING * 8);
  store<f64>(BATCH, executed, areas.TAKER_EXECUTED * 8);
  return stop;
}
