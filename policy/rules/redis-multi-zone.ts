/** Redis replication groups fail over automatically over several zones. */

import type { Rule } from "../rule";

export const redisMultiZone: Rule = {
  id: "redis-multi-zone",
  title: "Redis survives the loss of a zone",
  checks: "Redis replication groups fail over automatically over several zones.",
  why: "Without a replica elsewhere, a zone takes sessions and rate limits with it.",
  fix: "Set automaticFailoverEnabled and multiAzEnabled, with a replica a shard.",
  severity: "mandatory",
  in: "production",
  types: ["aws:elasticache/replicationGroup:ReplicationGroup"],
  check: ({ inputs }) =>
    inputs.automaticFailoverEnabled === true && inputs.multiAzEnabled === true ? [] : ["does not fail over to another zone"],
  passing: { type: "aws:elasticache/replicationGroup:ReplicationGroup", inputs: { automaticFailoverEnabled: true, multiAzEnabled: true } },
  failing: { type: "aws:elasticache/replicationGroup:ReplicationGroup", inputs: { automaticFailoverEnabled: true } },
};
