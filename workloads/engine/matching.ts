/**
 * Executes an order against the book: price-time priority, self-trade prevention, icebergs, execution band, then rest or expire. Everything
 * here is a loop over makers; nothing recurses.
 */

import { OrderType, SelfTradePrevention, Side, TimeInForce } from "./commands";
import { type Core, ensure } from "./core";
import { CloseReason } from "./events";
import { Fills } from "./fills";
import type { Lists } from "./lists";
import type { Market } from "./market";
import { Place } from "./order-pool";
import * as records from "./records";
import { Settlement } from "./settlement";

const {
  EXECUTED,
  EXTRA,
  FLAGS,
  FREE,
  GROUP,
  HIDDEN,
  ID,
  LEVEL,
  LEVEL_HIDDEN,
  LEVEL_PRICE,
  LEVEL_VISIBLE,
  NEXT,
  OPEN_BUYS,
  ORDERS,
  OWNER,
  POSITION,
  PREVENTION_SHIFT,
  PRICE,
  REMAINING,
  SIDE_BIT,
  TAKER,
  TIME_IN_FORCE_SHIFT,
  TRIGGERED,
  TYPE_SHIFT,
  WIDE,
} = records;

export class Matching {
  readonly fills: Fills;
  private readonly settlement: Settlement;
  /** Result of {@link walk}: lots that can be had, and what they cost at most, in quote units, as a number while below 2^52. */
  available = 0;
  cost = 0;
  costWide = 0n;

  constructor(
    private readonly core: Core,
    private readonly lists: Lists,
  ) {
    this.fills = new Fills(core);
    this.settlement = new Settlement(core);
  }

  /** Whether an order at `price` (0: at any) would trade with the best order of the other side. */
  crosses(market: Market, side: Side, price: number): boolean {
    const { book } = market;
    const best = side === Side.BUY ? book.asks.best : book.bids.best;
    if (best === 0) return false;
    if (price === 0) return true;
    const opposite = book.f[best * 8 + LEVEL_PRICE];
    return side === Side.BUY ? opposite <= price : opposite >= price;
  }

  /**
   * Trades an order of which everything is known and held, and rests, closes or forgets it.
   * @param reason with which a rest that may not stay is closed where the book has no more for it
   */
  execute(market: Market, order: number): void {
    const { core } = this;
    const { orders } = core;
    const flags = orders.i[order * 16 + FLAGS];
    const type = (flags >> TYPE_SHIFT) & 7;
    const timeInForce = (flags >> TIME_IN_FORCE_SHIFT) & 3;
    const unpriced = type === OrderType.MARKET || type === OrderType.STOP_LOSS || type === OrderType.TAKE_PROFIT;
    core.touch(market);
    if (timeInForce === TimeInForce.FOK && !unpriced && !this.fillable(market, order)) {
      this.cancel(order, CloseReason.FOK_EXPIRED, "");
      return;
    }
    this.fills.begin(market, flags & SIDE_BIT);
    // What it holds, if anything, was held by this command.
    if (orders.i[order * 16 + EXTRA] === 0 && (flags & TRIGGERED) === 0) this.fill(market, order, unpriced);
    this.resume(market, order);
  }

  /** Fills an order that has just come, as far as makers are usual. What it holds is free meanwhile. */
  private fill(market: Market, order: number, unpriced: boolean): void {
    const { core, fills } = this;
    const buys = (core.memory.i[order * 16 + FLAGS] & SIDE_BIT) === Side.BUY;
    // Balances are told in another order where a fill loosens a hold of 2^52 or more.
    if (buys && market.notionalUp(core.memory.f[order * 8 + PRICE], core.memory.f[order * 8 + REMAINING]) < 0) return;
    core.release(order);
    const { f, i } = core.memory;
    f[TAKER * 8 + ID] = f[order * 8 + ID];
    f[TAKER * 8 + REMAINING] = f[order * 8 + REMAINING];
    f[TAKER * 8 + PRICE] = f[order * 8 + PRICE];
    if (unpriced) f[TAKER * 8 + PRICE] = buys ? Number.MAX_SAFE_INTEGER : 1;
    i[TAKER * 16 + POSITION] = i[order * 16 + POSITION];
    i[TAKER * 16 + FLAGS] = i[order * 16 + FLAGS];
    fills.run(market);
    const { executed } = fills;
    if (executed > 0) {
      core.orders.set(order, EXECUTED, executed);
      const { f: after } = core.memory;
      after[order * 8 + REMAINING] = after[TAKER * 8 + REMAINING];
      if (buys) after[core.memory.i[order * 16 + POSITION] * 8 + OPEN_BUYS] -= executed;
      market.openLots -= executed;
    }
    if (core.memory.f[order * 8 + REMAINING] > 0) ensure(core.hold(order), "what an order may pay was there when it came");
  }

