/** The stores of a region as services know them: what permissions are granted on, and the environment that tells where they are. */

import * as pulumi from "@pulumi/pulumi";
import type { DataStoreName } from "../data";
import type { KeyRef } from "../foundation";
import type { DatabaseAdministrator, ServiceStore, StoreRefs } from "../services";
import type { ExchangeRegionArgs } from "./exchange-region";
import type { RegionDataRef } from "./region-layers";
import { mailDomain, type RegionPart } from "./region-parts";

/** Stores of services that a choice of stores and parts brings. */
export function storesOf(chosen: readonly DataStoreName[], parts: readonly RegionPart[]): ServiceStore[] {
  const bring: [boolean, ServiceStore[]][] = [
    [true, ["secrets"]],
    [chosen.includes("sql"), ["sql"]],
    [chosen.includes("cache"), ["cache"]],
    [chosen.includes("events"), ["events"]],
    [parts.includes("messaging"), ["noticeQueue", "noticeTopic"]],
    [parts.includes("mail"), ["mail"]],
    [parts.includes("standby"), ["leadership"]],
  ];
  return bring.flatMap(([there, stores]) => (there ? stores : []));
}

/**
 * @param secretsPrefix of the names of secrets that services make
 */
export function storeRefs(data: RegionDataRef, args: ExchangeRegionArgs, secretsPrefix: string): StoreRefs {
  const { region, accountId } = args;
  const { sql, cache, streams, leadership, notices, mail } = data;
  const streamKey = (service: string) => ({ arn: data.keys.stream.arn, through: `${service}.${region}.amazonaws.com` });
  const refs: StoreRefs = {
    secrets: {
      arns: [pulumi.interpolate`arn:aws:secretsmanager:${region}:${accountId}:secret:${secretsPrefix}`],
      environment: { BOURSE_SECRETS: `secrets-manager:${secretsPrefix}` },
    },
  };
  const home = args.joins?.home.region;
  if (home !== undefined) {
    // What users' secrets are sealed with is made once: a key of this region's own would open none of them.
    refs.homeSecrets = {
      arns: [pulumi.interpolate`arn:aws:secretsmanager:${home}:${accountId}:secret:${secretsPrefix}`],
      environment: { BOURSE_SECRETS_HOME: home },
    };
  }
  if (sql !== undefined) {
    refs.sql = {
      // Services sign in by IAM, each as the database user of its name (Aurora guide, "IAM database access"); the job before a rollout makes users and databases.
      arns: [pulumi.interpolate`arn:aws:rds-db:${region}:${accountId}:dbuser:${sql.resourceId}`],
      environment: {
        BOURSE_SQL_URL: pulumi.interpolate`postgresql://{user}@${sql.endpoint}:${sqlPort}/{database}`,
        ...(sql.promotedEndpoint === undefined ? {} : { BOURSE_SQL_WRITER: sql.promotedEndpoint }),
        BOURSE_SQL_SIGN_IN: "iam",
      },
    };
  }
  if (cache !== undefined) {
    refs.cache = {
      // With IAM a user's id is its name (ElastiCache guide, "Authenticating with IAM").
      arns: [cache.arn, cache.userArn],
      environment: {
        BOURSE_REDIS_URL: pulumi.interpolate`rediss://${lastPart(cache.userArn)}@${cache.endpoint}:${redisPort}`,
        BOURSE_REDIS_SIGN_IN: pulumi.interpolate`iam:${lastPart(cache.arn)}`,
      },
    };
  }
  if (eventStream in streams) {
    const { arn, name } = streams[eventStream];
    refs.events = { arns: [arn], key: streamKey("kinesis"), environment: { BOURSE_BUS: pulumi.interpolate`kinesis:${name}` } };
  }
  if (leadership !== undefined) {
    refs.leadership = {
      arns: [leadership.arn],
      key: { arn: leadership.keyArn, through: `dynamodb.${region}.amazonaws.com` },
      environment: { BOURSE_LEADERSHIP: pulumi.interpolate`dynamodb:${region}/${leadership.name}` },
    };
  }
  if (notices !== undefined) {
    refs.noticeQueue = {
      arns: [notices.queueArn, notices.deadLettersArn],
      key: streamKey("sqs"),
      environment: {
        BOURSE_NOTICE_QUEUE: pulumi.interpolate`sqs:${notices.queueUrl}`,
        BOURSE_NOTICE_DEAD_LETTERS: pulumi.output(notices.deadLettersArn).apply(queueUrl),
      },
    };
    refs.noticeTopic = {
      arns: [notices.topicArn],
      key: streamKey("sns"),
      environment: { BOURSE_NOTICE_TOPIC: pulumi.interpolate`sns:${notices.topicArn}` },
    };
  }
  if (mail !== undefined) {
    refs.mail = {
      arns: [mail.identityArn],
      environment: {
        BOURSE_MAIL: pulumi.interpolate`ses:${mail.configurationSetName}`,
        BOURSE_MAIL_FROM: `Bourse <no-reply@${mailDomain(args)}>`,
      },
    };
  }
  return refs;
}

/** A queue's URL as made of its ARN (SQS guide, "Queue and message identifiers"). */
function queueUrl(arn: string): string {
  const [, , , region, account, name] = arn.split(":");
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}

/** The name at the end of an ARN of ElastiCache. */
const lastPart = (arn: pulumi.Input<string>) => pulumi.output(arn).apply((text) => text.split(":").at(-1)!);

/** Port of every cluster that `RedisCache` makes. */
const redisPort = 6379;

/** Port of every PostgreSQL cluster that `AuroraStore` makes. */
const sqlPort = 5432;

/** The stream of what the shard settled: one record a symbol, with orders, trades and levels in their order. */
const eventStream = "orders";

/** Who makes the services' databases: the administrator that RDS keeps the password of. */
export function databaseAdministrator(
  { sql }: RegionDataRef,
  region: string,
  key: KeyRef,
  databaseName = "bourse",
): DatabaseAdministrator | undefined {
  if (sql === undefined) return undefined;
  return {
    url: pulumi.interpolate`postgresql://administrator@${sql.endpoint}:${sqlPort}/${databaseName}`,
    // Present wherever the cluster is not a copy of another region's.
    secretArn: pulumi.output(sql.adminSecretArn).apply((arn) => arn ?? ""),
    keyArn: key.arn,
    through: `secretsmanager.${region}.amazonaws.com`,
  };
}
