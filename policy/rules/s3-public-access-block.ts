/** Every bucket has all four settings of the public access block on. */

import type { Rule } from "../rule";

export const s3PublicAccessBlock: Rule = {
  id: "s3-public-access-block",
  title: "Buckets block public access",
  checks: "Every bucket has all four settings of the public access block on.",
  why: "One wrong ACL or bucket policy is otherwise enough to publish the data of every customer.",
  fix: "Add a BucketPublicAccessBlock with all four settings true.",
  severity: "mandatory",
  needsGraph: true,
  types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"],
  check: (bucket, graph) => {
    const blocks = graph.referrersOf(bucket, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "bucket");
    const settings = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
    const off = settings.filter((setting) => !blocks.some((block) => block.inputs[setting] === true));
    return off.length === 0 ? [] : [`public access block: ${off.join(", ")} not on`];
  },
  passing: {
    type: "aws:s3/bucket:Bucket",
    inputs: {},
    others: [
      {
        type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        name: "block",
        inputs: { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
        references: { bucket: ["example"] },
      },
    ],
  },
  failing: { type: "aws:s3/bucket:Bucket", inputs: {} },
};
