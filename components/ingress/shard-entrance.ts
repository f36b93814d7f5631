/** How services of other regions reach the shard of this one: a load balancer inside the network, and its place under the private name of whoever leads. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  childNameFaults,
  domainFaults,
  type Fault,
  type HostedZoneRef,
  type NetworkRef,
  type Protection,
  regionFaults,
  type TargetGroupRef,
  type Transform,
  transformed,
} from "../foundation";
import { healthPathFaults } from "./application-balancer";
import { openToPods, type PortTransform } from "./pod-ports";

/** Arguments of {@link ShardEntrance}. */
export interface ShardEntranceArgs extends CommonArgs, AlarmedArgs {
  /** Where it lives, in private subnets. */
  network: NetworkRef;
  /** Zone ids of the shard and its standby. */
  zoneIds: string[];
  /** Name of this region, by which its record is told from that of the other. */
  region: string;
  /** The private zone of the regions. */
  zone: HostedZoneRef;
  /** `"primary"`: the name leads here while a shard leads here; `"secondary"`: it leads here while none does there. Plain. */
  place: "primary" | "secondary";
  /** Group of the load balancer, which says who may connect. Changing it **replaces** the load balancer. */
  accessGroupId: pulumi.Input<string>;
  /** Security group of the pods. */
  targetSecurityGroupId: pulumi.Input<string>;
  /** Port of the shard, here and there. **Replaces** the target group. */
  port: number;
  /** Port on which pods are asked over HTTPS who of them leads, and the path that the one that does answers with 200. */
  health: { port: number; path: string };
  /** @default "on" */
  protection?: Protection;
  transform?: AlarmTransform &
    PortTransform & {
      loadBalancer?: Transform<aws.lb.LoadBalancerArgs>;
      targetGroup?: Transform<aws.lb.TargetGroupArgs>;
      listener?: Transform<aws.lb.ListenerArgs>;
      record?: Transform<aws.route53.RecordArgs>;
    };
}

/** The private name of the shard that leads, in whatever region it does. */
export function shardHost(zone: Pick<HostedZoneRef, "domain">): string {
  return `trading.${zone.domain}`;
}

export function shardEntranceFaults(name: string, args: Omit<ShardEntranceArgs, "accessGroupId" | "targetSecurityGroupId">): Fault[] {
  const faults = [
    ...childNameFaults(name, { loadBalancer: ["-balancer"], targetGroup: ["-pods"] }),
    ...domainFaults("zone.domain", args.zone.domain),
    ...regionFaults("region", args.region),
  ];
  if (args.place !== "primary" && args.place !== "secondary") {
    const fix = "primary in the home region, secondary in the one that joins it";
    faults.push({ path: "place", given: args.place, allowed: '"primary" or "secondary"', fix });
  }
  const ports: [string, number][] = [
    ["port", args.port],
    ["health.port", args.health.port],
  ];
  for (const [path, given] of ports) {
    if (Number.isInteger(given) && given >= 1 && given <= 65_535) continue;
    faults.push({ path, given, allowed: "a port from 1 to 65535", fix: "use the shard's port" });
  }
  faults.push(...healthPathFaults("health.path", args.health.path, "/leads"));
  if (args.zoneIds.length === 0) {
    faults.push({ path: "zoneIds", given: [], allowed: "the zones of the shard and its standby", fix: "name them" });
  }
  args.zoneIds.forEach((zoneId, index) => {
    if (args.network.privateSubnetIds[zoneId] !== undefined) return;
    const allowed = `a zone with a private subnet: ${Object.keys(args.network.privateSubnetIds).join(", ")}`;
    faults.push({ path: `zoneIds[${index}]`, given: zoneId, allowed, fix: "add the subnet to the network or leave the zone out" });
  });
  return faults;
}

/**
 * A network load balancer that passes connections through to the member of the shard that leads, so that mutual TLS is between the services themselves, and a failover record with its health:
 * whether a member leads here. Records of both regions exist beforehand, and DNS follows the shard that leads without a call to any control plane.
 */
export class ShardEntrance extends BourseComponent {
  /** Name of whoever leads. */
  readonly host: string;
  /** The group that the shard's pods join. */
  readonly targetGroup: TargetGroupRef;

