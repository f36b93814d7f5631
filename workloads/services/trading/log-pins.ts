/** Who still needs what of the log: each pin keeps everything after its sequence. */

import type { LogPin } from "./port";

export class LogPins {
  readonly #pins = new Set<{ sequence: number }>();
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

  pin(sequence: number): LogPin {
    const pin = { sequence };
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

  #update(): void {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { sequence } of this.#pins) lowest = Math.min(lowest, sequence);
    if (lowest === this.#lowest) return;
    this.#lowest = lowest;
    this.#changed(lowest);
  }
}
