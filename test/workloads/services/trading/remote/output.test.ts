import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import type { Socket } from "node:net";
import { CHUNK_BYTES, OutputChunks } from "../../../../../workloads/services/trading/remote/output";

/** A socket that the system takes everything from at once, or only when the test says so. */
class FakeSocket {
  writableLength = 0;
  writableCorked = 0;
  written: Buffer[] = [];
  readonly pending: (() => void)[] = [];

  constructor(private readonly isSlow: boolean) {}

  write(bytes: Buffer, done = () => {}): void {
    this.written.push(bytes);
    if (this.isSlow || this.writableCorked > 0) this.writableLength += bytes.length;
    this.pending.push(done);
  }

  cork(): void {
    this.writableCorked++;
  }

  uncork(): void {
    if (--this.writableCorked === 0 && !this.isSlow) this.writableLength = 0;
  }

  /** As a stream does it: told a while after the system has the bytes, too. */
  finish(): void {
    for (const done of this.pending.splice(0)) done();
    this.writableLength = 0;
  }
}

describe("memory for frames", () => {
  const write = (chunks: OutputChunks, socket: FakeSocket) => {
    const chunk = chunks.take(100);
    chunks.write(socket as unknown as Socket, chunk, 100);
    return chunk;
  };

  it("is used again at once when the system has the frame, and by one frame at a time", () => {
    const chunks = new OutputChunks();
    const socket = new FakeSocket(false);
    const first = write(chunks, socket);
    strictEqual(chunks.take(100), first);
    socket.finish();
    notStrictEqual(chunks.take(100), first, "it has one frame already");
    strictEqual(socket.written[0].length, 100);
  });

  it("keeps a frame until a slow socket has given it to the system", () => {
    const chunks = new OutputChunks();
    const socket = new FakeSocket(true);
    const first = write(chunks, socket);
    const second = write(chunks, socket);
    notStrictEqual(second, first);
    socket.finish();
    const taken = new Set([chunks.take(100), chunks.take(100), chunks.take(100)]);
    strictEqual(taken.size, 3);
    strictEqual(taken.has(first) && taken.has(second), true);
  });

  for (const [isSlow, isTogether] of [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ]) {
    it(`goes ${isTogether ? "with that of others" : "alone"} to a ${isSlow ? "slow" : "quick"} socket, with what is borrowed behind it, until the system has it`, () => {
      const chunks = new OutputChunks();
      const socket = new FakeSocket(isSlow);
      const free = new Set<unknown>();
      const own: unknown[] = [];
      const order: Buffer[] = [];
      const send = () => {
        for (let n = 0; n < 3; n++) {
          const chunk = chunks.take(100);
          const borrowed = Buffer.alloc(50 + n);
          order.push(borrowed);
          own.push(chunk);
          chunks.write(socket as unknown as Socket, chunk, 100 + n, { bytes: borrowed, release: () => free.add(borrowed) });
        }
      };
      if (isTogether) chunks.together(socket as unknown as Socket, send);
      else send();
      strictEqual(socket.writableCorked, 0);
      strictEqual(new Set(own).size, isSlow || isTogether ? 3 : 1);
      strictEqual(free.size, isSlow ? 0 : 3);
      socket.finish();
      strictEqual(free.size, 3);
      deepStrictEqual(
        socket.written.map(({ length }) => length),
        [100, 50, 101, 51, 102, 52],
      );
      deepStrictEqual([socket.written[1], socket.written[3], socket.written[5]], order);
      const again = new Set(Array.from({ length: 4 }, () => chunks.take(100)));
      strictEqual(again.size, 4);
      strictEqual(
        own.every((chunk) => again.has(chunk as never)),
        true,
      );
    });
  }

  it("of one long frame is not kept", () => {
    const chunks = new OutputChunks();
    const long = chunks.take(CHUNK_BYTES + 8);
    strictEqual(long.bytes.length, CHUNK_BYTES + 8);
    chunks.write(new FakeSocket(false) as unknown as Socket, long, CHUNK_BYTES + 8);
    strictEqual(chunks.take(100).bytes.length, CHUNK_BYTES);
  });
});
