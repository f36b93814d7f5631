/** One hub for the networks of a region: a transit gateway, where more networks meet than pairs of peerings are worth. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  type Fault,
  nameFaults,
  type Transform,
  transformed,
} from "../foundation";
import { overlap, parseRange } from "./address-plan";

/** A network attached to the hub. */
export interface TransitNetwork {
  vpcId: pulumi.Input<string>;
  /** IPv4 range. Plain, so that overlaps are found before anything is made. */
  cidr: string;
  /** A private subnet in each zone from which the hub is reached, by zone id. */
  subnetIds: Record<string, pulumi.Input<string>>;
  /** Tables that get routes to the other networks, by name: those of the private tier. Plain keys: they decide how many children exist. */
  routeTableIds: Record<string, pulumi.Input<string>>;
}

/** Arguments of {@link NetworkTransit}. */
export interface NetworkTransitArgs extends CommonArgs, AlarmedArgs {
  /** Number by which routers know the hub, another one in each region: 64512 to 65534, or 4200000000 to 4294967294. Changing it **replaces** the hub. */
  asn: number;
  /** Networks by name. Plain, since it decides how many children exist. */
  networks: Record<string, TransitNetwork>;
  /** Ranges behind the hubs of other regions, by name; a `TransitPeering` leads there. Plain. @default none */
  remoteCidrs?: Record<string, string>;
  transform?: NetworkTransitTransform;
}

export interface NetworkTransitTransform extends AlarmTransform {
  gateway?: Transform<aws.ec2transitgateway.TransitGatewayArgs>;
  routeTable?: Transform<aws.ec2transitgateway.RouteTableArgs>;
  attachment?: Transform<aws.ec2transitgateway.VpcAttachmentArgs>;
  association?: Transform<aws.ec2transitgateway.RouteTableAssociationArgs>;
  propagation?: Transform<aws.ec2transitgateway.RouteTablePropagationArgs>;
  route?: Transform<aws.ec2.RouteArgs>;
}

const label = { longest: 30, pattern: /^[a-z][a-z0-9-]*$/, words: "lower-case letters, digits and hyphens, a letter first" };

export function networkTransitFaults(args: Pick<NetworkTransitArgs, "asn" | "networks" | "remoteCidrs">): Fault[] {
  const { asn, networks, remoteCidrs = {} } = args;
  const faults = [
    ...Object.keys(networks).flatMap((network) => nameFaults(`networks.${network}`, network, label)),
    ...Object.keys(remoteCidrs).flatMap((remote) => nameFaults(`remoteCidrs.${remote}`, remote, label)),
    ...Object.entries(networks).flatMap(([network, { subnetIds, routeTableIds }]): Fault[] => [
      ...emptyFaults(`networks.${network}.subnetIds`, subnetIds, "a subnet in each zone that calls other networks"),
      ...emptyFaults(`networks.${network}.routeTableIds`, routeTableIds, "at least one table, without which nothing reaches the hub"),
    ]),
    ...rangeFaults({
      ...Object.fromEntries(Object.entries(networks).map(([network, { cidr }]) => [`networks.${network}.cidr`, cidr])),
      ...Object.fromEntries(Object.entries(remoteCidrs).map(([remote, cidr]) => [`remoteCidrs.${remote}`, cidr])),
    }),
  ];
  const isPrivate = Number.isInteger(asn) && ((asn >= 64_512 && asn <= 65_534) || (asn >= 4_200_000_000 && asn <= 4_294_967_294));
  if (!isPrivate) {
    const allowed = "a private number: 64512 to 65534, or 4200000000 to 4294967294 (RFC 6996)";
    faults.push({ path: "asn", given: asn, allowed, fix: "use 64512 in the first region, 64513 in the next" });
  }
  if (Object.keys(networks).length === 0)
    faults.push({ path: "networks", given: networks, allowed: "at least one network", fix: "name the networks of the region" });
  return faults;
}

function emptyFaults(path: string, given: object, allowed: string): Fault[] {
  return Object.keys(given).length > 0 ? [] : [{ path, given, allowed, fix: "name those of the private tier" }];
}

/** Faults of ranges by their paths: each must be one, and apart from all before it. */
export function rangeFaults(cidrs: Record<string, string>): Fault[] {
  const entries = Object.entries(cidrs).map(([path, cidr]) => ({ path, cidr, range: parseRange(cidr) }));
  return entries.flatMap(({ path, cidr, range }, index): Fault[] => {
    if (range === undefined)
      return [{ path, given: cidr, allowed: "an IPv4 range in CIDR notation", fix: 'use a range such as "10.1.0.0/16"' }];
    const earlier = entries.slice(0, index).find((other) => other.range !== undefined && overlap(other.range, range));
    if (earlier === undefined) return [];
    const allowed = `a range apart from ${earlier.cidr} of ${earlier.path}`;
    return [{ path, given: cidr, allowed, fix: "give every network of the exchange a range of its own" }];
  });
}

