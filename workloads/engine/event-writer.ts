/**
 * Writes events into an `EventBuffer`. Orders are given by slot and read from their pool, so that no number is boxed on the way.
 */

import { Side } from "./commands";
import { EventHeads } from "./event-heads";
import type { CloseReason, RejectReason } from "./events";
import { writeFilters } from "./filters-codec";
import * as layout from "./layout";
import { padded, viewOf } from "./layout";
import type { Account, Asset, Ledger } from "./ledger";
import type { Market } from "./market";
import type { Memory } from "./memory";
import type { OrderPool } from "./order-pool";
import * as records from "./records";

const {
  ACCOUNT,
  BALANCE_ACCOUNT,
  BALANCE_ASSET_NUMBER,
  BALANCE_CHANGED: NOTED,
  BEST,
  CHANGED,
  CORE,
  FLAGS,
  FREE,
  HEAD,
  ID,
  KEY_HIGH,
  KEY_LOW,
  LAST_UPDATE,
  LEVEL_FLAGS,
  LEVEL_NOTED,
  LEVEL_PRICE,
  LEVEL_VISIBLE,
  LOCKED,
  OWNER_SHIFT,
  POSITION,
  PRICE,
  REMAINING,
  SIDE_BIT,
  SLOTS,
  SYMBOL,
  TAKER,
} = records;

const { EVENT_HEADER, FILTERS, LAYOUT_VERSION } = layout;

const {
  ACCOUNT_CHANGED,
  APPLIED,
  ASSET_LISTED,
  BALANCE_CHANGED,
  FEE_TIER_CHANGED,
  LEVEL_CHANGED,
  ORDER_ACCEPTED,
  ORDER_AMENDED,
  ORDER_CLOSED,
  ORDER_LIST_CHANGED,
  ORDER_TRIGGERED,
  REJECTED,
  REPEATED,
  SYMBOL_CHANGED,
  TRADE,
  TRADE_PREVENTED,
} = layout.EventType;
const { BUY, SELL } = Side;

const PER_TWO_32 = 1 / 4294967296;
const TWO_20 = 1048576;
/** Words of a buffer, which is below a gigabyte. */
const WORDS = 0xfffffff;
/** Bytes of a balance and a level, and the first word of each. */
const BALANCE_LENGTH = EVENT_HEADER + 24;
const LEVEL_LENGTH = EVENT_HEADER + 32;
const BALANCE_HEAD = BALANCE_LENGTH | (BALANCE_CHANGED << 16) | (LAYOUT_VERSION << 24);
const LEVEL_HEAD = LEVEL_LENGTH | (LEVEL_CHANGED << 16) | (LAYOUT_VERSION << 24);

export class EventWriter extends EventHeads {
  constructor(
    shard: number,
    memory: Memory,
    private readonly orders: OrderPool,
    private readonly ledger: Ledger,
  ) {
    super(memory, shard);
  }

  /** Order id, account and symbol of an order: 16 bytes. */
  private identity(at: number, order: number): void {
    const { f, i } = this.memory;
    this.u64(at, f[order * 8 + ID]);
    const position = i[order * 16 + POSITION] * 16;
    const { words } = this.out;
    words[at + 2] = i[position + ACCOUNT];
    words[at + 3] = i[position + SYMBOL];
  }

  rejected(commandType: number, reason: RejectReason, account: number, symbol: number, orderId: number, text: string): void {
    const at = this.start(REJECTED, EVENT_HEADER + 24 + padded(text.length), reason | (commandType << 8));
    const { words } = this.out;
    words[at] = account;
    words[at + 1] = symbol;
    this.u64(at + 2, orderId);
    this.u64(at + 4, text.length);
    this.text(at + 6, text);
  }

  repeated(firstSequence: number): void {
    this.u64(this.start(REPEATED, EVENT_HEADER + 8, 0), firstSequence);
  }

