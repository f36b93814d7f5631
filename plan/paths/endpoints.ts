/** What has an address in a VPC: its subnets, its security groups, and the tier that its routes put it in. */

import type { RecordedResource, ResourceGraph } from "../graph/resource-graph";
import { layerOf, managed } from "../inventory";
import type { PathEndpoint } from "../plan";
import { listOf, recordOf, textOf } from "../read-inputs";
import { type Family, families } from "./addresses";

interface Placement {
  subnets: unknown;
  groups: unknown;
}

/** Where a resource of each type keeps its subnets and security groups. */
const placements: Readonly<Record<string, (resource: RecordedResource, graph: ResourceGraph) => Placement | undefined>> = {
  "aws:lb/loadBalancer:LoadBalancer": ({ inputs }) => ({
    subnets: inputs.subnets ?? listOf(inputs.subnetMappings).map((mapping) => recordOf(mapping).subnetId),
    groups: inputs.securityGroups,
  }),
  "aws:rds/cluster:Cluster": ({ inputs }, graph) => ({
    subnets: groupSubnets(graph, "aws:rds/subnetGroup:SubnetGroup", inputs.dbSubnetGroupName),
    groups: inputs.vpcSecurityGroupIds,
  }),
  "aws:rds/proxy:Proxy": ({ inputs }) => ({ subnets: inputs.vpcSubnetIds, groups: inputs.vpcSecurityGroupIds }),
  "aws:elasticache/replicationGroup:ReplicationGroup": ({ inputs }, graph) => ({
    subnets: groupSubnets(graph, "aws:elasticache/subnetGroup:SubnetGroup", inputs.subnetGroupName),
    groups: inputs.securityGroupIds,
  }),
  "aws:elasticache/cluster:Cluster": ({ inputs }, graph) => ({
    subnets: groupSubnets(graph, "aws:elasticache/subnetGroup:SubnetGroup", inputs.subnetGroupName),
    groups: inputs.securityGroupIds,
  }),
  "aws:redshift/cluster:Cluster": ({ inputs }, graph) => ({
    subnets: groupSubnets(graph, "aws:redshift/subnetGroup:SubnetGroup", inputs.clusterSubnetGroupName),
    groups: inputs.vpcSecurityGroupIds,
  }),
  "aws:msk/cluster:Cluster": ({ inputs }) => {
    const nodes = recordOf(inputs.brokerNodeGroupInfo);
    return { subnets: nodes.clientSubnets, groups: nodes.securityGroups };
  },
  "aws:opensearch/domain:Domain": ({ inputs }) => {
    const vpc = recordOf(inputs.vpcOptions);
    return { subnets: vpc.subnetIds, groups: vpc.securityGroupIds };
  },
  "aws:mq/broker:Broker": ({ inputs }) => ({ subnets: inputs.subnetIds, groups: inputs.securityGroups }),
  "aws:eks/cluster:Cluster": (cluster) => {
    const vpc = recordOf(cluster.inputs.vpcConfig);
    const made = recordOf(cluster.outputs.vpcConfig).clusterSecurityGroupId;
    return { subnets: vpc.subnetIds, groups: [...listOf(vpc.securityGroupIds), ...(made === undefined ? [] : [made])] };
  },
  "eks:index:Cluster": ({ inputs, outputs }) => ({
    subnets: [...listOf(inputs.subnetIds), ...listOf(inputs.privateSubnetIds)],
    groups: outputs.clusterSecurityGroupId === undefined ? [] : [outputs.clusterSecurityGroupId],
  }),
  "aws:eks/nodeGroup:NodeGroup": (group, graph) => ({ subnets: group.inputs.subnetIds, groups: nodeGroups(group, graph) }),
  "aws:ec2/instance:Instance": ({ inputs }) => ({ subnets: [inputs.subnetId], groups: inputs.vpcSecurityGroupIds }),
  "aws:ec2/vpcEndpoint:VpcEndpoint": ({ inputs }) =>
    inputs.vpcEndpointType === "Interface" ? { subnets: inputs.subnetIds, groups: inputs.securityGroupIds } : undefined,
  "aws:lambda/function:Function": ({ inputs }) => {
    if (inputs.vpcConfig === undefined) return undefined;
    const vpc = recordOf(inputs.vpcConfig);
    return { subnets: vpc.subnetIds, groups: vpc.securityGroupIds };
  },
  "aws:ecs/service:Service": ({ inputs }) => {
    const network = recordOf(inputs.networkConfiguration);
    return { subnets: network.subnets, groups: network.securityGroups };
  },
  "aws:apigatewayv2/vpcLink:VpcLink": ({ inputs }) => ({ subnets: inputs.subnetIds, groups: inputs.securityGroupIds }),
  "aws:kinesisanalyticsv2/application:Application": ({ inputs }) => {
    const vpc = recordOf(recordOf(inputs.applicationConfiguration).vpcConfiguration);
    return vpc.subnetIds === undefined ? undefined : { subnets: vpc.subnetIds, groups: vpc.securityGroupIds };
  },
};

