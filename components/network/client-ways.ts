/** Who calls from the private tier, and the ways out that each caller has. */

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Roles of what runs in the private tier: the matching engine, the other services, and Lambda functions. Stores name the roles that may connect. */
export const clientRoles = ["engine", "services", "functions"] as const;
export type ClientRole = (typeof clientRoles)[number];

/** A rule of a client's security group, but for the group itself. */
type ClientWay = Omit<aws.vpc.SecurityGroupEgressRuleArgs, "securityGroupId">;

/** Ways out by name: anything within the network, and HTTPS. @param ipv6Cidr IPv6 range of the network, which gives the same two ways over IPv6 */
export function clientWays(cidr: string, ipv6Cidr: pulumi.Input<string> | undefined): Record<string, ClientWay> {
  return {
    network: { ipProtocol: "-1", cidrIpv4: cidr, description: "Anything within the network" },
    https: { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0", description: "HTTPS to AWS services and partners" },
    ...(ipv6Cidr === undefined ? {} : ipv6Ways(ipv6Cidr)),
  };
}

function ipv6Ways(ipv6Cidr: pulumi.Input<string>): Record<string, ClientWay> {
  const https = { ipProtocol: "tcp", fromPort: 443, toPort: 443 };
  return {
    "network-ipv6": { ipProtocol: "-1", cidrIpv6: ipv6Cidr, description: "Anything within the network, over IPv6" },
    "https-ipv6": { ...https, cidrIpv6: "::/0", description: "HTTPS to AWS services and partners, over IPv6" },
  };
}
