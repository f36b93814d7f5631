/** The door for market makers: private endpoints to the exchange from their own networks, and a placement group to stand next to it. */

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

/** Arguments of {@link AccessPort}. */
export interface AccessPortArgs extends CommonArgs, AlarmedArgs {
  /** Network Load Balancer that members reach through PrivateLink. Absent when members only share the placement group. */
  loadBalancerArn?: pulumi.Input<string>;
  /** Account ids of members by name. Plain, since it decides how many children exist. */
  members: Record<string, string>;
  /** Name by which members reach the service in their own networks; its domain must be verified. @default AWS's name for the endpoint */
  privateDnsName?: pulumi.Input<string>;
  /** Shares a cluster placement group with the members: whoever launches into it, by its id, stands in the same place as the engine. Plain. @default true */
  placement?: boolean;
  transform?: AccessPortTransform;
}

export interface AccessPortTransform extends AlarmTransform {
  service?: Transform<aws.ec2.VpcEndpointServiceArgs>;
  principal?: Transform<aws.ec2.VpcEndpointServiceAllowedPrincipleArgs>;
  placementGroup?: Transform<aws.ec2.PlacementGroupArgs>;
  share?: Transform<aws.ram.ResourceShareArgs>;
  shareResource?: Transform<aws.ram.ResourceAssociationArgs>;
  shareMember?: Transform<aws.ram.PrincipalAssociationArgs>;
}

export function accessPortFaults(args: AccessPortArgs): Fault[] {
  const entries = Object.entries(args.members);
  const faults = entries.flatMap(([member, accountId], index): Fault[] => [
    ...nameFaults(`members.${member}`, member, {
      longest: 40,
      pattern: /^[a-z][a-z0-9-]*$/,
      words: "lower-case letters, digits and hyphens, a letter first",
    }),
    ...(/^\d{12}$/.test(accountId)
      ? []
      : [{ path: `members.${member}`, given: accountId, allowed: "an account id of twelve digits", fix: "ask the member for it" }]),
    ...(entries.findIndex(([, other]) => other === accountId) === index
      ? []
      : [{ path: `members.${member}`, given: accountId, allowed: "each account once", fix: "remove the repetition" }]),
  ]);
  if (args.loadBalancerArn === undefined && args.placement === false) {
    faults.push({
      path: "loadBalancerArn",
      given: undefined,
      allowed: "a load balancer, a shared placement group, or both",
      fix: "pass the ARN, or leave placement on",
    });
  }
  return faults;
}

/** Endpoints that members ask for and an operator accepts one by one, and a placement group shared with them. */
export class AccessPort extends BourseComponent {
  /** Name that members give to their endpoint. */
  readonly serviceName: pulumi.Output<string> | undefined;
  /** Id that members launch into; its name means nothing in their accounts (EC2 guide, "Share a placement group"). */
  readonly placementGroupId: pulumi.Output<string> | undefined;

  constructor(name: string, args: AccessPortArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:network:AccessPort", name, args, accessPortFaults(args), opts);
    this.serviceName = args.loadBalancerArn === undefined ? undefined : this.createService(args.loadBalancerArn, args).serviceName;
    this.placementGroupId = args.placement === false ? undefined : this.sharePlacement(args).placementGroupId;
    this.registerOutputs({ serviceName: this.serviceName, placementGroupId: this.placementGroupId });
  }

  private createService(loadBalancerArn: pulumi.Input<string>, args: AccessPortArgs): aws.ec2.VpcEndpointService {
    const name = `${this.name}-service`;
    const service = new aws.ec2.VpcEndpointService(
      ...transformed<aws.ec2.VpcEndpointServiceArgs>(
        args.transform?.service,
        name,
        {
          acceptanceRequired: true,
          networkLoadBalancerArns: [loadBalancerArn],
          privateDnsName: args.privateDnsName,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    for (const [member, accountId] of Object.entries(args.members)) {
      new aws.ec2.VpcEndpointServiceAllowedPrinciple(
        ...transformed<aws.ec2.VpcEndpointServiceAllowedPrincipleArgs>(
          args.transform?.principal,
          `${name}-${member}`,
          { vpcEndpointServiceId: service.id, principalArn: `arn:aws:iam::${accountId}:root` },
          this.childOptions(),
        ),
      );
    }
    this.createAlarms(
      {
        resets: {
          description: "Connections of members are reset: look at the targets of the load balancer.",
          namespace: "AWS/PrivateLinkServices",
          metric: "RstPacketsSent",
          statistic: "Sum",
          threshold: 100,
          dimensions: { "Service Id": service.id },
        },
      },
      args,
    );
    return service;
  }

  private sharePlacement(args: AccessPortArgs): aws.ec2.PlacementGroup {
    const name = `${this.name}-placement`;
    const group = new aws.ec2.PlacementGroup(
      ...transformed<aws.ec2.PlacementGroupArgs>(
        args.transform?.placementGroup,
        name,
        { strategy: "cluster", tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    const share = new aws.ram.ResourceShare(
      ...transformed<aws.ram.ResourceShareArgs>(
        args.transform?.share,
        `${name}-share`,
        { allowExternalPrincipals: true, tags: this.tagsFor(`${name}-share`) },
        this.childOptions(),
      ),
    );
    new aws.ram.ResourceAssociation(
      ...transformed<aws.ram.ResourceAssociationArgs>(
        args.transform?.shareResource,
        `${name}-shared`,
        { resourceArn: group.arn, resourceShareArn: share.arn },
        this.childOptions(),
      ),
    );
    for (const [member, accountId] of Object.entries(args.members)) {
      new aws.ram.PrincipalAssociation(
        ...transformed<aws.ram.PrincipalAssociationArgs>(
          args.transform?.shareMember,
          `${name}-${member}`,
          { principal: accountId, resourceShareArn: share.arn },
          this.childOptions(),
        ),
      );
    }
    return group;
  }
}
