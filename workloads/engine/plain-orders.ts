/**
 * The short way of the commands that an exchange gets most: LIMIT and LIMIT_MAKER orders without extras, and cancels by id of orders that rest.
 * Each is one function that first looks whether everything is plain and admissible, and then does at once what the general way does step by
 * step. Where anything is unusual (another type, a list, an amount of 2^52 or more, a reason to refuse) it returns false with nothing
 * done, and the general way decides. Both give the same events and the same state.
 *
 * The functions are long on purpose: V8 keeps the arrays' addresses in registers within one function, and loads and checks them again behind
 * every call.
 */

import { OrderType, Side, SymbolState, TimeInForce } from "./commands";
import { type Core, ensure } from "./core";
import { CloseReason } from "./events";
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
  STOP,
  TIME_IN_FORCE_SHIFT,
  TRAILING,
  VISIBLE,
} = orderFields;
const { ACCOUNT, BASE, FIRST_ORDER, ICEBERG_ORDERS, LAST_ORDER, MARKET, OPEN_BUYS, ORDERS, OWNER_FLAGS, QUOTE, SYMBOL } = positionFields;
const { LEVEL_HEAD, LEVEL_HIDDEN, LEVEL_TAIL, LEVEL_VISIBLE } = levelFields;
const { MAX_LOTS } = ruleFields;
const { LIMIT, LIMIT_MAKER } = OrderType;
const { BUY, SELL } = Side;
const { DELISTED, HALT, TRADING } = SymbolState;
const { GTC, IOC } = TimeInForce;
const { CANCELED } = CloseReason;
const BOOK = Place.BOOK << PLACE_SHIFT;

const TWO_32 = 4294967296;

export class PlainOrders {
  constructor(
    private readonly core: Core,
    private readonly rules: Rules,
    private readonly matching: Matching,
  ) {}

