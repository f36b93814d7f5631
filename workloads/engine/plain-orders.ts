/**
 * The short way of the commands that an exchange gets most: LIMIT and LIMIT_MAKER orders without extras, and cancels by id of orders that rest.
 * Each is one function that first looks whether everything is plain and admissible, and then does at once what the general way does step by
 * step, and writes the command's events itself. Where anything is unusual (another type, a list, an amount of 2^52 or more, a reason to refuse) it declines
 * with nothing done, and the general way decides. Both give the same events and the same state.
 *
 * The functions are long on purpose: V8 keeps the arrays' addresses in registers within one function, and loads and checks them again behind
 * every call. `Core.makeRoom` has seen to it that nothing here needs a larger memory.
 */

import { OrderType, type Side, SymbolState, TimeInForce } from "./commands";
import { type Core, ensure } from "./core";
import * as heads from "./event-heads";
import { CloseReason, RejectReason } from "./events";
import { hashOfId, mix } from "./hash-index";
import * as layout from "./layout";
import { Place } from "./order-pool";
import { Outcome } from "./outcome";
import type { PlainTakers } from "./plain-takers";
import * as records from "./records";
import type { Rules } from "./rules";
import * as ruleFields from "./rules";

const {
  ACCOUNT,
  BEST,
  BOOK_NUMBER,
  CAN_TRADE,
  DIVISOR,
  EXECUTED,
  EXTRA,
  FLAGS,
  FREE,
  HEAD,
  HOLDS,
  ICEBERG,
  ID,
  KEY_HIGH,
  KEY_LOW,
  KILLED,
  LAST_UPDATE,
  LEVEL,
  LEVEL_PRICE,
  LEVEL_VISIBLE,
  LIMITED,
  LIST,
  LOCKED,
  LOT_UNITS,
  MARKET_NUMBER,
  MAX_NOTIONAL,
  MAX_ORDERS,
  MAX_PRICE,
  MAX_QUANTITY,
  MINUTE_ENDS,
  MIN_NOTIONAL,
  MIN_PRICE,
  MIN_QUANTITY,
  MULTIPLIER,
  NEXT,
  OPEN_BUYS,
  OPEN_LOTS,
  ORDERS,
  OWNER,
  OWNER_FLAGS,
  PERCENT_LIMITED,
  PLACE_MASK,
  PLACE_SHIFT,
  POSITION,
  POSITION_NEXT,
  POSITION_PREVIOUS,
  PREVENTION_SHIFT,
  PREVIOUS,
  PRICE,
  PRICE_STEP,
  QUANTITY_STEP,
  QUOTE,
  QUOTE_NUMBER,
  REMAINING,
  ROW,
  SIDE_BIT,
  SLOTS,
  STATE,
  SYMBOL,
  TIME_IN_FORCE_SHIFT,
  WIDE,
} = records;
const { COMMAND_HEADER, EVENT_HEADER, LAYOUT_VERSION } = layout;
const { BALANCE_CHANGED, LEVEL_CHANGED, ORDER_ACCEPTED, ORDER_CLOSED } = layout.EventType;
const { LAST_EVENT } = heads;
const { MAX_LOTS } = ruleFields;
const { LIMIT, LIMIT_MAKER } = OrderType;
const { DELISTED, HALT, TRADING } = SymbolState;
const { FOK, GTC } = TimeInForce;
const { CANCELED } = CloseReason;
const { UNKNOWN_ORDER } = RejectReason;
const BOOK = Place.BOOK << PLACE_SHIFT;

const TWO_32 = 4294967296;
const TWO_20 = 1048576;
const PER_TWO_32 = 1 / TWO_32;
/** Words of a buffer of commands or events, which is below a gigabyte. */
const WORDS = 0xfffffff;

/** Bytes of the events of a plain command, and the first eight bytes of each as a double: length, type, version, and its index among them. */
const BALANCE_LENGTH = EVENT_HEADER + 24;
const LEVEL_LENGTH = EVENT_HEADER + 32;
const CLOSED_LENGTH = EVENT_HEADER + 24;
const VERSION = LAYOUT_VERSION << 24;
const ACCEPTED_HEAD = (EVENT_HEADER + 24) | (ORDER_ACCEPTED << 16) | VERSION;
const CLOSED_FIRST = wordsAsDouble(CLOSED_LENGTH | (ORDER_CLOSED << 16) | VERSION, 0);
const BALANCE_FIRST = wordsAsDouble(BALANCE_LENGTH | (BALANCE_CHANGED << 16) | VERSION, 1);
const LEVEL_FIRST = wordsAsDouble(LEVEL_LENGTH | (LEVEL_CHANGED << 16) | VERSION, 2 | LAST_EVENT);

