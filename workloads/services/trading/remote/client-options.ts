/** Where a shard listens, and with what a client of it logs on. */

import { createHash, type KeyObject } from "node:crypto";
import type { ConnectionOptions } from "node:tls";
import type { CountedOrderEntry, EventFeed, Position } from "../port";

/** Where a shard listens: over TCP, with the name in its certificate when that is not the one of `tls`, or on a local socket. */
export type ShardAddress = { host: string; port: number; servername?: string } | { path: string };

export interface ShardClientOptions {
  /** Asked for each connection when it is a function: a shard with several members has as many addresses, and the one that leads answers. */
  connect: ShardAddress | (() => ShardAddress);
  /** TLS options, such as `ca` and `servername`; needed for a server off the loopback. */
  tls?: ConnectionOptions;
  keyId: string;
  /** Ed25519. */
  privateKey: KeyObject;
  /** Names this client's stream of commands. Two processes must never use one session at the same time. */
  session: number;
  /** First session sequence to use: above all that this session ever used. @default the present time in microseconds */
  firstNumber?: number;
  /** Commands that may wait for their results; more are refused with ShardBusy. Above 1,024 a resend may be refused as too old. @default 1,024 */
  maxOutstanding?: number;
  /** How long a lost connection is tried to be replaced before what waits is given up. @default 10,000 */
  giveUpMs?: number;
  /** Told why, once, when the connection has ended for good without {@link ShardClient.close}: refused by the server, or given up. */
  onEnded?: (reason: string) => void;
}

/** What a shard says of a position. */
export interface PositionState {
  /** Whether it is of the log; false when it was given up in a takeover. */
  held: boolean;
  /** Whether a copy in another place, such as the second region, has it, too: the loss of the shard's own place does not lose it. */
  copied: boolean;
  /** Whether such copies are kept at all. Where none is, there is nothing to wait for. */
  keptElsewhere: boolean;
}

export interface ShardClient extends CountedOrderEntry, EventFeed {
  /** Rejects with `ShardUnavailable` when the connection is given up. */
  positionState(position: Position): Promise<PositionState>;
  /** Whether it is logged on now. */
  readonly connected: boolean;
  /** Where the shard was at the last logon. */
  readonly logonPosition: Position;
  close(): Promise<void>;
}

/** The address for the next connection. */
export const addressOf = (connect: ShardClientOptions["connect"]): ShardAddress => (typeof connect === "function" ? connect() : connect);

/** A short name for a public key, to be used as its key id. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url")
    .slice(0, 22);
}
