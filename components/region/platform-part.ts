/** The layer `platform` of a region: cluster and controllers, ingress, observability, and the parts about the account. */

import type * as pulumi from "@pulumi/pulumi";
import { coreDataStores } from "../data";
import { RegionIngress, ShardEntrance } from "../ingress";
import { AccessPort } from "../network";
import { CostWatch, ObservabilityPlane } from "../observability";
import { SecurityBaseline } from "../security";
import { catalog, healthPort } from "../services";
import { createCluster, type RegionCluster } from "./compute";
import type { ExchangeRegionArgs } from "./exchange-region";
import type { RegionDataRef, RegionPlatformRef } from "./region-layers";
import { coreRegionParts } from "./region-parts";
import { servicesOf } from "./region-services";
import { capacityOf, regionSizes } from "./region-sizes";

/** Components of the layer, and what it gives. */
export interface PlatformPart {
  compute: RegionCluster;
  ingress: RegionIngress;
  observability: ObservabilityPlane;
  /** With the part `regions`. */
  entrance?: ShardEntrance;
  reference: RegionPlatformRef;
}

export function createPlatformPart(
  name: string,
  args: ExchangeRegionArgs,
  data: RegionDataRef,
  inside: pulumi.ComponentResourceOptions,
): PlatformPart {
  const { accountId, region, protection, tags, over } = args;
  const { network, keys, alarms } = data;
  const shared = { protection, tags };
  const sizes = regionSizes(capacityOf(args), args.zoneIds.length, args.stores ?? coreDataStores);
  const compute = createCluster(name, args, data, inside);
  const ingress = new RegionIngress(
    `${name}-ingress`,
    {
      network,
      zoneIds: compute.gatewayZoneIds,
      region,
      accountId,
      zone: args.zone,
      targetSecurityGroupId: compute.targetSecurityGroupId,
      logKey: keys.log,
      acceleratorListenerArns: args.acceleratorListenerArns,
      ...shared,
      ...sizes.ingress,
      ...over?.ingress,
    },
    inside,
  );
  const observability = new ObservabilityPlane(
    `${name}-observability`,
    {
      accountId,
      region,
      logKey: keys.log,
      topic: alarms,
      services: servicesOf(args),
      clusterName: compute.clusterName,
      compute: args.compute,
      taskLogGroupName: compute.tasks?.logGroupName,
      loadBalancer: ingress.metricDimension,
      ...shared,
      ...over?.observability,
    },
    inside,
  );
  createAccountWideParts(name, args, data, ingress, inside);
  const { targetGroups, certificateArn } = ingress;
  const { cluster, tasks } = compute;
  const runs = tasks === undefined ? { cluster } : { tasks };
  const entrance = createEntrance(name, args, data, compute, inside);
  const shard = entrance === undefined ? {} : { shardTargetGroup: entrance.targetGroup };
  return { compute, ingress, observability, entrance, reference: { ...runs, ...shard, targetGroups, certificateArn } };
}

/** The way of other regions to the shard, where it was chosen. It is there before a shard leads here. */
function createEntrance(
  name: string,
  { region, placement, joins, protection, tags }: ExchangeRegionArgs,
  { network, link, alarms }: RegionDataRef,
  compute: RegionCluster,
  inside: pulumi.ComponentResourceOptions,
): ShardEntrance | undefined {
  if (link === undefined) return undefined;
  return new ShardEntrance(
    `${name}-shard`,
    {
      network,
      zoneIds: [placement.zoneId, placement.standbyZoneId],
      region,
      zone: link.zone,
      place: joins === undefined ? "primary" : "secondary",
      accessGroupId: link.entranceGroupId,
      targetSecurityGroupId: compute.targetSecurityGroupId,
      port: catalog.trading.port,
      health: { port: healthPort, path: "/leads" },
      alarms,
      protection,
      tags,
    },
    inside,
  );
}

/** Those that were chosen of the parts about the account, its costs and its members. */
function createAccountWideParts(
  name: string,
  args: ExchangeRegionArgs,
  { keys, alarms }: RegionDataRef,
  ingress: RegionIngress,
  inside: pulumi.ComponentResourceOptions,
): void {
  const { accountId, protection, tags, home, joins, baseline: services } = args;
  const chosen = args.parts ?? coreRegionParts;
  const shared = { alarms, protection, tags };
  if (chosen.includes("baseline")) {
    new SecurityBaseline(
      `${name}-baseline`,
      { accountId, key: keys.log, home: home ?? joins === undefined, services, ...shared, ...args.over?.baseline },
      inside,
    );
  }
  if (chosen.includes("cost")) {
    const tag = { key: "bourse:scope", value: "region" };
    new CostWatch(`${name}-cost`, { monthlyUsd: args.monthlyUsd!, target: alarms, tag, tags }, inside);
  }
  if (chosen.includes("access")) {
    new AccessPort(`${name}-access`, { loadBalancerArn: ingress.loadBalancerArn, members: args.members!, alarms, tags }, inside);
  }
}
