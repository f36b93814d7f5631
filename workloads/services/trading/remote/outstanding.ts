/**
 * The commands of one connection that wait for their results, oldest first. Those that follow one another by sequence and by session sequence are one entry, however many, and the memory
 * is as large as the connection has needed at a time: with as much as it may ever need, each command would be noted in lines that the cache has long lost.
 */

/** Commands without a result that one connection may have. */
export const MAX_OUTSTANDING = 1 << 16;
const FIRST_CAPACITY = 1 << 8;

/** Commands that follow one another without a gap. */
export interface OutstandingRun {
  /** Of the first. */
  sequence: number;
  number: number;
  count: number;
  /** Of the first in {@link OutstandingCommands.counts}: those of the others follow, modulo {@link OutstandingCommands.capacity}. */
  place: number;
}

export class OutstandingCommands {
  /** Commands for which there is place: a power of two. */
  capacity = FIRST_CAPACITY;
  /** Two for each command, in a ring: unfilled orders of its account in ten seconds and in the day. Another array when the capacity is another. */
  counts = new Uint32Array(FIRST_CAPACITY * 2);
  /** Of commands, counted from the beginning. */
  #first = 0;
  #end = 0;
  /** Rings of runs: first sequence and number, and how many. There are never more than commands. */
  #sequences = new Float64Array(FIRST_CAPACITY);
  #numbers = new Float64Array(FIRST_CAPACITY);
  #lengths = new Uint32Array(FIRST_CAPACITY);
  #firstRun = 0;
  #endRun = 0;
  readonly #taken: OutstandingRun = { sequence: 0, number: 0, count: 0, place: 0 };

  get count(): number {
    return this.#end - this.#first;
  }

  /** Of the next command in {@link counts}. */
  get place(): number {
    return this.#end & (this.capacity - 1);
  }

  /** Makes place for so many more. False where the connection may not have them. */
  reserve(more: number): boolean {
    const needed = this.count + more;
    if (needed > MAX_OUTSTANDING) return false;
    while (needed > this.capacity) this.#grow();
    return true;
  }

  /** Adds the next `count` commands, for which place was made: their sequences and numbers follow one another. */
  add(sequence: number, number: number, count = 1): void {
    const last = (this.#endRun - 1) & (this.capacity - 1);
    const before = this.#lengths[last];
    this.#end += count;
    if (this.#endRun > this.#firstRun && this.#sequences[last] + before === sequence && this.#numbers[last] + before === number) {
      this.#lengths[last] = before + count;
      return;
    }
    const at = this.#endRun++ & (this.capacity - 1);
    this.#sequences[at] = sequence;
    this.#numbers[at] = number;
    this.#lengths[at] = count;
  }

  /** Whether the oldest is of `sequence` or one before. */
  has(sequence: number): boolean {
    return this.#firstRun < this.#endRun && this.#sequences[this.#firstRun & (this.capacity - 1)] <= sequence;
  }

  /** Takes out the oldest run as far as `sequence`: valid until the next is taken, its counts until more are added. Undefined where there is none. */
  take(sequence: number): OutstandingRun | undefined {
    if (!this.has(sequence)) return undefined;
    const mask = this.capacity - 1;
    const at = this.#firstRun & mask;
    const length = this.#lengths[at];
    const run = this.#taken;
    run.sequence = this.#sequences[at];
    run.number = this.#numbers[at];
    run.count = Math.min(length, sequence - run.sequence + 1);
    run.place = this.#first & mask;
    this.#first += run.count;
    if (run.count === length) this.#firstRun++;
    else {
      this.#sequences[at] += run.count;
      this.#numbers[at] += run.count;
      this.#lengths[at] -= run.count;
    }
    return run;
  }

  #grow(): void {
    const { capacity, counts } = this;
    const [sequences, numbers, lengths] = [this.#sequences, this.#numbers, this.#lengths];
    this.capacity = capacity * 2;
    this.counts = new Uint32Array(this.capacity * 2);
    this.#sequences = new Float64Array(this.capacity);
    this.#numbers = new Float64Array(this.capacity);
    this.#lengths = new Uint32Array(this.capacity);
    for (let n = this.#first; n < this.#end; n++) {
      const from = (n & (capacity - 1)) * 2;
      const to = (n & (this.capacity - 1)) * 2;
      this.counts[to] = counts[from];
      this.counts[to + 1] = counts[from + 1];
    }
    for (let n = this.#firstRun; n < this.#endRun; n++) {
      const from = n & (capacity - 1);
      const to = n & (this.capacity - 1);
      this.#sequences[to] = sequences[from];
      this.#numbers[to] = numbers[from];
      this.#lengths[to] = lengths[from];
    }
  }
}
