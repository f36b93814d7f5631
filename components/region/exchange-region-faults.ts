/** Faults of the arguments of ExchangeRegion: its own, and those of its parts with what the region passes them. */

import * as pulumi from "@pulumi/pulumi";
import { capacityFaults } from "../capacity";
import { coreDataStores, dataLayerFaults, tableStoreFaults } from "../data";
import type { ClusterRef, Fault, NetworkRef } from "../foundation";
import { regionIngressFaults } from "../ingress";
import { exchangeNetworkFaults, regionLinkFaults } from "../network";
import { alarmTopicFaults, observabilityPlaneFaults } from "../observability";
import { keyRingFaults } from "../security";
import { computeFaults, serviceFaults } from "./compute";
import type { ExchangeRegionArgs } from "./exchange-region";
import { layerFaults, makes } from "./region-layers";
import { coreRegionParts, regionPartFaults } from "./region-parts";
import { servicesOf } from "./region-services";
import { dataChoices } from "./region-sizes";
import { storesOf } from "./store-refs";

export function exchangeRegionFaults(name: string, args: ExchangeRegionArgs): Fault[] {
  const { accountId, zoneIds, over } = args;
  // What parts refer to does not exist yet. Faults are about what the user wrote, so names stand in for it.
  const key = { arn: "", keyId: "" };
  const network = networkOf(zoneIds);
  const cluster: ClusterRef = { clusterName: `${name}-cluster`, securityGroupId: "", kubeconfigJson: "" };

  const given = storesOf(args.stores ?? coreDataStores, args.parts ?? coreRegionParts);

  const capacity =
    args.capacity === undefined ? [] : capacityFaults(args.capacity, { zones: zoneIds.length, overrides: args.capacitySizes });
  const sized = capacity.length === 0 ? args : { ...args, capacity: undefined } /* sizes of a faulty load mean nothing */;

  const image: Fault[] =
    args.image === undefined && makes(args.layer, "services")
      ? [{ path: "image", given: undefined, allowed: "an image of the services by digest", fix: "give it, or make another layer" }]
      : [];

  return [
    ...layerFaults(args.layer, args.below),
    ...image,
    ...capacity,
    ...regionPartFaults(args, args.stores ?? coreDataStores, servicesOf(args)),
    ...joinFaults(name, args),
    ...leaseFaults(name, args),
    ...keyRingFaults({ accountId }),
    ...exchangeNetworkFaults({ accountId, cidr: args.cidr, zoneIds, logKey: key, ...over?.network }, `${name}-network`),
    ...dataLayerFaults(
      {
        accountId,
        region: args.region,
        network,
        keys: { data: key, log: key, stream: key },
        clients: {},
        image: args.image,
        delivers: makes(args.layer, "services") && args.image !== undefined,
        archive: args.analyticsArchive,
        stores: args.stores,
        ...dataChoices(sized),
      },
      `${name}-data`,
    ),
    ...computeFaults(name, args, network, args.parts ?? coreRegionParts),
    ...regionIngressFaults(`${name}-ingress`, {
      network,
      accountId,
      region: args.region,
      zone: args.zone,
      targetSecurityGroupId: "",
      logKey: key,
      acceleratorListenerArns: args.acceleratorListenerArns,
      ...over?.ingress,
    }),
    ...alarmTopicFaults(args),
    ...observabilityPlaneFaults({
      accountId,
      region: args.region,
      logKey: key,
      topic: { topicArn: "" },
      services: servicesOf(args),
      clusterName: cluster.clusterName,
      ...over?.observability,
    }),
    ...serviceFaults(
      args,
      args.image ?? pulumi.output("") /* its absence is named above, where it matters */,
      Object.fromEntries(given.map((store) => [store, { arns: [""], environment: {} }])),
      cluster,
      network,
    ),
  ].filter(unlike);
}

/** Faults of joining the home region: what it must have for it, and the link itself. */
function joinFaults(name: string, { parts = coreRegionParts, joins, region, cidr, zone }: ExchangeRegionArgs): Fault[] {
  const linked = parts.includes("regions")
    ? regionLinkFaults(`${name}-link`, { region, cidr, domain: zone.domain, home: joins?.home })
    : [];
  const faults = linked.map(({ path, ...fault }) => ({ path: path.startsWith("home.") ? `joins.${path}` : path, ...fault }));
  if (joins !== undefined && !parts.includes("regions")) {
    const allowed = '"regions" among the parts of a region that joins: services log on to the shard of the home region';
    faults.push({ path: "parts", given: parts, allowed, fix: 'add "regions" and "authority"' });
  }
  return faults.map((fault) => (fault.path === "domain" ? { ...fault, path: "zone.domain" } : fault));
}

/** Faults of where it is written who leads. */
function leaseFaults(name: string, { parts = coreRegionParts, joins, lease, region }: ExchangeRegionArgs): Fault[] {
  const stands = parts.includes("standby");
  const faults: Fault[] = [];
  if (joins !== undefined && stands !== (joins.lease !== undefined)) {
    const allowed = stands
      ? 'the home region\'s table beside the part "standby", for which it has lease'
      : 'nothing without the part "standby"';
    const fix = stands ? 'give it, or leave "standby" out of parts' : 'remove it, or add "standby" to parts';
    faults.push({ path: "joins.lease", given: joins.lease && "a table", allowed, fix });
  }
  if (lease === undefined) return faults;
  if (joins !== undefined || !stands || !parts.includes("regions")) {
    const allowed = 'nothing but in a home region with the parts "regions" and "standby"';
    return [...faults, { path: "lease", given: lease.witness, allowed, fix: "remove it, or add the parts" }];
  }
  const { copies, witness } = lease;
  const key = { arn: "", keyId: "" };
  const replication = { consistency: "strong" as const, regions: [copies.region], witness };
  const tables = { shards: { key: { hash: { name: "name", type: "S" } }, stream: "off" } } as const;
  const strong = tableStoreFaults({ region, key, tables, replication, replicaKeys: { [copies.region]: key } }, `${name}-leadership`);
  return [...faults, ...strong.map((fault) => (fault.path === "replication.regions" ? { ...fault, path: "lease" } : fault))];
}

/** Parts that share an argument find the same fault in it. */
function unlike(fault: Fault, index: number, all: readonly Fault[]): boolean {
  return all.findIndex((other) => other.path === fault.path && other.allowed === fault.allowed) === index;
}

function networkOf(zoneIds: string[]): NetworkRef {
  const subnets = Object.fromEntries(zoneIds.map((zoneId) => [zoneId, ""]));
  return { vpcId: "", vpcCidr: "", zoneIds, publicSubnetIds: subnets, privateSubnetIds: subnets, databaseSubnetIds: subnets };
}
