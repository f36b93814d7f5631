/** Firehose: events from Kinesis to the lake, in columns, to search, and to a warehouse. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  assumedBy,
  BourseComponent,
  type CommonArgs,
  type KeyRef,
  type LoggedArgs,
  type LogTransform,
  type PolicyStatement,
  policyDocument,
  type Transform,
  transformed,
} from "../foundation";
import { type DeliverySpec, deliveryFaults, firehoseRanges, type LakeTarget, type RedshiftTarget, warehousePlace } from "./delivery-specs";
import { bucketRights, type DeliveryFacts, destinationOf, logRights, rowsRights, sourceRights, targetRights } from "./delivery-targets";
import { RowsFunction, type RowsFunctionTransform } from "./rows-function";

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
  /** The rule by which a warehouse admits Firehose. */
  admission?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
  rows?: RowsFunctionTransform;
}

/** Deliveries that lose nothing: what cannot be delivered is kept in the bucket, and the delay is watched. */
export class Delivery extends BourseComponent {
  /** Names of the delivery streams by role. */
  readonly streamNames: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: DeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:Delivery", name, args, deliveryFaults(args, name), opts);
    const log = this.createLogGroup("log", args, 90);
    const entries = Object.entries(args.deliveries);
    const database = entries.some(([, spec]) => "lake" in spec) ? this.createDatabase(args) : undefined;
    const streams = Object.fromEntries(entries.map(([role, spec]) => [role, this.createStream(role, spec, log, database, args)]));
    for (const [role, stream] of Object.entries(streams)) this.createAlarms(deliveryAlarms(role, stream.name, args.deliveries[role]), args);
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
    const rowsArn = spec.rows === undefined ? undefined : this.createRows(role, spec.rows, args).arn;
    const identity = this.createRole(
      name,
      [
        ...sourceRights(spec.source),
        ...bucketRights(args),
        ...logRights(log),
        ...targetRights(spec, table, args),
        ...(rowsArn === undefined ? [] : rowsRights(rowsArn)),
      ],
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
    const admission = "redshift" in spec ? [this.admitFirehose(role, spec.redshift, args)] : [];
    const facts: DeliveryFacts = { role, roleArn: identity.role.arn, table, rowsArn, log, logStream, args };
    return new aws.kinesis.FirehoseDeliveryStream(
      ...transformed<aws.kinesis.FirehoseDeliveryStreamArgs>(
        args.transform?.stream,
        name,
        {
          ...destinationOf(spec, facts),
          kinesisSourceConfiguration: { kinesisStreamArn: spec.source.streamArn, roleArn: identity.role.arn },
          tags: this.tagsFor(name),
        },
        // The stream is refused while its role has no rights yet.
        this.childOptions({ dependsOn: [identity.policy, ...admission] }),
      ),
    );
  }

  private createRows(role: string, rows: NonNullable<DeliverySpec["rows"]>, args: DeliveryArgs): RowsFunction {
    const { alarms, logKey, tags, transform, bucket } = args;
    return new RowsFunction(
      `${this.name}-${role}-rows`,
      { rows, key: bucket.key, alarms, logKey, tags, transform: transform?.rows },
      { parent: this },
    );
  }

  private admitFirehose(role: string, target: RedshiftTarget, args: DeliveryArgs): aws.vpc.SecurityGroupIngressRule {
    const name = `${this.name}-${role}-admission`;
    const { region, port } = warehousePlace(target.endpoint)!;
    return new aws.vpc.SecurityGroupIngressRule(
      ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
        args.transform?.admission,
        name,
        {
          securityGroupId: target.securityGroupId,
          cidrIpv4: firehoseRanges[region],
          ipProtocol: "tcp",
          fromPort: port,
          toPort: port,
          description: `Redshift from Firehose in ${region}`,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
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
          parameters: {
            classification: "parquet",
            EXTERNAL: "TRUE",
            ...projectedHours(pulumi.interpolate`s3://${args.bucket.name}/${role}`),
          },
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

/** Partitions that Athena works out, since nothing registers the folders that Firehose makes (Athena guide, "Set up partition projection"). */
function projectedHours(location: pulumi.Output<string>): Record<string, pulumi.Input<string>> {
  const parts = { year: ["2025,2099", "4"], month: ["1,12", "2"], day: ["1,31", "2"], hour: ["0,23", "2"] };
  const folders = Object.keys(parts).map((part) => `${part}=\${${part}}`);
  return {
    "projection.enabled": "true",
    ...Object.fromEntries(
      Object.entries(parts).flatMap(([part, [range, digits]]) => [
        [`projection.${part}.type`, "integer"],
        [`projection.${part}.range`, range],
        [`projection.${part}.digits`, digits],
      ]),
    ),
    "storage.location.template": pulumi.interpolate`${location}/${folders.join("/")}/`,
  };
}

/** Figures of the Firehose guide, "Monitor with CloudWatch metrics". */
function deliveryAlarms(role: string, streamName: pulumi.Output<string>, spec: DeliverySpec): Record<string, AlarmSpec> {
  const stream = { namespace: "AWS/Firehose", dimensions: { DeliveryStreamName: streamName } };
  // A warehouse copies from the bucket, so that its rows are as fresh as the bucket's.
  const target = "search" in spec ? "DeliveryToAmazonOpenSearchService" : "DeliveryToS3";
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
    ...("redshift" in spec
      ? {
          [`${role}-refused`]: {
            ...stream,
            metric: "DeliveryToRedshift.Success",
            statistic: "Average",
            threshold: 1,
            bad: "below" as const,
            period: 300,
            description: `The warehouse refuses rows of ${role}: read the delivery's log, then copy what waits in the bucket by its manifests.`,
          },
        }
      : {}),
  };
}
