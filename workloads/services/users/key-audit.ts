/** What was done to an API key, as it is kept for an auditor: everything but its secret. */

import { randomUUID } from "node:crypto";
import type { ApiKeyRow, UsersTables } from "./rows";

/** @param at milliseconds since 1970 */
export function keyAudit(action: "create" | "change" | "revoke", row: ApiKeyRow, at: number): UsersTables["key_audit"] {
  const { label, permissions, allowed_addresses, kind, expires_at } = row;
  const detail = JSON.stringify({ label, kind, permissions, allowed_addresses, expires_at });
  return { id: randomUUID(), at, action, api_key: row.api_key, account: row.account, detail };
}
