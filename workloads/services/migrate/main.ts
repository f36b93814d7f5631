/**
 * Brings the tables of one service up to date, lets its readers read, and ends: run before a release of the service starts, so that its pods find the tables that they
 * know. Running it again changes nothing.
 *
 *   BOURSE_SERVICE           users, notification, analytics or publisher
 *   BOURSE_SQL_URL           sqlite:/absolute/file, or postgresql://user@host:port/database
 *   BOURSE_SQL_SIGN_IN       password, or iam: a token of this process's role for each connection to Aurora (default: password)
 *   BOURSE_SQL_PASSWORD_FILE path of the password's file, for PostgreSQL
 *   BOURSE_SQL_CA_FILE       path of the authority of PostgreSQL's certificate (PEM); needed off the loopback, but not with iam
 *
 * Exit status 0 when the tables are up to date, 1 when they could not be brought so, 2 for a configuration that cannot be used.
 */

import { CompiledQuery, type Kysely } from "kysely";
import { Environment } from "../../process/environment";
import { readDatabase } from "../../process/sql";
import { runJob } from "./job";
import { owned, owners } from "./owned";

runJob(async (tell) => {
  const environment = new Environment(process.env);
  const service = environment.oneOf("BOURSE_SERVICE", owners);
  const open = readDatabase(environment);
  environment.check();
  const { migrations, readers } = owned[service];
  const sql = open((error) => tell("error", error.message));
  try {
    for (const [owner, each] of Object.entries(migrations)) {
      await sql.migrate(owner, each);
      // SQLite knows no users.
      if (process.env.BOURSE_SQL_URL?.startsWith("postgresql:")) await letRead(sql.database(), owner, readers);
    }
    tell("info", `the tables of ${service} are up to date`);
  } finally {
    await sql.close();
  }
});

/** Readers see the named tables, and which migrations have run, so that they can tell whether the tables are those that they know. */
async function letRead(db: Kysely<unknown>, owner: string, readers: Readonly<Record<string, readonly string[]>>): Promise<void> {
  for (const [reader, tables] of Object.entries(readers)) {
    const { rows } = await db.executeQuery(CompiledQuery.raw("select 1 from pg_roles where rolname = $1", [reader]));
    if (rows.length === 0) continue;
    const names = [...tables, `${owner}_migration`, `${owner}_migration_lock`].map((table) => `"${table}"`).join(", ");
    await db.executeQuery(CompiledQuery.raw(`grant select on ${names} to "${reader}"`));
  }
}
