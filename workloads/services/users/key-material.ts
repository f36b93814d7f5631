/** What an API key is made of: random texts as Binance issues them, and the public keys that it accepts. */

import { createPublicKey, type KeyObject, randomBytes } from "node:crypto";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Length of Binance's API keys and secrets. */
const TEXT_LENGTH = 64;

/** 64 random letters and digits: 381 bits. */
export function randomText(): string {
  let text = "";
  while (text.length < TEXT_LENGTH) {
    // Bytes from 248 on are passed over: 248 is the largest multiple of 62, so every character is equally likely.
    for (const byte of randomBytes(TEXT_LENGTH)) if (byte < 248 && text.length < TEXT_LENGTH) text += alphabet[byte % alphabet.length];
  }
  return text;
}

/** Smallest RSA modulus that Binance accepts, in bits. */
const MIN_RSA_BITS = 2_048;

/** @throws TypeError when the text is not a public key of a kind that clients may sign with. */
export function readPublicKey(pem: string): { kind: "ed25519" | "rsa"; publicKey: KeyObject } {
  if (/PRIVATE KEY/.test(pem))
    throw new TypeError("public key: got a private key; send the public half, and replace the key you just sent");
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey(pem);
  } catch {
    throw new TypeError("public key: not PEM text of a public key (-----BEGIN PUBLIC KEY-----)");
  }
  const kind = publicKey.asymmetricKeyType;
  if (kind === "ed25519") return { kind, publicKey };
  if (kind !== "rsa") throw new TypeError(`public key: got ${kind}, expected ed25519 or rsa`);
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < MIN_RSA_BITS) throw new TypeError(`public key: got RSA of ${bits} bits, expected at least ${MIN_RSA_BITS}`);
  return { kind, publicKey };
}
