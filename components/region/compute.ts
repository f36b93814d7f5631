/** On what the services of a region run, chosen by one argument: pods on nodes of EKS, or tasks of ECS without nodes to manage. */

import type * as pulumi from "@pulumi/pulumi";
import { ClusterControllers, FargateCluster, fargateClusterFaults, PodScaling, TradingCluster, tradingClusterFaults } from "../cluster";
import { coreDataStores } from "../data";
import type { ClusterRef, Fault, NetworkRef, TargetGroupRef } from "../foundation";
import {
  type DatabaseAdministrator,
  ExchangeServices,
  exchangeServicesFaults,
  FargateServices,
  fargateServicesFaults,
  type ServiceName,
  type StoreRefs,
} from "../services";
import type { ExchangeRegionArgs } from "./exchange-region";
import type { RegionDataRef, RegionPlatformRef } from "./region-layers";
import { servicesOf, shardPlace } from "./region-services";
import { capacityOf, regionSizes } from "./region-sizes";

export const computes = ["eks", "fargate"] as const;
export type Compute = (typeof computes)[number];

/** Faults of the choice, of what is given for the other, and of the cluster. */
export function computeFaults(name: string, args: ExchangeRegionArgs, network: NetworkRef, parts: readonly string[]): Fault[] {
  const { compute = "eks", placement, over } = args;
  if (!computes.includes(compute)) {
    return [{ path: "compute", given: compute, allowed: computes.join(" or "), fix: 'use "eks", the default' }];
  }
  const others = compute === "eks" ? (["tasks", "taskServices"] as const) : (["cluster", "services"] as const);
  const faults = others
    .filter((part) => over?.[part] !== undefined)
    .map((part): Fault => {
      const allowed = `arguments of parts that there are with compute: "${compute}"`;
      return { path: `over.${part}`, given: over![part], allowed, fix: "leave it out, or choose the other compute" };
    });
  const key = { arn: "", keyId: "" };
  if (compute === "eks") {
    const clusterArgs = { network, placement, key, logKey: key, ...clusterChoices(args), ...over?.cluster };
    return [...faults, ...tradingClusterFaults(`${name}-cluster`, clusterArgs)];
  }
  if (parts.includes("regions") || args.joins !== undefined) {
    const allowed = '"eks" where there are other regions: the shard of tasks has no entrance for them';
    faults.push({ path: "compute", given: compute, allowed, fix: 'use "eks", or leave "regions" out of parts' });
  }
  if (!parts.includes("authority")) {
    const allowed = '"authority" among the parts: tasks have certificates that Certificate Manager issues from it';
    faults.push({ path: "parts", given: parts, allowed, fix: 'add "authority"' });
  }
  return [...faults, ...fargateClusterFaults(`${name}-tasks`, { network: { vpcId: "vpc" }, logKey: key, ...over?.tasks })];
}

/** Faults of the services, on whatever they run. */
export function serviceFaults(
  args: ExchangeRegionArgs,
  image: pulumi.Input<string>,
  stores: StoreRefs,
  cluster: ClusterRef,
  network: NetworkRef,
): Fault[] {
  const { accountId, region, zoneIds, placement, preset, over } = args;
  const key = { arn: "", keyId: "" };
  const services = servicesOf(args);
  const shared = { networkCidrs: [args.cidr], image, volumeKey: key, services, stores, preset };
  if (args.compute !== "fargate") {
    // What lacks an authority is named where parts are.
    const authority = { arn: "", region };
    return exchangeServicesFaults({
      ...shared,
      region,
      cluster,
      zoneIds,
      placement,
      authority,
      shard: shardPlace(args),
      ...over?.services,
    });
  }
  const names = { namespace: "", namespaceId: "", logGroupName: "", logGroupArn: "", targetSecurityGroupId: "" };
  return fargateServicesFaults({
    ...shared,
    accountId,
    region,
    cluster: { clusterName: "", clusterArn: "", ...names },
    network,
    authorityArn: "arn:",
    clientGroupId: "",
    secretKey: key,
    logKey: key,
    ...over?.taskServices,
  });
}

/** Arguments of the region that are the cluster's under the same name. */
function clusterChoices(args: ExchangeRegionArgs) {
  const { preset, protection, tags, endpoint, administrators } = args;
  return { preset, protection, tags, endpoint, administrators };
}

