/** A cluster of ECS on Fargate: no nodes to manage. The services that run on it are made by `FargateServices`. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  type Fault,
  isPlain,
  type KeyRef,
  logRetentionFaults,
  type NetworkRef,
  type TaskClusterRef,
  type Transform,
  transformed,
} from "../foundation";

/** Arguments of {@link FargateCluster}. */
export interface FargateClusterArgs extends CommonArgs {
  /** Changing it **replaces** the namespace and the security group. */
  network: Pick<NetworkRef, "vpcId">;
  /** Encrypts the log of the services. Its policy must let the CloudWatch Logs service use it. */
  logKey: KeyRef;
  /** @default 90 */
  logRetentionDays?: number;
  transform?: {
    cluster?: Transform<aws.ecs.ClusterArgs>;
    namespace?: Transform<aws.servicediscovery.PrivateDnsNamespaceArgs>;
    logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
    securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  };
}

/** @param name of the component, and so of the cluster and of the zone of its names */
export function fargateClusterFaults(name: string, args: FargateClusterArgs): Fault[] {
  const faults: Fault[] = [];
  if (!/^[a-z]([a-z0-9-]{0,60}[a-z0-9])?$/.test(name)) {
    const allowed = "1 to 62 lower-case letters, digits and hyphens, a letter first: it is part of the services' host names";
    faults.push({ path: "name", given: name, allowed, fix: "choose such a name for the component" });
  }
  if (isPlain(args.network?.vpcId) && args.network.vpcId === "") {
    faults.push({ path: "network.vpcId", given: "", allowed: "the id of a VPC", fix: "pass the network that services run in" });
  }
  if (args.logRetentionDays !== undefined) faults.push(...logRetentionFaults("logRetentionDays", args.logRetentionDays));
  return faults;
}

/** The cluster, the private names of its services, their log, and the group of those that load balancers reach. */
export class FargateCluster extends BourseComponent implements TaskClusterRef {
  readonly clusterName: string;
  readonly clusterArn: pulumi.Output<string>;
  /** A service answers at `<service>.<namespace>`, within the network alone. */
  readonly namespace: string;
  readonly namespaceId: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
  readonly logGroupArn: pulumi.Output<string>;
  readonly targetSecurityGroupId: pulumi.Output<string>;

  constructor(name: string, args: FargateClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:cluster:FargateCluster", name, args, fargateClusterFaults(name, args), opts);
    this.clusterName = name;
    this.namespace = `${name}.internal`;

    const days = args.logRetentionDays ?? 90;
    // Container Insights would make the group itself, in the clear and kept for ever (CloudWatch guide, "Container Insights performance log reference").
    const insights = this.createLogGroup("insights-logs", args, days, `/aws/ecs/containerinsights/${name}/performance`);
    const cluster = this.createCluster(args, insights);
    const namespace = this.createNamespace(args);
    const logGroup = this.createLogGroup("logs", args, days);

    this.clusterArn = cluster.arn;
    this.namespaceId = namespace.id;
    this.logGroupName = logGroup.name;
    this.logGroupArn = logGroup.arn;
    this.targetSecurityGroupId = this.createTargetGroup(args).id;
    this.registerOutputs({ clusterArn: this.clusterArn, namespace: this.namespace, targetSecurityGroupId: this.targetSecurityGroupId });
  }

  private createCluster(args: FargateClusterArgs, insights: pulumi.Resource): aws.ecs.Cluster {
    const name = `${this.name}-cluster`;
    return new aws.ecs.Cluster(
      ...transformed<aws.ecs.ClusterArgs>(
        args.transform?.cluster,
        name,
        { name: this.clusterName, settings: [{ name: "containerInsights", value: "enhanced" }], tags: this.tagsFor(name) },
        this.childOptions({ dependsOn: [insights] }),
      ),
    );
  }

  private createNamespace(args: FargateClusterArgs): aws.servicediscovery.PrivateDnsNamespace {
    const name = `${this.name}-names`;
    return new aws.servicediscovery.PrivateDnsNamespace(
      ...transformed<aws.servicediscovery.PrivateDnsNamespaceArgs>(
        args.transform?.namespace,
        name,
        { name: this.namespace, vpc: args.network.vpcId, tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  private createTargetGroup(args: FargateClusterArgs): aws.ec2.SecurityGroup {
    const name = `${this.name}-targets`;
    return new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        args.transform?.securityGroup,
        name,
        { vpcId: args.network.vpcId, description: "Tasks that load balancers reach", tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }
}
