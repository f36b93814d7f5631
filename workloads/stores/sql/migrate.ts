/** Runs the migrations of one owner with Kysely's migrator; both SQL adapters share it. */

import type { Kysely } from "kysely";
import { type Migration, Migrator } from "kysely/migration";

export async function runMigrations(db: Kysely<unknown>, owner: string, migrations: Record<string, Migration>): Promise<void> {
  if (!/^[a-z_]+$/.test(owner)) throw new TypeError(`owner of migrations: got "${owner}", expected lower-case letters and underscores`);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: `${owner}_migration`,
    migrationLockTableName: `${owner}_migration_lock`,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === "Error")?.migrationName ?? "(before the first)";
  throw new Error(`migration ${failed} of ${owner} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
