/** Copies short payloads by words of eight bytes: a call of `set`, with a `subarray` for each, takes longer. */

/** Copies the 56 or 64 bytes of a cancel or an order without extras: in one piece, since a loop takes twice as long. */
export function copyPlainCommand(from: BigInt64Array, start: number, to: BigInt64Array, target: number, length: number): void {
  const at = start & LONGS;
  const into = target & LONGS;
  to[into] = from[at];
  to[into + 1] = from[at + 1];
  to[into + 2] = from[at + 2];
  to[into + 3] = from[at + 3];
  to[into + 4] = from[at + 4];
  to[into + 5] = from[at + 5];
  to[into + 6] = from[at + 6];
  if (length === 64) to[into + 7] = from[at + 7];
}

/** Copies `length` bytes, which like both places are a multiple of 8: commands without extras in one piece, others word by word. Places are of words. */
export function copyLongs(from: BigInt64Array, start: number, to: BigInt64Array, target: number, length: number): void {
  if (length === 56 || length === 64) copyPlainCommand(from, start, to, target, length);
  else for (let word = 0; word < length >> 3; word++) to[target + word] = from[start + word];
}

/** Words of eight in a buffer below a gigabyte: what is masked with it does not overflow, and V8 does not check for it. */
const LONGS = 0x7ffffff;
