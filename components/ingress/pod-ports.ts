/** The three security group rules of a listener: clients in, out to the pods, into the pods; nothing wider. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Tags, type Transform, transformed } from "../foundation";

/** A port on a load balancer, and that of the pods behind it. */
export interface PodPort {
  port: number;
  targetPort: number;
}

export interface PortTransform {
  ingressRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
  egressRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
  targetRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
}

export interface PortFacts {
  /** The component's name. */
  name: string;
  key: string;
  port: PodPort;
  clientCidrs: string[];
  accessGroupId: pulumi.Input<string>;
  targetSecurityGroupId: pulumi.Input<string>;
  transform?: PortTransform;
}

export function openToPods(facts: PortFacts, tagsFor: (childName: string) => Tags, opts: pulumi.CustomResourceOptions): void {
  const { name, key, port, accessGroupId, targetSecurityGroupId, transform } = facts;
  for (const cidr of facts.clientCidrs) {
    const ruleName = `${name}-${key}-from-${cidr}`;
    new aws.vpc.SecurityGroupIngressRule(
      ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
        transform?.ingressRule,
        ruleName,
        {
          securityGroupId: accessGroupId,
          description: `Clients to ${key}`,
          ipProtocol: "tcp",
          fromPort: port.port,
          toPort: port.port,
          cidrIpv4: cidr,
          tags: tagsFor(ruleName),
        },
        opts,
      ),
    );
  }
  const pods = { ipProtocol: "tcp", fromPort: port.targetPort, toPort: port.targetPort };
  new aws.vpc.SecurityGroupEgressRule(
    ...transformed<aws.vpc.SecurityGroupEgressRuleArgs>(
      transform?.egressRule,
      `${name}-${key}-to-pods`,
      {
        securityGroupId: accessGroupId,
        description: `To pods of ${key}`,
        ...pods,
        referencedSecurityGroupId: targetSecurityGroupId,
        tags: tagsFor(`${name}-${key}-to-pods`),
      },
      opts,
    ),
  );
  new aws.vpc.SecurityGroupIngressRule(
    ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
      transform?.targetRule,
      `${name}-${key}-pods`,
      {
        securityGroupId: targetSecurityGroupId,
        description: `From the load balancer to pods of ${key}`,
        ...pods,
        referencedSecurityGroupId: accessGroupId,
        tags: tagsFor(`${name}-${key}-pods`),
      },
      opts,
    ),
  );
}
