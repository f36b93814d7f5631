/**
 * What each service asks of AWS, beside the catalog: the calls that its adapters make (`workloads/stores`), on which store. The role must allow these, and no more.
 */

import type { ServiceName } from "bourse";

/** A call, and the ARN that it is made on, as made of the ARN of its store. */
export interface ServiceCall {
  store: "events" | "archive" | "table" | "log" | "sql" | "secrets" | "cache" | "search";
  action: string;
  /** Which of the store's parts: a stream, a table, a topic. */
  part?: string;
  /** Appended to the ARN. */
  suffix?: string;
}

const stream = (actions: string[], part: string): ServiceCall[] =>
  actions.map((name) => ({ store: "events", action: `kinesis:${name}`, part }));
const reads = ["DescribeStreamSummary", "ListShards", "GetShardIterator", "GetRecords"];
const rows = (actions: string[], part: string): ServiceCall[] =>
  actions.map((name) => ({ store: "table", action: `dynamodb:${name}`, part }));
const rowCalls = ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"];
const connectCache: ServiceCall = { store: "cache", action: "elasticache:Connect" };
const produces: ServiceCall[] = [
  { store: "log", action: "kafka-cluster:Connect" },
  { store: "log", action: "kafka-cluster:DescribeTopic", part: "topic" },
  { store: "log", action: "kafka-cluster:WriteData", part: "topic" },
];

export const serviceCalls: Record<ServiceName, ServiceCall[]> = {
  gateway: [
    ...produces,
    connectCache,
    { store: "sql", action: "rds-db:connect", suffix: "/users" },
    { store: "secrets", action: "secretsmanager:GetSecretValue", suffix: "/users/master-key-AbCdEf" },
    { store: "secrets", action: "secretsmanager:CreateSecret", suffix: "/users/master-key" },
  ],
  trading: [
    ...produces,
    { store: "log", action: "kafka-cluster:ReadData", part: "topic" },
    ...stream(["PutRecords", "DescribeStreamSummary", "ListShards"], "trades"),
    { store: "archive", action: "s3:PutObject", suffix: "/snapshots/0000001" },
    { store: "archive", action: "s3:GetObject", suffix: "/snapshots/0000001" },
    { store: "archive", action: "s3:PutObject", suffix: "/commands/0000001" },
  ],
  "order-book": [{ store: "archive", action: "s3:GetObject", suffix: "/snapshots/0000001" }],
  "market-data": [connectCache, ...rows(rowCalls, "market-data")],
  wallet: [...produces, { store: "sql", action: "rds-db:connect", suffix: "/wallet" }],
  users: [{ store: "sql", action: "rds-db:connect", suffix: "/users" }, connectCache, ...rows(rowCalls, "sessions")],
  notification: [],
  history: [
    ...stream(reads, "trades"),
    ...stream(reads, "orders"),
    ...rows(rowCalls, "history"),
    { store: "search", action: "es:ESHttpPost", suffix: "/orders/_search" },
    { store: "search", action: "es:ESHttpPut", suffix: "/orders/_doc/1" },
    { store: "archive", action: "s3:GetObject", suffix: "/commands/0000001" },
  ],
  analytics: [...stream(reads, "trades"), { store: "search", action: "es:ESHttpPost", suffix: "/trades/_search" }],
};

/** Calls through which a stolen role would do harm. None may be allowed to any service, on anything that the region has. */
export const dangerousCalls: readonly [action: string, resource: string][] = [
  ["iam:CreateUser", "arn:aws:iam::123456789012:user/intruder"],
  ["iam:CreateAccessKey", "arn:aws:iam::123456789012:user/intruder"],
  ["iam:AttachRolePolicy", "arn:aws:iam::123456789012:role/bourse-services-trading"],
  ["iam:PutRolePolicy", "arn:aws:iam::123456789012:role/bourse-services-trading"],
  ["iam:UpdateAssumeRolePolicy", "arn:aws:iam::123456789012:role/bourse-services-trading"],
  ["iam:PassRole", "arn:aws:iam::123456789012:role/administrator"],
  ["sts:AssumeRole", "arn:aws:iam::123456789012:role/administrator"],
  ["kms:ScheduleKeyDeletion", "key:data"],
  ["kms:DisableKey", "key:data"],
  ["kms:PutKeyPolicy", "key:data"],
  ["kms:CreateGrant", "key:data"],
  ["kms:Decrypt", "key:secret"],
  ["s3:DeleteObject", "bucket:archive/commands/0000001"],
  ["s3:DeleteObjectVersion", "bucket:archive/commands/0000001"],
  ["s3:PutObjectRetention", "bucket:archive/commands/0000001"],
  ["s3:BypassGovernanceRetention", "bucket:archive/commands/0000001"],
  ["s3:PutBucketPolicy", "bucket:archive"],
  ["s3:PutBucketPublicAccessBlock", "bucket:archive"],
  ["s3:PutLifecycleConfiguration", "bucket:archive"],
  ["s3:DeleteBucket", "bucket:archive"],
  ["dynamodb:DeleteTable", "table:history"],
  ["dynamodb:UpdateTable", "table:history"],
  ["dynamodb:Scan", "table:sessions"],
  ["dynamodb:UpdateContinuousBackups", "table:history"],
  ["dynamodb:ExportTableToPointInTime", "table:sessions"],
  ["kinesis:DeleteStream", "stream:trades"],
  ["kinesis:StopStreamEncryption", "stream:trades"],
  ["kinesis:DecreaseStreamRetentionPeriod", "stream:trades"],
  ["rds:DeleteDBCluster", "sql"],
  ["rds:ModifyDBCluster", "sql"],
  ["rds:CreateDBClusterSnapshot", "sql"],
  ["rds-db:connect", "sql-user:administrator"],
  ["kafka-cluster:DeleteTopic", "topic:commands"],
  ["kafka-cluster:AlterTopic", "topic:commands"],
  ["kafka-cluster:AlterClusterDynamicConfiguration", "log"],
  ["kafka:DeleteCluster", "log"],
  ["elasticache:DeleteReplicationGroup", "cache"],
  ["es:DeleteDomain", "search"],
  ["es:ESHttpDelete", "search/orders"],
  ["secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:other-AbCdEf"],
  ["secretsmanager:DeleteSecret", "arn:aws:secretsmanager:us-east-1:123456789012:secret:other-AbCdEf"],
  ["ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/other"],
  ["ec2:RunInstances", "arn:aws:ec2:us-east-1:123456789012:instance/*"],
  ["ec2:AuthorizeSecurityGroupIngress", "arn:aws:ec2:us-east-1:123456789012:security-group/sg-0123456789abcdef0"],
  ["lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:123456789012:function:authorizer"],
  ["cloudtrail:StopLogging", "arn:aws:cloudtrail:us-east-1:123456789012:trail/all"],
  ["logs:DeleteLogGroup", "arn:aws:logs:us-east-1:123456789012:log-group:flow"],
  ["config:StopConfigurationRecorder", "arn:aws:config:us-east-1:123456789012:configuration-recorder/a/b"],
  ["guardduty:DeleteDetector", "arn:aws:guardduty:us-east-1:123456789012:detector/0123456789abcdef0123456789abcdef"],
  ["backup:DeleteRecoveryPoint", "arn:aws:backup:us-east-1:123456789012:recovery-point:00000000-0000-0000-0000-000000000000"],
];
