/** Redis replication groups encrypt storage and connections. */

import type { Rule } from "../rule";

export const redisEncryption: Rule = {
  id: "redis-encryption",
  title: "Redis is encrypted at rest and in transit",
  checks: "Redis replication groups encrypt storage and connections.",
  why: "Sessions and market positions in memory end in snapshots, and cross zones on the wire.",
  fix: "Set atRestEncryptionEnabled and transitEncryptionEnabled to true.",
  severity: "mandatory",
  types: ["aws:elasticache/replicationGroup:ReplicationGroup"],
  check: ({ inputs }) => {
    const faults: string[] = [];
    if (String(inputs.atRestEncryptionEnabled) !== "true") faults.push("not encrypted at rest");
    if (inputs.transitEncryptionEnabled !== true || inputs.transitEncryptionMode === "preferred")
      faults.push("connections may be plain text");
    return faults;
  },
  passing: {
    type: "aws:elasticache/replicationGroup:ReplicationGroup",
    inputs: { atRestEncryptionEnabled: true, transitEncryptionEnabled: true },
  },
  failing: { type: "aws:elasticache/replicationGroup:ReplicationGroup", inputs: { atRestEncryptionEnabled: true } },
};
