/**
 * The short way of the commands that an exchange gets most: LIMIT and LIMIT_MAKER orders without extras, and cancels by id of orders that rest.
 * Each is one function that first looks whether everything is plain and admissible, and then does at once what the general way does step by
 * step. Where anything is unusual (another type, a list, an amount of 2^52 or more, a reason to refuse) it returns false with nothing
 * done, and the general way decides. Both give the same events and the same state.
 *
 * The functions are long on purpose: V8 keeps the arrays' addresses in registers within one function, and loads and checks them again behind
 * every call. Numbers of records are masked with SLOTS before they are scaled: what is added then cannot overflow, and V8 does not check for it.
 */

import { OrderType, Side, SymbolState, TimeInForce } from "./commands";
import { type Core, ensure } from "./core";
import * as ledgerFields from "./ledger";
import * as levelFields from "./levels";
import * as marketFields from "./market";
import * as rowFields from "./market-rows";
import type { Matching } from "./matching";
import * as orderFields from "./order-pool";
import { Place } from "./order-pool";
import * as positionFields from "./positions";
import type { Rules } from "./rules";
import * as ruleFields from "./rules";

const { CAN_TRADE, FREE, KILLED, LOCKED, WIDE } = ledgerFields;
const { PERCENT_LIMITED } = marketFields;
const {
  BOOK_NUMBER,
  DIVISOR,
  LIMITED,
  LOT_UNITS,
  MAX_NOTIONAL,
  MAX_ORDERS,
  MAX_PRICE,
  MAX_QUANTITY,
  MIN_NOTIONAL,
  MIN_PRICE,
  MIN_QUANTITY,
  MINUTE_ENDS,
  MULTIPLIER,
  OPEN_LOTS,
  PRICE_STEP,
  QUANTITY_STEP,
  STATE,
} = rowFields;
const {
  AMENDS,
  EXECUTED,
  FLAGS,
  HOLDS,
  ICEBERG,
  ID,
  KEY_HIGH,
  KEY_LOW,
  LEVEL,
  LIST,
  NEXT,
  PLACE_MASK,
  PLACE_SHIFT,
  POSITION,
  POSITION_NEXT,
  POSITION_PREVIOUS,
  PREVENTION_SHIFT,
  PREVIOUS,
  PRICE,
  QUANTITY,
  REMAINING,
  SIDE_BIT,
  SLOTS,
  STOP,
  TIME_IN_FORCE_SHIFT,
  TRAILING,
  VISIBLE,
} = orderFields;
const { ACCOUNT, BASE, FIRST_ORDER, ICEBERG_ORDERS, LAST_ORDER, MARKET, OPEN_BUYS, ORDERS, OWNER, OWNER_FLAGS, QUOTE, SYMBOL } =
  positionFields;
const { LEVEL_HEAD, LEVEL_HIDDEN, LEVEL_TAIL, LEVEL_VISIBLE } = levelFields;
const { MAX_LOTS } = ruleFields;
const { LIMIT, LIMIT_MAKER } = OrderType;
const { BUY, SELL } = Side;
const { DELISTED, HALT, TRADING } = SymbolState;
const { GTC, IOC } = TimeInForce;
const BOOK = Place.BOOK << PLACE_SHIFT;

const TWO_32 = 4294967296;
/** Words of a buffer of commands, which is below a gigabyte. */
const WORDS = 0xfffffff;

/** What became of a command. */
export enum Outcome {
  /** Not plain, or to be refused: nothing is done. */
  DECLINED = 0,
  /** Done; balances and levels that changed are noted and still to be told. */
  NOTED = 1,
  /** Done, and all is told. */
  TOLD = 2,
}

const { DECLINED, NOTED, TOLD } = Outcome;

export class PlainOrders {
  constructor(
    private readonly core: Core,
    private readonly rules: Rules,
    private readonly matching: Matching,
  ) {}