  /** Applies the new order whose command begins at word `at`. */
  newOrder(words: Int32Array, at: number): boolean {
    const { core } = this;
    const { orders, positions, ledger, levels } = core;
    const packed = words[at + 8];
    const type = (packed >> 1) & 7;
    const timeInForce = (packed >> 4) & 15;
    // Optional fields, a trailing distance, FOK, an IOC that only makes.
    if ((packed & 0xff0000) !== 0 || words[at + 9] !== 0) return false;
    if (type === LIMIT ? timeInForce !== GTC && timeInForce !== IOC : type !== LIMIT_MAKER || timeInForce !== GTC) return false;
    if (core.killed) return false;
    const position = positions.find(words[at + 5], words[at + 1]) || core.openPosition(words[at + 5], words[at + 1]);
    if (position === 0) return false;
    const { i: pi, f: pf } = positions;
    const p = position * 16;
    const row = pi[p + MARKET];
    const r = row * 24;
    const { f: rf, i: ri } = core.rows;
    if (ri[r * 2 + STATE] !== TRADING || (pi[p + OWNER_FLAGS] & (CAN_TRADE | KILLED)) !== CAN_TRADE) return false;

    const price = (words[at + 10] >>> 0) + words[at + 11] * TWO_32;
    const quantity = (words[at + 12] >>> 0) + words[at + 13] * TWO_32;
    const priceStep = rf[r + PRICE_STEP];
    const quantityStep = rf[r + QUANTITY_STEP];
    if (price < rf[r + MIN_PRICE] || price > rf[r + MAX_PRICE] || Math.floor(price / priceStep) * priceStep !== price) return false;
    if (quantity < rf[r + MIN_QUANTITY] || quantity > rf[r + MAX_QUANTITY]) return false;
    if (Math.floor(quantity / quantityStep) * quantityStep !== quantity) return false;
    if (pi[p + ORDERS] >= rf[r + MAX_ORDERS] || rf[r + OPEN_LOTS] + quantity > MAX_LOTS) return false;
    const buys = (packed & 1) === BUY;
    if (ri[r * 2 + LIMITED] !== 0) {
      if (ri[r * 2 + LIMITED] !== PERCENT_LIMITED) return false;
      const market = core.markets[row];
      if (core.lastTime >= rf[r + MINUTE_ENDS]) market.average.advance(core.lastTime);
      if (!this.rules.withinPercent(market, price, buys)) return false;
    }
    const product = price * quantity * rf[r + MULTIPLIER];
    const lots = quantity * rf[r + LOT_UNITS];
    if (product >= WIDE || lots >= WIDE) return false;
    const divisor = rf[r + DIVISOR];
    let notional = product;
    let amount = product;
    if (divisor !== 1) {
      notional = Math.floor(product / divisor);
      if (notional * divisor > product) notional -= 1;
      amount = notional * divisor === product ? notional : notional + 1;
    }
    if (notional < rf[r + MIN_NOTIONAL] || notional > rf[r + MAX_NOTIONAL]) return false;
    if (!buys) amount = lots;
    const balance = pi[p + (buys ? QUOTE : BASE)];
    const { f: lf } = ledger;
    const free = lf[balance * 6 + FREE];
    if (free < amount && lf[balance * 6 + FREE + 1] <= 0) return false;
    const book = ri[r * 2 + BOOK_NUMBER];
    const there = levels.best[book * 2 + (buys ? SELL : BUY)];
    const crosses = buys ? there <= price : there >= price;
    if (crosses && type === LIMIT_MAKER) return false;
    const keyLow = words[at + 14];
    const keyHigh = words[at + 15];
    const order = orders.allocate();
    const { f: of, i: oi, coldF: cf, coldI: ci } = orders;
    oi[order * 16 + POSITION] = position;
    ci[order * 12 + KEY_LOW] = keyLow;
    ci[order * 12 + KEY_HIGH] = keyHigh;
    if ((keyLow !== 0 || keyHigh !== 0) && !core.clientKeys.claim(order)) {
      orders.release(order);
      return false;
    }

    // Admitted: from here on everything is done.
    const rests = !crosses && timeInForce === GTC;
    const id = core.lastOrderId + 1;
    core.lastOrderId = id;
    of[order * 8 + ID] = id;
    of[order * 8 + REMAINING] = quantity;
    of[order * 8 + PRICE] = price;
    of[order * 8 + VISIBLE] = quantity;
    of[order * 8 + EXECUTED] = 0;
    oi[order * 16 + FLAGS] =
      (packed & 15) | (timeInForce << TIME_IN_FORCE_SHIFT) | (((packed >> 8) & 255) << PREVENTION_SHIFT) | HOLDS | (rests ? BOOK : 0);
    oi[order * 16 + LIST] = 0;
    cf[order * 6 + QUANTITY] = quantity;
    cf[order * 6 + STOP] = 0;
    cf[order * 6 + ICEBERG] = 0;
    ci[order * 12 + TRAILING] = 0;
    ci[order * 12 + AMENDS] = 0;
    const last = pi[p + LAST_ORDER];
    ci[order * 12 + POSITION_PREVIOUS] = last;
    ci[order * 12 + POSITION_NEXT] = 0;
    if (last === 0) pi[p + FIRST_ORDER] = order;
    else ci[last * 12 + POSITION_NEXT] = order;
    pi[p + LAST_ORDER] = order;
    pi[p + ORDERS] += 1;
    if (buys) pf[position * 8 + OPEN_BUYS] += quantity;
    rf[r + OPEN_LOTS] += quantity;
    if (free >= amount) lf[balance * 6 + FREE] = free - amount;
    else {
      lf[balance * 6 + FREE] = free - amount + WIDE;
      lf[balance * 6 + FREE + 1] -= 1;
    }
    const locked = lf[balance * 6 + LOCKED] + amount;
    if (locked < WIDE) lf[balance * 6 + LOCKED] = locked;
    else {
      lf[balance * 6 + LOCKED] = locked - WIDE;
      lf[balance * 6 + LOCKED + 1] += 1;
    }
    core.index.add(order);
    if (!rests) {
      const market = core.markets[row];
      ledger.touch(balance);
      core.touch(market);
      core.writer.plainOrderAccepted(order, p, words, at);
      this.matching.execute(market, order);
      return true;
    }
    if (core.lastTime >= rf[r + MINUTE_ENDS]) core.markets[row].average.advance(core.lastTime);
    const side: Side = packed & 1;
    let level = levels.recall(book, side, price);
    if (level === 0) level = core.markets[row].book.levelAt(side, price);
    const { f: bf, i: bi } = levels;
    const tail = bi[level * 10 + LEVEL_TAIL];
    oi[order * 16 + PREVIOUS] = tail;
    oi[order * 16 + NEXT] = 0;
    oi[order * 16 + LEVEL] = level;
    if (tail === 0) bi[level * 10 + LEVEL_HEAD] = order;
    else oi[tail * 16 + NEXT] = order;
    bi[level * 10 + LEVEL_TAIL] = order;
    bf[level * 5 + LEVEL_VISIBLE] += quantity;
    ensure(lf[balance * 6 + FREE + 1] >= 0, "no balance is below 0");
    const { writer } = core;
    writer.plainOrderAccepted(order, p, words, at);
    writer.balanceChanged(balance, 0);
    writer.plainLevel(level, r, words[at + 1]);
    return true;
  }

