/**
 * Orders that wait for a price. Every trade price fires first the stops on a rise, the lowest first, then those on a fall, the highest first,
 * then trailing orders by id; at one price the order of acceptance decides. What has fired waits in a queue and is executed in turn, after the
 * order whose trades fired it has rested or ended: a cascade is a loop, and each order is fired once.
 */

import { OrderType, Side } from "./commands";
import type { Core } from "./core";
import { CloseReason } from "./events";
import type { Lists } from "./lists";
import type { Market } from "./market";
import type { Matching } from "./matching";
import { firesOnRise, isConditional, Place } from "./order-pool";
import * as records from "./records";

const { ALGO_ORDERS, FLAGS, ID, LEVEL_PRICE, NEXT, POSITION, PRICE, QUOTE, REMAINING, SIDE_BIT, TRIGGERED, TYPE_SHIFT } = records;

export class Triggers {
  /** Ids of orders that wait for their turn: fired ones, and legs whose working leg is filled. */
  private readonly queue: number[] = [];

  constructor(
    private readonly core: Core,
    private readonly matching: Matching,
    private readonly lists: Lists,
    private readonly mayTrade: (market: Market, position: number) => number,
  ) {}

  /** Whether a conditional order's stop is met already; never before the first trade. */
  met(market: Market, order: number): boolean {
    const { orders } = this.core;
    const stop = orders.stop(order);
    if (stop === 0 || market.lastPrice === 0) return false;
    return firesOnRise(orders.i[order * 16 + FLAGS]) ? market.lastPrice >= stop : market.lastPrice <= stop;
  }

  /** Lets an accepted conditional order wait for its price. */
  park(market: Market, order: number): void {
    const { core } = this;
    const trails = core.orders.trailing(order) !== 0;
    if (trails && (core.orders.stop(order) === 0 || this.met(market, order))) this.track(market, order, market.lastPrice);
    else {
      core.setPlace(order, Place.STOPS);
      market.insertStop(order);
    }
  }

  private track(market: Market, order: number, price: number): void {
    this.core.setPlace(order, Place.TRAILING);
    market.trailing.add(order, price);
    market.countWaiting();
  }

  /** Queues a leg whose working leg is filled. */
  enqueue(order: number): void {
    this.core.setPlace(order, Place.QUEUED);
    this.queue.push(this.core.orders.f[order * 8 + ID]);
  }

  /** Fires what the trades so far have fired, executes it in turn, and goes on until nothing fires. */
  run(market: Market): void {
    const { core, queue } = this;
    for (let next = 0; ; next++) {
      for (let n = 0; n < market.prices; n++) this.fire(market, market.tradedPrices[n]);
      market.prices = 0;
      if (next === queue.length) break;
      const order = core.index.find(queue[next]);
      if (order !== 0) this.turn(market, order);
    }
    if (queue.length > 0) queue.length = 0;
  }

  private fire(market: Market, price: number): void {
    const { core } = this;
    const { stops, trailing } = market;
    const activated: number[] = [];
    for (let level = stops.asks.best; level !== 0 && stops.f[level * 8 + LEVEL_PRICE] <= price; level = stops.asks.best) {
      this.unpark(market, stops.i[level * 16 + NEXT], activated);
    }
    for (let level = stops.bids.best; level !== 0 && stops.f[level * 8 + LEVEL_PRICE] >= price; level = stops.bids.best) {
      this.unpark(market, stops.i[level * 16 + NEXT], activated);
    }
    if (trailing.size > 0) {
      for (const id of trailing.move(price)) {
        const order = core.index.find(id);
        // One price may fire both legs of an OCO: the second is gone with the first.
        if (order === 0) continue;
        trailing.remove(order);
        market.countWaiting();
        core.setPlace(order, Place.MOVING);
        this.trigger(order);
      }
    }
    for (const order of activated) this.track(market, order, price);
  }

  /** A stop is met: its order fires, or starts to track the price. */
  private unpark(market: Market, order: number, activated: number[]): void {
    market.stops.remove(order);
    market.countWaiting();
    this.core.setPlace(order, Place.MOVING);
    if (this.core.orders.trailing(order) !== 0) activated.push(order);
    else this.trigger(order);
  }

  private trigger(order: number): void {
    const { core } = this;
    const { orders, positions } = core;
    orders.i[order * 16 + FLAGS] |= TRIGGERED;
    positions.i[orders.i[order * 16 + POSITION] * 16 + ALGO_ORDERS] -= 1;
    core.writer.orderTriggered(order);
    this.enqueue(order);
    const list = orders.list(order);
    if (list !== 0 && !this.lists.working(order, list)) this.matching.cancel(order, CloseReason.REJECTED_ON_TRIGGER, "");
  }

  /** The turn of a queued order: it trades, or a leg that has become live waits for its own price. */
  private turn(market: Market, order: number): void {
    const { core, matching } = this;
    const { orders, positions } = core;
    const flags = orders.i[order * 16 + FLAGS];
    const position = orders.i[order * 16 + POSITION];
    const type: OrderType = (flags >> TYPE_SHIFT) & 7;
    core.setPlace(order, Place.MOVING);
    if (this.mayTrade(market, position) !== 0) {
      matching.cancel(order, CloseReason.REJECTED_ON_TRIGGER, "");
      return;
    }
    if ((flags & TRIGGERED) === 0) {
      if (!this.lists.goLive(order)) return;
      core.writer.orderTriggered(order);
      if (isConditional(flags)) {
        const met = orders.trailing(order) === 0 && this.met(market, order);
        if (met) this.trigger(order);
        else this.park(market, order);
        return;
      }
    }
    const price = orders.f[order * 8 + PRICE];
    const side: Side = flags & SIDE_BIT;
    let refused = type === OrderType.LIMIT_MAKER && matching.crosses(market, side, price);
    if (type === OrderType.MARKET && side === Side.BUY) {
      matching.walk(market, order, orders.f[order * 8 + REMAINING], true);
      refused = !matching.affordable(positions.i[position * 16 + QUOTE]);
    }
    if (refused) matching.cancel(order, CloseReason.REJECTED_ON_TRIGGER, "");
    else matching.execute(market, order);
  }
}
