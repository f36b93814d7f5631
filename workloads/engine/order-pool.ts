/**
 * Open orders: one line each, and a second one, the extra line, for what only some have: a stop, an iceberg, a list, an amendment, a partial fill.
 * Of an order without it nothing is executed, all is shown, and its quantity is what remains.
 */

import { OrderType, Side } from "./commands";
import { type Memory, Pool } from "./memory";
import * as records from "./records";

const {
  AMENDS,
  EXECUTED,
  EXTRA,
  EXTRA_POOL,
  HIDDEN,
  ICEBERG,
  ID,
  LIST,
  ORDER_POOL,
  QUANTITY,
  REMAINING,
  SIDE_BIT,
  STOP,
  TRAILING,
  TRAILING_GROUP,
  TYPE_SHIFT,
} = records;

export { Place } from "./codes";

class Extras extends Pool {
  take(): number {
    return this.line();
  }

  give(line: number): void {
    this.giveLine(line);
  }
}

export class OrderPool extends Pool {
  readonly extras: Extras;

  constructor(memory: Memory, expected = 0) {
    super(memory, ORDER_POOL, expected);
    this.extras = new Extras(memory, EXTRA_POOL);
  }

  /** A line whose fields hold what was in them, but for EXTRA, which is 0: the caller sets all others. */
  allocate(): number {
    const order = this.line();
    this.memory.i[order * 16 + EXTRA] = 0;
    return order;
  }

  /** Frees the lines of an order. Its id is taken from it, so that nobody takes the line for the order. */
  release(order: number): void {
    const { f, i } = this.memory;
    const extra = i[order * 16 + EXTRA];
    if (extra !== 0) this.extras.give(extra);
    f[order * 8 + ID] = 0;
    this.giveLine(order);
  }

  /** The extra line of an order, made where there is none: the memory may be another array afterwards. */
  extend(order: number): number {
    const there = this.memory.i[order * 16 + EXTRA];
    if (there !== 0) return there;
    const extra = this.extras.take();
    const { f, i } = this.memory;
    f[extra * 8 + QUANTITY] = f[order * 8 + REMAINING];
    f[extra * 8 + EXECUTED] = 0;
    f[extra * 8 + HIDDEN] = 0;
    f[extra * 8 + STOP] = 0;
    f[extra * 8 + ICEBERG] = 0;
    i[extra * 16 + TRAILING] = 0;
    i[extra * 16 + AMENDS] = 0;
    i[extra * 16 + LIST] = 0;
    i[order * 16 + EXTRA] = extra;
    return extra;
  }

  /** A double of the extra line, and what it is without one. */
  private number(order: number, field: number): number {
    const { f, i } = this.memory;
    const extra = i[order * 16 + EXTRA];
    return extra === 0 ? 0 : f[extra * 8 + field];
  }

  private integer(order: number, field: number): number {
    const { i } = this.memory;
    const extra = i[order * 16 + EXTRA];
    return extra === 0 ? 0 : i[extra * 16 + field];
  }

  /** The order's total, in lots. */
  quantity(order: number): number {
    const { f, i } = this.memory;
    const extra = i[order * 16 + EXTRA];
    return extra === 0 ? f[order * 8 + REMAINING] : f[extra * 8 + QUANTITY];
  }

  executed(order: number): number {
    return this.number(order, EXECUTED);
  }

  hidden(order: number): number {
    return this.number(order, HIDDEN);
  }

  /** Lots shown in the book. */
  visible(order: number): number {
    return this.memory.f[order * 8 + REMAINING] - this.number(order, HIDDEN);
  }

  stop(order: number): number {
    return this.number(order, STOP);
  }

  iceberg(order: number): number {
    return this.number(order, ICEBERG);
  }

  trailing(order: number): number {
    return this.integer(order, TRAILING);
  }

  trailingGroup(order: number): number {
    return this.integer(order, TRAILING_GROUP);
  }

  amends(order: number): number {
    return this.integer(order, AMENDS);
  }

  list(order: number): number {
    return this.integer(order, LIST);
  }

  /** Sets a double of the extra line, which it gets only where the value is not the one that an order has without. */
  set(order: number, field: number, value: number): void {
    const without = field === QUANTITY ? this.memory.f[order * 8 + REMAINING] : 0;
    if (this.memory.i[order * 16 + EXTRA] === 0 && value === without) return;
    const extra = this.extend(order);
    this.memory.f[extra * 8 + field] = value;
  }

  /** The same of an integer. */
  setInteger(order: number, field: number, value: number): void {
    if (this.memory.i[order * 16 + EXTRA] === 0 && value === 0) return;
    const extra = this.extend(order);
    this.memory.i[extra * 16 + field] = value;
  }

  override get bytes(): number {
    return super.bytes + this.extras.bytes;
  }
}

/** Whether an order of these flags is of a type that waits for a price. */
export function isConditional(flags: number): boolean {
  return ((flags >> TYPE_SHIFT) & 7) >= OrderType.STOP_LOSS;
}

/** Whether a conditional order's stop is met when the price has risen to it. */
export function firesOnRise(flags: number): boolean {
  const type: OrderType = (flags >> TYPE_SHIFT) & 7;
  const loss = type === OrderType.STOP_LOSS || type === OrderType.STOP_LOSS_LIMIT;
  return loss === ((flags & SIDE_BIT) === Side.BUY);
}
