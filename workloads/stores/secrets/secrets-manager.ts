/** The AWS secrets adapter: Secrets Manager, each secret encrypted with the given KMS key. */

import {
  CreateSecretCommand,
  GetSecretValueCommand,
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
  /** Region, endpoint, credentials; by default as everywhere in the AWS SDK. */
  client?: SecretsManagerClientConfig;
}

export function openSecretsManager({ prefix, kmsKeyId, client }: SecretsManagerOptions): Secrets {
  const manager = new SecretsManagerClient(client ?? {});
  const fullName = (name: string) => {
    checkSecretName(name);
    return `${prefix}/${name}`;
  };
  return {
    async read(name) {
      try {
        const { SecretBinary, SecretString } = await manager.send(new GetSecretValueCommand({ SecretId: fullName(name) }));
        return SecretBinary === undefined ? Buffer.from(SecretString ?? "") : Buffer.from(SecretBinary);
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    async create(name, value) {
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
