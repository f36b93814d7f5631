/** Amounts as people read them. */

/** Exact decimal text without trailing zeros: 150000000 units of 8 decimals are "1.5". */
export function amountText(units: bigint, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
