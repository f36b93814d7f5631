import { strictEqual } from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { openSocket } from "../../../../../workloads/services/trading/remote/outgoing";

describe("a connection to a shard", () => {
  /** Node keeps it under a symbol, and gives it to the system when the socket is connected. */
  const isWithoutDelay = (socket: Socket) => {
    const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "kSetNoDelay")!;
    return (socket as unknown as Record<symbol, boolean>)[key];
  };

  for (const [name, tls] of [
    ["without TLS", undefined],
    ["with TLS", {}],
  ] as const) {
    it(`sends short frames without waiting for what was sent before, ${name}`, async () => {
      const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
      await once(server, "listening");
      const socket = openSocket({ host: "127.0.0.1", port: (server.address() as AddressInfo).port }, tls);
      // Nobody speaks TLS there.
      socket.on("error", () => {});
      const closed = new Promise((resolve) => socket.once("close", resolve));
      try {
        strictEqual(isWithoutDelay(socket), true);
      } finally {
        await closed;
        server.close();
      }
    });
  }
});