/** A cluster, before anything that leads to it. */
export interface RegionCluster {
  cluster?: TradingCluster;
  tasks?: FargateCluster;
  clusterName: string;
  /** Group of the pods or tasks that load balancers reach. */
  targetSecurityGroupId: pulumi.Output<string>;
  /** Zones in which gateways run: the hot tier's two, or all. */
  gatewayZoneIds: string[];
  /** What services need of it when they are in the same stack. */
  needed: pulumi.Resource[];
}

export function createCluster(
  name: string,
  args: ExchangeRegionArgs,
  { network, keys, clientGroupIds, authority }: RegionDataRef,
  inside: pulumi.ComponentResourceOptions,
): RegionCluster {
  const { placement, over, region, accountId, cidr, zoneIds, tags, protection } = args;
  if (args.compute === "fargate") {
    const tasks = new FargateCluster(`${name}-tasks`, { network, logKey: keys.log, tags, ...over?.tasks }, inside);
    const { clusterName, targetSecurityGroupId } = tasks;
    return { tasks, clusterName, targetSecurityGroupId, gatewayZoneIds: zoneIds, needed: [tasks] };
  }
  const sizes = regionSizes(capacityOf(args), zoneIds.length, args.stores ?? coreDataStores);
  const cluster = new TradingCluster(
    `${name}-cluster`,
    {
      network,
      placement,
      key: keys.cluster,
      logKey: keys.log,
      nodeSecurityGroupIds: { hot: [clientGroupIds.engine], warm: [clientGroupIds.services] },
      ...clusterChoices(args),
      nodes: sizes.nodes,
      ...over?.cluster,
    },
    inside,
  );
  const controllers = new ClusterControllers(
    `${name}-controllers`,
    { cluster, region, accountId, vpcId: network.vpcId, authorityArn: authority?.issuingArn, protection, tags },
    { ...inside, dependsOn: [cluster] },
  );
  const scaling = new PodScaling(
    `${name}-scaling`,
    { cluster, networkCidrs: [cidr], protection, tags },
    { ...inside, dependsOn: [cluster] },
  );
  return {
    cluster,
    clusterName: cluster.clusterName,
    targetSecurityGroupId: cluster.securityGroupId,
    gatewayZoneIds: [placement.zoneId, placement.standbyZoneId],
    needed: [cluster, controllers, scaling],
  };
}

/** What services are made of when all else is there. */
interface ServiceFacts {
  services: ServiceName[];
  stores: StoreRefs;
  administrator?: DatabaseAdministrator;
  targetGroups: Partial<Record<ServiceName, Record<string, TargetGroupRef>>>;
}

/** Pods where the platform has a cluster of EKS, else tasks. */
export function createServices(
  name: string,
  args: ExchangeRegionArgs,
  { data, platform }: { data: RegionDataRef; platform: RegionPlatformRef },
  facts: ServiceFacts,
  options: pulumi.ComponentResourceOptions,
): ExchangeServices | FargateServices {
  const { accountId, region, cidr, zoneIds, placement, preset, protection, tags, over } = args;
  const { sizes } = regionSizes(capacityOf(args), zoneIds.length, args.stores ?? coreDataStores).services;
  const { keys, network, alarms } = data;
  const shared = { ...facts, image: args.image!, sizes, networkCidrs: [cidr], volumeKey: keys.cluster, preset, protection, tags };
  const { tasks } = platform;
  const authorityArn = data.authority?.issuingArn;
  if (tasks === undefined) {
    const authority = authorityArn === undefined ? undefined : { arn: authorityArn, region };
    return new ExchangeServices(
      `${name}-services`,
      { ...shared, region, cluster: platform.cluster!, zoneIds, placement, authority, shard: shardPlace(args), ...over?.services },
      options,
    );
  }
  return new FargateServices(
    `${name}-services`,
    {
      ...shared,
      accountId,
      region,
      cluster: tasks,
      authorityArn: authorityArn!,
      network,
      clientGroupId: data.clientGroupIds.services,
      secretKey: keys.secret,
      logKey: keys.log,
      alarms,
      ...over?.taskServices,
    },
    options,
  );
}
