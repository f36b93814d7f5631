/** Who a recorded resource would be to its provider: name, id and ARN, the same on every run. */

import { createHash } from "node:crypto";

/** What a fixture may depend on. */
export interface ResourceFacts {
  urn: string;
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  accountId: string;
  region: string;
}

/** The name argument when it is given, else the logical name; the provider would add random characters to the latter. */
export function physicalName({ inputs, name }: ResourceFacts): string {
  const given = nameArguments.map((argument) => inputs[argument]).find((value) => typeof value === "string");
  // The ending that SQS and SNS ask for; the provider adds it to names that it makes.
  const ending = inputs.fifoQueue === true || inputs.fifoTopic === true ? ".fifo" : "";
  return (given as string | undefined) ?? `${name}${ending}`;
}

/** Arguments by which services take a resource's name, the more particular first. */
const nameArguments = [
  "clusterIdentifier",
  "identifier",
  "replicationGroupId",
  "clusterId",
  "brokerName",
  "domainName",
  "bucket",
  "nodeGroupName",
  "clusterName",
  "name",
];

/** Prefixes of ids in the EC2 service: "Resource IDs" in the Amazon EC2 guide. */
const ec2Prefixes: Record<string, string> = {
  vpc: "vpc",
  defaultVpc: "vpc",
  subnet: "subnet",
  securityGroup: "sg",
  defaultSecurityGroup: "sg",
  routeTable: "rtb",
  defaultRouteTable: "rtb",
  networkAcl: "acl",
  defaultNetworkAcl: "acl",
  internetGateway: "igw",
  egressOnlyInternetGateway: "eigw",
  natGateway: "nat",
  eip: "eipalloc",
  vpcEndpoint: "vpce",
  vpcEndpointService: "vpce-svc",
  vpcPeeringConnection: "pcx",
  flowLog: "fl",
  launchTemplate: "lt",
  placementGroup: "pg",
  networkInterface: "eni",
  instance: "i",
  vpcDhcpOptions: "dopt",
  managedPrefixList: "pl",
};

const transitPrefixes: Record<string, string> = {
  transitGateway: "tgw",
  routeTable: "tgw-rtb",
  vpcAttachment: "tgw-attach",
  peeringAttachment: "tgw-attach",
  peeringAttachmentAccepter: "tgw-attach",
};

/** "Working with Amazon EFS resources" in the EFS guide. */
const fileSystemPrefixes: Record<string, string> = { fileSystem: "fs", accessPoint: "fsap", mountTarget: "fsmt" };

/** Id of a type whose ids are a prefix and hexadecimal digits; undefined for others. */
export function numberedId(resource: ResourceFacts): string | undefined {
  const prefixes = { ec2: ec2Prefixes, ec2transitgateway: transitPrefixes, efs: fileSystemPrefixes }[resource.type.split(/[:/]/)[1]];
  const prefix = prefixes?.[moduleOf(resource.type)];
  return prefix === undefined ? undefined : `${prefix}-${hexOf(resource.urn, 17)}`;
}

/** `rds/cluster` of `aws:rds/cluster:Cluster` has module `cluster`. */
function moduleOf(type: string): string {
  return type.split(":")[1].split("/")[1] ?? "";
}

/** `digits` hexadecimal digits that stand for `text`. */
export function hexOf(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}

