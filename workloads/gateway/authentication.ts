/**
 * Who sends a request: API key, address, permission, signature over the raw bytes, time window. Everything needed is in memory.
 */

import { constants, verify } from "node:crypto";
import type { ApiKey, KeyPermission, Users } from "../services/ports";
import * as errors from "./errors";
import { hmacSha256, sameDigest } from "./hmac";
import type { Security } from "./operation";

const permissionFor: Record<Exclude<Security, "none" | "key">, KeyPermission> = { read: "read", trade: "trade", withdraw: "withdraw" };

/** A key has at most this many characters; Binance's have 64. */
const keyPattern = /^[A-Za-z0-9_-]{8,128}$/;

/** Throws -2014, HTTP 401, for what cannot be a key. */
export function assertKeyFormat(apiKey: string | undefined): asserts apiKey is string {
  if (apiKey === undefined || !keyPattern.test(apiKey)) throw errors.invalidKeyFormat();
}

/** The key that a request names, if it may do what `security` asks from `address` at `nowMs`. Throws -2014 or -2015, HTTP 401. */
export function findKey(
  users: Pick<Users, "findKey">,
  apiKey: string | undefined,
  security: Security,
  address: string,
  nowMs: number,
): ApiKey {
  const key = apiKey === undefined ? undefined : users.findKey(apiKey);
  if (key === undefined) {
    assertKeyFormat(apiKey);
    throw errors.invalidKey();
  }
  if (key.expiresAt !== 0 && key.expiresAt <= nowMs) throw errors.invalidKey();
  if (key.allowedAddresses.length > 0 && !key.allowedAddresses.includes(address)) throw errors.invalidKey();
  if (security !== "none" && security !== "key" && !key.permissions.has(permissionFor[security])) throw errors.invalidKey();
  return key;
}

/** True when `signature` is the key's over `payload` (one character a byte). HMAC signatures are hexadecimal in either case, others base64. */
export function isSignedBy(key: ApiKey, payload: string, signature: string): boolean {
  const { verification } = key;
  if (verification.kind === "hmac") return sameDigest(hmacSha256(verification.secret, payload), signature);
  const bytes = Buffer.from(signature, "base64");
  const data = Buffer.from(payload, "latin1");
  if (verification.kind === "ed25519") return bytes.length === 64 && verify(null, data, verification.publicKey, bytes);
  return verify("sha256", data, { key: verification.publicKey, padding: constants.RSA_PKCS1_PADDING }, bytes);
}

/** Throws -1021 unless `timestamp < now + 1 s` and `now - timestamp <= window` (all in microseconds). */
export function assertInWindow(timestamp: number, window: number, now: number): void {
  if (timestamp >= now + 1_000_000) throw errors.aheadOfServer();
  if (now - timestamp > window) throw errors.outsideWindow();
}

/** `text` (a query string or form body) without its `signature` parameter: what the client signed. */
export function withoutSignature(text: string): string {
  const start = text.startsWith("signature=") ? 0 : text.indexOf("&signature=");
  if (start < 0) return text;
  const end = text.indexOf("&", start + 1);
  if (start > 0) return end < 0 ? text.slice(0, start) : text.slice(0, start) + text.slice(end);
  return end < 0 ? "" : text.slice(end + 1);
}
