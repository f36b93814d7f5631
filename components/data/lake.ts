/** S3 buckets: the archive of the command log, events in columns, and artefacts. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  accountFaults,
  assumedBy,
  BourseComponent,
  type ClosedBucketTransform,
  type CommonArgs,
  childNameFaults,
  choiceFaults,
  closeBucket,
  type Fault,
  type KeyRef,
  LogBucket,
  type LogBucketTransform,
  nameFaults,
  type PolicyStatement,
  type Protection,
  policyDocument,
  type Transform,
  tlsOnly,
  transformed,
  wholeNumberFaults,
} from "../foundation";

/** Where copies of every object go: another region, or an account that only keeps records. */
export interface BucketCopy {
  bucketArn: pulumi.Input<string>;
  /** Key that encrypts the copies. */
  keyArn: pulumi.Input<string>;
  /** Account that then owns the copies. @default the same account */
  accountId?: pulumi.Input<string>;
}

/** One bucket. */
export interface BucketSpec {
  /**
   * Days for which nobody can delete or change a version, whoever they are. `compliance` binds the root user too, and cannot be shortened; `governance` can be lifted by
   * who has `s3:BypassGovernanceRetention`. It can be turned on at creation alone: adding it **replaces** the bucket. @default none
   */
  lock?: { mode: "compliance" | "governance"; days: number };
  /** Days until objects move to archive storage (Glacier, read within milliseconds). @default never */
  coldAfterDays?: number;
  /** Days until objects are deleted, after any lock. @default never */
  expireAfterDays?: number;
  /** Days that replaced and deleted versions are kept. @default 90 */
  oldVersionDays?: number;
  /** @default none */
  copy?: BucketCopy;
  /** Accounts that put copies here: makes this bucket the archive of another account's {@link copy}. @default none */
  receivesFrom?: string[];
}

/** Arguments of {@link Lake}. */
export interface LakeArgs extends CommonArgs, AlarmedArgs {
  accountId: pulumi.Input<string>;
  /** Encrypts objects: the `data` key of a `KeyRing`. */
  key: KeyRef;
  /** Buckets by role. Plain, since it decides how many children exist. @default {@link exchangeBuckets} */
  buckets?: Record<string, BucketSpec>;
  /** Bucket that takes the logs of requests; S3 must be allowed to write to it. @default one of the lake's own */
  accessLogBucket?: pulumi.Input<string>;
  /** `"off"` also lets buckets with objects in them be destroyed. @default "on" */
  protection?: Protection;
  transform?: LakeTransform;
}

export interface LakeTransform extends AlarmTransform, ClosedBucketTransform {
  bucket?: Transform<aws.s3.BucketArgs>;
  versioning?: Transform<aws.s3.BucketVersioningArgs>;
  lock?: Transform<aws.s3.BucketObjectLockConfigurationArgs>;
  lifecycle?: Transform<aws.s3.BucketLifecycleConfigurationArgs>;
  logging?: Transform<aws.s3.BucketLoggingArgs>;
  logs?: LogBucketTransform;
  policy?: Transform<aws.s3.BucketPolicyArgs>;
  replication?: Transform<aws.s3.BucketReplicationConfigArgs>;
  replicationRole?: Transform<aws.iam.RoleArgs>;
  replicationPolicy?: Transform<aws.iam.RolePolicyArgs>;
}

/**
 * The command log as it was written, unchangeable for seven years (the longest that MiFID II asks of orders, RTS 24 article 8 and directive 2014/65/EU article 16);
 * events in columns for queries; and what is deployed.
 */
export const exchangeBuckets: Record<string, BucketSpec> = {
  archive: { lock: { mode: "compliance", days: 2557 }, coldAfterDays: 30 },
  events: { coldAfterDays: 180 },
  artefacts: {},
};

