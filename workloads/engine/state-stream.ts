/**
 * The form of a written state: a stream of 8-byte words, each an integer below 2^53 as a double, or 8 bytes of ASCII text. It is produced and
 * consumed in chunks, so that a large state needs no copy of itself, and hashed on the way.
 */

/** Collects words into chunks of about `size` bytes. */
export class StateWriter {
  private bytes: Uint8Array;
  private view: DataView;
  private length = 0;
  private readonly chunks: Uint8Array[] = [];

  constructor(private readonly size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  number(value: number): void {
    if (this.length === this.size) this.turn();
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  boolean(value: boolean): void {
    this.number(value ? 1 : 0);
  }

  text(value: string): void {
    this.number(value.length);
    for (let at = 0; at < value.length; at += 8) {
      if (this.length === this.size) this.turn();
      for (let i = 0; i < 8; i++) this.bytes[this.length + i] = at + i < value.length ? value.charCodeAt(at + i) : 0;
      this.length += 8;
    }
  }

  private turn(): void {
    this.chunks.push(this.bytes);
    this.bytes = new Uint8Array(this.size);
    this.view = new DataView(this.bytes.buffer);
    this.length = 0;
  }

  /** The full chunks so far, which are then forgotten; `all` adds the last one. */
  take(all: boolean): Uint8Array[] {
    if (all && this.length > 0) {
      this.chunks.push(this.bytes.subarray(0, this.length));
      this.length = 0;
    }
    return this.chunks.splice(0);
  }
}

/** One piece of memory with all chunks, one behind the other. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Reads words from chunks of any size. Throws a RangeError where they end too early. */
export class StateReader {
  private readonly source: Iterator<Uint8Array>;
  private bytes = new Uint8Array(0);
  /** Of `bytes`. */
  private chunk: DataView = new DataView(this.bytes.buffer);
  private at = 0;
  private readonly word = new Uint8Array(8);
  private readonly view = new DataView(this.word.buffer);

  constructor(chunks: Iterable<Uint8Array>) {
    this.source = chunks[Symbol.iterator]();
  }

  private next(): void {
    for (let i = 0; i < 8; i++) {
      while (this.at === this.bytes.length) {
        const chunk = this.source.next();
        if (chunk.done) throw new RangeError("the state ends too early: it was cut, or is not a state of an exchange");
        this.turn(chunk.value);
      }
      this.word[i] = this.bytes[this.at++];
    }
  }

  private turn(bytes: Uint8Array): void {
    this.bytes = bytes as Uint8Array<ArrayBuffer>;
    this.chunk = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  number(): number {
    const { at } = this;
    if (at + 8 <= this.bytes.length) {
      this.at = at + 8;
      return this.chunk.getFloat64(at, true);
    }
    this.next();
    return this.view.getFloat64(0, true);
  }

  boolean(): boolean {
    return this.number() !== 0;
  }

  text(): string {
    const length = this.number();
    let text = "";
    for (let at = 0; at < length; at += 8) {
      this.next();
      for (let i = 0; i < 8 && at + i < length; i++) text += String.fromCharCode(this.word[i]);
    }
    return text;
  }

  /** Whether all chunks are read. */
  get ended(): boolean {
    while (this.at === this.bytes.length) {
      const chunk = this.source.next();
      if (chunk.done) return true;
      this.turn(chunk.value);
    }
    return false;
  }
}

/** Hash of 128 bits over 8-byte words, for comparing states; not meant to withstand forgery. Multipliers are those of MurmurHash3 (x86, 128). */
export class StateHash {
  private a = 0x9e3779b9;
  private b = 0x243f6a88;
  private c = 0xb7e15162;
  private d = 0xdeadbeef;

  update(chunk: Uint8Array): void {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let { a, b, c, d } = this;
    for (let at = 0; at + 8 <= chunk.length; at += 8) {
      const low = view.getInt32(at, true);
      const high = view.getInt32(at + 4, true);
      a = (Math.imul(a ^ low, 0x239b961b) + b) | 0;
      b = (Math.imul(b ^ high ^ (a >>> 15), 0xab0e9789) + c) | 0;
      c = (Math.imul(c ^ low ^ (b >>> 13), 0x38b34ae5) + d) | 0;
      d = (Math.imul(d ^ high ^ (c >>> 16), 0xa1e38b93) + a) | 0;
    }
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /** 32 hexadecimal digits. */
  digest(): string {
    let { a, b, c, d } = this;
    for (let round = 0; round < 4; round++) {
      a = (Math.imul(a ^ (d >>> 16), 0x85ebca6b) + b) | 0;
      b = (Math.imul(b ^ (a >>> 13), 0xc2b2ae35) + c) | 0;
      c = (Math.imul(c ^ (b >>> 16), 0x85ebca6b) + d) | 0;
      d = (Math.imul(d ^ (c >>> 13), 0xc2b2ae35) + a) | 0;
    }
    return [a, b, c, d].map((part) => (part >>> 0).toString(16).padStart(8, "0")).join("");
  }
}
