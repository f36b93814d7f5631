/** The key with which a process logs on to a shard: of a file, or of its own. */

import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Environment } from "../../process/environment";

/**
 * Reads the file of BOURSE_TRADING_KEY; faults go to the environment. Without one, a process with a certificate makes a key for its life: the shard knows it by the certificate (`client-list.ts`).
 *
 * @param isCertified whether the process shows a certificate to the shard
 */
export function readTradingKey(environment: Environment, isCertified: boolean): KeyObject | undefined {
  if (isCertified && environment.optional("BOURSE_TRADING_KEY") === undefined) return generateKeyPairSync("ed25519").privateKey;
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
