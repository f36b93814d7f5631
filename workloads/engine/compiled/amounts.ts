/** Amounts: pairs of doubles, high x 2^52 + low, as `ledger.ts` describes them. Addresses are of the pair. */

import * as records from "../records";

const WIDE: f64 = <f64>records.WIDE;
/** The bits of 2^52. */
const WIDE_BITS: i64 = 0x4330000000000000;

/** Adds an amount below 2^52. */
export function add(at: usize, amount: f64): void {
  const low = load<f64>(at) + amount;
  if (low >= WIDE) {
    store<f64>(at, low - WIDE);
    store<f64>(at, load<f64>(at, 8) + 1, 8);
  } else store<f64>(at, low);
}

/** Takes off an amount below 2^52; returns whether at least 0 is left. */
export function subtract(at: usize, amount: f64): bool {
  const low = load<f64>(at) - amount;
  if (low >= 0) {
    store<f64>(at, low);
    return true;
  }
  const high = load<f64>(at, 8) - 1;
  store<f64>(at, low + WIDE);
  store<f64>(at, high, 8);
  return high >= 0;
}

/** Adds an amount of either sign, below 2^52 in size. */
export function change(at: usize, amount: f64): void {
  if (amount >= 0) add(at, amount);
  else subtract(at, -amount);
}

/**
 * An integer from 0 to 2^53 - 1 in a double as one of 64 bits. Added to 2^52, one below that is the lower half of the sum's bits: a third of the time that the
 * processor's own conversion takes with its checks.
 */
export function whole(x: f64): i64 {
  return x < WIDE ? reinterpret<i64>(x + WIDE) - WIDE_BITS : <i64>x;
}

/** The pair as one integer. */
export function exact(at: usize): i64 {
  const low = reinterpret<i64>(load<f64>(at) + WIDE) - WIDE_BITS;
  // Nearly all amounts have no high part.
  return load<i64>(at, 8) === 0 ? low : ((<i64>load<f64>(at, 8)) << 52) + low;
}

/**
 * Quote units of a product, rounded down. Products are below 2^52, so what a quotient is away from the next integer, if it is none, is more than its rounding
 * takes.
 */
export function floorQuotient(product: f64, divisor: f64): f64 {
  return floor<f64>(product / divisor);
}

/** The same rounded up, which a buy holds. */
export function ceilQuotient(product: f64, divisor: f64): f64 {
  return ceil<f64>(product / divisor);
}
