/**
 * Bytes read as words of four and of eight: commands and events are short and aligned, and copying their words is faster than a call of `set`, which
 * also needs a `subarray` for each. The last view is kept, since what is copied comes many in one buffer.
 */
export class WordView {
  #bytes = new Uint8Array();
  #words = new Int32Array();
  #longs = new BigInt64Array();

  /** The words of `bytes`; empty where it does not start at a multiple of four in its memory. */
  of(bytes: Uint8Array): Int32Array {
    if (this.#bytes !== bytes) this.#look(bytes);
    return this.#words;
  }

  /** The words of eight bytes; empty where `bytes` does not start at a multiple of eight in its memory. */
  longsOf(bytes: Uint8Array): BigInt64Array {
    if (this.#bytes !== bytes) this.#look(bytes);
    return this.#longs;
  }

  #look(bytes: Uint8Array): void {
    const { buffer, byteOffset, length } = bytes as Uint8Array<ArrayBuffer>;
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#words = byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, length >> 2) : new Int32Array();
    this.#longs = byteOffset % 8 === 0 ? new BigInt64Array(buffer, byteOffset, length >> 3) : new BigInt64Array();
  }
}

/** Time of the command at byte `start`, a multiple of 8. */
export const timeAt = (words: Int32Array, start: number): number => (words[(start >> 2) + 2] >>> 0) + words[(start >> 2) + 3] * 2 ** 32;