  /** @param source bytes of the command, with the order's parameters from `from` to `to`: the event repeats them */
  orderAccepted(order: number, listId: number, working: boolean, source: Uint8Array, from: number, to: number): void {
    const at = this.start(ORDER_ACCEPTED, EVENT_HEADER + 24 + to - from, working ? 1 : 0);
    const { words } = this.out;
    this.identity(at, order);
    this.u64(at + 4, listId);
    const parameters = viewOf(source);
    const target = at + 6;
    for (let n = 0; n < (to - from) >> 2; n++) words[target + n] = parameters.getInt32(from + n * 4, true);
  }

  /** That the order in line {@link TAKER} is closed with what was executed of it. */
  takerClosed(reason: CloseReason, fills: { executed: number }): void {
    const at = this.start(ORDER_CLOSED, EVENT_HEADER + 24, reason) & WORDS;
    const { f, i } = this.memory;
    const { words } = this.out;
    const { executed } = fills;
    const id = f[TAKER * 8 + ID];
    const position = (i[TAKER * 16 + POSITION] & SLOTS) * 16;
    words[at] = id | 0;
    words[at + 1] = (id * PER_TWO_32) | 0;
    words[at + 2] = i[position + ACCOUNT];
    words[at + 3] = i[position + SYMBOL];
    words[at + 4] = executed | 0;
    words[at + 5] = (executed * PER_TWO_32) | 0;
  }

  orderTriggered(order: number): void {
    this.identity(this.start(ORDER_TRIGGERED, EVENT_HEADER + 16, 0), order);
  }

  /**
   * A fill, after both orders were reduced.
   * @param fill quantity, then low and high of the quote amount, of the taker's fee and of the maker's fee
   */
  trade(market: Market, taker: number, maker: number, fill: Float64Array, takerFeeAsset: number, makerFeeAsset: number): void {
    const { orders } = this;
    const { f, i } = orders;
    const takerFlags = i[taker * 16 + FLAGS];
    const done = (f[taker * 8 + REMAINING] === 0 ? 2 : 0) | (f[maker * 8 + REMAINING] === 0 ? 4 : 0);
    const at = this.start(TRADE, EVENT_HEADER + 104, (takerFlags & SIDE_BIT) | done);
    const { words } = this.out;
    words[at] = market.instrument.symbol;
    words[at + 1] = 0;
    this.u64(at + 2, market.lastTradeId);
    this.u64(at + 4, f[maker * 8 + PRICE]);
    this.u64(at + 6, fill[0]);
    this.pair(at + 8, fill[1], fill[2]);
    this.u64(at + 10, f[taker * 8 + ID]);
    words[at + 12] = this.accountOf(taker);
    words[at + 13] = this.ledger.assets[takerFeeAsset].number;
    this.pair(at + 14, fill[3], fill[4]);
    this.u64(at + 16, orders.executed(taker));
    this.u64(at + 18, f[maker * 8 + ID]);
    words[at + 20] = this.accountOf(maker);
    words[at + 21] = this.ledger.assets[makerFeeAsset].number;
    this.pair(at + 22, fill[5], fill[6]);
    this.u64(at + 24, orders.executed(maker));
  }

  tradePrevented(market: Market, taker: number, maker: number, takerPrevented: number, makerPrevented: number, mode: number): void {
    const { f } = this.orders;
    const at = this.start(TRADE_PREVENTED, EVENT_HEADER + 64, mode);
    const { words } = this.out;
    this.u64(at, market.instrument.symbol);
    this.u64(at + 2, market.lastPreventedId);
    this.u64(at + 4, f[maker * 8 + PRICE]);
    this.u64(at + 6, f[taker * 8 + ID]);
    words[at + 8] = this.accountOf(taker);
    words[at + 9] = this.accountOf(maker);
    this.u64(at + 10, takerPrevented);
    this.u64(at + 12, f[maker * 8 + ID]);
    this.u64(at + 14, makerPrevented);
  }