  constructor(name: string, args: ShardEntranceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:ingress:ShardEntrance", name, args, shardEntranceFaults(name, args), opts);
    const { accessGroupId, targetSecurityGroupId, transform } = args;
    this.host = shardHost(args.zone);
    for (const [key, port] of Object.entries({ shard: args.port, health: args.health.port })) {
      openToPods(
        // Who may connect is said by the group, to which each region that joins adds itself.
        { name, key, port: { port, targetPort: port }, clientCidrs: [], accessGroupId, targetSecurityGroupId, transform },
        (child) => this.tagsFor(child),
        this.childOptions(),
      );
    }
    const loadBalancer = this.createLoadBalancer(args);
    const targets = this.createTargetGroup(args);
    this.createListener(args, loadBalancer, targets);
    this.createRecord(args, loadBalancer);
    if (args.place === "primary") this.watch(args, loadBalancer, targets);
    this.targetGroup = { arn: targets.arn, sourceSecurityGroupId: accessGroupId };
    this.registerOutputs({ host: this.host, loadBalancerArn: loadBalancer.arn, targetGroupArn: targets.arn });
  }

  private createLoadBalancer(args: ShardEntranceArgs): aws.lb.LoadBalancer {
    const name = `${this.name}-balancer`;
    const protect = (args.protection ?? "on") === "on";
    return new aws.lb.LoadBalancer(
      ...transformed<aws.lb.LoadBalancerArgs>(
        args.transform?.loadBalancer,
        name,
        {
          loadBalancerType: "network",
          internal: true,
          securityGroups: [args.accessGroupId],
          subnets: args.zoneIds.map((zoneId) => args.network.privateSubnetIds[zoneId]!),
          // One shard leads: whichever zone is asked passes on to it.
          enableCrossZoneLoadBalancing: true,
          enableZonalShift: true,
          enableDeletionProtection: protect,
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect }),
      ),
    );
  }

  private createTargetGroup(args: ShardEntranceArgs): aws.lb.TargetGroup {
    const name = `${this.name}-pods`;
    return new aws.lb.TargetGroup(
      ...transformed<aws.lb.TargetGroupArgs>(
        args.transform?.targetGroup,
        name,
        {
          vpcId: args.network.vpcId,
          targetType: "ip",
          protocol: "TCP",
          port: args.port,
          // Pods see the load balancer's own addresses, which are of their network, as the policies around them say.
          preserveClientIp: "false",
          // A shard that has ended has no connections to drain, and one that leads no longer must not be reached again: it would refuse what it is sent.
          connectionTermination: true,
          deregistrationDelay: 0,
          targetHealthStates: [{ enableUnhealthyConnectionTermination: true }],
          healthCheck: {
            // A standby is a target that is ready and never healthy. A connection to the shard's port would do for one that has ended, but not for one that hangs: the kernel still takes those.
            enabled: true,
            protocol: "HTTPS",
            port: String(args.health.port),
            path: args.health.path,
            matcher: "200",
            interval: 5,
            timeout: 2,
            healthyThreshold: 2,
            unhealthyThreshold: 2,
          },
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createListener(args: ShardEntranceArgs, loadBalancer: aws.lb.LoadBalancer, targets: aws.lb.TargetGroup): void {
    const name = `${this.name}-listener`;
    new aws.lb.Listener(
      ...transformed<aws.lb.ListenerArgs>(
        args.transform?.listener,
        name,
        {
          loadBalancerArn: loadBalancer.arn,
          protocol: "TCP",
          port: args.port,
          defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  /** Unhealthy is a load balancer of which a target group has no healthy target or none at all; when both are, Route 53 answers with the primary (Route 53 guide, "Active-passive failover"). */
  private createRecord(args: ShardEntranceArgs, { dnsName, zoneId }: aws.lb.LoadBalancer): void {
    new aws.route53.Record(
      ...transformed<aws.route53.RecordArgs>(
        args.transform?.record,
        `${this.name}-record`,
        {
          zoneId: args.zone.zoneId,
          name: this.host,
          type: "A",
          setIdentifier: args.region,
          failoverRoutingPolicies: [{ type: args.place === "primary" ? "PRIMARY" : "SECONDARY" }],
          aliases: [{ name: dnsName, zoneId, evaluateTargetHealth: true }],
        },
        this.childOptions(),
      ),
    );
  }

  private watch(args: ShardEntranceArgs, loadBalancer: aws.lb.LoadBalancer, targets: aws.lb.TargetGroup): void {
    this.createAlarms(
      {
        "no-shard": {
          description: "No shard answers here, so that other regions enter no orders: look at the shard, and whether another region leads.",
          namespace: "AWS/NetworkELB",
          metric: "HealthyHostCount",
          dimensions: { LoadBalancer: loadBalancer.arnSuffix, TargetGroup: targets.arnSuffix },
          statistic: "Minimum",
          threshold: 1,
          bad: "below",
          silence: "bad",
          periods: 3,
        },
      },
      args,
    );
  }
}
