/** The stores of a region as services know them: what permissions are granted on, and the environment that tells where they are. */

import * as pulumi from "@pulumi/pulumi";
import type { DataKeys, DataLayer, DataStoreName } from "../data";
import type { KeyRef } from "../foundation";
import type { DatabaseAdministrator, ServiceStore, StoreRefs } from "../services";
import type { RegionPart } from "./region-parts";

/** Stores of services that a choice of stores and parts brings. */
export function storesOf(chosen: readonly DataStoreName[], parts: readonly RegionPart[]): ServiceStore[] {
  const bring: [boolean, ServiceStore[]][] = [
    [true, ["secrets"]],
    [chosen.includes("sql"), ["sql"]],
    [chosen.includes("events"), ["events"]],
    [parts.includes("messaging"), ["noticeQueue", "noticeTopic"]],
    [parts.includes("mail"), ["mail"]],
  ];
  return bring.flatMap(([there, stores]) => (there ? stores : []));
}

/**
 * @param secretsPrefix of the names of secrets that services make
 */
export function storeRefs(
  data: DataLayer,
  region: string,
  accountId: pulumi.Input<string>,
  keys: DataKeys,
  secretsPrefix: string,
): StoreRefs {
  const refs: StoreRefs = {
    secrets: {
      arns: [pulumi.interpolate`arn:aws:secretsmanager:${region}:${accountId}:secret:${secretsPrefix}`],
      environment: { BOURSE_SECRETS: `secrets-manager:${secretsPrefix}` },
    },
  };
  if (data.sql !== undefined) {
    refs.sql = {
      // Services sign in by IAM, each as the database user of its name (Aurora guide, "IAM database access"); the job before a rollout makes users and databases.
      arns: [pulumi.interpolate`arn:aws:rds-db:${region}:${accountId}:dbuser:${data.sql.resourceId}`],
      environment: {
        BOURSE_SQL_URL: pulumi.interpolate`postgresql://{user}@${data.sql.endpoint}:${data.sql.port}/{database}`,
        BOURSE_SQL_SIGN_IN: "iam",
      },
    };
  }
  const orders = data.events?.streams[eventStream];
  if (orders !== undefined) {
    refs.events = {
      arns: [orders.arn],
      key: { arn: keys.stream.arn, through: `kinesis.${region}.amazonaws.com` },
      environment: { BOURSE_BUS: pulumi.interpolate`kinesis:${orders.name}` },
    };
  }
  return refs;
}

/** The stream of what the shard settled: one record a symbol, with orders, trades and levels in their order. */
const eventStream = "orders";

/** Who makes the services' databases: the administrator that RDS keeps the password of. */
export function databaseAdministrator(
  { sql }: DataLayer,
  region: string,
  key: KeyRef,
  databaseName = "bourse",
): DatabaseAdministrator | undefined {
  if (sql === undefined) return undefined;
  return {
    url: pulumi.interpolate`postgresql://administrator@${sql.endpoint}:${sql.port}/${databaseName}`,
    // Present wherever the cluster is not a copy of another region's.
    secretArn: sql.adminSecretArn.apply((arn) => arn ?? ""),
    keyArn: key.arn,
    through: `secretsmanager.${region}.amazonaws.com`,
  };
}
