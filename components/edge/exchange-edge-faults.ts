/** Faults of the arguments of ExchangeEdge. */

import { childNameFaults, domainFaults, type Fault, logBucketFaults, logRetentionFaults, webAclFaults } from "../foundation";
import type { ExchangeEdgeArgs } from "./exchange-edge";
import { hostPathFaults } from "./host-health";

/** CloudFront price classes (CreateDistribution). */
const priceClasses = ["PriceClass_100", "PriceClass_200", "PriceClass_All"];

export function exchangeEdgeFaults(args: ExchangeEdgeArgs, name: string): Fault[] {
  const faults: Fault[] = [...domainFaults("domain", args.domain), ...webAclFaults("firewall", args.firewall ?? {})];
  if (args.reads !== undefined) {
    faults.push(...domainFaults("reads.host", args.reads.host), ...domainFaults("reads.standbyHost", args.reads.standbyHost));
    if (args.reads.host === args.reads.standbyHost) {
      faults.push({
        path: "reads.standbyHost",
        given: args.reads.standbyHost,
        allowed: "a host other than reads.host, or failover would ask the same again",
        fix: "name the hosts of two regions",
      });
    }
  }
  if (args.account !== undefined) {
    faults.push(...domainFaults("account.host", args.account.host));
  }
  faults.push(...hostPathFaults("watched", args.watched ?? {}));
  if (args.dnssec !== undefined && args.dnssec !== "on" && args.dnssec !== "off") {
    faults.push({ path: "dnssec", given: args.dnssec, allowed: '"on" or "off"', fix: 'use "on", the default' });
  }
  if (args.priceClass !== undefined && !priceClasses.includes(args.priceClass)) {
    faults.push({ path: "priceClass", given: args.priceClass, allowed: `one of ${priceClasses.join(", ")}`, fix: "use PriceClass_All" });
  }
  faults.push(...logBucketFaults({ retentionDays: args.logRetentionDays }).map((fault) => ({ ...fault, path: "logRetentionDays" })));
  if (args.firewallLogRetentionDays !== undefined)
    faults.push(...logRetentionFaults("firewallLogRetentionDays", args.firewallLogRetentionDays));
  return [...faults, ...childNameFaults(name, { bucket: ["-site-standby-bucket"], logDestination: ["-access-log-destination"] })];
}