/** A UUID that stands for `text`. */
export function uuidOf(text: string): string {
  const hex = hexOf(text, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** ARN by "Actions, resources, and condition keys" of each service; types without an entry get `<service>:<module>/<id>`. */
export function arnOf(resource: ResourceFacts, id: string): string {
  const [service, module] = resource.type.split(":")[1].split("/");
  const form = arnForms[`${service}/${module}`];
  const { region, accountId } = resource;
  const filled = (form ?? `${arnServices[service] ?? service}:R:A:${kebab(module ?? "")}/N`).split(":");
  const parts = filled.map((part, index) => {
    if (index === 1 && part === "R") return region;
    if (index === 2 && part === "A") return accountId;
    return part.replace(/\bN\b/, id).replace(/\bU\b/, uuidOf(resource.urn)).replace(/\bH\b/, hexOf(resource.urn, 16));
  });
  return `arn:aws:${parts.join(":")}`;
}

/** SDK modules whose service is called otherwise in ARNs. */
const arnServices: Record<string, string> = {
  acmpca: "acm-pca",
  lb: "elasticloadbalancing",
  msk: "kafka",
  opensearch: "es",
  mq: "mq",
  sesv2: "ses",
  alb: "elasticloadbalancing",
};

/** R region, A account, N name or id, U a UUID, H hexadecimal digits. */
const arnForms: Record<string, string> = {
  "acm/certificate": "acm:R:A:certificate/U",
  "backup/vault": "backup:R:A:backup-vault:N",
  "cloudfront/function": "cloudfront::A:function/N",
  "cloudfront/distribution": "cloudfront::A:distribution/N",
  "cloudwatch/metricAlarm": "cloudwatch:R:A:alarm:N",
  "cloudwatch/compositeAlarm": "cloudwatch:R:A:alarm:N",
  "cloudwatch/dashboard": "cloudwatch::A:dashboard/N",
  "cloudwatch/logGroup": "logs:R:A:log-group:N",
  "cloudwatch/eventRule": "events:R:A:rule/N",
  "dynamodb/table": "dynamodb:R:A:table/N",
  "ec2/vpcEndpointService": "ec2:R:A:vpc-endpoint-service/N",
  "ecr/repository": "ecr:R:A:repository/N",
  "efs/accessPoint": "elasticfilesystem:R:A:access-point/N",
  "efs/fileSystem": "elasticfilesystem:R:A:file-system/N",
  "eks/cluster": "eks:R:A:cluster/N",
  "elasticache/replicationGroup": "elasticache:R:A:replicationgroup:N",
  "elasticache/cluster": "elasticache:R:A:cluster:N",
  "elasticache/user": "elasticache:R:A:user:N",
  "globalaccelerator/accelerator": "globalaccelerator::A:accelerator/U",
  "iam/role": "iam::A:role/N",
  "iam/policy": "iam::A:policy/N",
  "iam/user": "iam::A:user/N",
  "iam/instanceProfile": "iam::A:instance-profile/N",
  "iam/openIdConnectProvider": "iam::A:oidc-provider/N",
  "kinesis/stream": "kinesis:R:A:stream/N",
  "kinesis/firehoseDeliveryStream": "firehose:R:A:deliverystream/N",
  "kinesis/streamConsumer": "kinesis:R:A:stream/consumer/N",
  "kinesisanalyticsv2/application": "kinesisanalytics:R:A:application/N",
  "kms/key": "kms:R:A:key/N",
  "kms/replicaKey": "kms:R:A:key/N",
  "kms/alias": "kms:R:A:N",
  "lambda/function": "lambda:R:A:function:N",
  "lb/loadBalancer": "elasticloadbalancing:R:A:loadbalancer/net/N/H",
  "lb/targetGroup": "elasticloadbalancing:R:A:targetgroup/N/H",
  "lb/listener": "elasticloadbalancing:R:A:listener/net/N/H/H",
  "mq/broker": "mq:R:A:broker:N:U",
  "msk/cluster": "kafka:R:A:cluster/N/U",
  "opensearch/domain": "es:R:A:domain/N",
  "rds/cluster": "rds:R:A:cluster:N",
  "rds/clusterInstance": "rds:R:A:db:N",
  "rds/globalCluster": "rds::A:global-cluster:N",
  "rds/proxy": "rds:R:A:db-proxy:prx-H",
  "redshift/cluster": "redshift:R:A:cluster:N",
  "route53/zone": "route53:::hostedzone/N",
  "route53/healthCheck": "route53:::healthcheck/U",
  "s3/bucket": "s3:::N",
  "s3/bucketV2": "s3:::N",
  "secretsmanager/secret": "secretsmanager:R:A:secret:N-AbCdEf",
  "sesv2/emailIdentity": "ses:R:A:identity/N",
  "sns/topic": "sns:R:A:N",
  "sqs/queue": "sqs:R:A:N",
  "ssm/parameter": "ssm:R:A:parameter/N",
  "wafv2/webAcl": "wafv2:R:A:regional/webacl/N/U",
};

function kebab(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