  orderAmended(order: number, keptPriority: boolean, text: string): void {
    const { orders } = this;
    const { f } = orders;
    const at = this.start(ORDER_AMENDED, EVENT_HEADER + 48 + padded(text.length), keptPriority ? 1 : 0);
    const { words } = this.out;
    this.identity(at, order);
    this.u64(at + 4, f[order * 8 + PRICE]);
    this.u64(at + 6, orders.quantity(order));
    words[at + 8] = orders.i[order * 16 + KEY_LOW];
    words[at + 9] = orders.i[order * 16 + KEY_HIGH];
    this.u64(at + 10, text.length);
    this.text(at + 12, text);
  }

  orderClosed(order: number, reason: CloseReason, text: string): void {
    const at = this.start(ORDER_CLOSED, EVENT_HEADER + 24 + padded(text.length), reason | (text.length << 8));
    this.identity(at, order);
    this.u64(at + 4, this.orders.executed(order));
    if (text.length > 0) this.text(at + 6, text);
  }

  orderListChanged(id: number, account: number, symbol: number, contingency: number, status: number, ids: number[], text: string): void {
    const at = this.start(ORDER_LIST_CHANGED, EVENT_HEADER + 24 + ids.length * 8 + padded(text.length), 0);
    const { words } = this.out;
    this.u64(at, id);
    words[at + 2] = account;
    words[at + 3] = symbol;
    this.u64(at + 4, contingency | (status << 8) | (ids.length << 16) | (text.length << 24));
    for (let i = 0; i < ids.length; i++) this.u64(at + 6 + i * 2, ids[i]);
    this.text(at + 6 + ids.length * 2, text);
  }

  /** The balances that are noted, which are told with this. Returns whether none of them is below 0. */
  balancesChanged(cause: number): boolean {
    const { ledger } = this;
    const { f, i } = this.memory;
    const { changes } = ledger;
    const changed = i[CORE * 16 + CHANGED];
    let sound = true;
    let at = this.more(changes, BALANCE_LENGTH) & WORDS;
    const { words, doubles } = this.out;
    const first = this.count - changes;
    const sequence = f[HEAD * 8 + 1];
    const time = f[HEAD * 8 + 2];
    const epoch = i[HEAD * 16 + 6];
    const last = i[HEAD * 16 + 7] | (cause << 16);
    for (let n = 0; n < changes; n++) {
      const balance = i[changed + n] & SLOTS;
      const free = f[balance * 8 + FREE];
      const freeHigh = f[balance * 8 + FREE + 1];
      const locked = f[balance * 8 + LOCKED];
      const lockedHigh = f[balance * 8 + LOCKED + 1];
      if (freeHigh < 0 || lockedHigh < 0) sound = false;
      words[at] = BALANCE_HEAD;
      words[at + 1] = first + n;
      doubles[(at >> 1) + 1] = sequence;
      doubles[(at >> 1) + 2] = time;
      words[at + 6] = epoch;
      words[at + 7] = last;
      words[at + 8] = i[balance * 16 + BALANCE_ACCOUNT];
      words[at + 9] = i[balance * 16 + BALANCE_ASSET_NUMBER];
      words[at + 10] = free | 0;
      words[at + 11] = freeHigh === 0 ? (free * PER_TWO_32) | 0 : ((free * PER_TWO_32) | 0) + freeHigh * TWO_20;
      words[at + 12] = locked | 0;
      words[at + 13] = lockedHigh === 0 ? (locked * PER_TWO_32) | 0 : ((locked * PER_TWO_32) | 0) + lockedHigh * TWO_20;
      i[balance * 16 + NOTED] = 0;
      at = (at + BALANCE_LENGTH / 4) & WORDS;
    }
    ledger.changes = 0;
    return sound;
  }

