/** The account API's way into the network: it reaches the services' load balancer and nothing else. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type NetworkRef, type Tags, type Transform, transformed } from "../foundation";
import type { PrivateTarget } from "./api-ingress";

export interface ApiLinkTransform {
  linkGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  linkRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
  targetRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
  link?: Transform<aws.apigatewayv2.VpcLinkArgs>;
}

export interface ApiLinkFacts {
  name: string;
  network: NetworkRef;
  target: PrivateTarget;
  transform?: ApiLinkTransform;
}

/** A link with its group, and the one rule on either side. */
export function createApiLink(
  facts: ApiLinkFacts,
  tagsFor: (childName: string) => Tags,
  opts: pulumi.CustomResourceOptions,
): aws.apigatewayv2.VpcLink {
  const { name, network, target, transform } = facts;
  const group = new aws.ec2.SecurityGroup(
    ...transformed<aws.ec2.SecurityGroupArgs>(
      transform?.linkGroup,
      `${name}-access`,
      { vpcId: network.vpcId, description: "The account API's link to services", tags: tagsFor(`${name}-access`) },
      opts,
    ),
  );
  const port = { ipProtocol: "tcp", fromPort: target.port, toPort: target.port };
  new aws.vpc.SecurityGroupEgressRule(
    ...transformed<aws.vpc.SecurityGroupEgressRuleArgs>(
      transform?.linkRule,
      `${name}-to-services`,
      {
        securityGroupId: group.id,
        description: "To the services' load balancer",
        ...port,
        referencedSecurityGroupId: target.securityGroupId,
        tags: tagsFor(`${name}-to-services`),
      },
      opts,
    ),
  );
  new aws.vpc.SecurityGroupIngressRule(
    ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
      transform?.targetRule,
      `${name}-services`,
      {
        securityGroupId: target.securityGroupId,
        description: "From the account API",
        ...port,
        referencedSecurityGroupId: group.id,
        tags: tagsFor(`${name}-services`),
      },
      opts,
    ),
  );
  return new aws.apigatewayv2.VpcLink(
    ...transformed<aws.apigatewayv2.VpcLinkArgs>(
      transform?.link,
      name,
      {
        securityGroupIds: [group.id],
        subnetIds: network.zoneIds.map((zoneId) => network.privateSubnetIds[zoneId]!),
        tags: tagsFor(name),
      },
      opts,
    ),
  );
}
