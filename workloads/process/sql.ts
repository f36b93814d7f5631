/** A database named by URL: an SQLite file or PostgreSQL. */

import { readFile } from "node:fs/promises";
import type { Sql } from "../stores/sql";
import { openPostgres } from "../stores/sql/postgres";
import { openSqlite } from "../stores/sql/sqlite";
import { ConfigurationError, type Environment, loopback } from "./environment";

const allowed = "sqlite:/absolute/file, or postgresql://user@host:port/database without a password";

/**
 * Reads BOURSE_SQL_URL and, for PostgreSQL, BOURSE_SQL_PASSWORD_FILE and BOURSE_SQL_CA_FILE. The password is never part of the URL, which
 * anyone who lists processes may see; it is read anew for each connection, so that a rotated one needs no restart.
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

  environment.file("BOURSE_SQL_PASSWORD_FILE", "a file with the password of the user");
  const passwordFile = environment.optional("BOURSE_SQL_PASSWORD_FILE") ?? "";
  const local = loopback.includes(url.hostname) && environment.optional("BOURSE_SQL_CA_FILE") === undefined;
  const ca = local ? "" : environment.file("BOURSE_SQL_CA_FILE", "the certificate (PEM) of the authority of the server").toString("utf8");
  return (onError) =>
    openPostgres({
      host: url.hostname,
      port: url.port === "" ? undefined : Number(url.port),
      database: decodeURIComponent(database),
      user: decodeURIComponent(url.username),
      password: async () => (await readFile(passwordFile, "utf8")).trimEnd(),
      tls: local ? "off" : { ca },
      onError,
    });
}
