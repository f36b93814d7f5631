/** Managed Flink: windows over streams. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  assumedBy,
  BourseComponent,
  CallerGroup,
  type CallerGroupTransform,
  type CommonArgs,
  childNameFaults,
  type Fault,
  type KeyRef,
  type LoggedArgs,
  type LogTransform,
  type NetworkRef,
  nameFaults,
  type PolicyStatement,
  policyDocument,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";

/** An archive that a release has put into a bucket. */
export interface StoredCode {
  bucketArn: pulumi.Input<string>;
  fileKey: pulumi.Input<string>;
  /** Of the bucket. */
  key: KeyRef;
}

/** An archive on the machine that deploys, such as `workloads/price-windows/target/price-windows.jar`, which `npm run build:windows` makes. */
export interface LocalCode {
  /** Path of the archive, from where Pulumi runs. It is put into the bucket, and the application runs that version of it. */
  file: string;
  /** A bucket that keeps versions. */
  bucket: { arn: pulumi.Input<string>; name: pulumi.Input<string> };
  /** Of the bucket. */
  key: KeyRef;
}

/** Arguments of {@link StreamAnalytics}. */
export interface StreamAnalyticsArgs extends CommonArgs, AlarmedArgs, LoggedArgs {
  accountId: pulumi.Input<string>;
  network: NetworkRef;
  /** Security group of the application, when stores are to admit it as a client. @default a group of its own, which calls AWS and nothing else */
  clientGroupId?: pulumi.Input<string>;
  /** The application's archive. */
  code: StoredCode | LocalCode;
  /** Streams to read by name, with their keys; the application finds their ARNs in its property group `sources`. Plain keys. */
  sources: Record<string, { streamArn: pulumi.Input<string>; key: KeyRef }>;
  /** Streams to write, likewise in the group `sinks`. @default none */
  sinks?: Record<string, { streamArn: pulumi.Input<string>; key: KeyRef }>;
  /** Further rights of the application. @default none */
  statements?: PolicyStatement[];
  /** Parallel tasks at the start; grows and shrinks with the load. @default 2 */
  parallelism?: pulumi.Input<number>;
  /** Milliseconds between checkpoints, after which a restarted application resumes. @default 60000 */
  checkpointMs?: pulumi.Input<number>;
  transform?: StreamAnalyticsTransform;
}

export interface StreamAnalyticsTransform extends AlarmTransform, LogTransform {
  application?: Transform<aws.kinesisanalyticsv2.ApplicationArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
  logStream?: Transform<aws.cloudwatch.LogStreamArgs>;
  archive?: Transform<aws.s3.BucketObjectv2Args>;
  callers?: CallerGroupTransform;
}

export function streamAnalyticsFaults(args: StreamAnalyticsArgs, name: string): Fault[] {
  const streams = { sources: args.sources, sinks: args.sinks ?? {} };
  const faults = Object.entries(streams).flatMap(([group, members]) =>
    Object.keys(members).flatMap((member) =>
      nameFaults(`${group}.${member}`, member, {
        longest: 50,
        pattern: /^[a-z][a-z0-9-]*$/,
        words: "lower-case letters, digits and hyphens, a letter first",
      }),
    ),
  );
  if (Object.keys(args.sources).length === 0)
    faults.push({ path: "sources", given: args.sources, allowed: "at least one stream", fix: "name what to analyse" });
  return [
    ...nameFaults("name", name, { longest: 128, pattern: /^[A-Za-z0-9_.-]+$/, words: "letters, digits and _ . -" }),
    ...childNameFaults(name, { role: ["-role"] }),
    ...faults,
    ...("file" in args.code && !/\.(jar|zip)$/.test(args.code.file)
      ? [{ path: "code.file", given: args.code.file, allowed: "the path of a .jar or .zip", fix: "build it: npm run build:windows" }]
      : []),
    ...wholeNumberFaults("parallelism", args.parallelism, 1, 64, "use 2, the default", "KPUs an application by default"),
    ...wholeNumberFaults("checkpointMs", args.checkpointMs, 1000, 3_600_000, "use 60000, the default"),
  ];
}

/** Where the archive is, and which version of it when it was put there. */
type ArchivePlace = StoredCode & { objectVersion?: pulumi.Output<string> };

