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
    update_time: number;
  };
  /** Amounts as decimal text in asset units. */
  wallet_balance: { account: number; asset: number; free: string; locked: string };
  fee_tier: { fee_tier: number; maker_rate: number; taker_rate: number; discount: number };
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
};