export function lakeFaults(args: LakeArgs, name: string): Fault[] {
  const buckets = Object.entries(args.buckets ?? exchangeBuckets);
  const faults = buckets.flatMap(([role, spec]): Fault[] => {
    const path = `buckets.${role}`;
    const days = (field: "coldAfterDays" | "expireAfterDays" | "oldVersionDays") =>
      wholeNumberFaults(`${path}.${field}`, spec[field], 1, 36_500, "use a number of days up to a century");
    return [
      ...nameFaults(path, role, {
        longest: 30,
        pattern: /^[a-z][a-z0-9-]*$/,
        words: "lower-case letters, digits and hyphens, a letter first",
      }),
      ...days("coldAfterDays"),
      ...days("expireAfterDays"),
      ...days("oldVersionDays"),
      ...lockFaults(path, spec),
      ...(spec.receivesFrom ?? []).flatMap((account, index) => accountFaults(`${path}.receivesFrom[${index}]`, account)),
    ];
  });
  if (buckets.length === 0) faults.push({ path: "buckets", given: args.buckets, allowed: "at least one bucket", fix: "add a bucket" });
  const bucket = [...buckets.map(([role]) => `-${role}`), ...(args.accessLogBucket === undefined ? ["-access-logs-bucket"] : [])];
  const role = buckets.filter(([, { copy }]) => copy !== undefined).map(([role]) => `-${role}-copy-role`);
  return [...faults, ...childNameFaults(name, { bucket, role })];
}

function lockFaults(path: string, spec: BucketSpec): Fault[] {
  if (spec.lock === undefined) return [];
  const faults = [
    ...choiceFaults(`${path}.lock.mode`, spec.lock.mode, ["compliance", "governance"]),
    ...wholeNumberFaults(`${path}.lock.days`, spec.lock.days, 1, 36_500, "use the retention that the law asks for", "S3 limit"),
  ];
  if (spec.expireAfterDays !== undefined && spec.expireAfterDays < spec.lock.days) {
    faults.push({
      path: `${path}.expireAfterDays`,
      given: spec.expireAfterDays,
      allowed: `at least the lock's ${spec.lock.days} days`,
      fix: "raise it, or shorten the lock",
    });
  }
  return faults;
}

/** Private, versioned, encrypted buckets that answer over TLS alone. */
export class Lake extends BourseComponent {
  /** Names and ARNs by role. */
  readonly buckets: Readonly<Record<string, { name: pulumi.Output<string>; arn: pulumi.Output<string> }>>;

  /** Takes the logs of requests, unless a bucket for them was given. */
  private readonly logs: LogBucket | undefined;

  constructor(name: string, args: LakeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:Lake", name, args, lakeFaults(args, name), opts);
    this.logs = args.accessLogBucket === undefined ? this.createLogs(args) : undefined;
    const buckets = Object.entries(args.buckets ?? exchangeBuckets).map(
      ([role, spec]) => [role, this.createBucket(role, spec, args)] as const,
    );
    this.buckets = Object.fromEntries(buckets.map(([role, bucket]) => [role, { name: bucket.bucket, arn: bucket.arn }]));
    this.registerOutputs({ buckets: this.buckets });
  }

  private createLogs({ accountId, protection, tags, transform }: LakeArgs): LogBucket {
    return new LogBucket(`${this.name}-access-logs`, { accountId, protection, tags, transform: transform?.logs }, { parent: this });
  }

