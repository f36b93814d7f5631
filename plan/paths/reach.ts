/** Who can reach whom: connections that routes, network ACLs and security groups on both sides all let through. */

import { isDeepStrictEqual } from "node:util";
import type { ResourceGraph } from "../graph/resource-graph";
import type { NetworkPath, PathEndpoint, PathReport } from "../plan";
import { listOf, recordOf, textOf } from "../read-inputs";
import {
  type AddressRange,
  commonPorts,
  contains,
  everywhere,
  type Family,
  families,
  overlaps,
  type PortRange,
  rangeOf,
  shownPorts,
} from "./addresses";
import { endpointsOf, SubnetTiers } from "./endpoints";
import { type GroupRule, groupRules, NetworkAcls, type Protocol } from "./rules";

/** Ports that the answering packets go to; ACLs keep no state (Amazon VPC guide, "Ephemeral ports"). */
const answerPorts: PortRange = [1_024, 65_535];

/** Network reachability of a graph. Errs towards listing a path: an address that overlaps a rule counts as matched. */
export function pathReport(graph: ResourceGraph): PathReport {
  const endpoints = endpointsOf(graph);
  const reach = new Reach(graph);
  const paths = endpoints.flatMap((to) => [
    ...reach.fromInternet(to),
    ...endpoints.filter((from) => from !== to).flatMap((from) => reach.between(from, to)),
  ]);
  paths.push(...publicApis(graph));
  return {
    endpoints,
    paths: paths.sort((a, b) => compare(a.to, b.to) || compare(a.from, b.from) || compare(a.ports, b.ports) || compare(a.via, b.via)),
  };
}

class Reach {
  private readonly rules: readonly GroupRule[];
  private readonly acls: NetworkAcls;
  private readonly tiers: SubnetTiers;
  private readonly subnetRanges = new Map<string, AddressRange[]>();
  private readonly vpcRanges: AddressRange[] = [];
  private readonly facingInternet = new Map<string, readonly Family[]>();

  constructor(graph: ResourceGraph) {
    this.rules = groupRules(graph);
    this.acls = new NetworkAcls(graph);
    this.tiers = new SubnetTiers(graph);
    const known = (...cidrs: unknown[]) => cidrs.map((cidr) => rangeOf(cidr)).filter((range) => range !== undefined);
    for (const { id, inputs } of graph.ofType("aws:ec2/subnet:Subnet"))
      if (id !== undefined) this.subnetRanges.set(id, known(inputs.cidrBlock, inputs.ipv6CidrBlock));
    for (const { inputs, outputs } of graph.ofType("aws:ec2/vpc:Vpc"))
      this.vpcRanges.push(...known(inputs.cidrBlock, inputs.ipv6CidrBlock ?? outputs.ipv6CidrBlock));
    for (const { urn, type, inputs } of graph.resources)
      this.facingInternet.set(
        urn,
        families.filter((family) => hasPublicAddress(type, inputs, family)),
      );
  }

  /** Paths from the internet, which need a public subnet and a public address besides the rules. */
  fromInternet(to: PathEndpoint): NetworkPath[] {
    return families
      .filter((family) => this.facingInternet.get(to.urn)?.includes(family))
      .flatMap((family) => this.fromInternetOver(family, to))
      .filter(unlike);
  }

  private fromInternetOver(family: Family, endpoint: PathEndpoint): NetworkPath[] {
    const subnets = endpoint.subnets.filter((subnet) => this.tiers.over(subnet, family) === "public" && this.has(subnet, family));
    if (subnets.length === 0) return [];
    const to = { ...endpoint, subnets };
    // A network load balancer without groups lets everything in.
    if (to.securityGroups.length === 0)
      return this.describe("internet", to, "tcp", this.outsidePorts(to, "tcp", everywhere(family)), "no security group");
    return this.rules.flatMap((rule) => {
      const { peer } = rule;
      if (rule.direction !== "ingress" || !to.securityGroups.includes(rule.group) || !("range" in peer)) return [];
      if (peer.range.family !== family || this.vpcRanges.some((vpc) => contains(vpc, peer.range))) return [];
      const ports = commonPorts([rule.ports], this.outsidePorts(to, rule.protocol, peer.range));
      return this.describe("internet", to, rule.protocol, ports, rule.declaredBy);
    });
  }

  /** Paths over either family, each once. */
  between(from: PathEndpoint, to: PathEndpoint): NetworkPath[] {
    return families.flatMap((family) => this.betweenOver(family, from, to)).filter(unlike);
  }

