/** Faults of the arguments of TradingCluster. */

import { cidrFaults, type Fault, hotPlacementFaults, isPlain, logRetentionFaults } from "../foundation";
import { type AddonName, addonDefinitions } from "./addons";
import { nodeSizeFaults } from "./node-sizes";
import type { TradingClusterArgs } from "./trading-cluster";

export function tradingClusterFaults(name: string, args: TradingClusterArgs): Fault[] {
  const faults: Fault[] = [];
  const clusterName = args.clusterName ?? name;
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}$/.test(clusterName)) {
    faults.push({
      path: "clusterName",
      given: clusterName,
      allowed: "1 to 100 letters, digits, hyphens and underscores, starting with a letter or digit (EKS CreateCluster)",
      fix: "shorten the name or pass clusterName",
    });
  }
  if (isPlain(args.version) && !/^1\.\d{2}$/.test(args.version)) {
    faults.push({
      path: "version",
      given: args.version,
      allowed: "a Kubernetes minor version, as 1.34",
      fix: "leave out the patch version",
    });
  }
  const zones = args.controlPlaneZoneIds ?? args.network.zoneIds;
  if (new Set(zones).size < 2 || zones.some((zoneId) => !args.network.zoneIds.includes(zoneId))) {
    faults.push({
      path: args.controlPlaneZoneIds === undefined ? "network.zoneIds" : "controlPlaneZoneIds",
      given: zones,
      allowed: "two different zones of the network or more (EKS wants subnets in two zones)",
      fix: `use zones of ${args.network.zoneIds.join(", ")}`,
    });
  }
  for (const zoneId of args.network.zoneIds) {
    if (args.network.privateSubnetIds[zoneId] !== undefined) continue;
    faults.push({
      path: `network.privateSubnetIds["${zoneId}"]`,
      given: undefined,
      allowed: "a private subnet in each zone of the network",
      fix: "add the subnet or leave the zone out of zoneIds",
    });
  }
  faults.push(...hotPlacementFaults("placement", args.placement, args.network.zoneIds));
  faults.push(...endpointFaults(args.endpoint));
  faults.push(...nodeSizeFaults("nodes", args.nodes ?? {}));
  faults.push(...addonFaults(args.addonVersions ?? {}));
  faults.push(...reservationFaults(args));
  for (const [key, arn] of Object.entries(args.administrators ?? {})) {
    if (!isPlain(arn) || /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(arn)) continue;
    faults.push({
      path: `administrators["${key}"]`,
      given: arn,
      allowed: "the ARN of an IAM role (people assume roles, users hold no keys)",
      fix: "write arn:aws:iam::111122223333:role/platform-engineer with your account and role",
    });
  }
  if (args.logRetentionDays !== undefined) faults.push(...logRetentionFaults("logRetentionDays", args.logRetentionDays));
  return faults;
}

function endpointFaults(endpoint: TradingClusterArgs["endpoint"]): Fault[] {
  if (endpoint === undefined || endpoint === "private") return [];
  const faults: Fault[] = [];
  const cidrs = endpoint.publicCidrs;
  if (cidrs.length === 0) {
    faults.push({ path: "endpoint.publicCidrs", given: cidrs, allowed: "one CIDR or more", fix: 'write endpoint: "private" for none' });
  }
  cidrs.forEach((cidr, index) => {
    const path = `endpoint.publicCidrs[${index}]`;
    faults.push(...cidrFaults(path, cidr));
    if (cidr.endsWith("/0")) {
      faults.push({ path, given: cidr, allowed: "not the whole internet", fix: "list the ranges of your offices or VPN" });
    }
  });
  return faults;
}

function addonFaults(versions: NonNullable<TradingClusterArgs["addonVersions"]>): Fault[] {
  const known = addonDefinitions.map((addon) => addon.name);
  return Object.entries(versions).flatMap(([addon, version]): Fault[] => {
    const path = `addonVersions["${addon}"]`;
    if (!known.includes(addon as AddonName)) {
      return [{ path, given: version, allowed: `versions of ${known.join(", ")}`, fix: "correct the add-on's name" }];
    }
    if (!/^v\d+\.\d+\.\d+-eksbuild\.\d+$/.test(version ?? "")) {
      return [
        { path, given: version, allowed: "an exact version, as v1.12.4-eksbuild.1", fix: "pin a version of describe-addon-versions" },
      ];
    }
    return [];
  });
}

function reservationFaults(args: TradingClusterArgs): Fault[] {
  const hotZones = [args.placement.zoneId, args.placement.standbyZoneId];
  return Object.keys(args.capacityReservationIds ?? {})
    .filter((zoneId) => !hotZones.includes(zoneId))
    .map((zoneId) => ({
      path: `capacityReservationIds["${zoneId}"]`,
      given: zoneId,
      allowed: `a zone of the hot placement: ${hotZones.join(", ")}`,
      fix: "reserve where the hot nodes are, or change the placement",
    }));
}