  /** Whether all that remains of an order could be filled at once. */
  fillable(market: Market, order: number): boolean {
    const { f } = this.core.orders;
    this.walk(market, order, f[order * 8 + REMAINING], false);
    return this.available >= f[order * 8 + REMAINING];
  }

  /** As {@link execute} for an order that has begun to trade, with what remains of it. */
  resume(market: Market, order: number): void {
    const { orders } = this.core;
    const flags = orders.i[order * 16 + FLAGS];
    const type = (flags >> TYPE_SHIFT) & 7;
    const timeInForce = (flags >> TIME_IN_FORCE_SHIFT) & 3;
    const unpriced = type === OrderType.MARKET || type === OrderType.STOP_LOSS || type === OrderType.TAKE_PROFIT;
    let reason = this.match(market, order, flags);
    if (reason === 0 && unpriced) {
      const limited = orders.f[order * 8 + PRICE] !== 0 && this.crosses(market, flags & SIDE_BIT, 0);
      reason = limited ? CloseReason.PRICE_RANGE_EXCEEDED : CloseReason.INSUFFICIENT_LIQUIDITY;
    }
    if (orders.f[order * 8 + REMAINING] === 0 && orders.executed(order) > 0) this.filled(order);
    else if (reason !== 0) this.cancel(order, reason, "");
    else if (timeInForce !== TimeInForce.GTC)
      this.cancel(order, timeInForce === TimeInForce.IOC ? CloseReason.IOC_EXPIRED : CloseReason.FOK_EXPIRED, "");
    else this.rest(market, order);
  }

  /** Closes an order, and with a leg its list. */
  cancel(order: number, reason: CloseReason, text: string): void {
    const list = this.core.orders.list(order);
    if (list === 0) this.core.close(order, reason, text);
    else this.lists.close(order, list, reason, text);
  }

  /** Puts an order into the book without matching. */
  rest(market: Market, order: number): void {
    const { core } = this;
    const { orders } = core;
    core.touch(market);
    const iceberg = orders.iceberg(order);
    const remaining = orders.f[order * 8 + REMAINING];
    orders.set(order, HIDDEN, iceberg > 0 && iceberg < remaining ? remaining - iceberg : 0);
    core.setPlace(order, Place.BOOK);
    market.book.insert(order, orders.i[order * 16 + FLAGS] & SIDE_BIT, orders.f[order * 8 + PRICE]);
  }

  /** Forgets an order of which nothing remains. */
  private filled(order: number): void {
    const list = this.core.orders.list(order);
    if (list !== 0) this.lists.filled(order, list);
    this.core.detach(order);
    if (list !== 0) this.lists.settle(list);
  }

  /** Trades while prices cross. Returns why it stopped before the book did, or 0. */
  private match(market: Market, taker: number, flags: number): CloseReason | 0 {
    const { core, lists } = this;
    const { orders, positions } = core;
    const { book } = market;
    const buys = (flags & SIDE_BIT) === Side.BUY;
    const ladder = buys ? book.asks : book.bids;
    const limit = orders.f[taker * 8 + PRICE];
    const mode: SelfTradePrevention = (flags >> PREVENTION_SHIFT) & 7;
    const position = orders.i[taker * 16 + POSITION] * 16;
    const owner = positions.i[position + OWNER];
    const group = positions.i[position + GROUP];
    const { band } = this.fills;
    while (orders.f[taker * 8 + REMAINING] > 0) {
      const level = ladder.best;
      if (level === 0) return 0;
      const price = book.f[level * 8 + LEVEL_PRICE];
      if (limit !== 0 && (buys ? price > limit : price < limit)) return 0;
      if (band !== 0 && (buys ? price > band : price < band)) return CloseReason.PRICE_RANGE_EXCEEDED;
      const maker = book.i[level * 16 + NEXT];
      if (mode !== SelfTradePrevention.NONE) {
        const other = orders.i[maker * 16 + POSITION] * 16;
        if (positions.i[other + OWNER] === owner || (group !== 0 && positions.i[other + GROUP] === group)) {
          if (this.prevent(market, taker, maker, mode)) return CloseReason.SELF_TRADE;
          continue;
        }
      }
      const list = orders.list(maker);
      // Nothing was taken off what the other leg, which is not in the book, may have held for it.
      if (list !== 0) ensure(lists.working(maker, list), "a leg can hold what its list has released");
      const wanted = orders.f[taker * 8 + REMAINING];
      const shown = orders.visible(maker);
      this.settlement.settle(market, taker, maker, Math.min(wanted, shown));
      if (orders.visible(maker) > 0) continue;
      if (orders.f[maker * 8 + REMAINING] > 0) book.replenish(maker, orders.iceberg(maker));
      else {
        book.remove(maker);
        this.filled(maker);
      }
    }
    return 0;
  }

