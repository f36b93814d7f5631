/** Every bucket has a policy that denies requests without TLS. */

import { rawStatements } from "../../plan/iam/permissions";
import { deniesPlainHttp } from "../principals";
import type { Rule } from "../rule";

export const s3TlsOnly: Rule = {
  id: "s3-tls-only",
  title: "Buckets refuse plain HTTP",
  checks: "Every bucket has a policy that denies requests without TLS.",
  why: "S3 also answers plain HTTP; what is sent that way can be read and changed on the wire.",
  fix: "Deny s3:* when aws:SecureTransport is false in the bucket policy.",
  severity: "mandatory",
  needsGraph: true,
  types: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"],
  check: (bucket, graph) => {
    const policies = graph.referrersOf(bucket, "aws:s3/bucketPolicy:BucketPolicy", "bucket");
    const denied = policies.some((policy) => rawStatements(policy.inputs.policy).some(deniesPlainHttp));
    return denied ? [] : ["no bucket policy denies requests without TLS"];
  },
  passing: {
    type: "aws:s3/bucket:Bucket",
    inputs: {},
    others: [
      {
        type: "aws:s3/bucketPolicy:BucketPolicy",
        name: "policy",
        inputs: {
          policy: JSON.stringify({
            Statement: [
              { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
            ],
          }),
        },
        references: { bucket: ["example"] },
      },
    ],
  },
  failing: { type: "aws:s3/bucket:Bucket", inputs: {} },
};
