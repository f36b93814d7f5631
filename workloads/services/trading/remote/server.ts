/**
 * Serves a shard to other processes: binary order entry and the event feed, over TCP or a local socket. Off the loopback only with TLS 1.3.
 */

import type { KeyObject } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { EncodedBatch } from "../recent-events";
import type { TradingShard } from "../shard";
import { Connection } from "./connection";
import { FrameType } from "./frames";

/** Who may log on with a key. */
export interface BinaryClient {
  publicKey: KeyObject;
  /** Sessions under which it may enter commands: each names one stream of session sequences. */
  sessions: ReadonlySet<number>;
  /** Accounts for which it may enter commands. */
  accounts: ReadonlySet<number> | "all";
  /** Whether it may read everybody's events: services of the house, not members. */
  readsEvents: boolean;
}

export interface ShardServerOptions {
  shard: TradingShard;
  /** TCP: `host` and `port` (0 takes a free one); or `path` of a local socket. */
  listen: { host: string; port: number } | { path: string };
  /** Certificate and key; `requestCert` and `ca` for mutual TLS. Needed unless the server listens on the loopback or a local socket. */
  tls?: TlsOptions;
  /** The client of a key id, or undefined. */
  findClient: (keyId: string) => BinaryClient | undefined;
  /** @default 5,000 */
  heartbeatMs?: number;
  /** A connection that has not logged on is closed after so long. @default 5,000 */
  logonMs?: number;
  /** Bytes that may wait for a slow reader before it is cut off. @default 64 MiB */
  maxBacklogBytes?: number;
  /** Connections at a time; more are closed at once. @default 1,024 */
  maxConnections?: number;
}

export interface ShardServer {
  /** Port that was taken, 0 for a local socket. */
  readonly port: number;
  readonly connections: number;
  close(): Promise<void>;
}

const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/** Rejects when the address cannot be used, and when it is off the loopback without TLS. */
export async function serveShard(options: ShardServerOptions): Promise<ShardServer> {
  const { shard, listen, tls, logonMs = 5000, maxConnections = 1024 } = options;
  if (!tls && "host" in listen && !loopback.has(listen.host)) {
    throw new RangeError(`${listen.host} is not the loopback: order entry needs TLS there, give \`tls\``);
  }
  const connections = new Set<Connection>();
  const sessions = new Map<number, Connection>();
  const accept = (socket: Socket) => {
    if (connections.size >= maxConnections) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, options, sessions);
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
  };
  const server = tls
    ? createTlsServer({ ...tls, minVersion: "TLSv1.3", handshakeTimeout: logonMs, noDelay: true }, accept)
    : createServer({ noDelay: true }, accept);
  const subscription = await shard.subscribeEncoded(shard.position, (batch: EncodedBatch) => {
    for (const connection of connections) connection.deliver(batch);
  });
  try {
    await listening(server, listen);
  } catch (error) {
    subscription.close();
    throw error;
  }
  const address = server.address();
  return {
    port: address && typeof address === "object" ? address.port : 0,
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

function listening(server: Server, listen: ShardServerOptions["listen"]): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...listen }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
