/** Firehose: events from Kinesis to the lake, in columns, and to search. */

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
  networkZoneFaults,
  type PolicyStatement,
  policyDocument,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";

/** A stream to read, with the key that encrypts it. */
export interface DeliverySource {
  streamArn: pulumi.Input<string>;
  key: KeyRef;
}

/** JSON records as rows of a Parquet table, which Athena and Redshift query in place. */
export interface LakeTarget {
  /** Types of columns by name, in the notation of AWS Glue (`bigint`, `string`, `decimal(38,0)`). */
  columns: Record<string, string>;
}

/** JSON records as documents of an OpenSearch index, a new one each day. */
export interface SearchTarget {
  domainArn: pulumi.Input<string>;
  index: string;
  network: NetworkRef;
  /** Zone ids from which the domain is reached, fixed whatever zones the network gains. Changing them **replaces** the delivery. @default the network's first two */
  zoneIds?: string[];
  /** Security group that the domain admits. */
  clientGroupId: pulumi.Input<string>;
}

/** One delivery. Redshift has none: Firehose reaches a warehouse only over the internet, so `Warehouse` reads the streams itself (Firehose guide, "VPC access to a provisioned cluster"). */
export type DeliverySpec = { source: DeliverySource } & ({ lake: LakeTarget } | { search: SearchTarget });

/** Arguments of {@link Delivery}. */
export interface DeliveryArgs extends CommonArgs, AlarmedArgs, LoggedArgs {
  accountId: pulumi.Input<string>;
  /** Bucket of the tables, and of what could not be delivered. */
  bucket: { arn: pulumi.Input<string>; name: pulumi.Input<string>; key: KeyRef };
  /** Deliveries by role. Plain, since it decides how many children exist. */
  deliveries: Record<string, DeliverySpec>;
  /** Seconds for which records are gathered: 60 to 900. @default 300 */
  bufferSeconds?: pulumi.Input<number>;
  transform?: DeliveryTransform;
}

export interface DeliveryTransform extends AlarmTransform, LogTransform {
  stream?: Transform<aws.kinesis.FirehoseDeliveryStreamArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
  database?: Transform<aws.glue.CatalogDatabaseArgs>;
  table?: Transform<aws.glue.CatalogTableArgs>;
  logStream?: Transform<aws.cloudwatch.LogStreamArgs>;
}

export function deliveryFaults(args: DeliveryArgs): Fault[] {
  const entries = Object.entries(args.deliveries);
  const faults = entries.flatMap(([role, spec]): Fault[] => {
    const path = `deliveries.${role}`;
    return [
      ...nameFaults(path, role, {
        longest: 30,
        pattern: /^[a-z][a-z0-9-]*$/,
        words: "lower-case letters, digits and hyphens, a letter first",
      }),
      ...("lake" in spec ? columnFaults(`${path}.lake.columns`, spec.lake.columns) : []),
      ...("search" in spec
        ? nameFaults(`${path}.search.index`, spec.search.index, {
            longest: 200,
            pattern: /^[a-z0-9][a-z0-9_-]*$/,
            words: "lower-case letters, digits, hyphens and underscores",
          })
        : []),
      ...("search" in spec ? networkZoneFaults(`${path}.search.zoneIds`, zonesOf(spec.search), spec.search.network) : []),
      ...("lake" in spec === "search" in spec
        ? [{ path, given: Object.keys(spec), allowed: "either a lake or a search target", fix: "make two deliveries" }]
        : []),
    ];
  });
  if (entries.length === 0)
    faults.push({ path: "deliveries", given: args.deliveries, allowed: "at least one delivery", fix: "add a delivery" });
  return [
    ...faults,
    ...wholeNumberFaults("bufferSeconds", args.bufferSeconds, 60, 900, "use 300, the default", "Firehose limit with Parquet"),
  ];
}

function zonesOf({ zoneIds, network }: SearchTarget): string[] {
  return zoneIds ?? network.zoneIds.slice(0, 2);
}

function columnFaults(path: string, columns: Record<string, string>): Fault[] {
  const faults = Object.entries(columns).flatMap(([column, type]): Fault[] => [
    ...nameFaults(`${path}.${column}`, column, {
      longest: 255,
      pattern: /^[a-z_][a-z0-9_]*$/,
      words: "lower-case letters, digits and underscores",
    }),
    ...(/^(boolean|int|bigint|double|string|timestamp|date|binary|decimal\(\d{1,2},\d{1,2}\)|(array|map|struct)<.+>)$/.test(type)
      ? []
      : [
          {
            path: `${path}.${column}`,
            given: type,
            allowed: "a type of AWS Glue such as bigint, string or decimal(38,0)",
            fix: "use string when in doubt",
          },
        ]),
  ]);
  if (Object.keys(columns).length === 0)
    faults.push({ path, given: columns, allowed: "at least one column", fix: "name the fields of the records" });
  return faults;
}

