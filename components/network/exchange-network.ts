/** The network of one region. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  type KeyRef,
  type NetworkRef,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";
import { ipv6Place, parseRange, type Range, rangeText, subnetRange, type Tier, tierRange } from "./address-plan";
import { type ClientRole, clientRoles, clientWays } from "./client-ways";
import { type ClosedDefaultsTransform, closeDefaults } from "./closed-defaults";
import { exchangeNetworkFaults } from "./exchange-network-faults";
import { FlowLog, type FlowLogTransform } from "./flow-log";
import { natAlarms } from "./network-alarms";
import { type EndpointChoice, NetworkEndpoints, type NetworkEndpointsTransform } from "./network-endpoints";
import { aclEntries, networkRules } from "./network-rules";

/** Arguments of {@link ExchangeNetwork}. */
export interface ExchangeNetworkArgs extends CommonArgs, AlarmedArgs {
  /** Account that the network belongs to. */
  accountId: pulumi.Input<string>;
  /**
   * IPv4 range, /16 to /20, apart from those of all other networks of the exchange. Subnets are cut from it by tier and zone, see `address-plan.ts`. Changing it
   * **replaces** everything.
   */
  cidr: string;
  /** Zone ids (`use1-az4`), two or more of one region. Plain, since it decides how many children exist; adding one replaces nothing. */
  zoneIds: string[];
  /**
   * Ways out for the private tier: a NAT gateway in each zone, one shared gateway in the first zone (cheaper, and lost with its zone), or none, where
   * clients' groups let HTTPS out to the endpoints of S3 and DynamoDB alone. @default "zone"
   */
  nat?: "zone" | "shared" | "none";
  /** Also gives every subnet of the public and private tiers IPv6 addresses. @default false */
  ipv6?: boolean;
  /** Ports below 1024 on which load balancers listen. @default 443 and 80 */
  publicPorts?: number[];
  /** Ranges of other networks of the exchange that this one is peered with. @default none */
  peerCidrs?: string[];
  /** Private ways to AWS services. */
  endpoints?: EndpointChoice;
  /** Encrypts the flow log: the `log` key of a `KeyRing`. */
  logKey: KeyRef;
  /** Days that the flow log is kept. @default 90 */
  flowLogDays?: pulumi.Input<number>;
  /** @default "on" */
  protection?: Protection;
  transform?: ExchangeNetworkTransform;
}

export interface ExchangeNetworkTransform extends AlarmTransform, ClosedDefaultsTransform {
  vpc?: Transform<aws.ec2.VpcArgs>;
  internetGateway?: Transform<aws.ec2.InternetGatewayArgs>;
  egressGateway?: Transform<aws.ec2.EgressOnlyInternetGatewayArgs>;
  subnet?: Transform<aws.ec2.SubnetArgs>;
  networkAcl?: Transform<aws.ec2.NetworkAclArgs>;
  networkAclAssociation?: Transform<aws.ec2.NetworkAclAssociationArgs>;
  routeTable?: Transform<aws.ec2.RouteTableArgs>;
  routeTableAssociation?: Transform<aws.ec2.RouteTableAssociationArgs>;
  route?: Transform<aws.ec2.RouteArgs>;
  natAddress?: Transform<aws.ec2.EipArgs>;
  natGateway?: Transform<aws.ec2.NatGatewayArgs>;
  clientGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  clientRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
  endpoints?: NetworkEndpointsTransform;
  flowLog?: FlowLogTransform;
}

/**
 * A VPC with a public, a private and a database subnet in each zone. The database tier has no route to or from the internet and an ACL that admits the private
 * tier alone; the private tier goes out through NAT gateways; what AWS makes by default is closed; traffic is logged.
 */
