import { equal, match, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ServiceProcess } from "./exchange-processes";

describe("The process that brings tables up to date", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "bourse-migrate-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const migrate = (variables: Record<string, string>) => ServiceProcess.spawn("services/migrate/main", variables);

  for (const [service, table] of [
    ["users", "api_key"],
    ["analytics", "bus_checkpoint"],
  ]) {
    it(`makes those of ${service}, changes nothing when run again, and ends with status 0`, async () => {
      const file = join(folder, `${service}.sqlite`);
      const variables = { BOURSE_SERVICE: service, BOURSE_SQL_URL: `sqlite:${file}` };
      const schema = () => {
        const database = new DatabaseSync(file);
        const rows = database.prepare("select name, sql from sqlite_master order by name").all();
        database.close();
        return JSON.stringify(rows);
      };
      const first = migrate(variables);
      equal(await first.ended(), 0, first.text);
      match(first.text, new RegExp(`the tables of ${service} are up to date`));
      const made = schema();
      ok(made.includes(table), made);
      equal(await migrate(variables).ended(), 0);
      equal(schema(), made);
    });
  }

  it("ends with status 2 and every fault for a configuration that cannot be used, and with 1 for a database that cannot be opened", async () => {
    const unusable = migrate({ BOURSE_SERVICE: "casino" });
    equal(await unusable.ended(), 2);
    match(unusable.text, /BOURSE_SERVICE is .*casino.*; it must be one of users, notification, analytics, publisher/);
    match(unusable.text, /BOURSE_SQL_URL is not set/);
    const nowhere = migrate({ BOURSE_SERVICE: "users", BOURSE_SQL_URL: "sqlite:/dev/null/users.sqlite" });
    equal(await nowhere.ended(), 1, nowhere.text);
  });
});
