/** What the engine uses of WebAssembly, of which the types of Node know nothing. */

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Grows it in place by so many pages of 64 KiB; `buffer` is another one afterwards. */
  grow(pages: number): number;
}

export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

interface WebAssembly {
  Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
  Module: new (bytes: Uint8Array) => WasmModule;
  Instance: new (module: WasmModule, imports: Record<string, Record<string, unknown>>) => { readonly exports: Record<string, unknown> };
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssembly }).WebAssembly;
