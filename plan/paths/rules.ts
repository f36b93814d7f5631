/** What security groups and network ACLs let through, in one form whichever resource declares it. */

import type { RecordedResource, ResourceGraph } from "../graph/resource-graph";
import { listOf, numberOf, recordOf, textOf } from "../read-inputs";
import { type AddressRange, allPorts, contains, everywhere, families, overlaps, type PortRange, rangeOf, without } from "./addresses";
import { clusterGroups } from "./endpoints";

export type Protocol = "tcp" | "udp" | "icmp" | "all";

/** One rule of a security group. */
export interface GroupRule {
  group: string;
  direction: "ingress" | "egress";
  protocol: Protocol;
  ports: PortRange;
  /** The other side: addresses, or members of a group. A prefix list of AWS counts as no address here. */
  peer: { range: AddressRange } | { group: string } | { prefixList: string };
  /** The resource that declares it. */
  declaredBy: string;
}

const protocolNumbers: Record<string, Protocol> = {
  "-1": "all",
  all: "all",
  "6": "tcp",
  tcp: "tcp",
  "17": "udp",
  udp: "udp",
  "1": "icmp",
  icmp: "icmp",
};

function protocolOf(value: unknown): Protocol {
  return protocolNumbers[String(value ?? "-1").toLowerCase()] ?? "all";
}

function portsOf(protocol: Protocol, from: unknown, to: unknown): PortRange {
  if (protocol === "all" || protocol === "icmp") return allPorts;
  return [Math.max(0, numberOf(from, 0)), Math.max(0, numberOf(to, 65_535))];
}

/** Rules of all security groups: inline ones, rule resources of both generations, and what EKS gives its cluster group. */
export function groupRules(graph: ResourceGraph): GroupRule[] {
  const declared = graph.resources.flatMap((resource): GroupRule[] => {
    switch (resource.type) {
      case "aws:ec2/securityGroup:SecurityGroup":
        return (["ingress", "egress"] as const).flatMap((direction) =>
          listOf(resource.inputs[direction]).flatMap((rule) => inlineRule(resource, direction, recordOf(rule))),
        );
      case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
        return ruleResource(resource, "ingress");
      case "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":
        return ruleResource(resource, "egress");
      case "aws:ec2/securityGroupRule:SecurityGroupRule":
        return inlineRule(
          resource,
          resource.inputs.type === "egress" ? "egress" : "ingress",
          resource.inputs,
          textOf(resource.inputs.securityGroupId),
        );
      default:
        return [];
    }
  });
  return [...declared, ...clusterGroups(graph).flatMap(({ cluster, groupId }) => clusterGroupRules(cluster.name, groupId))];
}

function inlineRule(
  resource: RecordedResource,
  direction: GroupRule["direction"],
  rule: Record<string, unknown>,
  owner?: string,
): GroupRule[] {
  const group = owner ?? resource.id ?? "";
  const protocol = protocolOf(rule.protocol);
  const ports = portsOf(protocol, rule.fromPort, rule.toPort);
  const sources = [...listOf(rule.securityGroups), ...(rule.sourceSecurityGroupId === undefined ? [] : [rule.sourceSecurityGroupId])];
  const peers: GroupRule["peer"][] = [
    ...[...listOf(rule.cidrBlocks), ...listOf(rule.ipv6CidrBlocks)].flatMap((cidr) => rangePeer(cidr)),
    ...sources.map((source) => ({ group: textOf(source) })),
    ...listOf(rule.prefixListIds).map((list) => ({ prefixList: textOf(list) })),
    ...(rule.self === true ? [{ group }] : []),
  ];
  return peers.map((peer) => ({ group, direction, protocol, ports, peer, declaredBy: resource.name }));
}

function ruleResource(resource: RecordedResource, direction: GroupRule["direction"]): GroupRule[] {
  const { inputs } = resource;
  const protocol = protocolOf(inputs.ipProtocol);
  const peers: GroupRule["peer"][] = [
    ...rangePeer(inputs.cidrIpv4),
    ...rangePeer(inputs.cidrIpv6),
    ...(inputs.referencedSecurityGroupId === undefined ? [] : [{ group: textOf(inputs.referencedSecurityGroupId) }]),
    ...(inputs.prefixListId === undefined ? [] : [{ prefixList: textOf(inputs.prefixListId) }]),
  ];
  const ports = portsOf(protocol, inputs.fromPort, inputs.toPort);
  return peers.map((peer) => ({ group: textOf(inputs.securityGroupId), direction, protocol, ports, peer, declaredBy: resource.name }));
}

