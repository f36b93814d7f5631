/**
 * Writes events into an `EventBuffer`. The header's fields that all events of a command share are prepared once a command. Orders are given
 * by slot and read from their pool, so that no number is boxed on the way.
 */

import { Side } from "./commands";
import type { EventBuffer } from "./event-buffer";
import type { CloseReason, RejectReason } from "./events";
import { writeFilters } from "./filters-codec";
import * as layout from "./layout";
import { EventType, padded, viewOf, writeText } from "./layout";
import type { Account, Asset, Ledger } from "./ledger";
import * as ledgerFields from "./ledger";
import type { Market } from "./market";
import type { OrderPool } from "./order-pool";
import * as orderFields from "./order-pool";
import type { Positions } from "./positions";
import * as positionFields from "./positions";

const { EVENT_HEADER, FILTERS, LAYOUT_VERSION } = layout;
const { BALANCE_ACCOUNT, BALANCE_ASSET, FREE, LOCKED } = ledgerFields;
const { EXECUTED, FLAGS, ID, KEY_HIGH, KEY_LOW, POSITION, PRICE, QUANTITY, REMAINING, SIDE_BIT } = orderFields;
const { ACCOUNT, MARKET } = positionFields;

const TWO_32 = 4294967296;
const TWO_20 = 1048576;

export class EventWriter {
  private out!: EventBuffer;
  private view!: DataView;
  /** Offset of the command's latest event. */
  private latest = -1;
  private index = 0;
  /** sequence low and high, time low and high, epoch, shard. */
  private readonly header = new Int32Array(6);

  constructor(
    private readonly shard: number,
    private readonly orders: OrderPool,
    private readonly positions: Positions,
    private readonly ledger: Ledger,
    private readonly markets: Market[],
  ) {}

  begin(out: EventBuffer, epoch: number, sequence: number, time: number): void {
    this.out = out;
    this.latest = -1;
    this.index = 0;
    const { header } = this;
    header[0] = sequence | 0;
    header[1] = (sequence / TWO_32) | 0;
    header[2] = time | 0;
    header[3] = (time / TWO_32) | 0;
    header[4] = epoch;
    header[5] = this.shard;
  }

  /** Number of events written since `begin`. */
  get count(): number {
    return this.index;
  }

  /** Marks the latest event as the command's last. */
  finish(): void {
    this.out.view.setUint32(this.latest + 4, (this.index - 1) | 0x80000000, true);
  }

  /** Starts an event of `length` bytes and returns the offset behind its header. */
  private start(type: EventType, length: number, detail: number): number {
    const { out, header } = this;
    out.reserve(length);
    const { view } = out;
    const offset = out.length;
    this.view = view;
    out.length = offset + length;
    this.latest = offset;
    view.setInt32(offset, length | (type << 16) | (LAYOUT_VERSION << 24), true);
    view.setInt32(offset + 4, this.index++, true);
    view.setInt32(offset + 8, header[0], true);
    view.setInt32(offset + 12, header[1], true);
    view.setInt32(offset + 16, header[2], true);
    view.setInt32(offset + 20, header[3], true);
    view.setInt32(offset + 24, header[4], true);
    view.setInt32(offset + 28, header[5] | (detail << 16), true);
    return offset + EVENT_HEADER;
  }

  private u64(at: number, value: number): void {
    this.view.setInt32(at, value | 0, true);
    this.view.setInt32(at + 4, (value / TWO_32) | 0, true);
  }

  /** The pair of an amount as an i64. */
  private pair(at: number, low: number, high: number): void {
    this.view.setInt32(at, low | 0, true);
    this.view.setInt32(at + 4, ((low / TWO_32) | 0) + high * TWO_20, true);
  }

  /** Order id, account and symbol of an order: 16 bytes. */
  private identity(at: number, order: number): void {
    this.u64(at, this.orders.f[order * 8 + ID]);
    const position = this.orders.i[order * 16 + POSITION] * 16;
    this.view.setInt32(at + 8, this.positions.i[position + ACCOUNT], true);
    this.view.setUint32(at + 12, this.markets[this.positions.i[position + MARKET]].instrument.symbol, true);
  }

  rejected(commandType: number, reason: RejectReason, account: number, symbol: number, orderId: number, text: string): void {
    const at = this.start(EventType.REJECTED, EVENT_HEADER + 24 + padded(text.length), reason | (commandType << 8));
    this.view.setUint32(at, account, true);
    this.view.setUint32(at + 4, symbol, true);
    this.u64(at + 8, orderId);
    this.u64(at + 16, text.length);
    writeText(this.view, at + 24, text);
  }

