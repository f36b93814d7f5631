/** Who may connect to a store: a security group that admits the groups of its clients, on its ports, and nothing else. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { BourseComponent, type CommonArgs } from "./component";
import type { Fault } from "./faults";
import type { NetworkRef } from "./references";
import { type Transform, transformed } from "./transform";

/** Security groups that may connect, by role. Plain keys: they decide how many rules exist. */
export type Clients = Record<string, pulumi.Input<string>>;

/** Arguments of {@link ClientAccess}. */
export interface ClientAccessArgs extends CommonArgs {
  /** What is reached, for example `PostgreSQL`. */
  service: string;
  vpcId: pulumi.Input<string>;
  /** TCP ports by the name of what listens. */
  ports: Record<string, number>;
  clients: Clients;
  transform?: ClientAccessTransform;
}

export interface ClientAccessTransform {
  securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  clientRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
}

/** Faults of a store's clients; there may be none, while nothing uses the store yet. */
export function clientFaults(path: string, clients: Clients): Fault[] {
  return Object.keys(clients)
    .filter((role) => !/^[a-z][a-z0-9-]{0,30}$/.test(role))
    .map((role) => ({
      path: `${path}.${role}`,
      given: role,
      allowed: "a role of up to 31 lower-case letters, digits and hyphens",
      fix: "rename it",
    }));
}

/** A security group without a way out: stores answer, they do not call. */
export class ClientAccess extends BourseComponent {
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: ClientAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:foundation:ClientAccess", name, args, clientFaults("clients", args.clients), opts);
    const group = new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        args.transform?.securityGroup,
        `${name}-group`,
        { description: `${args.service}: admits its clients alone`, vpcId: args.vpcId, tags: this.tagsFor(`${name}-group`) },
        this.childOptions(),
      ),
    );
    for (const [role, clientGroupId] of Object.entries(args.clients)) {
      for (const [what, port] of Object.entries(args.ports))
        this.admit(`${name}-${role}-${what}`, group, clientGroupId, port, `${args.service} from ${role}`, args);
    }
    this.securityGroupId = group.id;
    this.registerOutputs({ securityGroupId: this.securityGroupId });
  }

  private admit(
    name: string,
    group: aws.ec2.SecurityGroup,
    clientGroupId: pulumi.Input<string>,
    port: number,
    description: string,
    args: ClientAccessArgs,
  ): void {
    new aws.vpc.SecurityGroupIngressRule(
      ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
        args.transform?.clientRule,
        name,
        {
          securityGroupId: group.id,
          referencedSecurityGroupId: clientGroupId,
          ipProtocol: "tcp",
          fromPort: port,
          toPort: port,
          description,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }
}

/** Arguments of a store that has clients. */
export interface AdmittingArgs extends CommonArgs {
  network: Pick<NetworkRef, "vpcId">;
  /** Security groups that may connect, by role. */
  clients: Clients;
  transform?: { access?: ClientAccessTransform };
}

/** The access of `component`'s clients to it, a child named `<component>-access`. @param service what is reached @param ports by the name of what listens */
export function admitClients(
  component: BourseComponent,
  service: string,
  ports: Record<string, number>,
  args: AdmittingArgs,
): ClientAccess {
  const { network, clients, tags, transform } = args;
  return new ClientAccess(
    `${component.name}-access`,
    { service, vpcId: network.vpcId, ports, clients, tags, transform: transform?.access },
    { parent: component },
  );
}
