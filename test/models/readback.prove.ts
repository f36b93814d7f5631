/** Network, keys, stores and messages, created on an API server through the AWS SDK from what was recorded, and read back: what was asked for is what is there. */

import { createdAndRead } from "./created-and-read";
import { wholePlatform } from "./whole-platform";

/** What the server does not implement, or not as AWS does. The models have checked these requests all the same. */
const beyondTheServer = [
  "accessanalyzer:CreateAnalyzer",
  // It reads the certificates, which are no real ones in a recording.
  "acm-pca:ImportCertificateAuthorityCertificate",
  "acm-pca:IssueCertificate",
  "backup:CreateBackupSelection",
  "backup:PutBackupVaultAccessPolicy",
  "elasticache:CreateCacheParameterGroup",
  "elasticache:CreateUserGroup",
  "elasticache:ModifyCacheParameterGroup",
  // It knows no delivery to OpenSearch; the others are made.
  "firehose:CreateDeliveryStream",
  "kafka:CreateConfiguration",
  "kafka:CreateTopic",
  "rds:CreateDBProxyEndpoint",
  "redshift:ModifyClusterParameterGroup",
  // Its check of the target fails on a policy whose principal is "*".
  "s3:PutBucketLogging",
  // It fails on a secret without a value, which the first renewal would make.
  "secretsmanager:RotateSecret",
  "securityhub:BatchEnableStandards",
  "securityhub:CreateFindingAggregator",
  "securityhub:UpdateSecurityHubConfiguration",
  "sesv2:CreateConfigurationSetEventDestination",
  "sesv2:PutEmailIdentityMailFromAttributes",
];

/** Where the server answers something else than it was told, and AWS does not: it keeps these settings as constants, or in another form. */
const serverQuirks = [
  "acm-pca:DescribeCertificateAuthority.UsageMode: asked for 'GENERAL_PURPOSE', got 'SHORT_LIVED_CERTIFICATE'",
  "redshift:DescribeClusters.IamRoles[0]: asked for 'arn:aws:iam::123456789012:role/data-warehouse-reader'",
  "sesv2:GetConfigurationSet.SendingOptions.SendingEnabled: asked for 'True', got 'False'",
];

/** Values at least that each operation gives back. */
const values = {
  "cloudtrail:GetTrail": 5,
  "config:DescribeConfigRules": 23,
  "dynamodb:DescribeContinuousBackups": 3,
  "dynamodb:DescribeTable": 20,
  "dynamodb:DescribeTimeToLive": 1,
  "elasticache:DescribeReplicationGroups": 5,
  "firehose:DescribeDeliveryStream": 5,
  "guardduty:GetDetector": 1,
  "iam:GetRolePolicy": 10,
  "kafka:DescribeCluster": 5,
  "kinesis:DescribeStreamSummary": 9,
  "kms:GetKeyPolicy": 5,
  "kms:GetKeyRotationStatus": 5,
  "mq:DescribeBroker": 5,
  "opensearch:DescribeDomain": 10,
  "rds:DescribeDBClusters": 12,
  "redshift:DescribeClusters": 8,
  "lambda:GetFunctionConfiguration": 10,
  "s3:GetBucketEncryption": 9,
  "s3:GetBucketLifecycleConfiguration": 9,
  "s3:GetBucketPolicy": 5,
  "s3:GetBucketVersioning": 5,
  "s3:GetObjectLockConfiguration": 2,
  "s3:GetPublicAccessBlock": 20,
  "s3control:GetPublicAccessBlock": 4,
  "secretsmanager:DescribeSecret": 2,
  "sesv2:GetEmailIdentity": 1,
  "sns:GetSubscriptionAttributes": 2,
  "sns:GetTopicAttributes": 3,
  "sqs:GetQueueAttributes": 20,
};

createdAndRead("network, keys, stores and messages as moto keeps them", wholePlatform, {
  operations: 100,
  beyondTheServer,
  serverQuirks,
  values,
});
