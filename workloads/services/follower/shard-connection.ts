/** How a process reaches the shard whose events it follows, read from its environment. */

import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Certificates, Environment } from "../../process/environment";
import type { Report } from "../../process/run";
import { keyIdOf, openSharedShard, type SharedShard, type SharedShardOptions } from "../trading/remote";

/** Milliseconds between two attempts to reach the shard at a start. */
const retryMs = 500;

/**
 * Reads BOURSE_TRADING, BOURSE_TRADING_KEY and BOURSE_TRADING_SESSION; faults go to the environment. The result is called after
 * `environment.check()`.
 */
export function readShardConnection(environment: Environment, certificates: Certificates | undefined): () => SharedShardOptions {
  const address = readAddress(environment);
  const privateKey = readKey(environment);
  const session = environment.integer("BOURSE_TRADING_SESSION", 1, 2 ** 32 - 2);
  return () => ({
    connect: address,
    tls: certificates && { ...certificates, servername: address.host },
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

function readAddress(environment: Environment): { host: string; port: number } {
  const text = environment.text("BOURSE_TRADING", "host:port of the shard", "trading:7400");
  const match = /^([A-Za-z0-9.-]+):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) < 1 || Number(match[2]) > 65_535) environment.fault("BOURSE_TRADING", "host:port of the shard");
  return { host: match?.[1] ?? "", port: Number(match?.[2]) };
}

function readKey(environment: Environment): KeyObject | undefined {
  const allowed = "an Ed25519 private key (PEM)";
  const pem = environment.file("BOURSE_TRADING_KEY", allowed);
  if (pem.length === 0) return undefined;
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Not told in the fault: an error of a key's parser may quote the key.
  }
  environment.fault("BOURSE_TRADING_KEY", `the path of ${allowed}`);
  return undefined;
}
