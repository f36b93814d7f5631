/** Rights of workloads on stores, each the least that the operation needs, on one resource. */

import * as pulumi from "@pulumi/pulumi";
import type { KeyRef, PolicyStatement } from "../foundation";

type Arn = pulumi.Input<string>;

const allow = (
  Sid: string,
  Action: string[],
  Resource: PolicyStatement["Resource"],
  Condition?: PolicyStatement["Condition"],
): PolicyStatement =>
  Condition === undefined ? { Sid, Effect: "Allow", Action, Resource } : { Sid, Effect: "Allow", Action, Resource, Condition };

/** Use of a key through one service alone, so that it decrypts nothing else. */
function keyThrough(service: string, key: KeyRef, region: pulumi.Input<string>, Action: string[], Sid: string): PolicyStatement {
  return allow(Sid, Action, key.arn, { StringEquals: { "kms:ViaService": pulumi.interpolate`${service}.${region}.amazonaws.com` } });
}

/** What is granted, and by which key it is encrypted. */
export interface Granted {
  arn: Arn;
  key: KeyRef;
  region: pulumi.Input<string>;
}

/** Grants by operation. Each returns statements for {@link WorkloadIdentity}. */
export const grants = {
  /** Reads the current value of a secret. */
  readSecret: ({ arn, key, region }: Granted): PolicyStatement[] => [
    allow("ReadSecret", ["secretsmanager:GetSecretValue"], arn),
    keyThrough("secretsmanager", key, region, ["kms:Decrypt"], "DecryptSecret"),
  ],
  /** Puts records on a Kinesis stream. */
  writeStream: ({ arn, key, region }: Granted): PolicyStatement[] => [
    allow("WriteStream", ["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStreamSummary", "kinesis:ListShards"], arn),
    keyThrough("kinesis", key, region, ["kms:GenerateDataKey"], "EncryptRecords"),
  ],
  /** Reads a Kinesis stream by polling. */
  readStream: ({ arn, key, region }: Granted): PolicyStatement[] => [
    allow("ReadStream", ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStreamSummary", "kinesis:ListShards"], arn),
    keyThrough("kinesis", key, region, ["kms:Decrypt"], "DecryptRecords"),
  ],
  /** Reads items of a DynamoDB table and its indexes; never scans. */
  readTable: ({ arn, key, region }: Granted): PolicyStatement[] => [
    allow(
      "ReadTable",
      ["dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query"],
      [arn, pulumi.interpolate`${arn}/index/*`],
    ),
    keyThrough("dynamodb", key, region, ["kms:Decrypt"], "DecryptItems"),
  ],
  /** Writes items of a DynamoDB table. */
  writeTable: ({ arn, key, region }: Granted): PolicyStatement[] => [
    allow("WriteTable", ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], arn),
    keyThrough("dynamodb", key, region, ["kms:Decrypt", "kms:GenerateDataKey"], "EncryptItems"),
  ],
  /** Sends to an SQS queue. */
  sendQueue: ({ arn, key, region }: Granted): PolicyStatement[] => [
    allow("SendQueue", ["sqs:SendMessage", "sqs:GetQueueUrl"], arn),
    keyThrough("sqs", key, region, ["kms:Decrypt", "kms:GenerateDataKey"], "EncryptMessages"),
  ],
  /** Receives from an SQS queue and acknowledges. */
  receiveQueue: ({ arn, key, region }: Granted): PolicyStatement[] => [
    allow(
      "ReceiveQueue",
      ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
      arn,
    ),
    keyThrough("sqs", key, region, ["kms:Decrypt"], "DecryptMessages"),
  ],
  /** Publishes to an SNS topic. */
  publishTopic: ({ arn, key, region }: Granted): PolicyStatement[] => [
    allow("PublishTopic", ["sns:Publish"], arn),
    keyThrough("sns", key, region, ["kms:Decrypt", "kms:GenerateDataKey"], "EncryptNotices"),
  ],
  /** Reads objects of a bucket below a prefix. @param prefix such as `archive/`; `""` is all of it */
  readObjects: ({ arn, key, region }: Granted, prefix: string): PolicyStatement[] => [
    allow("ReadObjects", ["s3:GetObject"], pulumi.interpolate`${arn}/${prefix}*`),
    allow("ListObjects", ["s3:ListBucket"], arn, { StringLike: { "s3:prefix": `${prefix}*` } }),
    keyThrough("s3", key, region, ["kms:Decrypt"], "DecryptObjects"),
  ],
  /** Writes objects of a bucket below a prefix; deletes nothing. */
  writeObjects: ({ arn, key, region }: Granted, prefix: string): PolicyStatement[] => [
    allow("WriteObjects", ["s3:AbortMultipartUpload", "s3:PutObject"], pulumi.interpolate`${arn}/${prefix}*`),
    keyThrough("s3", key, region, ["kms:Decrypt", "kms:GenerateDataKey"], "EncryptObjects"),
  ],
  /** Connects to PostgreSQL as one user. @param resourceId resource id of the cluster, not its name */
  connectSql: (
    resourceId: pulumi.Input<string>,
    user: string,
    region: pulumi.Input<string>,
    accountId: pulumi.Input<string>,
  ): PolicyStatement[] => [
    allow("ConnectSql", ["rds-db:connect"], pulumi.interpolate`arn:aws:rds-db:${region}:${accountId}:dbuser:${resourceId}/${user}`),
  ],
  /** Connects to Redis as one user. */
  connectRedis: (replicationGroupArn: Arn, userArn: Arn): PolicyStatement[] => [
    allow("ConnectRedis", ["elasticache:Connect"], [replicationGroupArn, userArn]),
  ],
  /** Appends to topics of an MSK cluster, whose names start with `prefix`; idempotent producers included. */
  appendLog: (clusterArn: Arn, prefix: string): PolicyStatement[] => [
    allow("ConnectLog", ["kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently"], clusterArn),
    allow(
      "AppendLog",
      ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData", "kafka-cluster:WriteData"],
      topicArn(clusterArn, "topic", prefix),
    ),
    allow(
      "FenceLog",
      ["kafka-cluster:AlterTransactionalId", "kafka-cluster:DescribeTransactionalId"],
      topicArn(clusterArn, "transactional-id", prefix),
    ),
  ],
  /** Reads topics of an MSK cluster, whose names start with `prefix`, as consumer groups of the same prefix. */
  readLog: (clusterArn: Arn, prefix: string): PolicyStatement[] => [
    allow("ConnectLog", ["kafka-cluster:Connect"], clusterArn),
    allow("ReadLog", ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"], topicArn(clusterArn, "topic", prefix)),
    allow("FollowLog", ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"], topicArn(clusterArn, "group", prefix)),
  ],
};

/** `...:cluster/name/uuid` names topics as `...:topic/name/uuid/topic`. */
function topicArn(clusterArn: Arn, kind: "topic" | "group" | "transactional-id", prefix: string): pulumi.Output<string> {
  return pulumi.output(clusterArn).apply((arn) => `${arn.replace(":cluster/", `:${kind}/`)}/${prefix}*`);
}
