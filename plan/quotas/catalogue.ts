/** AWS service quotas that a stack can run into: code, default, and how the graph's need is counted. */

import type { RateNeed } from "../../components/capacity";
import type { RecordedResource } from "../graph/resource-graph";
import { listOf, numberOf, recordOf, textOf } from "../read-inputs";

/** One quota. A need is counted over the managed resources of one region, or taken from the rates of the load. */
export interface Quota {
  service: string;
  serviceCode: string;
  /** As in Service Quotas; absent when AWS lists it only in the guide. */
  quotaCode?: string;
  name: string;
  default: number;
  unit: string;
  adjustable: boolean;
  source: string;
  need: QuotaNeed;
}

/** How much of a quota a stack needs. */
export type QuotaNeed =
  /** Number of resources of these types that pass the filter. */
  | { count: string[]; where?: (resource: RecordedResource) => boolean }
  /** Sum of a figure over resources. */
  | { sum: string[]; of: (resource: RecordedResource, region: readonly RecordedResource[]) => number }
  /** Largest figure of any one resource. */
  | { largest: string[]; of: (resource: RecordedResource, region: readonly RecordedResource[]) => number }
  /** A rate of the load, in the home region. */
  | { rate: RateNeed["name"] };

const guide = {
  transit: "Quotas for transit gateways (docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html)",
  proxy: "Quotas and limitations for RDS Proxy (docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.html)",
  vpc: "Amazon VPC quotas (docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html)",
  ec2: "Amazon EC2 service quotas (docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-resource-limits.html)",
  placement: "Amazon EC2 guide, placement groups (docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-groups.html)",
  nlb: "Quotas for Network Load Balancers (docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html)",
  alb: "Quotas for Application Load Balancers (docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html)",
  eks: "Amazon EKS service quotas (docs.aws.amazon.com/eks/latest/userguide/service-quotas.html)",
  rds: "Amazon Aurora quotas (docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html)",
  dynamodb: "Quotas in Amazon DynamoDB (docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html)",
  elasticache: "Amazon ElastiCache quotas (docs.aws.amazon.com/AmazonElastiCache/latest/dg/quota-limits.html)",
  opensearch: "Amazon OpenSearch Service quotas (docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html)",
  kinesis: "Kinesis Data Streams quotas (docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html)",
  msk: "Amazon MSK quota (docs.aws.amazon.com/msk/latest/developerguide/limits.html)",
  mq: "Quotas in Amazon MQ (docs.aws.amazon.com/amazon-mq/latest/developer-guide/amazon-mq-limits.html)",
  redshift: "Quotas in Amazon Redshift (docs.aws.amazon.com/redshift/latest/mgmt/amazon-redshift-limits.html)",
  apiGateway: "Amazon API Gateway quotas (docs.aws.amazon.com/apigateway/latest/developerguide/limits.html)",
  cloudFront: "CloudFront quotas (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html)",
  waf: "AWS WAF quotas (docs.aws.amazon.com/waf/latest/developerguide/limits.html)",
  accelerator: "Quotas for Global Accelerator (docs.aws.amazon.com/global-accelerator/latest/dg/limits-global-accelerator.html)",
  kms: "AWS KMS quotas (docs.aws.amazon.com/kms/latest/developerguide/limits.html)",
  lambda: "Lambda quotas (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)",
  iam: "IAM quotas (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)",
  s3: "Amazon S3 general purpose bucket quotas (docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html)",
  ses: "Service quotas in Amazon SES (docs.aws.amazon.com/ses/latest/dg/quotas.html)",
  cloudWatch: "CloudWatch service quotas (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html)",
  route53: "Amazon Route 53 quotas (docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html)",
};

const standardFamilies = /^[acdhimrtz]\d/;

/** vCPU of a size: `large` has two, and sizes grow in proportion. Bare metal is given by its size in `metal-24xl`. */
export function vcpuOf(instanceType: string): number {
  const size = instanceType.split(".")[1] ?? "";
  const times = /^(?:metal-)?(\d+)xl(?:arge)?$/.exec(size);
  if (times !== null) return Number(times[1]) * 4;
  return { nano: 2, micro: 2, small: 2, medium: instanceType.startsWith("t") ? 2 : 1, large: 2, xlarge: 4 }[size] ?? 0;
}

