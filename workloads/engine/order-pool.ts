/**
 * Orders in two typed arrays: 64 hot bytes an order, which matching touches, and 48 cold ones. An order is a slot number from 1; freed slots
 * are used again. Each array is seen as doubles and as 32-bit integers.
 */

import { OrderType, Side } from "./commands";

/** Offsets into the hot record: `f[slot * 8 + ...]`, `i[slot * 16 + ...]`. */
export const ID = 0;
/** Lots still to execute, hidden ones included. */
export const REMAINING = 1;
/** Limit in ticks; of an unpriced stop buy the limit that its hold carries; 0 for none. */
export const PRICE = 2;
/** Lots shown in the book. */
export const VISIBLE = 3;
export const NEXT = 8;
export const PREVIOUS = 9;
export const LEVEL = 10;
export const POSITION = 11;
export const FLAGS = 12;
/** Its order list; 0 for none. */
export const LIST = 13;
/** Lots executed: `f[slot * 8 + EXECUTED]`. */
export const EXECUTED = 7;

/** Offsets into the cold record, whose QUANTITY is the order's total in lots: `coldF[slot * 6 + ...]`, `coldI[slot * 12 + ...]`. */
export const QUANTITY = 0;
export const STOP = 1;
export const ICEBERG = 2;
export const KEY_LOW = 6;
export const KEY_HIGH = 7;
export const POSITION_PREVIOUS = 8;
export const POSITION_NEXT = 9;
/** Trailing distance in basis points. */
export const TRAILING = 10;
export const AMENDS = 11;

/** Bits of FLAGS. */
export const SIDE_BIT = 1;
export const TYPE_SHIFT = 1;
export const TIME_IN_FORCE_SHIFT = 4;
export const PREVENTION_SHIFT = 6;
export const PLACE_SHIFT = 9;
export const PLACE_MASK = 7 << PLACE_SHIFT;
/** Its funds are held under its own name (an OCO holds once, for the dearer leg). */
export const HOLDS = 1 << 12;
/** Came to trade by a trigger. */
export const TRIGGERED = 1 << 13;

/**
 * Bits of the number of a record, of whatever kind: a number masked with them, which changes nothing, can be scaled and added to without a check
 * for an overflow. 67 million orders would take 7.5 GB.
 */
export const SLOTS = 0x3ffffff;

/** Where an order is. */
export enum Place {
  /** On its way into the book, or through it. */
  MOVING = 0,
  BOOK = 1,
  /** Waits for its trigger. */
  STOPS = 2,
  /** Waits for the working leg of its list. */
  PENDING = 3,
  /** Triggered, waits for its turn. */
  QUEUED = 4,
  /** Tracks the price. */
  TRAILING = 5,
}

export class OrderPool {
  f: Float64Array;
  i: Int32Array;
  coldF: Float64Array;
  coldI: Int32Array;
  /** Orders in use. */
  size = 0;
  private capacity: number;
  private free = 0;
  private fresh = 1;

  constructor(capacity = 1024) {
    this.capacity = Math.max(16, capacity + 1);
    this.f = new Float64Array(this.capacity * 8);
    this.i = new Int32Array(this.f.buffer);
    this.coldF = new Float64Array(this.capacity * 6);
    this.coldI = new Int32Array(this.coldF.buffer);
  }

  /** A slot whose fields hold what was in them: the caller sets all. */
  allocate(): number {
    this.size += 1;
    const slot = this.free;
    if (slot !== 0) {
      this.free = this.i[slot * 16 + NEXT];
      return slot;
    }
    if (this.fresh === this.capacity) this.grow();
    return this.fresh++;
  }

  release(slot: number): void {
    this.size -= 1;
    this.i[slot * 16 + NEXT] = this.free;
    this.free = slot;
  }

  private grow(): void {
    this.capacity *= 2;
    if (this.capacity > SLOTS + 1) throw new RangeError(`more than ${SLOTS >> 1} open orders; a shard has no room for more`);
    const hot = new Float64Array(this.capacity * 8);
    hot.set(this.f);
    this.f = hot;
    this.i = new Int32Array(hot.buffer);
    const cold = new Float64Array(this.capacity * 6);
    cold.set(this.coldF);
    this.coldF = cold;
    this.coldI = new Int32Array(cold.buffer);
  }

  get bytes(): number {
    return this.f.byteLength + this.coldF.byteLength;
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
