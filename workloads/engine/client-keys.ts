/**
 * (account, client key) -> slot of the open order that bears it. A cell is (hash of the key, slot); the key itself is in the order, which is
 * looked at only where the whole hash is equal. Like the other tables: open addressing, no tombstones.
 */

import { mix } from "./hash-index";
import type { OrderPool } from "./order-pool";
import * as orderFields from "./order-pool";
import type { Positions } from "./positions";
import * as positionFields from "./positions";

const { KEY_HIGH, KEY_LOW, POSITION } = orderFields;
const { OWNER } = positionFields;

export class ClientKeyIndex {
  cells = new Int32Array(64 * 2);
  private mask = 63;
  size = 0;

  constructor(
    private readonly orders: OrderPool,
    private readonly positions: Positions,
  ) {}

  /** Word of {@link cells} where {@link find} will begin; for {@link Prefetch}. */
  home(owner: number, low: number, high: number): number {
    return (mix(owner, low, high) & this.mask) * 2;
  }

  find(owner: number, low: number, high: number): number {
    const { cells, mask } = this;
    const hash = mix(owner, low, high);
    for (let cell = hash & mask; ; cell = (cell + 1) & mask) {
      const slot = cells[cell * 2 + 1];
      if (slot === 0) return 0;
      if (cells[cell * 2] === hash && this.bears(slot, owner, low, high)) return slot;
    }
  }

  /** Adds an order of `owner` under a key that it will bear; returns false, with nothing done, where another order of the owner bears it. */
  claim(slot: number, owner: number, low: number, high: number): boolean {
    if (this.size * 5 >= this.mask * 4) this.grow();
    const { cells, mask } = this;
    const hash = mix(owner, low, high);
    let cell = hash & mask;
    for (let other = cells[cell * 2 + 1]; other !== 0; other = cells[cell * 2 + 1]) {
      if (cells[cell * 2] === hash && this.bears(other, owner, low, high)) return false;
      cell = (cell + 1) & mask;
    }
    cells[cell * 2] = hash;
    cells[cell * 2 + 1] = slot;
    this.size += 1;
    return true;
  }

  private bears(slot: number, owner: number, low: number, high: number): boolean {
    const { coldI } = this.orders;
    return coldI[slot * 12 + KEY_LOW] === low && coldI[slot * 12 + KEY_HIGH] === high && this.owner(slot) === owner;
  }

  /** Adds an order under its own key, which must be unique. */
  add(slot: number): void {
    if (this.size * 5 >= this.mask * 4) this.grow();
    this.put(this.hash(slot), slot);
    this.size += 1;
  }

  remove(slot: number): void {
    const { coldI } = this.orders;
    this.removeOf(slot, this.owner(slot), coldI[slot * 12 + KEY_LOW], coldI[slot * 12 + KEY_HIGH]);
  }

  /** The same where the order's owner and key are at hand. */
  removeOf(slot: number, owner: number, low: number, high: number): void {
    const { cells, mask } = this;
    let hole = mix(owner, low, high) & mask;
    while (cells[hole * 2 + 1] !== slot) hole = (hole + 1) & mask;
    for (let next = (hole + 1) & mask; cells[next * 2 + 1] !== 0; next = (next + 1) & mask) {
      if (((next - cells[next * 2]) & mask) < ((next - hole) & mask)) continue;
      cells[hole * 2] = cells[next * 2];
      cells[hole * 2 + 1] = cells[next * 2 + 1];
      hole = next;
    }
    cells[hole * 2 + 1] = 0;
    this.size -= 1;
  }

  private owner(slot: number): number {
    return this.positions.i[this.orders.i[slot * 16 + POSITION] * 16 + OWNER];
  }

  private hash(slot: number): number {
    const { coldI } = this.orders;
    return mix(this.owner(slot), coldI[slot * 12 + KEY_LOW], coldI[slot * 12 + KEY_HIGH]);
  }

  private put(hash: number, slot: number): void {
    let cell = hash & this.mask;
    while (this.cells[cell * 2 + 1] !== 0) cell = (cell + 1) & this.mask;
    this.cells[cell * 2] = hash;
    this.cells[cell * 2 + 1] = slot;
  }

  private grow(): void {
    const old = this.cells;
    this.cells = new Int32Array(old.length * 2);
    this.mask = old.length - 1;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] !== 0) this.put(old[at], old[at + 1]);
    }
  }

  get bytes(): number {
    return this.cells.byteLength;
  }
}
