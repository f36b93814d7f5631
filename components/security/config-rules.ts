/** What AWS Config checks all the time: rules that AWS manages, by the name that this library gives them. */

import type * as pulumi from "@pulumi/pulumi";

/** One managed rule (AWS Config guide, "List of AWS Config Managed Rules"). */
export interface ConfigRule {
  identifier: string;
  parameters?: Record<string, pulumi.Input<string>>;
}

export const configRules: Record<string, ConfigRule> = {
  "root-has-mfa": { identifier: "ROOT_ACCOUNT_MFA_ENABLED" },
  "root-has-no-keys": { identifier: "IAM_ROOT_ACCESS_KEY_CHECK" },
  "users-have-mfa": { identifier: "IAM_USER_MFA_ENABLED" },
  "console-needs-mfa": { identifier: "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS" },
  "access-keys-rotate": { identifier: "ACCESS_KEYS_ROTATED", parameters: { maxAccessKeyAge: "90" } },
  "unused-credentials-go": { identifier: "IAM_USER_UNUSED_CREDENTIALS_CHECK", parameters: { maxCredentialUsageAge: "45" } },
  "no-administrator-policies": { identifier: "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS" },
  "trail-is-on": { identifier: "MULTI_REGION_CLOUD_TRAIL_ENABLED" },
  "trail-is-encrypted": { identifier: "CLOUD_TRAIL_ENCRYPTION_ENABLED" },
  "keys-rotate": { identifier: "CMK_BACKING_KEY_ROTATION_ENABLED" },
  "volumes-are-encrypted": { identifier: "ENCRYPTED_VOLUMES" },
  "databases-are-encrypted": { identifier: "RDS_STORAGE_ENCRYPTED" },
  "databases-are-private": { identifier: "RDS_INSTANCE_PUBLIC_ACCESS_CHECK" },
  "databases-cannot-be-deleted": { identifier: "RDS_CLUSTER_DELETION_PROTECTION_ENABLED" },
  "tables-recover": { identifier: "DYNAMODB_PITR_ENABLED" },
  "buckets-are-not-read-by-the-public": { identifier: "S3_BUCKET_PUBLIC_READ_PROHIBITED" },
  "buckets-are-not-written-by-the-public": { identifier: "S3_BUCKET_PUBLIC_WRITE_PROHIBITED" },
  "buckets-use-tls": { identifier: "S3_BUCKET_SSL_REQUESTS_ONLY" },
  "cluster-secrets-are-encrypted": { identifier: "EKS_SECRETS_ENCRYPTED" },
  "no-remote-shells": { identifier: "INCOMING_SSH_DISABLED" },
  "default-groups-are-closed": { identifier: "VPC_DEFAULT_SECURITY_GROUP_CLOSED" },
  "networks-are-logged": { identifier: "VPC_FLOW_LOGS_ENABLED" },
  "streams-are-encrypted": { identifier: "KINESIS_STREAM_ENCRYPTED" },
};

/** Every IAM user is a member of the group whose policy denies everything without a second factor: a user outside of it escapes the denial. */
export function membershipRule(groupName: pulumi.Input<string>): Record<string, ConfigRule> {
  return { "users-are-in-the-mfa-group": { identifier: "IAM_USER_GROUP_MEMBERSHIP_CHECK", parameters: { groupNames: groupName } } };
}

/**
 * What shows that a service which somebody else made is there and does what this library would have made it do. A recorder that is adopted runs these
 * rules, and would be missed by them all.
 */
export const adoptedRules = {
  guardDuty: {
    "threats-are-detected": { identifier: "GUARDDUTY_ENABLED_CENTRALIZED" },
    "threats-to-buckets-are-detected": { identifier: "GUARDDUTY_S3_PROTECTION_ENABLED" },
    "threats-to-clusters-are-detected": { identifier: "GUARDDUTY_EKS_PROTECTION_AUDIT_ENABLED" },
    "malware-is-detected": { identifier: "GUARDDUTY_MALWARE_PROTECTION_ENABLED" },
    "threats-to-databases-are-detected": { identifier: "GUARDDUTY_RDS_PROTECTION_ENABLED" },
    "threats-to-functions-are-detected": { identifier: "GUARDDUTY_LAMBDA_PROTECTION_ENABLED" },
    "threats-at-run-time-are-detected": { identifier: "GUARDDUTY_RUNTIME_MONITORING_ENABLED" },
  },
  securityHub: { "findings-are-collected": { identifier: "SECURITYHUB_ENABLED" } },
  inspector: {
    "instances-are-scanned": { identifier: "INSPECTOR_EC2_SCAN_ENABLED" },
    "images-are-scanned": { identifier: "INSPECTOR_ECR_SCAN_ENABLED" },
    "functions-are-scanned": { identifier: "INSPECTOR_LAMBDA_STANDARD_SCAN_ENABLED" },
  },
  macie: { "personal-data-is-looked-for": { identifier: "MACIE_STATUS_CHECK" } },
  accessAnalyzer: { "access-is-analysed": { identifier: "IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED" } },
  volumeEncryption: { "new-volumes-are-encrypted": { identifier: "EC2_EBS_ENCRYPTION_BY_DEFAULT" } },
  trail: {
    "trail-is-validated": { identifier: "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED" },
    "trail-is-read": { identifier: "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED" },
  },
  users: {
    // CIS AWS Foundations Benchmark 3.0, 1.8 and 1.9, as `UserRules` sets it.
    "passwords-are-strong": {
      identifier: "IAM_PASSWORD_POLICY",
      parameters: { MinimumPasswordLength: "14", PasswordReusePrevention: "24" },
    },
    "users-are-in-groups": { identifier: "IAM_USER_GROUP_MEMBERSHIP_CHECK" },
  },
  publicBuckets: { "public-buckets-are-blocked": { identifier: "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC" } },
} satisfies Record<string, Record<string, ConfigRule>>;
