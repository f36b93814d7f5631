/**
 * What of the leader's log is kept for copies that are on their way to its end: from the snapshot that one takes over, or from where it reads the log on the
 * disk. A copy whose connection breaks finds it still there when it comes back soon. Like every pin it gives way when it would keep too much.
 */

import type { LogPin } from "../port";

/** How long a copy whose connection has ended is expected back. It opens its folder meanwhile, or connects again. */
const EXPECTED_MS = 60_000;

interface Kept {
  pin: LogPin;
  /** When its connection ended; undefined while it lasts. */
  leftAt: number | undefined;
}

export class KeptLog {
  readonly #kept = new Map<string, Kept>();

  /** @param now milliseconds of a clock that only goes forward */
  constructor(readonly now: () => number) {}

  /** Keeps what comes after `sequence` for a member, in the place of what was kept for it before. */
  keep(member: string, pin: LogPin): void {
    this.#kept.get(member)?.pin.release();
    this.#kept.set(member, { pin, leftAt: undefined });
  }

  move(member: string, sequence: number): void {
    this.#kept.get(member)?.pin.move(sequence);
  }

  /** It is at the end of the log, or has given up. */
  release(member: string): void {
    this.#kept.get(member)?.pin.release();
    this.#kept.delete(member);
  }

  /** Its connection has ended. */
  leave(member: string): void {
    const kept = this.#kept.get(member);
    if (kept !== undefined) kept.leftAt = this.now();
  }

  /** Gives up what is kept for those who did not come back. */
  expire(): void {
    for (const [member, { leftAt }] of this.#kept) if (leftAt !== undefined && this.now() - leftAt > EXPECTED_MS) this.release(member);
  }
}
