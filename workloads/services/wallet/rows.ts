/** The SQL tables behind the wallet's balances. */

import type { Migration } from "kysely/migration";

export interface WalletTables {
  wallet_account: {
    account: number;
    can_trade: number;
    can_withdraw: number;
    can_deposit: number;
    fee_tier: number;
    discount_fees: number;
    trade_group: number;
    update_time: number;
  };
  /** Amounts as decimal text in asset units. */
  wallet_balance: { account: number; asset: number; free: string; locked: string };
  fee_tier: { fee_tier: number; maker_rate: number; taker_rate: number; discount: number };
  ledger_movement: { position_window: number; account: number; asset: number; cause: string; amount: string };
  ledger_fee: { position_window: number; asset: number; amount: string };
}

export const migrations: Record<string, Migration> = {
  "001_balances": {
    async up(db) {
      await db.schema
        .createTable("wallet_account")
        .addColumn("account", "bigint", (column) => column.primaryKey())
        .addColumn("can_trade", "bigint", (column) => column.notNull())
        .addColumn("can_withdraw", "bigint", (column) => column.notNull())
        .addColumn("can_deposit", "bigint", (column) => column.notNull())
        .addColumn("fee_tier", "bigint", (column) => column.notNull())
        .addColumn("discount_fees", "bigint", (column) => column.notNull())
        .addColumn("update_time", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("wallet_balance")
        .addColumn("account", "bigint", (column) => column.notNull())
        .addColumn("asset", "bigint", (column) => column.notNull())
        .addColumn("free", "text", (column) => column.notNull())
        .addColumn("locked", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("wallet_balance_key", ["account", "asset"])
        .execute();
      await db.schema
        .createTable("fee_tier")
        .addColumn("fee_tier", "bigint", (column) => column.primaryKey())
        .addColumn("maker_rate", "bigint", (column) => column.notNull())
        .addColumn("taker_rate", "bigint", (column) => column.notNull())
        .addColumn("discount", "bigint", (column) => column.notNull())
        .execute();
    },
  },
  "002_ledger": {
    async up(db) {
      await db.schema
        .createTable("ledger_movement")
        .addColumn("position_window", "bigint", (column) => column.notNull())
        .addColumn("account", "bigint", (column) => column.notNull())
        .addColumn("asset", "bigint", (column) => column.notNull())
        .addColumn("cause", "text", (column) => column.notNull())
        .addColumn("amount", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("ledger_movement_key", ["position_window", "account", "asset", "cause"])
        .execute();
      await db.schema
        .createTable("ledger_fee")
        .addColumn("position_window", "bigint", (column) => column.notNull())
        .addColumn("asset", "bigint", (column) => column.notNull())
        .addColumn("amount", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("ledger_fee_key", ["position_window", "asset"])
        .execute();
      // A wallet that has already seen events is folded again from the beginning of the log, now with its ledger.
      for (const table of ["wallet_account", "wallet_balance", "fee_tier"]) await db.deleteFrom(table).execute();
      await db.deleteFrom("projection_position").where("projection", "=", "wallet").execute();
    },
  },
  "003_trade_group": {
    async up(db) {
      // Of an account that is there already the group is known from its next setAccount on: the log may not reach back to the last one.
      await db.schema
        .alterTable("wallet_account")
        .addColumn("trade_group", "bigint", (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
};
