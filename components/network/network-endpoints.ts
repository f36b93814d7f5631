/** Private ways to AWS services, so that neither data nor credentials cross the internet. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  type Fault,
  type Transform,
  transformed,
} from "../foundation";
import { endpointAlarms } from "./network-alarms";

/** Services that the exchange calls from the private tier, by the last part of the endpoint's service name. */
export const defaultInterfaceServices = [
  "ecr.api",
  "ecr.dkr",
  "eks-auth",
  "kinesis-streams",
  "kms",
  "logs",
  "monitoring",
  "secretsmanager",
  "sqs",
  "ssm",
  "ssmmessages",
  "sts",
];

/** What the user chooses; the network adds the rest. */
export interface EndpointChoice {
  /** Interface endpoints, by the last part of the service name (`kms`). Plain, since it decides how many children exist. @default {@link defaultInterfaceServices} */
  interfaces?: string[];
}

/** Arguments of {@link NetworkEndpoints}. */
export interface NetworkEndpointsArgs extends CommonArgs, AlarmedArgs, EndpointChoice {
  accountId: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  /** Private subnets by zone id; an interface endpoint has an address in each. */
  subnetIds: Record<string, pulumi.Input<string>>;
  /** Route tables by name that reach S3 and DynamoDB without leaving the network. */
  routeTableIds: Record<string, pulumi.Input<string>>;
  /** Addresses that may call the interface endpoints. */
  clientCidr: pulumi.Input<string>;
  transform?: NetworkEndpointsTransform;
}

export interface NetworkEndpointsTransform extends AlarmTransform {
  gateway?: Transform<aws.ec2.VpcEndpointArgs>;
  route?: Transform<aws.ec2.VpcEndpointRouteTableAssociationArgs>;
  interface?: Transform<aws.ec2.VpcEndpointArgs>;
  securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  clientRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
}

export function networkEndpointsFaults(args: EndpointChoice): Fault[] {
  const interfaces = args.interfaces ?? [];
  return interfaces.flatMap((service, index): Fault[] => {
    const path = `interfaces[${index}]`;
    if (!/^[a-z0-9][a-z0-9.-]*$/.test(service) || service.startsWith("com.amazonaws")) {
      return [
        {
          path,
          given: service,
          allowed: "the last part of an endpoint's service name",
          fix: 'write "kms" for com.amazonaws.us-east-1.kms',
        },
      ];
    }
    if (service === "s3" || service === "dynamodb") {
      return [
        {
          path,
          given: service,
          allowed: "a service other than S3 and DynamoDB, which have gateway endpoints without charge",
          fix: "remove it",
        },
      ];
    }
    if (interfaces.indexOf(service) !== index)
      return [{ path, given: service, allowed: "each service once", fix: "remove the repetition" }];
    return [];
  });
}

/** Gateway endpoints to S3 and DynamoDB, and interface endpoints that the private tier alone may call. */
export class NetworkEndpoints extends BourseComponent {
  /** Addresses behind the gateway endpoints, as security groups name them. */
  readonly prefixListIds: Record<"s3" | "dynamodb", pulumi.Output<string>>;

  constructor(name: string, args: NetworkEndpointsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:network:NetworkEndpoints", name, args, networkEndpointsFaults(args), opts);
    const region = aws.getRegionOutput({}, { parent: this }).region;

    const gateways = {
      s3: this.createGateway("s3", region, s3Policy(args.accountId, region), args),
      dynamodb: this.createGateway("dynamodb", region, accountPolicy(args.accountId), args),
    };
    const access = this.createSecurityGroup(args);
    const interfaces = (args.interfaces ?? defaultInterfaceServices).map((service) => this.createInterface(service, region, access, args));

    this.prefixListIds = { s3: gateways.s3.prefixListId, dynamodb: gateways.dynamodb.prefixListId };
    this.registerOutputs({
      gatewayIds: Object.values(gateways).map(({ id }) => id),
      interfaceIds: interfaces.map(({ id }) => id),
      securityGroupId: access.id,
    });
  }

