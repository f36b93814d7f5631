/** What a quota of AWS is, and how a stack's need of it is counted. */

import type { RateNeed } from "../../components/capacity";
import type { RecordedResource } from "../graph/resource-graph";

/** One quota. A need is counted over the managed resources of one region, or taken from the rates of the load. */
export interface Quota {
  service: string;
  serviceCode: string;
  /** As in Service Quotas; absent when AWS lists it only in the guide. */
  quotaCode?: string;
  name: string;
  default: number;
  unit: string;
  adjustable: boolean;
  source: string;
  need: QuotaNeed;
}

/** How much of a quota a stack needs. */
export type QuotaNeed =
  /** Number of resources of these types that pass the filter. */
  | { count: string[]; where?: (resource: RecordedResource) => boolean }
  /** Sum of a figure over resources. */
  | { sum: string[]; of: (resource: RecordedResource, region: readonly RecordedResource[]) => number }
  /** Largest figure of any one resource. */
  | { largest: string[]; of: (resource: RecordedResource, region: readonly RecordedResource[]) => number }
  /** A rate of the load, in the home region. */
  | { rate: RateNeed["name"] };
