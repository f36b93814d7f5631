/** What a failover asks of AWS. The adapter over the SDK is `aws-cloud.ts`; tests have one that can fail at any call. */

import type { LeadershipRecord } from "./leadership";

/** A region's place behind an accelerator. */
export interface EndpointGroup {
  arn: string;
  /** The accelerator's name. */
  accelerator: string;
  region: string;
  /** Percentage of traffic that it takes. */
  dial: number;
  endpoints: number;
  /** Endpoints that the accelerator finds healthy. */
  healthy: number;
}

/** A database over several regions. */
export interface GlobalDatabase {
  /** `available` when nothing is under way. */
  status: string;
  members: { arn: string; region: string; writer: boolean }[];
}

export interface FailoverCloud {
  /** The record of who leads the shard, as it was last written; undefined before the first. */
  leadership(table: string): Promise<LeadershipRecord | undefined>;
  /** Writes `next` where the record still has the renewal of `seen`. @returns whether it did */
  replaceLeadership(table: string, seen: LeadershipRecord, next: LeadershipRecord): Promise<boolean>;
  /** Places in the accelerators whose name begins with one of `names`. */
  endpointGroups(names: readonly string[]): Promise<EndpointGroup[]>;
  setDial(groupArn: string, percentage: number): Promise<void>;
  globalDatabase(identifier: string): Promise<GlobalDatabase>;
  /** Moves the writer without loss; both regions must be well. */
  switchOver(identifier: string, clusterArn: string): Promise<void>;
  /** Makes `clusterArn` the writer of what it has; what had not come to it is lost. */
  failOver(identifier: string, clusterArn: string): Promise<void>;
  /** The largest lag in ms of the cluster's copy in the last five minutes; undefined when there is no figure. */
  copyLag(clusterIdentifier: string): Promise<number | undefined>;
  /** Instances in service of the groups whose name begins with `eks-<name>`. */
  nodesInService(name: string): Promise<number>;
  /** The account's applied value. */
  quota(serviceCode: string, quotaCode: string): Promise<number>;
}
