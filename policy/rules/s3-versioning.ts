/** Every bucket keeps versions. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const s3Versioning: Rule = {
  id: "s3-versioning",
  title: "Buckets keep what is overwritten",
  checks: "Every bucket keeps versions.",
  why: "A wrong upload or an intruder else destroys the only copy.",
  fix: "Add a BucketVersioning with status Enabled.",
  severity: "advisory",
  needsGraph: true,
  types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"],
  check: (bucket, graph) => {
    const own = graph.referrersOf(bucket, "aws:s3/bucketVersioning:BucketVersioning", "bucket");
    const enabled = own.some((versioning) => recordOf(versioning.inputs.versioningConfiguration).status === "Enabled");
    return enabled || recordOf(bucket.inputs.versioning).enabled === true ? [] : ["keeps no versions"];
  },
  passing: {
    type: "aws:s3/bucket:Bucket",
    inputs: {},
    others: [
      {
        type: "aws:s3/bucketVersioning:BucketVersioning",
        name: "versions",
        inputs: { versioningConfiguration: { status: "Enabled" } },
        references: { bucket: ["example"] },
      },
    ],
  },
  failing: { type: "aws:s3/bucket:Bucket", inputs: {} },
};
