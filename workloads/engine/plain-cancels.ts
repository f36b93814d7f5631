/**
 * The short way of cancels by id of orders that rest: one function that first looks whether everything is plain, and then does all and
 * writes the command's events. It is long for the reason that `plain-orders.ts` gives.
 */

import { type Side, SymbolState } from "./commands";
import { type Core, ensure } from "./core";
import { CloseReason, RejectReason } from "./events";
import { hashOfId, mix } from "./hash-index";
import { Place } from "./order-pool";
import { Outcome } from "./outcome";
import * as plainEvents from "./plain-events";
import type { Hints } from "./prefetch";
import * as records from "./records";

const {
  ACCOUNT,
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
  LAST_UPDATE,
  LEVEL,
  LEVEL_PRICE,
  LEVEL_VISIBLE,
  LIST,
  LOCKED,
  LOT_UNITS,
  MARKET_NUMBER,
  MINUTE_ENDS,
  MULTIPLIER,
  NEXT,
  OPEN_BUYS,
  OPEN_LOTS,
  ORDERS,
  OWNER,
  PLACE_MASK,
  PLACE_SHIFT,
  POSITION,
  POSITION_NEXT,
  POSITION_PREVIOUS,
  PREFETCHED,
  PREVIOUS,
  PRICE,
  QUOTE,
  QUOTE_NUMBER,
  REMAINING,
  ROW,
  SIDE_BIT,
  SLOTS,
  STATE,
  SYMBOL,
  WIDE,
} = records;
const { BALANCE_FIRST, BALANCE_LENGTH, CLOSED_FIRST, CLOSED_LENGTH, LEVEL_FIRST, LEVEL_LENGTH } = plainEvents;
const { DECLINED, TOLD } = Outcome;
const { DELISTED, HALT } = SymbolState;
const { CANCELED } = CloseReason;
const { UNKNOWN_ORDER } = RejectReason;
const BOOK = Place.BOOK << PLACE_SHIFT;

const TWO_32 = 4294967296;
const TWO_20 = 1048576;
const PER_TWO_32 = 1 / TWO_32;
/** Words of the memory, and of a buffer of commands or events, which is below a gigabyte. */
const MEMORY_WORDS = 0x3fffffff;
const WORDS = 0xfffffff;
/** Places of hints less one. */
const HINTS = PREFETCHED - 1;

export class PlainCancels {
  constructor(
    private readonly core: Core,
    private readonly hints: Hints,
  ) {}

  /** Applies the cancel whose command begins at word `start`. */
  cancelOrder(words: Int32Array, start: number): Outcome {
    const at = start & WORDS;
    const { core, hints } = this;
    const turn = hints.turnOfCancel & HINTS;
    hints.turnOfCancel = turn + 1;
    const { f, i } = core.memory;
    const idLow = words[at + 8];
    const idHigh = words[at + 9];
    const id = (idLow >>> 0) + idHigh * TWO_32;
    // A condition, a mode, a text.
    if (id === 0 || (words[at + 12] & 0xffffff) !== 0) return DECLINED;
    let order = hints.orders[turn] & SLOTS;
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
    // Where an order is in its own cell, and none is behind it, the cell becomes empty and nothing moves.
    if ((keyLow | keyHigh) !== 0) {
      const { table } = core.clientKeys;
      const { base, mask } = table;
      const hash = mix(i[p + OWNER], keyLow, keyHigh);
      const cell = (base + ((hash << 1) & mask)) & MEMORY_WORDS;
      if (i[cell + 1] === order && i[((base + ((cell - base + 2) & mask)) & MEMORY_WORDS) + 1] === 0) {
        i[cell + 1] = 0;
        table.size -= 1;
      } else table.remove(hash, order);
    }
    const { table } = core.index;
    const { base, mask } = table;
    const hash = hashOfId(idLow);
    const cell = (base + ((hash << 1) & mask)) & MEMORY_WORDS;
    if (i[cell + 1] === order && i[((base + ((cell - base + 2) & mask)) & MEMORY_WORDS) + 1] === 0) {
      i[cell + 1] = 0;
      table.size -= 1;
    } else table.remove(hash, order);
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
