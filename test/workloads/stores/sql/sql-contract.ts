/** What every SQL adapter does. */

import { deepStrictEqual, rejects, strictEqual } from "node:assert";
import type { Migration } from "kysely/migration";
import type { Sql, SqlRow } from "../../../../workloads/stores/sql";

interface Tables {
  holding: { account: number; asset: string; amount: string; changes: number };
}

const migrations: Record<string, Migration> = {
  "001_holding": {
    async up(db) {
      await db.schema
        .createTable("holding")
        .addColumn("account", "bigint", (column) => column.notNull())
        .addColumn("asset", "text", (column) => column.notNull())
        .addColumn("amount", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("holding_key", ["account", "asset"])
        .execute();
    },
  },
};
const second: Record<string, Migration> = {
  ...migrations,
  "002_changes": {
    async up(db) {
      await db.schema
        .alterTable("holding")
        .addColumn("changes", "bigint", (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
};

/** @param open a new, empty database */
export function sqlContract(name: string, open: () => Promise<Sql>): void {
  describe(`the SQL port: ${name}`, () => {
    let sql: Sql;
    beforeEach(async () => {
      sql = await open();
      await sql.migrate("first", second);
    });
    afterEach(() => sql.close());

    const all = async () => {
      const rows = await sql.database<Tables>().selectFrom("holding").selectAll().orderBy("account").orderBy("asset").execute();
      return rows.map(({ account, asset, amount, changes }) => [account, asset, amount, changes]);
    };
    const put = (rows: SqlRow[]) =>
      sql
        .database<Tables>()
        .transaction()
        .execute((transaction) => sql.upsert(transaction, "holding", ["account", "asset"], rows));

    it("runs each migration once, in order, and those of another owner beside them", async () => {
      await sql.migrate("first", second);
      await sql.migrate("second", {
        "001_other": { up: async (db) => void (await db.schema.createTable("other").addColumn("x", "bigint").execute()) },
      });
      deepStrictEqual(await all(), []);
      const failing = { ...second, "003_wrong": { up: async () => Promise.reject(new Error("no such thing")) } };
      await rejects(sql.migrate("first", failing), /migration 003_wrong of first failed: no such thing/);
      await rejects(sql.migrate("First!", second), /got "First!", expected lower-case/);
    });

    it("inserts new rows and overwrites those with the same key", async () => {
      await put([
        { account: 1, asset: "BTC", amount: "1", changes: 1 },
        { account: 2, asset: "BTC", amount: "2", changes: 1 },
      ]);
      await put([
        { account: 2, asset: "BTC", amount: "3", changes: 2 },
        { account: 2, asset: "ETH", amount: "4", changes: 1 },
      ]);
      deepStrictEqual(await all(), [
        [1, "BTC", "1", 1],
        [2, "BTC", "3", 2],
        [2, "ETH", "4", 1],
      ]);
    });

    it("keeps integers to 2^53 - 1, amounts of any length, and text with quotes, emoji and backslashes", async () => {
      const rows = [[Number.MAX_SAFE_INTEGER, `it's "✓" \\n {1,2}`, (10n ** 40n).toString(), -5]];
      const [[account, asset, amount, changes]] = rows as [[number, string, string, number]];
      await put([{ account, asset, amount, changes }]);
      deepStrictEqual(await all(), rows);
    });

    it("writes ten thousand rows in one go", async () => {
      await put(Array.from({ length: 10_000 }, (_, account) => ({ account, asset: "BTC", amount: "1", changes: 0 })));
      strictEqual((await all()).length, 10_000);
      await put([]);
    });

    it("leaves nothing of a transaction that fails", async () => {
      const failing = sql
        .database<Tables>()
        .transaction()
        .execute(async (transaction) => {
          await sql.upsert(transaction, "holding", ["account", "asset"], [{ account: 1, asset: "BTC", amount: "1", changes: 1 }]);
          throw new Error("changed my mind");
        });
      await rejects(failing, /changed my mind/);
      deepStrictEqual(await all(), []);
    });

    it("does not upsert outside a transaction", async () => {
      const outside = sql.database<Tables>() as unknown as Parameters<typeof sql.upsert<Tables>>[0];
      await rejects(sql.upsert(outside, "holding", ["account"], [{ account: 1 }]), /upsert into holding: expected a transaction/);
    });
  });
}
