/** The SQL adapter of production: PostgreSQL, as Aurora or anywhere else, through `pg`. */

import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from "kysely";
import type { Migration } from "kysely/migration";
import { Client, type ClientConfig, Pool, types } from "pg";
import { columnsOf } from "./columns";
import { runMigrations } from "./migrate";
import type { Sql, SqlRows, SqlValue } from "./port";
import { queryLog } from "./query-spans";
import { WriterOrReader } from "./writer-or-reader";

export interface PostgresOptions {
  host: string;
  /** Host of the same cluster that writes, once it does: connections go there then, of which none is older than a minute. @default `host` writes */
  writer?: string;
  /** @default 5432 */
  port?: number;
  database: string;
  user: string;
  /** A function is asked for each new connection, so that a rotated password or an IAM token needs no restart. */
  password: string | ((host: string) => Promise<string>);
  /** PEM text of the authority that signs the server's certificate; "off" only for a server on the same machine. */
  tls: { ca: string } | "off";
  /** Connections at most. @default 10 */
  connections?: number;
  /** Told of connections that broke while idle; the pool replaces them. */
  onError?: (error: Error) => void;
}

/** Milliseconds to wait for a connection, and for one statement. */
const CONNECT_MS = 5_000;
const STATEMENT_MS = 30_000;
/** Age at which connections are replaced where another server may write by now. */
const LIFETIME_SECONDS = 60;

class PostgresSql implements Sql {
  private readonly kysely: Kysely<unknown>;

  constructor(
    pool: Pool,
    private readonly servers: WriterOrReader | undefined,
  ) {
    this.kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }), log: queryLog("postgresql") });
  }

  database<Tables>(): Kysely<Tables> {
    return this.kysely as Kysely<Tables>;
  }

  migrate(owner: string, migrations: Record<string, Migration>): Promise<void> {
    return runMigrations(this.kysely, owner, migrations);
  }

  /** One statement for all rows, each column an array: a text of constant length, parsed once, whatever the number of rows. */
  async upsert<Tables>(transaction: Transaction<Tables>, table: string, key: readonly string[], rows: SqlRows): Promise<void> {
    if (!transaction.isTransaction) throw new TypeError(`upsert into ${table}: expected a transaction`);
    if (rows.length === 0) return;
    const byName = ("columns" in rows ? rows : columnsOf(rows)).columns;
    const columns = Object.keys(byName);
    const values = columns.map((column) => Array.from<SqlValue>(byName[column]));
    const arrays = values.map((list, place) => `$${place + 1}::${arrayType(list)}`).join(", ");
    const names = columns.map(quoted).join(", ");
    const rest = columns.filter((column) => !key.includes(column));
    const update =
      rest.length === 0 ? "nothing" : `update set ${rest.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(", ")}`;
    const text = `insert into ${quoted(table)} (${names}) select * from unnest(${arrays}) on conflict (${key.map(quoted).join(", ")}) do ${update}`;
    await transaction.executeQuery(CompiledQuery.raw(text, values));
  }

  close(): Promise<void> {
    this.servers?.close();
    return this.kysely.destroy();
  }
}

function arrayType(values: readonly (string | number | null)[]): string {
  return typeof values.find((value) => value !== null) === "number" ? "bigint[]" : "text[]";
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Makes a pool of connections; the first is opened by the first query. */
export function openPostgres(options: PostgresOptions): Sql {
  const { host, writer, port = 5432, database, user, password, tls, connections = 10, onError = console.error } = options;
  const servers = writer === undefined ? undefined : new WriterOrReader({ writer, reader: host, port });
  /** A connection to the server of the moment. */
  class ServerClient extends Client {
    constructor(settings: ClientConfig) {
      const server = servers?.host ?? host;
      super({ ...settings, host: server, password: typeof password === "string" ? password : () => password(server) });
    }
  }
  const pool = new Pool({
    // pg constructs it with the settings below, which its type does not say.
    Client: ServerClient as unknown as new () => Client,
    port,
    database,
    user,
    ...(servers === undefined ? {} : { maxLifetimeSeconds: LIFETIME_SECONDS }),
    ssl: tls === "off" ? false : { ca: tls.ca, rejectUnauthorized: true, minVersion: "TLSv1.2" },
    max: connections,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    types: {
      // The port keeps bigint columns below 2^53.
      getTypeParser: (oid, format) => (oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format as "text")) as never,
    },
  });
  pool.on("error", (error) => onError(new Error(`PostgreSQL: an idle connection broke: ${error.message}`, { cause: error })));
  return new PostgresSql(pool, servers);
}