function wordsAsDouble(low: number, high: number): number {
  return new Float64Array(Int32Array.of(low, high).buffer)[0];
}

const { DECLINED, TOLD } = Outcome;

export class PlainOrders {
  constructor(
    private readonly core: Core,
    private readonly rules: Rules,
    private readonly takers: PlainTakers,
  ) {}

  /**
   * Applies the new order whose command begins at word `start`.
   * @param known position of its account in its symbol, or 0, or any other position: it is looked for then
   */
  newOrder(words: Int32Array, start: number, known: number): Outcome {
    const at = start & WORDS;
    const { core } = this;
    const packed = words[at + 8];
    const type = (packed >> 1) & 7;
    const timeInForce = (packed >> 4) & 15;
    // Optional fields, a trailing distance, an IOC or FOK that only makes.
    if ((packed & 0xff0000) !== 0 || words[at + 9] !== 0) return DECLINED;
    if (type === LIMIT ? timeInForce > FOK : type !== LIMIT_MAKER || timeInForce !== GTC) return DECLINED;
    if (core.killed === true) return DECLINED;
    const { f, i } = core.memory;
    const account = words[at + 5];
    const symbol = words[at + 1];
    let position = known & SLOTS;
    if (i[position * 16 + ACCOUNT] !== account || i[position * 16 + SYMBOL] !== symbol || position === 0) {
      position = core.positions.find(account, symbol) & SLOTS;
      // Opening one may need a larger memory.
      if (position === 0) return core.openPosition(account, symbol) === 0 ? DECLINED : this.newOrder(words, start, 0);
    }
    const p = position * 16;
    const row = i[p + ROW] & SLOTS;
    const r = row * 8;
    if (i[row * 16 + STATE] !== TRADING || (i[p + OWNER_FLAGS] & (CAN_TRADE | KILLED)) !== CAN_TRADE) return DECLINED;

    const priceLow = words[at + 10];
    const priceHigh = words[at + 11];
    const quantityLow = words[at + 12];
    const quantityHigh = words[at + 13];
    const price = (priceLow >>> 0) + priceHigh * TWO_32;
    const quantity = (quantityLow >>> 0) + quantityHigh * TWO_32;
    const priceStep = f[r + PRICE_STEP];
    const quantityStep = f[r + QUANTITY_STEP];
    if (price < f[r + MIN_PRICE] || price > f[r + MAX_PRICE]) return DECLINED;
    if (priceStep !== 1 && Math.floor(price / priceStep) * priceStep !== price) return DECLINED;
    if (quantity < f[r + MIN_QUANTITY] || quantity > f[r + MAX_QUANTITY]) return DECLINED;
    if (quantityStep !== 1 && Math.floor(quantity / quantityStep) * quantityStep !== quantity) return DECLINED;
    const openLots = f[r + OPEN_LOTS] + quantity;
    const ordersOpen = i[p + ORDERS];
    if (ordersOpen >= f[r + MAX_ORDERS] || openLots > MAX_LOTS) return DECLINED;
    const side = packed & 1;
    const limited = i[row * 16 + LIMITED];
    if (limited !== 0) {
      if (limited !== PERCENT_LIMITED) return DECLINED;
      const market = core.markets[i[row * 16 + MARKET_NUMBER]];
      if (core.lastTime >= f[r + MINUTE_ENDS]) market.average.advance(core.lastTime);
      if (!this.rules.withinPercent(market, price, side === 0)) return DECLINED;
    }
    const product = price * quantity * f[r + MULTIPLIER];
    const lots = quantity * f[r + LOT_UNITS];
    if (product >= WIDE || lots >= WIDE) return DECLINED;
    const divisor = f[r + DIVISOR];
    let notional = product;
    let amount = product;
    if (divisor !== 1) {
      notional = Math.floor(product / divisor);
      if (notional * divisor > product) notional -= 1;
      amount = notional * divisor === product ? notional : notional + 1;
    }
    if (notional < f[r + MIN_NOTIONAL] || notional > f[r + MAX_NOTIONAL]) return DECLINED;
    // A buy holds quote, a sell base.
    if (side !== 0) amount = lots;
    const balance = i[p + QUOTE - side] & SLOTS;
    const b = balance * 8;
    let free = f[b + FREE];
    let freeHigh = f[b + FREE + 1];
    if (free < amount && freeHigh <= 0) return DECLINED;
    const there = f[r + BEST + 1 - side];
    const crosses = side === 0 ? there <= price : there >= price;
    if (crosses && type === LIMIT_MAKER) return DECLINED;

    const keyLow = words[at + 14];
    const keyHigh = words[at + 15];
    if (crosses || timeInForce !== GTC) return this.takers.take(words, at, position, crosses);
    const order = core.orders.allocate() & SLOTS;
    const o = order * 16;
    if ((keyLow | keyHigh) !== 0 && !core.clientKeys.claim(order, i[p + OWNER], keyLow, keyHigh)) {
      core.orders.release(order);
      return DECLINED;
    }

    // Admitted: from here on everything is done.
    const id = core.lastOrderId + 1;
    core.lastOrderId = id;
    f[order * 8 + ID] = id;
    f[order * 8 + REMAINING] = quantity;
    f[order * 8 + PRICE] = price;
    i[o + KEY_LOW] = keyLow;
    i[o + KEY_HIGH] = keyHigh;
    i[o + POSITION] = position;
    i[o + FLAGS] = (packed & 15) | (timeInForce << TIME_IN_FORCE_SHIFT) | (((packed >> 8) & 255) << PREVENTION_SHIFT) | HOLDS | BOOK;
    const last = i[p + POSITION_PREVIOUS] & SLOTS;
    i[o + POSITION_PREVIOUS] = last;
    i[o + POSITION_NEXT] = position;
    i[last * 16 + POSITION_NEXT] = order;
    i[p + POSITION_PREVIOUS] = order;
    i[p + ORDERS] = ordersOpen + 1;
    if (side === 0) f[position * 8 + OPEN_BUYS] += quantity;
    f[r + OPEN_LOTS] = openLots;
    free -= amount;
    if (free < 0) {
      free += WIDE;
      freeHigh -= 1;
      f[b + FREE + 1] = freeHigh;
    }
    f[b + FREE] = free;
    let locked = f[b + LOCKED] + amount;
    let lockedHigh = f[b + LOCKED + 1];
    if (locked >= WIDE) {
      locked -= WIDE;
      lockedHigh += 1;
      f[b + LOCKED + 1] = lockedHigh;
    }
    f[b + LOCKED] = locked;
    ensure(freeHigh >= 0, "no balance is below 0");
    core.index.table.insert(hashOfId(id), order);
    if (core.lastTime >= f[r + MINUTE_ENDS]) core.markets[i[row * 16 + MARKET_NUMBER]].average.advance(core.lastTime);
    const known2 = core.levels.recall(i[row * 16 + BOOK_NUMBER], side, price);
    const level = (known2 || core.markets[i[row * 16 + MARKET_NUMBER]].book.levelAt(side, price)) & SLOTS;
    const before = i[level * 16 + PREVIOUS] & SLOTS;
    i[o + PREVIOUS] = before;
    i[o + NEXT] = level;
    i[o + LEVEL] = level;
    i[before * 16 + NEXT] = order;
    i[level * 16 + PREVIOUS] = order;
    const visible = f[level * 8 + LEVEL_VISIBLE] + quantity;
    f[level * 8 + LEVEL_VISIBLE] = visible;
    const update = f[r + LAST_UPDATE] + 1;
    f[r + LAST_UPDATE] = update;

    const { writer } = core;
    const length = (words[at] & 0xffff) - COMMAND_HEADER;
    const offset = writer.room(EVENT_HEADER + 24 + length + BALANCE_LENGTH + LEVEL_LENGTH);
    const { words: to, doubles } = writer.out;
    const sequence = f[HEAD * 8 + 1];
    const time = f[HEAD * 8 + 2];
    const epoch = i[HEAD * 16 + 6];
    const shard = i[HEAD * 16 + 7];
    const a = (offset >> 2) & WORDS;
    const ad = (offset >> 3) & WORDS;
    to[a] = ACCEPTED_HEAD + length;
    to[a + 1] = 0;
    doubles[ad + 1] = sequence;
    doubles[ad + 2] = time;
    to[a + 6] = epoch;
    to[a + 7] = shard | (1 << 16);
    to[a + 8] = id | 0;
    to[a + 9] = (id * PER_TWO_32) | 0;
    to[a + 10] = account;
    to[a + 11] = symbol;
    doubles[ad + 6] = 0;
    to[a + 14] = packed;
    to[a + 15] = 0;
    to[a + 16] = priceLow;
    to[a + 17] = priceHigh;
    to[a + 18] = quantityLow;
    to[a + 19] = quantityHigh;
    to[a + 20] = keyLow;
    to[a + 21] = keyHigh;
    for (let n = 8; n < length >> 2; n++) to[a + 14 + n] = words[at + COMMAND_HEADER / 4 + n];

    const c = ((offset + EVENT_HEADER + 24 + length) >> 2) & WORDS;
    const cd = c >> 1;
    doubles[cd] = BALANCE_FIRST;
    doubles[cd + 1] = sequence;
    doubles[cd + 2] = time;
    to[c + 6] = epoch;
    to[c + 7] = shard;
    to[c + 8] = account;
    to[c + 9] = i[row * 16 + QUOTE_NUMBER - side];
    to[c + 10] = free | 0;
    to[c + 11] = freeHigh === 0 ? (free * PER_TWO_32) | 0 : ((free * PER_TWO_32) | 0) + freeHigh * TWO_20;
    to[c + 12] = locked | 0;
    to[c + 13] = lockedHigh === 0 ? (locked * PER_TWO_32) | 0 : ((locked * PER_TWO_32) | 0) + lockedHigh * TWO_20;
    doubles[cd + 7] = LEVEL_FIRST;
    doubles[cd + 8] = sequence;
    doubles[cd + 9] = time;
    to[c + 20] = epoch;
    to[c + 21] = shard | (side << 16);
    to[c + 22] = symbol;
    to[c + 23] = 0;
    to[c + 24] = priceLow;
    to[c + 25] = priceHigh;
    to[c + 26] = visible | 0;
    to[c + 27] = (visible * PER_TWO_32) | 0;
    to[c + 28] = update | 0;
    to[c + 29] = (update * PER_TWO_32) | 0;
    return TOLD;
  }

