/** Security groups of tasks: each service is reached by its callers alone, and reaches its callees, its stores and AWS. The same paths that network policies open on Kubernetes. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type NetworkRef, type Tags, type TargetGroupRef, type TaskClusterRef, type Transform, transformed } from "../foundation";
import { catalog, type ServiceName, type ServiceStore, stores, storesOpened } from "./catalog";

export interface TaskAccessTransform {
  securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  ingressRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
  egressRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
}

/** What the groups are made of. */
interface TaskAccessFacts {
  cluster: Pick<TaskClusterRef, "targetSecurityGroupId">;
  network: NetworkRef;
  /** Group that stores admit. */
  clientGroupId: pulumi.Input<string>;
  targetGroups?: Partial<Record<ServiceName, Record<string, TargetGroupRef>>>;
  transform?: TaskAccessTransform;
}

export class TaskAccess {
  /** Groups by service. */
  readonly groups: Readonly<Partial<Record<ServiceName, aws.ec2.SecurityGroup>>>;
  /** Groups of jobs, which open the database and AWS and are called by nobody. */
  readonly jobGroupIds: pulumi.Input<string>[];
  /** What must be there before tasks start: they would call in vain. */
  readonly rules: pulumi.Resource[] = [];

  constructor(
    private readonly name: string,
    private readonly services: readonly ServiceName[],
    private readonly given: readonly ServiceStore[],
    private readonly facts: TaskAccessFacts,
    private readonly options: pulumi.CustomResourceOptions,
    private readonly tagsFor: (child: string) => Tags,
  ) {
    const groups: Partial<Record<ServiceName, aws.ec2.SecurityGroup>> = {};
    for (const service of services) groups[service] = this.createGroup(service, `Tasks of ${service}`);
    this.groups = groups;
    for (const service of services) this.openPaths(service);
    const jobs = this.createGroup("jobs", "Tasks that prepare a release");
    this.openAws("jobs", jobs);
    if (given.includes("sql")) this.openStores("jobs", jobs, ["sql"]);
    this.jobGroupIds = [jobs.id, facts.clientGroupId];
  }

  /** Groups of a service's tasks: its own, that of the stores' clients, and where a load balancer sends to it that of its targets. */
  groupIdsOf(service: ServiceName): pulumi.Input<string>[] {
    const { clientGroupId, cluster, targetGroups } = this.facts;
    const joins = Object.keys(targetGroups?.[service] ?? {}).length > 0;
    return [
      this.groups[service]!.id,
      ...(this.networkPorts(storesOpened(service, this.given)).length > 0 ? [clientGroupId] : []),
      ...(joins ? [cluster.targetSecurityGroupId] : []),
    ];
  }

  private createGroup(key: string, description: string): aws.ec2.SecurityGroup {
    const name = `${this.name}-${key}-access`;
    return new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        this.facts.transform?.securityGroup,
        name,
        { vpcId: this.facts.network.vpcId, description, tags: this.tagsFor(name) },
        this.options,
      ),
    );
  }

  private openPaths(service: ServiceName): void {
    const group = this.groups[service]!;
    for (const callee of catalog[service].calls.filter((each) => this.services.includes(each))) {
      const { port } = catalog[callee];
      const target = this.groups[callee]!;
      this.openEgress(service, group, callee, port, { referencedSecurityGroupId: target.id });
      const name = `${this.name}-${callee}-from-${service}`;
      const rule = {
        securityGroupId: target.id,
        referencedSecurityGroupId: group.id,
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
        description: `${service} to ${callee}`,
        tags: this.tagsFor(name),
      };
      this.rules.push(
        new aws.vpc.SecurityGroupIngressRule(
          ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(this.facts.transform?.ingressRule, name, rule, this.options),
        ),
      );
    }
    this.openStores(service, group, storesOpened(service, this.given));
    this.openAws(service, group);
  }

  private openStores(key: string, group: aws.ec2.SecurityGroup, used: readonly ServiceStore[]): void {
    for (const port of this.networkPorts(used)) {
      this.openEgress(key, group, `stores-${port}`, port, { cidrIpv4: this.facts.network.vpcCidr });
    }
  }

  /** Gateway endpoints have public addresses; the routing table, not this rule, keeps the rest of the internet away. */
  private openAws(key: string, group: aws.ec2.SecurityGroup): void {
    this.openEgress(key, group, "aws", 443, { cidrIpv4: "0.0.0.0/0" });
  }

  private openEgress(
    key: string,
    group: aws.ec2.SecurityGroup,
    to: string,
    port: number,
    target: Pick<aws.vpc.SecurityGroupEgressRuleArgs, "cidrIpv4" | "referencedSecurityGroupId">,
  ): void {
    const name = `${this.name}-${key}-to-${to}`;
    const rule = {
      securityGroupId: group.id,
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
      ...target,
      description: `${key} to ${to}`,
      tags: this.tagsFor(name),
    };
    this.rules.push(
      new aws.vpc.SecurityGroupEgressRule(
        ...transformed<aws.vpc.SecurityGroupEgressRuleArgs>(this.facts.transform?.egressRule, name, rule, this.options),
      ),
    );
  }

  private networkPorts(used: readonly ServiceStore[]): number[] {
    const reached = used.filter((store) => this.given.includes(store) && stores[store].reach === "network");
    return [...new Set(reached.map((store) => stores[store].port as number))].sort((first, second) => first - second);
  }
}
