/**
 * HMAC-SHA-256 (RFC 2104) of requests, under keys that sign again and again. Two hashes of prepared buffers: a `Hmac` of the platform is an object with
 * memory outside the collector's heap for each request, and costs more than both.
 */

import { hash, type KeyObject, timingSafeEqual } from "node:crypto";

const BLOCK = 64;
const DIGEST = 32;
/** One character a byte; the largest body of a request is below this. */
const LONGEST_KEPT = 4096;

/** What is hashed before the text, and before the digest of that. */
interface Pads {
  inner: Buffer;
  outer: Buffer;
}

const padsOf = new WeakMap<KeyObject, Pads>();

function prepare(secret: KeyObject): Pads {
  const exported = secret.export();
  const key = exported.length > BLOCK ? hash("sha256", exported, "buffer") : exported;
  const pad = (value: number, length: number) => {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < BLOCK; at++) bytes[at] = (key[at] ?? 0) ^ value;
    return bytes;
  };
  const pads = { inner: pad(0x36, BLOCK), outer: pad(0x5c, BLOCK + DIGEST) };
  padsOf.set(secret, pads);
  return pads;
}

const kept = Buffer.alloc(BLOCK + LONGEST_KEPT);

/** Of `text`, one character a byte; hexadecimal. */
export function hmacSha256(secret: KeyObject, text: string): string {
  const { inner, outer } = padsOf.get(secret) ?? prepare(secret);
  const buffer = text.length <= LONGEST_KEPT ? kept : Buffer.alloc(BLOCK + text.length);
  buffer.set(inner);
  const length = buffer.write(text, BLOCK, "latin1");
  // As text, a digest is cheaper than as bytes: those would be an allocation outside the heap.
  outer.write(hash("sha256", buffer.subarray(0, BLOCK + length), "hex"), BLOCK, "hex");
  return hash("sha256", outer, "hex");
}

const hexadecimal = /^[0-9a-fA-F]{64}$/;
const expected = Buffer.alloc(2 * DIGEST);
const given = Buffer.alloc(2 * DIGEST);

/** Whether two hexadecimal digests, the second in either case, are the same; takes as long wherever they differ. */
export function sameDigest(one: string, other: string): boolean {
  if (!hexadecimal.test(other)) return false;
  expected.write(one, "latin1");
  given.write(other.toLowerCase(), "latin1");
  return timingSafeEqual(expected, given);
}
