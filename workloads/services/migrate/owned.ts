/** Which service keeps which tables: a database of its own, of the service's name, that another service may read at most. */

import type { Migration } from "kysely/migration";
import { migrations as busMigrations } from "../../stores/bus/kinesis";
import { migrations as analyticsMigrations } from "../analytics/rows";
import { migrations as notificationMigrations } from "../notification/notification";
import { migrations as userMigrations } from "../users/rows";

interface Owned {
  /** By their owner in the database; the tables of projections come with the service. */
  migrations: Readonly<Record<string, Record<string, Migration>>>;
  /** Services that read some of the tables. */
  readers: Readonly<Record<string, readonly string[]>>;
}

export const owned = {
  users: {
    migrations: { users: userMigrations },
    // Gateways check signatures; passwords and sessions are none of their business.
    readers: { gateway: ["user_account", "api_key"] },
  },
  notification: { migrations: { notification: notificationMigrations }, readers: {} },
  analytics: { migrations: { analytics: analyticsMigrations, bus: busMigrations }, readers: {} },
  publisher: { migrations: { bus: busMigrations }, readers: {} },
} as const satisfies Record<string, Owned>;

export type Owner = keyof typeof owned;
export const owners = Object.keys(owned) as Owner[];
