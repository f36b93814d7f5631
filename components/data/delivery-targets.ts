/** What a delivery tells Firehose about each kind of target, and the rights that it needs there. */

import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement } from "../foundation";
import type { DeliveryArgs } from "./delivery";
import { type DeliverySource, type DeliverySpec, type RedshiftTarget, type SearchTarget, zonesOf } from "./delivery-specs";

/** What the target of one delivery is told besides its own arguments. */
export interface DeliveryFacts {
  role: string;
  roleArn: pulumi.Output<string>;
  /** Of a lake target. */
  table: aws.glue.CatalogTable | undefined;
  /** Of the function that makes rows. */
  rowsArn: pulumi.Output<string> | undefined;
  log: aws.cloudwatch.LogGroup;
  logStream: aws.cloudwatch.LogStream;
  args: DeliveryArgs;
}

type Destination = Pick<
  aws.kinesis.FirehoseDeliveryStreamArgs,
  "destination" | "extendedS3Configuration" | "opensearchConfiguration" | "redshiftConfiguration"
>;

/** The destination of a delivery. */
export function destinationOf(spec: DeliverySpec, facts: DeliveryFacts): Destination {
  if ("lake" in spec) return { destination: "extended_s3", extendedS3Configuration: lakeConfiguration(facts) };
  if ("search" in spec) return { destination: "opensearch", opensearchConfiguration: searchConfiguration(spec.search, facts) };
  return { destination: "redshift", redshiftConfiguration: redshiftConfiguration(spec.redshift, facts) };
}

function loggingOf({ log, logStream }: DeliveryFacts) {
  return { enabled: true, logGroupName: log.name, logStreamName: logStream.name };
}

/** The function's newest code; buffers of 1 MB and a minute, the defaults, keep its answer below Lambda's 6 MB (Firehose guide, "Transform source data"). */
function processingOf({ rowsArn }: DeliveryFacts) {
  if (rowsArn === undefined) return {};
  const parameters = [{ parameterName: "LambdaArn", parameterValue: pulumi.interpolate`${rowsArn}:$LATEST` }];
  return { processingConfiguration: { enabled: true, processors: [{ type: "Lambda", parameters }] } };
}

function lakeConfiguration(facts: DeliveryFacts) {
  const { role, roleArn, args } = facts;
  const table = facts.table!;
  return {
    roleArn,
    bucketArn: args.bucket.arn,
    kmsKeyArn: args.bucket.key.arn,
    prefix: `${role}/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/`,
    errorOutputPrefix: `undelivered/${role}/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`,
    bufferingInterval: args.bufferSeconds ?? 300,
    bufferingSize: 128,
    cloudwatchLoggingOptions: loggingOf(facts),
    ...processingOf(facts),
    dataFormatConversionConfiguration: {
      enabled: true,
      inputFormatConfiguration: { deserializer: { openXJsonSerDe: {} } },
      outputFormatConfiguration: { serializer: { parquetSerDe: { compression: "SNAPPY" } } },
      schemaConfiguration: { databaseName: table.databaseName, tableName: table.name, roleArn },
    },
  };
}

function searchConfiguration(target: SearchTarget, facts: DeliveryFacts) {
  const { role, roleArn, args } = facts;
  return {
    roleArn,
    domainArn: target.domainArn,
    indexName: target.index,
    indexRotationPeriod: "OneDay",
    bufferingInterval: 60,
    bufferingSize: 5,
    retryDuration: 7200,
    s3BackupMode: "FailedDocumentsOnly",
    cloudwatchLoggingOptions: loggingOf(facts),
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

/** Rows go through the bucket, from which the warehouse copies them; those that it refuses stay there. */
function redshiftConfiguration(target: RedshiftTarget, facts: DeliveryFacts) {
  const { role, roleArn, args } = facts;
  return {
    roleArn,
    clusterJdbcurl: `jdbc:redshift://${target.endpoint}/${target.database}`,
    dataTableName: target.table,
    ...(target.columns === undefined ? {} : { dataTableColumns: target.columns.join(",") }),
    copyOptions: "FORMAT AS JSON 'auto' GZIP",
    retryDuration: 7200,
    secretsManagerConfiguration: { enabled: true, secretArn: target.signIn.arn, roleArn },
    cloudwatchLoggingOptions: loggingOf(facts),
    ...processingOf(facts),
    s3Configuration: {
      roleArn,
      bucketArn: args.bucket.arn,
      kmsKeyArn: args.bucket.key.arn,
      prefix: `warehouse/${role}/`,
      errorOutputPrefix: `undelivered/${role}/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`,
      bufferingInterval: args.bufferSeconds ?? 300,
      bufferingSize: 128,
      compressionFormat: "GZIP",
    },
  };
}

export function sourceRights({ streamArn, key }: DeliverySource): PolicyStatement[] {
  return [
    {
      Effect: "Allow",
      Action: ["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"],
      Resource: streamArn,
    },
    { Effect: "Allow", Action: "kms:Decrypt", Resource: key.arn },
  ];
}

export function bucketRights({ bucket }: DeliveryArgs): PolicyStatement[] {
  return [
    { Effect: "Allow", Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], Resource: bucket.arn },
    { Effect: "Allow", Action: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], Resource: pulumi.interpolate`${bucket.arn}/*` },
    { Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: bucket.key.arn },
  ];
}

export function logRights(log: aws.cloudwatch.LogGroup): PolicyStatement[] {
  return [{ Effect: "Allow", Action: "logs:PutLogEvents", Resource: pulumi.interpolate`${log.arn}:log-stream:*` }];
}

export function targetRights(spec: DeliverySpec, table: aws.glue.CatalogTable | undefined, args: DeliveryArgs): PolicyStatement[] {
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
  if ("redshift" in spec) {
    const { signIn } = spec.redshift;
    return [
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: signIn.arn },
      {
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: signIn.key.arn,
        Condition: { StringLike: { "kms:ViaService": "secretsmanager.*.amazonaws.com" } },
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

/** Rights of the Firehose guide, "Grant Firehose access to an Amazon S3 destination". */
export function rowsRights(rowsArn: pulumi.Output<string>): PolicyStatement[] {
  const Resource = pulumi.interpolate`${rowsArn}:$LATEST`;
  return [{ Effect: "Allow", Action: ["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"], Resource: [rowsArn, Resource] }];
}