/** Deliveries that lose nothing: what cannot be delivered is kept in the bucket, and the delay is watched. */
export class Delivery extends BourseComponent {
  /** Names of the delivery streams by role. */
  readonly streamNames: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: DeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:Delivery", name, args, deliveryFaults(args), opts);
    const log = this.createLogGroup("log", args, 90);
    const entries = Object.entries(args.deliveries);
    const database = entries.some(([, spec]) => "lake" in spec) ? this.createDatabase(args) : undefined;
    const streams = Object.fromEntries(entries.map(([role, spec]) => [role, this.createStream(role, spec, log, database, args)]));
    for (const [role, stream] of Object.entries(streams))
      this.createAlarms(deliveryAlarms(role, stream.name, "search" in args.deliveries[role]), args);
    this.streamNames = Object.fromEntries(Object.entries(streams).map(([role, stream]) => [role, stream.name]));
    this.registerOutputs({ streamNames: this.streamNames });
  }

  private createStream(
    role: string,
    spec: DeliverySpec,
    log: aws.cloudwatch.LogGroup,
    database: aws.glue.CatalogDatabase | undefined,
    args: DeliveryArgs,
  ): aws.kinesis.FirehoseDeliveryStream {
    const name = `${this.name}-${role}`;
    const table = "lake" in spec ? this.createTable(role, spec.lake, database!, args) : undefined;
    const identity = this.createRole(
      name,
      [...sourceRights(spec.source), ...bucketRights(args), ...logRights(log), ...targetRights(spec, table, args)],
      args,
    );
    const logStream = new aws.cloudwatch.LogStream(
      ...transformed<aws.cloudwatch.LogStreamArgs>(
        args.transform?.logStream,
        `${name}-log`,
        { logGroupName: log.name, name: role },
        this.childOptions(),
      ),
    );
    const logging = { enabled: true, logGroupName: log.name, logStreamName: logStream.name };
    const destination =
      "lake" in spec
        ? { destination: "extended_s3", extendedS3Configuration: lakeConfiguration(role, identity.role.arn, table!, logging, args) }
        : { destination: "opensearch", opensearchConfiguration: searchConfiguration(role, identity.role.arn, spec.search, logging, args) };
    return new aws.kinesis.FirehoseDeliveryStream(
      ...transformed<aws.kinesis.FirehoseDeliveryStreamArgs>(
        args.transform?.stream,
        name,
        {
          ...destination,
          kinesisSourceConfiguration: { kinesisStreamArn: spec.source.streamArn, roleArn: identity.role.arn },
          tags: this.tagsFor(name),
        },
        // The stream is refused while its role has no rights yet.
        this.childOptions({ dependsOn: [identity.policy] }),
      ),
    );
  }

  private createRole(name: string, statements: PolicyStatement[], args: DeliveryArgs): { role: aws.iam.Role; policy: aws.iam.RolePolicy } {
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        `${name}-role`,
        {
          description: `Lets Firehose deliver ${name}`,
          assumeRolePolicy: assumedBy("firehose.amazonaws.com", args.accountId),
          tags: this.tagsFor(`${name}-role`),
        },
        this.childOptions(),
      ),
    );
    const policy = new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${name}-role-delivers`,
        { role: role.id, policy: policyDocument(...statements) },
        this.childOptions(),
      ),
    );
    return { role, policy };
  }

  private createDatabase(args: DeliveryArgs): aws.glue.CatalogDatabase {
    const name = `${this.name}-tables`;
    return new aws.glue.CatalogDatabase(
      ...transformed<aws.glue.CatalogDatabaseArgs>(
        args.transform?.database,
        name,
        { name: name.replaceAll("-", "_"), description: "Events of the exchange", tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  private createTable(role: string, target: LakeTarget, database: aws.glue.CatalogDatabase, args: DeliveryArgs): aws.glue.CatalogTable {
    return new aws.glue.CatalogTable(
      ...transformed<aws.glue.CatalogTableArgs>(
        args.transform?.table,
        `${this.name}-${role}-table`,
        {
          name: role.replaceAll("-", "_"),
          databaseName: database.name,
          tableType: "EXTERNAL_TABLE",
          parameters: { classification: "parquet", EXTERNAL: "TRUE" },
          partitionKeys: ["year", "month", "day", "hour"].map((part) => ({ name: part, type: "string" })),
          storageDescriptor: {
            location: pulumi.interpolate`s3://${args.bucket.name}/${role}/`,
            inputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            outputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            serDeInfo: { serializationLibrary: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe" },
            columns: Object.entries(target.columns).map(([column, type]) => ({ name: column, type })),
          },
        },
        this.childOptions(),
      ),
    );
  }
}

type Logging = { enabled: boolean; logGroupName: pulumi.Output<string>; logStreamName: pulumi.Output<string> };