/** The group that EKS makes for a cluster: its members reach one another and everything outside (EKS guide, "Amazon EKS security group requirements"). */
function clusterGroupRules(cluster: string, group: string): GroupRule[] {
  const rule = { group, protocol: "all" as const, ports: allPorts, declaredBy: `${cluster} (made by EKS)` };
  return [
    { ...rule, direction: "ingress", peer: { group } },
    ...families.map((family): GroupRule => ({ ...rule, direction: "egress", peer: { range: everywhere(family) } })),
  ];
}

function rangePeer(cidr: unknown): { range: AddressRange }[] {
  const range = rangeOf(cidr);
  return range === undefined ? [] : [{ range }];
}

/** One entry of a network ACL. */
interface AclEntry {
  number: number;
  direction: "ingress" | "egress";
  allow: boolean;
  protocol: Protocol;
  ports: PortRange;
  range: AddressRange;
}

/** The network ACL of each subnet; a subnet without one has the VPC's default ACL, which lets everything through. */
export class NetworkAcls {
  private readonly entriesBySubnet = new Map<string, AclEntry[]>();

  constructor(graph: ResourceGraph) {
    for (const acl of graph.ofType("aws:ec2/networkAcl:NetworkAcl")) {
      const entries = entriesOf(graph, acl);
      const associated = graph
        .ofType("aws:ec2/networkAclAssociation:NetworkAclAssociation")
        .filter((each) => each.inputs.networkAclId === acl.id);
      const subnets = [...listOf(acl.inputs.subnetIds), ...associated.map((each) => each.inputs.subnetId)];
      for (const subnet of subnets) this.entriesBySubnet.set(textOf(subnet), entries);
    }
  }

  /**
   * Ports that `subnet` lets through to or from `remote`. An allowing entry counts when it covers any of `remote`, a denying one only when
   * it covers all of it, so that a path is never missed. @param inside ranges that `remote` has no address in: an entry for these alone allows it nothing
   */
  openPorts(
    subnet: string,
    direction: "ingress" | "egress",
    protocol: Protocol,
    remote: AddressRange,
    inside: readonly AddressRange[] = [],
  ): PortRange[] {
    const entries = this.entriesBySubnet.get(subnet);
    if (entries === undefined) return [allPorts];
    let undecided: PortRange[] = [allPorts];
    const open: PortRange[] = [];
    for (const entry of entries) {
      if (entry.direction !== direction || !(entry.protocol === "all" || protocol === "all" || entry.protocol === protocol)) continue;
      if (
        !(entry.allow
          ? overlaps(entry.range, remote) && !inside.some((range) => contains(range, entry.range))
          : contains(entry.range, remote) && (entry.protocol === "all" || entry.protocol === protocol))
      )
        continue;
      const left = without(undecided, entry.ports);
      if (entry.allow) open.push(...undecided.flatMap((range) => intersection(range, entry.ports)));
      undecided = left;
    }
    return open;
  }
}

function intersection(a: PortRange, b: PortRange): PortRange[] {
  const from = Math.max(a[0], b[0]);
  const to = Math.min(a[1], b[1]);
  return from <= to ? [[from, to]] : [];
}

function entriesOf(graph: ResourceGraph, acl: RecordedResource): AclEntry[] {
  const inline = (["ingress", "egress"] as const).flatMap((direction) =>
    listOf(acl.inputs[direction]).flatMap((entry) => aclEntry(direction, recordOf(entry), recordOf(entry).ruleNo, recordOf(entry).action)),
  );
  const separate = graph
    .ofType("aws:ec2/networkAclRule:NetworkAclRule")
    .filter((rule) => rule.inputs.networkAclId === acl.id)
    .flatMap(({ inputs }) => aclEntry(inputs.egress === true ? "egress" : "ingress", inputs, inputs.ruleNumber, inputs.ruleAction));
  return [...inline, ...separate].sort((a, b) => a.number - b.number);
}

function aclEntry(direction: AclEntry["direction"], entry: Record<string, unknown>, number: unknown, action: unknown): AclEntry[] {
  const range = rangeOf(entry.cidrBlock ?? entry.ipv6CidrBlock);
  if (range === undefined) return [];
  const protocol = protocolOf(entry.protocol);
  return [
    {
      number: numberOf(number, 0),
      direction,
      allow: action === "allow",
      protocol,
      ports: portsOf(protocol, entry.fromPort, entry.toPort),
      range,
    },
  ];
}