  repeated(firstSequence: number): void {
    this.u64(this.start(EventType.REPEATED, EVENT_HEADER + 8, 0), firstSequence);
  }

  /** @param source bytes of the command, with the order's parameters from `from` to `to`: the event repeats them */
  orderAccepted(order: number, listId: number, working: boolean, source: Uint8Array, from: number, to: number): void {
    const at = this.start(EventType.ORDER_ACCEPTED, EVENT_HEADER + 24 + to - from, working ? 1 : 0);
    this.identity(at, order);
    this.u64(at + 16, listId);
    const { view } = this;
    const target = at + 24 - from;
    const parameters = viewOf(source);
    for (let i = from; i < to; i += 4) view.setInt32(target + i, parameters.getInt32(i, true), true);
  }

  orderTriggered(order: number): void {
    this.identity(this.start(EventType.ORDER_TRIGGERED, EVENT_HEADER + 16, 0), order);
  }

  /**
   * A fill, after both orders were reduced.
   * @param fill quantity, then low and high of the quote amount, of the taker's fee and of the maker's fee
   */
  trade(market: Market, taker: number, maker: number, fill: Float64Array, takerFeeAsset: number, makerFeeAsset: number): void {
    const { f, i } = this.orders;
    const takerFlags = i[taker * 16 + FLAGS];
    const done = (f[taker * 8 + REMAINING] === 0 ? 2 : 0) | (f[maker * 8 + REMAINING] === 0 ? 4 : 0);
    const at = this.start(EventType.TRADE, EVENT_HEADER + 104, (takerFlags & SIDE_BIT) | done);
    const { view } = this;
    view.setInt32(at, market.instrument.symbol, true);
    view.setInt32(at + 4, 0, true);
    this.u64(at + 8, market.lastTradeId);
    this.u64(at + 16, f[maker * 8 + PRICE]);
    this.u64(at + 24, fill[0]);
    this.pair(at + 32, fill[1], fill[2]);
    this.u64(at + 40, f[taker * 8 + ID]);
    view.setInt32(at + 48, this.accountOf(taker), true);
    view.setInt32(at + 52, this.ledger.assets[takerFeeAsset].number, true);
    this.pair(at + 56, fill[3], fill[4]);
    this.u64(at + 64, f[taker * 8 + EXECUTED]);
    this.u64(at + 72, f[maker * 8 + ID]);
    view.setInt32(at + 80, this.accountOf(maker), true);
    view.setInt32(at + 84, this.ledger.assets[makerFeeAsset].number, true);
    this.pair(at + 88, fill[5], fill[6]);
    this.u64(at + 96, f[maker * 8 + EXECUTED]);
  }

  tradePrevented(market: Market, taker: number, maker: number, takerPrevented: number, makerPrevented: number, mode: number): void {
    const { f } = this.orders;
    const at = this.start(EventType.TRADE_PREVENTED, EVENT_HEADER + 64, mode);
    this.u64(at, market.instrument.symbol);
    this.u64(at + 8, market.lastPreventedId);
    this.u64(at + 16, f[maker * 8 + PRICE]);
    this.u64(at + 24, f[taker * 8 + ID]);
    this.view.setInt32(at + 32, this.accountOf(taker), true);
    this.view.setInt32(at + 36, this.accountOf(maker), true);
    this.u64(at + 40, takerPrevented);
    this.u64(at + 48, f[maker * 8 + ID]);
    this.u64(at + 56, makerPrevented);
  }

  orderAmended(order: number, keptPriority: boolean, text: string): void {
    const { f, coldF, coldI } = this.orders;
    const at = this.start(EventType.ORDER_AMENDED, EVENT_HEADER + 48 + padded(text.length), keptPriority ? 1 : 0);
    this.identity(at, order);
    this.u64(at + 16, f[order * 8 + PRICE]);
    this.u64(at + 24, coldF[order * 6 + QUANTITY]);
    this.view.setInt32(at + 32, coldI[order * 12 + KEY_LOW], true);
    this.view.setInt32(at + 36, coldI[order * 12 + KEY_HIGH], true);
    this.u64(at + 40, text.length);
    writeText(this.view, at + 48, text);
  }