  private createGateway(
    service: string,
    region: pulumi.Output<string>,
    policy: pulumi.Output<string>,
    args: NetworkEndpointsArgs,
  ): aws.ec2.VpcEndpoint {
    const name = `${this.name}-${service}`;
    const endpoint = new aws.ec2.VpcEndpoint(
      ...transformed<aws.ec2.VpcEndpointArgs>(
        args.transform?.gateway,
        name,
        {
          vpcId: args.vpcId,
          serviceName: pulumi.interpolate`com.amazonaws.${region}.${service}`,
          vpcEndpointType: "Gateway",
          policy,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    for (const [table, routeTableId] of Object.entries(args.routeTableIds)) {
      new aws.ec2.VpcEndpointRouteTableAssociation(
        ...transformed<aws.ec2.VpcEndpointRouteTableAssociationArgs>(
          args.transform?.route,
          `${name}-${table}`,
          { vpcEndpointId: endpoint.id, routeTableId },
          this.childOptions(),
        ),
      );
    }
    return endpoint;
  }

  private createSecurityGroup(args: NetworkEndpointsArgs): aws.ec2.SecurityGroup {
    const name = `${this.name}-access`;
    const group = new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        args.transform?.securityGroup,
        name,
        { description: "Interface endpoints, called from the private tier", vpcId: args.vpcId, tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    new aws.vpc.SecurityGroupIngressRule(
      ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
        args.transform?.clientRule,
        `${name}-clients`,
        {
          securityGroupId: group.id,
          description: "HTTPS from the private tier",
          ipProtocol: "tcp",
          fromPort: 443,
          toPort: 443,
          cidrIpv4: args.clientCidr,
          tags: this.tagsFor(`${name}-clients`),
        },
        this.childOptions(),
      ),
    );
    return group;
  }

  private createInterface(
    service: string,
    region: pulumi.Output<string>,
    access: aws.ec2.SecurityGroup,
    args: NetworkEndpointsArgs,
  ): aws.ec2.VpcEndpoint {
    const label = service.replaceAll(".", "-");
    const name = `${this.name}-${label}`;
    const serviceName = pulumi.interpolate`com.amazonaws.${region}.${service}`;
    const endpoint = new aws.ec2.VpcEndpoint(
      ...transformed<aws.ec2.VpcEndpointArgs>(
        args.transform?.interface,
        name,
        {
          vpcId: args.vpcId,
          serviceName,
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds: Object.values(args.subnetIds),
          securityGroupIds: [access.id],
          policy: accountPolicy(args.accountId),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    this.createAlarms(endpointAlarms(label, args.vpcId, endpoint.id, serviceName), args);
    return endpoint;
  }
}

/** Callers of this account alone, so that foreign credentials cannot carry data out through the endpoint. */
function accountPolicy(accountId: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2012-10-17", Statement: [ownPrincipals(accountId)] });
}

/**
 * As {@link accountPolicy}, and reads of the buckets of AWS that are fetched without this account's credentials: image layers (Amazon ECR guide, "Minimum
 * Amazon S3 bucket permissions") and packages of Amazon Linux 2023 (its guide, "Deterministic upgrades").
 */
function s3Policy(accountId: pulumi.Input<string>, region: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      ownPrincipals(accountId),
      {
        Sid: "LayersAndPackages",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: [
          pulumi.interpolate`arn:aws:s3:::prod-${region}-starport-layer-bucket/*`,
          pulumi.interpolate`arn:aws:s3:::al2023-repos-${region}-de612dc2/*`,
        ],
      },
    ],
  });
}

function ownPrincipals(accountId: pulumi.Input<string>) {
  return {
    Sid: "OwnPrincipals",
    Effect: "Allow",
    Principal: "*",
    Action: "*",
    Resource: "*",
    Condition: { StringEquals: { "aws:PrincipalAccount": accountId } },
  };
}