  /** Applies the new order whose command begins at word `start`. */
  newOrder(words: Int32Array, start: number): Outcome {
    const at = start & WORDS;
    const { core } = this;
    const { orders, positions, ledger, levels } = core;
    const packed = words[at + 8];
    const type = (packed >> 1) & 7;
    const timeInForce = (packed >> 4) & 15;
    // Optional fields, a trailing distance, FOK, an IOC that only makes.
    if ((packed & 0xff0000) !== 0 || words[at + 9] !== 0) return DECLINED;
    if (type === LIMIT ? timeInForce !== GTC && timeInForce !== IOC : type !== LIMIT_MAKER || timeInForce !== GTC) return DECLINED;
    if (core.killed) return DECLINED;
    const position = positions.find(words[at + 5], words[at + 1]) || core.openPosition(words[at + 5], words[at + 1]);
    if (position === 0) return DECLINED;
    const { i: pi, f: pf } = positions;
    const p = (position & SLOTS) * 16;
    const row = pi[p + MARKET];
    const r = (row & SLOTS) * 32;
    const { f: rf, i: ri } = core.rows;
    if (ri[r * 2 + STATE] !== TRADING || (pi[p + OWNER_FLAGS] & (CAN_TRADE | KILLED)) !== CAN_TRADE) return DECLINED;

    const price = (words[at + 10] >>> 0) + words[at + 11] * TWO_32;
    const quantity = (words[at + 12] >>> 0) + words[at + 13] * TWO_32;
    const priceStep = rf[r + PRICE_STEP];
    const quantityStep = rf[r + QUANTITY_STEP];
    if (price < rf[r + MIN_PRICE] || price > rf[r + MAX_PRICE]) return DECLINED;
    if (priceStep !== 1 && Math.floor(price / priceStep) * priceStep !== price) return DECLINED;
    if (quantity < rf[r + MIN_QUANTITY] || quantity > rf[r + MAX_QUANTITY]) return DECLINED;
    if (quantityStep !== 1 && Math.floor(quantity / quantityStep) * quantityStep !== quantity) return DECLINED;
    const openLots = rf[r + OPEN_LOTS] + quantity;
    if (pi[p + ORDERS] >= rf[r + MAX_ORDERS] || openLots > MAX_LOTS) return DECLINED;
    const buys = (packed & 1) === BUY;
    if (ri[r * 2 + LIMITED] !== 0) {
      if (ri[r * 2 + LIMITED] !== PERCENT_LIMITED) return DECLINED;
      const market = core.markets[row];
      if (core.lastTime >= rf[r + MINUTE_ENDS]) market.average.advance(core.lastTime);
      if (!this.rules.withinPercent(market, price, buys)) return DECLINED;
    }
    const product = price * quantity * rf[r + MULTIPLIER];
    const lots = quantity * rf[r + LOT_UNITS];
    if (product >= WIDE || lots >= WIDE) return DECLINED;
    const divisor = rf[r + DIVISOR];
    let notional = product;
    let amount = product;
    if (divisor !== 1) {
      notional = Math.floor(product / divisor);
      if (notional * divisor > product) notional -= 1;
      amount = notional * divisor === product ? notional : notional + 1;
    }
    if (notional < rf[r + MIN_NOTIONAL] || notional > rf[r + MAX_NOTIONAL]) return DECLINED;
    if (!buys) amount = lots;
    const balance = pi[p + (buys ? QUOTE : BASE)];
    const b = (balance & SLOTS) * 8;
    const { f: lf } = ledger;
    const free = lf[b + FREE];
    if (free < amount && lf[b + FREE + 1] <= 0) return DECLINED;
    const book = ri[r * 2 + BOOK_NUMBER];
    const there = levels.best[book * 2 + (buys ? SELL : BUY)];
    const crosses = buys ? there <= price : there >= price;
    if (crosses && type === LIMIT_MAKER) return DECLINED;
    const order = orders.allocate();
    const keyLow = words[at + 14];
    const keyHigh = words[at + 15];
    if ((keyLow !== 0 || keyHigh !== 0) && !core.clientKeys.claim(order, pi[p + OWNER], keyLow, keyHigh)) {
      orders.release(order);
      return DECLINED;
    }

    // Admitted: from here on everything is done.
    const { f: of, i: oi, coldF: cf, coldI: ci } = orders;
    const rests = !crosses && timeInForce === GTC;
    const id = core.lastOrderId + 1;
    core.lastOrderId = id;
    const o = (order & SLOTS) * 16;
    const od = (order & SLOTS) * 8;
    const c = (order & SLOTS) * 12;
    const cd = (order & SLOTS) * 6;
    of[od + ID] = id;
    of[od + REMAINING] = quantity;
    of[od + PRICE] = price;
    of[od + VISIBLE] = quantity;
    of[od + EXECUTED] = 0;
    oi[o + POSITION] = position;
    oi[o + FLAGS] =
      (packed & 15) | (timeInForce << TIME_IN_FORCE_SHIFT) | (((packed >> 8) & 255) << PREVENTION_SHIFT) | HOLDS | (rests ? BOOK : 0);
    oi[o + LIST] = 0;
    cf[cd + QUANTITY] = quantity;
    cf[cd + STOP] = 0;
    cf[cd + ICEBERG] = 0;
    ci[c + KEY_LOW] = keyLow;
    ci[c + KEY_HIGH] = keyHigh;
    ci[c + TRAILING] = 0;
    ci[c + AMENDS] = 0;
    const last = pi[p + LAST_ORDER];
    ci[c + POSITION_PREVIOUS] = last;
    ci[c + POSITION_NEXT] = 0;
    if (last === 0) pi[p + FIRST_ORDER] = order;
    else ci[(last & SLOTS) * 12 + POSITION_NEXT] = order;
    pi[p + LAST_ORDER] = order;
    pi[p + ORDERS] += 1;
    if (buys) pf[(position & SLOTS) * 8 + OPEN_BUYS] += quantity;
    rf[r + OPEN_LOTS] = openLots;
    if (free >= amount) lf[b + FREE] = free - amount;
    else {
      lf[b + FREE] = free - amount + WIDE;
      lf[b + FREE + 1] -= 1;
    }
    const locked = lf[b + LOCKED] + amount;
    if (locked < WIDE) lf[b + LOCKED] = locked;
    else {
      lf[b + LOCKED] = locked - WIDE;
      lf[b + LOCKED + 1] += 1;
    }
    core.index.add(order);
    if (!rests) {
      const market = core.markets[row];
      ledger.touch(balance);
      core.touch(market);
      core.writer.plainOrderAccepted(order, p, words, at);
      this.matching.execute(market, order);
      return NOTED;
    }
    if (core.lastTime >= rf[r + MINUTE_ENDS]) core.markets[row].average.advance(core.lastTime);
    const side: Side = packed & 1;
    const level = levels.recall(book, side, price) || core.markets[row].book.levelAt(side, price);
    const l = (level & SLOTS) * 10;
    const ld = (level & SLOTS) * 5;
    const { f: bf, i: bi } = levels;
    const tail = bi[l + LEVEL_TAIL];
    oi[o + PREVIOUS] = tail;
    oi[o + NEXT] = 0;
    oi[o + LEVEL] = level;
    if (tail === 0) bi[l + LEVEL_HEAD] = order;
    else oi[(tail & SLOTS) * 16 + NEXT] = order;
    bi[l + LEVEL_TAIL] = order;
    bf[ld + LEVEL_VISIBLE] += quantity;
    ensure(lf[b + FREE + 1] >= 0, "no balance is below 0");
    core.writer.plainOrderRested(order, p, words, at, balance, level, r);
    return TOLD;
  }

