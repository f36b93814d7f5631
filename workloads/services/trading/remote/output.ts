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

export class OutputChunks {
  readonly #free: Chunk[] = [];

  /** At least `length` bytes; more than {@link CHUNK_BYTES} only when that is asked for. */
  take(length: number): Chunk {
    return (length <= CHUNK_BYTES && this.#free.pop()) || allocate(Math.max(length, CHUNK_BYTES));
  }

  /**
   * Writes the first `length` bytes of the chunk and takes it back: at once where the system has all of them, so that the next frame is written into the
   * same memory, which is still in the processor's cache.
   */
  write(socket: Socket, chunk: Chunk, length: number): void {
    let isBack = false;
    const takeBack = () => {
      if (isBack) return;
      isBack = true;
      if (chunk.bytes.length === CHUNK_BYTES && this.#free.length < KEPT) this.#free.push(chunk);
    };
    socket.write(length === chunk.bytes.length ? chunk.bytes : chunk.bytes.subarray(0, length), takeBack);
    // What is not in the hands of the system counts as the stream's.
    if (socket.writableLength === 0) takeBack();
  }
}

function allocate(length: number): Chunk {
  const buffer = new ArrayBuffer(length);
  return { bytes: Buffer.from(buffer), words: new Int32Array(buffer, 0, length >> 2) };
}
