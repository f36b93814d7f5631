/**
 * What an accepted socket receives, read into one buffer that all connections of a server share. A buffer for each read, as the stream makes it, is memory outside the
 * collector's heap: some 64 MiB of it, a million commands, bring about a full collection, whose threads take the processor from matching and clients.
 */

import { Socket } from "node:net";

/** Of one read. */
export const READ_BYTES = 1 << 16;

/**
 * Calls `received` with what the socket receives: bytes of `buffer`, valid during that call. To be called before anything else is done with the socket. Sockets
 * that connect have an option for it (`onread`), accepted ones do not: they are given what that option sets, and where Node has it not as it is known here, the
 * stream's own buffers are handed on.
 */
export function readInto(buffer: Buffer, socket: Socket, received: (chunk: Buffer) => void): void {
  const callback = (count: number): boolean => {
    received(buffer.subarray(0, count));
    return true;
  };
  const handle = (socket as Accepted)._handle;
  const sample = new Socket({ onread: { buffer, callback } }) as Accepted;
  const keys = Object.getOwnPropertySymbols(sample).filter((key) => sample[key] === buffer || sample[key] === callback);
  if (keys.length !== 2 || typeof handle?.useUserBuffer !== "function" || socket.readableLength > 0) {
    socket.on("data", received);
    return;
  }
  for (const key of keys) (socket as Accepted)[key] = sample[key];
  handle.useUserBuffer(buffer);
}

/** What the types of Node do not tell of a socket. */
type Accepted = Socket & { _handle?: { useUserBuffer?: (buffer: Buffer) => void }; [key: symbol]: unknown };
