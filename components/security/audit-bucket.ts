/** The bucket of what must not be doubted: the audit trail and the history of configurations. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type ClosedBucketTransform,
  type CommonArgs,
  childNameFaults,
  closeBucket,
  type KeyRef,
  type Protection,
  policyDocument,
  type Transform,
  tlsOnly,
  transformed,
} from "../foundation";

/** Arguments of {@link AuditBucket}. */
export interface AuditBucketArgs extends CommonArgs {
  accountId: pulumi.Input<string>;
  key: KeyRef;
  /** The AWS service that writes, such as `cloudtrail.amazonaws.com`. */
  writer: string;
  /** Days for which nobody can delete an object. @default 400 */
  lockDays?: number;
  /** @default "on" */
  protection?: Protection;
  transform?: AuditBucketTransform;
}

export interface AuditBucketTransform extends ClosedBucketTransform {
  bucket?: Transform<aws.s3.BucketArgs>;
  versioning?: Transform<aws.s3.BucketVersioningArgs>;
  lock?: Transform<aws.s3.BucketObjectLockConfigurationArgs>;
  policy?: Transform<aws.s3.BucketPolicyArgs>;
}

/** Private, versioned, encrypted, locked, and written by one service of AWS on behalf of this account alone. */
export class AuditBucket extends BourseComponent {
  readonly bucketName: pulumi.Output<string>;
  /** To depend on before the service writes. */
  readonly writable: pulumi.Resource;

  constructor(name: string, args: AuditBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:security:AuditBucket", name, args, childNameFaults(name, { bucket: ["-bucket"] }), opts);
    const protect = (args.protection ?? "on") === "on";
    const bucket = new aws.s3.Bucket(
      ...transformed<aws.s3.BucketArgs>(
        args.transform?.bucket,
        `${name}-bucket`,
        { objectLockEnabled: true, forceDestroy: !protect, tags: this.tagsFor(`${name}-bucket`) },
        this.childOptions({ protect }),
      ),
    );
    const own = { bucket: bucket.id };
    const closed = closeBucket(this, name, bucket, args.key, args.transform);
    const versioning = new aws.s3.BucketVersioning(
      ...transformed<aws.s3.BucketVersioningArgs>(
        args.transform?.versioning,
        `${name}-versioning`,
        { ...own, versioningConfiguration: { status: "Enabled" } },
        this.childOptions(),
      ),
    );
    if (protect) {
      new aws.s3.BucketObjectLockConfiguration(
        ...transformed<aws.s3.BucketObjectLockConfigurationArgs>(
          args.transform?.lock,
          `${name}-lock`,
          { ...own, rule: { defaultRetention: { mode: "COMPLIANCE", days: args.lockDays ?? 400 } } },
          this.childOptions({ dependsOn: [versioning] }),
        ),
      );
    }
    this.writable = new aws.s3.BucketPolicy(
      ...transformed<aws.s3.BucketPolicyArgs>(
        args.transform?.policy,
        `${name}-policy`,
        { ...own, policy: writerPolicy(bucket.arn, args) },
        this.childOptions({ dependsOn: [closed] }),
      ),
    );
    this.bucketName = bucket.bucket;
    this.registerOutputs({ bucketName: this.bucketName });
  }
}

/** CloudTrail guide, "Amazon S3 bucket policy for CloudTrail", and AWS Config guide, "Permissions for the Amazon S3 bucket": both ask for the same. */
function writerPolicy(bucketArn: pulumi.Output<string>, { accountId, writer }: AuditBucketArgs): pulumi.Output<string> {
  const ofAccount = { StringEquals: { "aws:SourceAccount": accountId } };
  return policyDocument(
    tlsOnly(bucketArn),
    {
      Sid: "WriterChecks",
      Effect: "Allow",
      Principal: { Service: writer },
      Action: ["s3:GetBucketAcl", "s3:ListBucket"],
      Resource: bucketArn,
      Condition: ofAccount,
    },
    {
      Sid: "WriterWrites",
      Effect: "Allow",
      Principal: { Service: writer },
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/AWSLogs/${accountId}/*`,
      Condition: { StringEquals: { "aws:SourceAccount": accountId, "s3:x-amz-acl": "bucket-owner-full-control" } },
    },
  );
}
