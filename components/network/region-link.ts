/** What joins the networks of the exchange's regions: a private zone of names, a way between the networks, and a group that says who may come to the shard. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  domainFaults,
  type Fault,
  type HostedZoneRef,
  regionFaults,
  type Transform,
  transformed,
} from "../foundation";
import { overlap, parseRange, type Range } from "./address-plan";
import { NetworkPeering, type NetworkPeeringArgs, networkPeeringFaults } from "./network-peering";

/** What the home region gives to regions that join it. */
export interface HomeNetworkRef {
  region: string;
  /** IPv4 range. Plain, so that overlaps are found before anything is made. */
  cidr: string;
  vpcId: pulumi.Input<string>;
  /** Tables of its private subnets, by zone id. Plain keys: they decide how many children exist. */
  routeTableIds: Record<string, pulumi.Input<string>>;
  /** The private zone. */
  zoneId: pulumi.Input<string>;
  /** Group of its shard's entrance. */
  entranceGroupId: pulumi.Input<string>;
  /** Provider of its region. */
  provider: aws.Provider;
}

/** Arguments of {@link RegionLink}. */
export interface RegionLinkArgs extends CommonArgs {
  /** Name of this region. */
  region: string;
  /** IPv4 range of this region's network. Plain. */
  cidr: string;
  vpcId: pulumi.Input<string>;
  /** Tables of this region's private subnets, by zone id. Plain keys. */
  routeTableIds: Record<string, pulumi.Input<string>>;
  /** Domain of the exchange; private names are below `internal.` of it. Changing it **replaces** the zone. */
  domain: string;
  /** Port by which the shard is reached. */
  shardPort: number;
  /** The home region, for a region that joins it. @default this is the home region, and makes the zone */
  home?: HomeNetworkRef;
  transform?: {
    zone?: Transform<aws.route53.ZoneArgs>;
    association?: Transform<aws.route53.ZoneAssociationArgs>;
    entrance?: Transform<aws.ec2.SecurityGroupArgs>;
    entranceRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
    peering?: NetworkPeeringArgs["transform"];
  };
}

/** The domain of private names, which only the regions' networks resolve. */
export function privateDomain(domain: string): string {
  return `internal.${domain}`;
}

/** Names of components end at 100 characters, that of the peering within too. */
const longestName = 100 - "-peering".length;

/** Bits of an address that tell a process's sessions from another's: the last 24 (`workloads/services/follower`, BOURSE_POD_ADDRESS). */
const sessionBits = 24;

export function regionLinkFaults(name: string, args: Omit<RegionLinkArgs, "vpcId" | "routeTableIds" | "shardPort">): Fault[] {
  const { home, cidr } = args;
  const faults = [...domainFaults("domain", args.domain), ...regionFaults("region", args.region)];
  if (name.length > longestName) {
    const allowed = `at most ${longestName} characters, so that the name of its peering can be one`;
    faults.push({ path: "name", given: name, allowed, fix: `shorten the component's name by ${name.length - longestName}` });
  }
  if (home === undefined) return faults;
  // The peering names its sides otherwise; that of this region has faults of its own where its network is made.
  const { provider } = home;
  const requester = { vpcId: "", cidr, routeTableIds: { own: "" } };
  const peering = networkPeeringFaults({ requester, accepter: { ...home, provider } });
  faults.push(
    ...peering.flatMap(({ path, ...fault }) =>
      path.startsWith("accepter.") ? [{ path: path.replace("accepter", "home"), ...fault }] : [],
    ),
  );
  if (home.region === args.region) {
    const allowed = "another region than the one that joins it";
    faults.push({ path: "home.region", given: home.region, allowed, fix: "leave home out in the home region" });
  }
  const [own, other] = [cidr, home.cidr].map(parseRange);
  if (own === undefined || other === undefined || faults.some(({ path }) => path === "home.cidr")) return faults;
  const within = ({ first, prefix }: Range): Range => ({ first: first % 2 ** sessionBits, prefix });
  if (overlap(within(own), within(other))) {
    const allowed = `a range whose addresses differ from those of ${cidr} in their last ${sessionBits} bits, by which processes log on to the shard`;
    faults.push({ path: "home.cidr", given: home.cidr, allowed, fix: "take all ranges from 10.0.0.0/8" });
  }
  return faults;
}

