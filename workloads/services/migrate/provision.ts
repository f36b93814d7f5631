/**
 * Makes the databases of the services and the users that sign in to them, and ends: run before tables are brought up to date, with the administrator's password.
 * Running it again changes nothing.
 *
 * Each service that keeps tables owns one database of its name, whose readers may connect to it and see no more than `main.ts` grants; nobody else may connect. Users have no password: on
 * Aurora they sign in by IAM (Aurora guide, "Creating a database account using IAM authentication": membership in rds_iam).
 *
 *   BOURSE_SQL_URL           postgresql://administrator@host:port/database
 *   BOURSE_SQL_SIGN_IN       password, or secret: what Secrets Manager keeps of the administrator (default: password)
 *   BOURSE_SQL_SECRET        ARN of that secret, JSON with username and password as RDS writes it
 *   BOURSE_SQL_PASSWORD_FILE path of the password's file
 *   BOURSE_SQL_CA_FILE       path of the authority of PostgreSQL's certificate (PEM); needed off the loopback, but not with secret
 */

import { CompiledQuery, type Kysely } from "kysely";
import { Environment } from "../../process/environment";
import { readDatabase } from "../../process/sql";
import { runJob } from "./job";
import { owned, owners } from "./owned";

/** Held while this runs, so that two releases at once do not make the same user. Any number that nothing else locks. */
const lock = 7_264_001;

runJob(async (tell) => {
  const environment = new Environment(process.env);
  const open = readDatabase(environment);
  if (process.env.BOURSE_SQL_URL?.startsWith("sqlite:"))
    environment.secretFault("BOURSE_SQL_URL", "that of a PostgreSQL server: SQLite has no users");
  environment.check();
  const sql = open((error) => tell("error", error.message));
  try {
    // One connection: the lock is of the session.
    await sql.database<unknown>().connection().execute(provision);
    tell("info", `the databases and users of ${owners.join(", ")} are there`);
  } finally {
    await sql.close();
  }
});

async function provision(db: Kysely<unknown>): Promise<void> {
  const ask = async (text: string, ...values: unknown[]) => (await db.executeQuery(CompiledQuery.raw(text, values))).rows as object[];
  const isThere = async (text: string, name: string) => (await ask(text, name)).length > 0;
  const role = (name: string) => isThere("select 1 from pg_roles where rolname = $1", name);

  await ask("select pg_advisory_lock($1)", lock);
  const iam = await role("rds_iam");
  const createUser = async (name: string) => {
    if (!(await role(name))) await ask(`create role "${name}" login nosuperuser nocreatedb nocreaterole noreplication`);
    if (iam) await ask(`grant rds_iam to "${name}"`);
  };
  await ask(`revoke all on database "${await currentDatabase(ask)}" from public`);
  for (const service of owners) {
    await createUser(service);
    if (!(await isThere("select 1 from pg_database where datname = $1", service))) {
      // A database can be given only to a role that its maker could become.
      await ask(`grant "${service}" to current_user`);
      await ask(`create database "${service}" owner "${service}"`);
    }
    await ask(`revoke all on database "${service}" from public`);
    for (const reader of Object.keys(owned[service].readers)) {
      await createUser(reader);
      await ask(`grant connect on database "${service}" to "${reader}"`);
    }
  }
  await ask("select pg_advisory_unlock($1)", lock);
}

async function currentDatabase(ask: (text: string) => Promise<object[]>): Promise<string> {
  const [{ name }] = (await ask("select current_database() as name")) as { name: string }[];
  return name;
}
