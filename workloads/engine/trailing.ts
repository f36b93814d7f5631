/**
 * Trailing orders that track the price. A sell remembers the highest price since it is active and fires when the price has fallen by its delta
 * from there; a buy the lowest, and fires on a rise.
 *
 * Orders of one side and delta form a lane of groups, each with one extreme. A new price that is better than the extremes of some groups makes
 * them one, and those groups are always the newest of the lane; the group that fires first is always the oldest. So a price costs each lane
 * one comparison at either end, and an order is moved between groups at most log2(n) times: the smaller group goes into the larger.
 */

import { Side } from "./commands";
import type { OrderPool } from "./order-pool";
import * as records from "./records";
import type { StateReader, StateWriter } from "./state-stream";

const { FLAGS, ID, NEXT, PREVIOUS, SIDE_BIT, TRAILING_GROUP } = records;

const BASIS = 10_000;

interface Group {
  extreme: number;
  head: number;
  tail: number;
  count: number;
  lane: Lane;
}

interface Lane {
  side: Side;
  delta: number;
  /** Oldest first: the first fires first, the last is nearest to the price. */
  groups: Group[];
}

/** floor(price x (10,000 + change) / 10,000), exact at any price. */
function scaled(price: number, change: number): number {
  const rest = price % BASIS;
  return ((price - rest) / BASIS) * (BASIS + change) + Math.floor((rest * (BASIS + change)) / BASIS);
}

/** Price at or behind which an order of this side and delta fires. */
export function trailingTrigger(side: Side, extreme: number, delta: number): number {
  if (side === Side.SELL) return scaled(extreme, -delta);
  // The least integer that is not below extreme x (1 + delta).
  return extreme + delta === Number.POSITIVE_INFINITY ? extreme : -scaled(-extreme, delta);
}

export class Trailing {
  private readonly lanes = new Map<number, Lane>();
  /** Group by number: an order in one has the number in its extra line. */
  private readonly groups: (Group | undefined)[] = [];
  private readonly spare: number[] = [];
  size = 0;

  constructor(private readonly orders: OrderPool) {}

  /** Starts to track for an order at `price`: the latest price, or 0 where there is none yet. */
  add(order: number, price: number): void {
    const side: Side = this.orders.i[order * 16 + FLAGS] & SIDE_BIT;
    const lane = this.lane(side, this.orders.trailing(order));
    const extreme = price === 0 && side === Side.BUY ? Number.POSITIVE_INFINITY : price;
    let group = lane.groups.at(-1);
    if (group === undefined || group.extreme !== extreme) {
      group = { extreme, head: 0, tail: 0, count: 0, lane };
      lane.groups.push(group);
      const number = this.spare.pop() ?? this.groups.length;
      this.groups[number] = group;
      this.append(group, number, order);
    } else this.append(group, this.orders.trailingGroup(group.head), order);
    this.size += 1;
  }

  /** Stops tracking for an order. */
  remove(order: number): void {
    const { i } = this.orders;
    const number = this.orders.trailingGroup(order);
    const group = this.groups[number]!;
    const next = i[order * 16 + NEXT];
    const previous = i[order * 16 + PREVIOUS];
    if (previous === 0) group.head = next;
    else i[previous * 16 + NEXT] = next;
    if (next === 0) group.tail = previous;
    else i[next * 16 + PREVIOUS] = previous;
    group.count -= 1;
    this.size -= 1;
    if (group.count > 0) return;
    group.lane.groups.splice(group.lane.groups.indexOf(group), 1);
    this.forget(number, group.lane);
  }

  /** Moves every extreme that `price` betters; returns the ids of the orders that it fires, ascending. They are tracked until removed. */
  move(price: number): number[] {
    const fired: number[] = [];
    for (const lane of this.lanes.values()) {
      this.follow(lane, price);
      const sells = lane.side === Side.SELL;
      for (const { extreme, head } of lane.groups) {
        const trigger = trailingTrigger(lane.side, extreme, lane.delta);
        if (sells ? price > trigger : price < trigger) break;
        for (let order = head; order !== 0; order = this.orders.i[order * 16 + NEXT]) fired.push(this.orders.f[order * 8 + ID]);
      }
    }
    return fired.sort((x, y) => x - y);
  }

