/** Where an exchange writes its events: bytes that grow as needed and are used again after `clear()`. */
export class EventBuffer {
  /** The events are in `bytes[0, length)`; another array takes its place when it grows. */
  bytes: Uint8Array;
  view: DataView;
  /** The same bytes as words, in the order of the machine, which is that of the layout: events begin at multiples of 8. */
  words: Int32Array;
  /** The same as doubles, by which two words are written at once. */
  doubles: Float64Array;
  length = 0;

  /** @param capacity first size in bytes. @default 65,536 */
  constructor(capacity = 65_536) {
    this.bytes = new Uint8Array((Math.max(capacity, 64) + 7) & ~7);
    this.view = new DataView(this.bytes.buffer);
    this.words = new Int32Array(this.bytes.buffer);
    this.doubles = new Float64Array(this.bytes.buffer);
  }

  clear(): void {
    this.length = 0;
  }

  /** Makes room for `more` bytes behind `length`. */
  reserve(more: number): void {
    if (this.length + more > this.bytes.length) this.grow(this.length + more);
  }

  private grow(needed: number): void {
    let capacity = this.bytes.length;
    while (capacity < needed) capacity *= 2;
    const bytes = new Uint8Array(capacity);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.words = new Int32Array(bytes.buffer);
    this.doubles = new Float64Array(bytes.buffer);
  }
}
