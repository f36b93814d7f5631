/** Parts of a region that a stack chooses: what is made beside network, stores, cluster, ingress and services. */

import type { DataStoreName } from "../data";
import type { Fault, SecretRef } from "../foundation";
import type { SecurityBaselineArgs } from "../security";
import type { ServiceName } from "../services";
import type { ExchangeRegionArgs } from "./exchange-region";

/**
 * What a region may have besides its core. `regions`: the private zone and the entrance of the shard, by which other regions join or lead. `standby`: the table in which it is written who leads, and
 * with it a standby beside the shard; in a region that joins, two copies of its log, which lead there after a failover. Not with tasks of Fargate.
 */
export const regionParts = [
  "baseline",
  "authority",
  "regions",
  "standby",
  "messaging",
  "broker",
  "mail",
  "cost",
  "access",
  "account",
] as const;
export type RegionPart = (typeof regionParts)[number];
/** Parts without which services cannot tell each other. */
export const coreRegionParts: readonly RegionPart[] = ["messaging"];

/** What the parts need to be told. */
export interface RegionPartArgs {
  /** Parts to make. Plain, since it decides how many children exist. @default {@link coreRegionParts} */
  parts?: readonly RegionPart[];
  /** For `baseline`: true in one region of the account, which also makes what is global. @default true */
  home?: boolean;
  /** For `baseline`: what to do about each service. @default `"create"` for all */
  baseline?: SecurityBaselineArgs["services"];
  /** For `cost`: what a month may cost, in US dollars; the plan's estimate with room. */
  monthlyUsd?: number;
  /** For `access`: account ids of market makers by name, who reach the sockets through PrivateLink. */
  members?: Record<string, string>;
  /** For `account`: the secret of the header by which the account API knows CloudFront, which the global stack owns. */
  originSecret?: SecretRef;
}

/** Faults of the choice: a part that is not known, or that lacks what it needs. */
export function regionPartFaults(args: RegionPartArgs, stores: readonly DataStoreName[], services: readonly ServiceName[]): Fault[] {
  const parts = args.parts ?? coreRegionParts;
  const faults: Fault[] = [];
  parts.forEach((part, index) => {
    if (regionParts.includes(part) && parts.indexOf(part) === index) return;
    faults.push({
      path: `parts[${index}]`,
      given: part,
      allowed: `each of ${regionParts.join(", ")} at most once`,
      fix: "correct the name",
    });
  });
  const needs: [part: RegionPart, argument: keyof RegionPartArgs, allowed: string][] = [
    ["cost", "monthlyUsd", "an amount in US dollars"],
    ["access", "members", "account ids of members by name"],
    ["account", "originSecret", "ARNs of the origin header's secret and of its key, which the global stack gives"],
  ];
  for (const [part, argument, allowed] of needs) {
    if (parts.includes(part) === (args[argument] !== undefined)) continue;
    const fix = parts.includes(part) ? `give it, or leave "${part}" out of parts` : `add "${part}" to parts, or remove it`;
    faults.push({ path: argument, given: args[argument], allowed, fix });
  }
  if (parts.includes("regions") && !parts.includes("authority")) {
    const allowed = '"authority" beside "regions": services of two regions know each other by certificates of one root';
    faults.push({ path: "parts", given: parts, allowed, fix: 'add "authority"' });
  }
  if (parts.includes("account") && !stores.includes("sql")) {
    faults.push({ path: "stores", given: stores, allowed: 'sql beside the part "account", which reads users', fix: "add it" });
  }
  if (parts.includes("account") && stores.includes("sql") && !services.includes("users")) {
    const allowed = 'users beside the part "account", which it serves';
    faults.push({ path: "services", given: services, allowed, fix: 'add it, and the part "messaging", which it tells notices' });
  }
  return faults;
}

/** A domain has one set of sender records, and each region an identity of its own. */
export function mailDomain({ home, joins, region, zone }: Pick<ExchangeRegionArgs, "home" | "joins" | "region" | "zone">): string {
  return (home ?? joins === undefined) ? zone.domain : `${region}.${zone.domain}`;
}
