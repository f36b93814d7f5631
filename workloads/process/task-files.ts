/**
 * Files that a pod has mounted and that an ECS task, to which nothing can be mounted from a secret, fetches itself: with the role of the task, which may read its own and no others.
 *
 *   BOURSE_TASK_CERTIFICATE  ARN of the certificate of AWS Certificate Manager, into the folder BOURSE_TLS
 *   BOURSE_TASK_LOGON        ARN of the secret with the key with which it logs on to the shard, into the file BOURSE_TRADING_KEY
 *   BOURSE_TASK_CLIENTS      of the shard: ARN of the secret with the list of those who may log on, into the file BOURSE_TRADING_CLIENTS
 *
 * The certificate is fetched anew each hour, so that one that was renewed is shown long before the old one ends. Its key leaves Certificate Manager encrypted under a
 * password that is made for each time (ACM guide, "Export a private certificate").
 */

import { createPrivateKey, randomBytes } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ACMClient, ExportCertificateCommand } from "@aws-sdk/client-acm";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { certificateFiles } from "./certificates";

export const taskFileVariables = ["BOURSE_TASK_CERTIFICATE", "BOURSE_TASK_LOGON", "BOURSE_TASK_CLIENTS"] as const;

/** Which file each secret becomes. */
const secretFiles = { BOURSE_TASK_LOGON: "BOURSE_TRADING_KEY", BOURSE_TASK_CLIENTS: "BOURSE_TRADING_CLIENTS" } as const;

const hourMs = 3_600_000;

/** Fetches what the variables name, and goes on to until the result is called. Without them it does nothing. */
export async function fetchTaskFiles(variables: NodeJS.ProcessEnv, report: (message: string) => void): Promise<() => void> {
  for (const [variable, place] of Object.entries(secretFiles)) {
    const secret = variables[variable];
    if (secret) writeSecret(placeOf(variables, place, variable), await secretValue(secret));
  }
  const certificate = variables.BOURSE_TASK_CERTIFICATE;
  if (!certificate) return () => {};
  const folder = placeOf(variables, "BOURSE_TLS", "BOURSE_TASK_CERTIFICATE");
  const fetchCertificate = async () => {
    for (const [file, text] of Object.entries(await exportedCertificate(certificate))) writeSecret(join(folder, file), text);
  };
  await fetchCertificate();
  const timer = setInterval(() => {
    fetchCertificate().catch((error: Error) => report(`the certificate could not be fetched anew: ${error.message}`));
  }, hourMs);
  timer.unref();
  return () => clearInterval(timer);
}

function placeOf(variables: NodeJS.ProcessEnv, name: string, variable: string): string {
  const place = variables[name];
  if (!place) throw new Error(`${name} is not set; set it to where what ${variable} names is written`);
  return place;
}

async function secretValue(secret: string): Promise<string> {
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: secret }));
  if (!SecretString) throw new Error(`the secret ${secret} has no text`);
  return SecretString;
}

/** Texts by the name of the file. */
async function exportedCertificate(arn: string): Promise<Record<string, string>> {
  // Hexadecimal: "#", "$" and "%" are not allowed (ACM API, ExportCertificate).
  const passphrase = randomBytes(32).toString("hex");
  const exported = await new ACMClient({}).send(new ExportCertificateCommand({ CertificateArn: arn, Passphrase: Buffer.from(passphrase) }));
  const { Certificate = "", CertificateChain = "", PrivateKey = "" } = exported;
  const key = createPrivateKey({ key: PrivateKey, passphrase }).export({ type: "pkcs8", format: "pem" });
  return {
    [certificateFiles.ca]: CertificateChain,
    [certificateFiles.cert]: `${Certificate.trimEnd()}\n${CertificateChain}`,
    [certificateFiles.key]: String(key),
  };
}

/** A reader finds the old text or the new one, never a part. */
function writeSecret(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
