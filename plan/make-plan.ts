/** Recorded graph -> plan. Pure: the same graph and options give the same plan. */

import { type Capacity, type CapacityTarget, capacityFor, type SizeName } from "../components/capacity";
import type { Suppression } from "../policy/suppressions";
import { plannedSizes } from "./capacity/planned-sizes";
import { estimateCost } from "./cost/estimate";
import { total } from "./cost/money";
import { diagramOf } from "./diagram/model";
import { findingsOf } from "./findings";
import type { ResourceGraph } from "./graph/resource-graph";
import { iamReport } from "./iam/permissions";
import { byLayer, inventory } from "./inventory";
import { pathReport } from "./paths/reach";
import { type Plan, type PlannedResource, type PlanSummary, planVersion } from "./plan";
import { compareQuotas } from "./quotas/compare";

/** What a plan takes from the stack's configuration. */
export interface PlanOptions {
  /** Load that usage and request rates are worked out from. @default 1,000 orders a second, marked as assumed */
  capacity?: CapacityTarget;
  /** Sizes configured by hand. @default none */
  capacityOverrides?: Partial<Record<SizeName, number>>;
  /** @default true */
  production?: boolean;
  /** @default none */
  suppressions?: readonly Suppression[];
  /** Day on which suppressions are looked at, `YYYY-MM-DD`. */
  day: string;
  /** Day to write into the plan. @default none, so that the same stack gives the same bytes on every day */
  date?: string;
}

/** The load that a stack without one is priced for. */
export const assumedTarget: CapacityTarget = { orders: 1_000 };

/** The complete plan of a graph. */
export function makePlan(graph: ResourceGraph, options: PlanOptions): Plan {
  const target = options.capacity ?? assumedTarget;
  const capacity: Capacity = capacityFor(target, { overrides: options.capacityOverrides });
  const resources = inventory(graph);
  const cost = estimateCost(graph, capacity.load);
  const sizes = plannedSizes(graph, Object.values(capacity.sizes));
  const quotas = compareQuotas(graph, capacity.rates);
  const findings = findingsOf(graph, {
    production: options.production ?? true,
    suppressions: options.suppressions ?? [],
    day: options.day,
  });
  return {
    format: "bourse.plan",
    version: planVersion,
    project: graph.project,
    stack: graph.stack,
    regions: [...new Set(resources.filter((resource) => resource.kind === "resource").map((resource) => resource.region))].sort(),
    ...(options.date === undefined ? {} : { date: options.date }),
    summary: summaryOf(resources, { cost, quotas, findings, sizes }),
    resources,
    capacity: { target, assumed: options.capacity === undefined, sizes },
    cost,
    quotas,
    iam: iamReport(graph),
    paths: pathReport(graph),
    diagram: diagramOf(graph, cost),
    findings,
  };
}

type Analysed = Pick<Plan, "cost" | "quotas" | "findings"> & Pick<Plan["capacity"], "sizes">;

function summaryOf(resources: readonly PlannedResource[], { cost, quotas, findings, sizes }: Analysed): PlanSummary {
  const managed = resources.filter((resource) => resource.kind === "resource");
  const layers = [...new Set(managed.map((resource) => resource.layer))].sort(byLayer);
  const open = findings.filter((finding) => finding.suppressed === undefined);
  return {
    resources: managed.length,
    layers: layers.map((layer) => ({
      layer,
      resources: managed.filter((resource) => resource.layer === layer).length,
      monthlyUsd: total(cost.lines.filter((line) => line.layer === layer).map((line) => line.monthlyUsd)),
    })),
    monthlyUsd: cost.monthlyUsd,
    findings: {
      mandatory: open.filter((finding) => finding.severity === "mandatory").length,
      advisory: open.filter((finding) => finding.severity === "advisory").length,
      suppressed: findings.length - open.length,
    },
    quotasToRaise: quotas.filter((quota) => quota.state === "raise").length,
    hopsBelowLoad: sizes.filter((size) => size.state === "below").length,
  };
}
