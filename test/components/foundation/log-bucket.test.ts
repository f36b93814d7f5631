import assert from "node:assert/strict";
import { LogBucket, type LogBucketArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { accountId } from "../references";

const bucketType = "aws:s3/bucket:Bucket";

function bucketWith(over: Partial<LogBucketArgs> = {}): () => LogBucket {
  return () => new LogBucket("logs", { accountId, ...over });
}

describeComponent("LogBucket", bucketWith(), (subject) => {
  it("makes one bucket and what closes, encrypts and empties it, and nothing else", () => {
    assertResources(subject.graph, {
      [bucketType]: ["logs-bucket"],
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["logs-ownership"],
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["logs-public-access"],
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ["logs-encryption"],
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["logs-lifecycle"],
      "aws:s3/bucketPolicy:BucketPolicy": ["logs-policy"],
    });
  });

  it("is closed to the public in all four ways, and knows no access lists", () => {
    assertInputs(subject.graph, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "logs-public-access", {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    assertInputs(subject.graph, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", "logs-ownership", {
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
  });

  it("encrypts with the keys of S3, the only ones that load balancers write with", () => {
    assertInputs(
      subject.graph,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "logs-encryption",
      {
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
      },
    );
  });

  it("keeps logs for a year", () => {
    const { inputs } = subject.graph.get("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "logs-lifecycle");
    const [rule, ...others] = inputs.rules as { status: string; expiration: object }[];
    assert.deepEqual([rule.status, rule.expiration, others], ["Enabled", { days: 365 }, []]);
  });

  it("takes logs of its own account's load balancers, deliveries and buckets, over TLS, and lets nobody else in", () => {
    const arn = subject.graph.get(bucketType, "logs-bucket").outputs.arn;
    const ofAccount = { StringEquals: { "aws:SourceAccount": accountId } };
    const delivery = { Service: "delivery.logs.amazonaws.com" };
    assertInputs(subject.graph, "aws:s3/bucketPolicy:BucketPolicy", "logs-policy", {
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "TlsOnly",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [arn, `${arn}/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
          {
            Sid: "LogDeliveryWrites",
            Effect: "Allow",
            Principal: delivery,
            Action: "s3:PutObject",
            Resource: `${arn}/*`,
            Condition: ofAccount,
          },
          {
            Sid: "LogDeliveryChecksOwner",
            Effect: "Allow",
            Principal: delivery,
            Action: "s3:GetBucketAcl",
            Resource: arn,
            Condition: ofAccount,
          },
          {
            Sid: "ApplicationLoadBalancersWrite",
            Effect: "Allow",
            Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: `${arn}/*`,
            Condition: { ArnLike: { "aws:SourceArn": `arn:aws:elasticloadbalancing:*:${accountId}:loadbalancer/*` } },
          },
          {
            Sid: "BucketsWrite",
            Effect: "Allow",
            Principal: { Service: "logging.s3.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: `${arn}/*`,
            Condition: ofAccount,
          },
        ],
      },
    });
  });

  it("protects a bucket and its logs unless told not to", async () => {
    const kept = assertInputs(subject.graph, bucketType, "logs-bucket", { forceDestroy: false });
    const disposable = assertInputs(await subject.record(bucketWith({ protection: "off" })), bucketType, "logs-bucket", {
      forceDestroy: true,
    });
    assert.deepEqual([kept.protect, disposable.protect], [true, false]);
  });
});

describe("Arguments of LogBucket", () => {
  it("are refused when logs would be kept for no day", () => {
    assertFaults(bucketWith({ retentionDays: 0 }), ["retentionDays"]);
  });

  it("reach every child through its transform", async () => {
    const probe = probeTransforms<NonNullable<LogBucketArgs["transform"]>>();
    assert.deepEqual(untransformed(await recordProgram({}, bucketWith({ transform: probe.transform })), probe), []);
  });
});
