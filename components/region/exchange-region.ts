/** Everything that a region of the exchange has. */

import type * as pulumi from "@pulumi/pulumi";
import type { CapacityTarget, SizeName } from "../capacity";
import { ClusterControllers, TradingCluster, type TradingClusterArgs } from "../cluster";
import { coreDataStores, DataLayer, type DataLayerArgs, type DataStoreName, TableReplica } from "../data";
import { BourseComponent, type CommonArgs, type HostedZoneRef, type HotPlacement, type Protection } from "../foundation";
import { RegionIngress, type RegionIngressArgs } from "../ingress";
import { ExchangeNetwork, type ExchangeNetworkArgs } from "../network";
import { type AlarmReceivers, AlarmTopic, ObservabilityPlane, type ObservabilityPlaneArgs } from "../observability";
import { KeyRing, type KeyRingArgs } from "../security";
import { ExchangeServices, type ExchangeServicesArgs, runnableServices, type ServiceName } from "../services";
import { clusterChoices, exchangeRegionFaults } from "./exchange-region-faults";
import { coreRegionParts, RegionExtras, type RegionPartArgs, type RegionPartFacts } from "./region-parts";
import { capacityOf, dataChoices, regionSizes } from "./region-sizes";
import { databaseAdministrator, storeRefs, storesOf } from "./store-refs";

/** What a region that joins takes from the exchange's home region; the home region knows nothing of it. */
export interface JoinedHome {
  /** Keys of the home region by domain, of which this region makes replicas, so that what was encrypted there is read here. */
  keyArns?: KeyRingArgs["primaryArns"];
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
  /** Image of every service, by digest. */
  image: pulumi.Input<string>;
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
  /** The home region, for a region that joins it; replicas, not originals, are then made of keys and tables. @default this is the home region */
  joins?: JoinedHome;
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
  } & RegionPartFacts["over"];
}

/** Keys, network, stores, cluster, ingress, observability, services and the chosen parts of one region, each made of the others' narrow references. */
export class ExchangeRegion extends BourseComponent {
  readonly keys: KeyRing;
  readonly network: ExchangeNetwork;
  readonly data: DataLayer;
  readonly cluster: TradingCluster;
  readonly ingress: RegionIngress;
  /** Where every alarm of the region is sent. */
  readonly alarms: AlarmTopic;
  readonly observability: ObservabilityPlane;
  readonly services: ExchangeServices;
  /** Parts that were chosen. */
  readonly extras: RegionExtras;
  /** Replicas of the home region's tables. */
  readonly tableReplica: TableReplica | undefined;

