/** Amounts of money in a plan: whole cents inside, US dollars with two decimals outside. */

/** US dollars, rounded to a cent. */
export type Money = number;

/** `usd` rounded to a cent. */
export function money(usd: number): Money {
  return Math.round(usd * 100) / 100;
}

/** The sum to the cent: cents are whole numbers, so no order of addition changes it. */
export function total(amounts: readonly Money[]): Money {
  return amounts.reduce((cents, amount) => cents + Math.round(amount * 100), 0) / 100;
}

/** `$1,234.56`, the same in every locale. */
export function shownMoney(amount: Money): string {
  return `$${amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}
