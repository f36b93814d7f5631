/** The load balancer inside the network by which the account API reaches its service. */

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
  LogBucket,
  type LogBucketTransform,
  type NetworkRef,
  type Protection,
  type TargetGroupRef,
  type Transform,
  transformed,
} from "../foundation";
import type { PrivateTarget } from "./api-ingress";
import { applicationBalancer, healthPathFaults, requestTargets } from "./application-balancer";
import { openToPods, type PodPort, type PortTransform } from "./pod-ports";

/** Arguments of {@link ServiceBalancer}. */
export interface ServiceBalancerArgs extends CommonArgs, AlarmedArgs {
  /** Where it lives, in private subnets. */
  network: NetworkRef;
  /** Account that the access logs are of. */
  accountId: pulumi.Input<string>;
  /** A name that the certificate has; callers check it, and no record leads to it. */
  serverName: string;
  /** Certificate of this region for that name. */
  certificateArn: pulumi.Input<string>;
  /** Port of the pods, which speak TLS again. **Replaces** the target group. */
  targetPort: number;
  /** Path that answers 200 while a pod takes requests. */
  healthPath: string;
  /** Security group of the pods. */
  targetSecurityGroupId: pulumi.Input<string>;
  /** @default "on" */
  protection?: Protection;
  transform?: AlarmTransform &
    PortTransform & {
      securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
      loadBalancer?: Transform<aws.lb.LoadBalancerArgs>;
      targetGroup?: Transform<aws.lb.TargetGroupArgs>;
      listener?: Transform<aws.lb.ListenerArgs>;
      logs?: LogBucketTransform;
    };
}

export function serviceBalancerFaults(name: string, args: ServiceBalancerArgs): Fault[] {
  const faults = [...domainFaults("serverName", args.serverName), ...childNameFaults(name, { targetGroup: ["-pods"] })];
  if (!(Number.isInteger(args.targetPort) && args.targetPort >= 1 && args.targetPort <= 65_535)) {
    faults.push({ path: "targetPort", given: args.targetPort, allowed: "a port from 1 to 65535", fix: "use the service's port" });
  }
  return [...faults, ...healthPathFaults("healthPath", args.healthPath, "/account/v1/ping")];
}

/** Callers come in here, by rules that they bring: the link of `ApiIngress` adds its own. */
const listenerPort = 443;

/** An application load balancer without a public address: TLS to it and from it, malformed requests refused, logs. */
export class ServiceBalancer extends BourseComponent {
  /** For `target` of `ApiIngress`. */
  readonly target: PrivateTarget & { loadBalancerArn: pulumi.Output<string> };
  /** The group that pods join. */
  readonly targetGroup: TargetGroupRef;
  /** The alarm that no pod takes requests; none without alarms. */
  readonly alarmName: pulumi.Output<string> | undefined;

  constructor(name: string, args: ServiceBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:ingress:ServiceBalancer", name, args, serviceBalancerFaults(name, args), opts);
    const access = new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        args.transform?.securityGroup,
        `${name}-access`,
        { vpcId: args.network.vpcId, description: "Callers of the service behind the account API", tags: this.tagsFor(`${name}-access`) },
        this.childOptions(),
      ),
    );
    const port: PodPort = { port: listenerPort, targetPort: args.targetPort };
    openToPods(
      {
        name,
        key: "service",
        port,
        clientCidrs: [],
        accessGroupId: access.id,
        targetSecurityGroupId: args.targetSecurityGroupId,
        transform: args.transform,
      },
      (child) => this.tagsFor(child),
      this.childOptions(),
    );
    const loadBalancer = this.createLoadBalancer(args, access);
    const targets = this.createTargetGroup(args);
    const listener = this.createListener(args, loadBalancer, targets);
    this.target = {
      listenerArn: listener.arn,
      loadBalancerArn: loadBalancer.arn,
      serverName: args.serverName,
      securityGroupId: access.id,
      port: listenerPort,
    };
    this.targetGroup = { arn: targets.arn, sourceSecurityGroupId: access.id };
    this.alarmName = this.watch(args, loadBalancer, targets);
    this.registerOutputs({ loadBalancerArn: loadBalancer.arn, targetGroupArn: targets.arn });
  }

  private watch(
    args: ServiceBalancerArgs,
    { arnSuffix }: aws.lb.LoadBalancer,
    targets: aws.lb.TargetGroup,
  ): pulumi.Output<string> | undefined {
    const alarms = this.createAlarms(
      {
        "no-pod": {
          description: "No pod takes requests of the account API: look at its service's pods, then at their certificates.",
          namespace: "AWS/ApplicationELB",
          metric: "HealthyHostCount",
          dimensions: { LoadBalancer: arnSuffix, TargetGroup: targets.arnSuffix },
          statistic: "Maximum",
          threshold: 1,
          bad: "below",
          silence: "bad",
          periods: 2,
        },
      },
      args,
    );
    return alarms["no-pod"]?.name;
  }

  private createLoadBalancer(args: ServiceBalancerArgs, access: aws.ec2.SecurityGroup): aws.lb.LoadBalancer {
    const { accountId, protection, tags, transform, network } = args;
    const logs = new LogBucket(`${this.name}-logs`, { accountId, protection, tags, transform: transform?.logs }, { parent: this });
    const protect = (protection ?? "on") === "on";
    const name = `${this.name}-alb`;
    return new aws.lb.LoadBalancer(
      ...transformed<aws.lb.LoadBalancerArgs>(
        transform?.loadBalancer,
        name,
        {
          ...applicationBalancer({
            internal: true,
            securityGroupId: access.id,
            subnets: network.zoneIds.map((zoneId) => network.privateSubnetIds[zoneId]!),
            logs,
            prefix: "account",
            protect,
          }),
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect, dependsOn: [logs.writable] }),
      ),
    );
  }

  private createTargetGroup(args: ServiceBalancerArgs): aws.lb.TargetGroup {
    const name = `${this.name}-pods`;
    return new aws.lb.TargetGroup(
      ...transformed<aws.lb.TargetGroupArgs>(
        args.transform?.targetGroup,
        name,
        {
          ...requestTargets({ vpcId: args.network.vpcId, port: args.targetPort, healthPath: args.healthPath }),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createListener(args: ServiceBalancerArgs, loadBalancer: aws.lb.LoadBalancer, targets: aws.lb.TargetGroup): aws.lb.Listener {
    const name = `${this.name}-listener`;
    return new aws.lb.Listener(
      ...transformed<aws.lb.ListenerArgs>(
        args.transform?.listener,
        name,
        {
          loadBalancerArn: loadBalancer.arn,
          protocol: "HTTPS",
          port: listenerPort,
          certificateArn: args.certificateArn,
          sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
          routingHttpResponseServerEnabled: false,
          defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }
}
