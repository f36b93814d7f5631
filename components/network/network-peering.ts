/** A link between two networks of the exchange, in one region or two. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { BourseComponent, type CommonArgs, type Fault, regionFaults, type Transform, transformed } from "../foundation";
import { overlap, parseRange } from "./address-plan";

/** One side of a link. */
export interface PeeringSide {
  vpcId: pulumi.Input<string>;
  /** IPv4 range. Plain, so that overlaps are found before anything is made. */
  cidr: string;
  /** Tables that get a route to the other side, by name: those of the private tier. Plain keys: they decide how many children exist. */
  routeTableIds: Record<string, pulumi.Input<string>>;
}

/** Arguments of {@link NetworkPeering}. */
export interface NetworkPeeringArgs extends CommonArgs {
  /** The side of the component's provider. Changing its VPC **replaces** the link. */
  requester: PeeringSide;
  /** The other side. Changing its VPC or region **replaces** the link. */
  accepter: PeeringSide & {
    region: string;
    /** Provider of the other side's region. */
    provider: aws.Provider;
  };
  transform?: {
    connection?: Transform<aws.ec2.VpcPeeringConnectionArgs>;
    accepter?: Transform<aws.ec2.VpcPeeringConnectionAccepterArgs>;
    route?: Transform<aws.ec2.RouteArgs>;
  };
}

export function networkPeeringFaults(args: Pick<NetworkPeeringArgs, "requester" | "accepter">): Fault[] {
  const sides = { requester: args.requester, accepter: args.accepter };
  const faults = Object.entries(sides).flatMap(([side, { cidr, routeTableIds }]): Fault[] => [
    ...(parseRange(cidr) === undefined
      ? [{ path: `${side}.cidr`, given: cidr, allowed: "an IPv4 range in CIDR notation", fix: 'use a range such as "10.1.0.0/16"' }]
      : []),
    ...(Object.keys(routeTableIds).length === 0
      ? [
          {
            path: `${side}.routeTableIds`,
            given: routeTableIds,
            allowed: "at least one table, without which nothing reaches the other side",
            fix: "name those of the private tier",
          },
        ]
      : []),
  ]);
  faults.push(...regionFaults("accepter.region", args.accepter.region));
  const [one, other] = [parseRange(args.requester.cidr), parseRange(args.accepter.cidr)];
  if (one !== undefined && other !== undefined && overlap(one, other)) {
    faults.push({
      path: "accepter.cidr",
      given: args.accepter.cidr,
      allowed: `a range apart from ${args.requester.cidr}`,
      fix: "give every network of the exchange a range of its own",
    });
  }
  return faults;
}

/** A peering connection, accepted, with routes both ways between the tables named. */
export class NetworkPeering extends BourseComponent {
  readonly connectionId: pulumi.Output<string>;

  constructor(name: string, args: NetworkPeeringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:network:NetworkPeering", name, args, networkPeeringFaults(args), opts);
    const { requester, accepter, transform } = args;
    const connection = new aws.ec2.VpcPeeringConnection(
      ...transformed<aws.ec2.VpcPeeringConnectionArgs>(
        transform?.connection,
        `${name}-connection`,
        { vpcId: requester.vpcId, peerVpcId: accepter.vpcId, peerRegion: accepter.region, tags: this.tagsFor(`${name}-connection`) },
        this.childOptions(),
      ),
    );
    const accepted = new aws.ec2.VpcPeeringConnectionAccepter(
      ...transformed<aws.ec2.VpcPeeringConnectionAccepterArgs>(
        transform?.accepter,
        `${name}-accepter`,
        { vpcPeeringConnectionId: connection.id, autoAccept: true, tags: this.tagsFor(`${name}-accepter`) },
        this.childOptions({ provider: accepter.provider }),
      ),
    );
    this.route("out", requester, accepter.cidr, accepted.id, args);
    this.route("back", accepter, requester.cidr, accepted.id, args, accepter.provider);
    this.connectionId = accepted.id;
    this.registerOutputs({ connectionId: this.connectionId });
  }

  private route(
    way: string,
    from: PeeringSide,
    destinationCidrBlock: string,
    vpcPeeringConnectionId: pulumi.Output<string>,
    args: NetworkPeeringArgs,
    provider?: aws.Provider,
  ): void {
    for (const [table, routeTableId] of Object.entries(from.routeTableIds)) {
      new aws.ec2.Route(
        ...transformed<aws.ec2.RouteArgs>(
          args.transform?.route,
          `${this.name}-${way}-${table}`,
          { routeTableId, destinationCidrBlock, vpcPeeringConnectionId },
          this.childOptions(provider === undefined ? {} : { provider }),
        ),
      );
    }
  }
}
