export type { Sql, SqlRow, SqlValue } from "./port";
export { openPostgres, type PostgresOptions } from "./postgres";
export { openSqlite } from "./sqlite";