  /** Applies the cancel whose command begins at word `at`. */
  cancelOrder(words: Int32Array, at: number): boolean {
    const { core } = this;
    const { orders, positions, ledger, levels } = core;
    const orderId = (words[at + 8] >>> 0) + words[at + 9] * TWO_32;
    // A condition, a mode, a text.
    if (orderId === 0 || (words[at + 12] & 0xffffff) !== 0) return false;
    const cell = core.index.locate(orderId);
    if (cell < 0) return false;
    const order = core.index.slotAt(cell);
    const { f: of, i: oi, coldF: cf, coldI: ci } = orders;
    const { i: pi, f: pf } = positions;
    const position = oi[order * 16 + POSITION];
    const p = position * 16;
    const flags = oi[order * 16 + FLAGS];
    if (pi[p + ACCOUNT] !== words[at + 5] || pi[p + SYMBOL] !== words[at + 1]) return false;
    if ((flags & (PLACE_MASK | HOLDS)) !== (BOOK | HOLDS) || oi[order * 16 + LIST] !== 0) return false;
    const row = pi[p + MARKET];
    const r = row * 24;
    const { f: rf, i: ri } = core.rows;
    if (ri[r * 2 + STATE] === HALT || ri[r * 2 + STATE] === DELISTED) return false;
    const remaining = of[order * 8 + REMAINING];
    const buys = (flags & SIDE_BIT) === BUY;
    let amount = remaining * rf[r + LOT_UNITS];
    if (buys) {
      amount = of[order * 8 + PRICE] * remaining * rf[r + MULTIPLIER];
      const divisor = rf[r + DIVISOR];
      if (divisor !== 1 && amount < WIDE) {
        const product = amount;
        amount = Math.floor(product / divisor);
        if (amount * divisor > product) amount -= 1;
        if (amount * divisor !== product) amount += 1;
      }
    }
    if (amount >= WIDE) return false;

    // Admitted: from here on everything is done.
    if (core.lastTime >= rf[r + MINUTE_ENDS]) core.markets[row].average.advance(core.lastTime);
    const { f: bf, i: bi } = levels;
    const level = oi[order * 16 + LEVEL];
    const visible = of[order * 8 + VISIBLE];
    bf[level * 5 + LEVEL_VISIBLE] -= visible;
    if (visible !== remaining) bf[level * 5 + LEVEL_HIDDEN] -= remaining - visible;
    const next = oi[order * 16 + NEXT];
    const previous = oi[order * 16 + PREVIOUS];
    if (previous === 0) bi[level * 10 + LEVEL_HEAD] = next;
    else oi[previous * 16 + NEXT] = next;
    if (next === 0) bi[level * 10 + LEVEL_TAIL] = previous;
    else oi[next * 16 + PREVIOUS] = previous;
    const balance = pi[p + (buys ? QUOTE : BASE)];
    const { f: lf } = ledger;
    const locked = lf[balance * 6 + LOCKED] - amount;
    if (locked >= 0) lf[balance * 6 + LOCKED] = locked;
    else {
      lf[balance * 6 + LOCKED] = locked + WIDE;
      lf[balance * 6 + LOCKED + 1] -= 1;
    }
    const free = lf[balance * 6 + FREE] + amount;
    if (free < WIDE) lf[balance * 6 + FREE] = free;
    else {
      lf[balance * 6 + FREE] = free - WIDE;
      lf[balance * 6 + FREE + 1] += 1;
    }
    ensure(lf[balance * 6 + LOCKED + 1] >= 0, "no balance is below 0");
    const { writer } = core;
    writer.orderClosed(order, CANCELED, "");
    writer.balanceChanged(balance, 0);
    writer.plainLevel(level, r, words[at + 1]);
    if (next === 0 && previous === 0) core.markets[row].book.forget(level);

    core.index.removeAt(cell);
    if (ci[order * 12 + KEY_LOW] !== 0 || ci[order * 12 + KEY_HIGH] !== 0) core.clientKeys.remove(order);
    const after = ci[order * 12 + POSITION_NEXT];
    const before = ci[order * 12 + POSITION_PREVIOUS];
    if (before === 0) pi[p + FIRST_ORDER] = after;
    else ci[before * 12 + POSITION_NEXT] = after;
    if (after === 0) pi[p + LAST_ORDER] = before;
    else ci[after * 12 + POSITION_PREVIOUS] = before;
    pi[p + ORDERS] -= 1;
    if (cf[order * 6 + ICEBERG] > 0) pi[p + ICEBERG_ORDERS] -= 1;
    if (buys) pf[position * 8 + OPEN_BUYS] -= remaining;
    rf[r + OPEN_LOTS] -= remaining;
    orders.release(order);
    return true;
  }
}