  constructor(name: string, given: ExchangeRegionArgs, opts?: pulumi.ComponentResourceOptions) {
    const args = withPreset(given);
    super("bourse:region:ExchangeRegion", name, args, exchangeRegionFaults(name, args), opts);
    const { accountId, region, zoneIds, placement, preset, protection, tags, over } = args;
    const inside = { parent: this };
    const shared = { protection, tags };
    const services = args.services ?? runnableServices(storesOf(args.stores ?? coreDataStores, args.parts ?? coreRegionParts));

    const sizes = regionSizes(capacityOf(args), zoneIds.length, args.stores ?? coreDataStores);
    const joining = args.joins;

    this.keys = new KeyRing(`${name}-keys`, { accountId, primaryArns: joining?.keyArns, ...shared }, inside);
    // Before everything that brings alarms.
    this.alarms = new AlarmTopic(`${name}-alarms`, { accountId, key: this.keys.key("stream"), receivers: args.receivers, tags }, inside);
    this.network = new ExchangeNetwork(
      `${name}-network`,
      { accountId, cidr: args.cidr, zoneIds, logKey: this.keys.key("log"), alarms: this.alarms, ...shared, ...over?.network },
      inside,
    );
    const { engine, services: serviceGroup } = this.network.clientGroupIds;
    this.cluster = new TradingCluster(
      `${name}-cluster`,
      {
        network: this.network,
        placement,
        key: this.keys.key("cluster"),
        logKey: this.keys.key("log"),
        nodeSecurityGroupIds: { hot: [engine], warm: [serviceGroup] },
        ...clusterChoices(args),
        nodes: sizes.nodes,
        ...over?.cluster,
      },
      inside,
    );
    const controllers = new ClusterControllers(
      `${name}-controllers`,
      { cluster: this.cluster, region, accountId, vpcId: this.network.vpcId, ...shared },
      { ...inside, dependsOn: [this.cluster] },
    );
    this.ingress = new RegionIngress(
      `${name}-ingress`,
      {
        network: this.network,
        // Only zones with gateways: the hot tier's two.
        zoneIds: [placement.zoneId, placement.standbyZoneId],
        region,
        accountId,
        zone: args.zone,
        targetSecurityGroupId: this.cluster.securityGroupId,
        logKey: this.keys.key("log"),
        acceleratorListenerArns: args.acceleratorListenerArns,
        ...shared,
        ...sizes.ingress,
        ...over?.ingress,
      },
      inside,
    );
    this.observability = new ObservabilityPlane(
      `${name}-observability`,
      {
        accountId,
        region,
        logKey: this.keys.key("log"),
        topic: this.alarms,
        services,
        clusterName: this.cluster.clusterName,
        loadBalancer: this.ingress.metricDimension,
        ...shared,
        ...over?.observability,
      },
      inside,
    );
    const dataKeys = { data: this.keys.key("data"), log: this.keys.key("log"), stream: this.keys.key("stream") };
    this.data = new DataLayer(
      `${name}-data`,
      {
        accountId,
        region,
        network: this.network,
        keys: dataKeys,
        clients: { engine, services: serviceGroup },
        image: args.image,
        archive: args.analyticsArchive,
        alarms: this.alarms,
        ...(args.stores === undefined ? {} : { stores: args.stores }),
        ...shared,
        ...dataChoices(args),
      },
      inside,
    );
    this.tableReplica =
      joining?.tableArns === undefined
        ? undefined
        : new TableReplica(
            `${name}-replicas`,
            { tableArns: joining.tableArns, key: this.keys.key("data"), alarms: this.alarms, ...shared },
            inside,
          );
    const stores = storeRefs(this.data, region, accountId, dataKeys, `${name}/exchange`);
    this.extras = new RegionExtras(
      {
        ...args,
        name,
        home: args.home ?? joining === undefined,
        keys: this.keys,
        network: this.network,
        serviceGroupId: serviceGroup,
        alarms: this.alarms,
        loadBalancerArn: this.ingress.loadBalancerArn,
        podGroupId: this.cluster.securityGroupId,
        certificateArn: this.ingress.certificateArn,
        stores,
      },
      inside,
    );
    this.services = new ExchangeServices(
      `${name}-services`,
      {
        cluster: this.cluster,
        zoneIds,
        placement,
        networkCidrs: [args.cidr],
        image: args.image,
        volumeKey: this.keys.key("cluster"),
        services,
        stores: { ...stores, ...this.extras.storeRefs() },
        ...sizes.services,
        ...(joining === undefined
          ? { administrator: databaseAdministrator(this.data, region, this.keys.key("data"), over?.data?.sql?.databaseName) }
          : {}),
        targetGroups: { ...(services.includes("gateway") ? { gateway: this.ingress.targetGroups } : {}), ...this.extras.targetGroups() },
        preset,
        ...shared,
        ...over?.services,
      },
      // Pods need nodes, add-ons, the controller that binds them, and target groups with listeners.
      { ...inside, dependsOn: [this.cluster, controllers, this.ingress] },
    );

    this.registerOutputs({
      vpcId: this.network.vpcId,
      clusterName: this.cluster.clusterName,
      loadBalancerArn: this.ingress.loadBalancerArn,
      dnsName: this.ingress.dnsName,
      alarmTopicArn: this.alarms.topicArn,
    });
  }
}

/** What is not given follows from the preset. */
function withPreset(args: ExchangeRegionArgs): ExchangeRegionArgs {
  const preset = args.preset ?? "production";
  return { ...args, preset, protection: args.protection ?? (preset === "production" ? "on" : "off") };
}
