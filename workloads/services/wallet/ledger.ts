/**
 * The ledger: what moved each balance, one netted row per account, asset, cause and window of positions, and the fees of each window. Every
 * fill is in the command log; the ledger is small enough to keep for ever and adds up to the balances.
 */

import type { BalanceChanged } from "@bourse/engine";
import type { Kysely } from "kysely";
import { WriteBehind } from "../projection";
import type { WalletTables } from "./rows";

/** Commands netted into one row: three seconds of the reference load (300,000 orders/s), half a day of a quiet market. */
export const LEDGER_WINDOW = 1_000_000;

export type LedgerCause = BalanceChanged["cause"];

export interface Movement {
  window: number;
  account: number;
  asset: number;
  cause: LedgerCause;
  amount: bigint;
}

export interface Fees {
  window: number;
  asset: number;
  amount: bigint;
}

export class Ledger {
  readonly movementRows = new WriteBehind<Movement>("ledger_movement", ["position_window", "account", "asset", "cause"], (movement) => {
    const { window, account, asset, cause, amount } = movement;
    return { position_window: window, account, asset, cause, amount: amount.toString() };
  });
  readonly feeRows = new WriteBehind<Fees>("ledger_fee", ["position_window", "asset"], ({ window, asset, amount }) => {
    return { position_window: window, asset, amount: amount.toString() };
  });

  /** The window that is being netted; earlier ones never change. */
  private window = -1;
  /** By cause, account and asset: no key is made for a movement, of which an order has several. */
  private readonly movements = new Map<LedgerCause, Map<number, Map<number, Movement>>>();
  private readonly fees = new Map<number, Fees>();

  async load(db: Kysely<WalletTables>): Promise<void> {
    const newest = [
      await db
        .selectFrom("ledger_movement")
        .select((query) => query.fn.max("position_window").as("window"))
        .executeTakeFirst(),
      await db
        .selectFrom("ledger_fee")
        .select((query) => query.fn.max("position_window").as("window"))
        .executeTakeFirst(),
    ];
    this.window = Math.max(...newest.map((row) => row?.window ?? -1));
    for (const row of await db.selectFrom("ledger_movement").selectAll().where("position_window", "=", this.window).execute()) {
      const { account, asset } = row;
      const cause = row.cause as LedgerCause;
      this.movement(this.window, account, asset, cause).amount = BigInt(row.amount);
    }
    for (const { asset, amount } of await db.selectFrom("ledger_fee").selectAll().where("position_window", "=", this.window).execute()) {
      this.fees.set(asset, { window: this.window, asset, amount: BigInt(amount) });
    }
  }

  move(sequence: number, account: number, asset: number, cause: LedgerCause, amount: bigint): void {
    if (amount === 0n) return;
    const movement = this.movement(this.openWindow(sequence), account, asset, cause);
    movement.amount += amount;
    this.movementRows.put(movement, movement);
  }

  fee(sequence: number, asset: number, amount: bigint): void {
    if (amount === 0n) return;
    const window = this.openWindow(sequence);
    const fees = this.fees.get(asset) ?? { window, asset, amount: 0n };
    fees.amount += amount;
    this.fees.set(asset, fees);
    this.feeRows.put(fees, fees);
  }

  /** Of the open window; a new one of nothing. */
  private movement(window: number, account: number, asset: number, cause: LedgerCause): Movement {
    const found = this.movements.get(cause)?.get(account)?.get(asset);
    if (found !== undefined) return found;
    const movement = { window, account, asset, cause, amount: 0n };
    const ofCause = this.movements.get(cause) ?? new Map<number, Map<number, Movement>>();
    const ofAccount = ofCause.get(account) ?? new Map<number, Movement>();
    this.movements.set(cause, ofCause.set(account, ofAccount.set(asset, movement)));
    return movement;
  }

  private openWindow(sequence: number): number {
    const window = Math.floor(sequence / LEDGER_WINDOW);
    if (window !== this.window) {
      this.movements.clear();
      this.fees.clear();
      this.window = window;
    }
    return window;
  }
}
