/** Everything that a region of the exchange has. */

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { CapacityTarget, SizeName } from "../capacity";
import type { FargateClusterArgs, TradingClusterArgs } from "../cluster";
import type { DataLayerArgs, DataStoreName } from "../data";
import { BourseComponent, type CommonArgs, type HostedZoneRef, type HotPlacement, type Protection } from "../foundation";
import type { RegionIngressArgs } from "../ingress";
import type { ExchangeNetworkArgs, HomeNetworkRef } from "../network";
import type { AlarmReceivers, ObservabilityPlaneArgs } from "../observability";
import type { KeyRingArgs, SecurityBaselineArgs } from "../security";
import type { ExchangeServicesArgs, FargateServicesArgs, ServiceName } from "../services";
import type { AccountFacts } from "./account-part";
import type { Compute } from "./compute";
import { createDataPart, privateTables } from "./data-part";
import { exchangeRegionFaults } from "./exchange-region-faults";
import { createPlatformPart } from "./platform-part";
import { type LayersBelow, makes, type RegionDataRef, type RegionLayer, type RegionPlatformRef } from "./region-layers";
import type { RegionPartArgs } from "./region-parts";
import { createServicesPart } from "./services-part";

/** The network and the root of the home region, by which its shard is reached. */
export interface HomeRef extends HomeNetworkRef {
  /** Root of the private certificates, which signs this region's authority too. */
  rootArn: pulumi.Input<string>;
}

/** What a region that joins takes from the exchange's home region; the home region knows nothing of it. */
export interface JoinedHome {
  /** Where the shard leads: the exchange has one, to which services of this region log on. */
  home: HomeRef;
  /** Keys of the home region by domain, of which this region makes replicas, so that what was encrypted there is read here. */
  keyArns?: KeyRingArgs["primaryArns"];
  /** The home region's table of who leads, with a replica here, and the key of that; for the part `standby`. @default no copy of the shard's log here */
  lease?: { tableName: pulumi.Input<string>; keyArn: pulumi.Input<string> };
  /** Tables of the home region by role, of which this region makes replicas. Plain keys. @default none, and tables of its own */
  tableArns?: Record<string, pulumi.Input<string>>;
}

/** Arguments of {@link ExchangeRegion}. */
export interface ExchangeRegionArgs extends CommonArgs, RegionPartArgs {
  accountId: pulumi.Input<string>;
  /** Name of the region; the provider passed in the options must be of it. Plain, since records are told apart by it. */
  region: string;
  /** IPv4 range of the network, apart from those of other regions. Changing it **replaces** everything. */
  cidr: string;
  /** Zone ids, two or more. Adding one replaces nothing. */
  zoneIds: string[];
  /** Zone of the trading path, and that of its standby. */
  placement: HotPlacement;
  /** The exchange's zone, which the global stack owns. */
  zone: HostedZoneRef;
  /** Listeners of the global stack's accelerators that the region joins. @default none, and hosts lead here by latency */
  acceleratorListenerArns?: RegionIngressArgs["acceleratorListenerArns"];
  /** One layer to make instead of all, of references to those below it. @default all, in one stack */
  layer?: RegionLayer;
  /** The layers below `layer`, as the stacks that hold them give them. @default none */
  below?: LayersBelow;
  /**
   * On what services run: pods on nodes of EKS, hot ones on cores of their own, or tasks of ECS Fargate, without nodes to manage. Tasks have no cores of their own and no placement beside each
   * other, and the shard's log is on a network file system: orders are acknowledged later. Fargate needs the part `authority`. Changing it **replaces** the services and begins another log; stores
   * stay. @default "eks"
   */
  compute?: Compute;
  /** Image of every service, by digest. For the layer `services`. */
  image?: pulumi.Input<string>;
  /** Services to run. @default those whose stores and parts are there: all with `events` among the stores and `messaging` and `mail` among the parts */
  services?: ServiceName[];
  /** Stores to make. Plain, since it decides how many children exist. @default {@link coreDataStores} */
  stores?: readonly DataStoreName[];
  /** Path of the stream application's archive, which `npm run build:windows` makes, for the store `analytics`. */
  analyticsArchive?: string;
  /**
   * The load that every hop is sized for: the reference load by name, or orders a second with whatever else is known. Arguments in `over` go
   * over the sizes that follow from it. @default the sizes of the preset
   */
  capacity?: CapacityTarget;
  /** Sizes instead of those that follow from the capacity, by their names in the plan. @default none */
  capacitySizes?: Partial<Record<SizeName, number>>;
  /**
   * Identifier of the global database that the region's PostgreSQL belongs to: the home region makes it, another joins it as a secondary.
   * Changing it **replaces** the membership. @default a database of the region alone
   */
  globalDatabase?: string;
  /** The home region, for a region that joins it; replicas, not originals, are then made of keys and tables, and no shard leads here. Needs the parts `authority` and `regions`. @default this is the home region */
  joins?: JoinedHome;
  /**
   * With the parts `regions` and `standby`: who leads is written in this region, in one that joins and keeps copies of the shard's log, and in one that only votes, so that the loss of any of them
   * leaves it known. All three of one of DynamoDB's sets of regions. Adding it **replaces** the table: stop the shard before. @default in this region alone
   */
  lease?: { copies: { region: string; provider: aws.Provider }; witness: string };
  /** Sizes: to try the exchange, or to carry customers. @default "production" */
  preset?: "development" | "production";
  /** Reach of the cluster's API. @default "private" */
  endpoint?: TradingClusterArgs["endpoint"];
  /** IAM roles that administer the cluster, by a name for each. @default none but the creating role */
  administrators?: TradingClusterArgs["administrators"];
  /** Who is told of alarms, by a name for each. @default nobody */
  receivers?: AlarmReceivers;
  /** @default "on" for production, "off" for development */
  protection?: Protection;
  /** Arguments of the parts over those made here. */
  over?: {
    network?: Partial<ExchangeNetworkArgs>;
    data?: Partial<DataLayerArgs>;
    cluster?: Partial<TradingClusterArgs>;
    ingress?: Partial<RegionIngressArgs>;
    observability?: Partial<ObservabilityPlaneArgs>;
    services?: Partial<ExchangeServicesArgs>;
    /** Of the cluster with `compute: "fargate"`. */
    tasks?: Partial<FargateClusterArgs>;
    /** Of the services with `compute: "fargate"`. */
    taskServices?: Partial<FargateServicesArgs>;
    baseline?: Partial<SecurityBaselineArgs>;
    account?: AccountFacts["over"];
  };
}

