/**
 * Writes events into an `EventBuffer`. Orders are given by slot and read from their pool, so that no number is boxed on the way.
 */

import { Side } from "./commands";
import * as heads from "./event-heads";
import { EventHeads } from "./event-heads";
import { CloseReason, type RejectReason } from "./events";
import { writeFilters } from "./filters-codec";
import * as layout from "./layout";
import { padded, viewOf } from "./layout";
import type { Account, Asset, Ledger } from "./ledger";
import * as ledgerFields from "./ledger";
import type { LevelPool } from "./levels";
import * as levelFields from "./levels";
import type { Market } from "./market";
import type { MarketRows } from "./market-rows";
import * as rowFields from "./market-rows";
import type { OrderPool } from "./order-pool";
import * as orderFields from "./order-pool";
import type { Positions } from "./positions";
import * as positionFields from "./positions";

const { COMMAND_HEADER, EVENT_HEADER, FILTERS, LAYOUT_VERSION } = layout;
const { LAST_EVENT } = heads;
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
const { CANCELED } = CloseReason;
const { BALANCE_ACCOUNT, BALANCE_ASSET, FREE, LOCKED } = ledgerFields;
const { EXECUTED, FLAGS, ID, KEY_HIGH, KEY_LOW, POSITION, PRICE, QUANTITY, REMAINING, SIDE_BIT, SLOTS } = orderFields;
const { ACCOUNT, SYMBOL } = positionFields;
const { LEVEL_FLAGS, LEVEL_PRICE, LEVEL_VISIBLE } = levelFields;
const { LAST_UPDATE } = rowFields;

const TWO_32 = 4294967296;
const TWO_20 = 1048576;
/** Words of a buffer, which is below a gigabyte. */
const WORDS = 0xfffffff;

/** Bytes of a balance and of a level, and the first words of the events that plain orders have. */
const BALANCE_LENGTH = EVENT_HEADER + 24;
const LEVEL_LENGTH = EVENT_HEADER + 32;
const VERSION = LAYOUT_VERSION << 24;
const ACCEPTED_HEAD = (EVENT_HEADER + 24) | (ORDER_ACCEPTED << 16) | VERSION;
const CLOSED_HEAD = (EVENT_HEADER + 24) | (ORDER_CLOSED << 16) | VERSION;
const BALANCE_HEAD = BALANCE_LENGTH | (BALANCE_CHANGED << 16) | VERSION;
const LEVEL_HEAD = LEVEL_LENGTH | (LEVEL_CHANGED << 16) | VERSION;

export class EventWriter extends EventHeads {
  constructor(
    shard: number,
    private readonly orders: OrderPool,
    private readonly positions: Positions,
    private readonly ledger: Ledger,
    private readonly levels: LevelPool,
    private readonly rows: MarketRows,
  ) {
    super(shard);
  }

