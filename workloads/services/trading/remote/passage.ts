/** Passes frames from one connection on to another as they are: those that lie one behind the other in what was read go out in one write. */

export class Passage {
  #chunk: Buffer | undefined;
  /** What was passed of the chunk and is not written yet. */
  #start = 0;
  #end = 0;

  /** @param write writes bytes that nobody changes any more */
  constructor(private readonly write: (bytes: Buffer) => void) {}

  /** Frames of `chunk` come next, and after them {@link end}. */
  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#start = this.#end = 0;
  }

  pass(bytes: Buffer, start: number, end: number): void {
    if (bytes !== this.#chunk) {
      // A frame that came in pieces: its memory is the reader's, who uses it again.
      this.end();
      this.write(Buffer.from(bytes.subarray(start, end)));
    } else if (start === this.#end) this.#end = end;
    else {
      this.end();
      this.#start = start;
      this.#end = end;
    }
  }

  /** Writes what is not written yet. */
  end(): void {
    const [start, end] = [this.#start, this.#end];
    this.#start = end;
    if (end > start) this.write(this.#chunk!.subarray(start, end));
  }
}
