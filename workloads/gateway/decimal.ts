/**
 * Decimal text at the edge, exact integers inside: prices in ticks, quantities in lots, amounts in asset units. No number is ever divided;
 * digits are only moved across the decimal point.
 */

/** Fraction digits that clients of the Binance Spot API expect in every price, quantity and amount; they compare the text byte by byte. */
export const textDecimals = 8;

const zeros = "0".repeat(40);

/**
 * `units` x 10^-`decimals` as text with exactly eight fraction digits (more only for an asset that has more).
 * `formatDecimal(5000001, 2)` is `"50000.01000000"`.
 */
export function formatDecimal(units: number | bigint, decimals: number): string {
  const signed = units.toString();
  const negative = signed.charCodeAt(0) === 45;
  const digits = negative ? signed.slice(1) : signed;
  const missing = decimals + 1 - digits.length;
  const padded = missing > 0 ? zeros.slice(0, missing) + digits : digits;
  const point = padded.length - decimals;
  const filler = decimals < textDecimals ? zeros.slice(0, textDecimals - decimals) : "";
  return `${negative ? "-" : ""}${padded.slice(0, point)}.${padded.slice(point)}${filler}`;
}

/** Why a text that is a decimal number is no count of units: it has a digit finer than one unit, or is 2^53 units or more. */
export type DecimalFault = "too precise" | "too large";

/** The digits of `text` as a count of 10^-`decimals` units, or undefined when a digit other than 0 is finer than that. */
function unitDigits(text: string, decimals: number): string | undefined {
  const point = text.indexOf(".");
  if (point < 0) return text + zeros.slice(0, decimals);
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end--;
  const fraction = text.slice(point + 1, Math.max(end, point + 1));
  if (fraction.length > decimals) return undefined;
  return text.slice(0, point) + fraction + zeros.slice(0, decimals - fraction.length);
}

/** Unsigned decimal text (checked by {@link decimalPattern} before) as ticks or lots. */
export function parseDecimal(text: string, decimals: number): number | DecimalFault {
  const digits = unitDigits(text, decimals);
  if (digits === undefined) return "too precise";
  const units = Number(digits);
  return Number.isSafeInteger(units) ? units : "too large";
}

/** Unsigned decimal text (checked by {@link decimalPattern} before) as asset units of any size. */
export function parseAmount(text: string, decimals: number): bigint | "too precise" {
  const digits = unitDigits(text, decimals);
  return digits === undefined ? "too precise" : BigInt(digits);
}

/** What Binance accepts as a decimal parameter, and names in error -1100. */
export const decimalPattern = "^([0-9]{1,20})(\\.[0-9]{1,20})?$";

/** `numerator / denominator` as text with `decimals` fraction digits, rounded towards zero; for averages and percentages, never for money. */
export function formatRatio(numerator: bigint, denominator: bigint, decimals: number): string {
  const fixed = ((numerator * 10n ** BigInt(decimals)) / denominator).toString();
  const digits = fixed.replace("-", "").padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  return `${fixed.startsWith("-") ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}
