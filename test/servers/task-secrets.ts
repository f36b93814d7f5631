/** What tasks of ECS fetch from AWS, as a server on the loopback: certificates that Certificate Manager exports, signed by an authority of the test, and secrets of Secrets Manager. */

import { execFileSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface TaskSecrets {
  /** Variables that lead the AWS SDK here. */
  environment: Record<string, string>;
  /** Values by ARN. */
  secrets: Map<string, string>;
  /** Makes the value of a secret older. */
  age(arn: string, days: number): void;
  /** Calls that were answered, `<action> <ARN>`. */
  calls: string[];
  close(): void;
}

/** @param names host names of the certificate of each ARN */
export async function serveTaskSecrets(folder: string, names: Readonly<Record<string, string[]>>): Promise<TaskSecrets> {
  const authority = makeAuthority(folder);
  const secrets = new Map<string, string>();
  const previous = new Map<string, string>();
  /** When values were put, in seconds since 1970. */
  const made = new Map<string, number>();
  const calls: string[] = [];
  const answers: Record<string, (asked: Record<string, string>) => object | undefined> = {
    ExportCertificate: ({ CertificateArn, Passphrase }) => {
      if (names[CertificateArn] === undefined) return undefined;
      return authority.exported(names[CertificateArn], Buffer.from(Passphrase, "base64").toString());
    },
    GetSecretValue: ({ SecretId, VersionStage }) => {
      const SecretString = (VersionStage === "AWSPREVIOUS" ? previous : secrets).get(SecretId);
      return SecretString === undefined ? undefined : { ARN: SecretId, SecretString, CreatedDate: made.get(SecretId) };
    },
    PutSecretValue: ({ SecretId, SecretString }) => {
      const before = secrets.get(SecretId);
      if (before !== undefined) previous.set(SecretId, before);
      secrets.set(SecretId, SecretString);
      made.set(SecretId, Date.now() / 1_000);
      return { ARN: SecretId };
    },
  };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      const action = String(request.headers["x-amz-target"]).split(".")[1];
      const asked = JSON.parse(text);
      const answer = answers[action]?.(asked);
      if (answer !== undefined) calls.push(`${action} ${asked.SecretId ?? asked.CertificateArn}`);
      response.writeHead(answer === undefined ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answer ?? { __type: "ResourceNotFoundException", message: "there is none" }));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: {
      AWS_ACCESS_KEY_ID: "none",
      AWS_SECRET_ACCESS_KEY: "none",
      AWS_ENDPOINT_URL_ACM: endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
    },
    secrets,
    age: (arn, days) => void made.set(arn, made.get(arn)! - days * 86_400),
    calls,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function makeAuthority(folder: string) {
  mkdirSync(folder, { recursive: true });
  const path = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync("openssl", words, { stdio: "ignore" });
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...curve, "-days", "1", "-subj", "/CN=authority", "-keyout", path("ca.key"), "-out", path("ca.crt"));
  return {
    exported(hosts: string[], passphrase: string) {
      writeFileSync(path("names"), `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(",")}`);
      openssl("req", ...curve, "-subj", `/CN=${hosts[0]}`, "-keyout", path("leaf.key"), "-out", path("leaf.csr"));
      const signed = ["-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-CAcreateserial", "-days", "1", "-extfile", path("names")];
      openssl("x509", "-req", "-in", path("leaf.csr"), ...signed, "-out", path("leaf.crt"));
      const key = createPrivateKey(readFileSync(path("leaf.key")));
      return {
        Certificate: readFileSync(path("leaf.crt"), "utf8"),
        CertificateChain: readFileSync(path("ca.crt"), "utf8"),
        PrivateKey: String(key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase })),
      };
    },
  };
}