  /** The levels of a market that are noted, which are told with this. */
  levelsChanged(market: Market): void {
    const { book } = market;
    const { f, i } = this.memory;
    if (book.changes > 1) book.settleChanges();
    const { changes, changedPrices, changedSlots, number } = book;
    if (changes === 0) return;
    const row = market.row & SLOTS;
    const symbol = market.instrument.symbol;
    let at = this.more(changes, LEVEL_LENGTH) & WORDS;
    const { words, doubles } = this.out;
    const first = this.count - changes;
    let update = f[row * 8 + LAST_UPDATE];
    for (let n = 0; n < changes; n++) {
      const noted = changedPrices[n];
      const side = noted < 0 ? BUY : SELL;
      const price = noted < 0 ? -noted - 1 : noted;
      const level = changedSlots[n] & SLOTS;
      const flags = i[level * 16 + LEVEL_FLAGS];
      let visible = 0;
      if (f[level * 8 + LEVEL_PRICE] === price && (flags & ~LEVEL_NOTED) === ((number << OWNER_SHIFT) | side)) {
        visible = f[level * 8 + LEVEL_VISIBLE];
        i[level * 16 + LEVEL_FLAGS] = flags & ~LEVEL_NOTED;
      } else if (side === BUY ? price <= f[row * 8 + BEST + BUY] : price >= f[row * 8 + BEST + SELL]) visible = book.visibleAt(side, price);
      update += 1;
      words[at] = LEVEL_HEAD;
      words[at + 1] = first + n;
      doubles[(at >> 1) + 1] = f[HEAD * 8 + 1];
      doubles[(at >> 1) + 2] = f[HEAD * 8 + 2];
      words[at + 6] = i[HEAD * 16 + 6];
      words[at + 7] = i[HEAD * 16 + 7] | (side << 16);
      words[at + 8] = symbol;
      words[at + 9] = 0;
      words[at + 10] = price | 0;
      words[at + 11] = (price * PER_TWO_32) | 0;
      words[at + 12] = visible | 0;
      words[at + 13] = (visible * PER_TWO_32) | 0;
      words[at + 14] = update | 0;
      words[at + 15] = (update * PER_TWO_32) | 0;
      at = (at + LEVEL_LENGTH / 4) & WORDS;
    }
    f[row * 8 + LAST_UPDATE] = update;
    book.changes = 0;
  }

  accountChanged(account: Account): void {
    const at = this.start(ACCOUNT_CHANGED, EVENT_HEADER + 16, account.flags & 15);
    const { words } = this.out;
    words[at] = account.number;
    words[at + 1] = account.feeTier;
    this.u64(at + 2, account.tradeGroup >>> 0);
  }

  feeTierChanged(feeTier: number, makerRate: number, takerRate: number, discount: number): void {
    const at = this.start(FEE_TIER_CHANGED, EVENT_HEADER + 16, 0);
    const { words } = this.out;
    words[at] = feeTier;
    words[at + 1] = makerRate;
    words[at + 2] = takerRate;
    words[at + 3] = discount;
  }

  assetListed(asset: Asset, discountAsset: boolean): void {
    const at = this.start(ASSET_LISTED, EVENT_HEADER + 8 + padded(asset.name.length), 0);
    const { words } = this.out;
    words[at] = asset.number;
    words[at + 1] = asset.decimals | (discountAsset ? 256 : 0) | (asset.name.length << 16);
    this.text(at + 2, asset.name);
  }

  symbolChanged(market: Market): void {
    const { instrument } = market;
    const at = this.start(SYMBOL_CHANGED, EVENT_HEADER + 16 + FILTERS + padded(instrument.name.length), 0);
    const { words } = this.out;
    words[at] = instrument.symbol;
    words[at + 1] = this.ledger.assets[instrument.base].number;
    words[at + 2] = this.ledger.assets[instrument.quote].number;
    const decimals = instrument.priceDecimals | (instrument.quantityDecimals << 8);
    words[at + 3] = decimals | (market.state << 16) | (instrument.name.length << 24);
    writeFilters(this.out.view, at * 4 + 16, market.filters);
    this.text(at + 4 + FILTERS / 4, instrument.name);
  }

  applied(commandType: number): void {
    this.start(APPLIED, EVENT_HEADER, commandType);
  }

  private accountOf(order: number): number {
    const position = this.orders.i[order * 16 + POSITION];
    return this.memory.i[position * 16 + ACCOUNT];
  }
}
