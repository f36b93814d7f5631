import { deepStrictEqual, throws } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqlite } from "../../../../workloads/stores/sql";
import { sqlContract } from "./sql-contract";

sqlContract("SQLite", async () => openSqlite(":memory:"));

describe("SQLite", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sqlite-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("syncs at every commit, in write-ahead mode", async () => {
    const sql = openSqlite(join(folder, "a.db"));
    const db = sql.database<{ pragma_synchronous: { synchronous: number }; pragma_journal_mode: { journal_mode: string } }>();
    const { synchronous } = await db.selectFrom("pragma_synchronous").selectAll().executeTakeFirstOrThrow();
    const { journal_mode } = await db.selectFrom("pragma_journal_mode").selectAll().executeTakeFirstOrThrow();
    // 2 is FULL (SQLite, "PRAGMA synchronous").
    deepStrictEqual([synchronous, journal_mode], [2, "wal"]);
    await sql.close();
  });

  it("names the file when it is no database", () => {
    writeFileSync(join(folder, "a.db"), "these are not the bytes of a database, but long enough to look like its header".repeat(20));
    throws(() => openSqlite(join(folder, "a.db")), /cannot use .*a\.db as the SQL store: file is not a database/);
  });
});