  /**
   * Applies the cancel whose command begins at word `start`.
   * @param known order with its id, or 0, or any other order: it is looked for then
   */
  cancelOrder(words: Int32Array, start: number, known: number): Outcome {
    const at = start & WORDS;
    const { core } = this;
    const { f, i } = core.memory;
    const idLow = words[at + 8];
    const idHigh = words[at + 9];
    const id = (idLow >>> 0) + idHigh * TWO_32;
    // A condition, a mode, a text.
    if (id === 0 || (words[at + 12] & 0xffffff) !== 0) return DECLINED;
    let order = known & SLOTS;
    if (f[order * 8 + ID] !== id) order = core.index.find(id) & SLOTS;
    if (order === 0) {
      // Most likely it came too late.
      if (core.positions.find(words[at + 5], words[at + 1]) === 0) return DECLINED;
      core.writer.cancelRejected(words, at, UNKNOWN_ORDER);
      return TOLD;
    }
    const o = order * 16;
    const position = i[o + POSITION] & SLOTS;
    const p = position * 16;
    const flags = i[o + FLAGS];
    const account = words[at + 5];
    const symbol = words[at + 1];
    if (i[p + ACCOUNT] !== account || i[p + SYMBOL] !== symbol) return DECLINED;
    if ((flags & (PLACE_MASK | HOLDS)) !== (BOOK | HOLDS)) return DECLINED;
    const extra = i[o + EXTRA] & SLOTS;
    let executed = 0;
    if (extra !== 0) {
      if (i[extra * 16 + LIST] !== 0 || f[extra * 8 + ICEBERG] !== 0) return DECLINED;
      executed = f[extra * 8 + EXECUTED];
    }
    const row = i[p + ROW] & SLOTS;
    const r = row * 8;
    const state: SymbolState = i[row * 16 + STATE];
    if (state === HALT || state === DELISTED) return DECLINED;
    const remaining = f[order * 8 + REMAINING];
    const side: Side = flags & SIDE_BIT;
    let amount = remaining * f[r + LOT_UNITS];
    if (side === 0) {
      amount = f[order * 8 + PRICE] * remaining * f[r + MULTIPLIER];
      const divisor = f[r + DIVISOR];
      if (divisor !== 1 && amount < WIDE) {
        const product = amount;
        amount = Math.floor(product / divisor);
        if (amount * divisor > product) amount -= 1;
        if (amount * divisor !== product) amount += 1;
      }
    }
    if (amount >= WIDE) return DECLINED;

    // Admitted: from here on everything is done.
    if (core.lastTime >= f[r + MINUTE_ENDS]) core.markets[i[row * 16 + MARKET_NUMBER]].average.advance(core.lastTime);
    const level = i[o + LEVEL] & SLOTS;
    const price = f[level * 8 + LEVEL_PRICE];
    const visible = f[level * 8 + LEVEL_VISIBLE] - remaining;
    f[level * 8 + LEVEL_VISIBLE] = visible;
    const next = i[o + NEXT] & SLOTS;
    const previous = i[o + PREVIOUS] & SLOTS;
    i[previous * 16 + NEXT] = next;
    i[next * 16 + PREVIOUS] = previous;
    const b = (i[p + QUOTE - side] & SLOTS) * 8;
    let locked = f[b + LOCKED] - amount;
    let lockedHigh = f[b + LOCKED + 1];
    if (locked < 0) {
      locked += WIDE;
      lockedHigh -= 1;
      f[b + LOCKED + 1] = lockedHigh;
    }
    f[b + LOCKED] = locked;
    let free = f[b + FREE] + amount;
    let freeHigh = f[b + FREE + 1];
    if (free >= WIDE) {
      free -= WIDE;
      freeHigh += 1;
      f[b + FREE + 1] = freeHigh;
    }
    f[b + FREE] = free;
    ensure(lockedHigh >= 0, "no balance is below 0");
    const later = i[o + POSITION_NEXT] & SLOTS;
    const earlier = i[o + POSITION_PREVIOUS] & SLOTS;
    i[earlier * 16 + POSITION_NEXT] = later;
    i[later * 16 + POSITION_PREVIOUS] = earlier;
    i[p + ORDERS] -= 1;
    if (side === 0) f[position * 8 + OPEN_BUYS] -= remaining;
    f[r + OPEN_LOTS] -= remaining;
    const update = f[r + LAST_UPDATE] + 1;
    f[r + LAST_UPDATE] = update;
    const keyLow = i[o + KEY_LOW];
    const keyHigh = i[o + KEY_HIGH];
    if ((keyLow | keyHigh) !== 0) core.clientKeys.table.remove(mix(i[p + OWNER], keyLow, keyHigh), order);
    core.index.table.remove(hashOfId(id), order);
    core.orders.release(order);

    const { writer } = core;
    const offset = writer.room(CLOSED_LENGTH + BALANCE_LENGTH + LEVEL_LENGTH);
    const { words: to, doubles } = writer.out;
    const sequence = f[HEAD * 8 + 1];
    const time = f[HEAD * 8 + 2];
    const epoch = i[HEAD * 16 + 6];
    const shard = i[HEAD * 16 + 7];
    const a = (offset >> 2) & WORDS;
    const ad = (offset >> 3) & WORDS;
    doubles[ad] = CLOSED_FIRST;
    doubles[ad + 1] = sequence;
    doubles[ad + 2] = time;
    to[a + 6] = epoch;
    to[a + 7] = shard | (CANCELED << 16);
    to[a + 8] = idLow;
    to[a + 9] = idHigh;
    to[a + 10] = account;
    to[a + 11] = symbol;
    to[a + 12] = executed | 0;
    to[a + 13] = (executed * PER_TWO_32) | 0;
    doubles[ad + 7] = BALANCE_FIRST;
    doubles[ad + 8] = sequence;
    doubles[ad + 9] = time;
    to[a + 20] = epoch;
    to[a + 21] = shard;
    to[a + 22] = account;
    to[a + 23] = i[row * 16 + QUOTE_NUMBER - side];
    to[a + 24] = free | 0;
    to[a + 25] = freeHigh === 0 ? (free * PER_TWO_32) | 0 : ((free * PER_TWO_32) | 0) + freeHigh * TWO_20;
    to[a + 26] = locked | 0;
    to[a + 27] = lockedHigh === 0 ? (locked * PER_TWO_32) | 0 : ((locked * PER_TWO_32) | 0) + lockedHigh * TWO_20;
    doubles[ad + 14] = LEVEL_FIRST;
    doubles[ad + 15] = sequence;
    doubles[ad + 16] = time;
    to[a + 34] = epoch;
    to[a + 35] = shard | (side << 16);
    to[a + 36] = symbol;
    to[a + 37] = 0;
    to[a + 38] = price | 0;
    to[a + 39] = (price * PER_TWO_32) | 0;
    to[a + 40] = visible | 0;
    to[a + 41] = (visible * PER_TWO_32) | 0;
    to[a + 42] = update | 0;
    to[a + 43] = (update * PER_TWO_32) | 0;
    if (next === previous && next === level) core.markets[i[row * 16 + MARKET_NUMBER]].book.forget(level);
    return TOLD;
  }
}
