export type { ColumnReaders } from "./columns";
export type { Sql, SqlRow, SqlRows, SqlValue } from "./port";
export { openPostgres, type PostgresOptions } from "./postgres";
export { openSqlite } from "./sqlite";
