/**
 * Serves a shard to other processes: binary order entry and the event feed, over TCP or a local socket. Off the loopback only with TLS 1.3.
 */

import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { EncodedBatch } from "../recent-events";
import { Connection } from "./connection";
import { FrameType } from "./frames";
import { READ_BYTES } from "./incoming";
import { OutputChunks } from "./output";
import type { ShardServerOptions } from "./server-options";

export interface ShardServer {
  /** Port that was taken, 0 for a local socket. */
  readonly port: number;
  readonly connections: number;
  close(): Promise<void>;
}

/** So much is handed to the disk at once, not at the end of the turn: a turn reads up to 2 MiB of each connection, and the disk would idle meanwhile. */
const FLUSH_BYTES = 1 << 17;

const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/** Rejects when the address cannot be used, and when it is off the loopback without TLS. */
export async function serveShard(options: ShardServerOptions): Promise<ShardServer> {
  const { shard, listen, tls, logonMs = 5000, maxConnections = 1024 } = options;
  const connections = new Set<Connection>();
  let entered = 0;
  let flushes = false;
  const flushSoon = (bytes: number) => {
    entered += bytes;
    if (entered >= FLUSH_BYTES) {
      entered = 0;
      shard.flush();
    }
    if (flushes) return;
    flushes = true;
    setImmediate(() => {
      flushes = false;
      entered = 0;
      shard.flush();
    });
  };
  const parts = { sessions: new Map<number, Connection>(), output: new OutputChunks(), readBuffer: Buffer.alloc(READ_BYTES), flushSoon };
  const accept = (socket: Socket) => {
    if (connections.size >= maxConnections) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, options, parts);
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
  };
  const server = tls
    ? createTlsServer({ ...tls, minVersion: "TLSv1.3", handshakeTimeout: logonMs, noDelay: true }, accept)
    : createServer({ noDelay: true }, accept);
  tls?.renews?.(server, "TLSv1.3");
  const subscription = await shard.subscribeEncoded(shard.position, (batch: EncodedBatch) => {
    for (const connection of connections) connection.deliver(batch);
  });
  const port = await listenOn(server, listen, tls !== undefined).catch((error: unknown) => {
    subscription.close();
    throw error;
  });
  return {
    port,
    get connections() {
      return connections.size;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.end("the server stops", FrameType.STOPPING);
      subscription.close();
      await closed;
    },
  };
}

/** Resolves with the port, 0 for a local socket. Rejects when the address cannot be used, or is off the loopback and not secure. */
export async function listenOn(server: Server, listen: ShardServerOptions["listen"], secure: boolean): Promise<number> {
  if (!secure && "host" in listen && !loopback.has(listen.host)) {
    throw new RangeError(`${listen.host} is not the loopback: order entry needs TLS there, give \`tls\``);
  }
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...listen }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  return address && typeof address === "object" ? address.port : 0;
}