/** vCPU of a node group at its largest, which is what a scale-out or a failover asks for. */
function nodeGroupVcpu(group: RecordedResource, region: readonly RecordedResource[]): number {
  const template = recordOf(group.inputs.launchTemplate);
  const launched = region.find(
    (other) => other.type === "aws:ec2/launchTemplate:LaunchTemplate" && other.id !== undefined && other.id === template.id,
  );
  const instanceType = textOf(listOf(group.inputs.instanceTypes)[0], textOf(launched?.inputs.instanceType, "t3.medium"));
  if (!standardFamilies.test(instanceType)) return 0;
  return vcpuOf(instanceType) * numberOf(recordOf(group.inputs.scalingConfig).maxSize, numberOf(group.inputs.maxSize, 1));
}

const isNetwork = (resource: RecordedResource): boolean => resource.inputs.loadBalancerType === "network";

const groupRuleTypes = [
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
];

export const quotas: readonly Quota[] = [
  {
    service: "EC2",
    serviceCode: "ec2",
    quotaCode: "L-1216C47A",
    name: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    default: 5,
    unit: "vCPU",
    adjustable: true,
    source: guide.ec2,
    need: { sum: ["aws:eks/nodeGroup:NodeGroup", "aws:autoscaling/group:Group"], of: nodeGroupVcpu },
  },
  {
    service: "EC2",
    serviceCode: "ec2",
    quotaCode: "L-0263D0A3",
    name: "EC2-VPC Elastic IPs",
    default: 5,
    unit: "addresses",
    adjustable: true,
    source: guide.vpc,
    need: { count: ["aws:ec2/eip:Eip"] },
  },
  {
    service: "EC2",
    serviceCode: "ec2",
    name: "Placement groups",
    default: 500,
    unit: "groups",
    adjustable: true,
    source: guide.placement,
    need: { count: ["aws:ec2/placementGroup:PlacementGroup"] },
  },
  {
    service: "VPC",
    serviceCode: "vpc",
    quotaCode: "L-F678F1CE",
    name: "VPCs per Region",
    default: 5,
    unit: "VPCs",
    adjustable: true,
    source: guide.vpc,
    need: { count: ["aws:ec2/vpc:Vpc"] },
  },
  {
    service: "VPC",
    serviceCode: "vpc",
    quotaCode: "L-407747CB",
    name: "Subnets per VPC",
    default: 200,
    unit: "subnets",
    adjustable: true,
    source: guide.vpc,
    need: { largest: ["aws:ec2/vpc:Vpc"], of: (vpc, region) => inVpc(vpc, region, "aws:ec2/subnet:Subnet") },
  },
  {
    service: "VPC",
    serviceCode: "vpc",
    quotaCode: "L-FE5A380F",
    name: "NAT gateways per Availability Zone",
    default: 5,
    unit: "gateways",
    adjustable: true,
    source: guide.vpc,
    need: {
      largest: ["aws:ec2/natGateway:NatGateway"],
      of: (gateway, region) => {
        const zoneOf = (each: RecordedResource) => {
          const subnet = region.find((other) => other.type === "aws:ec2/subnet:Subnet" && other.id === each.inputs.subnetId);
          return subnet?.inputs.availabilityZoneId ?? subnet?.inputs.availabilityZone ?? each.inputs.subnetId;
        };
        return region.filter((other) => other.type === gateway.type && zoneOf(other) === zoneOf(gateway)).length;
      },
    },
  },
  {
    service: "VPC",
    serviceCode: "vpc",
    quotaCode: "L-29B6F2EB",
    name: "Interface VPC endpoints per VPC",
    default: 50,
    unit: "endpoints",
    adjustable: true,
    source: guide.vpc,
    need: {
      largest: ["aws:ec2/vpc:Vpc"],
      of: (vpc, region) =>
        region.filter(
          (other) =>
            other.type === "aws:ec2/vpcEndpoint:VpcEndpoint" &&
            other.inputs.vpcEndpointType === "Interface" &&
            other.inputs.vpcId === vpc.id,
        ).length,
    },
  },
  {
    service: "VPC",
    serviceCode: "vpc",
    quotaCode: "L-E79EC296",
    name: "VPC security groups per Region",
    default: 2_500,
    unit: "groups",
    adjustable: true,
    source: guide.vpc,
    need: { count: ["aws:ec2/securityGroup:SecurityGroup"] },
  },
  {
    service: "VPC",
    serviceCode: "vpc",
    quotaCode: "L-0EA8095F",
    name: "Inbound or outbound rules per security group",
    default: 60,
    unit: "rules",
    adjustable: true,
    source: guide.vpc,
    need: {
      largest: ["aws:ec2/securityGroup:SecurityGroup"],
      of: (group, region) =>
        Math.max(
          listOf(group.inputs.ingress).length,
          listOf(group.inputs.egress).length,
          ...groupRuleTypes.map((type) => region.filter((rule) => rule.type === type && rule.inputs.securityGroupId === group.id).length),
        ),
    },
  },
  {
    service: "VPC",
    serviceCode: "vpc",
    quotaCode: "L-2AEEBF1A",
    name: "Rules per network ACL, each direction",
    default: 20,
    unit: "rules",
    adjustable: true,
    source: guide.vpc,
    need: {
      largest: ["aws:ec2/networkAcl:NetworkAcl"],
      of: (acl, region) => {
        const rules = region.filter((rule) => rule.type === "aws:ec2/networkAclRule:NetworkAclRule" && rule.inputs.networkAclId === acl.id);
        const outbound = rules.filter((rule) => rule.inputs.egress === true).length;
        return Math.max(outbound, rules.length - outbound, listOf(acl.inputs.ingress).length, listOf(acl.inputs.egress).length);
      },
    },
  },
  {
    service: "Elastic Load Balancing",
    serviceCode: "elasticloadbalancing",
    quotaCode: "L-69A177A2",
    name: "Network Load Balancers per Region",
    default: 50,
    unit: "load balancers",
    adjustable: true,
    source: guide.nlb,
    need: { count: ["aws:lb/loadBalancer:LoadBalancer"], where: isNetwork },
  },
  {
    service: "Elastic Load Balancing",
    serviceCode: "elasticloadbalancing",
    quotaCode: "L-53DA6B97",
    name: "Application Load Balancers per Region",
    default: 50,
    unit: "load balancers",
    adjustable: true,
    source: guide.alb,
    need: { count: ["aws:lb/loadBalancer:LoadBalancer"], where: (resource) => !isNetwork(resource) },
  },
  {
    service: "Elastic Load Balancing",
    serviceCode: "elasticloadbalancing",
    quotaCode: "L-B22855CB",
    name: "Target groups per Region",
    default: 3_000,
    unit: "target groups",
    adjustable: true,
    source: guide.nlb,
    need: { count: ["aws:lb/targetGroup:TargetGroup"] },
  },
  {
    service: "EKS",
    serviceCode: "eks",
    quotaCode: "L-1194D53C",
    name: "Clusters",
    default: 100,
    unit: "clusters",
    adjustable: true,
    source: guide.eks,
    need: { count: ["aws:eks/cluster:Cluster", "eks:index:Cluster"] },
  },
  {
    service: "EKS",
    serviceCode: "eks",
    quotaCode: "L-6D54EA21",
    name: "Managed node groups per cluster",
    default: 30,
    unit: "node groups",
    adjustable: true,
    source: guide.eks,
    need: {
      largest: ["aws:eks/nodeGroup:NodeGroup"],
      of: (group, region) =>
        region.filter((other) => other.type === group.type && other.inputs.clusterName === group.inputs.clusterName).length,
    },
  },
  {
    service: "EKS",
    serviceCode: "eks",
    quotaCode: "L-BD136A63",
    name: "Nodes per managed node group",
    default: 450,
    unit: "nodes",
    adjustable: true,
    source: guide.eks,
    need: { largest: ["aws:eks/nodeGroup:NodeGroup"], of: ({ inputs }) => numberOf(recordOf(inputs.scalingConfig).maxSize, 0) },
  },
  {
    service: "Transit Gateway",
    serviceCode: "ec2",
    name: "Transit gateways per account",
    default: 5,
    unit: "gateways",
    adjustable: true,
    source: guide.transit,
    need: { count: ["aws:ec2transitgateway/transitGateway:TransitGateway"] },
  },
  {
    service: "Aurora",
    serviceCode: "rds",
    name: "Proxies",
    default: 20,
    unit: "proxies",
    adjustable: true,
    source: guide.proxy,
    need: { count: ["aws:rds/proxy:Proxy"] },
  },
  {
    service: "Aurora",
    serviceCode: "rds",
    quotaCode: "L-952B80B8",
    name: "DB clusters",
    default: 40,
    unit: "clusters",
    adjustable: true,
    source: guide.rds,
    need: { count: ["aws:rds/cluster:Cluster"] },
  },
  {
    service: "Aurora",
    serviceCode: "rds",
    quotaCode: "L-7B6409FD",
    name: "DB instances",
    default: 40,
    unit: "instances",
    adjustable: true,
    source: guide.rds,
    need: { count: ["aws:rds/clusterInstance:ClusterInstance", "aws:rds/instance:Instance"] },
  },
  {
    service: "DynamoDB",
    serviceCode: "dynamodb",
    quotaCode: "L-F98FE922",
    name: "Maximum number of tables",
    default: 2_500,
    unit: "tables",
    adjustable: true,
    source: guide.dynamodb,
    need: { count: ["aws:dynamodb/table:Table"] },
  },
  {
    service: "DynamoDB",
    serviceCode: "dynamodb",
    quotaCode: "L-AB614373",
    name: "Table-level write throughput limit",
    default: 40_000,
    unit: "write units/s",
    adjustable: true,
    source: guide.dynamodb,
    need: { largest: ["aws:dynamodb/table:Table"], of: ({ inputs }) => numberOf(recordOf(inputs.warmThroughput).writeUnitsPerSecond, 0) },
  },
  {
    service: "DynamoDB",
    serviceCode: "dynamodb",
    quotaCode: "L-CF0CBE56",
    name: "Table-level read throughput limit",
    default: 40_000,
    unit: "read units/s",
    adjustable: true,
    source: guide.dynamodb,
    need: { largest: ["aws:dynamodb/table:Table"], of: ({ inputs }) => numberOf(recordOf(inputs.warmThroughput).readUnitsPerSecond, 0) },
  },
  {
    service: "ElastiCache",
    serviceCode: "elasticache",
    quotaCode: "L-DFE45DF3",
    name: "Nodes per Region",
    default: 300,
    unit: "nodes",
    adjustable: true,
    source: guide.elasticache,
    need: {
      sum: ["aws:elasticache/replicationGroup:ReplicationGroup", "aws:elasticache/cluster:Cluster"],
      of: ({ inputs }) =>
        inputs.numNodeGroups !== undefined
          ? numberOf(inputs.numNodeGroups, 1) * (1 + numberOf(inputs.replicasPerNodeGroup, 0))
          : numberOf(inputs.numCacheClusters, numberOf(inputs.numCacheNodes, 1)),
    },
  },
  {
    service: "OpenSearch Service",
    serviceCode: "es",
    quotaCode: "L-6408ABDE",
    name: "Dedicated and data instances per domain",
    default: 80,
    unit: "instances",
    adjustable: true,
    source: guide.opensearch,
    need: { largest: ["aws:opensearch/domain:Domain"], of: ({ inputs }) => numberOf(recordOf(inputs.clusterConfig).instanceCount, 1) },
  },
  {
    service: "Kinesis Data Streams",
    serviceCode: "kinesis",
    name: "Provisioned shards per Region",
    default: 1_000,
    unit: "shards",
    adjustable: true,
    source: `${guide.kinesis}; 20,000 in us-east-1, us-west-2 and eu-west-1, 1,000 to 6,000 elsewhere`,
    need: { sum: ["aws:kinesis/stream:Stream"], of: ({ inputs }) => numberOf(inputs.shardCount, 0) },
  },
  {
    service: "Kinesis Data Streams",
    serviceCode: "kinesis",
    name: "On-demand data streams",
    default: 50,
    unit: "streams",
    adjustable: true,
    source: guide.kinesis,
    need: { count: ["aws:kinesis/stream:Stream"], where: ({ inputs }) => recordOf(inputs.streamModeDetails).streamMode === "ON_DEMAND" },
  },
  {
    service: "MSK",
    serviceCode: "kafka",
    name: "Brokers per account",
    default: 90,
    unit: "brokers",
    adjustable: true,
    source: guide.msk,
    need: { sum: ["aws:msk/cluster:Cluster"], of: ({ inputs }) => numberOf(inputs.numberOfBrokerNodes, 3) },
  },
  {
    service: "Amazon MQ",
    serviceCode: "mq",
    name: "Brokers per Region",
    default: 50,
    unit: "brokers",
    adjustable: true,
    source: guide.mq,
    need: { count: ["aws:mq/broker:Broker"] },
  },
  {
    service: "Redshift",
    serviceCode: "redshift",
    name: "Nodes per Region",
    default: 200,
    unit: "nodes",
    adjustable: true,
    source: guide.redshift,
    need: {
      sum: ["aws:redshift/cluster:Cluster"],
      of: ({ inputs }) => numberOf(inputs.numberOfNodes, 1) * (inputs.multiAz === true ? 2 : 1),
    },
  },
  {
    service: "KMS",
    serviceCode: "kms",
    quotaCode: "L-C2F1777E",
    name: "Customer managed keys",
    default: 100_000,
    unit: "keys",
    adjustable: true,
    source: guide.kms,
    need: { count: ["aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey"] },
  },
  {
    service: "KMS",
    serviceCode: "kms",
    name: "Cryptographic operations with symmetric keys",
    default: 10_000,
    unit: "requests/s",
    adjustable: true,
    source: `${guide.kms}; 100,000 in us-east-1, 50,000 in eu-west-1, 20,000 in ap-northeast-1, 10,000 in most regions`,
    need: { rate: "kmsRequests" },
  },
  {
    service: "IAM",
    serviceCode: "iam",
    quotaCode: "L-FE177D64",
    name: "Roles per account",
    default: 1_000,
    unit: "roles",
    adjustable: true,
    source: guide.iam,
    need: { count: ["aws:iam/role:Role"] },
  },
  {
    service: "S3",
    serviceCode: "s3",
    quotaCode: "L-DC2B2D3D",
    name: "General purpose buckets",
    default: 10_000,
    unit: "buckets",
    adjustable: true,
    source: guide.s3,
    need: { count: ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"] },
  },
  {
    service: "Lambda",
    serviceCode: "lambda",
    quotaCode: "L-B99A9384",
    name: "Concurrent executions",
    default: 1_000,
    unit: "executions",
    adjustable: true,
    source: guide.lambda,
    need: { rate: "lambdaConcurrency" },
  },
  {
    service: "API Gateway",
    serviceCode: "apigateway",
    quotaCode: "L-8A5B8E43",
    name: "Throttle rate, all APIs of the account",
    default: 10_000,
    unit: "requests/s",
    adjustable: true,
    source: guide.apiGateway,
    need: { rate: "apiGatewayRequests" },
  },
  {
    service: "CloudFront",
    serviceCode: "cloudfront",
    name: "Requests per second per distribution",
    default: 250_000,
    unit: "requests/s",
    adjustable: true,
    source: guide.cloudFront,
    need: { rate: "cloudFrontRequests" },
  },
  {
    service: "WAF",
    serviceCode: "wafv2",
    name: "Requests per second per web ACL",
    default: 100_000,
    unit: "requests/s",
    adjustable: true,
    source: guide.waf,
    need: { rate: "webAclRequests" },
  },
  {
    service: "SES",
    serviceCode: "ses",
    quotaCode: "L-CDEF9B6B",
    name: "Sending rate (sandbox default)",
    default: 1,
    unit: "mails/s",
    adjustable: true,
    source: guide.ses,
    need: { rate: "mailRate" },
  },
  {
    service: "Global Accelerator",
    serviceCode: "globalaccelerator",
    name: "Accelerators per account",
    default: 20,
    unit: "accelerators",
    adjustable: true,
    source: guide.accelerator,
    need: { count: ["aws:globalaccelerator/accelerator:Accelerator"] },
  },
  {
    service: "Global Accelerator",
    serviceCode: "globalaccelerator",
    name: "Listeners per accelerator",
    default: 10,
    unit: "listeners",
    adjustable: true,
    source: guide.accelerator,
    need: {
      largest: ["aws:globalaccelerator/listener:Listener"],
      of: (listener, region) =>
        region.filter((other) => other.type === listener.type && other.inputs.acceleratorArn === listener.inputs.acceleratorArn).length,
    },
  },
  {
    service: "CloudFront",
    serviceCode: "cloudfront",
    name: "Cache behaviours per distribution",
    default: 75,
    unit: "behaviours",
    adjustable: true,
    source: guide.cloudFront,
    need: { largest: ["aws:cloudfront/distribution:Distribution"], of: ({ inputs }) => 1 + listOf(inputs.orderedCacheBehaviors).length },
  },
  {
    service: "Route 53",
    serviceCode: "route53",
    quotaCode: "L-ACB674F3",
    name: "Health checks per account",
    default: 200,
    unit: "health checks",
    adjustable: true,
    source: guide.route53,
    need: { count: ["aws:route53/healthCheck:HealthCheck"] },
  },
  {
    service: "CloudWatch",
    serviceCode: "monitoring",
    name: "Metric alarms per Region",
    default: 5_000,
    unit: "alarms",
    adjustable: true,
    source: guide.cloudWatch,
    need: { count: ["aws:cloudwatch/metricAlarm:MetricAlarm"] },
  },
];

function inVpc(vpc: RecordedResource, region: readonly RecordedResource[], type: string): number {
  return region.filter((other) => other.type === type && other.inputs.vpcId === vpc.id).length;
}
