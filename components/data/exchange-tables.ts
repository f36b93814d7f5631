/** The DynamoDB tables of the exchange: what its services look up by key. */

import type { TableSpec } from "./table-store";

/** Tables by role. None holds money: balances live in the matching engine's log and in PostgreSQL. */
export const exchangeTables: Record<string, TableSpec> = {
  /** Sign-ins, looked up by the hash of their token. */
  sessions: {
    key: { hash: { name: "tokenHash", type: "S" } },
    indexes: { "by-user": { hash: { name: "userId", type: "S" }, projection: "KEYS_ONLY" } },
    expiryAttribute: "expiresAt",
  },
  /** Fills and final order states, several to an item, by account and position in the log. */
  history: { key: { hash: { name: "account", type: "S" }, range: { name: "position", type: "S" } } },
  /** Public trades and candles by symbol and time. */
  "market-data": { key: { hash: { name: "series", type: "S" }, range: { name: "time", type: "N" } } },
};
