/** What every bucket of the library has in common: nobody outside, no access lists, nothing in the clear. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { BourseComponent } from "./component";
import { overTlsAlone, type PolicyStatement } from "./policies";
import type { KeyRef } from "./references";
import { type Transform, transformed } from "./transform";

/** The hooks for what closes a bucket in a component's `transform`. */
export interface ClosedBucketTransform {
  ownership?: Transform<aws.s3.BucketOwnershipControlsArgs>;
  publicAccess?: Transform<aws.s3.BucketPublicAccessBlockArgs>;
  encryption?: Transform<aws.s3.BucketServerSideEncryptionConfigurationArgs>;
}

/**
 * Closes `bucket`, a child of `component`. Its own children are `<name>-ownership`, `<name>-public-access` and `<name>-encryption`.
 *
 * @param key encrypts objects; without one the keys of S3 do, since Application Load Balancers write with no other (ELB guide, "Access logs for your Application Load
 * Balancer") and CloudFront reads the site without a grant
 * @returns what a bucket's policy depends on: a policy that S3 takes for public is refused from then on
 */
export function closeBucket(
  component: BourseComponent,
  name: string,
  bucket: aws.s3.Bucket,
  key: KeyRef | undefined,
  transform: ClosedBucketTransform | undefined,
): aws.s3.BucketPublicAccessBlock {
  const own = { bucket: bucket.id };
  new aws.s3.BucketOwnershipControls(
    ...transformed<aws.s3.BucketOwnershipControlsArgs>(
      transform?.ownership,
      `${name}-ownership`,
      { ...own, rule: { objectOwnership: "BucketOwnerEnforced" } },
      { parent: component },
    ),
  );
  const closed = new aws.s3.BucketPublicAccessBlock(
    ...transformed<aws.s3.BucketPublicAccessBlockArgs>(
      transform?.publicAccess,
      `${name}-public-access`,
      { ...own, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
      { parent: component },
    ),
  );
  const keysOfS3 = { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } };
  const ownKey = (keyArn: pulumi.Input<string>) => ({
    applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
    bucketKeyEnabled: true,
  });
  new aws.s3.BucketServerSideEncryptionConfiguration(
    ...transformed<aws.s3.BucketServerSideEncryptionConfigurationArgs>(
      transform?.encryption,
      `${name}-encryption`,
      { ...own, rules: [key === undefined ? keysOfS3 : ownKey(key.arn)] },
      { parent: component },
    ),
  );
  return closed;
}

/** Refuses whoever comes without TLS. */
export function tlsOnly(bucketArn: pulumi.Input<string>): PolicyStatement {
  return overTlsAlone("s3:*", [bucketArn, pulumi.interpolate`${bucketArn}/*`]);
}