  /** Two orders of one owner met. Returns whether the taker's rest is to be closed. */
  private prevent(market: Market, taker: number, maker: number, mode: SelfTradePrevention): boolean {
    const { core } = this;
    const { f } = core.orders;
    market.lastPreventedId += 1;
    const takerLeft = f[taker * 8 + REMAINING];
    const makerLeft = f[maker * 8 + REMAINING];
    if (mode === SelfTradePrevention.DECREMENT) {
      const lost = Math.min(takerLeft, makerLeft);
      core.writer.tradePrevented(market, taker, maker, lost, lost, mode);
      this.decrement(market, taker, maker, lost);
      return lost === takerLeft;
    }
    const takerExpires = mode !== SelfTradePrevention.EXPIRE_MAKER;
    const makerExpires = mode !== SelfTradePrevention.EXPIRE_TAKER;
    core.writer.tradePrevented(market, taker, maker, takerExpires ? takerLeft : 0, makerExpires ? makerLeft : 0, mode);
    if (makerExpires) this.cancel(maker, CloseReason.SELF_TRADE, "");
    return takerExpires;
  }

  /** Both orders lose `lost` lots and what these held; the maker is closed where nothing remains of it. */
  private decrement(market: Market, taker: number, maker: number, lost: number): void {
    const { core } = this;
    const { f } = core.orders;
    if (lost === f[maker * 8 + REMAINING]) this.cancel(maker, CloseReason.SELF_TRADE, "");
    else this.cut(maker, lost, market);
    if (lost < f[taker * 8 + REMAINING]) this.cut(taker, lost, market);
  }

  /** Takes lots off an order without a trade; its hold shrinks with them. An iceberg's visible part goes first. */
  cut(order: number, lots: number, market: Market): void {
    const { core } = this;
    const { orders } = core;
    const flags = orders.i[order * 16 + FLAGS];
    core.shrinkHold(order, lots);
    orders.extend(order);
    if ((flags & SIDE_BIT) === Side.BUY) core.positions.f[orders.i[order * 16 + POSITION] * 8 + OPEN_BUYS] -= lots;
    market.openLots -= lots;
    if (core.place(order) === Place.BOOK) {
      core.touch(market);
      market.book.shrink(order, lots);
    } else orders.f[order * 8 + REMAINING] -= lots;
  }

  /**
   * Looks how much of `quantity` lots an order could trade within its limit and band, and, where `priced`, what that costs at most: for each
   * level the notional rounded down. Self-trade prevention takes part as it would in the execution.
   */
  walk(market: Market, order: number, quantity: number, priced: boolean): void {
    const { orders, positions } = this.core;
    const { book } = market;
    const flags = orders.i[order * 16 + FLAGS];
    const buys = (flags & SIDE_BIT) === Side.BUY;
    const ladder = buys ? book.asks : book.bids;
    const limit = orders.f[order * 8 + PRICE];
    const band = market.band(buys);
    const position = orders.i[order * 16 + POSITION] * 16;
    const alone = positions.i[position + GROUP] === 0 && positions.i[position + ORDERS] === 0;
    const mode: SelfTradePrevention = alone ? SelfTradePrevention.NONE : (flags >> PREVENTION_SHIFT) & 7;
    this.available = 0;
    this.cost = 0;
    this.costWide = 0n;
    this.needed = quantity;
    for (let level = ladder.best; level !== 0 && this.needed > 0; level = ladder.worse(book.f[level * 8 + LEVEL_PRICE])) {
      const price = book.f[level * 8 + LEVEL_PRICE];
      if (limit !== 0 && (buys ? price > limit : price < limit)) return;
      if (band !== 0 && (buys ? price > band : price < band)) return;
      let lots = Math.min(this.needed, book.f[level * 8 + LEVEL_VISIBLE] + book.f[level * 8 + LEVEL_HIDDEN]);
      if (mode === SelfTradePrevention.NONE) this.needed -= lots;
      else lots = this.foreign(book.i[level * 16 + NEXT], position, mode);
      this.available += lots;
      if (priced) this.addCost(market, price, lots);
    }
  }

