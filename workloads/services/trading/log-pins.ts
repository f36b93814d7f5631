/** Who still needs what of the log: each pin keeps everything after its sequence. */

import type { LogPin } from "./port";

interface Pin {
  sequence: number;
  passedOver: ((oldest: number) => void) | undefined;
}

export class LogPins {
  readonly #pins = new Set<Pin>();
  readonly #changed: (lowest: number) => void;
  #lowest = Number.POSITIVE_INFINITY;

  /** @param changed called with {@link lowest} whenever it has changed */
  constructor(changed: (lowest: number) => void = () => {}) {
    this.#changed = changed;
  }

  /** The log after this sequence is needed; infinite while nobody needs any. */
  get lowest(): number {
    return this.#lowest;
  }

  /** @param passedOver told when the log was dropped all the same; only what comes after `oldest` can still be had then */
  pin(sequence: number, passedOver?: (oldest: number) => void): LogPin {
    const pin = { sequence, passedOver };
    this.#pins.add(pin);
    this.#update();
    return {
      move: (to) => {
        pin.sequence = to;
        this.#update();
      },
      release: () => {
        this.#pins.delete(pin);
        this.#update();
      },
    };
  }

  /** Nothing before `oldest` can be had any more: tells those who still need some of it. */
  passOver(oldest: number): void {
    for (const { sequence, passedOver } of [...this.#pins]) if (sequence < oldest) passedOver?.(oldest);
  }

  #update(): void {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { sequence } of this.#pins) lowest = Math.min(lowest, sequence);
    if (lowest === this.#lowest) return;
    this.#lowest = lowest;
    this.#changed(lowest);
  }
}
