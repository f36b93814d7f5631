/** Requests to buckets are logged, but for buckets that take logs themselves. */

import { rawStatements, texts } from "../../plan/iam/permissions";
import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

/** Services that write logs: their bucket would log the writing of logs. */
const logWriters = [
  "delivery.logs.amazonaws.com",
  "logdelivery.elasticloadbalancing.amazonaws.com",
  "logging.s3.amazonaws.com",
  "cloudtrail.amazonaws.com",
  "config.amazonaws.com",
];

export const s3AccessLogs: Rule = {
  id: "s3-access-logs",
  title: "Requests to buckets are logged",
  checks: "Every bucket has a BucketLogging, but for buckets that take logs themselves.",
  why: "Without it nobody can tell which objects an intruder read.",
  fix: "Add a BucketLogging; Lake takes accessLogBucket.",
  severity: "advisory",
  needsGraph: true,
  types: ["aws:s3/bucket:Bucket"],
  check: (bucket, graph) => {
    if (graph.referrersOf(bucket, "aws:s3/bucketLogging:BucketLogging", "bucket").length > 0) return [];
    const policies = graph.referrersOf(bucket, "aws:s3/bucketPolicy:BucketPolicy", "bucket");
    const writers = policies
      .flatMap(({ inputs }) => rawStatements(inputs.policy))
      .flatMap(({ Principal }) => texts(recordOf(Principal).Service));
    return writers.some((service) => logWriters.includes(service)) ? [] : ["its requests are not logged"];
  },
  passing: {
    type: "aws:s3/bucket:Bucket",
    inputs: {},
    others: [
      {
        type: "aws:s3/bucketLogging:BucketLogging",
        name: "logging",
        inputs: { targetBucket: "access-logs", targetPrefix: "example/" },
        references: { bucket: ["example"] },
      },
    ],
  },
  failing: { type: "aws:s3/bucket:Bucket", inputs: {} },
};
