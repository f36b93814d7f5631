/** The key with which a process logs on to a shard, read from its environment. */

import { createPrivateKey, type KeyObject } from "node:crypto";
import type { Environment } from "../../process/environment";

/** Reads the file of BOURSE_TRADING_KEY; faults go to the environment. */
export function readTradingKey(environment: Environment): KeyObject | undefined {
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
