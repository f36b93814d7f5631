/**
 * Bytes read as words of four: commands and events are short and aligned, and a loop over their words is faster than a call of `set`, which
 * also needs a `subarray` for each. The last view is kept, since what is copied comes many in one buffer.
 */
export class WordView {
  #bytes = new Uint8Array();
  #words = new Int32Array();

  /** The words of `bytes`, which starts at a multiple of four in its memory. */
  of(bytes: Uint8Array): Int32Array {
    if (this.#bytes !== bytes) {
      this.#bytes = bytes as Uint8Array<ArrayBuffer>;
      this.#words = new Int32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length >> 2);
    }
    return this.#words;
  }
}
