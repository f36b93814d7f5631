/** Quotas of machines, networks and load balancers. */

import type { RecordedResource } from "../graph/resource-graph";
import { listOf, numberOf, recordOf, textOf } from "../read-inputs";
import type { Quota } from "./quota";

const guide = {
  transit: "Quotas for transit gateways (docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html)",
  vpc: "Amazon VPC quotas (docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html)",
  ec2: "Amazon EC2 service quotas (docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-resource-limits.html)",
  placement: "Amazon EC2 guide, placement groups (docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-groups.html)",
  nlb: "Quotas for Network Load Balancers (docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html)",
  alb: "Quotas for Application Load Balancers (docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html)",
  fargate: "Amazon ECS service quotas (docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html)",
  eks: "Amazon EKS service quotas (docs.aws.amazon.com/eks/latest/userguide/service-quotas.html)",
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

/** vCPU of a service's tasks at the most that its scaling allows. */
function taskVcpu(service: RecordedResource, region: readonly RecordedResource[]): number {
  const wanted = textOf(service.inputs.taskDefinition);
  const definition = region.find(
    (other) => other.type === "aws:ecs/taskDefinition:TaskDefinition" && wanted !== "" && [other.id, other.outputs.arn].includes(wanted),
  );
  const target = region.find(
    (other) =>
      other.type === "aws:appautoscaling/target:Target" &&
      textOf(other.inputs.resourceId).endsWith(`/${textOf(service.outputs.name, "?")}`),
  );
  const tasks = numberOf(target?.inputs.maxCapacity, numberOf(service.inputs.desiredCount, 1));
  return (tasks * numberOf(definition?.inputs.cpu, 256)) / 1_024;
}

const isNetwork = (resource: RecordedResource): boolean => resource.inputs.loadBalancerType === "network";

const groupRuleTypes = [
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
];

export const networkQuotas: readonly Quota[] = [
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
    service: "Fargate",
    serviceCode: "fargate",
    quotaCode: "L-3032A538",
    name: "Fargate On-Demand vCPU resource count",
    default: 6,
    unit: "vCPU",
    adjustable: true,
    source: guide.fargate,
    need: { sum: ["aws:ecs/service:Service"], of: taskVcpu },
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
];

function inVpc(vpc: RecordedResource, region: readonly RecordedResource[], type: string): number {
  return region.filter((other) => other.type === type && other.inputs.vpcId === vpc.id).length;
}