  /** Applies the cancel whose command begins at word `start`. */
  cancelOrder(words: Int32Array, start: number): Outcome {
    const at = start & WORDS;
    const { core } = this;
    const { orders, positions, ledger, levels } = core;
    const orderId = (words[at + 8] >>> 0) + words[at + 9] * TWO_32;
    // A condition, a mode, a text.
    if (orderId === 0 || (words[at + 12] & 0xffffff) !== 0) return DECLINED;
    const cell = core.index.locate(orderId);
    if (cell < 0) return DECLINED;
    const order = core.index.slotAt(cell);
    const { f: of, i: oi, coldF: cf, coldI: ci } = orders;
    const { i: pi, f: pf } = positions;
    const o = (order & SLOTS) * 16;
    const od = (order & SLOTS) * 8;
    const c = (order & SLOTS) * 12;
    const cd = (order & SLOTS) * 6;
    const position = oi[o + POSITION];
    const p = (position & SLOTS) * 16;
    const flags = oi[o + FLAGS];
    if (pi[p + ACCOUNT] !== words[at + 5] || pi[p + SYMBOL] !== words[at + 1]) return DECLINED;
    if ((flags & (PLACE_MASK | HOLDS)) !== (BOOK | HOLDS) || oi[o + LIST] !== 0) return DECLINED;
    const row = pi[p + MARKET];
    const r = (row & SLOTS) * 32;
    const { f: rf, i: ri } = core.rows;
    const state: SymbolState = ri[r * 2 + STATE];
    if (state === HALT || state === DELISTED) return DECLINED;
    const remaining = of[od + REMAINING];
    const buys = (flags & SIDE_BIT) === BUY;
    let amount = remaining * rf[r + LOT_UNITS];
    if (buys) {
      amount = of[od + PRICE] * remaining * rf[r + MULTIPLIER];
      const divisor = rf[r + DIVISOR];
      if (divisor !== 1 && amount < WIDE) {
        const product = amount;
        amount = Math.floor(product / divisor);
        if (amount * divisor > product) amount -= 1;
        if (amount * divisor !== product) amount += 1;
      }
    }
    if (amount >= WIDE) return DECLINED;

    // Admitted: from here on everything is done.
    if (core.lastTime >= rf[r + MINUTE_ENDS]) core.markets[row].average.advance(core.lastTime);
    const { f: bf, i: bi } = levels;
    const level = oi[o + LEVEL];
    const l = (level & SLOTS) * 10;
    const ld = (level & SLOTS) * 5;
    const visible = of[od + VISIBLE];
    bf[ld + LEVEL_VISIBLE] -= visible;
    if (visible !== remaining) bf[ld + LEVEL_HIDDEN] -= remaining - visible;
    const next = oi[o + NEXT];
    const previous = oi[o + PREVIOUS];
    if (previous === 0) bi[l + LEVEL_HEAD] = next;
    else oi[(previous & SLOTS) * 16 + NEXT] = next;
    if (next === 0) bi[l + LEVEL_TAIL] = previous;
    else oi[(next & SLOTS) * 16 + PREVIOUS] = previous;
    const balance = pi[p + (buys ? QUOTE : BASE)];
    const b = (balance & SLOTS) * 8;
    const { f: lf } = ledger;
    const locked = lf[b + LOCKED] - amount;
    if (locked >= 0) lf[b + LOCKED] = locked;
    else {
      lf[b + LOCKED] = locked + WIDE;
      lf[b + LOCKED + 1] -= 1;
    }
    const free = lf[b + FREE] + amount;
    if (free < WIDE) lf[b + FREE] = free;
    else {
      lf[b + FREE] = free - WIDE;
      lf[b + FREE + 1] += 1;
    }
    ensure(lf[b + LOCKED + 1] >= 0, "no balance is below 0");
    const after = ci[c + POSITION_NEXT];
    const before = ci[c + POSITION_PREVIOUS];
    if (before === 0) pi[p + FIRST_ORDER] = after;
    else ci[(before & SLOTS) * 12 + POSITION_NEXT] = after;
    if (after === 0) pi[p + LAST_ORDER] = before;
    else ci[(after & SLOTS) * 12 + POSITION_PREVIOUS] = before;
    pi[p + ORDERS] -= 1;
    if (cf[cd + ICEBERG] > 0) pi[p + ICEBERG_ORDERS] -= 1;
    if (buys) pf[(position & SLOTS) * 8 + OPEN_BUYS] -= remaining;
    rf[r + OPEN_LOTS] -= remaining;
    const keyLow = ci[c + KEY_LOW];
    const keyHigh = ci[c + KEY_HIGH];
    core.writer.plainOrderCanceled(order, p, balance, level, r);
    if (next === 0 && previous === 0) core.markets[row].book.forget(level);
    core.index.removeAt(cell);
    if (keyLow !== 0 || keyHigh !== 0) core.clientKeys.removeOf(order, pi[p + OWNER], keyLow, keyHigh);
    orders.release(order);
    return TOLD;
  }
}
