/** The bucket that takes access logs of load balancers, CloudFront and other buckets. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childNameFaults } from "./child-names";
import { type ClosedBucketTransform, closeBucket, tlsOnly } from "./closed-bucket";
import { BourseComponent, type CommonArgs, type Protection } from "./component";
import type { Fault } from "./faults";
import { type Transform, transformed } from "./transform";

/** Arguments of {@link LogBucket}. */
export interface LogBucketArgs extends CommonArgs {
  /** Account whose load balancers and log deliveries may write. */
  accountId: pulumi.Input<string>;
  /** Days until a log is deleted. @default 365 */
  retentionDays?: number;
  /** `"off"` also lets a bucket with logs in it be destroyed. @default "on" */
  protection?: Protection;
  transform?: LogBucketTransform;
}

export interface LogBucketTransform extends ClosedBucketTransform {
  bucket?: Transform<aws.s3.BucketArgs>;
  lifecycle?: Transform<aws.s3.BucketLifecycleConfigurationArgs>;
  policy?: Transform<aws.s3.BucketPolicyArgs>;
}

export function logBucketFaults(args: Pick<LogBucketArgs, "retentionDays">): Fault[] {
  const days = args.retentionDays;
  if (days === undefined || (Number.isInteger(days) && days >= 1 && days <= 3653)) return [];
  return [{ path: "retentionDays", given: days, allowed: "a whole number of days from 1 to 3653", fix: "use 365" }];
}

/**
 * Private, TLS-only, expiring. Encrypted with the keys of S3, since Application Load Balancers write with no other (ELB guide, "Access
 * logs for your Application Load Balancer").
 */
export class LogBucket extends BourseComponent {
  readonly bucketName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  /** To depend on before anything writes: a load balancer checks its right to write when it is made. */
  readonly writable: pulumi.Resource;

  constructor(name: string, args: LogBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    const faults = [...logBucketFaults(args), ...childNameFaults(name, { bucket: ["-bucket"] })];
    super("bourse:foundation:LogBucket", name, args, faults, opts);

    const bucket = this.createBucket(args);
    const closed = closeBucket(this, name, bucket, undefined, args.transform);
    new aws.s3.BucketLifecycleConfiguration(
      ...transformed<aws.s3.BucketLifecycleConfigurationArgs>(
        args.transform?.lifecycle,
        `${name}-lifecycle`,
        {
          bucket: bucket.id,
          rules: [
            {
              id: "expire",
              status: "Enabled",
              filter: { prefix: "" },
              expiration: { days: args.retentionDays ?? 365 },
              abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
            },
          ],
        },
        this.childOptions(),
      ),
    );

    this.bucketName = bucket.id;
    this.arn = bucket.arn;
    this.writable = new aws.s3.BucketPolicy(
      ...transformed<aws.s3.BucketPolicyArgs>(
        args.transform?.policy,
        `${name}-policy`,
        { bucket: bucket.id, policy: logWriters(bucket.arn, args.accountId) },
        this.childOptions({ dependsOn: [closed] }),
      ),
    );
    this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
  }

  private createBucket(args: LogBucketArgs): aws.s3.Bucket {
    const protect = (args.protection ?? "on") === "on";
    const name = `${this.name}-bucket`;
    return new aws.s3.Bucket(
      ...transformed<aws.s3.BucketArgs>(
        args.transform?.bucket,
        name,
        { forceDestroy: !protect, tags: this.tagsFor(name) },
        this.childOptions({ protect }),
      ),
    );
  }
}

/** Who may write: log deliveries (Network Load Balancers, CloudFront), Application Load Balancers and buckets, of this account alone, over TLS alone. */
function logWriters(bucketArn: pulumi.Input<string>, accountId: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      tlsOnly(bucketArn),
      {
        Sid: "LogDeliveryWrites",
        Effect: "Allow",
        Principal: { Service: "delivery.logs.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: pulumi.interpolate`${bucketArn}/*`,
        Condition: { StringEquals: { "aws:SourceAccount": accountId } },
      },
      {
        Sid: "LogDeliveryChecksOwner",
        Effect: "Allow",
        Principal: { Service: "delivery.logs.amazonaws.com" },
        Action: "s3:GetBucketAcl",
        Resource: bucketArn,
        Condition: { StringEquals: { "aws:SourceAccount": accountId } },
      },
      {
        Sid: "ApplicationLoadBalancersWrite",
        Effect: "Allow",
        Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: pulumi.interpolate`${bucketArn}/*`,
        Condition: { ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:elasticloadbalancing:*:${accountId}:loadbalancer/*` } },
      },
      {
        Sid: "BucketsWrite",
        Effect: "Allow",
        Principal: { Service: "logging.s3.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: pulumi.interpolate`${bucketArn}/*`,
        Condition: { StringEquals: { "aws:SourceAccount": accountId } },
      },
    ],
  });
}
