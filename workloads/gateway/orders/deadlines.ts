/** Deadlines that are all equally far away when they are set, so that one timer and a queue do for any number of them. */

/** Settled ones at the front of the queue are dropped when there are so many. */
const DROPPED_AT_ONCE = 1024;

export interface Deadline {
  /** Milliseconds of `performance.now()`. */
  readonly due: number;
  /** Undefined once it is settled. */
  missed: (() => void) | undefined;
}

export class Deadlines {
  private readonly queue: Deadline[] = [];
  /** Those before are settled. */
  private first = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly milliseconds: number) {}

  /** How many are in memory. */
  get size(): number {
    return this.queue.length;
  }

  /** Calls `missed` unless it is set to undefined in time. */
  set(missed: () => void): Deadline {
    const deadline: Deadline = { due: performance.now() + this.milliseconds, missed };
    this.queue.push(deadline);
    this.dropSettled();
    this.timer ??= this.wait(this.milliseconds);
    return deadline;
  }

  private readonly onTimer = () => {
    this.timer = undefined;
    const now = performance.now();
    for (; this.first < this.queue.length; this.first++) {
      const { due, missed } = this.queue[this.first];
      if (missed === undefined) continue;
      // A timer may be early by a part of a millisecond.
      if (due > now) {
        this.timer = this.wait(Math.ceil(due - now));
        break;
      }
      missed();
    }
    this.dropSettled();
  };

  /** What is waited for holds connections open, the timer need not hold the process. */
  private wait(milliseconds: number): NodeJS.Timeout {
    return setTimeout(this.onTimer, milliseconds).unref();
  }

  private dropSettled(): void {
    while (this.first < this.queue.length && this.queue[this.first].missed === undefined) this.first++;
    if (this.first < DROPPED_AT_ONCE && this.first < this.queue.length) return;
    this.queue.splice(0, this.first);
    this.first = 0;
  }
}
