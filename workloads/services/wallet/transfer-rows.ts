/** The SQL tables of deposits and withdrawals and how rows become records. */

import type { Migration } from "kysely/migration";
import type { DepositRecord, WithdrawalRecord } from "../ports";

export interface DepositRow {
  /** Decimal text below 2^61; the number of the transfer in the shard. */
  id: string;
  account: number;
  asset: number;
  network: string;
  address: string;
  amount: string;
  transaction_id: string;
  status: string;
  time: number;
  update_time: number;
  /** Position at which the shard's account was changed; 0 before. */
  shard: number;
  epoch: number;
  sequence: number;
}

export interface WithdrawalRow extends DepositRow {
  fee: string;
  /** The client's id, or our own where it gave none. */
  client_id: string;
}

export interface TransferTables {
  deposit_address: { network: string; address: string; account: number };
  deposit: DepositRow;
  withdrawal: WithdrawalRow;
}

export const transferMigrations: Record<string, Migration> = {
  "001_deposits_and_withdrawals": {
    async up(db) {
      await db.schema
        .createTable("deposit_address")
        .addColumn("network", "text", (column) => column.notNull())
        .addColumn("address", "text", (column) => column.notNull())
        .addColumn("account", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("deposit_address_key", ["network", "address"])
        .execute();
      await db.schema
        .createTable("deposit")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("account", "bigint", (column) => column.notNull())
        .addColumn("asset", "bigint", (column) => column.notNull())
        .addColumn("network", "text", (column) => column.notNull())
        .addColumn("address", "text", (column) => column.notNull())
        .addColumn("amount", "text", (column) => column.notNull())
        .addColumn("transaction_id", "text", (column) => column.notNull())
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("time", "bigint", (column) => column.notNull())
        .addColumn("update_time", "bigint", (column) => column.notNull())
        .addUniqueConstraint("deposit_transaction", ["network", "transaction_id"])
        .execute();
      await db.schema.createIndex("deposit_account").on("deposit").columns(["account", "time"]).execute();
      await db.schema.createIndex("deposit_status").on("deposit").columns(["status", "time"]).execute();
      await db.schema
        .createTable("withdrawal")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("account", "bigint", (column) => column.notNull())
        .addColumn("asset", "bigint", (column) => column.notNull())
        .addColumn("network", "text", (column) => column.notNull())
        .addColumn("address", "text", (column) => column.notNull())
        .addColumn("amount", "text", (column) => column.notNull())
        .addColumn("fee", "text", (column) => column.notNull())
        .addColumn("client_id", "text", (column) => column.notNull())
        .addColumn("transaction_id", "text", (column) => column.notNull())
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("shard", "bigint", (column) => column.notNull())
        .addColumn("epoch", "bigint", (column) => column.notNull())
        .addColumn("sequence", "bigint", (column) => column.notNull())
        .addColumn("time", "bigint", (column) => column.notNull())
        .addColumn("update_time", "bigint", (column) => column.notNull())
        .addUniqueConstraint("withdrawal_client", ["account", "client_id"])
        .execute();
      await db.schema.createIndex("withdrawal_account").on("withdrawal").columns(["account", "time"]).execute();
      await db.schema.createIndex("withdrawal_status").on("withdrawal").columns(["status", "time"]).execute();
    },
  },
  "002_positions_of_deposits": {
    async up(db) {
      for (const column of ["shard", "epoch", "sequence"]) {
        await db.schema
          .alterTable("deposit")
          .addColumn(column, "bigint", (added) => added.notNull().defaultTo(0))
          .execute();
      }
      await db.schema.createIndex("deposit_position").on("deposit").columns(["epoch", "sequence"]).execute();
    },
  },
};

export function depositFromRow(row: DepositRow): DepositRecord {
  return {
    id: row.id,
    account: row.account,
    asset: row.asset,
    network: row.network,
    address: row.address,
    amount: BigInt(row.amount),
    transactionId: row.transaction_id,
    status: row.status as DepositRecord["status"],
    time: row.time,
    updateTime: row.update_time,
  };
}

export function withdrawalFromRow(row: WithdrawalRow): WithdrawalRecord {
  return {
    id: row.id,
    account: row.account,
    asset: row.asset,
    network: row.network,
    address: row.address,
    amount: BigInt(row.amount),
    fee: BigInt(row.fee),
    clientId: row.client_id === row.id ? "" : row.client_id,
    transactionId: row.transaction_id,
    status: row.status as WithdrawalRecord["status"],
    time: row.time,
    updateTime: row.update_time,
  };
}
