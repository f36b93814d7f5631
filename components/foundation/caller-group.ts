/** The security group of what calls AWS and is called by nobody. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { BourseComponent, type CommonArgs } from "./component";
import { type Transform, transformed } from "./transform";

/** Arguments of {@link CallerGroup}. */
export interface CallerGroupArgs extends CommonArgs {
  vpcId: pulumi.Input<string>;
  /** Who the members are, for example `Deliveries to search`. */
  members: string;
  transform?: CallerGroupTransform;
}

export interface CallerGroupTransform {
  securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  httpsRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
}

/** Admits nothing, and lets HTTPS out: to AWS services, by an endpoint in the network or through the NAT gateway, and to stores that admit the group. */
export class CallerGroup extends BourseComponent {
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: CallerGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:foundation:CallerGroup", name, args, [], opts);
    const group = new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        args.transform?.securityGroup,
        `${name}-group`,
        { description: `${args.members}: HTTPS out, nothing in`, vpcId: args.vpcId, tags: this.tagsFor(`${name}-group`) },
        this.childOptions(),
      ),
    );
    new aws.vpc.SecurityGroupEgressRule(
      ...transformed<aws.vpc.SecurityGroupEgressRuleArgs>(
        args.transform?.httpsRule,
        `${name}-https`,
        {
          securityGroupId: group.id,
          ipProtocol: "tcp",
          fromPort: 443,
          toPort: 443,
          cidrIpv4: "0.0.0.0/0",
          description: "HTTPS to AWS services and to stores that admit the group",
          tags: this.tagsFor(`${name}-https`),
        },
        this.childOptions(),
      ),
    );
    this.securityGroupId = group.id;
    this.registerOutputs({ securityGroupId: this.securityGroupId });
  }
}
