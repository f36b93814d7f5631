/** Everything of ours that can be tagged names its component. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const taggableResourcesTagged: Rule = {
  id: "taggable-resources-tagged",
  title: "Resources carry their component",
  checks: "Everything of ours that can be tagged names its component.",
  why: "Cost reports, access by tag and clean-up after an incident all start from tags.",
  fix: "Pass tags from tagsFor(name) to the child.",
  severity: "advisory",
  types: [
    "aws:ec2/vpc:Vpc",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
    "aws:rds/cluster:Cluster",
    "aws:rds/clusterInstance:ClusterInstance",
    "aws:dynamodb/table:Table",
    "aws:eks/cluster:Cluster",
    "aws:eks/nodeGroup:NodeGroup",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:iam/role:Role",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:msk/cluster:Cluster",
    "aws:opensearch/domain:Domain",
    "aws:kinesis/stream:Stream",
    "aws:sqs/queue:Queue",
    "aws:sns/topic:Topic",
    "aws:cloudfront/distribution:Distribution",
    "aws:lambda/function:Function",
  ],
  check: ({ inputs }) => {
    const tags = { ...recordOf(inputs.tags), ...recordOf(inputs.tagsAll) };
    const missing = ["Name", "bourse:component"].filter((key) => tags[key] === undefined);
    return missing.length === 0 ? [] : [`tags missing: ${missing.join(", ")}`];
  },
  passing: { type: "aws:kms/key:Key", inputs: { tags: { Name: "data", "bourse:component": "KeyRing/keys" } } },
  failing: { type: "aws:kms/key:Key", inputs: { tags: { Name: "data" } } },
};