  private betweenOver(family: Family, wholeFrom: PathEndpoint, wholeTo: PathEndpoint): NetworkPath[] {
    const [from, to] = [wholeFrom, wholeTo].map((each) => ({
      ...each,
      subnets: each.subnets.filter((subnet) => this.has(subnet, family)),
    }));
    if (from.subnets.length === 0 || to.subnets.length === 0) return [];
    const admitted = this.rules.filter(
      (rule) => rule.direction === "ingress" && to.securityGroups.includes(rule.group) && this.covers(rule, from, family),
    );
    const leaving = this.rules.filter(
      (rule) => rule.direction === "egress" && from.securityGroups.includes(rule.group) && this.covers(rule, to, family),
    );
    return admitted.flatMap((rule) => {
      const out = leaving.filter((egress) => egress.protocol === "all" || rule.protocol === "all" || egress.protocol === rule.protocol);
      // Without groups of its own, a network load balancer may send anything.
      const outPorts = from.securityGroups.length === 0 ? [rule.ports] : out.map((egress) => egress.ports);
      const ports = commonPorts(commonPorts([rule.ports], outPorts), this.insidePorts(from, to, rule.protocol, family));
      const protocol =
        rule.protocol === "all" && out.length > 0 && out.every((egress) => egress.protocol === out[0].protocol)
          ? out[0].protocol
          : rule.protocol;
      return this.describe(from.name, to, protocol, ports, rule.declaredBy);
    });
  }

  /** Whether a subnet has addresses of the family. One that is not in the graph has IPv4 ones, somewhere. */
  private has(subnet: string, family: Family): boolean {
    const ranges = this.subnetRanges.get(subnet);
    return ranges === undefined || ranges.length === 0 ? family === 4 : this.rangeOver(subnet, family) !== undefined;
  }

  private rangeOver(subnet: string, family: Family): AddressRange | undefined {
    return this.subnetRanges.get(subnet)?.find((range) => range.family === family);
  }

  private covers({ peer }: GroupRule, endpoint: PathEndpoint, family: Family): boolean {
    if ("group" in peer) return endpoint.securityGroups.includes(peer.group);
    if (!("range" in peer)) return false;
    return endpoint.subnets.some((subnet) => {
      const range = this.rangeOver(subnet, family);
      return range !== undefined && overlaps(range, peer.range);
    });
  }

  /** Ports that the ACLs of any of the endpoint's subnets leave open to `remote`, as far as it is outside, provided that an answer gets out. */
  private outsidePorts(to: PathEndpoint, protocol: Protocol, remote: AddressRange): PortRange[] {
    const open = (subnet: string, direction: "ingress" | "egress") =>
      this.acls.openPorts(subnet, direction, protocol, remote, this.vpcRanges);
    return to.subnets.flatMap((subnet) => (commonPorts(open(subnet, "egress"), [answerPorts]).length === 0 ? [] : open(subnet, "ingress")));
  }

  /** The same between two endpoints, for any pair of their subnets; within one subnet no ACL applies. */
  private insidePorts(from: PathEndpoint, to: PathEndpoint, protocol: Protocol, family: Family): PortRange[] {
    return from.subnets.flatMap((fromSubnet) =>
      to.subnets.flatMap((toSubnet): PortRange[] => {
        const fromRange = this.rangeOver(fromSubnet, family);
        const toRange = this.rangeOver(toSubnet, family);
        if (fromSubnet === toSubnet || fromRange === undefined || toRange === undefined) return [[0, 65_535]];
        const answered = commonPorts(
          commonPorts(
            this.acls.openPorts(toSubnet, "egress", protocol, fromRange),
            this.acls.openPorts(fromSubnet, "ingress", protocol, toRange),
          ),
          [answerPorts],
        );
        if (answered.length === 0) return [];
        return commonPorts(
          this.acls.openPorts(fromSubnet, "egress", protocol, toRange),
          this.acls.openPorts(toSubnet, "ingress", protocol, fromRange),
        );
      }),
    );
  }

  private describe(from: string, to: PathEndpoint, protocol: Protocol, ports: readonly PortRange[], via: string): NetworkPath[] {
    return ports.length === 0 ? [] : [{ from, to: to.name, protocol, ports: shownPorts(ports), via }];
  }
}

/**
 * Load balancers that face the internet, and instances and brokers with a public address. Every IPv6 address is a public one: whatever is in a subnet with such
 * addresses has one, but for load balancers, which say so.
 */
function hasPublicAddress(type: string, inputs: Readonly<Record<string, unknown>>, family: Family): boolean {
  if (type === "aws:lb/loadBalancer:LoadBalancer")
    return inputs.internal !== true && (family === 4 || textOf(inputs.ipAddressType).startsWith("dualstack"));
  return family === 6 || inputs.publiclyAccessible === true || inputs.associatePublicIpAddress === true;
}

/** A path over both families is one path. */
function unlike(path: NetworkPath, index: number, all: readonly NetworkPath[]): boolean {
  return all.findIndex((other) => isDeepStrictEqual(other, path)) === index;
}

/** API servers of EKS clusters that listen on the internet besides their VPC. */
function publicApis(graph: ResourceGraph): NetworkPath[] {
  return [...graph.ofType("aws:eks/cluster:Cluster"), ...graph.ofType("eks:index:Cluster")].flatMap((cluster): NetworkPath[] => {
    const vpc = cluster.inputs.vpcConfig === undefined ? cluster.inputs : recordOf(cluster.inputs.vpcConfig);
    if (vpc.endpointPublicAccess === false) return [];
    const from = listOf(vpc.publicAccessCidrs).map((cidr) => textOf(cidr));
    return [
      {
        from: "internet",
        to: cluster.name,
        protocol: "tcp",
        ports: "443",
        via: `public endpoint for ${from.length === 0 ? "0.0.0.0/0" : from.join(", ")}`,
      },
    ];
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
