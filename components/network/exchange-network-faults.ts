/** Faults of the arguments of a network. */

import { childNameFaults, type Fault, isPlain, logRetentionFaults } from "../foundation";
import { isZoneId, longestNetworkPrefix, overlap, parseRange, shortestNetworkPrefix, zonePlace } from "./address-plan";
import type { ExchangeNetworkArgs } from "./exchange-network";
import { networkEndpointsFaults } from "./network-endpoints";

/**
 * Ports below 1024 that fit in the public ACL beside its fixed entries, and peers that fit in the private one: 20 entries a direction, those of IPv6 and what AWS denies at
 * the end included, is the default quota (Amazon VPC quotas, "Rules per network ACL").
 */
const most = { ipv4: { publicPorts: 10, peers: 10 }, dualStack: { publicPorts: 4, peers: 8 } };

/** Faults of the arguments, for this component and for those that compose it. */
export function exchangeNetworkFaults(args: ExchangeNetworkArgs, name: string): Fault[] {
  const room = args.ipv6 === true ? most.dualStack : most.ipv4;
  return [
    ...cidrFaults(args.cidr),
    ...zoneFaults(args.zoneIds),
    ...natFaults(args),
    ...publicPortFaults(args.publicPorts ?? [], room.publicPorts),
    ...peerFaults(args.cidr, args.peerCidrs ?? [], room.peers),
    ...networkEndpointsFaults(args.endpoints ?? {}).map((fault) => ({ ...fault, path: `endpoints.${fault.path}` })),
    ...(isPlain(args.flowLogDays) ? logRetentionFaults("flowLogDays", args.flowLogDays) : []),
    ...childNameFaults(name, { role: ["-flow-role"] }),
  ];
}

function cidrFaults(cidr: string): Fault[] {
  const range = parseRange(cidr);
  if (range !== undefined && range.prefix >= shortestNetworkPrefix && range.prefix <= longestNetworkPrefix) return [];
  const allowed = `an IPv4 range from /${shortestNetworkPrefix} to /${longestNetworkPrefix} that starts at a multiple of its size`;
  return [{ path: "cidr", given: cidr, allowed, fix: 'use a range such as "10.0.0.0/16"' }];
}

/** Faults of the zones of a network, own or adopted. */
export function zoneFaults(zoneIds: readonly string[]): Fault[] {
  const faults: Fault[] = [];
  if (zoneIds.length < 2) {
    faults.push({
      path: "zoneIds",
      given: zoneIds,
      allowed: "at least 2 zone ids, so that one zone's loss leaves another",
      fix: "add a zone of the same region",
    });
  }
  const first = zoneIds.find(isZoneId) ?? "";
  zoneIds.forEach((zoneId, index) => {
    const path = `zoneIds[${index}]`;
    if (!isZoneId(zoneId)) {
      faults.push({
        path,
        given: zoneId,
        allowed: "the id of an availability zone, such as use1-az4",
        fix: "list ids with `aws ec2 describe-availability-zones`; names such as us-east-1a differ between accounts",
      });
      return;
    }
    if (zoneIds.indexOf(zoneId) !== index) {
      faults.push({ path, given: zoneId, allowed: "each zone once", fix: "remove the repetition" });
    } else if (regionPart(zoneId) !== regionPart(first)) {
      faults.push({ path, given: zoneId, allowed: `zones of one region, as ${first}`, fix: "make one network for each region" });
    } else if (zoneIds.findIndex((other) => isZoneId(other) && zonePlace(other) === zonePlace(zoneId)) !== index) {
      faults.push({ path, given: zoneId, allowed: "zones with different numbers at the end", fix: "remove one of the two" });
    }
  });
  return faults;
}

function regionPart(zoneId: string): string {
  return zoneId.split("-az")[0];
}

function natFaults(args: ExchangeNetworkArgs): Fault[] {
  const kinds = ["zone", "shared", "none"];
  if (args.nat === undefined || kinds.includes(args.nat)) return [];
  return [{ path: "nat", given: args.nat, allowed: kinds.map((kind) => `"${kind}"`).join(", "), fix: 'use "zone", the default' }];
}

function publicPortFaults(ports: readonly number[], mostPublicPorts: number): Fault[] {
  const faults = ports.flatMap((port, index): Fault[] => {
    const path = `publicPorts[${index}]`;
    if (!(Number.isInteger(port) && port >= 1 && port <= 1023)) {
      return [
        {
          path,
          given: port,
          allowed: "a port from 1 to 1023; higher ports are open in the public tier already",
          fix: "remove it, or move the listener",
        },
      ];
    }
    if (port === 22)
      return [{ path, given: port, allowed: "no remote administration from the internet", fix: "use Systems Manager sessions" }];
    if (ports.indexOf(port) !== index) return [{ path, given: port, allowed: "each port once", fix: "remove the repetition" }];
    return [];
  });
  if (ports.length > mostPublicPorts) {
    faults.push({
      path: "publicPorts",
      given: ports,
      allowed: `at most ${mostPublicPorts} ports`,
      fix: "move listeners to ports above 1023",
    });
  }
  return faults;
}

function peerFaults(cidr: string, peers: readonly string[], mostPeers: number): Fault[] {
  const own = parseRange(cidr);
  const ranges = peers.map(parseRange);
  const faults = peers.flatMap((peer, index): Fault[] => {
    const path = `peerCidrs[${index}]`;
    const range = ranges[index];
    if (range === undefined)
      return [{ path, given: peer, allowed: "an IPv4 range in CIDR notation", fix: 'use a range such as "10.1.0.0/16"' }];
    if (own !== undefined && overlap(own, range)) {
      return [{ path, given: peer, allowed: `a range outside ${cidr}`, fix: "give every network of the exchange a range of its own" }];
    }
    const earlier = ranges.findIndex((other, place) => place < index && other !== undefined && overlap(other, range));
    if (earlier >= 0)
      return [{ path, given: peer, allowed: `a range apart from ${peers[earlier]}`, fix: "give every peer a range of its own" }];
    return [];
  });
  if (peers.length > mostPeers)
    faults.push({ path: "peerCidrs", given: peers, allowed: `at most ${mostPeers} ranges`, fix: "summarise neighbouring ranges" });
  return faults;
}
