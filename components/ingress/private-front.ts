/** The way from CloudFront to a private API: a VPC origin, a load balancer inside the network, and the endpoint of API Gateway behind it. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  LogBucket,
  type LogBucketTransform,
  type NetworkRef,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";
import { addressTargets, applicationBalancer } from "./application-balancer";

/** Arguments of {@link PrivateFront}; `RestApi` makes them. */
export interface PrivateFrontArgs extends CommonArgs {
  network: NetworkRef;
  region: string;
  accountId: pulumi.Input<string>;
  certificateArn: pulumi.Input<string>;
  /** S3 location of the authorities whose certificates clients must show. @default no client certificate is asked for */
  clientAuthorities?: pulumi.Input<string>;
  protection?: Protection;
  transform?: PrivateFrontTransform;
}

export interface PrivateFrontTransform {
  endpoint?: Transform<aws.ec2.VpcEndpointArgs>;
  securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  ingressRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
  egressRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
  loadBalancer?: Transform<aws.lb.LoadBalancerArgs>;
  targetGroup?: Transform<aws.lb.TargetGroupArgs>;
  target?: Transform<aws.lb.TargetGroupAttachmentArgs>;
  trustStore?: Transform<aws.lb.TrustStoreArgs>;
  listener?: Transform<aws.lb.ListenerArgs>;
  origin?: Transform<aws.cloudfront.VpcOriginArgs>;
  logs?: LogBucketTransform;
}

const https = { ipProtocol: "tcp", fromPort: 443, toPort: 443 };

/** Private all the way: CloudFront's addresses alone reach the load balancer, the load balancer alone the endpoint. */
export class PrivateFront extends BourseComponent {
  /** The endpoint, which the API's policy admits alone. */
  readonly endpointId: pulumi.Output<string>;
  readonly vpcOriginId: pulumi.Output<string>;

  constructor(
    name: string,
    private readonly args: PrivateFrontArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bourse:ingress:PrivateFront", name, args, [], opts);
    const balancerGroup = this.createGroup("balancer", "CloudFront to the account API");
    const endpointGroup = this.createGroup("endpoint", "Load balancer to the account API");
    this.openPaths(balancerGroup, endpointGroup);
    const endpoint = this.createEndpoint(endpointGroup);
    const loadBalancer = this.createLoadBalancer(balancerGroup);
    const listener = this.createListener(loadBalancer, this.createTargets(endpoint));

    this.endpointId = endpoint.id;
    this.vpcOriginId = this.createOrigin(loadBalancer, listener).id;
    this.registerOutputs({ endpointId: this.endpointId, vpcOriginId: this.vpcOriginId });
  }

