/** The plan of one stack as plain data: what `plan.json` holds. */

import type { Size } from "../components/capacity";
import type { Money } from "./cost/money";

/** Version of the format. It grows by one when a field changes its meaning or goes away; new fields do not change it. */
export const planVersion = 1;

/** Everything that a stack would create, with its cost, quotas, permissions, network paths and findings. Made without credentials. */
export interface Plan {
  format: "bourse.plan";
  version: typeof planVersion;
  project: string;
  stack: string;
  /** Regions that resources are made in, sorted. */
  regions: string[];
  /** The day passed in by the caller, ISO 8601. Absent by default, so that the same stack gives the same bytes. */
  date?: string;
  summary: PlanSummary;
  /** Sorted by URN. */
  resources: PlannedResource[];
  capacity: PlannedCapacity;
  cost: CostReport;
  quotas: QuotaLine[];
  iam: IamReport;
  paths: PathReport;
  diagram: Diagram;
  findings: Finding[];
}

export interface PlanSummary {
  /** Resources that a provider manages; components and providers do not count. */
  resources: number;
  layers: LayerSummary[];
  monthlyUsd: Money;
  findings: { mandatory: number; advisory: number; suppressed: number };
  /** Quotas whose default is below the need. */
  quotasToRaise: number;
  /** Hops of this plan that are smaller than the load asks for. */
  hopsBelowLoad: number;
}

export interface LayerSummary {
  layer: string;
  resources: number;
  monthlyUsd: Money;
}

/** One resource or component. */
export interface PlannedResource {
  urn: string;
  type: string;
  name: string;
  /** From the nearest `bourse:<layer>:<Name>` token above it; `stack` for what the program makes itself. */
  layer: string;
  /** URN of the nearest component above it. */
  component?: string;
  parent?: string;
  region: string;
  kind: "resource" | "component" | "provider" | "read";
  protect: boolean;
  /** Inputs with every secret replaced by `[secret]`. */
  inputs: Record<string, unknown>;
  /** URNs by the property that refers to them. */
  references: Record<string, string[]>;
  /** All URNs it depends on. */
  dependencies: string[];
  /** Properties whose change the program ignores. */
  ignoreChanges: string[];
}

export interface PlannedCapacity {
  /** As configured, or the assumption when nothing is. */
  target: unknown;
  /** True when the stack configures no capacity and {@link target} is the planner's assumption. */
  assumed: boolean;
  sizes: PlannedSize[];
}

/** A size that the load asks for, beside what the plan has. */
export interface PlannedSize extends Size {
  /** What the resources of this plan add up to. Absent when the plan has none of the hop, or it scales without a stated size. */
  planned?: number;
  state: "enough" | "below" | "absent";
}

export interface CostReport {
  currency: "USD";
  monthlyUsd: Money;
  /** Of which for what is provisioned whatever the load is. */
  provisionedUsd: Money;
  /** Of which for the assumed usage. */
  usageUsd: Money;
  /** The price files used: region, and date and page of each service's prices. */
  sources: PriceSource[];
  layers: { layer: string; monthlyUsd: Money }[];
  /** Most expensive first. */
  lines: CostLine[];
  /** Resources of types that cost something that is not estimated, or lack a price in their region. Never counted as zero. */
  unpriced: UnpricedLine[];
}

export interface PriceSource {
  region: string;
  service: string;
  page: string;
  /** Month in which the prices were taken from the page. */
  asOf: string;
}

export interface CostLine {
  urn: string;
  name: string;
  layer: string;
  region: string;
  what: string;
  quantity: number;
  unit: string;
  unitUsd: number;
  monthlyUsd: Money;
  basis: "provisioned" | "usage";
  /** Where the quantity of a usage line comes from. */
  assumption?: string;
}

export interface UnpricedLine {
  type: string;
  region: string;
  resources: number;
  reason: string;
}

export interface QuotaLine {
  service: string;
  /** Service Quotas codes. `quotaCode` is absent when AWS lists the quota only in the service's guide. */
  serviceCode: string;
  quotaCode?: string;
  name: string;
  region: string;
  need: number;
  /** AWS default. The account's applied value may be higher. */
  default: number;
  unit: string;
  adjustable: boolean;
  /** `default - need`; negative when the quota has to be raised first. */
  headroom: number;
  state: "enough" | "tight" | "raise";
  /** How the need was counted. */
  reason: string;
  source: string;
}

export interface IamReport {
  principals: IamPrincipal[];
  wildcards: IamWildcard[];
}

/** One role (or user, or resource policy) and what it may do. */
export interface IamPrincipal {
  urn: string;
  name: string;
  layer: string;
  /** Who may assume it. */
  trusts: string[];
  statements: IamStatement[];
  /** AWS managed policies attached, whose text is AWS's own. */
  managedPolicies: string[];
}

export interface IamStatement {
  sid?: string;
  effect: "Allow" | "Deny";
  actions: string[];
  resources: string[];
  conditions?: unknown;
  /** True when the statement names all but the listed actions or resources. */
  inverted: boolean;
}

export interface IamWildcard {
  urn: string;
  name: string;
  sid?: string;
  actions: string[];
  resources: string[];
  /** Set when a condition narrows the wildcard. */
  conditioned: boolean;
}

export interface PathReport {
  endpoints: PathEndpoint[];
  /** Connections that routes, network ACLs and security groups all let through. */
  paths: NetworkPath[];
}

/** Something with an address in a VPC. */
export interface PathEndpoint {
  urn: string;
  name: string;
  type: string;
  layer: string;
  tier: "public" | "private" | "isolated";
  subnets: string[];
  securityGroups: string[];
}

export interface NetworkPath {
  /** Name of the endpoint that connects, or `internet`. */
  from: string;
  to: string;
  protocol: string;
  ports: string;
  /** The security group rule that lets it in. */
  via: string;
}

export interface Diagram {
  nodes: DiagramNode[];
  edges: DiagramEdge[];
}

/** One component with the resources right below it. */
export interface DiagramNode {
  id: string;
  title: string;
  name: string;
  layer: string;
  resources: number;
  monthlyUsd: Money;
  /** The most telling resource types with their number. */
  contents: { type: string; count: number }[];
}

export interface DiagramEdge {
  from: string;
  to: string;
  /** References between the resources of the two components. */
  weight: number;
}

export interface Finding {
  rule: string;
  title: string;
  severity: "mandatory" | "advisory";
  urn: string;
  name: string;
  layer: string;
  message: string;
  fix: string;
  /** Set when the stack suppresses it with a reason. */
  suppressed?: { reason: string; expires: string };
}
