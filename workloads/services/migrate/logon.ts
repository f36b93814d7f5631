/**
 * Makes the keys with which services log on to the shard, and the list of them that the shard reads, and ends: run before services start that find no certificates of a cluster mounted. A key
 * stays for a while and is then renewed. The list has the one before beside it, with which processes of the release before go on until they have been replaced; running the job again changes nothing.
 *
 *   BOURSE_LOGON_CLIENTS   JSON: for each client the ARN of the secret that its key is kept in, beside what the shard's list says of it (`trading/client-list.ts`)
 *   BOURSE_LOGON_LIST      ARN of the secret that the shard's list is kept in: public keys alone
 *   BOURSE_LOGON_DAYS      age in days at which a key is renewed (default: 90)
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
  const mostDays = environment.integer("BOURSE_LOGON_DAYS", 1, 3_650, 90);
  environment.check();
  const manager = new SecretsManagerClient({});

  const read = async (SecretId: string, VersionStage: "AWSCURRENT" | "AWSPREVIOUS" = "AWSCURRENT") => {
    try {
      return await manager.send(new GetSecretValueCommand({ SecretId, VersionStage }));
    } catch (error) {
      // Also of a secret that has no value yet, or none before.
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  };
  const put = (SecretId: string, SecretString: string) => manager.send(new PutSecretValueCommand({ SecretId, SecretString }));

  const listed: object[] = [];
  for (const { secret, ...words } of clients) {
    const current = await read(secret);
    const ends = (current?.CreatedDate?.getTime() ?? 0) + mostDays * dayMs;
    const stays = current?.SecretString !== undefined && Date.now() < ends;
    const key = stays
      ? current.SecretString!
      : generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const previous = stays ? (await read(secret, "AWSPREVIOUS"))?.SecretString : current?.SecretString;
    if (!stays) {
      await put(secret, key);
      tell("info", `a key was ${current === undefined ? "made" : "renewed"} in ${secret}`);
    }
    listed.push({ publicKey: publicKeyOf(key), ...(previous === undefined ? {} : { previousKey: publicKeyOf(previous) }), ...words });
  }
  const text = JSON.stringify({ clients: listed });
  if ((await read(list))?.SecretString !== text) await put(list, text);
  tell("info", `the list names ${listed.length} clients`);
});

const dayMs = 86_400_000;

function publicKeyOf(privateKey: string): string {
  return createPublicKey(createPrivateKey(privateKey)).export({ type: "spki", format: "pem" }).toString();
}

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
