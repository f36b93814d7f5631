/**
 * Envelope encryption of HMAC secrets: each has a data key of its own, which the master key wraps. Both layers are AES-256-GCM and bound to
 * the API key, so that a stored secret cannot be moved to another key.
 */

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Bytes of an AES-256 key, and of GCM's nonce and tag (NIST SP 800-38D). */
export const MASTER_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The text that is stored: "v1.<wrapped data key>.<encrypted secret>". */
export function seal(masterKey: Buffer, owner: string, secret: Buffer): string {
  const dataKey = randomBytes(MASTER_KEY_BYTES);
  const text = `v1.${encrypt(masterKey, owner, dataKey)}.${encrypt(dataKey, owner, secret)}`;
  dataKey.fill(0);
  return text;
}

/** @throws when the text is of another owner, another master key, or was changed. */
export function unseal(masterKey: Buffer, owner: string, sealed: string): Buffer {
  const [version, wrappedKey, encrypted, ...rest] = sealed.split(".");
  if (version !== "v1" || encrypted === undefined || rest.length > 0) throw new Error(`sealed secret of ${owner}: unknown format`);
  const dataKey = decrypt(masterKey, owner, wrappedKey);
  const secret = decrypt(dataKey, owner, encrypted);
  dataKey.fill(0);
  return secret;
}

function encrypt(key: Buffer, owner: string, plain: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(owner));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url");
}

function decrypt(key: Buffer, owner: string, text: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch (error) {
    throw new Error(`sealed secret of ${owner}: cannot be opened with this master key`, { cause: error });
  }
}
