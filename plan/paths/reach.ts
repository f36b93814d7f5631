/** Who can reach whom: connections that routes, network ACLs and security groups on both sides all let through. */

import type { ResourceGraph } from "../graph/resource-graph";
import type { NetworkPath, PathEndpoint, PathReport } from "../plan";
import { listOf, recordOf, textOf } from "../read-inputs";
import { type AddressRange, commonPorts, contains, everywhere, overlaps, type PortRange, rangeOf, shownPorts } from "./addresses";
import { endpointsOf } from "./endpoints";
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
  private readonly subnetRanges = new Map<string, AddressRange>();
  private readonly vpcRanges: AddressRange[] = [];
  private readonly facingInternet = new Set<string>();

  constructor(graph: ResourceGraph) {
    this.rules = groupRules(graph);
    this.acls = new NetworkAcls(graph);
    for (const subnet of graph.ofType("aws:ec2/subnet:Subnet")) {
      const range = rangeOf(subnet.inputs.cidrBlock);
      if (subnet.id !== undefined && range !== undefined) this.subnetRanges.set(subnet.id, range);
    }
    for (const vpc of graph.ofType("aws:ec2/vpc:Vpc"))
      this.vpcRanges.push(...[rangeOf(vpc.inputs.cidrBlock)].filter((range) => range !== undefined));
    for (const resource of graph.resources) if (hasPublicAddress(resource.type, resource.inputs)) this.facingInternet.add(resource.urn);
  }

  /** Paths from the internet, which need a public subnet and a public address besides the rules. */
  fromInternet(to: PathEndpoint): NetworkPath[] {
    if (to.tier !== "public" || !this.facingInternet.has(to.urn)) return [];
    const rules = this.rules.filter(
      (rule) =>
        rule.direction === "ingress" &&
        to.securityGroups.includes(rule.group) &&
        "range" in rule.peer &&
        !this.vpcRanges.some((vpc) => contains(vpc, (rule.peer as { range: AddressRange }).range)),
    );
    // A network load balancer without groups lets everything in.
    if (to.securityGroups.length === 0)
      return this.describe("internet", to, "tcp", this.outsidePorts(to, "tcp", everywhere), "no security group");
    return rules.flatMap((rule) => {
      const ports = commonPorts([rule.ports], this.outsidePorts(to, rule.protocol, (rule.peer as { range: AddressRange }).range));
      return this.describe("internet", to, rule.protocol, ports, rule.declaredBy);
    });
  }

  between(from: PathEndpoint, to: PathEndpoint): NetworkPath[] {
    const fromRanges = this.rangesOf(from);
    const admitted = this.rules.filter(
      (rule) => rule.direction === "ingress" && to.securityGroups.includes(rule.group) && this.covers(rule, from, fromRanges),
    );
    const toRanges = this.rangesOf(to);
    const leaving = this.rules.filter(
      (rule) => rule.direction === "egress" && from.securityGroups.includes(rule.group) && this.covers(rule, to, toRanges),
    );
    return admitted.flatMap((rule) => {
      const out = leaving.filter((egress) => egress.protocol === "all" || rule.protocol === "all" || egress.protocol === rule.protocol);
      // Without groups of its own, a network load balancer may send anything.
      const outPorts = from.securityGroups.length === 0 ? [rule.ports] : out.map((egress) => egress.ports);
      const ports = commonPorts(commonPorts([rule.ports], outPorts), this.insidePorts(from, to, rule.protocol));
      const protocol =
        rule.protocol === "all" && out.length > 0 && out.every((egress) => egress.protocol === out[0].protocol)
          ? out[0].protocol
          : rule.protocol;
      return this.describe(from.name, to, protocol, ports, rule.declaredBy);
    });
  }

  private covers(rule: GroupRule, endpoint: PathEndpoint, ranges: readonly AddressRange[]): boolean {
    const { peer } = rule;
    if ("group" in peer) return endpoint.securityGroups.includes(peer.group);
    if ("range" in peer) return ranges.some((range) => overlaps(range, peer.range));
    return false;
  }

  private rangesOf(endpoint: PathEndpoint): AddressRange[] {
    return endpoint.subnets.map((subnet) => this.subnetRanges.get(subnet)).filter((range) => range !== undefined);
  }

  /** Ports that the ACLs of any of the endpoint's subnets leave open to `remote`, provided that an answer gets out. */
  private outsidePorts(to: PathEndpoint, protocol: Protocol, remote: AddressRange): PortRange[] {
    return to.subnets.flatMap((subnet) => {
      const answered = commonPorts(this.acls.openPorts(subnet, "egress", protocol, remote), [answerPorts]);
      return answered.length === 0 ? [] : this.acls.openPorts(subnet, "ingress", protocol, remote);
    });
  }

  /** The same between two endpoints, for any pair of their subnets; within one subnet no ACL applies. */
  private insidePorts(from: PathEndpoint, to: PathEndpoint, protocol: Protocol): PortRange[] {
    return from.subnets.flatMap((fromSubnet) =>
      to.subnets.flatMap((toSubnet): PortRange[] => {
        const fromRange = this.subnetRanges.get(fromSubnet);
        const toRange = this.subnetRanges.get(toSubnet);
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

/** Load balancers that face the internet, and instances and brokers with a public address. */
function hasPublicAddress(type: string, inputs: Readonly<Record<string, unknown>>): boolean {
  if (type === "aws:lb/loadBalancer:LoadBalancer") return inputs.internal !== true;
  return inputs.publiclyAccessible === true || inputs.associatePublicIpAddress === true;
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
