export type { Sql, SqlRow, SqlValue } from "./port";
export { openSqlite } from "./sqlite";