/** Groups of nodes: those of their launch template, else the one that EKS makes for the cluster. */
function nodeGroups(group: RecordedResource, graph: ResourceGraph): unknown[] {
  const template = graph.withId("aws:ec2/launchTemplate:LaunchTemplate", recordOf(group.inputs.launchTemplate).id);
  const interfaces = listOf(template?.inputs.networkInterfaces).flatMap((each) => listOf(recordOf(each).securityGroups));
  const groups = [...listOf(template?.inputs.vpcSecurityGroupIds), ...interfaces];
  if (groups.length > 0) return groups;
  const made = clusterOf(graph, group.inputs.clusterName)?.groupId;
  return made === undefined ? [] : [made];
}

/** Clusters with the group that EKS makes for each, whichever package declares them. */
export function clusterGroups(graph: ResourceGraph): { cluster: RecordedResource; groupId: string }[] {
  return [...graph.ofType("aws:eks/cluster:Cluster"), ...graph.ofType("eks:index:Cluster")].flatMap((cluster) => {
    const groupId = recordOf(cluster.outputs.vpcConfig).clusterSecurityGroupId ?? cluster.outputs.clusterSecurityGroupId;
    return typeof groupId === "string" ? [{ cluster, groupId }] : [];
  });
}

/** The cluster named `name`; the only one when no name fits, since a plugin may name its cluster itself. */
function clusterOf(graph: ResourceGraph, name: unknown): { groupId: string } | undefined {
  const clusters = clusterGroups(graph);
  const named = clusters.find(({ cluster }) =>
    [cluster.id, cluster.outputs.name, cluster.inputs.name, cluster.name].includes(textOf(name)),
  );
  return named ?? (clusters.length === 1 ? clusters[0] : undefined);
}

/** Subnets of a subnet group, which services name by name or id. */
function groupSubnets(graph: ResourceGraph, type: string, named: unknown): unknown {
  return graph.ofType(type).find((group) => named !== undefined && [group.id, group.outputs.name, group.inputs.name].includes(named))
    ?.inputs.subnetIds;
}

/** All endpoints of the graph, by URN. */
export function endpointsOf(graph: ResourceGraph): PathEndpoint[] {
  const tiers = new SubnetTiers(graph);
  return managed(graph)
    .flatMap((resource): PathEndpoint[] => {
      const placement = placements[resource.type]?.(resource, graph);
      if (placement === undefined) return [];
      const subnets = listOf(placement.subnets).map((subnet) => textOf(subnet));
      const tier = subnets.map((subnet) => tiers.of(subnet)).reduce(mostOpen, "isolated");
      const groups = listOf(placement.groups).map((group) => textOf(group));
      return [
        {
          urn: resource.urn,
          name: resource.name,
          type: resource.type,
          layer: layerOf(graph, resource),
          tier,
          subnets,
          securityGroups: groups,
        },
      ];
    })
    .sort((a, b) => (a.urn < b.urn ? -1 : 1));
}

type Tier = PathEndpoint["tier"];

function mostOpen(a: Tier, b: Tier): Tier {
  const openness = { public: 2, private: 1, isolated: 0 };
  return openness[b] > openness[a] ? b : a;
}

/** Subnets whose default route of a family leads to an internet gateway, and those that have another way out. */
export class SubnetTiers {
  private readonly tiers = new Map<string, Readonly<Record<Family, Tier>>>();

  constructor(graph: ResourceGraph) {
    const gateways = new Set(graph.ofType("aws:ec2/internetGateway:InternetGateway").map((gateway) => gateway.id));
    for (const association of graph.ofType("aws:ec2/routeTableAssociation:RouteTableAssociation")) {
      const table = graph.withId("aws:ec2/routeTable:RouteTable", association.inputs.routeTableId);
      const routes = [
        ...listOf(table?.inputs.routes).map((route) => recordOf(route)),
        ...graph
          .ofType("aws:ec2/route:Route")
          .filter((route) => route.inputs.routeTableId === association.inputs.routeTableId)
          .map((route) => route.inputs),
      ];
      const tier = (family: Family): Tier => {
        const outward = routes.filter((route) => defaultsOf[family].some((name) => route[name] === defaultRoute[family]));
        if (outward.some((route) => gateways.has(textOf(route.gatewayId)))) return "public";
        return outward.length > 0 ? "private" : "isolated";
      };
      this.tiers.set(textOf(association.inputs.subnetId), { 4: tier(4), 6: tier(6) });
    }
  }

  /** The more open of both families. */
  of(subnet: string): Tier {
    return families.map((family) => this.over(subnet, family)).reduce(mostOpen, "isolated");
  }

  /** By one family: an internet gateway makes it public; a NAT, an egress-only or a transit gateway private; nothing isolated. */
  over(subnet: string, family: Family): Tier {
    return this.tiers.get(subnet)?.[family] ?? "isolated";
  }
}

const defaultRoute: Readonly<Record<Family, string>> = { 4: "0.0.0.0/0", 6: "::/0" };
/** Where a route keeps its destination: alone, or within a table. */
const defaultsOf: Readonly<Record<Family, readonly string[]>> = {
  4: ["destinationCidrBlock", "cidrBlock"],
  6: ["destinationIpv6CidrBlock", "ipv6CidrBlock"],
};
