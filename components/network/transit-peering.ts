/** A link between the hubs of two regions. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { BourseComponent, type CommonArgs, type Fault, regionFaults, type Transform, transformed } from "../foundation";
import { rangeFaults } from "./network-transit";

/** One side of a link. */
export interface TransitSide {
  transitGatewayId: pulumi.Input<string>;
  /** The hub's route table. */
  routeTableId: pulumi.Input<string>;
  /** IPv4 ranges behind the hub, by name. Plain, so that overlaps are found before anything is made. */
  cidrs: Record<string, string>;
}

/** Arguments of {@link TransitPeering}. */
export interface TransitPeeringArgs extends CommonArgs {
  /** The side of the component's provider. Changing its hub **replaces** the link. */
  requester: TransitSide;
  /** The other side. Changing its hub or region **replaces** the link. */
  accepter: TransitSide & {
    region: string;
    /** Provider of the other side's region. */
    provider: aws.Provider;
  };
  transform?: {
    attachment?: Transform<aws.ec2transitgateway.PeeringAttachmentArgs>;
    accepter?: Transform<aws.ec2transitgateway.PeeringAttachmentAccepterArgs>;
    association?: Transform<aws.ec2transitgateway.RouteTableAssociationArgs>;
    route?: Transform<aws.ec2transitgateway.RouteArgs>;
  };
}

export function transitPeeringFaults({ requester, accepter }: Pick<TransitPeeringArgs, "requester" | "accepter">): Fault[] {
  const pathed = (side: string, cidrs: Record<string, string>) =>
    Object.fromEntries(Object.entries(cidrs).map(([range, cidr]) => [`${side}.cidrs.${range}`, cidr]));
  const empty = Object.entries({ requester, accepter }).filter(([, { cidrs }]) => Object.keys(cidrs).length === 0);
  return [
    ...regionFaults("accepter.region", accepter.region),
    ...rangeFaults({ ...pathed("requester", requester.cidrs), ...pathed("accepter", accepter.cidrs) }),
    ...empty.map(([side, { cidrs }]) => ({
      path: `${side}.cidrs`,
      given: cidrs,
      allowed: "at least one range, without which nothing is routed",
      fix: "name the ranges of the networks behind the hub",
    })),
  ];
}

/** A peering of two transit gateways, accepted, with static routes both ways: peerings learn none (transit gateway guide, "Transit gateway peering attachments"). */
export class TransitPeering extends BourseComponent {
  readonly attachmentId: pulumi.Output<string>;

  constructor(name: string, args: TransitPeeringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:network:TransitPeering", name, args, transitPeeringFaults(args), opts);
    const { requester, accepter, transform } = args;
    const attachment = new aws.ec2transitgateway.PeeringAttachment(
      ...transformed<aws.ec2transitgateway.PeeringAttachmentArgs>(
        transform?.attachment,
        `${name}-attachment`,
        {
          transitGatewayId: requester.transitGatewayId,
          peerTransitGatewayId: accepter.transitGatewayId,
          peerRegion: accepter.region,
          tags: this.tagsFor(`${name}-attachment`),
        },
        this.childOptions(),
      ),
    );
    const accepted = new aws.ec2transitgateway.PeeringAttachmentAccepter(
      ...transformed<aws.ec2transitgateway.PeeringAttachmentAccepterArgs>(
        transform?.accepter,
        `${name}-accepter`,
        { transitGatewayAttachmentId: attachment.id, tags: this.tagsFor(`${name}-accepter`) },
        this.childOptions({ provider: accepter.provider }),
      ),
    );
    this.lead("out", requester, accepter.cidrs, accepted.id, args);
    this.lead("back", accepter, requester.cidrs, accepted.id, args, accepter.provider);
    this.attachmentId = accepted.id;
    this.registerOutputs({ attachmentId: this.attachmentId });
  }

  /** What arrives over the link is routed by the hub's own table, and the other side's ranges lead to the link. */
  private lead(
    way: string,
    from: TransitSide,
    destinations: Record<string, string>,
    transitGatewayAttachmentId: pulumi.Output<string>,
    args: TransitPeeringArgs,
    provider?: aws.Provider,
  ): void {
    const options = () => this.childOptions(provider === undefined ? {} : { provider });
    const joined = { transitGatewayAttachmentId, transitGatewayRouteTableId: from.routeTableId };
    new aws.ec2transitgateway.RouteTableAssociation(
      ...transformed<aws.ec2transitgateway.RouteTableAssociationArgs>(
        args.transform?.association,
        `${this.name}-${way}`,
        joined,
        options(),
      ),
    );
    for (const [range, destinationCidrBlock] of Object.entries(destinations)) {
      new aws.ec2transitgateway.Route(
        ...transformed<aws.ec2transitgateway.RouteArgs>(
          args.transform?.route,
          `${this.name}-${way}-${range}`,
          { destinationCidrBlock, ...joined },
          options(),
        ),
      );
    }
  }
}
