/**
 * What each service asks of AWS, beside the catalog: the calls that its adapters make (`workloads/stores`), on which store. The role must allow these, and no more.
 */

import type { ServiceName } from "bourse";

/** A call, and the ARN that it is made on, as made of the ARN of its store. */
export interface ServiceCall {
  store: "events" | "sql" | "secrets" | "notices" | "cache" | "leadership";
  action: string;
  /** Which of the store's parts: a stream, a queue, a topic. */
  part?: string;
  /** Appended to the ARN. */
  suffix?: string;
}

const stream = (actions: string[]): ServiceCall[] =>
  actions.map((name) => ({ store: "events", action: `kinesis:${name}`, part: "orders" }));
const signIn = (user: ServiceName): ServiceCall => ({ store: "sql", action: "rds-db:connect", suffix: `/${user}` });
const masterKey: ServiceCall[] = [
  { store: "secrets", action: "secretsmanager:GetSecretValue", suffix: "/users/master-key-AbCdEf" },
  { store: "secrets", action: "secretsmanager:CreateSecret", suffix: "/users/master-key" },
];

export const serviceCalls: Record<ServiceName, ServiceCall[]> = {
  gateway: [
    signIn("gateway"),
    ...masterKey,
    { store: "cache", action: "elasticache:Connect", part: "group" },
    { store: "cache", action: "elasticache:Connect", part: "user" },
  ],
  trading: ["GetItem", "PutItem"].map((name) => ({ store: "leadership", action: `dynamodb:${name}` })),
  "order-book": [],
  "market-data": [],
  wallet: [],
  users: [signIn("users"), ...masterKey, { store: "notices", action: "sns:Publish", part: "topic" }],
  notification: [
    signIn("notification"),
    ...["ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"].map(
      (name): ServiceCall => ({ store: "notices", action: `sqs:${name}`, part: "queue" }),
    ),
  ],
  history: [],
  analytics: [signIn("analytics"), ...stream(["ListShards", "GetShardIterator", "GetRecords"])],
  publisher: [signIn("publisher"), ...stream(["PutRecords"])],
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
