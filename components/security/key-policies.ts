/** Key policies by domain: the account, and the AWS services that encrypt with the key on their own behalf. */

import * as pulumi from "@pulumi/pulumi";

/** What a key encrypts. One key a domain, so that access to one says nothing about another. */
export const keyDomains = ["data", "stream", "log", "secret", "cluster"] as const;
export type KeyDomain = (typeof keyDomains)[number];

type Statement = Record<string, unknown>;

/** Other accounts that use the `data` key. */
export interface KeySharing {
  /** Accounts that put encrypted copies into buckets of this one. @default none */
  archivedAccounts?: readonly string[];
  /** ARN of the vault that backups are copied to. @default none */
  backupsCopiedTo?: pulumi.Input<string>;
}

/** The policy of a domain's key in one region. */
export function keyPolicy(
  domain: KeyDomain,
  accountId: pulumi.Input<string>,
  region: pulumi.Input<string>,
  { archivedAccounts = [], backupsCopiedTo }: KeySharing = {},
): pulumi.Output<string> {
  const own = [accountOwnsKey(accountId), ...(domainStatements[domain]?.(accountId, region) ?? [])];
  if (domain !== "data") return pulumi.jsonStringify({ Version: "2012-10-17", Statement: own });
  const archived = archivedAccounts.length > 0 ? [copiesOf(archivedAccounts, region)] : [];
  const backups = backupsCopiedTo === undefined ? [] : backupsOf(backupsCopiedTo, accountId);
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: pulumi.output(backups).apply((statements) => [...own, ...archived, ...statements]),
  });
}

/**
 * AWS Backup guide, "Creating backup copies across AWS accounts": what AWS Backup does not keep in a format of its own, Aurora's snapshots among it, is read
 * in the other account with the key of the source. Nothing for a vault of this account.
 */
function backupsOf(vaultArn: pulumi.Input<string>, accountId: pulumi.Input<string>): pulumi.Output<Statement[]> {
  return pulumi.all([vaultArn, accountId]).apply(([arn, own]): Statement[] => {
    const account = arn.split(":")[4];
    if (account === own) return [];
    const shared = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Resource: "*" };
    const uses = ["kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"];
    const grants = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"];
    const forServices = { Bool: { "kms:GrantIsForAWSResource": "true" } };
    return [
      { Sid: "BackupsCopiedToAnotherAccount", ...shared, Action: uses },
      { Sid: "GrantsForBackupsCopiedToAnotherAccount", ...shared, Action: grants, Condition: forServices },
    ];
  });
}

/** S3 guide, "Replicating encrypted objects": the copying account encrypts with the key of the archive, through S3 alone, and reads nothing. */
function copiesOf(accounts: readonly string[], region: pulumi.Input<string>): Statement {
  return {
    Sid: "CopiesOfOtherAccounts",
    Effect: "Allow",
    Principal: { AWS: accounts.map((account) => `arn:aws:iam::${account}:root`) },
    Action: ["kms:Encrypt", "kms:GenerateDataKey"],
    Resource: "*",
    Condition: { StringEquals: { "kms:ViaService": pulumi.interpolate`s3.${region}.amazonaws.com` } },
  };
}

/** The statement that AWS recommends: the account's IAM policies grant use, nobody outside the account can (KMS guide, "Default key policy"). */
function accountOwnsKey(accountId: pulumi.Input<string>): Statement {
  return {
    Sid: "AccountOwnsKey",
    Effect: "Allow",
    Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
    Action: "kms:*",
    Resource: "*",
  };
}

/** Services that call KMS as themselves; all others use the rights of whoever calls them, which IAM policies grant. */
const domainStatements: Partial<Record<KeyDomain, (accountId: pulumi.Input<string>, region: pulumi.Input<string>) => Statement[]>> = {
  log: (accountId, region) => [
    {
      // CloudWatch Logs guide, "Encrypt log data using AWS KMS".
      Sid: "LogGroupsOfTheAccount",
      Effect: "Allow",
      Principal: { Service: pulumi.interpolate`logs.${region}.amazonaws.com` },
      Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      Resource: "*",
      Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": pulumi.interpolate`arn:aws:logs:${region}:${accountId}:*` } },
    },
    {
      // CloudTrail guide, "Configure AWS KMS key policies for CloudTrail".
      Sid: "TrailsOfTheAccount",
      Effect: "Allow",
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Action: ["kms:GenerateDataKey*", "kms:DescribeKey"],
      Resource: "*",
      Condition: {
        StringLike: { "kms:EncryptionContext:aws:cloudtrail:arn": pulumi.interpolate`arn:aws:cloudtrail:*:${accountId}:trail/*` },
      },
    },
    {
      // AWS Config guide, "Permissions for the KMS key for the delivery channel".
      Sid: "ConfigurationHistory",
      Effect: "Allow",
      Principal: { Service: "config.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": accountId } },
    },
  ],
  stream: (accountId) => [
    {
      // SNS guide, "Enable compatibility between event sources from AWS services and encrypted topics"; SQS guide, "Configure KMS permissions for AWS services".
      Sid: "PublishersToTopicsAndQueues",
      Effect: "Allow",
      Principal: {
        Service: ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com", "ses.amazonaws.com", "sns.amazonaws.com"],
      },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": accountId } },
    },
  ],
  cluster: (accountId) => {
    const autoScaling = pulumi.interpolate`arn:aws:iam::${accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
    // The role may not exist yet, so it cannot be the principal itself. EC2 Auto Scaling guide, "Required KMS key policy for use with encrypted volumes".
    const whose = { StringEquals: { "aws:PrincipalArn": autoScaling, "kms:CallerAccount": accountId } };
    return [
      {
        Sid: "VolumesOfNodes",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: "*",
        Condition: whose,
      },
      {
        Sid: "GrantsForVolumesOfNodes",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "kms:CreateGrant",
        Resource: "*",
        Condition: { ...whose, Bool: { "kms:GrantIsForAWSResource": "true" } },
      },
    ];
  },
};