  private createBucket(role: string, spec: BucketSpec, args: LakeArgs): aws.s3.Bucket {
    const name = `${this.name}-${role}`;
    const protect = (args.protection ?? "on") === "on";
    const bucket = new aws.s3.Bucket(
      ...transformed<aws.s3.BucketArgs>(
        args.transform?.bucket,
        name,
        { objectLockEnabled: spec.lock !== undefined, forceDestroy: !protect, tags: this.tagsFor(name) },
        this.childOptions({ protect }),
      ),
    );
    this.close(name, bucket, spec, args);
    const versioning = new aws.s3.BucketVersioning(
      ...transformed<aws.s3.BucketVersioningArgs>(
        args.transform?.versioning,
        `${name}-versioning`,
        { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } },
        this.childOptions(),
      ),
    );
    this.keep(name, spec, bucket, versioning, args);
    if (spec.copy !== undefined) this.replicate(role, spec.copy, bucket, versioning, args);
    return bucket;
  }

  /** Nobody outside, nothing in the clear, no access lists. */
  private close(name: string, bucket: aws.s3.Bucket, spec: BucketSpec, args: LakeArgs): void {
    const closed = closeBucket(this, name, bucket, args.key, args.transform);
    new aws.s3.BucketLogging(
      ...transformed<aws.s3.BucketLoggingArgs>(
        args.transform?.logging,
        `${name}-logging`,
        { bucket: bucket.id, targetBucket: args.accessLogBucket ?? this.logs!.bucketName, targetPrefix: `${name}/` },
        this.childOptions({ dependsOn: this.logs === undefined ? [] : [this.logs.writable] }),
      ),
    );
    new aws.s3.BucketPolicy(
      ...transformed<aws.s3.BucketPolicyArgs>(
        args.transform?.policy,
        `${name}-policy`,
        { bucket: bucket.id, policy: closedPolicy(bucket.arn, args.accountId, spec.receivesFrom ?? []) },
        this.childOptions({ dependsOn: [closed] }),
      ),
    );
  }

  private keep(name: string, spec: BucketSpec, bucket: aws.s3.Bucket, versioning: aws.s3.BucketVersioning, args: LakeArgs): void {
    if (spec.lock !== undefined) {
      new aws.s3.BucketObjectLockConfiguration(
        ...transformed<aws.s3.BucketObjectLockConfigurationArgs>(
          args.transform?.lock,
          `${name}-lock`,
          { bucket: bucket.id, rule: { defaultRetention: { mode: spec.lock.mode.toUpperCase(), days: spec.lock.days } } },
          this.childOptions({ dependsOn: [versioning] }),
        ),
      );
    }
    new aws.s3.BucketLifecycleConfiguration(
      ...transformed<aws.s3.BucketLifecycleConfigurationArgs>(
        args.transform?.lifecycle,
        `${name}-lifecycle`,
        {
          bucket: bucket.id,
          rules: [
            {
              id: "keep",
              status: "Enabled",
              filter: { prefix: "" },
              ...(spec.coldAfterDays === undefined ? {} : { transitions: [{ days: spec.coldAfterDays, storageClass: "GLACIER_IR" }] }),
              ...(spec.expireAfterDays === undefined ? {} : { expiration: { days: spec.expireAfterDays } }),
              noncurrentVersionExpiration: { noncurrentDays: spec.oldVersionDays ?? 90 },
              abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
            },
          ],
        },
        this.childOptions({ dependsOn: [versioning] }),
      ),
    );
  }

  private replicate(part: string, copy: BucketCopy, bucket: aws.s3.Bucket, versioning: aws.s3.BucketVersioning, args: LakeArgs): void {
    const name = `${this.name}-${part}`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.replicationRole,
        `${name}-copy-role`,
        {
          description: "Lets S3 copy objects",
          assumeRolePolicy: assumedBy("s3.amazonaws.com", args.accountId),
          tags: this.tagsFor(`${name}-copy-role`),
        },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.replicationPolicy,
        `${name}-copy-role-copies`,
        { role: role.id, policy: copyPolicy(bucket.arn, copy, args.key) },
        this.childOptions(),
      ),
    );
    new aws.s3.BucketReplicationConfig(
      ...transformed<aws.s3.BucketReplicationConfigArgs>(
        args.transform?.replication,
        `${name}-copy`,
        {
          bucket: bucket.id,
          role: role.arn,
          rules: [
            {
              id: "everything",
              status: "Enabled",
              filter: { prefix: "" },
              deleteMarkerReplication: { status: "Disabled" },
              sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
              destination: {
                bucket: copy.bucketArn,
                encryptionConfiguration: { replicaKmsKeyId: copy.keyArn },
                replicationTime: { status: "Enabled", time: { minutes: 15 } },
                metrics: { status: "Enabled", eventThreshold: { minutes: 15 } },
                ...(copy.accountId === undefined ? {} : { account: copy.accountId, accessControlTranslation: { owner: "Destination" } }),
              },
            },
          ],
        },
        this.childOptions({ dependsOn: [versioning] }),
      ),
    );
    this.createAlarms(copyAlarms(part, bucket.bucket, copy.bucketArn), args);
  }
}