  orderClosed(order: number, reason: CloseReason, text: string): void {
    const at = this.start(EventType.ORDER_CLOSED, EVENT_HEADER + 24 + padded(text.length), reason | (text.length << 8));
    this.identity(at, order);
    this.u64(at + 16, this.orders.f[order * 8 + EXECUTED]);
    if (text.length > 0) writeText(this.view, at + 24, text);
  }

  orderListChanged(id: number, account: number, symbol: number, contingency: number, status: number, ids: number[], text: string): void {
    const at = this.start(EventType.ORDER_LIST_CHANGED, EVENT_HEADER + 24 + ids.length * 8 + padded(text.length), 0);
    this.u64(at, id);
    this.view.setUint32(at + 8, account, true);
    this.view.setUint32(at + 12, symbol, true);
    this.u64(at + 16, contingency | (status << 8) | (ids.length << 16) | (text.length << 24));
    for (let i = 0; i < ids.length; i++) this.u64(at + 24 + i * 8, ids[i]);
    writeText(this.view, at + 24 + ids.length * 8, text);
  }

  balanceChanged(balance: number, cause: number): void {
    const at = this.start(EventType.BALANCE_CHANGED, EVENT_HEADER + 24, cause);
    const { f, i } = this.ledger;
    this.view.setInt32(at, i[balance * 12 + BALANCE_ACCOUNT], true);
    this.view.setUint32(at + 4, this.ledger.assets[i[balance * 12 + BALANCE_ASSET]].number, true);
    this.pair(at + 8, f[balance * 6 + FREE], f[balance * 6 + FREE + 1]);
    this.pair(at + 16, f[balance * 6 + LOCKED], f[balance * 6 + LOCKED + 1]);
  }

  /** @param index of a change noted by the market's book, which counts as told with this */
  levelChanged(market: Market, index: number): void {
    const noted = market.book.changedPrices[index];
    const at = this.start(EventType.LEVEL_CHANGED, EVENT_HEADER + 32, noted < 0 ? Side.BUY : Side.SELL);
    market.lastUpdateId += 1;
    this.u64(at, market.instrument.symbol);
    this.u64(at + 8, noted < 0 ? -noted - 1 : noted);
    this.u64(at + 16, market.book.changedQuantity(index));
    this.u64(at + 24, market.lastUpdateId);
  }

  accountChanged(account: Account): void {
    const at = this.start(EventType.ACCOUNT_CHANGED, EVENT_HEADER + 16, account.flags & 15);
    this.view.setUint32(at, account.number, true);
    this.view.setUint32(at + 4, account.feeTier, true);
    this.u64(at + 8, account.tradeGroup >>> 0);
  }

  feeTierChanged(feeTier: number, makerRate: number, takerRate: number, discount: number): void {
    const at = this.start(EventType.FEE_TIER_CHANGED, EVENT_HEADER + 16, 0);
    this.view.setUint32(at, feeTier, true);
    this.view.setInt32(at + 4, makerRate, true);
    this.view.setInt32(at + 8, takerRate, true);
    this.view.setInt32(at + 12, discount, true);
  }

  assetListed(asset: Asset, discountAsset: boolean): void {
    const at = this.start(EventType.ASSET_LISTED, EVENT_HEADER + 8 + padded(asset.name.length), 0);
    this.view.setUint32(at, asset.number, true);
    this.view.setUint32(at + 4, asset.decimals | (discountAsset ? 256 : 0) | (asset.name.length << 16), true);
    writeText(this.view, at + 8, asset.name);
  }

  symbolChanged(market: Market): void {
    const { instrument } = market;
    const at = this.start(EventType.SYMBOL_CHANGED, EVENT_HEADER + 16 + FILTERS + padded(instrument.name.length), 0);
    this.view.setUint32(at, instrument.symbol, true);
    this.view.setUint32(at + 4, this.ledger.assets[instrument.base].number, true);
    this.view.setUint32(at + 8, this.ledger.assets[instrument.quote].number, true);
    const decimals = instrument.priceDecimals | (instrument.quantityDecimals << 8);
    this.view.setUint32(at + 12, decimals | (market.state << 16) | (instrument.name.length << 24), true);
    writeFilters(this.view, at + 16, market.filters);
    writeText(this.view, at + 16 + FILTERS, instrument.name);
  }

  applied(commandType: number): void {
    this.start(EventType.APPLIED, EVENT_HEADER, commandType);
  }

  private accountOf(order: number): number {
    const position = this.orders.i[order * 16 + POSITION];
    return this.positions.i[position * 16 + ACCOUNT];
  }
}
