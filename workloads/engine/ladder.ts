/**
 * The levels of one side, sorted by price, best last: blocks of up to 32 (key, level) pairs and a sorted array of blocks. The best level is
 * the last entry of the last block, so that taking it away moves nothing; any other insertion or removal moves at most one block. The price
 * range is unbounded: memory follows the number of levels.
 */

const BLOCK = 32;

export class Ladder {
  /** Level slot at the best price; 0 on an empty side. */
  best = 0;
  /** Number of levels. */
  size = 0;
  private keys = new Float64Array(BLOCK);
  private slots = new Int32Array(BLOCK);
  /** By block number. */
  private counts = new Int32Array(1);
  /** By place in the order of prices: block number, and what no key in it or in a later block is below; that of the first block does not matter. */
  private order = new Int32Array(1);
  private lowest = new Float64Array(1);
  private blocks = 0;
  /** The block of the best level; where there is none, one without levels. */
  private top = 0;
  private spare: number[] = [0];

  /** @param sign 1 where the highest price is best (bids), -1 where the lowest is (asks) */
  constructor(readonly sign: 1 | -1) {}

  /** Place of the block that holds `key`, or into which it belongs. */
  private place(key: number): number {
    const { lowest } = this;
    let high = this.blocks - 1;
    if (high <= 0 || lowest[high] <= key) return Math.max(high, 0);
    let low = 0;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (lowest[middle] <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Index of the first key in the block that is not below `key`. */
  private search(block: number, key: number): number {
    const { keys } = this;
    let low = block * BLOCK;
    let high = low + this.counts[block];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Adds a level at a price that has none. */
  insert(price: number, level: number): void {
    const key = price * this.sign;
    // Most levels are made near the best one.
    const near = this.counts[this.top] > 0 && this.counts[this.top] < BLOCK && this.keys[this.top * BLOCK] < key;
    const block = near ? this.top : this.blockFor(key);
    const { keys, slots, counts } = this;
    const start = block * BLOCK;
    let at = start + counts[block];
    while (at > start && keys[at - 1] > key) {
      keys[at] = keys[at - 1];
      slots[at] = slots[at - 1];
      at -= 1;
    }
    keys[at] = key;
    slots[at] = level;
    counts[block] += 1;
    this.size += 1;
    this.best = slots[this.top * BLOCK + counts[this.top] - 1];
  }

  /** Takes the level at `price` away, which must be there. */
  remove(price: number): void {
    const key = price * this.sign;
    const { top, keys, slots, counts } = this;
    const last = top * BLOCK + counts[top] - 1;
    this.size -= 1;
    if (keys[last] !== key || counts[top] === 1) {
      this.removeFrom(this.place(key), key);
      return;
    }
    counts[top] -= 1;
    this.best = slots[last - 1];
  }

  private removeFrom(place: number, key: number): void {
    const block = this.order[place];
    const { keys, slots, counts } = this;
    counts[block] -= 1;
    const end = block * BLOCK + counts[block];
    for (let at = keys[end] === key ? end : this.search(block, key); at < end; at++) {
      keys[at] = keys[at + 1];
      slots[at] = slots[at + 1];
    }
    if (counts[block] === 0) this.dropBlock(place);
    this.best = this.blocks === 0 ? 0 : slots[this.top * BLOCK + counts[this.top] - 1];
  }

  /** Level slots from the best on, at most `limit`, appended to `into`. */
  list(into: number[], limit: number): void {
    for (let place = this.blocks - 1; place >= 0 && limit > 0; place--) {
      const block = this.order[place];
      for (let at = block * BLOCK + this.counts[block] - 1; at >= block * BLOCK && limit > 0; at--, limit--) into.push(this.slots[at]);
    }
  }

  /** The level next worse than the one at `price`; 0 at the end. */
  worse(price: number): number {
    const key = price * this.sign;
    const place = this.place(key);
    const block = this.order[place];
    const at = this.search(block, key);
    if (at > block * BLOCK) return this.slots[at - 1];
    if (place === 0) return 0;
    const below = this.order[place - 1];
    return this.slots[below * BLOCK + this.counts[below] - 1];
  }

  /** A block with room for `key`, which is to join it. */
  private blockFor(key: number): number {
    if (this.blocks === 0) this.addBlock(0, key);
    let place = this.place(key);
    if (this.counts[this.order[place]] === BLOCK) place = this.split(place, key);
    return this.order[place];
  }

  /** Halves the full block at `place`; returns the place of the half into which `key` belongs. */
  private split(place: number, key: number): number {
    const half = BLOCK / 2;
    const from = this.order[place];
    const middle = this.keys[from * BLOCK + half];
    this.addBlock(place + 1, middle);
    const to = this.order[place + 1];
    this.keys.copyWithin(to * BLOCK, from * BLOCK + half, from * BLOCK + BLOCK);
    this.slots.copyWithin(to * BLOCK, from * BLOCK + half, from * BLOCK + BLOCK);
    this.counts[from] = half;
    this.counts[to] = half;
    return key < middle ? place : place + 1;
  }

  private addBlock(place: number, lowest: number): void {
    if (this.spare.length === 0) this.grow();
    const block = this.spare.pop()!;
    this.order.copyWithin(place + 1, place, this.blocks);
    this.lowest.copyWithin(place + 1, place, this.blocks);
    this.order[place] = block;
    this.lowest[place] = lowest;
    this.counts[block] = 0;
    this.blocks += 1;
    this.top = this.order[this.blocks - 1];
  }

  private dropBlock(place: number): void {
    this.spare.push(this.order[place]);
    this.order.copyWithin(place, place + 1, this.blocks);
    this.lowest.copyWithin(place, place + 1, this.blocks);
    this.blocks -= 1;
    this.top = this.blocks === 0 ? 0 : this.order[this.blocks - 1];
  }

  private grow(): void {
    const old = this.counts.length;
    const double = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.keys = double(this.keys, new Float64Array(old * 2 * BLOCK));
    this.slots = double(this.slots, new Int32Array(old * 2 * BLOCK));
    this.counts = double(this.counts, new Int32Array(old * 2));
    this.order = double(this.order, new Int32Array(old * 2));
    this.lowest = double(this.lowest, new Float64Array(old * 2));
    for (let block = old * 2 - 1; block >= old; block--) this.spare.push(block);
  }

  get bytes(): number {
    return this.counts.length * (BLOCK * 12 + 16);
  }
}
