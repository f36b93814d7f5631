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
  /** By place in the order of prices: block number, and its lowest key. */
  private order = new Int32Array(1);
  private lowest = new Float64Array(1);
  private blocks = 0;
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

  /** Level slot at `price`, or 0. */
  find(price: number): number {
    if (this.blocks === 0) return 0;
    const key = price * this.sign;
    const block = this.order[this.place(key)];
    const at = this.search(block, key);
    return at < block * BLOCK + this.counts[block] && this.keys[at] === key ? this.slots[at] : 0;
  }

  /** Adds a level at a price that has none. */
  insert(price: number, level: number): void {
    const key = price * this.sign;
    if (this.blocks === 0) this.addBlock(0, key);
    let place = this.place(key);
    let block = this.order[place];
    if (this.counts[block] === BLOCK) {
      place = this.split(place, key);
      block = this.order[place];
    }
    const { keys, slots } = this;
    const end = block * BLOCK + this.counts[block];
    let at = end;
    while (at > block * BLOCK && keys[at - 1] > key) {
      keys[at] = keys[at - 1];
      slots[at] = slots[at - 1];
      at -= 1;
    }
    keys[at] = key;
    slots[at] = level;
    this.counts[block] += 1;
    if (at === block * BLOCK) this.lowest[place] = key;
    this.size += 1;
    this.best = this.last();
  }

  /** Takes the level at `price` away, which must be there. */
  remove(price: number): void {
    const key = price * this.sign;
    const place = this.place(key);
    const block = this.order[place];
    const start = block * BLOCK;
    const count = this.counts[block] - 1;
    this.counts[block] = count;
    this.size -= 1;
    const { keys, slots } = this;
    const end = start + count;
    if (keys[end] !== key) {
      let at = this.search(block, key);
      for (; at < end; at++) {
        keys[at] = keys[at + 1];
        slots[at] = slots[at + 1];
      }
    }
    if (count === 0) this.dropBlock(place);
    else this.lowest[place] = keys[start];
    this.best = this.last();
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

  private last(): number {
    if (this.blocks === 0) return 0;
    const block = this.order[this.blocks - 1];
    return this.slots[block * BLOCK + this.counts[block] - 1];
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
  }

  private dropBlock(place: number): void {
    this.spare.push(this.order[place]);
    this.order.copyWithin(place, place + 1, this.blocks);
    this.lowest.copyWithin(place, place + 1, this.blocks);
    this.blocks -= 1;
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
