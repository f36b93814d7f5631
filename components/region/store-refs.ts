/** The stores of a region as services know them: what permissions are granted on, and the environment that tells where they are. */

import * as pulumi from "@pulumi/pulumi";
import type { DataLayer } from "../data";
import type { StoreRefs } from "../services";

export function storeRefs(data: DataLayer, region: string, accountId: pulumi.Input<string>): StoreRefs {
  const refs: StoreRefs = {};
  if (data.sql !== undefined) {
    refs.sql = {
      // Services sign in by IAM, each as the database user of its name (Aurora guide, "IAM database access").
      arns: [pulumi.interpolate`arn:aws:rds-db:${region}:${accountId}:dbuser:${data.sql.resourceId}`],
      environment: {
        BOURSE_SQL: "postgresql",
        BOURSE_SQL_HOST: data.sql.endpoint,
        BOURSE_SQL_READER_HOST: data.sql.readerEndpoint,
        BOURSE_SQL_PORT: String(data.sql.port),
        BOURSE_SQL_SIGN_IN: "iam",
      },
    };
  }
  const tables = data.tables?.tables ?? {};
  for (const [role, store, variable] of tableRoles) {
    const table = tables[role];
    if (table === undefined) continue;
    refs[store] = { arns: [table.arn], environment: { BOURSE_TABLE: "dynamodb", [variable]: table.name } };
  }
  return refs;
}

/** Tables by their role in the data layer, the store that services know, and the variable with the name. */
const tableRoles = [
  ["sessions", "sessionTable", "BOURSE_TABLE_SESSIONS"],
  ["history", "tradeTable", "BOURSE_TABLE_HISTORY"],
  ["market-data", "marketTable", "BOURSE_TABLE_MARKET_DATA"],
] as const;
