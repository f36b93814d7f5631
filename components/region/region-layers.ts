/**
 * The layers of a region, and what each gives to those above it: narrow references, which are the same whether the layers are in one stack
 * or each in a stack of its own. None holds a secret.
 */

import type * as pulumi from "@pulumi/pulumi";
import type { DeliverySources } from "../data";
import type { AlarmTarget, ClusterRef, Fault, HostedZoneRef, KeyRef, NetworkRef, TargetGroupRef, TaskClusterRef } from "../foundation";
import type { KeyDomain } from "../security";

/**
 * Lowest first. `data`: keys, alarms' topic, network, its link to other regions, private certificates, stores, messages and mail; `platform`: cluster, ingress, observability, the account's
 * baseline, costs and members' access; `services`: all that runs the image.
 */
export const regionLayers = ["data", "platform", "services"] as const;
export type RegionLayer = (typeof regionLayers)[number];

/** What the layer `data` gives. */
export interface RegionDataRef {
  network: NetworkRef;
  /** Security groups that stores admit, by role. */
  clientGroupIds: { engine: pulumi.Input<string>; services: pulumi.Input<string> };
  keys: Readonly<Record<KeyDomain, KeyRef>>;
  alarms: AlarmTarget;
  /** Authorities of internal certificates. Absent without the part `authority`. */
  authority?: AuthorityRef;
  /** Names between regions, and who may come to the shard. Absent without the part `regions`. */
  link?: LinkRef;
  /** Absent without the store `sql`. */
  sql?: SqlRef;
  /** Absent without the store `cache`. */
  cache?: CacheRef;
  /** Streams by role; none without the store `events`. */
  streams: Readonly<Record<string, StreamRef>>;
  /** Buckets by role; none without the store `lake`. */
  buckets: DeliverySources["buckets"];
  /** ARN of the search domain, and the group of deliveries that it admits. Absent without the stores `search` and `delivery`. */
  search?: { arn: pulumi.Input<string>; callerGroupId: pulumi.Input<string> };
  /** The table of who leads. Absent without the part `standby`. */
  leadership?: LeadershipRef;
  /** Absent without the part `messaging`. */
  notices?: NoticesRef;
  /** Absent without the part `mail`. */
  mail?: MailRef;
}

/** The authority that issues certificates in this region, and the root above it, which regions share. */
export interface AuthorityRef {
  issuingArn: pulumi.Input<string>;
  rootArn: pulumi.Input<string>;
}

/** What a region has of the link between regions. */
export interface LinkRef {
  /** The private zone of names. */
  zone: HostedZoneRef;
  /** Group of the load balancer before the shard. */
  entranceGroupId: pulumi.Input<string>;
}

/** A PostgreSQL cluster. */
export interface SqlRef {
  /** Of the writer, or of readers where the cluster is a copy of another region's, which has no writer. */
  endpoint: pulumi.Input<string>;
  /** Of the writer of a copy, which answers once it is promoted; only of a copy. */
  promotedEndpoint?: pulumi.Input<string>;
  /** What IAM names its users by (Aurora guide, "IAM database access"). */
  resourceId: pulumi.Input<string>;
  /** ARN of the secret that RDS keeps the administrator's password in; none in a copy of another region's cluster. */
  adminSecretArn: pulumi.Input<string | undefined>;
}

/** A Redis cluster, and the user of the services. */
export interface CacheRef {
  endpoint: pulumi.Input<string>;
  arn: pulumi.Input<string>;
  userArn: pulumi.Input<string>;
}

/** A table of DynamoDB. */
export interface TableRef {
  arn: pulumi.Input<string>;
  name: pulumi.Input<string>;
}

/** The table of who leads the shard, as this region reads and writes it. */
export interface LeadershipRef extends TableRef {
  keyArn: pulumi.Input<string>;
  /** The key of its replica in the region that joins; only in the home region of one with replicas. */
  copiesKeyArn?: pulumi.Input<string>;
}

/** A stream of Kinesis. */
export interface StreamRef {
  arn: pulumi.Input<string>;
  name: pulumi.Input<string>;
}

/** The queue of notices, what it sets aside, and the topic of account events. */
export interface NoticesRef {
  queueArn: pulumi.Input<string>;
  queueUrl: pulumi.Input<string>;
  deadLettersArn: pulumi.Input<string>;
  topicArn: pulumi.Input<string>;
}

/** Who mails are sent as. */
export interface MailRef {
  identityArn: pulumi.Input<string>;
  configurationSetName: pulumi.Input<string>;
}

/** What the layer `platform` gives. */
export interface RegionPlatformRef {
  /** With `compute: "eks"`. */
  cluster?: ClusterRef;
  /** With `compute: "fargate"`. */
  tasks?: TaskClusterRef;
  /** Target groups that the gateway's pods or tasks join, by listener. */
  targetGroups: Readonly<Record<string, TargetGroupRef>>;
  /** Target group that the shard's pods join. Absent without the part `regions`. */
  shardTargetGroup?: TargetGroupRef;
  /** Certificate of the region's hosts. */
  certificateArn: pulumi.Input<string>;
}

/** References to the layers below, for a region of which one layer is made. */
export interface LayersBelow {
  data?: RegionDataRef;
  platform?: RegionPlatformRef;
}

/** Faults of the choice of a layer: one that is not known, or that lacks what it stands on. */
export function layerFaults(layer: RegionLayer | undefined, below: LayersBelow | undefined): Fault[] {
  if (layer !== undefined && !regionLayers.includes(layer)) {
    return [{ path: "layer", given: layer, allowed: `one of ${regionLayers.join(", ")}`, fix: "leave it out for all of them" }];
  }
  const needed = layer === undefined ? [] : regionLayers.slice(0, regionLayers.indexOf(layer));
  return (["data", "platform"] as const)
    .filter((each) => needed.includes(each) !== (below?.[each] !== undefined))
    .map((each) => {
      const allowed = needed.includes(each)
        ? `references to the layer ${each}, on which ${layer} stands`
        : `nothing, since ${layer ?? "a whole region"} does not stand on references to ${each}`;
      return {
        path: `below.${each}`,
        given: below?.[each] && "references",
        allowed,
        fix: needed.includes(each) ? "give it" : "leave it out",
      };
    });
}

/** Whether a region with `layer` makes `each`. */
export function makes(layer: RegionLayer | undefined, each: RegionLayer): boolean {
  return layer === undefined || layer === each;
}
