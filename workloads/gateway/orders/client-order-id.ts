/**
 * Client order ids: text outside, a 64-bit key inside, so that no string reaches the matching path.
 */

import { hash, randomFillSync } from "node:crypto";

/**
 * The key of a client order id: the first 63 bits of its SHA-256 (one bit less than there is room for, so that signed 64-bit columns hold
 * it), never 0n. Two ids of one account's open orders collide with a probability below 10^-14 at 400 open orders.
 */
export function clientOrderKey(clientOrderId: string): bigint {
  const key = BigInt(`0x${hash("sha256", clientOrderId, "hex").slice(0, 16)}`) >> 1n;
  return key === 0n ? 1n : key;
}

/** Bytes of an id that are random. */
const RANDOM_BYTES = 7;
/** Random bytes, taken a few at a time: asking for so few costs more than to have them. */
const random = Buffer.alloc(RANDOM_BYTES * 512);
let unused = random.length;
let millisecond = 0;
let time = "";

/**
 * An id for an order whose client gave none (docs/decisions/0035-rows-by-column-and-ids-by-time.md): 22 characters, as Binance's. The first eight are the time, so that orders that follow each other stand beside
 * each other in an index by id: an index of ids that are random throughout costs as much to write as all the rest of an order.
 */
export function newClientOrderId(): string {
  const now = Date.now();
  if (now !== millisecond) {
    millisecond = now;
    time = now.toString(36).padStart(8, "0");
  }
  if (unused === random.length) {
    randomFillSync(random);
    unused = 0;
  }
  const id = time + random.toString("hex", unused, unused + RANDOM_BYTES);
  unused += RANDOM_BYTES;
  return id;
}