/** @param senders accounts that may put copies, and nothing else */
function closedPolicy(bucketArn: pulumi.Output<string>, accountId: pulumi.Input<string>, senders: string[]): pulumi.Output<string> {
  const everything = [bucketArn, pulumi.interpolate`${bucketArn}/*`];
  return policyDocument(
    tlsOnly(bucketArn),
    {
      Sid: "RecentTlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: everything,
      Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } },
    },
    {
      Sid: "OwnAccountAlone",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: everything,
      Condition: {
        StringNotEquals: { "aws:PrincipalAccount": senders.length === 0 ? accountId : [accountId, ...senders] },
        Bool: { "aws:PrincipalIsAWSService": "false" },
      },
    },
    ...(senders.length === 0 ? [] : copiesFrom(bucketArn, senders)),
  );
}

/** Rights of the S3 guide, "Configuring replication for buckets in different accounts". Replication cannot delete: markers are not copied. */
function copiesFrom(bucketArn: pulumi.Output<string>, senders: string[]): PolicyStatement[] {
  const Principal = { AWS: senders.map((account) => `arn:aws:iam::${account}:root`) };
  return [
    {
      Sid: "CopiesOfOtherAccounts",
      Effect: "Allow",
      Principal,
      Action: ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateObject", "s3:ReplicateTags"],
      Resource: pulumi.interpolate`${bucketArn}/*`,
    },
    { Sid: "VersionsAreOn", Effect: "Allow", Principal, Action: "s3:GetBucketVersioning", Resource: bucketArn },
  ];
}

/** Figures of the S3 guide, "S3 Replication metrics in CloudWatch". */
function copyAlarms(part: string, bucket: pulumi.Output<string>, copyArn: pulumi.Input<string>): Record<string, AlarmSpec> {
  const copies = {
    namespace: "AWS/S3",
    dimensions: {
      SourceBucket: bucket,
      DestinationBucket: pulumi.output(copyArn).apply((arn) => arn.split(":::")[1]),
      RuleId: "everything",
    },
  };
  return {
    [`${part}-copy-delay`]: {
      ...copies,
      metric: "ReplicationLatency",
      statistic: "Maximum",
      threshold: 900,
      period: 300,
      description: `Copies of ${part} are more than a quarter of an hour behind: a lost region would lose that much of the archive.`,
    },
    [`${part}-copy-failures`]: {
      ...copies,
      metric: "OperationsFailedReplication",
      statistic: "Sum",
      threshold: 0,
      period: 300,
      periods: 1,
      description: `Objects of ${part} were not copied: look at the rights of the copying role and at the key of the other side.`,
    },
  };
}

/** Rights of the S3 guide, "Setting up permissions for live replication", for encrypted objects. */
function copyPolicy(bucketArn: pulumi.Output<string>, copy: BucketCopy, key: KeyRef): pulumi.Output<string> {
  return policyDocument(
    { Effect: "Allow", Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"], Resource: bucketArn },
    {
      Effect: "Allow",
      Action: [
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTagging",
        "s3:GetObjectRetention",
        "s3:GetObjectLegalHold",
      ],
      Resource: pulumi.interpolate`${bucketArn}/*`,
    },
    {
      Effect: "Allow",
      Action: ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateObject", "s3:ReplicateTags"],
      Resource: pulumi.interpolate`${copy.bucketArn}/*`,
    },
    { Effect: "Allow", Action: "kms:Decrypt", Resource: key.arn },
    { Effect: "Allow", Action: ["kms:Encrypt", "kms:GenerateDataKey"], Resource: copy.keyArn },
  );
}
