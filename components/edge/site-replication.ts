/** Copies each release of the site to the standby bucket. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { assumedBy, policyDocument, type Tags, type Transform, transformed } from "../foundation";
import type { SiteBucket } from "./site-bucket";

export interface SiteReplicationTransform {
  replicationRole?: Transform<aws.iam.RoleArgs>;
  replicationPolicy?: Transform<aws.iam.RolePolicyArgs>;
  replication?: Transform<aws.s3.BucketReplicationConfigArgs>;
}

export interface SiteReplicationFacts {
  name: string;
  accountId: pulumi.Input<string>;
  site: SiteBucket;
  standbySite: SiteBucket;
  transform?: SiteReplicationTransform;
}

/** @param place provider of the region of `site`, where its replication is configured */
export function replicateSite(
  facts: SiteReplicationFacts,
  tagsFor: (childName: string) => Tags,
  opts: pulumi.CustomResourceOptions,
  place: { provider: aws.Provider },
): void {
  const { name, site, standbySite, transform } = facts;
  const role = new aws.iam.Role(
    ...transformed<aws.iam.RoleArgs>(
      transform?.replicationRole,
      `${name}-role`,
      { assumeRolePolicy: assumedBy("s3.amazonaws.com", facts.accountId), tags: tagsFor(`${name}-role`) },
      opts,
    ),
  );
  const policy = new aws.iam.RolePolicy(
    ...transformed<aws.iam.RolePolicyArgs>(
      transform?.replicationPolicy,
      `${name}-policy`,
      { role: role.name, policy: replicationPolicy(site.arn, standbySite.arn) },
      opts,
    ),
  );
  new aws.s3.BucketReplicationConfig(
    ...transformed<aws.s3.BucketReplicationConfigArgs>(
      transform?.replication,
      name,
      {
        bucket: site.bucketName,
        role: role.arn,
        rules: [
          {
            id: "site",
            status: "Enabled",
            filter: { prefix: "" },
            deleteMarkerReplication: { status: "Enabled" },
            destination: { bucket: standbySite.arn, storageClass: "STANDARD" },
          },
        ],
      },
      { ...opts, ...place, dependsOn: [site.versioning, standbySite.versioning, policy] },
    ),
  );
}

/** What S3 needs to copy objects between the two buckets (S3 guide, "Setting up permissions for live replication"). */
function replicationPolicy(from: pulumi.Input<string>, to: pulumi.Input<string>): pulumi.Output<string> {
  return policyDocument(
    { Effect: "Allow", Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"], Resource: from },
    {
      Effect: "Allow",
      Action: ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
      Resource: pulumi.interpolate`${from}/*`,
    },
    { Effect: "Allow", Action: ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"], Resource: pulumi.interpolate`${to}/*` },
  );
}
