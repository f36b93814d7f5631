/** A network that exists already, made by hand, by awsx or by another program. */

import * as pulumi from "@pulumi/pulumi";
import { type Fault, faultsError, type NetworkRef } from "../foundation";
import { parseRange } from "./address-plan";
import { zoneFaults } from "./exchange-network-faults";

/** Ids of an existing network. Lists are in the order of {@link zoneIds}, as `awsx.ec2.Vpc` gives them. */
export interface AdoptedNetworkArgs {
  vpcId: pulumi.Input<string>;
  cidr: string;
  /** Zone ids of the subnets, in order, two or more of one region. With awsx, pass the zones explicitly there too: those it would choose may change. */
  zoneIds: string[];
  publicSubnetIds: pulumi.Input<string[]>;
  privateSubnetIds: pulumi.Input<string[]>;
  /** Subnets without a way out; awsx calls them isolated. */
  databaseSubnetIds: pulumi.Input<string[]>;
}

export function adoptedNetworkFaults(args: AdoptedNetworkArgs): Fault[] {
  const faults = zoneFaults(args.zoneIds);
  if (parseRange(args.cidr) === undefined)
    faults.push({ path: "cidr", given: args.cidr, allowed: "an IPv4 range in CIDR notation", fix: "use the VPC's range" });
  for (const tier of ["publicSubnetIds", "privateSubnetIds", "databaseSubnetIds"] as const) {
    const given = args[tier];
    if (!Array.isArray(given)) continue;
    if (new Set(given).size < given.length)
      faults.push({ path: tier, given, allowed: "each subnet once", fix: "list the subnet of each zone" });
    if (given.length !== args.zoneIds.length) {
      faults.push({
        path: tier,
        given,
        allowed: `one subnet for each of ${args.zoneIds.length} zones, in order`,
        fix: "list as many subnets as zones",
      });
    }
  }
  return faults;
}

/** A reference to an existing network. Throws `pulumi.InputPropertiesError` naming every fault. */
export function adoptNetwork(args: AdoptedNetworkArgs): NetworkRef {
  const faults = adoptedNetworkFaults(args);
  if (faults.length > 0) throw faultsError("the network cannot be adopted", faults);
  const byZone = (subnetIds: pulumi.Input<string[]>) =>
    Object.fromEntries(
      args.zoneIds.map((zoneId, index) => [
        zoneId,
        pulumi.output(subnetIds).apply((ids) => {
          if (ids.length !== args.zoneIds.length)
            throw new Error(`the network has ${ids.length} subnets in a tier, but ${args.zoneIds.length} zone ids were named`);
          return ids[index];
        }),
      ]),
    );
  return {
    vpcId: args.vpcId,
    vpcCidr: args.cidr,
    zoneIds: [...args.zoneIds],
    publicSubnetIds: byZone(args.publicSubnetIds),
    privateSubnetIds: byZone(args.privateSubnetIds),
    databaseSubnetIds: byZone(args.databaseSubnetIds),
  };
}
