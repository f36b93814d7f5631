/** Managed Flink: windows over streams. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  assumedBy,
  BourseComponent,
  type CommonArgs,
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

/** Arguments of {@link StreamAnalytics}. */
export interface StreamAnalyticsArgs extends CommonArgs, AlarmedArgs, LoggedArgs {
  accountId: pulumi.Input<string>;
  network: NetworkRef;
  /** Security group of the application, which stores admit as a client. */
  clientGroupId: pulumi.Input<string>;
  /** The application's archive. */
  code: { bucketArn: pulumi.Input<string>; fileKey: pulumi.Input<string>; key: KeyRef };
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
    ...faults,
    ...wholeNumberFaults("parallelism", args.parallelism, 1, 64, "use 2, the default", "KPUs an application by default"),
    ...wholeNumberFaults("checkpointMs", args.checkpointMs, 1000, 3_600_000, "use 60000, the default"),
  ];
}

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
    const role = this.createRole(log, args);
    const application = this.createApplication(role, logStream, args);
    this.createAlarms(applicationAlarms(application.name), args);
    this.applicationArn = application.arn;
    this.roleArn = role.arn;
    this.registerOutputs({ applicationArn: this.applicationArn, roleArn: this.roleArn });
  }

  private createApplication(
    role: aws.iam.Role,
    logStream: aws.cloudwatch.LogStream,
    args: StreamAnalyticsArgs,
  ): aws.kinesisanalyticsv2.Application {
    const name = `${this.name}-application`;
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
              codeContent: { s3ContentLocation: { bucketArn: args.code.bucketArn, fileKey: args.code.fileKey } },
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
            vpcConfiguration: { subnetIds: Object.values(args.network.privateSubnetIds), securityGroupIds: [args.clientGroupId] },
          },
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createRole(log: aws.cloudwatch.LogGroup, args: StreamAnalyticsArgs): aws.iam.Role {
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
        Action: ["kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"],
        Resource: arns(args.sources),
      },
      { Effect: "Allow", Action: "kms:Decrypt", Resource: [...keys(args.sources), args.code.key.arn] },
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:GetObjectVersion"],
        Resource: pulumi.interpolate`${args.code.bucketArn}/${args.code.fileKey}`,
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
    new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${name}-runs`,
        { role: role.id, policy: policyDocument(...reads, ...writes, ...runs, ...(args.statements ?? [])) },
        this.childOptions(),
      ),
    );
    return role;
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
