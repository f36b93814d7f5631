import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inProcessLeadership, openSqliteLeadership } from "../../../../workloads/stores/leadership";
import { leadershipContract } from "./leadership-contract";

leadershipContract("in process", async () => {
  const store = inProcessLeadership();
  return [store, store];
});

describe("leadership in a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "bourse-leadership-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  leadershipContract("SQLite", async () => {
    const file = join(folder, "leadership.sqlite");
    return [openSqliteLeadership(file), openSqliteLeadership(file)];
  });
});