export class ExchangeNetwork extends BourseComponent implements NetworkRef {
  readonly vpcId: pulumi.Output<string>;
  readonly vpcCidr: string;
  readonly zoneIds: string[];
  readonly publicSubnetIds: Record<string, pulumi.Output<string>>;
  readonly privateSubnetIds: Record<string, pulumi.Output<string>>;
  readonly databaseSubnetIds: Record<string, pulumi.Output<string>>;
  /** Route tables: `public`, `database`, and `private-<zone id>` for each zone. */
  readonly routeTableIds: Record<string, pulumi.Output<string>>;
  /** Public addresses that the private tier goes out with, by zone id; for the allow lists of third parties. */
  readonly natAddresses: Record<string, pulumi.Output<string>>;
  /** A security group for each role; to be attached to what plays it, and named by stores as clients. */
  readonly clientGroupIds: Record<ClientRole, pulumi.Output<string>>;

  private readonly vpc: aws.ec2.Vpc;
  private readonly range: Range;

  constructor(name: string, args: ExchangeNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:network:ExchangeNetwork", name, args, exchangeNetworkFaults(args, name), opts);
    this.range = parseRange(args.cidr)!;
    this.vpcCidr = args.cidr;
    this.zoneIds = [...args.zoneIds];
    this.vpc = this.createVpc(args);
    this.vpcId = this.vpc.id;
    closeDefaults(this, this.vpc, (child) => this.tagsFor(child), args.transform);

    this.publicSubnetIds = this.createTier("public", args);
    this.privateSubnetIds = this.createTier("private", args);
    this.databaseSubnetIds = this.createTier("database", args);
    this.routeTableIds = this.createRouteTables(args);
    this.routePublicTier(args);
    this.natAddresses = this.createNatGateways(args);
    this.clientGroupIds = this.createClientGroups(this.createEndpoints(args), args);
    new FlowLog(
      `${name}-flow`,
      {
        accountId: args.accountId,
        vpcId: this.vpcId,
        key: args.logKey,
        retentionDays: args.flowLogDays,
        tags: args.tags,
        transform: args.transform?.flowLog,
      },
      { parent: this },
    );

    this.registerOutputs({
      vpcId: this.vpcId,
      publicSubnetIds: this.publicSubnetIds,
      privateSubnetIds: this.privateSubnetIds,
      databaseSubnetIds: this.databaseSubnetIds,
      natAddresses: this.natAddresses,
      clientGroupIds: this.clientGroupIds,
    });
  }

