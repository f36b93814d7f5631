/** What a shard's server needs to know, and who its clients are. */

import type { KeyObject, X509Certificate } from "node:crypto";
import type { ServerTls } from "../../../process/certificates";
import type { LogCopies } from "../replication/log-copies";
import type { TradingShard } from "../shard";

/** Sessions of members begin here; those of the house are below. */
export const memberSessions = 2 ** 31;

/** Time between two looks at the key of an open connection: a key that is revoked must be dead within five seconds, two of which a table of keys may lag. */
export const KEY_CHECK_MS = 1000;

/** Who may log on with a key. */
export interface BinaryClient {
  /** Checks its signature; or `"certificate"`, where the certificate that it has shown says who it is. */
  publicKey: KeyObject | "certificate";
  /** Sessions under which it may enter commands: each names one stream of session sequences. */
  sessions: { has(session: number): boolean };
  /** Accounts for which it may enter commands. */
  accounts: ReadonlySet<number> | "all";
  /** Whether it may read everybody's events: services of the house, not members. */
  readsEvents: boolean;
  /** Whether it may copy the log: other members of the shard. @default false */
  copiesLog?: boolean;
  /**
   * Told of each frame of commands before {@link admit} is asked about them: what is the same for all of them is looked at once. Throws a
   * `ProtocolError` to end the connection.
   */
  arrived?: () => void;
  /**
   * Asked about each command before it is entered, with its bytes, in which it may set the time. Returns why the command is refused, undefined
   * to admit it. Throws a `ProtocolError` to end the connection. @default every command is admitted
   */
  admit?: (bytes: Buffer, start: number, length: number) => string | undefined;
  /** Told by a relay, before it passes a frame of results on, of the newest sequence in it. */
  acknowledged?: (sequence: number) => void;
  /** Asked every {@link KEY_CHECK_MS} while a connection lasts. Throws a `ProtocolError` to end it: the key is no longer good. @default keys stay good */
  assertGood?: () => void;
}

export interface ShardServerOptions {
  shard: TradingShard;
  /** TCP: `host` and `port` (0 takes a free one); or `path` of a local socket. */
  listen: { host: string; port: number } | { path: string };
  /** Certificate and key; `requestCert` and `ca` for mutual TLS. Needed unless the server listens on the loopback or a local socket. */
  tls?: ServerTls;
  /**
   * The client of a key id that logs on from `address`, or undefined; with the certificate that it has shown, where one was asked for and is of the authority. May throw a
   * `ProtocolError` that says why it may not.
   */
  findClient: (keyId: string, address: string, certificate?: X509Certificate) => BinaryClient | undefined;
  /** Of the shard's log. @default it is not copied */
  copies?: LogCopies;
  /** @default 5,000 */
  heartbeatMs?: number;
  /** A connection that has not logged on is closed after so long. @default 5,000 */
  logonMs?: number;
  /** Bytes that may wait for a slow reader before it is cut off. @default 64 MiB */
  maxBacklogBytes?: number;
  /** Connections at a time; more are closed at once. @default 1,024 */
  maxConnections?: number;
}
