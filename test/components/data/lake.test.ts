import assert from "node:assert/strict";
import { Lake, type LakeArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  describeComponent,
  differenceOf,
  literalKey,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";

const bucketType = "aws:s3/bucket:Bucket";
const lockType = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
const copied = {
  archive: {
    copy: { bucketArn: "arn:aws:s3:::copies", keyArn: "arn:aws:kms:eu-west-1:999999999999:key/copies", accountId: "999999999999" },
  },
};

function lakeWith(over: Partial<LakeArgs> = {}): () => Lake {
  return () => new Lake("lake", { accountId: "123456789012", key: literalKey(), ...over });
}

describeComponent("Lake", lakeWith(), (subject) => {
  const roles = ["archive", "artefacts", "events"];

  it("makes the archive, the events and the artefacts, each with all that closes a bucket", () => {
    const of = (type: string) =>
      subject.graph
        .ofType(type)
        .map(({ name }) => name)
        .filter((name) => !name.startsWith("lake-access-logs-"))
        .sort();
    assert.deepEqual(
      of(bucketType),
      roles.map((role) => `lake-${role}`),
    );
    const closing = {
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "ownership",
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "public-access",
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "encryption",
      "aws:s3/bucketVersioning:BucketVersioning": "versioning",
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "lifecycle",
      "aws:s3/bucketPolicy:BucketPolicy": "policy",
    };
    for (const [type, suffix] of Object.entries(closing))
      assert.deepEqual(
        of(type),
        roles.map((role) => `lake-${role}-${suffix}`),
        type,
      );
  });

  for (const role of roles) {
    it(`closes ${role} to the public, encrypts and versions it, and keeps access lists out`, () => {
      const { graph } = subject;
      assertInputs(graph, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", `lake-${role}-public-access`, {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      });
      assertInputs(
        graph,
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        `lake-${role}-encryption`,
        {
          rules: [
            { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: literalKey().arn }, bucketKeyEnabled: true },
          ],
        },
      );
      assertInputs(graph, "aws:s3/bucketVersioning:BucketVersioning", `lake-${role}-versioning`, {
        versioningConfiguration: { status: "Enabled" },
      });
      assertInputs(graph, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", `lake-${role}-ownership`, {
        rule: { objectOwnership: "BucketOwnerEnforced" },
      });
      const bucket = assertInputs(graph, bucketType, `lake-${role}`, { forceDestroy: false });
      assert.equal(bucket.protect, true);
    });
  }

  it("refuses plain connections, old TLS, and other accounts", () => {
    if (!subject.known) return;
    const { Statement } = JSON.parse(subject.graph.get("aws:s3/bucketPolicy:BucketPolicy", "lake-archive-policy").inputs.policy as string);
    assert.deepEqual(
      Statement.map(({ Effect, Principal, Action, Condition }: Record<string, unknown>) => ({ Effect, Principal, Action, Condition })),
      [{ "aws:SecureTransport": "false" }, undefined, undefined].map((bool, index) => ({
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Condition: [
          { Bool: bool },
          { NumericLessThan: { "s3:TlsVersion": "1.2" } },
          { StringNotEquals: { "aws:PrincipalAccount": "123456789012" }, Bool: { "aws:PrincipalIsAWSService": "false" } },
        ][index],
      })),
    );
  });

  it("takes copies from the accounts that it archives, which can put and not delete", async () => {
    const graph = await subject.record(
      () => new Lake("lake", { accountId: "123456789012", key: literalKey(), buckets: { archive: { receivesFrom: ["222222222222"] } } }),
    );
    if (!graph.known) return;
    const { Statement } = JSON.parse(graph.get("aws:s3/bucketPolicy:BucketPolicy", "lake-archive-policy").inputs.policy as string);
    const [, , others, copies, versions] = Statement;
    assert.deepEqual(others.Condition.StringNotEquals, { "aws:PrincipalAccount": ["123456789012", "222222222222"] });
    assert.deepEqual(
      [copies, versions].map(({ Effect, Principal, Action }) => [Effect, Principal, Action]),
      [
        [
          "Allow",
          { AWS: ["arn:aws:iam::222222222222:root"] },
          ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateObject", "s3:ReplicateTags"],
        ],
        ["Allow", { AWS: ["arn:aws:iam::222222222222:root"] }, "s3:GetBucketVersioning"],
      ],
    );
    assert.equal(Statement.length, 5);
  });

  it("locks the archive for seven years, for everybody", () => {
    assertInputs(subject.graph, bucketType, "lake-archive", { objectLockEnabled: true });
    assertInputs(subject.graph, lockType, "lake-archive-lock", { rule: { defaultRetention: { mode: "COMPLIANCE", days: 2557 } } });
    assertInputs(subject.graph, bucketType, "lake-events", { objectLockEnabled: false });
    assert.equal(subject.graph.ofType(lockType).length, 1);
  });

  it("moves what ages to cheaper storage and drops old versions", () => {
    assertInputs(subject.graph, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "lake-archive-lifecycle", {
      rules: [
        {
          id: "keep",
          status: "Enabled",
          filter: { prefix: "" },
          transitions: [{ days: 30, storageClass: "GLACIER_IR" }],
          noncurrentVersionExpiration: { noncurrentDays: 90 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    });
  });
});

describe("Lake, by argument", () => {
  it("copies every object to an account that keeps records, within minutes, never its deletions", async () => {
    const graph = await recordProgram({}, lakeWith({ buckets: copied }));
    assertInputs(graph, "aws:s3/bucketReplicationConfig:BucketReplicationConfig", "lake-archive-copy", {
      rules: [
        {
          id: "everything",
          status: "Enabled",
          filter: { prefix: "" },
          deleteMarkerReplication: { status: "Disabled" },
          sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
          destination: {
            bucket: copied.archive.copy.bucketArn,
            encryptionConfiguration: { replicaKmsKeyId: copied.archive.copy.keyArn },
            replicationTime: { status: "Enabled", time: { minutes: 15 } },
            metrics: { status: "Enabled", eventThreshold: { minutes: 15 } },
            account: "999999999999",
            accessControlTranslation: { owner: "Destination" },
          },
        },
      ],
    });
    const { Statement } = JSON.parse(graph.get("aws:iam/rolePolicy:RolePolicy", "lake-archive-copy-role-copies").inputs.policy as string);
    assert.ok(Statement.every(({ Resource }: { Resource: unknown }) => ![Resource].flat().includes("*")));
  });

  it("logs the requests to every bucket in one of its own, which S3 may write to for this account alone", async () => {
    const graph = await recordProgram({}, lakeWith({}));
    const bucket = graph.get("aws:s3/bucket:Bucket", "lake-access-logs-bucket").outputs.bucket;
    for (const role of ["archive", "events", "artefacts"])
      assertInputs(graph, "aws:s3/bucketLogging:BucketLogging", `lake-${role}-logging`, {
        targetBucket: bucket,
        targetPrefix: `lake-${role}/`,
      });
    const { Statement } = JSON.parse(graph.get("aws:s3/bucketPolicy:BucketPolicy", "lake-access-logs-policy").inputs.policy as string);
    const [writes] = Statement.filter(
      ({ Principal }: { Principal: { Service?: string } }) => Principal.Service === "logging.s3.amazonaws.com",
    );
    assert.deepEqual([writes.Action, writes.Condition], ["s3:PutObject", { StringEquals: { "aws:SourceAccount": "123456789012" } }]);
  });

  it("logs requests in a bucket that was given", async () => {
    const graph = await recordProgram({}, lakeWith({ accessLogBucket: "access-logs" }));
    assertInputs(graph, "aws:s3/bucketLogging:BucketLogging", "lake-events-logging", {
      targetBucket: "access-logs",
      targetPrefix: "lake-events/",
    });
  });

  it("changes nothing else when a bucket is added", async () => {
    const difference = differenceOf(
      await recordProgram({}, lakeWith({ buckets: { a: {} } })),
      await recordProgram({}, lakeWith({ buckets: { b: {}, a: {} } })),
    );
    assert.deepEqual([difference.replaced, difference.removed, difference.updated], [[], [], []]);
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<LakeArgs["transform"]>();
    const buckets = { archive: { ...copied.archive, lock: { mode: "governance" as const, days: 1 } } };
    assert.deepEqual(untransformed(await recordProgram({}, lakeWith({ buckets, transform: probe.transform })), probe), []);
  });

  const cases: [string, LakeArgs["buckets"], string[]][] = [
    ["no bucket", {}, ["buckets"]],
    ["a role with a dot", { "a.b": {} }, ["buckets.a.b"]],
    ["an unknown lock", { a: { lock: { mode: "legal" as "compliance", days: 1 } } }, ["buckets.a.lock.mode"]],
    ["a lock of no days", { a: { lock: { mode: "compliance", days: 0 } } }, ["buckets.a.lock.days"]],
    ["an expiry within the lock", { a: { lock: { mode: "compliance", days: 10 }, expireAfterDays: 5 } }, ["buckets.a.expireAfterDays"]],
    ["a move after no days", { a: { coldAfterDays: 0 } }, ["buckets.a.coldAfterDays"]],
    ["versions kept for half a day", { a: { oldVersionDays: 0.5 } }, ["buckets.a.oldVersionDays"]],
  ];
  for (const [what, buckets, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(lakeWith({ buckets }), paths));
  }
});