/** A transit gateway with one route table: every attached network reaches every other, and what is routed to other regions' hubs. */
export class NetworkTransit extends BourseComponent {
  readonly transitGatewayId: pulumi.Output<string>;
  /** The hub's route table, for peerings with hubs of other regions. */
  readonly routeTableId: pulumi.Output<string>;

  constructor(name: string, args: NetworkTransitArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:network:NetworkTransit", name, args, networkTransitFaults(args), opts);
    const gateway = this.createGateway(args);
    const table = new aws.ec2transitgateway.RouteTable(
      ...transformed<aws.ec2transitgateway.RouteTableArgs>(
        args.transform?.routeTable,
        `${name}-routes`,
        { transitGatewayId: gateway.id, tags: this.tagsFor(`${name}-routes`) },
        this.childOptions(),
      ),
    );
    for (const [network, spec] of Object.entries(args.networks)) this.attach(network, spec, gateway, table, args);
    this.createAlarms(transitAlarms(gateway.id), args);
    this.transitGatewayId = gateway.id;
    this.routeTableId = table.id;
    this.registerOutputs({ transitGatewayId: this.transitGatewayId, routeTableId: this.routeTableId });
  }

  private createGateway(args: NetworkTransitArgs): aws.ec2transitgateway.TransitGateway {
    const name = `${this.name}-hub`;
    return new aws.ec2transitgateway.TransitGateway(
      ...transformed<aws.ec2transitgateway.TransitGatewayArgs>(
        args.transform?.gateway,
        name,
        {
          description: "Networks of the exchange",
          amazonSideAsn: args.asn,
          // Nothing is attached, associated or routed but by name.
          autoAcceptSharedAttachments: "disable",
          defaultRouteTableAssociation: "disable",
          defaultRouteTablePropagation: "disable",
          dnsSupport: "enable",
          vpnEcmpSupport: "enable",
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private attach(
    network: string,
    spec: TransitNetwork,
    gateway: aws.ec2transitgateway.TransitGateway,
    table: aws.ec2transitgateway.RouteTable,
    args: NetworkTransitArgs,
  ): void {
    const name = `${this.name}-${network}`;
    const attachment = new aws.ec2transitgateway.VpcAttachment(
      ...transformed<aws.ec2transitgateway.VpcAttachmentArgs>(
        args.transform?.attachment,
        name,
        {
          transitGatewayId: gateway.id,
          vpcId: spec.vpcId,
          subnetIds: Object.values(spec.subnetIds),
          dnsSupport: "enable",
          transitGatewayDefaultRouteTableAssociation: false,
          transitGatewayDefaultRouteTablePropagation: false,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    const joined = { transitGatewayAttachmentId: attachment.id, transitGatewayRouteTableId: table.id };
    new aws.ec2transitgateway.RouteTableAssociation(
      ...transformed<aws.ec2transitgateway.RouteTableAssociationArgs>(
        args.transform?.association,
        `${name}-sends`,
        joined,
        this.childOptions(),
      ),
    );
    new aws.ec2transitgateway.RouteTablePropagation(
      ...transformed<aws.ec2transitgateway.RouteTablePropagationArgs>(
        args.transform?.propagation,
        `${name}-receives`,
        joined,
        this.childOptions(),
      ),
    );
    for (const [destination, destinationCidrBlock] of Object.entries(destinationsOf(network, args))) {
      for (const [routeTable, routeTableId] of Object.entries(spec.routeTableIds)) {
        new aws.ec2.Route(
          ...transformed<aws.ec2.RouteArgs>(
            args.transform?.route,
            `${name}-to-${destination}-${routeTable}`,
            { routeTableId, destinationCidrBlock, transitGatewayId: gateway.id },
            // A route to a gateway that the network is not attached to is refused.
            this.childOptions({ dependsOn: [attachment] }),
          ),
        );
      }
    }
  }
}

/** What a network reaches through the hub: the others, and other regions. */
function destinationsOf(network: string, { networks, remoteCidrs }: NetworkTransitArgs): Record<string, string> {
  const others = Object.entries(networks).filter(([other]) => other !== network);
  return { ...Object.fromEntries(others.map(([other, { cidr }]) => [other, cidr])), ...remoteCidrs };
}

/** Figures of the transit gateway guide, "CloudWatch metrics in Amazon VPC Transit Gateways". */
function transitAlarms(transitGatewayId: pulumi.Output<string>) {
  const hub = { namespace: "AWS/TransitGateway", statistic: "Sum", threshold: 0, dimensions: { TransitGateway: transitGatewayId } };
  return {
    "no-route": {
      ...hub,
      metric: "PacketDropCountNoRoute",
      description: "Packets for a range that the hub does not know: a network or a peering is not attached, or its range was left out.",
    },
    blackhole: {
      ...hub,
      metric: "PacketDropCountBlackhole",
      description: "Packets for an attachment that is gone: look at the hub's peerings.",
    },
  };
}
