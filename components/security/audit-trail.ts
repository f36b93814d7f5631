/** Who did what in the account: CloudTrail, with alarms on what should never happen. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  assumedBy,
  BourseComponent,
  type CommonArgs,
  childNameFaults,
  type KeyRef,
  type LogTransform,
  type Protection,
  policyDocument,
  type Transform,
  transformed,
} from "../foundation";
import { AuditBucket, type AuditBucketTransform } from "./audit-bucket";

/** Arguments of {@link AuditTrail}. */
export interface AuditTrailArgs extends CommonArgs, AlarmedArgs {
  accountId: pulumi.Input<string>;
  key: KeyRef;
  /** @default "on" */
  protection?: Protection;
  transform?: AuditTrailTransform;
}

export interface AuditTrailTransform extends AlarmTransform, LogTransform {
  bucket?: AuditBucketTransform;
  trail?: Transform<aws.cloudtrail.TrailArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
  filter?: Transform<aws.cloudwatch.LogMetricFilterArgs>;
}

/** Patterns of the CIS AWS Foundations Benchmark 3.0, section 4, that leave no innocent reading. */
const watched: Record<string, { pattern: string; meaning: string }> = {
  "root-use": {
    pattern: '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }',
    meaning: "The root user was used: find out who and why.",
  },
  "console-without-mfa": {
    pattern:
      '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
    meaning: "Somebody signed in without a second factor: give the user MFA.",
  },
  "key-loss": {
    pattern: "{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }",
    meaning: "A KMS key was disabled or is to be deleted: cancel it unless it was planned.",
  },
  "trail-change": {
    pattern: "{ ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StopLogging) }",
    meaning: "The audit trail was changed: restore it, then ask who did it.",
  },
};

/** A trail of all regions, validated, encrypted, kept where it cannot be deleted, and read by alarms. */
export class AuditTrail extends BourseComponent {
  readonly trailArn: pulumi.Output<string>;

  constructor(name: string, args: AuditTrailArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:security:AuditTrail", name, args, childNameFaults(name, { bucket: ["-store-bucket"] }), opts);
    const bucket = new AuditBucket(
      `${name}-store`,
      {
        accountId: args.accountId,
        key: args.key,
        writer: "cloudtrail.amazonaws.com",
        protection: args.protection,
        tags: args.tags,
        transform: args.transform?.bucket,
      },
      { parent: this },
    );
    const log = this.createLogGroup("log", { logKey: args.key, transform: args.transform }, 400);
    const trail = new aws.cloudtrail.Trail(
      ...transformed<aws.cloudtrail.TrailArgs>(
        args.transform?.trail,
        `${name}-all`,
        {
          s3BucketName: bucket.bucketName,
          isMultiRegionTrail: true,
          includeGlobalServiceEvents: true,
          enableLogFileValidation: true,
          enableLogging: true,
          kmsKeyId: args.key.arn,
          cloudWatchLogsGroupArn: pulumi.interpolate`${log.arn}:*`,
          cloudWatchLogsRoleArn: this.createRole(log, args).arn,
          tags: this.tagsFor(`${name}-all`),
        },
        this.childOptions({ dependsOn: [bucket.writable] }),
      ),
    );
    for (const [key, { pattern, meaning }] of Object.entries(watched)) this.watch(key, pattern, meaning, log, args);
    this.trailArn = trail.arn;
    this.registerOutputs({ trailArn: this.trailArn });
  }

  private createRole(log: aws.cloudwatch.LogGroup, args: AuditTrailArgs): aws.iam.Role {
    const name = `${this.name}-role`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        name,
        {
          description: "Lets CloudTrail write to its log group",
          assumeRolePolicy: assumedBy("cloudtrail.amazonaws.com", args.accountId),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${name}-writes`,
        {
          role: role.id,
          policy: policyDocument({
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: pulumi.interpolate`${log.arn}:*`,
          }),
        },
        this.childOptions(),
      ),
    );
    return role;
  }

  private watch(key: string, pattern: string, meaning: string, log: aws.cloudwatch.LogGroup, args: AuditTrailArgs): void {
    const metric = { namespace: "Bourse/Audit", name: `${this.name}-${key}` };
    new aws.cloudwatch.LogMetricFilter(
      ...transformed<aws.cloudwatch.LogMetricFilterArgs>(
        args.transform?.filter,
        `${this.name}-${key}`,
        { logGroupName: log.name, pattern, metricTransformation: { ...metric, value: "1", defaultValue: "0" } },
        this.childOptions(),
      ),
    );
    const spec = {
      description: meaning,
      namespace: metric.namespace,
      metric: metric.name,
      statistic: "Sum",
      threshold: 0,
      period: 300,
      periods: 1,
      dimensions: {},
    };
    this.createAlarms({ [key]: spec }, args);
  }
}