  private createVpc(args: ExchangeNetworkArgs): aws.ec2.Vpc {
    const name = `${this.name}-vpc`;
    return new aws.ec2.Vpc(
      ...transformed<aws.ec2.VpcArgs>(
        args.transform?.vpc,
        name,
        {
          cidrBlock: args.cidr,
          enableDnsHostnames: true,
          enableDnsSupport: true,
          enableNetworkAddressUsageMetrics: true,
          ...(args.ipv6 === true ? { assignGeneratedIpv6CidrBlock: true } : {}),
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect: (args.protection ?? "on") === "on" }),
      ),
    );
  }

  private createTier(tier: Tier, args: ExchangeNetworkArgs): Record<string, pulumi.Output<string>> {
    const acl = this.createAcl(tier, args);
    return Object.fromEntries(this.zoneIds.map((zoneId) => [zoneId, this.createSubnet(tier, zoneId, acl, args).id]));
  }

  private createAcl(tier: Tier, args: ExchangeNetworkArgs): aws.ec2.NetworkAcl {
    const name = `${this.name}-${tier}-acl`;
    const rules = networkRules(tier, {
      network: this.range,
      publicPorts: args.publicPorts ?? [443, 80],
      peerCidrs: args.peerCidrs ?? [],
      ...(args.ipv6 === true ? { ipv6Cidr: this.vpc.ipv6CidrBlock } : {}),
    });
    return new aws.ec2.NetworkAcl(
      ...transformed<aws.ec2.NetworkAclArgs>(
        args.transform?.networkAcl,
        name,
        { vpcId: this.vpcId, ingress: aclEntries(rules, "ingress"), egress: aclEntries(rules, "egress"), tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  private createSubnet(tier: Tier, zoneId: string, acl: aws.ec2.NetworkAcl, args: ExchangeNetworkArgs): aws.ec2.Subnet {
    const name = `${this.name}-${tier}-${zoneId}`;
    const subnet = new aws.ec2.Subnet(
      ...transformed<aws.ec2.SubnetArgs>(
        args.transform?.subnet,
        name,
        {
          vpcId: this.vpcId,
          availabilityZoneId: zoneId,
          cidrBlock: rangeText(subnetRange(this.range, tier, zoneId)),
          // Load balancers and NAT gateways bring addresses of their own; nothing gets one by being launched.
          mapPublicIpOnLaunch: false,
          ...(args.ipv6 === true && tier !== "database" ? this.ipv6Arguments(tier, zoneId) : {}),
          tags: { ...this.tagsFor(name), "bourse:tier": tier },
        },
        this.childOptions(),
      ),
    );
    new aws.ec2.NetworkAclAssociation(
      ...transformed<aws.ec2.NetworkAclAssociationArgs>(
        args.transform?.networkAclAssociation,
        `${name}-acl`,
        { networkAclId: acl.id, subnetId: subnet.id },
        this.childOptions(),
      ),
    );
    return subnet;
  }

  /** AWS gives the VPC a /56; each subnet takes a /64 of it, which the seventh and eighth byte number. */
  private ipv6Arguments(tier: Tier, zoneId: string): Partial<aws.ec2.SubnetArgs> {
    const place = ipv6Place(tier, zoneId).toString(16).padStart(2, "0");
    return {
      ipv6CidrBlock: this.vpc.ipv6CidrBlock.apply((block) => block.replace(/00::\/56$/, `${place}::/64`)),
      assignIpv6AddressOnCreation: true,
    };
  }

  private createRouteTables(args: ExchangeNetworkArgs): Record<string, pulumi.Output<string>> {
    const tables: Record<string, pulumi.Output<string>> = {
      public: this.createRouteTable("public", this.publicSubnetIds, args),
      database: this.createRouteTable("database", this.databaseSubnetIds, args),
    };
    for (const zoneId of this.zoneIds) {
      tables[`private-${zoneId}`] = this.createRouteTable(`private-${zoneId}`, { [zoneId]: this.privateSubnetIds[zoneId] }, args);
    }
    return tables;
  }

  private createRouteTable(
    role: string,
    subnetIds: Record<string, pulumi.Output<string>>,
    args: ExchangeNetworkArgs,
  ): pulumi.Output<string> {
    const name = `${this.name}-${role}-routes`;
    const table = new aws.ec2.RouteTable(
      ...transformed<aws.ec2.RouteTableArgs>(
        args.transform?.routeTable,
        name,
        { vpcId: this.vpcId, tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    for (const [zoneId, subnetId] of Object.entries(subnetIds)) {
      new aws.ec2.RouteTableAssociation(
        ...transformed<aws.ec2.RouteTableAssociationArgs>(
          args.transform?.routeTableAssociation,
          `${name}-${zoneId}`,
          { routeTableId: table.id, subnetId },
          this.childOptions(),
        ),
      );
    }
    return table.id;
  }

  private routePublicTier(args: ExchangeNetworkArgs): void {
    const name = `${this.name}-internet`;
    const gateway = new aws.ec2.InternetGateway(
      ...transformed<aws.ec2.InternetGatewayArgs>(
        args.transform?.internetGateway,
        name,
        { vpcId: this.vpcId, tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    this.createRoute(
      "public-internet",
      { routeTableId: this.routeTableIds.public, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
      args,
    );
    if (args.ipv6 !== true) return;
    this.createRoute(
      "public-internet-ipv6",
      { routeTableId: this.routeTableIds.public, destinationIpv6CidrBlock: "::/0", gatewayId: gateway.id },
      args,
    );
    const outward = new aws.ec2.EgressOnlyInternetGateway(
      ...transformed<aws.ec2.EgressOnlyInternetGatewayArgs>(
        args.transform?.egressGateway,
        `${this.name}-egress`,
        { vpcId: this.vpcId, tags: this.tagsFor(`${this.name}-egress`) },
        this.childOptions(),
      ),
    );
    for (const zoneId of this.zoneIds) {
      const routeTableId = this.routeTableIds[`private-${zoneId}`];
      this.createRoute(
        `private-${zoneId}-egress-ipv6`,
        { routeTableId, destinationIpv6CidrBlock: "::/0", egressOnlyGatewayId: outward.id },
        args,
      );
    }
  }

  private createNatGateways(args: ExchangeNetworkArgs): Record<string, pulumi.Output<string>> {
    const nat = args.nat ?? "zone";
    const addresses: Record<string, pulumi.Output<string>> = {};
    if (nat === "none") return addresses;
    const gateways: Record<string, aws.ec2.NatGateway> = {};
    for (const zoneId of nat === "zone" ? this.zoneIds : this.zoneIds.slice(0, 1)) {
      const name = `${this.name}-nat-${zoneId}`;
      const address = new aws.ec2.Eip(
        ...transformed<aws.ec2.EipArgs>(
          args.transform?.natAddress,
          `${name}-address`,
          { domain: "vpc", tags: this.tagsFor(`${name}-address`) },
          this.childOptions(),
        ),
      );
      gateways[zoneId] = new aws.ec2.NatGateway(
        ...transformed<aws.ec2.NatGatewayArgs>(
          args.transform?.natGateway,
          name,
          { allocationId: address.id, subnetId: this.publicSubnetIds[zoneId], connectivityType: "public", tags: this.tagsFor(name) },
          this.childOptions(),
        ),
      );
      addresses[zoneId] = address.publicIp;
      this.createAlarms(natAlarms(zoneId, gateways[zoneId].id), args);
    }
    for (const zoneId of this.zoneIds) {
      const gateway = gateways[zoneId] ?? gateways[this.zoneIds[0]];
      const routeTableId = this.routeTableIds[`private-${zoneId}`];
      this.createRoute(`private-${zoneId}-nat`, { routeTableId, destinationCidrBlock: "0.0.0.0/0", natGatewayId: gateway.id }, args);
    }
    return addresses;
  }

  private createRoute(role: string, route: aws.ec2.RouteArgs, args: ExchangeNetworkArgs): void {
    new aws.ec2.Route(...transformed<aws.ec2.RouteArgs>(args.transform?.route, `${this.name}-${role}`, route, this.childOptions()));
  }

  private createClientGroups(endpoints: NetworkEndpoints, args: ExchangeNetworkArgs): Record<ClientRole, pulumi.Output<string>> {
    const groupIds = {} as Record<ClientRole, pulumi.Output<string>>;
    for (const role of clientRoles) {
      const name = `${this.name}-${role}-clients`;
      const group = new aws.ec2.SecurityGroup(
        ...transformed<aws.ec2.SecurityGroupArgs>(
          args.transform?.clientGroup,
          name,
          { description: `Membership marks the role ${role}; stores admit it by name`, vpcId: this.vpcId, tags: this.tagsFor(name) },
          this.childOptions(),
        ),
      );
      const ways = clientWays(
        args.cidr,
        args.nat === "none" ? endpoints.prefixListIds : undefined,
        args.ipv6 === true ? this.vpc.ipv6CidrBlock : undefined,
      );
      for (const [way, rule] of Object.entries(ways)) {
        new aws.vpc.SecurityGroupEgressRule(
          ...transformed<aws.vpc.SecurityGroupEgressRuleArgs>(
            args.transform?.clientRule,
            `${name}-${way}`,
            { securityGroupId: group.id, ...rule, tags: this.tagsFor(`${name}-${way}`) },
            this.childOptions(),
          ),
        );
      }
      groupIds[role] = group.id;
    }
    return groupIds;
  }

  private createEndpoints(args: ExchangeNetworkArgs): NetworkEndpoints {
    const { public: _internet, ...internalTables } = this.routeTableIds;
    return new NetworkEndpoints(
      `${this.name}-endpoints`,
      {
        ...args.endpoints,
        accountId: args.accountId,
        vpcId: this.vpcId,
        subnetIds: this.privateSubnetIds,
        routeTableIds: internalTables,
        clientCidr: rangeText(tierRange(this.range, "private")),
        alarms: args.alarms,
        tags: args.tags,
        transform: args.transform?.endpoints,
      },
      { parent: this },
    );
  }
}
