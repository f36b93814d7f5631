/**
 * Decimal text as exact integers. The exchange sends and takes amounts as text; sums, limits and steps are computed on bigints scaled by
 * 10^8, the exchange's precision, so that no order is off by a unit.
 */

/** Decimals of every amount on the wire. */
export const DECIMALS = 8;
export const ONE = 10n ** BigInt(DECIMALS);

const pattern = /^(-?)(\d*)(?:\.(\d*))?$/;

/** "1.5" -> 150000000n; undefined for text that is not a decimal number with at most 8 places. @param {string} text */
export function parseAmount(text) {
  const match = pattern.exec(text.trim().replaceAll(",", ""));
  if (match === null || (match[2] === "" && !match[3])) return undefined;
  const fraction = match[3] ?? "";
  if (fraction.replace(/0+$/, "").length > DECIMALS) return undefined;
  const units = BigInt(match[2] || "0") * ONE + BigInt(fraction.slice(0, DECIMALS).padEnd(DECIMALS, "0"));
  return match[1] === "-" ? -units : units;
}

/** As {@link parseAmount} for text of the exchange. @param {string} text @returns {bigint} */
export function amount(text) {
  const units = parseAmount(text);
  if (units === undefined) throw new Error(`not a decimal: ${text}`);
  return units;
}

/** 150000000n -> "1.50" with two decimals; further places are cut, never rounded up. @param {bigint} units @param {number} decimals */
export function plain(units, decimals = DECIMALS) {
  const sign = units < 0n ? "-" : "";
  const text = (units < 0n ? -units : units).toString().padStart(DECIMALS + 1, "0");
  const whole = text.slice(0, -DECIMALS);
  const fraction = text.slice(-DECIMALS).slice(0, decimals);
  return decimals === 0 ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** As {@link plain}, with the thousands grouped. @param {bigint} units @param {number} decimals */
export function grouped(units, decimals = DECIMALS) {
  const [whole, fraction] = plain(units, decimals).split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

/** Without trailing zeros: for input fields. @param {bigint} units */
export function shortest(units) {
  return plain(units).replace(/\.?0+$/, "");
}

/** a x b, cut. @param {bigint} a @param {bigint} b */
export function multiply(a, b) {
  return (a * b) / ONE;
}

/** a / b, cut. @param {bigint} a @param {bigint} b */
export function divide(a, b) {
  return (a * ONE) / b;
}

/** The greatest multiple of `step` that is not above `units`. @param {bigint} units @param {bigint} step */
export function floorTo(units, step) {
  return step === 0n ? units : units - (units % step);
}

/** Decimals that a step needs: 0.01 -> 2. @param {bigint} step */
export function decimalsOf(step) {
  const fraction = plain(step).split(".")[1].replace(/0+$/, "");
  return fraction.length;
}
