/**
 * Memory that starts on a page. A disk takes whole sectors straight from it: without the copy into pages of the system's file cache that took most of the
 * time of a write.
 *
 * JavaScript does not say where the memory of an `ArrayBuffer` starts. That of WebAssembly starts on a page in every engine, since it is reserved from the
 * system in pages.
 */

/** Of WebAssembly's memory, in which it is reserved. */
const PAGE = 1 << 16;

/** At least `length` bytes, all zero. */
export function pageMemory(length: number): ArrayBuffer {
  const pages = Math.ceil(length / PAGE);
  return new Memory({ initial: pages, maximum: pages }).buffer;
}

/** The types of Node know nothing of WebAssembly. */
const { Memory } = (globalThis as unknown as { WebAssembly: WebAssembly }).WebAssembly;

interface WebAssembly {
  Memory: new (pages: { initial: number; maximum: number }) => { buffer: ArrayBuffer };
}
