/** A bucket that holds a copy of the site, readable by one CloudFront distribution and nobody else. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type ClosedBucketTransform,
  type CommonArgs,
  childNameFaults,
  closeBucket,
  type Protection,
  type Transform,
  tlsOnly,
  transformed,
} from "../foundation";

/** Arguments of {@link SiteBucket}. */
export interface SiteBucketArgs extends CommonArgs {
  /** `"off"` also lets a bucket with a site in it be destroyed. @default "on" */
  protection?: Protection;
  transform?: SiteBucketTransform;
}

export interface SiteBucketTransform extends ClosedBucketTransform {
  bucket?: Transform<aws.s3.BucketArgs>;
  versioning?: Transform<aws.s3.BucketVersioningArgs>;
  policy?: Transform<aws.s3.BucketPolicyArgs>;
}

/** Private, encrypted, with versions so that a bad release is undone by restoring the one before. */
export class SiteBucket extends BourseComponent {
  readonly bucketName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  /** Where CloudFront fetches from. */
  readonly domainName: pulumi.Output<string>;
  /** Replication, from and to, needs versions. */
  readonly versioning: aws.s3.BucketVersioning;
  private readonly closed: aws.s3.BucketPublicAccessBlock;

  constructor(
    name: string,
    private readonly args: SiteBucketArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bourse:edge:SiteBucket", name, args, childNameFaults(name, { bucket: ["-bucket"] }), opts);
    const protect = (args.protection ?? "on") === "on";
    const bucket = new aws.s3.Bucket(
      ...transformed<aws.s3.BucketArgs>(
        args.transform?.bucket,
        `${name}-bucket`,
        { forceDestroy: !protect, tags: this.tagsFor(`${name}-bucket`) },
        this.childOptions({ protect }),
      ),
    );
    this.closed = closeBucket(this, name, bucket, undefined, args.transform);
    this.versioning = new aws.s3.BucketVersioning(
      ...transformed<aws.s3.BucketVersioningArgs>(
        args.transform?.versioning,
        `${name}-versioning`,
        { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } },
        this.childOptions(),
      ),
    );

    this.bucketName = bucket.id;
    this.arn = bucket.arn;
    this.domainName = bucket.bucketRegionalDomainName;
    this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
  }

  /** Lets `distributionArn` read, and nothing else over anything but TLS. */
  allowReads(distributionArn: pulumi.Input<string>): void {
    new aws.s3.BucketPolicy(
      ...transformed<aws.s3.BucketPolicyArgs>(
        this.args.transform?.policy,
        `${this.name}-policy`,
        {
          bucket: this.bucketName,
          policy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [
              tlsOnly(this.arn),
              {
                Sid: "DistributionReads",
                Effect: "Allow",
                Principal: { Service: "cloudfront.amazonaws.com" },
                Action: "s3:GetObject",
                Resource: pulumi.interpolate`${this.arn}/*`,
                Condition: { StringEquals: { "aws:SourceArn": distributionArn } },
              },
            ],
          }),
        },
        this.childOptions({ dependsOn: [this.closed] }),
      ),
    );
  }
}
