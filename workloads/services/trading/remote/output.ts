/**
 * Memory for frames on their way to sockets, taken back once the system has the bytes. A new buffer for each frame would be outside the collector's heap
 * and make it run a full collection for every few megabytes: more work than matching itself.
 */

import type { Socket } from "node:net";

/** Longest frame of results or events, unless one command alone has more. */
export const CHUNK_BYTES = 1 << 16;
/** Chunks that are kept for later: 16 MiB. */
const KEPT = 256;

export interface Chunk {
  readonly bytes: Buffer;
  /** The same memory in words of four bytes. */
  readonly words: Int32Array;
}

/** Memory of somebody else that goes out behind a chunk, as it lies. */
export interface Borrowed {
  readonly bytes: Buffer;
  /** The system has it. */
  release(): void;
}

export class OutputChunks {
  readonly #free: Chunk[] = [];
  /** Of what is written together: they take its memory back. */
  #together: (() => void)[] = [];

  /** At least `length` bytes; more than {@link CHUNK_BYTES} only when that is asked for. */
  take(length: number): Chunk {
    return (length <= CHUNK_BYTES && this.#free.pop()) || allocate(Math.max(length, CHUNK_BYTES));
  }

  /**
   * Writes the first `length` bytes of the chunk, and what is borrowed behind them, and takes it back: at once where the system has all of them, so that the
   * next frame is written into the same memory, which is still in the processor's cache.
   */
  write(socket: Socket, chunk: Chunk, length: number, borrowed?: Borrowed): void {
    let isBack = false;
    const takeBack = () => {
      if (isBack) return;
      isBack = true;
      if (chunk.bytes.length === CHUNK_BYTES && this.#free.length < KEPT) this.#free.push(chunk);
      borrowed?.release();
    };
    const own = length === chunk.bytes.length ? chunk.bytes : chunk.bytes.subarray(0, length);
    if (borrowed) {
      socket.cork();
      socket.write(own);
      socket.write(borrowed.bytes, takeBack);
      socket.uncork();
    } else socket.write(own, takeBack);
    if (socket.writableCorked > 0) this.#together.push(takeBack);
    // What is not in the hands of the system counts as the stream's.
    else if (socket.writableLength === 0) takeBack();
  }

  /** Gives the system in one piece what `write` writes to the socket in this way. */
  together(socket: Socket, write: () => void): void {
    socket.cork();
    write();
    socket.uncork();
    const together = this.#together;
    this.#together = [];
    if (socket.writableLength === 0) for (const takeBack of together) takeBack();
  }
}

function allocate(length: number): Chunk {
  const buffer = new ArrayBuffer(length);
  return { bytes: Buffer.from(buffer), words: new Int32Array(buffer, 0, length >> 2) };
}
