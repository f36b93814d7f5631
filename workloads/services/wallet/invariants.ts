/**
 * The money check: proves from the SQL store alone that every balance is the sum of its movements, and that what all accounts hold is what
 * came in, less what went out, less the fees.
 */

import type { Sql } from "../../stores/sql";
import type { LedgerCause } from "./ledger";
import type { WalletTables } from "./rows";

/** In asset units. `held` = `deposited` - `withdrawn` - `fees`, or money was made or lost. */
export interface AssetMoney {
  asset: number;
  held: bigint;
  deposited: bigint;
  withdrawn: bigint;
  /** Taken by trading, less what rebates gave. */
  fees: bigint;
}

export interface MoneyReport {
  assets: AssetMoney[];
  /** One sentence for each contradiction; empty when the books balance. */
  faults: string[];
}

/** Reads everything at one position, in one transaction. */
export async function checkMoney(sql: Sql): Promise<MoneyReport> {
  const rows = await sql
    .database<WalletTables>()
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (transaction) => ({
      balances: await transaction.selectFrom("wallet_balance").selectAll().execute(),
      movements: await transaction.selectFrom("ledger_movement").selectAll().execute(),
      fees: await transaction.selectFrom("ledger_fee").selectAll().execute(),
    }));

  const faults: string[] = [];
  const unexplained = new Map<string, bigint>();
  const held = new Sums<number>();
  for (const { account, asset, free, locked } of rows.balances) {
    const total = BigInt(free) + BigInt(locked);
    if (BigInt(free) < 0n || BigInt(locked) < 0n)
      faults.push(`account ${account}, asset ${asset}: ${free} free, ${locked} locked is below 0`);
    held.add(asset, total);
    unexplained.set(`account ${account}, asset ${asset}`, total);
  }
  const caused = new Sums<string>();
  for (const { account, asset, cause, amount } of rows.movements) {
    const key = `account ${account}, asset ${asset}`;
    unexplained.set(key, (unexplained.get(key) ?? 0n) - BigInt(amount));
    caused.add(`${cause}/${asset}`, BigInt(amount));
  }
  const fees = new Sums<number>();
  for (const { asset, amount } of rows.fees) fees.add(asset, BigInt(amount));
  for (const [key, amount] of unexplained) if (amount !== 0n) faults.push(`${key}: ${amount} units are not explained by any movement`);

  const of = (cause: LedgerCause, asset: number) => caused.get(`${cause}/${asset}`);
  const assets = [...held.keys()]
    .sort((a, b) => a - b)
    .map((asset) => ({
      asset,
      held: held.get(asset),
      deposited: of("deposit", asset),
      withdrawn: -of("withdraw", asset),
      fees: fees.get(asset),
    }));
  for (const { asset, held: sum, deposited, withdrawn, fees: kept } of assets) {
    const expected = deposited - withdrawn - kept;
    if (sum !== expected) faults.push(`asset ${asset}: accounts hold ${sum}, deposits less withdrawals less fees are ${expected}`);
    if (of("trading", asset) !== -kept) faults.push(`asset ${asset}: trading moved ${of("trading", asset)}, the fees are ${kept}`);
    if (of("transfer", asset) !== 0n) faults.push(`asset ${asset}: transfers between accounts moved ${of("transfer", asset)} in sum`);
  }
  return { assets, faults };
}

/** Sums that start at 0. */
class Sums<Key> extends Map<Key, bigint> {
  add(key: Key, amount: bigint): void {
    this.set(key, this.get(key) + amount);
  }

  override get(key: Key): bigint {
    return super.get(key) ?? 0n;
  }
}
