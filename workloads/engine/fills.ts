/**
 * Fills of an order, one maker after the other, from the best price on: what `matching.ts` does with most makers, as one loop. It ends where the order
 * meets anything unusual (a leg of a list, an iceberg with more to show, an order of its own, a fee in the discount asset, an amount of 2^52 or more),
 * with nothing done for that maker.
 *
 * The taker holds nothing meanwhile: it pays from its free balance, where what it needs at its own limit is.
 */

import { SelfTradePrevention, Side } from "./commands";
import type { Core } from "./core";
import { hashOfId, mix } from "./hash-index";
import * as layout from "./layout";
import type { Market } from "./market";
import * as records from "./records";

const {
  ACCOUNT,
  AVERAGE,
  BALANCE_CHANGED,
  BANDED,
  BASE,
  BASE_ASSET,
  BASE_NUMBER,
  BEST,
  DISCOUNT_FEES,
  DIVISOR,
  EXECUTED,
  EXTRA,
  FLAGS,
  FREE,
  GROUP,
  HIDDEN,
  ICEBERG,
  ICEBERG_ORDERS,
  ID,
  KEY_HIGH,
  KEY_LOW,
  LAST_PRICE,
  LAST_TRADE,
  LEVEL_FLAGS,
  LEVEL_NOTED,
  LEVEL_PRICE,
  LEVEL_VISIBLE,
  LIST,
  LOCKED,
  LOT_UNITS,
  MAKER_RATE,
  MULTIPLIER,
  NEXT,
  OPEN_BUYS,
  OPEN_LOTS,
  ORDERS,
  OWNER,
  OWNER_FLAGS,
  OWNER_SHIFT,
  POSITION,
  POSITION_NEXT,
  POSITION_PREVIOUS,
  PREVENTION_SHIFT,
  PREVIOUS,
  PRICE,
  QUOTE,
  QUOTE_ASSET,
  RATE_UNIT,
  REMAINING,
  SIDE_BIT,
  SLOTS,
  SYMBOL,
  TAKER,
  TAKER_RATE,
  TURNOVER,
  VOLUME,
  WIDE,
} = records;
const { EVENT_HEADER } = layout;
const { TRADE } = layout.EventType;
const { NONE } = SelfTradePrevention;

/** Bytes of a trade. */
const TRADE_LENGTH = EVENT_HEADER + 104;

const PER_TWO_32 = 1 / 4294967296;
/** Words of a buffer of events, which is below a gigabyte. */
const WORDS = 0xfffffff;
/** Products of integers below it are exact. */
const EXACT = 2 ** 53;

/** Why no more was filled. */
export enum Stop {
  /** Nothing remains of the taker. */
  FILLED = 0,
  /** The book has no more at its price. */
  PRICE = 1,
  /** The execution band ends. */
  BAND = 2,
  /** The next maker is not for this loop. */
  UNUSUAL = 3,
}

const { FILLED, UNUSUAL } = Stop;

export class Fills {
  /** Worst price that the execution band lets the order in hand trade at, 0 for any: it stays what it was before the first fill. */
  band = 0;
  /** Lots executed of the order in hand. */
  executed = 0;

  constructor(private readonly core: Core) {}

  /** Takes an order of this side, of which nothing is executed, in hand. */
  begin(market: Market, side: Side): void {
    this.band = this.core.memory.i[market.row * 16 + BANDED] === 0 ? 0 : market.band(side === Side.BUY);
    this.executed = 0;
  }

