/** The layer `platform` of a region: cluster and controllers, ingress, observability, and the parts about the account. */

import type * as pulumi from "@pulumi/pulumi";
import { ClusterControllers, TradingCluster } from "../cluster";
import { coreDataStores } from "../data";
import { RegionIngress } from "../ingress";
import { AccessPort } from "../network";
import { CostWatch, ObservabilityPlane } from "../observability";
import { PrivateAuthority, SecurityBaseline } from "../security";
import { runnableServices } from "../services";
import type { ExchangeRegionArgs } from "./exchange-region";
import { clusterChoices } from "./exchange-region-faults";
import type { RegionDataRef, RegionPlatformRef } from "./region-layers";
import { coreRegionParts } from "./region-parts";
import { capacityOf, regionSizes } from "./region-sizes";
import { storesOf } from "./store-refs";

/** Components of the layer, and what it gives. */
export interface PlatformPart {
  cluster: TradingCluster;
  controllers: ClusterControllers;
  ingress: RegionIngress;
  observability: ObservabilityPlane;
  reference: RegionPlatformRef;
}

export function createPlatformPart(
  name: string,
  args: ExchangeRegionArgs,
  data: RegionDataRef,
  inside: pulumi.ComponentResourceOptions,
): PlatformPart {
  const { accountId, region, placement, protection, tags, over } = args;
  const { network, keys, alarms, clientGroupIds } = data;
  const shared = { protection, tags };
  const sizes = regionSizes(capacityOf(args), args.zoneIds.length, args.stores ?? coreDataStores);
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
    { cluster, region, accountId, vpcId: network.vpcId, ...shared },
    { ...inside, dependsOn: [cluster] },
  );
  const ingress = new RegionIngress(
    `${name}-ingress`,
    {
      network,
      // Only zones with gateways: the hot tier's two.
      zoneIds: [placement.zoneId, placement.standbyZoneId],
      region,
      accountId,
      zone: args.zone,
      targetSecurityGroupId: cluster.securityGroupId,
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
      services: args.services ?? runnableServices(storesOf(args.stores ?? coreDataStores, args.parts ?? coreRegionParts)),
      clusterName: cluster.clusterName,
      loadBalancer: ingress.metricDimension,
      ...shared,
      ...over?.observability,
    },
    inside,
  );
  createAccountWideParts(name, args, data, ingress, inside);
  const { targetGroups, certificateArn } = ingress;
  return { cluster, controllers, ingress, observability, reference: { cluster, targetGroups, certificateArn } };
}

/** Those that were chosen of the parts about the account, its costs and its members. */
function createAccountWideParts(
  name: string,
  args: ExchangeRegionArgs,
  { keys, alarms }: RegionDataRef,
  ingress: RegionIngress,
  inside: pulumi.ComponentResourceOptions,
): void {
  const { accountId, zone, protection, tags, home, joins, baseline: services } = args;
  const chosen = args.parts ?? coreRegionParts;
  const shared = { alarms, protection, tags };
  if (chosen.includes("baseline")) {
    new SecurityBaseline(
      `${name}-baseline`,
      { accountId, key: keys.log, home: home ?? joins === undefined, services, ...shared, ...args.over?.baseline },
      inside,
    );
  }
  if (chosen.includes("authority")) new PrivateAuthority(`${name}-authority`, { organization: zone.domain, ...shared }, inside);
  if (chosen.includes("cost")) {
    const tag = { key: "bourse:scope", value: "region" };
    new CostWatch(`${name}-cost`, { monthlyUsd: args.monthlyUsd!, target: alarms, tag, tags }, inside);
  }
  if (chosen.includes("access")) {
    new AccessPort(`${name}-access`, { loadBalancerArn: ingress.loadBalancerArn, members: args.members!, alarms, tags }, inside);
  }
}
