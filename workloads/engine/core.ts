/**
 * The parts that the state machine is made of, and the life of an order in them: how it holds funds, enters the exchange and leaves it.
 */

import { Side } from "./commands";
import { type Compiled, compiledFor, type Others } from "./compiled";
import { EventWriter } from "./event-writer";
import type { CloseReason } from "./events";
import { KeyIndex } from "./hash-index";
import { Ledger } from "./ledger";
import { LevelPool } from "./levels";
import type { Market } from "./market";
import { Memory } from "./memory";
import { isConditional, OrderPool, Place } from "./order-pool";
import { Positions } from "./positions";
import * as records from "./records";
import { ClientKeyIndex, OrderIndex } from "./table";

const {
  ALGO_ORDERS,
  BASE,
  CORE,
  FLAGS,
  FREE,
  HEAD,
  HOLDS,
  ICEBERG_ORDERS,
  KEY_HIGH,
  KEY_LOW,
  KILL,
  LAST_ORDER,
  LAST_SEQUENCE,
  LAST_TIME,
  LOCKED,
  MARKET_NUMBER,
  MINUTE_ENDS,
  OPEN_BUYS,
  PLACE_MASK,
  PLACE_SHIFT,
  POSITION,
  PRICE,
  QUOTE,
  REMAINING,
  ROW,
  SIDE_BIT,
  TRIGGERED,
} = records;

const TWO_32 = 4294967296;

/** An assertion of the state machine failed: the instance must be discarded, and nothing of the command may be published. */
export class InvariantViolation extends Error {
  override name = "InvariantViolation";
}

