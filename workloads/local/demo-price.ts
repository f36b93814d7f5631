/**
 * The fair prices that demo traders trade around: seeded random walks in the logarithm of the price, pulled slowly towards an anchor, so
 * that they stay realistic for as long as the exchange runs.
 */

/** Uniform numbers in [0, 1) from a 32-bit seed (Mulberry32 by Tommy Ettinger, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal number (Box and Muller). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Milliseconds of a year: volatilities are stated for one. */
const yearMs = 365 * 24 * 3_600_000;

export interface WalkOptions {
  /** The price to be pulled towards, quote per base. */
  anchor: number;
  /** Where to begin, for example the last traded price. */
  start: number;
  /** Standard deviation of the logarithm over a year; large coins have 0.5 to 0.8. */
  volatility: number;
  /** Milliseconds in which half of the distance to the anchor is lost. */
  halfLifeMs: number;
  random: () => number;
}

/** An Ornstein-Uhlenbeck process in the logarithm of the price. */
export class FairPrice {
  private logarithm: number;

  constructor(private readonly options: WalkOptions) {
    this.logarithm = Math.log(options.start);
  }

  get price(): number {
    return Math.exp(this.logarithm);
  }

  /** Moves on by `elapsedMs`; at most a minute at once, so that a machine that slept does not make a gap. */
  advance(elapsedMs: number): void {
    const { anchor, volatility, halfLifeMs, random } = this.options;
    const elapsed = Math.min(Math.max(elapsedMs, 0), 60_000);
    const pull = 1 - 0.5 ** (elapsed / halfLifeMs);
    this.logarithm += pull * (Math.log(anchor) - this.logarithm) + volatility * Math.sqrt(elapsed / yearMs) * normal(random);
  }
}
