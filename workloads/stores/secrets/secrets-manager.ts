/** The AWS secrets adapter: Secrets Manager, each secret encrypted with the given KMS key; in a region that has joined another, copies of those of that region. */

import { setTimeout as wait } from "node:timers/promises";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from "@aws-sdk/client-secrets-manager";
import { checkSecretName, type Secrets } from "./port";

export interface SecretsManagerOptions {
  /** Put before each name, such as "bourse/production". */
  prefix: string;
  /** KMS key of new secrets. @default the account's key for Secrets Manager */
  kmsKeyId?: string;
  /** Region that makes the secrets, of which copies are had here: a value of this region's own would open nothing that is sealed there. @default this region makes them */
  home?: string;
  /** Milliseconds that a copy may take. @default 60,000 */
  copyMs?: number;
  /** Region, endpoint, credentials; by default as everywhere in the AWS SDK. */
  client?: SecretsManagerClientConfig;
}

/** Milliseconds between two looks for a copy. */
const lookMs = 250;

export function openSecretsManager({ prefix, kmsKeyId, home, copyMs = 60_000, client }: SecretsManagerOptions): Secrets {
  const manager = new SecretsManagerClient(client ?? {});
  const fullName = (name: string) => {
    checkSecretName(name);
    return `${prefix}/${name}`;
  };
  const read = async (name: string): Promise<Buffer | undefined> => {
    try {
      const { SecretBinary, SecretString } = await manager.send(new GetSecretValueCommand({ SecretId: fullName(name) }));
      return SecretBinary === undefined ? Buffer.from(SecretString ?? "") : Buffer.from(SecretBinary);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  };
  /** Several processes may ask for the same copy at once: it is there in the end. */
  const copy = async (name: string, region: string): Promise<void> => {
    const replicas = [{ Region: await manager.config.region(), KmsKeyId: kmsKeyId }];
    const request = new ReplicateSecretToRegionsCommand({ SecretId: fullName(name), AddReplicaRegions: replicas });
    const fault = await new SecretsManagerClient({ ...client, region }).send(request).then(
      () => undefined,
      (error: Error) => error,
    );
    if (fault instanceof ResourceNotFoundException) {
      throw new Error(`the secret ${fullName(name)} is not in ${region} yet, whose services make it: start them first`, { cause: fault });
    }
    for (const deadline = Date.now() + copyMs; (await read(name)) === undefined; await wait(lookMs)) {
      if (Date.now() > deadline)
        throw new Error(`no copy of the secret ${fullName(name)} came from ${region} within ${copyMs} ms`, { cause: fault });
    }
  };
  return {
    read,
    async create(name, value) {
      if (home !== undefined) {
        await copy(name, home);
        return false;
      }
      try {
        await manager.send(new CreateSecretCommand({ Name: fullName(name), SecretBinary: value, KmsKeyId: kmsKeyId }));
        return true;
      } catch (error) {
        if (error instanceof ResourceExistsException) return false;
        throw error;
      }
    },
  };
}