export function ensure(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

export class Core {
  readonly memory: Memory;
  readonly orders: OrderPool;
  readonly levels: LevelPool;
  readonly index: OrderIndex;
  readonly positions: Positions;
  readonly clientKeys: ClientKeyIndex;
  readonly ledger: Ledger;
  readonly markets: Market[] = [];
  readonly marketSlots = new KeyIndex();
  readonly writer: EventWriter;
  /** What is compiled, on the same memory. */
  readonly compiled: Compiled;
  /** Whom that asks, set by the exchange. */
  others!: Others;
  /** Rules in force, switched by `activate`. */
  version = 1;
  /** Markets that the command has touched, in the order of the first touch: the first `touchedCount`, which are used again. */
  readonly touched: Market[] = [];
  touchedCount = 0;

  constructor(
    readonly shard: number,
    orderCapacity: number,
  ) {
    this.memory = new Memory();
    this.compiled = compiledFor(this);
    this.orders = new OrderPool(this.memory, orderCapacity);
    this.levels = new LevelPool(this.compiled, this.memory);
    this.index = new OrderIndex(this.compiled, this.memory, orderCapacity);
    this.positions = new Positions(this.compiled, this.memory);
    this.clientKeys = new ClientKeyIndex(this.compiled, this.memory, orderCapacity);
    this.ledger = new Ledger(this.memory);
    this.writer = new EventWriter(shard, this.memory, this.orders, this.ledger);
  }

  /** Id of the latest order. */
  get lastOrderId(): number {
    return this.memory.f[CORE * 8 + LAST_ORDER];
  }

  set lastOrderId(id: number) {
    this.memory.f[CORE * 8 + LAST_ORDER] = id;
  }

  /** Shard time: the latest of any command. */
  get lastTime(): number {
    return this.memory.f[CORE * 8 + LAST_TIME];
  }

  get lastSequence(): number {
    return this.memory.f[CORE * 8 + LAST_SEQUENCE];
  }

  set lastSequence(sequence: number) {
    this.memory.f[CORE * 8 + LAST_SEQUENCE] = sequence;
  }

  /** The global kill switch. */
  get killed(): boolean {
    return this.memory.i[CORE * 16 + KILL] !== 0;
  }

  set killed(killed: boolean) {
    this.memory.i[CORE * 16 + KILL] = killed ? 1 : 0;
  }

  /** Moves the time of the shard, which the headers of events show. */
  setTime(time: number): void {
    const { f, i } = this.memory;
    f[CORE * 8 + LAST_TIME] = time;
    i[HEAD * 16 + 4] = time | 0;
    i[HEAD * 16 + 5] = (time / TWO_32) | 0;
  }

  market(symbol: number): Market | undefined {
    const slot = this.marketSlots.find(symbol, 0, 0);
    return slot === 0 ? undefined : this.markets[slot - 1];
  }

  marketOf(order: number): Market {
    return this.marketOfPosition(this.memory.i[order * 16 + POSITION]);
  }

  marketOfPosition(position: number): Market {
    const { i } = this.memory;
    return this.markets[i[i[position * 16 + ROW] * 16 + MARKET_NUMBER]];
  }

  /** The position of an account, by slot, in a market; opened where it is the first. */
  positionOf(owner: number, market: Market): number {
    const { ledger, positions } = this;
    const account = ledger.accounts[owner];
    const { symbol, base, quote } = market.instrument;
    const found = positions.find(account.number, symbol);
    if (found !== 0) return found;
    return positions.open(account, owner, symbol, market.row, ledger.balance(owner, base), ledger.balance(owner, quote));
  }

  /** The same by outside numbers, where there is no position yet; 0 where there is no such account or symbol. */
  openPosition(number: number, symbol: number): number {
    const owner = this.ledger.accountSlot(number);
    const slot = this.marketSlots.find(symbol, 0, 0);
    return owner === 0 || slot === 0 ? 0 : this.positionOf(owner, this.markets[slot - 1]);
  }

  touch(market: Market): void {
    if (market.touched) return;
    market.touched = true;
    if (this.lastTime >= this.memory.f[market.row * 8 + MINUTE_ENDS]) market.average.advance(this.lastTime);
    this.touched[this.touchedCount++] = market;
  }

  place(order: number): Place {
    return (this.orders.i[order * 16 + FLAGS] & PLACE_MASK) >> PLACE_SHIFT;
  }

  setPlace(order: number, place: Place): void {
    const at = order * 16 + FLAGS;
    this.orders.i[at] = (this.orders.i[at] & ~PLACE_MASK) | (place << PLACE_SHIFT);
  }

  /**
   * Moves what an order needs from free to locked: price x remaining, rounded up, for a buy, and the remaining base for a sell. Returns
   * false, with nothing done, where there is too little.
   */
  hold(order: number): boolean {
    const { orders, ledger, positions } = this;
    const position = orders.i[order * 16 + POSITION] * 16;
    const market = this.marketOf(order);
    const flags = orders.i[order * 16 + FLAGS];
    const buy = (flags & SIDE_BIT) === Side.BUY;
    const balance = positions.i[position + (buy ? QUOTE : BASE)];
    const remaining = orders.f[order * 8 + REMAINING];
    const amount = buy ? market.notionalUp(orders.f[order * 8 + PRICE], remaining) : market.baseUnits(remaining);
    if (amount < 0) {
      const wide = this.heldWide(order);
      if (ledger.get(balance, FREE) < wide) return false;
      ledger.addWide(balance, FREE, -wide);
      ledger.addWide(balance, LOCKED, wide);
    } else {
      if (!ledger.covers(balance, FREE, amount)) return false;
      ledger.subtract(balance, FREE, amount);
      ledger.add(balance, LOCKED, amount);
    }
    if (amount !== 0) ledger.touch(balance);
    orders.i[order * 16 + FLAGS] = flags | HOLDS;
    return true;
  }

  /** Gives back what an order holds, if it does. */
  release(order: number): void {
    const { orders, ledger, positions } = this;
    const flags = orders.i[order * 16 + FLAGS];
    if ((flags & HOLDS) === 0) return;
    orders.i[order * 16 + FLAGS] = flags & ~HOLDS;
    const position = orders.i[order * 16 + POSITION] * 16;
    const market = this.marketOf(order);
    const buy = (flags & SIDE_BIT) === Side.BUY;
    const balance = positions.i[position + (buy ? QUOTE : BASE)];
    const remaining = orders.f[order * 8 + REMAINING];
    const amount = buy ? market.notionalUp(orders.f[order * 8 + PRICE], remaining) : market.baseUnits(remaining);
    if (amount < 0) {
      const wide = this.heldWide(order);
      ledger.addWide(balance, LOCKED, -wide);
      ledger.addWide(balance, FREE, wide);
    } else {
      ledger.subtract(balance, LOCKED, amount);
      ledger.add(balance, FREE, amount);
    }
    if (amount !== 0) ledger.touch(balance);
  }

  /** Gives back what an order holds for `lots` that will not trade; they are still among its remaining lots. */
  shrinkHold(order: number, lots: number): void {
    const { orders, ledger, positions } = this;
    const flags = orders.i[order * 16 + FLAGS];
    if ((flags & HOLDS) === 0) return;
    const position = orders.i[order * 16 + POSITION] * 16;
    const market = this.marketOf(order);
    const remaining = orders.f[order * 8 + REMAINING];
    const price = orders.f[order * 8 + PRICE];
    const buy = (flags & SIDE_BIT) === Side.BUY;
    const balance = positions.i[position + (buy ? QUOTE : BASE)];
    const held = buy ? market.notionalUpWide(price, remaining) : market.baseUnitsWide(remaining);
    const left = buy ? market.notionalUpWide(price, remaining - lots) : market.baseUnitsWide(remaining - lots);
    ledger.addWide(balance, LOCKED, left - held);
    ledger.addWide(balance, FREE, held - left);
    ledger.touch(balance);
  }

  /** What an order that holds has locked, at any size. */
  heldWide(order: number): bigint {
    const { orders } = this;
    const market = this.marketOf(order);
    const remaining = orders.f[order * 8 + REMAINING];
    if ((orders.i[order * 16 + FLAGS] & SIDE_BIT) === Side.SELL) return market.baseUnitsWide(remaining);
    return market.notionalUpWide(orders.f[order * 8 + PRICE], remaining);
  }

  /** Makes an order known: indices, the owner's list and counts. Its id and fields are set. */
  attach(order: number): void {
    this.index.add(order);
    this.attachIndexed(order);
  }

  /** The same for an order that is in the index by its id. */
  attachIndexed(order: number): void {
    const { orders, positions } = this;
    if (orders.i[order * 16 + KEY_LOW] !== 0 || orders.i[order * 16 + KEY_HIGH] !== 0) this.clientKeys.add(order);
    const position = orders.i[order * 16 + POSITION];
    positions.link(position, order);
    const flags = orders.i[order * 16 + FLAGS];
    if (isConditional(flags) && (flags & TRIGGERED) === 0) positions.i[position * 16 + ALGO_ORDERS] += 1;
    if (orders.iceberg(order) > 0) positions.i[position * 16 + ICEBERG_ORDERS] += 1;
    const remaining = orders.f[order * 8 + REMAINING];
    if ((flags & SIDE_BIT) === Side.BUY) positions.f[position * 8 + OPEN_BUYS] += remaining;
    this.marketOf(order).openLots += remaining;
  }

  /** Forgets an order that is in no queue any more and holds nothing, and frees its slot. */
  detach(order: number): void {
    const { orders, positions } = this;
    this.index.remove(order);
    if (orders.i[order * 16 + KEY_LOW] !== 0 || orders.i[order * 16 + KEY_HIGH] !== 0) this.clientKeys.remove(order);
    const position = orders.i[order * 16 + POSITION];
    positions.unlink(position, order);
    const flags = orders.i[order * 16 + FLAGS];
    if (isConditional(flags) && (flags & TRIGGERED) === 0) positions.i[position * 16 + ALGO_ORDERS] -= 1;
    if (orders.iceberg(order) > 0) positions.i[position * 16 + ICEBERG_ORDERS] -= 1;
    const remaining = orders.f[order * 8 + REMAINING];
    if ((flags & SIDE_BIT) === Side.BUY) positions.f[position * 8 + OPEN_BUYS] -= remaining;
    this.marketOf(order).openLots -= remaining;
    orders.release(order);
  }

  /** Ends an order that is not filled: out of its queue, funds back, one event. */
  close(order: number, reason: CloseReason, text: string): void {
    this.withdraw(order);
    this.release(order);
    this.writer.orderClosed(order, reason, text);
    this.detach(order);
  }

  /** Takes an order out of the queue in which it waits, if any. */
  withdraw(order: number): void {
    const place = this.place(order);
    if (place === Place.BOOK) {
      const market = this.marketOf(order);
      this.touch(market);
      market.book.remove(order);
    } else if (place === Place.STOPS || place === Place.TRAILING) {
      const market = this.marketOf(order);
      if (place === Place.STOPS) market.stops.remove(order);
      else market.trailing.remove(order);
      market.countWaiting();
    }
    this.setPlace(order, Place.MOVING);
  }
}
