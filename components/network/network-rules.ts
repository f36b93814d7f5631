/** Network ACLs of the three tiers: the outer wall, coarse and constant, behind which security groups decide in detail. */

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Range, rangeText, type Tier, tierRange } from "./address-plan";

/** One entry of a network ACL; ACLs keep no state, so the way back needs its own entry. */
export interface NetworkRule {
  direction: "ingress" | "egress";
  /** Evaluated in ascending order; the first match decides. */
  number: number;
  action: "allow" | "deny";
  /** `-1` is every protocol. */
  protocol: "tcp" | "udp" | "-1";
  /** An IPv4 range; absent when {@link ipv6Cidr} is given. */
  cidr?: string;
  ipv6Cidr?: pulumi.Input<string>;
  /** First and last port; absent for every protocol. */
  ports?: [number, number];
}

/** Ports that stores listen on: OpenSearch, PostgreSQL, Redshift, AMQP over TLS, Redis, Kafka (TLS and IAM), Memcached, OpenWire over TLS. */
export const storePorts = [443, 5432, 5439, 5671, 6379, 9094, 9098, 11211, 61617];

const anywhere = "0.0.0.0/0";
const anywhereIpv6 = "::/0";
/** Ports that clients use; the widest of the usual ranges (Amazon VPC guide, "Ephemeral ports"). */
const ephemeral: [number, number] = [1024, 65535];
/** Remote administration, never from the internet: machines are reached through Systems Manager. */
const administrationPorts = [22, 3389];

/** What the rules of a network follow from. */
export interface NetworkRuleArgs {
  /** Range of the VPC. */
  network: Range;
  /** Ports below 1024 open to the internet. */
  publicPorts: readonly number[];
  /** Ranges of other networks of the exchange. */
  peerCidrs: readonly string[];
  /** IPv6 range of the VPC, when the public and the private tier have IPv6 addresses. */
  ipv6Cidr?: pulumi.Input<string>;
}

/** Entries of a tier's ACL. */
export function networkRules(tier: Tier, { network, publicPorts, peerCidrs, ipv6Cidr }: NetworkRuleArgs): NetworkRule[] {
  switch (tier) {
    case "public":
      return [...publicRules(rangeText(network), publicPorts), ...(ipv6Cidr === undefined ? [] : publicIpv6Rules(ipv6Cidr, publicPorts))];
    case "private":
      return [...privateRules([rangeText(network), ...peerCidrs]), ...(ipv6Cidr === undefined ? [] : privateIpv6Rules(ipv6Cidr))];
    case "database":
      return databaseRules(rangeText(tierRange(network, "private")), rangeText(tierRange(network, "database")));
  }
}

/** The entries of one direction as arguments of an ACL. */
export function aclEntries(rules: readonly NetworkRule[], direction: NetworkRule["direction"]): aws.types.input.ec2.NetworkAclIngress[] {
  return rules
    .filter((rule) => rule.direction === direction)
    .map(({ number, action, protocol, cidr, ipv6Cidr, ports }) => ({
      ruleNo: number,
      action,
      protocol,
      ...(cidr === undefined ? { ipv6CidrBlock: ipv6Cidr } : { cidrBlock: cidr }),
      fromPort: ports?.[0] ?? 0,
      toPort: ports?.[1] ?? 0,
    }));
}

function publicRules(network: string, publicPorts: readonly number[]): NetworkRule[] {
  return [
    ...administrationPorts.map((port, index) => rule("ingress", 10 + index, "deny", "tcp", anywhere, [port, port])),
    rule("ingress", 100, "allow", "-1", network),
    ...publicPorts.map((port, index) => rule("ingress", 110 + index, "allow", "tcp", anywhere, [port, port])),
    rule("ingress", 200, "allow", "tcp", anywhere, ephemeral),
    rule("ingress", 210, "allow", "udp", anywhere, ephemeral),
    rule("egress", 100, "allow", "-1", anywhere),
  ];
}

/** The same over IPv6, in entries of their own. */
function publicIpv6Rules(network: pulumi.Input<string>, publicPorts: readonly number[]): NetworkRule[] {
  return [
    ...privateIpv6Rules(network),
    ...publicPorts.map((port, index) => ipv6Rule("ingress", 310 + index, "allow", "tcp", anywhereIpv6, [port, port])),
  ];
}

/** Its own network, and answers: the private tier's gateway for IPv6 lets nothing else in. */
function privateIpv6Rules(network: pulumi.Input<string>): NetworkRule[] {
  return [
    ...administrationPorts.map((port, index) => ipv6Rule("ingress", 20 + index, "deny", "tcp", anywhereIpv6, [port, port])),
    ipv6Rule("ingress", 300, "allow", "-1", network),
    ipv6Rule("ingress", 400, "allow", "tcp", anywhereIpv6, ephemeral),
    ipv6Rule("ingress", 410, "allow", "udp", anywhereIpv6, ephemeral),
    ipv6Rule("egress", 300, "allow", "-1", anywhereIpv6),
  ];
}

/** No route leads here from the internet; what comes from outside answers a NAT gateway, or was passed on by a load balancer that keeps client addresses. */
function privateRules(neighbours: readonly string[]): NetworkRule[] {
  return [
    ...administrationPorts.map((port, index) => rule("ingress", 10 + index, "deny", "tcp", anywhere, [port, port])),
    ...neighbours.map((cidr, index) => rule("ingress", 100 + index, "allow", "-1", cidr)),
    rule("ingress", 200, "allow", "tcp", anywhere, ephemeral),
    rule("ingress", 210, "allow", "udp", anywhere, ephemeral),
    rule("egress", 100, "allow", "-1", anywhere),
  ];
}

/** Closed to all but the private tier, on the ports of stores, and to the tier itself, over which stores replicate. */
function databaseRules(privateTier: string, databaseTier: string): NetworkRule[] {
  return [
    ...storePorts.map((port, index) => rule("ingress", 100 + index, "allow", "tcp", privateTier, [port, port])),
    rule("ingress", 200, "allow", "tcp", databaseTier, [0, 65535]),
    rule("egress", 100, "allow", "tcp", privateTier, ephemeral),
    rule("egress", 110, "allow", "tcp", privateTier, [443, 443]),
    rule("egress", 200, "allow", "tcp", databaseTier, [0, 65535]),
  ];
}

function rule(
  direction: NetworkRule["direction"],
  number: number,
  action: NetworkRule["action"],
  protocol: NetworkRule["protocol"],
  cidr: string,
  ports?: [number, number],
): NetworkRule {
  return { direction, number, action, protocol, cidr, ports };
}

function ipv6Rule(
  direction: NetworkRule["direction"],
  number: number,
  action: NetworkRule["action"],
  protocol: NetworkRule["protocol"],
  ipv6Cidr: pulumi.Input<string>,
  ports?: [number, number],
): NetworkRule {
  return { direction, number, action, protocol, ipv6Cidr, ports };
}