  /**
   * Trades the order in line {@link TAKER}, which has a limit, holds nothing and is not among the open lots, until {@link Stop} says why not further.
   * @param waits whether orders of the market wait for a price
   */
  run(market: Market, waits: boolean): Stop {
    const { core, band } = this;
    const { ledger, levels, orders, writer } = core;
    const { book } = market;
    // At most one maker is left partly filled.
    orders.provideExtra();
    const { f, i } = core.memory;
    const row = market.row & SLOTS;
    const r = row * 8;
    const flags = i[TAKER * 16 + FLAGS];
    const side = flags & SIDE_BIT;
    const position = i[TAKER * 16 + POSITION] & SLOTS;
    const p = position * 16;
    const owner = i[p + OWNER];
    const group = i[p + GROUP];
    const prevents = ((flags >> PREVENTION_SHIFT) & 7) !== NONE;
    const discounts = ledger.discountAsset === 0 ? 0 : DISCOUNT_FEES;
    if ((i[p + OWNER_FLAGS] & discounts) !== 0) return UNUSUAL;
    // What the taker gives and what it gets, quote and base for a buy; the maker gets what the taker gives.
    const takerGives = i[p + QUOTE - side] & SLOTS;
    const takerGets = i[p + BASE + side] & SLOTS;
    const given = i[row * 16 + QUOTE_ASSET - side];
    const gotten = i[row * 16 + BASE_ASSET + side];
    const takerRate = ledger.rates[(owner & SLOTS) * 2 + TAKER_RATE];
    const multiplier = f[r + MULTIPLIER];
    const divisor = f[r + DIVISOR];
    const lotUnits = f[r + LOT_UNITS];
    const limit = f[TAKER * 8 + PRICE];
    const id = f[TAKER * 8 + ID];
    const ofLevels = (book.number << OWNER_SHIFT) | (1 - side);
    let remaining = f[TAKER * 8 + REMAINING];
    let { executed } = this;
    let { changes } = ledger;
    let stop = FILLED;
    let next = 0;
    let price = 0;
    while (remaining > 0) {
      if (next === 0) {
        // An empty side has a price that crosses with nothing.
        price = f[r + BEST + 1 - side];
        if (side === 0 ? price > limit : price < limit) {
          stop = Stop.PRICE;
          break;
        }
        if (band !== 0 && (side === 0 ? price > band : price < band)) {
          stop = Stop.BAND;
          break;
        }
        next = levels.guess(book.number, price) & SLOTS;
        if (f[next * 8 + LEVEL_PRICE] !== price || (i[next * 16 + LEVEL_FLAGS] & ~LEVEL_NOTED) !== ofLevels)
          next = book.ladder(1 - side).best;
      }
      const level = next & SLOTS;
      const maker = i[level * 16 + NEXT] & SLOTS;
      const m = maker * 16;
      const there = f[maker * 8 + REMAINING];
      const other = i[m + POSITION] & SLOTS;
      const q = other * 16;
      const otherOwner = i[q + OWNER];
      let extra = i[m + EXTRA] & SLOTS;
      const quantity = remaining < there ? remaining : there;
      const held = price * there * multiplier;
      const base = quantity * lotUnits;
      if (
        (extra !== 0 && (i[extra * 16 + LIST] !== 0 || f[extra * 8 + HIDDEN] !== 0)) ||
        (prevents && (otherOwner === owner || (group !== 0 && i[q + GROUP] === group))) ||
        (i[q + OWNER_FLAGS] & discounts) !== 0 ||
        held >= WIDE ||
        base >= WIDE
      ) {
        stop = UNUSUAL;
        break;
      }
      const product = price * quantity * multiplier;
      let gross = product;
      // What the maker's hold goes down by. Where it buys, that is the difference of two amounts that are rounded up.
      let loosened = side === 0 ? base : product;
      if (divisor !== 1) {
        gross = Math.floor(product / divisor);
        if (gross * divisor > product) gross -= 1;
        if (side !== 0) {
          let before = Math.ceil(held / divisor);
          if (before * divisor < held) before += 1;
          let after = Math.ceil((held - product) / divisor);
          if (after * divisor < held - product) after += 1;
          loosened = before - after;
        }
      }
      const gives = side === 0 ? gross : base;
      const gets = side === 0 ? base : gross;
      // A fee is rounded up, a rebate (negative) towards zero. A quotient of doubles may be rounded down to an integer.
      const takerProduct = gets * takerRate;
      const makerProduct = gives * ledger.rates[(otherOwner & SLOTS) * 2 + MAKER_RATE];
      if (Math.abs(takerProduct) >= EXACT || Math.abs(makerProduct) >= EXACT) {
        stop = UNUSUAL;
        break;
      }
      let takerFee = Math.ceil(takerProduct / RATE_UNIT);
      if (takerFee * RATE_UNIT < takerProduct) takerFee += 1;
      let makerFee = Math.ceil(makerProduct / RATE_UNIT);
      if (makerFee * RATE_UNIT < makerProduct) makerFee += 1;

      // From here on it is filled.
      if (changes + 4 > ledger.changed.length) ledger.growChanged();
      const makerGives = i[q + BASE + side] & SLOTS;
      const makerGets = i[q + QUOTE - side] & SLOTS;
      const locked = f[makerGives * 8 + LOCKED] - loosened;
      f[makerGives * 8 + LOCKED] = locked;
      if (locked < 0) {
        f[makerGives * 8 + LOCKED] = locked + WIDE;
        f[makerGives * 8 + LOCKED + 1] -= 1;
      }
      if (loosened !== gets) ledger.add(makerGives, FREE, loosened - gets);
      const earned = f[makerGets * 8 + FREE] + (gives - makerFee);
      f[makerGets * 8 + FREE] = earned;
      if (earned >= WIDE) {
        f[makerGets * 8 + FREE] = earned - WIDE;
        f[makerGets * 8 + FREE + 1] += 1;
      }
      const paid = f[takerGives * 8 + FREE] - gives;
      f[takerGives * 8 + FREE] = paid;
      if (paid < 0) {
        f[takerGives * 8 + FREE] = paid + WIDE;
        f[takerGives * 8 + FREE + 1] -= 1;
      }
      const received = f[takerGets * 8 + FREE] + (gets - takerFee);
      f[takerGets * 8 + FREE] = received;
      if (received >= WIDE) {
        f[takerGets * 8 + FREE] = received - WIDE;
        f[takerGets * 8 + FREE + 1] += 1;
      }
      ledger.charge(given, makerFee);
      ledger.charge(gotten, takerFee);
      // The buyer's balances are told before the seller's, quote before base.
      const { changed } = ledger;
      if (side === 0) {
        if (i[takerGives * 16 + BALANCE_CHANGED] === 0) {
          i[takerGives * 16 + BALANCE_CHANGED] = 1;
          changed[changes++] = takerGives;
        }
        if (i[takerGets * 16 + BALANCE_CHANGED] === 0) {
          i[takerGets * 16 + BALANCE_CHANGED] = 1;
          changed[changes++] = takerGets;
        }
        if (i[makerGets * 16 + BALANCE_CHANGED] === 0) {
          i[makerGets * 16 + BALANCE_CHANGED] = 1;
          changed[changes++] = makerGets;
        }
        if (i[makerGives * 16 + BALANCE_CHANGED] === 0) {
          i[makerGives * 16 + BALANCE_CHANGED] = 1;
          changed[changes++] = makerGives;
        }
      } else {
        if (i[makerGives * 16 + BALANCE_CHANGED] === 0) {
          i[makerGives * 16 + BALANCE_CHANGED] = 1;
          changed[changes++] = makerGives;
        }
        if (i[makerGets * 16 + BALANCE_CHANGED] === 0) {
          i[makerGets * 16 + BALANCE_CHANGED] = 1;
          changed[changes++] = makerGets;
        }
        if (i[takerGets * 16 + BALANCE_CHANGED] === 0) {
          i[takerGets * 16 + BALANCE_CHANGED] = 1;
          changed[changes++] = takerGets;
        }
        if (i[takerGives * 16 + BALANCE_CHANGED] === 0) {
          i[takerGives * 16 + BALANCE_CHANGED] = 1;
          changed[changes++] = takerGives;
        }
        f[other * 8 + OPEN_BUYS] -= quantity;
      }
      if (waits) market.notePrice(price);
      f[r + OPEN_LOTS] -= quantity;
      f[r + LAST_PRICE] = price;
      f[r + TURNOVER] += price * quantity;
      f[r + VOLUME] += quantity;
      f[r + AVERAGE] = -1;
      const trade = f[r + LAST_TRADE] + 1;
      f[r + LAST_TRADE] = trade;
      f[level * 8 + LEVEL_VISIBLE] -= quantity;
      const levelFlags = i[level * 16 + LEVEL_FLAGS];
      if ((levelFlags & LEVEL_NOTED) === 0) {
        if (book.changes === book.changedPrices.length) book.growChanges();
        i[level * 16 + LEVEL_FLAGS] = levelFlags | LEVEL_NOTED;
        book.changedPrices[book.changes] = side === 0 ? price : -price - 1;
        book.changedSlots[book.changes] = level;
        book.changes += 1;
      }
      remaining -= quantity;
      executed += quantity;
      const left = there - quantity;
      let makerExecuted = quantity;
      if (extra !== 0 || left > 0) {
        // Its total is what remains of it before the first fill.
        if (extra === 0) extra = orders.extend(maker) & SLOTS;
        makerExecuted += f[extra * 8 + EXECUTED];
        f[extra * 8 + EXECUTED] = makerExecuted;
        f[maker * 8 + REMAINING] = left;
      }

      const done = (remaining === 0 ? 2 : 0) | (left === 0 ? 4 : 0);
      const at = writer.start(TRADE, TRADE_LENGTH, side | done) & WORDS;
      const { words } = writer.out;
      const makerId = f[maker * 8 + ID];
      words[at] = i[p + SYMBOL];
      words[at + 1] = 0;
      words[at + 2] = trade | 0;
      words[at + 3] = (trade * PER_TWO_32) | 0;
      words[at + 4] = price | 0;
      words[at + 5] = (price * PER_TWO_32) | 0;
      words[at + 6] = quantity | 0;
      words[at + 7] = (quantity * PER_TWO_32) | 0;
      words[at + 8] = gross | 0;
      words[at + 9] = (gross * PER_TWO_32) | 0;
      words[at + 10] = id | 0;
      words[at + 11] = (id * PER_TWO_32) | 0;
      words[at + 12] = i[p + ACCOUNT];
      words[at + 13] = i[row * 16 + BASE_NUMBER + side];
      words[at + 14] = takerFee | 0;
      words[at + 15] = Math.floor(takerFee * PER_TWO_32) | 0;
      words[at + 16] = executed | 0;
      words[at + 17] = (executed * PER_TWO_32) | 0;
      words[at + 18] = makerId | 0;
      words[at + 19] = (makerId * PER_TWO_32) | 0;
      words[at + 20] = i[q + ACCOUNT];
      words[at + 21] = i[row * 16 + BASE_NUMBER + 1 - side];
      words[at + 22] = makerFee | 0;
      words[at + 23] = Math.floor(makerFee * PER_TWO_32) | 0;
      words[at + 24] = makerExecuted | 0;
      words[at + 25] = (makerExecuted * PER_TWO_32) | 0;
      if (left > 0) break;

      // Nothing remains of the maker: it leaves its queue, its owner's list and the indices.
      const behind = i[m + NEXT] & SLOTS;
      i[level * 16 + NEXT] = behind;
      i[behind * 16 + PREVIOUS] = level;
      if (behind === level) {
        book.forget(level);
        next = 0;
      }
      const later = i[m + POSITION_NEXT] & SLOTS;
      const earlier = i[m + POSITION_PREVIOUS] & SLOTS;
      i[earlier * 16 + POSITION_NEXT] = later;
      i[later * 16 + POSITION_PREVIOUS] = earlier;
      i[q + ORDERS] -= 1;
      if (extra !== 0 && f[extra * 8 + ICEBERG] > 0) i[q + ICEBERG_ORDERS] -= 1;
      const keyLow = i[m + KEY_LOW];
      const keyHigh = i[m + KEY_HIGH];
      if ((keyLow | keyHigh) !== 0) core.clientKeys.table.remove(mix(otherOwner, keyLow, keyHigh), maker);
      core.index.table.remove(hashOfId(makerId), maker);
      orders.release(maker);
    }
    f[TAKER * 8 + REMAINING] = remaining;
    this.executed = executed;
    ledger.changes = changes;
    return stop;
  }
}
