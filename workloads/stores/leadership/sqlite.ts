/** Leadership among processes of one machine, in a file of SQLite: its lock makes them change the record one after the other. */

import { DatabaseSync } from "node:sqlite";
import type { Leadership, LeadershipStore } from "./port";

/** Milliseconds that one process waits for another's change. */
const BUSY_MS = 2_000;

/** @param file created where it does not exist */
export function openSqliteLeadership(file: string): LeadershipStore {
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  database.exec("CREATE TABLE IF NOT EXISTS leadership (name TEXT PRIMARY KEY, renewal INTEGER NOT NULL, record TEXT NOT NULL) STRICT");
  const find = database.prepare("SELECT record FROM leadership WHERE name = ?");
  const insert = database.prepare("INSERT INTO leadership (name, renewal, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const update = database.prepare("UPDATE leadership SET renewal = ?, record = ? WHERE name = ? AND renewal = ?");
  return {
    async read(name) {
      const row = find.get(name);
      return row && (JSON.parse(row.record as string) as Leadership);
    },
    async replace(name, seen, next) {
      const record = JSON.stringify(next);
      const { changes } =
        seen === undefined ? insert.run(name, next.renewal, record) : update.run(next.renewal, record, name, seen.renewal);
      return changes === 1;
    },
    async close() {
      database.close();
    },
  };
}