  /** Makes one group, with `price` as its extreme, of all those that it betters. */
  private follow(lane: Lane, price: number): void {
    const { groups } = lane;
    const better = (extreme: number): boolean => (lane.side === Side.SELL ? price > extreme : price < extreme);
    while (groups.length > 0 && better(groups[groups.length - 1].extreme)) {
      const last = groups[groups.length - 1];
      const before = groups[groups.length - 2];
      if (before === undefined || !(better(before.extreme) || before.extreme === price)) {
        last.extreme = price;
        return;
      }
      groups.pop();
      const [into, from] = before.count >= last.count ? [before, last] : [last, before];
      into.extreme = before.extreme;
      groups[groups.length - 1] = into;
      this.merge(from, into);
    }
  }

  private merge(from: Group, into: Group): void {
    const number = this.orders.trailingGroup(into.head);
    const old = this.orders.trailingGroup(from.head);
    for (let order = from.head; order !== 0; ) {
      const next = this.orders.i[order * 16 + NEXT];
      this.append(into, number, order);
      order = next;
    }
    this.groups[old] = undefined;
    this.spare.push(old);
  }

  private append(group: Group, number: number, order: number): void {
    this.orders.setInteger(order, TRAILING_GROUP, number);
    const { i } = this.orders;
    i[order * 16 + NEXT] = 0;
    i[order * 16 + PREVIOUS] = group.tail;
    if (group.tail === 0) group.head = order;
    else i[group.tail * 16 + NEXT] = order;
    group.tail = order;
    group.count += 1;
  }

  private lane(side: Side, delta: number): Lane {
    const key = delta * 2 + side;
    let lane = this.lanes.get(key);
    if (lane === undefined) {
      lane = { side, delta, groups: [] };
      this.lanes.set(key, lane);
    }
    return lane;
  }

  private forget(number: number, lane: Lane): void {
    this.groups[number] = undefined;
    this.spare.push(number);
    if (lane.groups.length === 0) this.lanes.delete(lane.delta * 2 + lane.side);
  }

  /** Orders being tracked. */
  list(): number[] {
    const found: number[] = [];
    for (const group of this.groups) {
      for (let order = group?.head ?? 0; order !== 0; order = this.orders.i[order * 16 + NEXT]) found.push(order);
    }
    return found;
  }

  /** Lanes by side and delta, groups from the oldest on, orders by id. */
  write(to: StateWriter): void {
    const lanes = [...this.lanes].sort((x, y) => x[0] - y[0]);
    to.number(lanes.length);
    for (const [key, lane] of lanes) {
      to.number(key);
      to.number(lane.groups.length);
      for (const group of lane.groups) {
        const ids: number[] = [];
        for (let order = group.head; order !== 0; order = this.orders.i[order * 16 + NEXT]) ids.push(this.orders.f[order * 8 + ID]);
        to.number(group.extreme);
        to.number(ids.length);
        for (const id of ids.sort((x, y) => x - y)) to.number(id);
      }
    }
  }

  /** @param orders slots by id */
  read(from: StateReader, orders: Map<number, number>): void {
    for (let lanes = from.number(); lanes > 0; lanes--) {
      from.number();
      for (let groups = from.number(); groups > 0; groups--) {
        const extreme = from.number();
        for (let count = from.number(); count > 0; count--) {
          const order = orders.get(from.number());
          if (order === undefined) throw new RangeError("the state tracks the price for an order that it does not hold");
          this.add(order, extreme === Number.POSITIVE_INFINITY ? 0 : extreme);
        }
      }
    }
  }
}
