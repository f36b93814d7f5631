/** What AWS Config checks all the time: rules that AWS manages, by the name that this library gives them. */

/** One managed rule (AWS Config guide, "List of AWS Config Managed Rules"). */
export interface ConfigRule {
  identifier: string;
  parameters?: Record<string, string>;
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
