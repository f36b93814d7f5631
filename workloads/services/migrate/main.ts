/**
 * Brings the tables of one service up to date and ends: run before a release of the service starts, so that its pods find the tables that they know. Running it again changes nothing.
 *
 *   BOURSE_SERVICE           users or wallet
 *   BOURSE_SQL_URL           sqlite:/absolute/file, or postgresql://user@host:port/database
 *   BOURSE_SQL_SIGN_IN       password, or iam: a token of this process's role for each connection to Aurora (default: password)
 *   BOURSE_SQL_PASSWORD_FILE path of the password's file, for PostgreSQL
 *   BOURSE_SQL_CA_FILE       path of the authority of PostgreSQL's certificate (PEM); needed off the loopback, but not with iam
 *
 * Exit status 0 when the tables are up to date, 1 when they could not be brought so, 2 for a configuration that cannot be used.
 */

import { ConfigurationError, Environment } from "../../process/environment";
import { readDatabase } from "../../process/sql";
import type { Sql } from "../../stores/sql";
import { migrations as userMigrations } from "../users/rows";
import { transferMigrations } from "../wallet/transfer-rows";

/** Tables by the service that owns them. */
const owned = {
  users: { owner: "users", migrations: userMigrations },
  wallet: { owner: "transfers", migrations: transferMigrations },
} as const;

function tell(level: "info" | "error", message: string): void {
  const line = `${JSON.stringify({ time: new Date().toISOString(), level, service: process.env.BOURSE_SERVICE, pod: process.env.BOURSE_POD, message })}\n`;
  (level === "info" ? process.stdout : process.stderr).write(line);
}

async function migrate(): Promise<void> {
  const environment = new Environment(process.env);
  const service = environment.text("BOURSE_SERVICE", `one of ${Object.keys(owned).join(", ")}`) as keyof typeof owned;
  if (service.length > 0 && !Object.hasOwn(owned, service)) environment.fault("BOURSE_SERVICE", `one of ${Object.keys(owned).join(", ")}`);
  const open = readDatabase(environment);
  environment.check();
  const sql: Sql = open((error) => tell("error", error.message));
  try {
    await sql.migrate(owned[service].owner, owned[service].migrations);
    tell("info", `the tables of ${service} are up to date`);
  } finally {
    await sql.close();
  }
}

migrate().catch((error: unknown) => {
  tell(
    "error",
    error instanceof ConfigurationError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
  process.exitCode = error instanceof ConfigurationError ? 2 : 1;
});
