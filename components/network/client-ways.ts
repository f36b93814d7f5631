/** Who calls from the private tier, and the ways out that each caller has. */

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Roles of what runs in the private tier: the matching engine, the other services, and Lambda functions. Stores name the roles that may connect. */
export const clientRoles = ["engine", "services", "functions"] as const;
export type ClientRole = (typeof clientRoles)[number];

/** A rule of a client's security group, but for the group itself. */
type ClientWay = Omit<aws.vpc.SecurityGroupEgressRuleArgs, "securityGroupId">;

const https = { ipProtocol: "tcp", fromPort: 443, toPort: 443 };

/**
 * Ways out by name: anything within the network, and HTTPS.
 * @param gateways prefix lists of the gateway endpoints by service, which are all that HTTPS may reach where nothing leads further; undefined with NAT gateways
 * @param ipv6Cidr IPv6 range of the network, which gives the same two ways over IPv6
 */
export function clientWays(
  cidr: string,
  gateways: Record<string, pulumi.Input<string>> | undefined,
  ipv6Cidr: pulumi.Input<string> | undefined,
): Record<string, ClientWay> {
  return {
    network: { ipProtocol: "-1", cidrIpv4: cidr, description: "Anything within the network" },
    ...(gateways === undefined
      ? { https: { ...https, cidrIpv4: "0.0.0.0/0", description: "HTTPS to AWS services and partners" } }
      : Object.fromEntries(
          Object.entries(gateways).map(([service, prefixListId]) => [
            service,
            { ...https, prefixListId, description: `HTTPS to ${service} by its endpoint` },
          ]),
        )),
    ...(ipv6Cidr === undefined ? {} : ipv6Ways(ipv6Cidr)),
  };
}

function ipv6Ways(ipv6Cidr: pulumi.Input<string>): Record<string, ClientWay> {
  return {
    "network-ipv6": { ipProtocol: "-1", cidrIpv6: ipv6Cidr, description: "Anything within the network, over IPv6" },
    "https-ipv6": { ...https, cidrIpv6: "::/0", description: "HTTPS to AWS services and partners, over IPv6" },
  };
}
