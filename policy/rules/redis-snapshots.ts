/** Redis replication groups keep daily snapshots. */

import { numberOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const redisSnapshots: Rule = {
  id: "redis-snapshots",
  title: "Redis keeps snapshots",
  checks: "Redis replication groups keep daily snapshots.",
  why: "Leaderboards and sessions would start empty after a mistaken flush.",
  fix: "Set snapshotRetentionLimit: 1 or more.",
  severity: "advisory",
  types: ["aws:elasticache/replicationGroup:ReplicationGroup"],
  check: ({ inputs }) => (numberOf(inputs.snapshotRetentionLimit, 0) > 0 ? [] : ["no snapshot is kept"]),
  passing: { type: "aws:elasticache/replicationGroup:ReplicationGroup", inputs: { snapshotRetentionLimit: 7 } },
  failing: { type: "aws:elasticache/replicationGroup:ReplicationGroup", inputs: {} },
};