  /** Order id, account and symbol of an order: 16 bytes. */
  private identity(at: number, order: number): void {
    this.u64(at, this.orders.f[order * 8 + ID]);
    const { i } = this.positions;
    const position = this.orders.i[order * 16 + POSITION] * 16;
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

  /**
   * The same for an order without list and optional fields.
   * @param position offset of its owner's position
   * @param command word of `source` at which its command begins
   */
  plainOrderAccepted(order: number, position: number, source: Int32Array, command: number): void {
    const length = (source[command] & 0xffff) - COMMAND_HEADER;
    const at = this.start(ORDER_ACCEPTED, EVENT_HEADER + 24 + length, 1);
    const { words } = this.out;
    const id = this.orders.f[order * 8 + ID];
    words[at] = id | 0;
    words[at + 1] = (id / TWO_32) | 0;
    words[at + 2] = this.positions.i[position + ACCOUNT];
    words[at + 3] = this.positions.i[position + SYMBOL];
    words[at + 4] = 0;
    words[at + 5] = 0;
    const from = command + COMMAND_HEADER / 4;
    for (let n = 0; n < length >> 2; n++) words[at + 6 + n] = source[from + n];
  }

  /**
   * All that a command tells of whose plain order rests: that the order was accepted, its balance and its level, as they are now. They are the
   * command's only events.
   * @param position offset of its owner's position
   * @param row offset of the market's row, in doubles
   */
  plainOrderRested(
    order: number,
    position: number,
    source: Int32Array,
    command: number,
    balance: number,
    level: number,
    row: number,
  ): void {
    const from = (command & WORDS) + COMMAND_HEADER / 4;
    const length = (source[command & WORDS] & 0xffff) - COMMAND_HEADER;
    const offset = this.startAll(3, EVENT_HEADER + 24 + length + BALANCE_LENGTH + LEVEL_LENGTH);
    const at = offset >> 2;
    const { words } = this.out;
    this.header(offset, ACCEPTED_HEAD + length, 0, 1);
    this.identify(offset, order, position);
    words[at + 12] = 0;
    words[at + 13] = 0;
    words[at + 14] = source[from];
    words[at + 15] = source[from + 1];
    words[at + 16] = source[from + 2];
    words[at + 17] = source[from + 3];
    words[at + 18] = source[from + 4];
    words[at + 19] = source[from + 5];
    words[at + 20] = source[from + 6];
    words[at + 21] = source[from + 7];
    for (let n = 8; n < length >> 2; n++) words[at + 14 + n] = source[from + n];
    this.tellPlain(offset + EVENT_HEADER + 24 + length, position, balance, level, row);
  }

  /** The same of a plain order that was canceled: that it is closed, its balance and its level. */
  plainOrderCanceled(order: number, position: number, balance: number, level: number, row: number): void {
    const offset = this.startAll(3, EVENT_HEADER + 24 + BALANCE_LENGTH + LEVEL_LENGTH);
    const at = offset >> 2;
    const { words } = this.out;
    this.header(offset, CLOSED_HEAD, 0, CANCELED);
    this.identify(offset, order, position);
    const executed = this.orders.f[(order & SLOTS) * 8 + EXECUTED];
    words[at + 12] = executed | 0;
    words[at + 13] = (executed / TWO_32) | 0;
    this.tellPlain(offset + EVENT_HEADER + 24, position, balance, level, row);
  }

  private identify(offset: number, order: number, position: number): void {
    const at = (offset >> 2) + EVENT_HEADER / 4;
    const p = position & WORDS;
    const { words } = this.out;
    const id = this.orders.f[(order & SLOTS) * 8 + ID];
    const { i } = this.positions;
    words[at] = id | 0;
    words[at + 1] = (id / TWO_32) | 0;
    words[at + 2] = i[p + ACCOUNT];
    words[at + 3] = i[p + SYMBOL];
  }

  /** A balance and a level, the second and the last event of a command. */
  private tellPlain(offset: number, position: number, balance: number, level: number, row: number): void {
    const at = offset >> 2;
    const { words } = this.out;
    const { f: amounts, i: balances } = this.ledger;
    const b = (balance & SLOTS) * 8;
    this.header(offset, BALANCE_HEAD, 1, 0);
    words[at + 8] = balances[b * 2 + BALANCE_ACCOUNT];
    words[at + 9] = this.ledger.assetNumbers[balances[b * 2 + BALANCE_ASSET]];
    const free = amounts[b + FREE];
    const freeHigh = amounts[b + FREE + 1];
    const locked = amounts[b + LOCKED];
    const lockedHigh = amounts[b + LOCKED + 1];
    words[at + 10] = free | 0;
    words[at + 11] = ((free / TWO_32) | 0) + freeHigh * TWO_20;
    words[at + 12] = locked | 0;
    words[at + 13] = ((locked / TWO_32) | 0) + lockedHigh * TWO_20;

    const { f, i } = this.levels;
    const { f: rows } = this.rows;
    const l = (level & SLOTS) * 5;
    const r = row & WORDS;
    const price = f[l + LEVEL_PRICE];
    const visible = f[l + LEVEL_VISIBLE];
    const update = rows[r + LAST_UPDATE] + 1;
    rows[r + LAST_UPDATE] = update;
    this.header(offset + BALANCE_LENGTH, LEVEL_HEAD, 2 | LAST_EVENT, i[l * 2 + LEVEL_FLAGS] & 1);
    words[at + 22] = this.positions.i[(position & WORDS) + SYMBOL];
    words[at + 23] = 0;
    words[at + 24] = price | 0;
    words[at + 25] = (price / TWO_32) | 0;
    words[at + 26] = visible | 0;
    words[at + 27] = (visible / TWO_32) | 0;
    words[at + 28] = update | 0;
    words[at + 29] = (update / TWO_32) | 0;
  }

  orderTriggered(order: number): void {
    this.identity(this.start(ORDER_TRIGGERED, EVENT_HEADER + 16, 0), order);
  }

  /**
   * A fill, after both orders were reduced.
   * @param fill quantity, then low and high of the quote amount, of the taker's fee and of the maker's fee
   */
  trade(market: Market, taker: number, maker: number, fill: Float64Array, takerFeeAsset: number, makerFeeAsset: number): void {
    const { f, i } = this.orders;
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
    words[at + 13] = this.ledger.assetNumbers[takerFeeAsset];
    this.pair(at + 14, fill[3], fill[4]);
    this.u64(at + 16, f[taker * 8 + EXECUTED]);
    this.u64(at + 18, f[maker * 8 + ID]);
    words[at + 20] = this.accountOf(maker);
    words[at + 21] = this.ledger.assetNumbers[makerFeeAsset];
    this.pair(at + 22, fill[5], fill[6]);
    this.u64(at + 24, f[maker * 8 + EXECUTED]);
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
    const { f, coldF, coldI } = this.orders;
    const at = this.start(ORDER_AMENDED, EVENT_HEADER + 48 + padded(text.length), keptPriority ? 1 : 0);
    const { words } = this.out;
    this.identity(at, order);
    this.u64(at + 4, f[order * 8 + PRICE]);
    this.u64(at + 6, coldF[order * 6 + QUANTITY]);
    words[at + 8] = coldI[order * 12 + KEY_LOW];
    words[at + 9] = coldI[order * 12 + KEY_HIGH];
    this.u64(at + 10, text.length);
    this.text(at + 12, text);
  }

  orderClosed(order: number, reason: CloseReason, text: string): void {
    const at = this.start(ORDER_CLOSED, EVENT_HEADER + 24 + padded(text.length), reason | (text.length << 8));
    this.identity(at, order);
    this.u64(at + 4, this.orders.f[order * 8 + EXECUTED]);
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

  balanceChanged(balance: number, cause: number): void {
    const at = this.start(BALANCE_CHANGED, EVENT_HEADER + 24, cause);
    const { words } = this.out;
    const { f, i } = this.ledger;
    words[at] = i[balance * 16 + BALANCE_ACCOUNT];
    words[at + 1] = this.ledger.assetNumbers[i[balance * 16 + BALANCE_ASSET]];
    this.pair(at + 2, f[balance * 8 + FREE], f[balance * 8 + FREE + 1]);
    this.pair(at + 4, f[balance * 8 + LOCKED], f[balance * 8 + LOCKED + 1]);
  }

  /** @param index of a change noted by the market's book, which counts as told with this */
  levelChanged(market: Market, index: number): void {
    const noted = market.book.changedPrices[index];
    const at = this.start(LEVEL_CHANGED, EVENT_HEADER + 32, noted < 0 ? BUY : SELL);
    market.lastUpdateId += 1;
    this.u64(at, market.instrument.symbol);
    this.u64(at + 2, noted < 0 ? -noted - 1 : noted);
    this.u64(at + 4, market.book.changedQuantity(index));
    this.u64(at + 6, market.lastUpdateId);
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
    return this.positions.i[position * 16 + ACCOUNT];
  }
}
