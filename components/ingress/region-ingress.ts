/** How traffic enters a region. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  type HostedZoneRef,
  type KeyRef,
  LogBucket,
  type LogBucketTransform,
  type NetworkRef,
  type Protection,
  type TargetGroupRef,
  type Transform,
  transformed,
  type WebAclChoice,
} from "../foundation";
import { addressTargets } from "./application-balancer";
import type { AcceleratorKind } from "./global-ingress";
import { openToPods, type PortTransform } from "./pod-ports";
import { regionIngressFaults } from "./region-ingress-faults";
import { RestBalancer, type RestBalancerTransform } from "./rest-balancer";
import { type SocketListener, socketListeners } from "./socket-listeners";

/** Arguments of {@link RegionIngress}. */
export interface RegionIngressArgs extends CommonArgs {
  /** Where it lives, in public subnets. */
  network: NetworkRef;
  /** Zone ids to be in. Those without a healthy pod are taken out of DNS by the load balancer. @default every zone of the network */
  zoneIds?: string[];
  /** Name of this region, by which its records are told from those of others. */
  region: string;
  /**
   * What takes the REST API: an application load balancer behind a firewall, or the network load balancer beside the sockets, which is faster and
   * filters nothing. Plain, since it decides which children exist. @default "application"
   */
  rest?: "application" | "network";
  /** Rates, sizes and countries of the REST API's firewall. @default {@link WebAclChoice} */
  firewall?: WebAclChoice;
  /** Encrypts the firewall's log: the `log` key of a `KeyRing`. */
  logKey: KeyRef;
  /** Listeners of the exchange's accelerators that this region joins. Plain keys, since they decide how many children exist. @default none */
  acceleratorListenerArns?: Partial<Record<AcceleratorKind, pulumi.Input<string>>>;
  /** Percentage of the accelerators' traffic for this region that it takes; 0 drains it. @default 100 */
  trafficDial?: number;
  /**
   * Hosts below the domain that lead here, by latency among the regions that have them. @default {@link regionHosts}, or those for CloudFront alone when
   * accelerators have the others
   */
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
  transform?: PortTransform & {
    securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
    loadBalancer?: Transform<aws.lb.LoadBalancerArgs>;
    targetGroup?: Transform<aws.lb.TargetGroupArgs>;
    listener?: Transform<aws.lb.ListenerArgs>;
    record?: Transform<aws.route53.RecordArgs>;
    certificate?: Transform<aws.acm.CertificateArgs>;
    certificateValidation?: Transform<aws.acm.CertificateValidationArgs>;
    endpointGroup?: Transform<aws.globalaccelerator.EndpointGroupArgs>;
    rest?: RestBalancerTransform;
    logs?: LogBucketTransform;
  };
}

/** Hosts of a region: order entry, sockets, streams, and what CloudFront reads from. */
export const regionHosts = ["api", "ws-api", "stream", "binary", "reads", "reads-standby"] as const;

/** Hosts that CloudFront reads from; they lead to the REST API's load balancer. */
const readHosts: readonly string[] = ["reads", "reads-standby"];

/**
 * The load balancers of a region: a network one for sockets, and an application one behind a firewall for the REST API. TLS from the client and again to the pod,
 * client address kept, security groups from birth (a network load balancer cannot be given one later), access logs, deletion protection. Pods join the target
 * groups themselves.
 */
export class RegionIngress extends BourseComponent {
  readonly loadBalancerArn: pulumi.Output<string>;
  /** For alias records. */
  readonly dnsName: pulumi.Output<string>;
  readonly hostedZoneId: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  /** The load balancer as CloudWatch's dimension names it. */
  readonly metricDimension: pulumi.Output<string>;
  /** The certificate of the domain and its hosts in this region. */
  readonly certificateArn: pulumi.Output<string>;
  /** The groups that pods join, by listener. */
  readonly targetGroups: Readonly<Record<string, TargetGroupRef>>;