  /** Lots that {@link walk} still needs. */
  private needed = 0;

  /** Lots in a queue that an order with self-trade prevention would trade; hidden parts come after all visible ones. */
  private foreign(head: number, position: number, mode: SelfTradePrevention): number {
    const { orders, positions } = this.core;
    const owner = positions.i[position + OWNER];
    const group = positions.i[position + GROUP];
    let lots = 0;
    let hidden = 0;
    const level = orders.i[head * 16 + LEVEL];
    for (let maker = head; maker !== level && this.needed > 0; maker = orders.i[maker * 16 + NEXT]) {
      const other = orders.i[maker * 16 + POSITION] * 16;
      const remaining = orders.f[maker * 8 + REMAINING];
      if (positions.i[other + OWNER] !== owner && (group === 0 || positions.i[other + GROUP] !== group)) {
        const visible = orders.visible(maker);
        const taken = Math.min(visible, this.needed);
        lots += taken;
        this.needed -= taken;
        hidden += remaining - visible;
      } else if (mode === SelfTradePrevention.DECREMENT) this.needed -= Math.min(remaining, this.needed);
      else if (mode !== SelfTradePrevention.EXPIRE_MAKER) this.needed = 0;
    }
    const taken = Math.min(hidden, this.needed);
    this.needed -= taken;
    return lots + taken;
  }

  private addCost(market: Market, price: number, lots: number): void {
    const cost = market.notional(price, lots);
    if (cost >= 0 && this.cost + cost < WIDE) this.cost += cost;
    else {
      this.costWide += market.notionalWide(price, lots) + BigInt(this.cost);
      this.cost = 0;
    }
  }

  /** Whether a free balance covers what {@link walk} found. */
  affordable(balance: number): boolean {
    const { ledger } = this.core;
    if (this.costWide === 0n) return ledger.covers(balance, FREE, this.cost);
    return ledger.get(balance, FREE) >= this.costWide + BigInt(this.cost);
  }

  /**
   * Lots that `amount` quote units buy, or that must be sold to receive no more than it, from the best price on, rounded down to the step of
   * LOT_SIZE. Makers that self-trade prevention would take away do not count.
   */
  lotsFor(market: Market, order: number, amount: bigint): number {
    const { orders } = this.core;
    const { book, filters } = market;
    const buys = (orders.i[order * 16 + FLAGS] & SIDE_BIT) === Side.BUY;
    const ladder = buys ? book.asks : book.bids;
    const position = orders.i[order * 16 + POSITION] * 16;
    const skips = ((orders.i[order * 16 + FLAGS] >> PREVENTION_SHIFT) & 7) === SelfTradePrevention.EXPIRE_MAKER;
    const divisor = BigInt(market.divisor);
    let left = amount;
    let lots = 0;
    for (let level = ladder.best; level !== 0; level = ladder.worse(book.f[level * 8 + LEVEL_PRICE])) {
      const price = book.f[level * 8 + LEVEL_PRICE];
      let there = book.f[level * 8 + LEVEL_VISIBLE] + book.f[level * 8 + LEVEL_HIDDEN];
      if (skips) {
        this.needed = Number.POSITIVE_INFINITY;
        there = this.foreign(book.i[level * 16 + NEXT], position, SelfTradePrevention.EXPIRE_MAKER);
      }
      const cost = market.notionalUpWide(price, there);
      if (cost <= left) {
        left -= cost;
        lots += there;
        continue;
      }
      lots += Number((left * divisor) / (BigInt(price) * BigInt(market.multiplier)));
      break;
    }
    return lots - (lots % filters.quantityStep);
  }
}