/**
 * In the home region the private zone; in one that joins a peering with routes both ways, the zone's association and the ways to both regions' shards, in the home region too. Each has the
 * group of its own shard's entrance, which admits nobody but the regions that are linked.
 */
export class RegionLink extends BourseComponent {
  readonly zone: HostedZoneRef;
  readonly entranceGroupId: pulumi.Output<string>;

  constructor(name: string, args: RegionLinkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:network:RegionLink", name, args, regionLinkFaults(name, args), opts);
    const domain = privateDomain(args.domain);
    const entrance = this.createEntrance(args);
    this.entranceGroupId = entrance.id;
    const { home } = args;
    if (home === undefined) {
      this.zone = { zoneId: this.createZone(domain, args).zoneId, domain };
    } else {
      const { cidr, vpcId, routeTableIds, tags, transform } = args;
      const peering = { requester: { vpcId, cidr, routeTableIds }, accepter: home, tags, transform: transform?.peering };
      new NetworkPeering(`${name}-peering`, peering, { parent: this });
      this.associate(home, args);
      this.admit(`${name}-from-${home.region}`, entrance.id, home.cidr, args);
      this.admit(`${name}-to-${home.region}`, home.entranceGroupId, cidr, args, home.provider);
      this.zone = { zoneId: home.zoneId, domain };
    }
    this.registerOutputs({ zoneId: this.zone.zoneId, entranceGroupId: this.entranceGroupId });
  }

  private createZone(domain: string, args: RegionLinkArgs): aws.route53.Zone {
    const name = `${this.name}-names`;
    return new aws.route53.Zone(
      ...transformed<aws.route53.ZoneArgs>(
        args.transform?.zone,
        name,
        {
          name: domain,
          comment: "Names between the regions of the exchange",
          vpcs: [{ vpcId: args.vpcId, vpcRegion: args.region }],
          tags: this.tagsFor(name),
        },
        // Regions that join associate their networks themselves.
        this.childOptions({ ignoreChanges: ["vpcs"] }),
      ),
    );
  }

  private associate({ zoneId }: HomeNetworkRef, args: RegionLinkArgs): void {
    new aws.route53.ZoneAssociation(
      ...transformed<aws.route53.ZoneAssociationArgs>(
        args.transform?.association,
        `${this.name}-names`,
        { zoneId, vpcId: args.vpcId, vpcRegion: args.region },
        this.childOptions(),
      ),
    );
  }

  private createEntrance(args: RegionLinkArgs): aws.ec2.SecurityGroup {
    const name = `${this.name}-entrance`;
    return new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        args.transform?.entrance,
        name,
        { vpcId: args.vpcId, description: "Other regions of the exchange, to the shard of this one", tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  /** Groups of another region cannot be named in a rule (VPC peering guide, "Update your security groups"): its range is. */
  private admit(
    name: string,
    securityGroupId: pulumi.Input<string>,
    cidrIpv4: string,
    args: RegionLinkArgs,
    provider?: aws.Provider,
  ): void {
    new aws.vpc.SecurityGroupIngressRule(
      ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
        args.transform?.entranceRule,
        name,
        {
          securityGroupId,
          description: "Services of another region to the shard",
          ipProtocol: "tcp",
          fromPort: args.shardPort,
          toPort: args.shardPort,
          cidrIpv4,
          tags: this.tagsFor(name),
        },
        this.childOptions(provider === undefined ? {} : { provider }),
      ),
    );
  }
}
