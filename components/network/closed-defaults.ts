/** What AWS makes with every VPC admits everything; adopted without rules or routes, it admits nothing. */

import * as aws from "@pulumi/aws";
import { type BourseComponent, type Tags, type Transform, transformed } from "../foundation";

/** The hooks for the defaults of a VPC in a component's `transform`. */
export interface ClosedDefaultsTransform {
  defaultSecurityGroup?: Transform<aws.ec2.DefaultSecurityGroupArgs>;
  defaultNetworkAcl?: Transform<aws.ec2.DefaultNetworkAclArgs>;
  defaultRouteTable?: Transform<aws.ec2.DefaultRouteTableArgs>;
}

/** Closes the security group, the ACL and the route table that came with `vpc`, a child of `component`, as `<name>-default-...`. */
export function closeDefaults(
  component: BourseComponent,
  vpc: aws.ec2.Vpc,
  tagsFor: (child: string) => Tags,
  transform: ClosedDefaultsTransform | undefined,
): void {
  const named = (role: string) => ({ tags: tagsFor(`${component.name}-${role}`) });
  new aws.ec2.DefaultSecurityGroup(
    ...transformed<aws.ec2.DefaultSecurityGroupArgs>(
      transform?.defaultSecurityGroup,
      `${component.name}-default-group`,
      { vpcId: vpc.id, ingress: [], egress: [], ...named("default-group") },
      { parent: component },
    ),
  );
  new aws.ec2.DefaultNetworkAcl(
    ...transformed<aws.ec2.DefaultNetworkAclArgs>(
      transform?.defaultNetworkAcl,
      `${component.name}-default-acl`,
      { defaultNetworkAclId: vpc.defaultNetworkAclId, ingress: [], egress: [], ...named("default-acl") },
      // Subnets belong to it until their own ACL is associated; AWS keeps that list.
      { parent: component, ignoreChanges: ["subnetIds"] },
    ),
  );
  new aws.ec2.DefaultRouteTable(
    ...transformed<aws.ec2.DefaultRouteTableArgs>(
      transform?.defaultRouteTable,
      `${component.name}-default-routes`,
      { defaultRouteTableId: vpc.defaultRouteTableId, routes: [], ...named("default-routes") },
      { parent: component },
    ),
  );
}
