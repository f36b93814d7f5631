/**
 * The short way of the commands that an exchange gets most: LIMIT and LIMIT_MAKER orders without extras, and
 * cancels of them (`plain-cancels.ts`). Each is one function that first looks whether everything is plain and admissible, and then does at once what the general way does step by
 * step, and writes the command's events itself. Where anything is unusual (another type, a list, an amount of 2^52 or more, a reason to refuse) it declines
 * with nothing done, and the general way decides. Both give the same events and the same state.
 *
 * The functions are long on purpose: V8 keeps the arrays' addresses in registers within one function, and loads and checks them again behind
 * every call. `Core.makeRoom` has seen to it that nothing here needs a larger memory.
 */

import { OrderType, SymbolState, TimeInForce } from "./commands";
import { type Core, ensure } from "./core";
import { hashOfId } from "./hash-index";
import * as layout from "./layout";
import * as levelFields from "./levels";
import { Place } from "./order-pool";
import { Outcome } from "./outcome";
import * as plainEvents from "./plain-events";
import type { PlainTakers } from "./plain-takers";
import type { Hints } from "./prefetch";
import * as records from "./records";
import type { Rules } from "./rules";
import * as ruleFields from "./rules";

const {
  ACCOUNT,
  BEST,
  BOOK_NUMBER,
  CAN_TRADE,
  DIVISOR,
  FLAGS,
  FREE,
  HEAD,
  HOLDS,
  ID,
  KEY_HIGH,
  KEY_LOW,
  KILLED,
  LAST_UPDATE,
  LEVEL,
  LEVEL_FLAGS,
  LEVEL_NOTED,
  LEVEL_PRICE,
  LEVEL_VISIBLE,
  LIMITED,
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
  OWNER_SHIFT,
  PERCENT_LIMITED,
  PLACE_SHIFT,
  PREFETCHED,
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
  SLOTS,
  STATE,
  SYMBOL,
  TIME_IN_FORCE_SHIFT,
  WIDE,
} = records;
const { COMMAND_HEADER, EVENT_HEADER } = layout;
const { ACCEPTED_HEAD, BALANCE_FIRST, BALANCE_LENGTH, LEVEL_FIRST, LEVEL_LENGTH } = plainEvents;
const { GOLDEN } = levelFields;
const { MAX_LOTS } = ruleFields;
const { LIMIT, LIMIT_MAKER } = OrderType;
const { TRADING } = SymbolState;
const { FOK, GTC } = TimeInForce;
const BOOK = Place.BOOK << PLACE_SHIFT;

const TWO_32 = 4294967296;
const TWO_20 = 1048576;
const PER_TWO_32 = 1 / TWO_32;
/** Places of hints less one. */
const HINTS = PREFETCHED - 1;
/** Words of a buffer of commands or events, which is below a gigabyte. */
const WORDS = 0xfffffff;

const { DECLINED, TOLD } = Outcome;

export class PlainOrders {
  constructor(
    private readonly core: Core,
    private readonly rules: Rules,
    private readonly takers: PlainTakers,
    private readonly hints: Hints,
  ) {}

  /** Applies the new order whose command begins at word `start`. */
  newOrder(words: Int32Array, start: number): Outcome {
    const at = start & WORDS;
    const { core, hints } = this;
    const turn = hints.turnOfNew & HINTS;
    hints.turnOfNew = turn + 1;
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
    let position = hints.positions[turn] & SLOTS;
    if (i[position * 16 + ACCOUNT] !== account || i[position * 16 + SYMBOL] !== symbol || position === 0) {
      position = core.positions.find(account, symbol) & SLOTS;
      if (position === 0) {
        // That may need a larger memory.
        if (core.openPosition(account, symbol) === 0) return DECLINED;
        core.makeRoom();
        hints.turnOfNew = turn;
        return this.newOrder(words, start);
      }
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
    const { cache, shift } = core.levels;
    const book = i[row * 16 + BOOK_NUMBER];
    let level = cache[Math.imul(priceLow + (book << 12), GOLDEN) >>> shift] & SLOTS;
    if (f[level * 8 + LEVEL_PRICE] !== price || (i[level * 16 + LEVEL_FLAGS] & ~LEVEL_NOTED) !== ((book << OWNER_SHIFT) | side))
      level = core.markets[i[row * 16 + MARKET_NUMBER]].book.levelAt(side, price) & SLOTS;
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
}
