import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { readInto } from "../../../../../workloads/services/trading/remote/incoming";

describe("what an accepted socket receives", () => {
  /** Sends each of the texts by itself; returns all chunks that were received until the connection had ended. */
  async function receive(
    texts: string[],
    buffer: Buffer,
    prepare = (_socket: Socket) => {},
  ): Promise<{ text: string; isInBuffer: boolean }[]> {
    const received: { text: string; isInBuffer: boolean }[] = [];
    let more = () => {};
    const server = createServer((socket) => {
      prepare(socket);
      readInto(buffer, socket, (chunk) => {
        received.push({
          text: chunk.toString("latin1"),
          isInBuffer: chunk.buffer === buffer.buffer && chunk.byteOffset === buffer.byteOffset,
        });
        more();
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" }).resume();
    for (const text of texts) {
      const isRead = new Promise<void>((resolve) => {
        more = resolve;
      });
      socket.write(text);
      await isRead;
    }
    // The accepted socket answers the end with its own.
    socket.end();
    await once(socket, "close");
    server.close();
    await once(server, "close");
    return received;
  }

  it("is read into the buffer that was given, and the end is seen", async () => {
    deepStrictEqual(await receive(["first", "then"], Buffer.alloc(64)), [
      { text: "first", isInBuffer: true },
      { text: "then", isInBuffer: true },
    ]);
  });

  it("comes in pieces where it is longer than the buffer", async () => {
    const long = "0123456789".repeat(20);
    const received = await receive([long], Buffer.alloc(64));
    strictEqual(received.map(({ text }) => text).join(""), long);
    strictEqual(
      received.every(({ text, isInBuffer }) => isInBuffer && text.length <= 64),
      true,
    );
  });

  it("comes in buffers of the stream where the system's side of the socket is not as it is known", async () => {
    const unknown = (socket: Socket) => Object.assign((socket as unknown as { _handle: object })._handle, { useUserBuffer: undefined });
    deepStrictEqual(await receive(["first", "then"], Buffer.alloc(64), unknown), [
      { text: "first", isInBuffer: false },
      { text: "then", isInBuffer: false },
    ]);
  });
});