function lakeConfiguration(
  role: string,
  roleArn: pulumi.Output<string>,
  table: aws.glue.CatalogTable,
  logging: Logging,
  args: DeliveryArgs,
) {
  return {
    roleArn,
    bucketArn: args.bucket.arn,
    kmsKeyArn: args.bucket.key.arn,
    prefix: `${role}/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/`,
    errorOutputPrefix: `undelivered/${role}/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`,
    bufferingInterval: args.bufferSeconds ?? 300,
    bufferingSize: 128,
    cloudwatchLoggingOptions: logging,
    dataFormatConversionConfiguration: {
      enabled: true,
      inputFormatConfiguration: { deserializer: { openXJsonSerDe: {} } },
      outputFormatConfiguration: { serializer: { parquetSerDe: { compression: "SNAPPY" } } },
      schemaConfiguration: { databaseName: table.databaseName, tableName: table.name, roleArn },
    },
  };
}

function searchConfiguration(role: string, roleArn: pulumi.Output<string>, target: SearchTarget, logging: Logging, args: DeliveryArgs) {
  return {
    roleArn,
    domainArn: target.domainArn,
    indexName: target.index,
    indexRotationPeriod: "OneDay",
    bufferingInterval: 60,
    bufferingSize: 5,
    retryDuration: 7200,
    s3BackupMode: "FailedDocumentsOnly",
    cloudwatchLoggingOptions: logging,
    s3Configuration: {
      roleArn,
      bucketArn: args.bucket.arn,
      kmsKeyArn: args.bucket.key.arn,
      prefix: `undelivered/${role}/`,
      compressionFormat: "GZIP",
    },
    vpcConfig: {
      roleArn,
      subnetIds: zonesOf(target).map((zoneId) => target.network.privateSubnetIds[zoneId]),
      securityGroupIds: [target.clientGroupId],
    },
  };
}

function sourceRights({ streamArn, key }: DeliverySource): PolicyStatement[] {
  return [
    {
      Effect: "Allow",
      Action: ["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"],
      Resource: streamArn,
    },
    { Effect: "Allow", Action: "kms:Decrypt", Resource: key.arn },
  ];
}

function bucketRights({ bucket }: DeliveryArgs): PolicyStatement[] {
  return [
    { Effect: "Allow", Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], Resource: bucket.arn },
    { Effect: "Allow", Action: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], Resource: pulumi.interpolate`${bucket.arn}/*` },
    { Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: bucket.key.arn },
  ];
}

function logRights(log: aws.cloudwatch.LogGroup): PolicyStatement[] {
  return [{ Effect: "Allow", Action: "logs:PutLogEvents", Resource: pulumi.interpolate`${log.arn}:log-stream:*` }];
}

function targetRights(spec: DeliverySpec, table: aws.glue.CatalogTable | undefined, args: DeliveryArgs): PolicyStatement[] {
  if (table !== undefined) {
    const catalog = table.arn.apply((arn) => arn.split(":table/")[0]);
    return [
      {
        Effect: "Allow",
        Action: ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"],
        Resource: [pulumi.interpolate`${catalog}:catalog`, pulumi.interpolate`${catalog}:database/${table.databaseName}`, table.arn],
      },
    ];
  }
  const { domainArn, network } = (spec as { search: SearchTarget }).search;
  const region = pulumi.output(domainArn).apply((arn) => arn.split(":")[3]);
  return [
    { Effect: "Allow", Action: ["es:DescribeDomain", "es:DescribeDomainConfig", "es:DescribeDomains"], Resource: domainArn },
    { Effect: "Allow", Action: ["es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut"], Resource: pulumi.interpolate`${domainArn}/*` },
    // Describe actions of EC2 know no resource (Service Authorization Reference, Amazon EC2).
    {
      Effect: "Allow",
      Action: ["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeNetworkInterfaces"],
      Resource: "*",
    },
    {
      Effect: "Allow",
      Action: "ec2:DescribeVpcAttribute",
      Resource: pulumi.interpolate`arn:aws:ec2:${region}:${args.accountId}:vpc/${network.vpcId}`,
    },
    {
      Effect: "Allow",
      Action: ["ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"],
      Resource: ["network-interface", "subnet", "security-group"].map(
        (kind) => pulumi.interpolate`arn:aws:ec2:${region}:${args.accountId}:${kind}/*`,
      ),
    },
  ];
}

/** Figures of the Firehose guide, "Monitor with CloudWatch metrics". */
function deliveryAlarms(role: string, streamName: pulumi.Output<string>, search: boolean): Record<string, AlarmSpec> {
  const stream = { namespace: "AWS/Firehose", dimensions: { DeliveryStreamName: streamName } };
  const target = search ? "DeliveryToAmazonOpenSearchService" : "DeliveryToS3";
  return {
    [`${role}-delay`]: {
      ...stream,
      metric: `${target}.DataFreshness`,
      statistic: "Maximum",
      threshold: 1800,
      period: 300,
      description: `The oldest record of ${role} has waited for half an hour: read the delivery's log.`,
    },
    [`${role}-source-throttled`]: {
      ...stream,
      metric: "ThrottledGetRecords",
      statistic: "Sum",
      threshold: 10,
      period: 300,
      description: `Reads for ${role} are refused: the stream has too many polling consumers.`,
    },
  };
}
