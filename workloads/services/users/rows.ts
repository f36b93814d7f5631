/** The SQL tables of users: accounts, API keys and what was done to them, passwords and sessions. Secrets are sealed or hashed, public keys are PEM text. */

import type { Generated } from "kysely";
import type { Migration } from "kysely/migration";

export type ApiKeyRow = {
  api_key: string;
  account: number;
  label: string;
  /** JSON arrays. */
  permissions: string;
  allowed_addresses: string;
  kind: string;
  /** Sealed HMAC secret, or the public key. */
  material: string;
  /** Milliseconds since 1970; 0 for never. */
  expires_at: number;
  created_at: number;
  revoked_at: number;
  changed_at: number;
};

export interface UsersTables {
  /**
   * `confirmed_at`: since when its owner has confirmed a mail address, in milliseconds since 1970; 0 for not yet. `confirm_by`: until when one must be for
   * the account to keep its name; 0 for never, since it is confirmed or needs not be.
   */
  user_account: { account: number; name: string; created_at: number; confirmed_at: Generated<number>; confirm_by: Generated<number> };
  api_key: ApiKeyRow;
  key_audit: { id: string; at: number; action: string; api_key: string; account: number; detail: string };
  /** Hash with its salt and cost as text; times in milliseconds since 1970. */
  user_password: { account: number; hash: string; failures: number; locked_until: number; changed_at: number };
  address_confirmation: { account: number; code_hash: string; address: string; sent_at: number; expires_at: number };
  user_session: { token_hash: string; account: number; created_at: number; expires_at: number };
}

export const migrations: Record<string, Migration> = {
  "001_accounts_and_keys": {
    async up(db) {
      await db.schema
        .createTable("user_account")
        .addColumn("account", "bigint", (column) => column.primaryKey())
        .addColumn("name", "text", (column) => column.notNull().unique())
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("api_key")
        .addColumn("api_key", "text", (column) => column.primaryKey())
        .addColumn("account", "bigint", (column) => column.notNull().references("user_account.account"))
        .addColumn("label", "text", (column) => column.notNull())
        .addColumn("permissions", "text", (column) => column.notNull())
        .addColumn("allowed_addresses", "text", (column) => column.notNull())
        .addColumn("kind", "text", (column) => column.notNull())
        .addColumn("material", "text", (column) => column.notNull())
        .addColumn("expires_at", "bigint", (column) => column.notNull())
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("revoked_at", "bigint", (column) => column.notNull())
        .addColumn("changed_at", "bigint", (column) => column.notNull())
        .execute();
      await db.schema.createIndex("api_key_account").on("api_key").column("account").execute();
      await db.schema.createIndex("api_key_changed").on("api_key").column("changed_at").execute();
      await db.schema
        .createTable("key_audit")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("at", "bigint", (column) => column.notNull())
        .addColumn("action", "text", (column) => column.notNull())
        .addColumn("api_key", "text", (column) => column.notNull())
        .addColumn("account", "bigint", (column) => column.notNull())
        .addColumn("detail", "text", (column) => column.notNull())
        .execute();
    },
  },
  "002_passwords_and_sessions": {
    async up(db) {
      await db.schema
        .createTable("user_password")
        .addColumn("account", "bigint", (column) => column.primaryKey().references("user_account.account"))
        .addColumn("hash", "text", (column) => column.notNull())
        .addColumn("failures", "bigint", (column) => column.notNull())
        .addColumn("locked_until", "bigint", (column) => column.notNull())
        .addColumn("changed_at", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("user_session")
        .addColumn("token_hash", "text", (column) => column.primaryKey())
        .addColumn("account", "bigint", (column) => column.notNull().references("user_account.account"))
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("expires_at", "bigint", (column) => column.notNull())
        .execute();
      await db.schema.createIndex("user_session_account").on("user_session").column("account").execute();
    },
  },
  "003_address_confirmations": {
    async up(db) {
      await db.schema
        .alterTable("user_account")
        .addColumn("confirmed_at", "bigint", (column) => column.notNull().defaultTo(0))
        .execute();
      await db.schema
        .createTable("address_confirmation")
        .addColumn("account", "bigint", (column) => column.primaryKey().references("user_account.account"))
        .addColumn("code_hash", "text", (column) => column.notNull().unique())
        .addColumn("address", "text", (column) => column.notNull())
        .addColumn("sent_at", "bigint", (column) => column.notNull())
        .addColumn("expires_at", "bigint", (column) => column.notNull())
        .execute();
    },
  },
  "004_names_of_the_unconfirmed": {
    async up(db) {
      // Who registered before keeps the name: nothing tells such an account from one that a service has made.
      await db.schema
        .alterTable("user_account")
        .addColumn("confirm_by", "bigint", (column) => column.notNull().defaultTo(0))
        .execute();
      await db.schema.createIndex("user_account_confirm_by").on("user_account").column("confirm_by").execute();
    },
  },
};
