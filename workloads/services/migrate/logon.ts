/**
 * Makes the keys with which services log on to the shard, and the list of them that the shard reads, and ends: run before services start that find no certificates of a cluster mounted. A key
 * that is there stays; running it again changes nothing.
 *
 *   BOURSE_LOGON_CLIENTS   JSON: for each client the ARN of the secret that its key is kept in, beside what the shard's list says of it (`trading/client-list.ts`)
 *   BOURSE_LOGON_LIST      ARN of the secret that the shard's list is kept in: public keys alone
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { Environment } from "../../process/environment";
import { runJob } from "./job";

interface Client {
  secret: string;
  [word: string]: unknown;
}

runJob(async (tell) => {
  const environment = new Environment(process.env);
  const clients = readClients(environment);
  const list = environment.text("BOURSE_LOGON_LIST", "the ARN of the secret with the list of clients");
  environment.check();
  const manager = new SecretsManagerClient({});

  const textOf = async (SecretId: string): Promise<string | undefined> => {
    try {
      return (await manager.send(new GetSecretValueCommand({ SecretId }))).SecretString;
    } catch (error) {
      // Also of a secret that has no value yet.
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  };
  const put = (SecretId: string, SecretString: string) => manager.send(new PutSecretValueCommand({ SecretId, SecretString }));

  const listed: object[] = [];
  for (const { secret, ...words } of clients) {
    let key = await textOf(secret);
    if (key === undefined) {
      key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      await put(secret, key);
      tell("info", `a key was made in ${secret}`);
    }
    const publicKey = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "pem" });
    listed.push({ publicKey, ...words });
  }
  const text = JSON.stringify({ clients: listed });
  if ((await textOf(list)) !== text) await put(list, text);
  tell("info", `the list names ${listed.length} clients`);
});

function readClients(environment: Environment): Client[] {
  const allowed = 'JSON such as [{"secret": "<ARN>", "sessions": {"first": 1, "last": 2}, "accounts": "all", "readsEvents": true}]';
  const text = environment.text("BOURSE_LOGON_CLIENTS", allowed);
  try {
    const clients = JSON.parse(text || "[]") as Client[];
    if (Array.isArray(clients) && clients.every(({ secret }) => typeof secret === "string")) return clients;
  } catch {
    // Told below, as any other text that cannot be used.
  }
  environment.fault("BOURSE_LOGON_CLIENTS", allowed);
  return [];
}