/**
 * Keys, network, stores, cluster, ingress, observability, services and the chosen parts of one region, each made of the others' narrow references; or one
 * layer of it, of references to those below.
 */
export class ExchangeRegion extends BourseComponent {
  /** What the layer `data` gives, made here or given. */
  readonly data: RegionDataRef;
  /** What the layer `platform` gives, made here or given; undefined below it. */
  readonly platform: RegionPlatformRef | undefined;
  /** Address of the sockets' load balancer, where the layer `platform` is made here. */
  readonly loadBalancerName: pulumi.Output<string> | undefined;
  /** Tables of the private subnets by zone id, where the layer `data` is made here. */
  readonly routeTableIds: Readonly<Record<string, pulumi.Output<string>>>;
  /** ARNs of the stores' tables by role, where the layer `data` is made here. */
  readonly tableArns: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, given: ExchangeRegionArgs, opts?: pulumi.ComponentResourceOptions) {
    const args = withPreset(given);
    super("bourse:region:ExchangeRegion", name, args, exchangeRegionFaults(name, args), opts);
    const inside = { parent: this };
    const { layer, below } = args;

    const lowest = makes(layer, "data") ? createDataPart(name, args, inside) : undefined;
    const data = lowest?.reference ?? below!.data!;
    const middle = makes(layer, "platform") ? createPlatformPart(name, args, data, inside) : undefined;
    const platform = middle?.reference ?? below?.platform;
    if (makes(layer, "services")) {
      const first = middle === undefined ? [] : [...middle.compute.needed, middle.ingress];
      createServicesPart(name, args, { data, platform: platform! }, first, inside);
    }

    this.data = data;
    this.platform = platform;
    this.loadBalancerName = middle?.ingress.dnsName;
    this.routeTableIds = lowest === undefined ? {} : privateTables(lowest.network);
    this.tableArns = Object.fromEntries(Object.entries(lowest?.stores.tables?.tables ?? {}).map(([role, { arn }]) => [role, arn]));
    this.registerOutputs({
      vpcId: data.network.vpcId,
      clusterName: (platform?.cluster ?? platform?.tasks)?.clusterName,
      loadBalancerArn: middle?.ingress.loadBalancerArn,
      dnsName: this.loadBalancerName,
      alarmTopicArn: data.alarms.topicArn,
    });
  }
}

/** What is not given follows from the preset. */
function withPreset(args: ExchangeRegionArgs): ExchangeRegionArgs {
  const preset = args.preset ?? "production";
  return { ...args, preset, protection: args.protection ?? (preset === "production" ? "on" : "off") };
}
