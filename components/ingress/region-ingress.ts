/** How traffic enters a region. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  type HostedZoneRef,
  LogBucket,
  type LogBucketTransform,
  type NetworkRef,
  type Protection,
  type TargetGroupRef,
  type Transform,
  transformed,
} from "../foundation";
import { regionIngressFaults } from "./region-ingress-faults";
import { type SocketListener, socketListeners } from "./socket-listeners";

/** Arguments of {@link RegionIngress}. */
export interface RegionIngressArgs extends CommonArgs {
  /** Where it lives, in public subnets. */
  network: NetworkRef;
  /** Zone ids to be in. Those without a healthy pod are taken out of DNS by the load balancer. @default every zone of the network */
  zoneIds?: string[];
  /** Name of this region, by which its records are told from those of others. */
  region: string;
  /** Hosts below the domain that lead here, by latency among the regions that have them. @default {@link regionHosts} */
  hosts?: readonly string[];
  /** Account that writes the access logs. */
  accountId: pulumi.Input<string>;
  /** Zone of the hosts. Its certificate record is the global stack's, and serves certificates of every region of the account. */
  zone: HostedZoneRef;
  /** A certificate of your own in this region, instead of one for the domain and its hosts. @default a certificate of ACM, checked by DNS */
  certificateArn?: pulumi.Input<string>;
  /** TLS listeners by name. Plain, since it decides how many children exist. @default {@link socketListeners} */
  listeners?: Readonly<Record<string, SocketListener>>;
  /** Who may connect. @default ["0.0.0.0/0"] */
  clientCidrs?: string[];
  /** Security group of the pods that the load balancer sends to. */
  targetSecurityGroupId: pulumi.Input<string>;
  /** Keeps traffic of a zone in the zone, for the lowest latency; every zone then needs a pod. @default true */
  zonal?: boolean;
  /** @default "on" */
  protection?: Protection;
  transform?: {
    securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
    ingressRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
    egressRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
    targetRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
    loadBalancer?: Transform<aws.lb.LoadBalancerArgs>;
    targetGroup?: Transform<aws.lb.TargetGroupArgs>;
    listener?: Transform<aws.lb.ListenerArgs>;
    record?: Transform<aws.route53.RecordArgs>;
    certificate?: Transform<aws.acm.CertificateArgs>;
    certificateValidation?: Transform<aws.acm.CertificateValidationArgs>;
    logs?: LogBucketTransform;
  };
}

/** Hosts of a region: order entry, sockets, streams, and what CloudFront reads from. */
export const regionHosts = ["api", "ws-api", "stream", "reads", "reads-standby"] as const;

/**
 * The network load balancer of a region, for sockets and order entry: TLS from the client and again to the pod, client address kept, a
 * security group from birth (it cannot be given one later), access logs, deletion protection. Pods join its target groups themselves.
 */
export class RegionIngress extends BourseComponent {
  readonly loadBalancerArn: pulumi.Output<string>;
  /** For alias records. */
  readonly dnsName: pulumi.Output<string>;
  readonly hostedZoneId: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  /** The load balancer as CloudWatch's dimension names it. */
  readonly metricDimension: pulumi.Output<string>;
  /** The groups that pods join, by listener. */
  readonly targetGroups: Readonly<Record<string, TargetGroupRef>>;

  constructor(name: string, args: RegionIngressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:ingress:RegionIngress", name, args, regionIngressFaults(name, args), opts);
    const listeners = args.listeners ?? socketListeners;

    const access = this.createSecurityGroup(args);
    const logs = new LogBucket(
      `${name}-logs`,
      { accountId: args.accountId, protection: args.protection, tags: args.tags, transform: args.transform?.logs },
      { parent: this },
    );
    const loadBalancer = this.createLoadBalancer(args, access, logs);
    const certificateArn = args.certificateArn ?? this.createCertificate(args);
    const targetGroups: Record<string, TargetGroupRef> = {};
    for (const [key, listener] of Object.entries(listeners)) {
      this.openPort(key, listener, args, access);
      const targetGroup = this.createTargetGroup(key, listener, args);
      this.createListener(key, listener, args, loadBalancer, targetGroup, certificateArn);
      targetGroups[key] = { arn: targetGroup.arn, sourceSecurityGroupId: access.id };
    }
    for (const host of args.hosts ?? regionHosts) this.createRecord(host, args, loadBalancer);

    this.loadBalancerArn = loadBalancer.arn;
    this.dnsName = loadBalancer.dnsName;
    this.hostedZoneId = loadBalancer.zoneId;
    this.securityGroupId = access.id;
    this.metricDimension = loadBalancer.arnSuffix;
    this.targetGroups = targetGroups;
    this.registerOutputs({ loadBalancerArn: this.loadBalancerArn, dnsName: this.dnsName, securityGroupId: this.securityGroupId });
  }