  private createGroup(role: string, description: string): aws.ec2.SecurityGroup {
    const name = `${this.name}-${role}-access`;
    return new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        this.args.transform?.securityGroup,
        name,
        { vpcId: this.args.network.vpcId, description, tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  private openPaths(balancer: aws.ec2.SecurityGroup, endpoint: aws.ec2.SecurityGroup): void {
    // The addresses from which CloudFront calls origins, kept by AWS (CloudFront guide, "Use the CloudFront managed prefix list").
    const cloudFront = aws.ec2.getManagedPrefixListOutput({ name: "com.amazonaws.global.cloudfront.origin-facing" }, { parent: this });
    const ingress = (
      key: string,
      rule: Pick<aws.vpc.SecurityGroupIngressRuleArgs, "securityGroupId" | "prefixListId" | "referencedSecurityGroupId">,
    ) =>
      new aws.vpc.SecurityGroupIngressRule(
        ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
          this.args.transform?.ingressRule,
          `${this.name}-${key}`,
          { ...https, ...rule, description: `Account API: ${key}`, tags: this.tagsFor(`${this.name}-${key}`) },
          this.childOptions(),
        ),
      );
    ingress("from-cloudfront", { securityGroupId: balancer.id, prefixListId: cloudFront.id });
    ingress("from-balancer", { securityGroupId: endpoint.id, referencedSecurityGroupId: balancer.id });
    const name = `${this.name}-to-endpoint`;
    new aws.vpc.SecurityGroupEgressRule(
      ...transformed<aws.vpc.SecurityGroupEgressRuleArgs>(
        this.args.transform?.egressRule,
        name,
        {
          ...https,
          securityGroupId: balancer.id,
          referencedSecurityGroupId: endpoint.id,
          description: "To the endpoint of API Gateway",
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createEndpoint(group: aws.ec2.SecurityGroup): aws.ec2.VpcEndpoint {
    const { network, region, accountId, transform } = this.args;
    const name = `${this.name}-endpoint`;
    return new aws.ec2.VpcEndpoint(
      ...transformed<aws.ec2.VpcEndpointArgs>(
        transform?.endpoint,
        name,
        {
          vpcId: network.vpcId,
          serviceName: `com.amazonaws.${region}.execute-api`,
          vpcEndpointType: "Interface",
          subnetIds: network.zoneIds.map((zoneId) => network.privateSubnetIds[zoneId]!),
          securityGroupIds: [group.id],
          // The API has a host of its own; names of other APIs still lead out of the network.
          privateDnsEnabled: false,
          policy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: "*",
                Action: "execute-api:Invoke",
                Resource: pulumi.interpolate`arn:aws:execute-api:${region}:${accountId}:*`,
              },
            ],
          }),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createLoadBalancer(group: aws.ec2.SecurityGroup): aws.lb.LoadBalancer {
    const { network, accountId, protection, tags, transform } = this.args;
    const protect = (protection ?? "on") === "on";
    const logs = new LogBucket(`${this.name}-logs`, { accountId, protection, tags, transform: transform?.logs }, { parent: this });
    const name = `${this.name}-alb`;
    return new aws.lb.LoadBalancer(
      ...transformed<aws.lb.LoadBalancerArgs>(
        transform?.loadBalancer,
        name,
        {
          ...applicationBalancer({
            internal: true,
            securityGroupId: group.id,
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

  /** The endpoint's address in each zone. */
  private createTargets(endpoint: aws.ec2.VpcEndpoint): aws.lb.TargetGroup {
    const { network, transform } = this.args;
    const name = `${this.name}-api`;
    const targets = addressTargets({ vpcId: network.vpcId, port: 443, healthPath: "/" });
    const group = new aws.lb.TargetGroup(
      ...transformed<aws.lb.TargetGroupArgs>(
        transform?.targetGroup,
        name,
        {
          ...targets,
          // A check names no API, which the endpoint refuses: the refusal shows that it answers.
          healthCheck: { ...targets.healthCheck, matcher: "403" },
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    for (const zoneId of network.zoneIds) {
      const address = aws.ec2.getNetworkInterfaceOutput(
        {
          filters: [
            { name: "description", values: [pulumi.interpolate`VPC Endpoint Interface ${endpoint.id}`] },
            { name: "subnet-id", values: [network.privateSubnetIds[zoneId]!] },
          ],
        },
        { parent: this, dependsOn: [endpoint] },
      );
      new aws.lb.TargetGroupAttachment(
        ...transformed<aws.lb.TargetGroupAttachmentArgs>(
          transform?.target,
          `${name}-${zoneId}`,
          { targetGroupArn: group.arn, targetId: address.privateIp, port: 443 },
          this.childOptions(),
        ),
      );
    }
    return group;
  }

  private createListener(loadBalancer: aws.lb.LoadBalancer, targets: aws.lb.TargetGroup): aws.lb.Listener {
    const { certificateArn, clientAuthorities, transform } = this.args;
    const name = `${this.name}-listener`;
    return new aws.lb.Listener(
      ...transformed<aws.lb.ListenerArgs>(
        transform?.listener,
        name,
        {
          loadBalancerArn: loadBalancer.arn,
          protocol: "HTTPS",
          port: 443,
          certificateArn,
          sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
          ...(clientAuthorities === undefined
            ? {}
            : { mutualAuthentication: { mode: "verify", trustStoreArn: this.createTrustStore(clientAuthorities).arn } }),
          defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createTrustStore(location: pulumi.Input<string>): aws.lb.TrustStore {
    const name = `${this.name}-ca`;
    const parts = pulumi.output(location).apply((text) => /^s3:\/\/([^/]+)\/(.+)$/.exec(text) ?? ["", "", ""]);
    return new aws.lb.TrustStore(
      ...transformed<aws.lb.TrustStoreArgs>(
        this.args.transform?.trustStore,
        name,
        {
          caCertificatesBundleS3Bucket: parts.apply(([, bucket]) => bucket),
          caCertificatesBundleS3Key: parts.apply(([, , key]) => key),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createOrigin(loadBalancer: aws.lb.LoadBalancer, listener: aws.lb.Listener): aws.cloudfront.VpcOrigin {
    const name = `${this.name}-origin`;
    return new aws.cloudfront.VpcOrigin(
      ...transformed<aws.cloudfront.VpcOriginArgs>(
        this.args.transform?.origin,
        name,
        {
          vpcOriginEndpointConfig: {
            name,
            arn: loadBalancer.arn,
            httpPort: 80,
            httpsPort: 443,
            originProtocolPolicy: "https-only",
            originSslProtocols: { items: ["TLSv1.2"], quantity: 1 },
          },
          tags: this.tagsFor(name),
        },
        this.childOptions({ dependsOn: [listener] }),
      ),
    );
  }
}
