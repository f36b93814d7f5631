/** The load balancer of the REST API: HTTP is understood and filtered here, before it reaches a pod. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  type KeyRef,
  type LogBucket,
  type NetworkRef,
  type Protection,
  type TargetGroupRef,
  type Transform,
  transformed,
  type WebAclChoice,
  WebFirewall,
  type WebFirewallTransform,
} from "../foundation";
import { applicationBalancer, requestTargets } from "./application-balancer";
import { openToPods, type PodPort, type PortTransform } from "./pod-ports";

/** Arguments of {@link RestBalancer}; `RegionIngress` makes them and has checked them. */
export interface RestBalancerArgs extends CommonArgs {
  network: NetworkRef;
  zoneIds: string[];
  certificateArn: pulumi.Input<string>;
  clientCidrs: string[];
  targetSecurityGroupId: pulumi.Input<string>;
  logs: LogBucket;
  logKey: KeyRef;
  firewall?: WebAclChoice;
  protection?: Protection;
  transform?: RestBalancerTransform;
}

export interface RestBalancerTransform extends PortTransform {
  securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  loadBalancer?: Transform<aws.lb.LoadBalancerArgs>;
  targetGroup?: Transform<aws.lb.TargetGroupArgs>;
  listener?: Transform<aws.lb.ListenerArgs>;
  association?: Transform<aws.wafv2.WebAclAssociationArgs>;
  firewall?: WebFirewallTransform;
}

/** The REST API's port, and that of the gateway behind it. */
const rest: PodPort = { port: 443, targetPort: 8443 };

/** An application load balancer behind a firewall: TLS from the client and again to the pod, malformed requests refused, logs. */
export class RestBalancer extends BourseComponent {
  readonly arn: pulumi.Output<string>;
  readonly dnsName: pulumi.Output<string>;
  readonly hostedZoneId: pulumi.Output<string>;
  readonly targetGroup: TargetGroupRef;

  constructor(name: string, args: RestBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:ingress:RestBalancer", name, args, [], opts);
    const protect = (args.protection ?? "on") === "on";
    const access = new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        args.transform?.securityGroup,
        `${name}-access`,
        { vpcId: args.network.vpcId, description: "Clients of the REST API", tags: this.tagsFor(`${name}-access`) },
        this.childOptions(),
      ),
    );
    openToPods(
      { ...args, name, key: "clients", port: rest, accessGroupId: access.id },
      (child) => this.tagsFor(child),
      this.childOptions(),
    );
    const loadBalancer = new aws.lb.LoadBalancer(
      ...transformed<aws.lb.LoadBalancerArgs>(
        args.transform?.loadBalancer,
        `${name}-alb`,
        {
          ...applicationBalancer({
            internal: false,
            securityGroupId: access.id,
            subnets: args.zoneIds.map((zoneId) => args.network.publicSubnetIds[zoneId]!),
            logs: args.logs,
            prefix: "rest",
            protect,
          }),
          idleTimeout: 60,
          tags: this.tagsFor(`${name}-alb`),
        },
        this.childOptions({ protect, dependsOn: [args.logs.writable] }),
      ),
    );
    const targets = this.createTargetGroup(args);
    this.createListener(args, loadBalancer, targets);
    this.guard(args, loadBalancer);

    this.arn = loadBalancer.arn;
    this.dnsName = loadBalancer.dnsName;
    this.hostedZoneId = loadBalancer.zoneId;
    this.targetGroup = { arn: targets.arn, sourceSecurityGroupId: access.id };
    this.registerOutputs({ arn: this.arn, dnsName: this.dnsName });
  }

  private createTargetGroup(args: RestBalancerArgs): aws.lb.TargetGroup {
    const name = `${this.name}-pods`;
    return new aws.lb.TargetGroup(
      ...transformed<aws.lb.TargetGroupArgs>(
        args.transform?.targetGroup,
        name,
        {
          ...requestTargets({ vpcId: args.network.vpcId, port: rest.targetPort, healthPath: "/api/v3/ping" }),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createListener(args: RestBalancerArgs, loadBalancer: aws.lb.LoadBalancer, targets: aws.lb.TargetGroup): void {
    const name = `${this.name}-listener`;
    new aws.lb.Listener(
      ...transformed<aws.lb.ListenerArgs>(
        args.transform?.listener,
        name,
        {
          loadBalancerArn: loadBalancer.arn,
          protocol: "HTTPS",
          port: rest.port,
          certificateArn: args.certificateArn,
          sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
          routingHttpResponseServerEnabled: false,
          routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=63072000; includeSubDomains; preload",
          defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private guard(args: RestBalancerArgs, loadBalancer: aws.lb.LoadBalancer): void {
    const firewall = new WebFirewall(
      `${this.name}-firewall`,
      { scope: "REGIONAL", logKey: args.logKey, rules: args.firewall, tags: args.tags, transform: args.transform?.firewall },
      { parent: this },
    );
    new aws.wafv2.WebAclAssociation(
      ...transformed<aws.wafv2.WebAclAssociationArgs>(
        args.transform?.association,
        `${this.name}-guard`,
        { resourceArn: loadBalancer.arn, webAclArn: firewall.arn },
        this.childOptions(),
      ),
    );
  }
}
