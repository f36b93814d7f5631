/** Memcached clusters span zones and encrypt connections. */

import type { Rule } from "../rule";

export const memcachedZonesAndTls: Rule = {
  id: "memcached-zones-and-tls",
  title: "Memcached is spread and encrypted",
  checks: "Memcached clusters span zones and encrypt connections.",
  why: "A cache in one zone makes the databases take the whole load when the zone fails.",
  fix: 'Set azMode: "cross-az" and transitEncryptionEnabled: true.',
  severity: "mandatory",
  types: ["aws:elasticache/cluster:Cluster"],
  check: ({ inputs }) => {
    if (inputs.engine !== "memcached") return [];
    const faults: string[] = [];
    if (inputs.azMode !== "cross-az") faults.push("all nodes are in one zone");
    if (inputs.transitEncryptionEnabled !== true) faults.push("connections are plain text");
    return faults;
  },
  passing: { type: "aws:elasticache/cluster:Cluster", inputs: { engine: "memcached", azMode: "cross-az", transitEncryptionEnabled: true } },
  failing: { type: "aws:elasticache/cluster:Cluster", inputs: { engine: "memcached" } },
};
