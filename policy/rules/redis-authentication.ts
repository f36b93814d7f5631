/** Redis replication groups have a token or user groups. */

import { listOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const redisAuthentication: Rule = {
  id: "redis-authentication",
  title: "Redis asks who is there",
  checks: "Redis replication groups have a token or user groups.",
  why: "Any process inside the network could read every session.",
  fix: "Set authToken or userGroupIds.",
  severity: "mandatory",
  types: ["aws:elasticache/replicationGroup:ReplicationGroup"],
  check: ({ inputs }) =>
    inputs.authToken !== undefined || listOf(inputs.userGroupIds).length > 0 ? [] : ["anybody in the network may connect"],
  passing: { type: "aws:elasticache/replicationGroup:ReplicationGroup", inputs: { userGroupIds: ["services"] } },
  failing: { type: "aws:elasticache/replicationGroup:ReplicationGroup", inputs: {} },
};
