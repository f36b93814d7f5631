/** The stores of a region as services know them: what permissions are granted on, and the environment that tells where they are. */

import * as pulumi from "@pulumi/pulumi";
import type { DataKeys, DataLayer } from "../data";
import type { StoreRefs } from "../services";

/**
 * @param secretsPrefix of the names of secrets that services make
 * @param databaseName of PostgreSQL
 * @param replicas ARNs of the home region's tables in this region, by role, where it has no tables of its own
 */
export function storeRefs(
  data: DataLayer,
  region: string,
  accountId: pulumi.Input<string>,
  keys: DataKeys,
  secretsPrefix: string,
  databaseName = "bourse",
  replicas: Readonly<Record<string, pulumi.Output<string>>> = {},
): StoreRefs {
  const refs: StoreRefs = {
    secrets: {
      arns: [pulumi.interpolate`arn:aws:secretsmanager:${region}:${accountId}:secret:${secretsPrefix}`],
      environment: { BOURSE_SECRETS: `secrets-manager:${secretsPrefix}` },
    },
  };
  const keyOf = (domain: keyof DataKeys, service: string) => ({ arn: keys[domain].arn, through: `${service}.${region}.amazonaws.com` });
  if (data.sql !== undefined) {
    refs.sql = {
      // Services sign in by IAM, each as the database user of its name (Aurora guide, "IAM database access").
      arns: [pulumi.interpolate`arn:aws:rds-db:${region}:${accountId}:dbuser:${data.sql.resourceId}`],
      environment: {
        BOURSE_SQL_URL: pulumi.interpolate`postgresql://{user}@${data.sql.endpoint}:${data.sql.port}/${databaseName}`,
        BOURSE_SQL_SIGN_IN: "iam",
      },
    };
  }
  const tables = data.tables?.tables ?? {};
  for (const [role, store, variable] of tableRoles) {
    const table = tables[role] ?? replicaOf(replicas[role]);
    if (table === undefined) continue;
    refs[store] = { arns: [table.arn], key: keyOf("data", "dynamodb"), environment: { BOURSE_TABLE: "dynamodb", [variable]: table.name } };
  }
  if (data.log !== undefined) {
    // Topics and groups of the cluster (Service Authorization Reference, "Apache Kafka APIs for Amazon MSK clusters").
    const within = (kind: string) => data.log!.clusterArn.apply((arn) => `${arn.replace(":cluster/", `:${kind}/`)}/*`);
    refs.commandLog = {
      arns: [data.log.clusterArn, within("topic"), within("group")],
      environment: { BOURSE_JOURNAL_BROKERS: data.log.bootstrapBrokers },
    };
  }
  if (data.events !== undefined) {
    const streams = Object.entries(data.events.streams);
    const names = streams.map(([role, { name }]) => [`BOURSE_BUS_${variableOf(role)}`, name] as const);
    const environment = { BOURSE_BUS: "kinesis", ...Object.fromEntries(names) };
    refs.events = { arns: streams.map(([, { arn }]) => arn), key: keyOf("stream", "kinesis"), environment };
  }
  if (data.cache !== undefined) {
    refs.cache = {
      arns: [data.cache.arn, ...Object.values(data.cache.userArns)],
      environment: { BOURSE_CACHE: "redis", BOURSE_CACHE_HOST: data.cache.endpoint, BOURSE_CACHE_PORT: String(data.cache.port) },
    };
  }
  if (data.objects !== undefined) {
    refs.objectCache = {
      arns: [],
      environment: { BOURSE_OBJECT_CACHE: "memcached", BOURSE_OBJECT_CACHE_ENDPOINT: data.objects.configurationEndpoint },
    };
  }
  if (data.search !== undefined) {
    refs.search = { arns: [data.search.arn], environment: { BOURSE_SEARCH: "opensearch", BOURSE_SEARCH_HOST: data.search.endpoint } };
  }
  if (data.warehouse !== undefined) {
    refs.warehouse = { arns: [data.warehouse.arn], environment: { BOURSE_WAREHOUSE_ENDPOINT: data.warehouse.endpoint } };
  }
  const archive = data.lake?.buckets.archive;
  if (archive !== undefined) {
    const environment = { BOURSE_BLOBS: "s3", BOURSE_BLOBS_BUCKET: archive.name };
    refs.archive = { arns: [archive.arn], key: keyOf("data", "s3"), environment };
  }
  return refs;
}

/** A replica has the name of the table, the last part of its ARN. */
function replicaOf(arn: pulumi.Output<string> | undefined) {
  return arn === undefined ? undefined : { arn, name: arn.apply((text) => text.split("/").at(-1)!) };
}

/** `market-data` as part of a variable's name. */
function variableOf(role: string): string {
  return role.toUpperCase().replaceAll("-", "_");
}

/** Tables by their role in the data layer, the store that services know, and the variable with the name. */
const tableRoles = [
  ["sessions", "sessionTable", "BOURSE_TABLE_SESSIONS"],
  ["history", "tradeTable", "BOURSE_TABLE_HISTORY"],
  ["market-data", "marketTable", "BOURSE_TABLE_MARKET_DATA"],
] as const;
