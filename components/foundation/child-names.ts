/** Names of children that Pulumi makes of their logical names, and the lengths at which AWS ends them. */

import type { Fault } from "./faults";

/** Where names of one kind of resource end. */
export interface NameLimit {
  /** Type token of the Pulumi resource. */
  readonly type: string;
  readonly longest: number;
  /** What it is, in the plural. */
  readonly what: string;
  /** Where AWS says so. */
  readonly source: string;
}

/** What Pulumi puts behind a logical name: a hyphen and seven hexadecimal digits (Pulumi guide, "Autonaming"). */
const suffixLength = 8;

/** Kinds whose names end early enough that a component's name can be too long for them. */
export const nameLimits = {
  accelerator: {
    type: "aws:globalaccelerator/accelerator:Accelerator",
    longest: 64,
    what: "accelerators",
    source: "Global Accelerator guide, Creating an accelerator",
  },
  bucket: { type: "aws:s3/bucket:Bucket", longest: 63, what: "buckets", source: "S3 guide, General purpose bucket naming rules" },
  configRule: { type: "aws:cfg/rule:Rule", longest: 128, what: "rules", source: "AWS Config API, PutConfigRule" },
  delivery: {
    type: "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    longest: 64,
    what: "delivery streams",
    source: "Firehose API, CreateDeliveryStream",
  },
  eventRule: { type: "aws:cloudwatch/eventRule:EventRule", longest: 64, what: "event rules", source: "EventBridge API, PutRule" },
  function: { type: "aws:lambda/function:Function", longest: 64, what: "functions", source: "Lambda API, CreateFunction" },
  instance: {
    type: "aws:rds/clusterInstance:ClusterInstance",
    longest: 63,
    what: "database instances",
    source: "RDS user guide, Naming constraints in Amazon RDS",
  },
  loadBalancer: { type: "aws:lb/loadBalancer:LoadBalancer", longest: 32, what: "load balancers", source: "ELB API, CreateLoadBalancer" },
  logDestination: {
    type: "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
    longest: 60,
    what: "destinations of logs",
    source: "CloudWatch Logs API, PutDeliveryDestination",
  },
  role: { type: "aws:iam/role:Role", longest: 64, what: "IAM roles", source: "IAM API, CreateRole" },
  selection: { type: "aws:backup/selection:Selection", longest: 50, what: "selections", source: "AWS Backup API, CreateBackupSelection" },
  stream: { type: "aws:kinesis/stream:Stream", longest: 128, what: "streams", source: "Kinesis API, CreateStream" },
  targetGroup: { type: "aws:lb/targetGroup:TargetGroup", longest: 32, what: "target groups", source: "ELB API, CreateTargetGroup" },
  trustStore: { type: "aws:lb/trustStore:TrustStore", longest: 32, what: "trust stores", source: "ELB API, CreateTrustStore" },
  vault: { type: "aws:backup/vault:Vault", longest: 50, what: "backup vaults", source: "AWS Backup API, CreateBackupVault" },
} as const satisfies Record<string, NameLimit>;

export type NamedKind = keyof typeof nameLimits;

/**
 * The fault of a component's name that makes names of its children too long, or none: of several the one that asks for the shortest name.
 * @param children what the children's logical names put behind the component's, by kind
 * @param path argument that a child's ending comes from, if it is not the component's name that must change
 */
export function childNameFaults(name: string, children: Partial<Record<NamedKind, readonly string[]>>, path = "name"): Fault[] {
  const lengths = Object.entries(children).flatMap(([kind, endings]) => {
    const limit: NameLimit = nameLimits[kind as NamedKind];
    return endings.map((ending) => ({ limit, ending, over: name.length + ending.length + suffixLength - limit.longest }));
  });
  const worst = lengths.sort((a, b) => b.over - a.over)[0];
  if (worst === undefined || worst.over <= 0) return [];
  const { limit, ending, over } = worst;
  return [
    {
      path,
      given: `${name}${ending}`,
      allowed: `at most ${limit.longest - suffixLength} characters, since names of ${limit.what} end at ${limit.longest} (${limit.source}) and Pulumi adds ${suffixLength}`,
      fix: `shorten the component's name by ${over}`,
    },
  ];
}
