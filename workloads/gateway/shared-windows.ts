/**
 * Counts of all gateways by address and window, kept without asking anybody while a request is served: each gateway counts by itself, tells the store in
 * the background what it has counted, and learns what the others have (docs/decisions/0021-limits-are-told-not-asked.md).
 */

import type { LeaseStore } from "../stores/leases/port";

/** Part of a limit that a gateway may count ahead of the store's answers: its lease. It is all that it may give away while the store is away. */
export const leasedPart = 1 / 4;

/** Time between two tellings. */
const TELL_MS = 20;
/** Time after one that failed. */
const AGAIN_MS = 1_000;

/** Of one address in one window; {@link totalOf} it is what all gateways have counted, as far as it is known. */
export interface Count {
  own: number;
  /** Part of its own that the store has confirmed. */
  told: number;
  /** Of the other gateways, at the last answer. */
  others: number;
  /** Whether it waits to be told. */
  waits: boolean;
}

export const totalOf = (count: Readonly<Count>) => count.own + count.others;

/** What waits to be told. */
interface Telling {
  key: string;
  count: Count;
  endsAt: number;
}

export class SharedCounts {
  private waiting: Telling[] = [];
  private timer: NodeJS.Timeout | undefined;
  private telling = false;
  private fails = false;
  private closed = false;

  /** @param onFault told when the store stops answering, once, and when it answers again */
  constructor(
    private readonly store: LeaseStore,
    private readonly onFault: (error: unknown) => void,
  ) {}

  /** Whether the store did not answer last time: each gateway then gives away at most its lease. */
  get failing(): boolean {
    return this.fails;
  }

  tell(telling: Telling): void {
    telling.count.waits = true;
    this.waiting.push(telling);
    if (!this.telling && this.timer === undefined) this.plan(0);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private plan(ms: number): void {
    if (this.closed) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.run();
    }, ms);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    const now = Date.now();
    const due = this.waiting.filter(({ endsAt }) => endsAt > now);
    this.waiting = [];
    const amounts = due.map(({ count }) => count.own - count.told);
    for (const { count } of due) count.waits = false;
    this.telling = true;
    try {
      const totals = await this.store.renew(due.map(({ key, endsAt }, place) => ({ key, endsAt, amount: amounts[place] })));
      for (const [place, { count }] of due.entries()) {
        count.told += amounts[place];
        count.others = Math.max(0, totals[place] - count.told);
      }
      if (this.fails) this.onFault(new Error("the store of limits answers again"));
      this.fails = false;
    } catch (error) {
      for (const telling of due) if (!telling.count.waits) this.waiting.push(telling);
      for (const { count } of due) count.waits = true;
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.fails) this.onFault(new Error(`the store of limits does not answer, each gateway gives away a part of them: ${reason}`));
      this.fails = true;
    } finally {
      this.telling = false;
      if (this.waiting.length > 0) this.plan(this.fails ? AGAIN_MS : TELL_MS);
    }
  }
}

/** Counts per address in windows of `length` ms that start at multiples of it; the whole table is dropped when a window ends. */
export class SharedWindow {
  private counts = new Map<string, Count>();
  /** What was counted last: the commands of a frame, and those of a busy client, are of one address. */
  private latest: { address: string; count: Count } | undefined;
  private started = 0;

  constructor(
    private readonly name: string,
    private readonly length: number,
    private readonly limit: number,
    /** Undefined: this gateway is the only one. */
    private readonly shared: SharedCounts | undefined,
  ) {}

  get(address: string, now: number): number {
    this.roll(now);
    const count = this.counts.get(address);
    return count === undefined ? 0 : totalOf(count);
  }

  /** Counts, and returns where the address stands. */
  add(address: string, amount: number, now: number): Readonly<Count> {
    this.roll(now);
    if (this.latest?.address !== address) this.latest = { address, count: this.countOf(address) };
    const { count } = this.latest;
    count.own += amount;
    if (this.shared !== undefined && !count.waits && amount > 0) {
      this.shared.tell({ key: `bourse:limit:${this.name}:${this.started}:${address}`, count, endsAt: this.started + this.length });
    }
    return count;
  }

  private countOf(address: string): Count {
    let count = this.counts.get(address);
    if (count === undefined) {
      count = { own: 0, told: 0, others: 0, waits: false };
      this.counts.set(address, count);
    }
    return count;
  }

  /** Whether a count is over the limit, or this gateway has counted more than its lease ahead of the store. */
  exceeds(count: Readonly<Count>): boolean {
    if (totalOf(count) > this.limit) return true;
    return this.shared !== undefined && count.own - count.told > Math.max(1, this.limit * leasedPart);
  }

  /** Seconds until the window ends, at least 1. */
  remaining(now: number): number {
    return Math.max(1, Math.ceil((this.length - (now % this.length)) / 1000));
  }

  private roll(now: number): void {
    if (now >= this.started && now < this.started + this.length) return;
    const start = now - (now % this.length);
    this.started = start;
    this.counts = new Map();
    this.latest = undefined;
  }
}
