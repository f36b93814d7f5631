/** The layer `platform` of a region: cluster and controllers, ingress, observability, and the parts about the account. */

import type * as pulumi from "@pulumi/pulumi";
import { coreDataStores } from "../data";
import type { AlarmTarget } from "../foundation";
import { RegionIngress } from "../ingress";
import { AccessPort } from "../network";
import { CostWatch, ObservabilityPlane } from "../observability";
import { PrivateAuthority, SecurityBaseline } from "../security";
import { runnableServices } from "../services";
import { createCluster, type RegionCluster } from "./compute";
import type { ExchangeRegionArgs } from "./exchange-region";
import type { RegionDataRef, RegionPlatformRef } from "./region-layers";
import { coreRegionParts } from "./region-parts";
import { capacityOf, regionSizes } from "./region-sizes";
import { storesOf } from "./store-refs";

/** Components of the layer, and what it gives. */
export interface PlatformPart {
  compute: RegionCluster;
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
  const { accountId, region, protection, tags, over } = args;
  const { network, keys, alarms } = data;
  const shared = { protection, tags };
  const sizes = regionSizes(capacityOf(args), args.zoneIds.length, args.stores ?? coreDataStores);
  const authority = createAuthority(name, args, alarms, inside);
  const compute = createCluster(name, args, data, authority?.issuingArn, inside);
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
      services: args.services ?? runnableServices(storesOf(args.stores ?? coreDataStores, args.parts ?? coreRegionParts)),
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
  const issuing = authority === undefined ? {} : { authorityArn: authority.issuingArn };
  const runs = tasks === undefined ? { cluster } : { tasks };
  return { compute, ingress, observability, reference: { ...runs, ...issuing, targetGroups, certificateArn } };
}

/** The authority of internal certificates, where it was chosen. Certificate Manager issues what tasks fetch; cert-manager asks for short-lived ones itself. */
function createAuthority(
  name: string,
  { compute, parts = coreRegionParts, zone, protection, tags }: ExchangeRegionArgs,
  alarms: AlarmTarget,
  inside: pulumi.ComponentResourceOptions,
): PrivateAuthority | undefined {
  if (!parts.includes("authority")) return undefined;
  const issues = compute === "fargate" ? "managed" : "short-lived";
  return new PrivateAuthority(`${name}-authority`, { organization: zone.domain, issues, alarms, protection, tags }, inside);
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
