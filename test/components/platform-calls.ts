/** Calls that the roles of the platform must be able to make, and those that they must not. */

import { logsOn, serviceNames } from "bourse";
import type { Question } from "./iam-simulator";
import { accountId } from "./references";
import { dangerousCalls } from "./services/service-calls";

const region = "us-east-1";

const throughSecrets = { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` };
const secretKey = `arn:aws:kms:${region}:${accountId}:key/secret`;

/** Roles of tasks: each fetches its certificate, what logs on also its key; what they do in stores is asked of the whole region (`services/service-calls.ts`). */
const taskCalls: Record<string, Question[]> = {
  "tasks-execution": [
    { action: "ecr:GetAuthorizationToken", resource: "*" },
    { action: "ecr:BatchGetImage", resource: `arn:aws:ecr:${region}:${accountId}:repository/bourse` },
    { action: "logs:PutLogEvents", resource: `arn:aws:logs:${region}:${accountId}:log-group:run-logs:log-stream:1` },
  ],
  "tasks-jobs-role": [
    {
      action: "ecs:RunTask",
      resource: `arn:aws:ecs:${region}:${accountId}:task-definition/tasks-users-migrations:7`,
      context: { "ecs:cluster": `arn:aws:ecs:${region}:${accountId}:cluster/run` },
    },
    { action: "ecs:DescribeTasks", resource: `arn:aws:ecs:${region}:${accountId}:task/run/0123` },
    {
      action: "iam:PassRole",
      resource: "@aws:iam/role:Role tasks-databases-role",
      context: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
    },
  ],
  "tasks-logon-role": [
    { action: "secretsmanager:PutSecretValue", resource: "@aws:secretsmanager/secret:Secret tasks-gateway-logon" },
    { action: "secretsmanager:GetSecretValue", resource: "@aws:secretsmanager/secret:Secret tasks-logon-list" },
    { action: "kms:GenerateDataKey", resource: secretKey, context: throughSecrets },
  ],
  "tasks-databases-role": [
    { action: "secretsmanager:GetSecretValue", resource: `arn:aws:secretsmanager:${region}:${accountId}:secret:rds-AbCdEf` },
  ],
  ...Object.fromEntries(
    ["users", "notification", "analytics", "publisher"].map((service) => [
      `tasks-${service}-migrations-role`,
      [{ action: "rds-db:connect", resource: `arn:aws:rds-db:${region}:${accountId}:dbuser:cluster-ABCDEFGHIJKL0123/${service}` }],
    ]),
  ),
  ...Object.fromEntries(
    serviceNames.map((service) => [
      `tasks-${service}-role`,
      [
        { action: "acm:ExportCertificate", resource: `@aws:acm/certificate:Certificate tasks-${service}-certificate` },
        ...(logsOn(service)
          ? [{ action: "secretsmanager:GetSecretValue", resource: `@aws:secretsmanager/secret:Secret tasks-${service}-logon` }]
          : []),
        ...(service === "trading"
          ? [
              { action: "secretsmanager:GetSecretValue", resource: "@aws:secretsmanager/secret:Secret tasks-logon-list" },
              {
                action: "elasticfilesystem:ClientWrite",
                resource: "@aws:efs/fileSystem:FileSystem tasks-journal",
                context: { "elasticfilesystem:AccessPointArn": "@aws:efs/accessPoint:AccessPoint tasks-journal-point" },
              },
            ]
          : []),
      ],
    ]),
  ),
};

/** What the roles of every component do, by specimen and role: calls that AWS documents for the service that takes the role. */
export const platformCalls: Record<string, Record<string, Question[]>> = {
  Delivery: {
    "delivery-trades-role": [
      { action: "kinesis:GetRecords", resource: `arn:aws:kinesis:${region}:${accountId}:stream/trades` },
      { action: "s3:PutObject", resource: "arn:aws:s3:::lake-events/trades/part-1" },
      { action: "s3:ListBucket", resource: "arn:aws:s3:::lake-events" },
      { action: "glue:GetTableVersions", resource: `arn:aws:glue:${region}:${accountId}:catalog` },
      { action: "lambda:InvokeFunction", resource: "@aws:lambda/function:Function delivery-trades-rows-function" },
    ],
    "delivery-outside-role": [
      { action: "secretsmanager:GetSecretValue", resource: `arn:aws:secretsmanager:${region}:${accountId}:secret:sql-users-AbCdEf` },
      { action: "s3:PutObject", resource: "arn:aws:s3:::lake-events/warehouse/outside/part-1" },
    ],
    "delivery-trades-rows-role": [{ action: "logs:PutLogEvents", resource: "@aws:cloudwatch/logGroup:LogGroup delivery-trades-rows-log" }],
    "delivery-search-role": [
      { action: "es:ESHttpPut", resource: `arn:aws:es:${region}:${accountId}:domain/search/trades` },
      { action: "es:DescribeDomain", resource: `arn:aws:es:${region}:${accountId}:domain/search` },
      { action: "ec2:CreateNetworkInterface", resource: `arn:aws:ec2:${region}:${accountId}:network-interface/eni-0123456789abcdef0` },
      { action: "ec2:DescribeSubnets", resource: "*" },
    ],
  },
  StreamAnalytics: {
    "windows-role": [
      { action: "kinesis:GetRecords", resource: `arn:aws:kinesis:${region}:${accountId}:stream/trades` },
      { action: "kinesis:PutRecords", resource: `arn:aws:kinesis:${region}:${accountId}:stream/trades-candles` },
      { action: "s3:GetObject", resource: "arn:aws:s3:::artefacts/flink/windows.jar" },
      { action: "ec2:DescribeDhcpOptions", resource: "*" },
    ],
  },
  Warehouse: {
    "warehouse-reader": [
      { action: "kinesis:DescribeStream", resource: `arn:aws:kinesis:${region}:${accountId}:stream/trades` },
      { action: "kinesis:ListStreams", resource: "*" },
      { action: "kinesis:GetRecords", resource: `arn:aws:kinesis:${region}:${accountId}:stream/trades` },
      { action: "s3:GetObject", resource: "arn:aws:s3:::lake-events/trades/part-1" },
    ],
  },
  AuroraProxy: {
    "pool-role": [
      { action: "secretsmanager:GetSecretValue", resource: `arn:aws:secretsmanager:${region}:${accountId}:secret:sql-users-AbCdEf` },
    ],
  },
  Lake: {
    "lake-archive-copy-role": [
      { action: "s3:GetReplicationConfiguration", resource: "arn:aws:s3:::lake-archive" },
      { action: "s3:GetObjectVersionForReplication", resource: "arn:aws:s3:::lake-archive/commands/1" },
      { action: "s3:ReplicateObject", resource: "arn:aws:s3:::far-archive/commands/1" },
    ],
  },
  SecretStore: {
    "secrets-rotation-role": [
      { action: "secretsmanager:PutSecretValue", resource: "@aws:secretsmanager/secret:Secret secrets-envelope" },
      { action: "secretsmanager:UpdateSecretVersionStage", resource: "@aws:secretsmanager/secret:Secret secrets-envelope" },
      { action: "secretsmanager:GetRandomPassword", resource: "*" },
    ],
  },
  FlowLog: {
    "flow-role": [{ action: "logs:PutLogEvents", resource: `arn:aws:logs:${region}:${accountId}:log-group:flow-group:log-stream:eni-1` }],
  },
  ConfigRecorder: {
    "config-role": [
      { action: "s3:PutObject", resource: `arn:aws:s3:::config-store-bucket/AWSLogs/${accountId}/Config/1` },
      { action: "s3:GetBucketAcl", resource: "arn:aws:s3:::config-store-bucket" },
    ],
  },
  AuditTrail: {
    "trail-role": [{ action: "logs:PutLogEvents", resource: `arn:aws:logs:${region}:${accountId}:log-group:trail-log:log-stream:1` }],
  },
  WorkloadIdentity: {
    "wallet-role": [
      { action: "secretsmanager:GetSecretValue", resource: `arn:aws:secretsmanager:${region}:${accountId}:secret:sql-users-AbCdEf` },
    ],
  },
  ExchangeNetwork: {
    "net-flow-role": [{ action: "logs:PutLogEvents", resource: "@aws:cloudwatch/logGroup:LogGroup net-flow-group" }],
  },
  SecurityBaseline: {
    "base-config-role": [{ action: "s3:PutObject", resource: `arn:aws:s3:::base-config-store-bucket/AWSLogs/${accountId}/Config/1` }],
    "base-trail-role": [{ action: "logs:PutLogEvents", resource: "@aws:cloudwatch/logGroup:LogGroup base-trail-log" }],
  },
  AuroraStore: {
    "sql-proxy-role": [{ action: "rds-db:connect", resource: "@sql-user users" }],
  },
  RowsFunction: { "rows-role": [{ action: "logs:PutLogEvents", resource: "@aws:cloudwatch/logGroup:LogGroup rows-log" }] },
  ExchangeEdge: {
    "edge-replication-role": [
      { action: "s3:GetObjectVersionForReplication", resource: "arn:aws:s3:::edge-site-bucket/index.html" },
      { action: "s3:ReplicateObject", resource: "arn:aws:s3:::edge-site-standby-bucket/index.html" },
    ],
  },
  ApiAuthorizer: {
    "decide-role": [
      { action: "secretsmanager:GetSecretValue", resource: `arn:aws:secretsmanager:${region}:${accountId}:secret:origin-AbCdEf` },
      { action: "logs:PutLogEvents", resource: "@aws:cloudwatch/logGroup:LogGroup decide-log" },
      { action: "ec2:DescribeNetworkInterfaces", resource: "*" },
    ],
  },
  TradingCluster: {
    "trading-aws-ebs-csi-driver-role": [{ action: "kms:Decrypt", resource: `arn:aws:kms:${region}:${accountId}:key/cluster` }],
  },
  ClusterControllers: {
    "steer-aws-load-balancer-controller-role": [
      {
        action: "elasticloadbalancing:RegisterTargets",
        resource: `arn:aws:elasticloadbalancing:${region}:${accountId}:targetgroup/gateway/0123456789abcdef`,
        context: { "aws:ResourceTag/bourse:component": "RegionIngress/entry" },
      },
      { action: "ec2:DescribeInstances", resource: "*" },
    ],
    "steer-cluster-autoscaler-role": [
      { action: "autoscaling:DescribeAutoScalingGroups", resource: "*" },
      { action: "eks:DescribeNodegroup", resource: `arn:aws:eks:${region}:${accountId}:nodegroup/trading/hot/1` },
    ],
  },
  PodScaling: { "follow-operator-role": [{ action: "cloudwatch:GetMetricData", resource: "*" }] },
  FargateServices: taskCalls,
  ObservabilityPlane: {
    "watch-fleet-shift-zone-role": [
      {
        action: "arc-zonal-shift:StartZonalShift",
        resource: `arn:aws:elasticloadbalancing:${region}:${accountId}:loadbalancer/net/entry/0123456789abcdef`,
      },
    ],
    "watch-fleet-replace-node-role": [{ action: "ec2:DescribeInstances", resource: "*" }],
    "watch-fleet-restart-service-role": [
      { action: "ecs:UpdateService", resource: `arn:aws:ecs:${region}:${accountId}:service/trading/wallet` },
    ],
    "watch-fleet-ask-logs-role": [
      { action: "logs:StartQuery", resource: `arn:aws:logs:${region}:${accountId}:log-group:/aws/containerinsights/trading/application` },
    ],
    "watch-outside-role": [{ action: "s3:PutObject", resource: "arn:aws:s3:::watch-outside-artifacts-bucket/canary/1" }],
  },
};

/** Harm that no role of the platform may do, whatever it copies or writes. */
export const platformDangers: Question[] = dangerousCalls
  .filter(([, resource]) => resource.startsWith("arn:"))
  .map(([action, resource]) => ({ action, resource }))
  .concat(
    ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectRetention"].map((action) => ({
      action,
      resource: "arn:aws:s3:::lake-events/trades/1",
    })),
    ["s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration"].map((action) => ({
      action,
      resource: "arn:aws:s3:::lake-events",
    })),
    ["kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:DisableKey"].map((action) => ({
      action,
      resource: `arn:aws:kms:${region}:${accountId}:key/data`,
    })),
    ["kinesis:DeleteStream", "kinesis:PutRecord"].map((action) => ({
      action,
      resource: `arn:aws:kinesis:${region}:${accountId}:stream/trades`,
    })),
    [{ action: "rds-db:connect", resource: `arn:aws:rds-db:${region}:${accountId}:dbuser:cluster-ABCDEFGHIJKL0123/administrator` }],
  );
