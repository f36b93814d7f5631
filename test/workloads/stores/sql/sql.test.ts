import { deepStrictEqual, ok, rejects, throws } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kysely } from "kysely";
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
    const writers = await db.transaction().execute((transaction) => transaction.selectFrom("pragma_synchronous").selectAll().execute());
    deepStrictEqual(
      writers.map((row) => ({ ...row })),
      [{ synchronous: 2 }],
    );
    await sql.close();
  });

  it("lets a transaction that reads first write, though another process writes meanwhile: that one waits", async () => {
    const file = join(folder, "a.db");
    const [one, other] = [openSqlite(file), openSqlite(file)];
    const create = async (db: Kysely<unknown>) => void (await db.schema.createTable("number").addColumn("n", "bigint").execute());
    await one.migrate("test", { "001": { up: create } });
    const [db, otherDb] = [one, other].map((sql) => sql.database<{ number: { n: number } }>());
    let second: Promise<unknown> | undefined;
    await db.transaction().execute(async (transaction) => {
      await transaction.selectFrom("number").select("n").execute();
      second = otherDb.insertInto("number").values({ n: 2 }).execute();
      // So long that the other would have written, if it could.
      await new Promise((resolve) => setTimeout(resolve, 200));
      await transaction.insertInto("number").values({ n: 1 }).execute();
    });
    await second;
    const rows = await otherDb.selectFrom("number").select("n").orderBy("n").execute();
    deepStrictEqual(
      rows.map(({ n }) => n),
      [1, 2],
    );
    await one.close();
    await other.close();
  });

  it("goes on answering, and running other work, while a transaction writes", async () => {
    const sql = openSqlite(join(folder, "a.db"));
    const create = async (db: Kysely<unknown>) =>
      void (await db.schema
        .createTable("number")
        .addColumn("n", "bigint", (n) => n.primaryKey())
        .execute());
    await sql.migrate("test", { "001": { up: create } });
    const db = sql.database<{ number: { n: number } }>();
    const count = async () => (await db.selectFrom("number").select("n").execute()).length;
    let written = false;
    const writing = db.transaction().execute(async (transaction) => {
      for (let part = 0; part < 20; part++) {
        await sql.upsert(
          transaction,
          "number",
          ["n"],
          Array.from({ length: 5_000 }, (_, n) => ({ n: part * 5_000 + n })),
        );
      }
      written = true;
    });
    let turns = 0;
    while (!written) {
      const seen = await count();
      if (!written) deepStrictEqual(seen, 0);
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    await writing;
    deepStrictEqual(await count(), 100_000);
    ok(turns > 20, `only ${turns} turns while 100,000 rows were written`);
    await sql.close();
  });

  it("ends a transaction of one caller before another's begins", async () => {
    const sql = openSqlite(join(folder, "a.db"));
    const db = sql.database<{ number: { n: number } }>();
    await sql.migrate("test", {
      "001": { up: async (schema) => void (await schema.schema.createTable("number").addColumn("n", "bigint").execute()) },
    });
    await db.insertInto("number").values({ n: 0 }).execute();
    const add = () =>
      db.transaction().execute(async (transaction) => {
        const { n } = await transaction.selectFrom("number").select("n").executeTakeFirstOrThrow();
        await new Promise((resolve) => setImmediate(resolve));
        await transaction
          .updateTable("number")
          .set({ n: n + 1 })
          .execute();
      });
    await Promise.all(Array.from({ length: 20 }, add));
    deepStrictEqual((await db.selectFrom("number").select("n").executeTakeFirstOrThrow()).n, 20);
    await sql.close();
    await rejects(add(), /closed|destroyed/);
  });

  it("names the file when it is no database", () => {
    writeFileSync(join(folder, "a.db"), "these are not the bytes of a database, but long enough to look like its header".repeat(20));
    throws(() => openSqlite(join(folder, "a.db")), /cannot use .*a\.db as the SQL store: file is not a database/);
  });
});