  private createSecurityGroup(args: RegionIngressArgs): aws.ec2.SecurityGroup {
    const name = `${this.name}-access`;
    return new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        args.transform?.securityGroup,
        name,
        { vpcId: args.network.vpcId, description: "Clients of the exchange, by listener", tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  private createLoadBalancer(args: RegionIngressArgs, access: aws.ec2.SecurityGroup, logs: LogBucket): aws.lb.LoadBalancer {
    const name = `${this.name}-sockets`;
    const protect = (args.protection ?? "on") === "on";
    return new aws.lb.LoadBalancer(
      ...transformed<aws.lb.LoadBalancerArgs>(
        args.transform?.loadBalancer,
        name,
        {
          loadBalancerType: "network",
          internal: false,
          securityGroups: [access.id],
          subnets: (args.zoneIds ?? args.network.zoneIds).map((zoneId) => args.network.publicSubnetIds[zoneId]!),
          enableCrossZoneLoadBalancing: !(args.zonal ?? true),
          enableZonalShift: true,
          dnsRecordClientRoutingPolicy: (args.zonal ?? true) ? "availability_zone_affinity" : "any_availability_zone",
          enableDeletionProtection: protect,
          accessLogs: { enabled: true, bucket: logs.bucketName, prefix: "sockets" },
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect, dependsOn: [logs.writable] }),
      ),
    );
  }

  /**
   * ACM asks for the same record in every region of an account (ACM guide, "DNS validation"): the global stack makes it once, and no region
   * makes or deletes it.
   */
  private createCertificate(args: RegionIngressArgs): pulumi.Output<string> {
    const name = `${this.name}-certificate`;
    const certificate = new aws.acm.Certificate(
      ...transformed<aws.acm.CertificateArgs>(
        args.transform?.certificate,
        name,
        {
          domainName: args.zone.domain,
          subjectAlternativeNames: [`*.${args.zone.domain}`],
          validationMethod: "DNS",
          keyAlgorithm: "EC_prime256v1",
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    return new aws.acm.CertificateValidation(
      ...transformed<aws.acm.CertificateValidationArgs>(
        args.transform?.certificateValidation,
        `${name}-validation`,
        { certificateArn: certificate.arn },
        this.childOptions(),
      ),
    ).certificateArn;
  }

  /** Opens a listener to clients, the load balancer to its pods, and the pods to the load balancer: three rules, nothing wider. */
  private openPort(key: string, listener: SocketListener, args: RegionIngressArgs, access: aws.ec2.SecurityGroup): void {
    for (const cidr of args.clientCidrs ?? ["0.0.0.0/0"]) {
      const name = `${this.name}-${key}-from-${cidr}`;
      new aws.vpc.SecurityGroupIngressRule(
        ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
          args.transform?.ingressRule,
          name,
          {
            securityGroupId: access.id,
            description: `Clients to ${key}`,
            ipProtocol: "tcp",
            fromPort: listener.port,
            toPort: listener.port,
            cidrIpv4: cidr,
            tags: this.tagsFor(name),
          },
          this.childOptions(),
        ),
      );
    }
    const pods = { ipProtocol: "tcp", fromPort: listener.targetPort, toPort: listener.targetPort };
    new aws.vpc.SecurityGroupEgressRule(
      ...transformed<aws.vpc.SecurityGroupEgressRuleArgs>(
        args.transform?.egressRule,
        `${this.name}-${key}-to-pods`,
        {
          securityGroupId: access.id,
          description: `To pods of ${key}`,
          ...pods,
          referencedSecurityGroupId: args.targetSecurityGroupId,
          tags: this.tagsFor(`${this.name}-${key}-to-pods`),
        },
        this.childOptions(),
      ),
    );
    new aws.vpc.SecurityGroupIngressRule(
      ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
        args.transform?.targetRule,
        `${this.name}-${key}-pods`,
        {
          securityGroupId: args.targetSecurityGroupId,
          description: `From the load balancer to pods of ${key}`,
          ...pods,
          referencedSecurityGroupId: access.id,
          tags: this.tagsFor(`${this.name}-${key}-pods`),
        },
        this.childOptions(),
      ),
    );
  }

  private createTargetGroup(key: string, listener: SocketListener, args: RegionIngressArgs): aws.lb.TargetGroup {
    const name = `${this.name}-${key}`;
    return new aws.lb.TargetGroup(
      ...transformed<aws.lb.TargetGroupArgs>(
        args.transform?.targetGroup,
        name,
        {
          vpcId: args.network.vpcId,
          targetType: "ip",
          protocol: "TLS",
          port: listener.targetPort,
          preserveClientIp: "true",
          // Open sockets are moved by the gateway's own drain, not cut when a pod leaves.
          connectionTermination: false,
          deregistrationDelay: 120,
          healthCheck: {
            enabled: true,
            protocol: "HTTPS",
            path: listener.healthPath,
            port: "traffic-port",
            interval: 10,
            healthyThreshold: 2,
            unhealthyThreshold: 2,
            matcher: "200",
          },
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createListener(
    key: string,
    listener: SocketListener,
    args: RegionIngressArgs,
    loadBalancer: aws.lb.LoadBalancer,
    targetGroup: aws.lb.TargetGroup,
    certificateArn: pulumi.Input<string>,
  ): aws.lb.Listener {
    const name = `${this.name}-${key}-listener`;
    return new aws.lb.Listener(
      ...transformed<aws.lb.ListenerArgs>(
        args.transform?.listener,
        name,
        {
          loadBalancerArn: loadBalancer.arn,
          protocol: "TLS",
          port: listener.port,
          certificateArn,
          // TLS 1.2 and 1.3 with forward secrecy (ELB guide, "Security policies for your Network Load Balancer").
          sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
          defaultActions: [{ type: "forward", targetGroupArn: targetGroup.arn }],
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  /** Clients are led to the nearest region whose load balancer has healthy pods. */
  private createRecord(host: string, args: RegionIngressArgs, loadBalancer: aws.lb.LoadBalancer): void {
    new aws.route53.Record(
      ...transformed<aws.route53.RecordArgs>(
        args.transform?.record,
        `${this.name}-${host}`,
        {
          zoneId: args.zone.zoneId,
          name: `${host}.${args.zone.domain}`,
          type: "A",
          setIdentifier: args.region,
          latencyRoutingPolicies: [{ region: args.region }],
          aliases: [{ name: loadBalancer.dnsName, zoneId: loadBalancer.zoneId, evaluateTargetHealth: true }],
        },
        this.childOptions(),
      ),
    );
  }
}