/** A Flink application within the network, that resumes where it stopped. */
export class StreamAnalytics extends BourseComponent {
  readonly applicationArn: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: StreamAnalyticsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:StreamAnalytics", name, args, streamAnalyticsFaults(args, name), opts);
    const log = this.createLogGroup("log", args, 90);
    const logStream = new aws.cloudwatch.LogStream(
      ...transformed<aws.cloudwatch.LogStreamArgs>(
        args.transform?.logStream,
        `${name}-log-stream`,
        { logGroupName: log.name, name: "application" },
        this.childOptions(),
      ),
    );
    const place = "file" in args.code ? this.storeArchive(args.code, args) : args.code;
    const { role, policy } = this.createRole(log, place, args);
    const application = this.createApplication(role, policy, logStream, place, args);
    this.createAlarms(applicationAlarms(application.name), args);
    this.applicationArn = application.arn;
    this.roleArn = role.arn;
    this.registerOutputs({ applicationArn: this.applicationArn, roleArn: this.roleArn });
  }

  /** A new archive is a new version of the object, and so a change of the application, which takes a snapshot and goes on with the new code. */
  private storeArchive({ file, bucket, key }: LocalCode, args: StreamAnalyticsArgs): ArchivePlace {
    const name = `${this.name}-archive`;
    const fileKey = `flink/${this.name}${file.slice(file.lastIndexOf("."))}`;
    const archive = new aws.s3.BucketObjectv2(
      ...transformed<aws.s3.BucketObjectv2Args>(
        args.transform?.archive,
        name,
        {
          bucket: bucket.name,
          key: fileKey,
          source: new pulumi.asset.FileAsset(file),
          serverSideEncryption: "aws:kms",
          kmsKeyId: key.arn,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    return { bucketArn: bucket.arn, fileKey, key, objectVersion: archive.versionId };
  }

  private createApplication(
    role: aws.iam.Role,
    policy: aws.iam.RolePolicy,
    logStream: aws.cloudwatch.LogStream,
    { bucketArn, fileKey, objectVersion }: ArchivePlace,
    args: StreamAnalyticsArgs,
  ): aws.kinesisanalyticsv2.Application {
    const name = `${this.name}-application`;
    const securityGroupIds = [args.clientGroupId ?? this.createGroup(args).securityGroupId];
    const group = (propertyGroupId: string, members: StreamAnalyticsArgs["sources"]) => ({
      propertyGroupId,
      propertyMap: Object.fromEntries(Object.entries(members).map(([member, { streamArn }]) => [member, streamArn])),
    });
    return new aws.kinesisanalyticsv2.Application(
      ...transformed<aws.kinesisanalyticsv2.ApplicationArgs>(
        args.transform?.application,
        name,
        {
          name: this.name,
          runtimeEnvironment: "FLINK-1_20",
          serviceExecutionRole: role.arn,
          startApplication: true,
          cloudwatchLoggingOptions: { logStreamArn: logStream.arn },
          applicationConfiguration: {
            applicationCodeConfiguration: {
              codeContentType: "ZIPFILE",
              codeContent: { s3ContentLocation: { bucketArn, fileKey, objectVersion } },
            },
            applicationSnapshotConfiguration: { snapshotsEnabled: true },
            environmentProperties: {
              propertyGroups: [group("sources", args.sources), ...(args.sinks === undefined ? [] : [group("sinks", args.sinks)])],
            },
            flinkApplicationConfiguration: {
              checkpointConfiguration: {
                configurationType: "CUSTOM",
                checkpointingEnabled: true,
                checkpointInterval: args.checkpointMs ?? 60_000,
                minPauseBetweenCheckpoints: 5000,
              },
              monitoringConfiguration: { configurationType: "CUSTOM", logLevel: "INFO", metricsLevel: "TASK" },
              parallelismConfiguration: {
                configurationType: "CUSTOM",
                parallelism: args.parallelism ?? 2,
                parallelismPerKpu: 1,
                autoScalingEnabled: true,
              },
            },
            vpcConfiguration: { subnetIds: Object.values(args.network.privateSubnetIds), securityGroupIds },
          },
          tags: this.tagsFor(name),
        },
        // It starts at once, with the rights that its role then has.
        this.childOptions({ dependsOn: [policy] }),
      ),
    );
  }

  private createGroup({ network, tags, transform }: StreamAnalyticsArgs): CallerGroup {
    const members = "The stream application";
    return new CallerGroup(
      `${this.name}-callers`,
      { vpcId: network.vpcId, members, tags, transform: transform?.callers },
      { parent: this },
    );
  }

  private createRole(log: aws.cloudwatch.LogGroup, place: ArchivePlace, args: StreamAnalyticsArgs) {
    const name = `${this.name}-role`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        name,
        {
          description: "What the Flink application may do",
          assumeRolePolicy: assumedBy("kinesisanalytics.amazonaws.com", args.accountId),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    const region = aws.getRegionOutput({}, { parent: this }).region;
    const arns = (members: StreamAnalyticsArgs["sources"]) => Object.values(members).map(({ streamArn }) => streamArn);
    const keys = (members: StreamAnalyticsArgs["sources"]) => Object.values(members).map(({ key }) => key.arn);
    const reads: PolicyStatement[] = [
      {
        Effect: "Allow",
        // Every call of both generations of Flink's connector (`KinesisProxy` and `KinesisStreamsSource`).
        Action: [
          "kinesis:DescribeStream",
          "kinesis:DescribeStreamSummary",
          "kinesis:GetRecords",
          "kinesis:GetShardIterator",
          "kinesis:ListShards",
        ],
        Resource: arns(args.sources),
      },
      { Effect: "Allow", Action: "kms:Decrypt", Resource: [...keys(args.sources), place.key.arn] },
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:GetObjectVersion"],
        Resource: pulumi.interpolate`${place.bucketArn}/${place.fileKey}`,
      },
    ];
    const writes: PolicyStatement[] =
      args.sinks === undefined
        ? []
        : [
            {
              Effect: "Allow",
              Action: ["kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecord", "kinesis:PutRecords"],
              Resource: arns(args.sinks),
            },
            { Effect: "Allow", Action: "kms:GenerateDataKey", Resource: keys(args.sinks) },
          ];
    const runs: PolicyStatement[] = [
      { Effect: "Allow", Action: ["logs:DescribeLogStreams", "logs:PutLogEvents"], Resource: pulumi.interpolate`${log.arn}:*` },
      // Know no resource (Service Authorization Reference, CloudWatch Logs and Amazon EC2).
      {
        Effect: "Allow",
        Action: [
          "ec2:DescribeVpcs",
          "ec2:DescribeSubnets",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeDhcpOptions",
          "ec2:DescribeNetworkInterfaces",
          "logs:DescribeLogGroups",
        ],
        Resource: "*",
      },
      {
        Effect: "Allow",
        Action: ["ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"],
        Resource: ["network-interface", "subnet", "security-group"].map(
          (kind) => pulumi.interpolate`arn:aws:ec2:${region}:${args.accountId}:${kind}/*`,
        ),
      },
    ];
    const policy = new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${name}-runs`,
        { role: role.id, policy: policyDocument(...reads, ...writes, ...runs, ...(args.statements ?? [])) },
        this.childOptions(),
      ),
    );
    return { role, policy };
  }
}

/** Figures of the Managed Service for Apache Flink guide, "Use CloudWatch Alarms with Amazon Managed Service for Apache Flink". */
function applicationAlarms(application: pulumi.Output<string>): Record<string, AlarmSpec> {
  const own = { namespace: "AWS/KinesisAnalytics", statistic: "Maximum", dimensions: { Application: application } };
  return {
    downtime: { ...own, metric: "downtime", threshold: 0, description: "The application has stopped: read its log." },
    checkpoints: {
      ...own,
      metric: "numberOfFailedCheckpoints",
      threshold: 0,
      description: "Checkpoints fail: a restart would go far back; look at the size of the state.",
    },
    behind: {
      ...own,
      metric: "millisBehindLatest",
      threshold: 60_000,
      description: "The application is more than a minute behind its streams: raise its parallelism.",
    },
    cpu: {
      ...own,
      metric: "cpuUtilization",
      threshold: 80,
      periods: 10,
      description: "The application is above 80 % CPU although it scales by itself: raise the limit of its parallelism.",
    },
  };
}