  constructor(name: string, args: RegionIngressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:ingress:RegionIngress", name, args, regionIngressFaults(name, args), opts);
    const listeners = args.listeners ?? socketListeners;
    const clientCidrs = args.clientCidrs ?? ["0.0.0.0/0"];

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
      openToPods(
        { ...args, clientCidrs, name, key, port: listener, accessGroupId: access.id },
        (child) => this.tagsFor(child),
        this.childOptions(),
      );
      const targetGroup = this.createTargetGroup(key, listener, args);
      this.createListener(key, listener, args, loadBalancer, targetGroup, certificateArn);
      targetGroups[key] = { arn: targetGroup.arn, sourceSecurityGroupId: access.id };
    }
    const logKey = args.logKey;
    const rest =
      args.rest === "network"
        ? undefined
        : new RestBalancer(
            `${name}-rest`,
            {
              network: args.network,
              zoneIds: args.zoneIds ?? args.network.zoneIds,
              certificateArn,
              clientCidrs,
              targetSecurityGroupId: args.targetSecurityGroupId,
              logs,
              logKey,
              firewall: args.firewall,
              protection: args.protection,
              tags: args.tags,
              transform: args.transform?.rest,
            },
            { parent: this },
          );
    const sockets = { arn: loadBalancer.arn, dnsName: loadBalancer.dnsName, hostedZoneId: loadBalancer.zoneId };
    if (rest !== undefined) targetGroups.rest = rest.targetGroup;
    for (const [kind, listenerArn] of Object.entries(args.acceleratorListenerArns ?? {})) {
      this.joinAccelerator(kind, listenerArn, args, kind === "rest" ? (rest ?? sockets) : sockets);
    }
    const hosts = args.hosts ?? (args.acceleratorListenerArns === undefined ? regionHosts : readHosts);
    for (const host of hosts) this.createRecord(host, args, host === "api" || readHosts.includes(host) ? (rest ?? sockets) : sockets);

    this.loadBalancerArn = loadBalancer.arn;
    this.dnsName = loadBalancer.dnsName;
    this.hostedZoneId = loadBalancer.zoneId;
    this.securityGroupId = access.id;
    this.certificateArn = pulumi.output(certificateArn);
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

  private createTargetGroup(key: string, listener: SocketListener, args: RegionIngressArgs): aws.lb.TargetGroup {
    const name = `${this.name}-${key}`;
    const { targetPort: port, healthPath } = listener;
    const targets = addressTargets({ vpcId: args.network.vpcId, port, healthPath });
    return new aws.lb.TargetGroup(
      ...transformed<aws.lb.TargetGroupArgs>(
        args.transform?.targetGroup,
        name,
        {
          ...targets,
          protocol: "TLS",
          preserveClientIp: "true",
          // Open sockets are moved by the gateway's own drain, not cut when a pod leaves.
          connectionTermination: false,
          deregistrationDelay: 120,
          healthCheck: {
            ...targets.healthCheck,
            port: listener.healthPort === undefined ? "traffic-port" : String(listener.healthPort),
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
          // Forward secrecy only, from 1.2 or from 1.3 on (ELB guide, "Security policies for your Network Load Balancer"). Towards pods it cannot be chosen: with a policy of TLS 1.3
          // the balancer offers ELBSecurityPolicy-TLS13-1-0-2021-06 (there, "Considerations"), of which pods take 1.2 and above.
          sslPolicy: listener.oldestTls === "1.3" ? "ELBSecurityPolicy-TLS13-1-3-2021-06" : "ELBSecurityPolicy-TLS13-1-2-2021-06",
          defaultActions: [{ type: "forward", targetGroupArn: targetGroup.arn }],
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  /** Clients are led to the nearest region whose load balancer has healthy pods. */
  private createRecord(host: string, args: RegionIngressArgs, entry: Entry): void {
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
          aliases: [{ name: entry.dnsName, zoneId: entry.hostedZoneId, evaluateTargetHealth: true }],
        },
        this.childOptions(),
      ),
    );
  }

  /** Joins an accelerator. It follows the load balancer's own health, and keeps the client's address. */
  private joinAccelerator(kind: string, listenerArn: pulumi.Input<string>, args: RegionIngressArgs, entry: Entry): void {
    new aws.globalaccelerator.EndpointGroup(
      ...transformed<aws.globalaccelerator.EndpointGroupArgs>(
        args.transform?.endpointGroup,
        `${this.name}-${kind}-endpoints`,
        {
          listenerArn,
          endpointGroupRegion: args.region,
          trafficDialPercentage: args.trafficDial ?? 100,
          healthCheckIntervalSeconds: 10,
          thresholdCount: 3,
          endpointConfigurations: [{ endpointId: entry.arn, weight: 128, clientIpPreservationEnabled: true }],
        },
        this.childOptions(),
      ),
    );
  }
}

/** A load balancer, as records and accelerators name it. */
interface Entry {
  arn: pulumi.Input<string>;
  dnsName: pulumi.Input<string>;
  hostedZoneId: pulumi.Input<string>;
}
