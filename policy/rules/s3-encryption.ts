/** Every bucket names its server-side encryption; KMS where the data is ours alone. */

import { listOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const s3Encryption: Rule = {
  id: "s3-encryption",
  title: "Buckets encrypt with a key",
  checks: "Every bucket names its server-side encryption; KMS where the data is ours alone.",
  why: "The default of S3 encrypts with a key of the service that no policy of ours can withhold.",
  fix: "Add a BucketServerSideEncryptionConfiguration.",
  severity: "mandatory",
  needsGraph: true,
  types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"],
  check: (bucket, graph) => {
    const inline =
      listOf(bucket.inputs.serverSideEncryptionConfigurations).length > 0 || bucket.inputs.serverSideEncryptionConfiguration !== undefined;
    const own = graph.referrersOf(
      bucket,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "bucket",
    );
    return inline || own.length > 0 ? [] : ["no server-side encryption is configured"];
  },
  passing: {
    type: "aws:s3/bucket:Bucket",
    inputs: {},
    others: [
      {
        type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        name: "encryption",
        inputs: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }] },
        references: { bucket: ["example"] },
      },
    ],
  },
  failing: { type: "aws:s3/bucket:Bucket", inputs: {} },
};
