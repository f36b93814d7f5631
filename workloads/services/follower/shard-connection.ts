/** How a process reaches the shard whose events it follows, read from its environment. */

import { createPublicKey } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Certificates } from "../../process/certificates";
import type { Environment } from "../../process/environment";
import type { Report } from "../../process/run";
import { readTradingKey } from "../trading/key";
import { connectShard, keyIdOf, openSharedShard, type ShardClient, type SharedShard, type SharedShardOptions } from "../trading/remote";
import { readSession } from "../trading/session";

/** Milliseconds between two attempts to reach the shard at a start. */
const retryMs = 500;

/**
 * Reads BOURSE_TRADING, BOURSE_TRADING_KEY (without which a process with a certificate logs on by that), BOURSE_TRADING_SESSION and, with a range of sessions, BOURSE_POD_ADDRESS; faults go to the environment. The result is called after
 * `environment.check()`.
 */
export function readShardConnection(environment: Environment, certificates: Certificates | undefined): () => SharedShardOptions {
  const addresses = readAddresses(environment);
  let tries = 0;
  const privateKey = readTradingKey(environment, certificates !== undefined);
  const session = readSession(environment);
  return () => ({
    connect: () => addresses[tries++ % addresses.length],
    tls: certificates?.client(addresses[0].host),
    keyId: keyIdOf(createPublicKey(privateKey!)),
    privateKey: privateKey!,
    session,
    catchUpSession: session + 1,
  });
}

/** Tries until the shard answers: services start in any order. */
export async function reachShard(options: SharedShardOptions, report: Report): Promise<SharedShard> {
  for (let lastReason = ""; ; await wait(retryMs)) {
    try {
      return await openSharedShard(options);
    } catch (error) {
      const reason = (error as Error).message;
      if (reason !== lastReason) report(`the shard cannot be reached yet: ${reason}`);
      lastReason = reason;
    }
  }
}

/** Milliseconds after which a process that only enters commands takes a lost shard to be away. */
const giveUpMs = 5_000;

/** A connection for a process that now and then enters a command, and follows nothing. @throws ShardUnavailable when the shard does not answer */
export function enterShard(options: SharedShardOptions): Promise<ShardClient> {
  return connectShard({ ...options, giveUpMs });
}

/** The addresses of a shard's members: only the one that leads listens, so they are tried in turn. */
function readAddresses(environment: Environment): { host: string; port: number; servername: string }[] {
  const allowed = "host:port of the shard, or those of its members with commas between";
  const addresses = environment
    .text("BOURSE_TRADING", allowed, "trading:7400")
    .split(",")
    .map((text) => /^([A-Za-z0-9.-]+):(\d{1,5})$/.exec(text.trim()))
    .map((match) => ({ host: match?.[1] ?? "", port: Number(match?.[2]), servername: match?.[1] ?? "" }));
  if (addresses.some(({ port }) => !(port >= 1 && port <= 65_535))) environment.fault("BOURSE_TRADING", allowed);
  return addresses;
}
