/** Who may sign requests for which account. */

import type { KeyObject } from "node:crypto";

export type KeyPermission = "read" | "trade" | "withdraw";

/** A usable API key. Secrets live in memory only; at rest they are enveloped. */
export interface ApiKey {
  apiKey: string;
  account: number;
  permissions: ReadonlySet<KeyPermission>;
  /** Addresses that may use it; empty for any. */
  allowedAddresses: readonly string[];
  /** Milliseconds, 0 for never. */
  expiresAt: number;
  verification: { kind: "hmac"; secret: KeyObject } | { kind: "ed25519" | "rsa"; publicKey: KeyObject };
}

/** Limits of a new key; none by default. */
export interface KeyLimits {
  /** Addresses that may use it; empty for any. */
  allowedAddresses?: readonly string[];
  /** Milliseconds since 1970; 0 for never. */
  expiresAt?: number;
}

/** What can be changed of a key while it is in use; what is not named stays. */
export interface KeyChange {
  permissions?: KeyPermission[];
  /** Addresses that may use it; empty for any. */
  allowedAddresses?: readonly string[];
}

export interface Users {
  /** Synchronous: the table of keys is in memory and follows revocations within 5 s. */
  findKey(apiKey: string): ApiKey | undefined;
  /** Names are unique, 1 to 64 characters. The account can hold nothing before a `setAccount` command opened it in the shard. */
  createAccount(name: string): Promise<{ account: number }>;
  /** The account of that name, undefined where there is none. */
  accountNamed(name: string): Promise<number | undefined>;
  createHmacKey(
    account: number,
    label: string,
    permissions: KeyPermission[],
    limits?: KeyLimits,
  ): Promise<{ apiKey: string; secretKey: string }>;
  registerPublicKey(
    account: number,
    label: string,
    pem: string,
    permissions: KeyPermission[],
    limits?: KeyLimits,
  ): Promise<{ apiKey: string }>;
  revokeKey(apiKey: string): Promise<void>;
  /** In force here at once and everywhere within 5 s. @throws TypeError for a key that is not known or is revoked, and for what a key cannot be */
  changeKey(apiKey: string, change: KeyChange): Promise<void>;
  keys(account: number): Promise<{ apiKey: string; label: string; permissions: KeyPermission[]; createdAt: number }[]>;
}
