/** What a failover between two regions touches, read from the plans of their stacks and of the global one. */

import type { Plan, QuotaLine } from "../plan";
import { UsageError } from "../stack";

/** The plans of a pair of regions. */
export interface PlansOfPair {
  /** The region that is left. */
  from: Plan;
  /** The region that takes over. */
  to: Plan;
  global: Plan;
}

/** A group of nodes of the trading path. */
export interface PlannedNodes {
  /** Logical name, with which the names of its instances' group begin. */
  name: string;
  count: number;
}

/** What is steered, moved and counted. */
export interface FailoverTargets {
  from: string;
  to: string;
  /** Logical names of the accelerators, with which their names begin. */
  accelerators: string[];
  /** Percentage that the second region takes afterwards. */
  dial: number;
  /** Identifier of the global database, and of the cluster of it in the second region. */
  database: { identifier: string; standbyCluster: string };
  /** Name of the table of who leads the shard, which both regions write. */
  leadership: string;
  /** Hot nodes: what the first region has, and what the second must have. */
  nodes: { from: PlannedNodes[]; to: PlannedNodes[] };
  /** Quotas of the second region that are above AWS's defaults, and so must have been raised. */
  quotas: QuotaLine[];
}

/** @throws UsageError naming everything that the two plans lack for a failover */
export function failoverTargets({ from, to, global }: PlansOfPair): FailoverTargets {
  const faults: string[] = [];
  const [source, target] = [regionOf(from, faults), regionOf(to, faults)];
  if (source !== undefined && source === target) faults.push(`${from.stack} and ${to.stack} are both in ${source}; give two regions`);

  const identifiers = [from, to].flatMap((plan) => textsOf(plan, "aws:rds/globalCluster:GlobalCluster", "globalClusterIdentifier"));
  const clusters = to.resources.filter(({ type }) => type === "aws:rds/cluster:Cluster");
  const members = [from, to].filter((plan) => textsOf(plan, "aws:rds/cluster:Cluster", "globalClusterIdentifier").length > 0);
  if (identifiers.length !== 1 || members.length !== 2) {
    faults.push(`${from.stack} and ${to.stack} share no global database; set globalDatabase in both, and homeStack in the second`);
  }
  const dials = to.resources.filter(({ type }) => type === endpointGroup).map(({ inputs }) => Number(inputs.trafficDialPercentage));
  if (dials.length === 0 || !from.resources.some(({ type }) => type === endpointGroup)) {
    faults.push(`${from.stack} and ${to.stack} do not both join the accelerators; set globalStack in both`);
  }
  const accelerators = global.resources.filter(({ type }) => type === "aws:globalaccelerator/accelerator:Accelerator");
  if (accelerators.length === 0) faults.push(`${global.stack} has no accelerator`);
  const leadership = [from, to].flatMap(({ resources }) => resources).find((table) => isIn(table, source) && isIn(table, target));
  if (leadership === undefined) {
    faults.push(
      `${from.stack} and ${to.stack} have no table of who leads; add "standby" to parts of both, and lease in the home region's file`,
    );
  }
  if (faults.length > 0)
    throw new UsageError(["no failover is possible between these stacks:", ...faults.map((fault) => `- ${fault}`)].join("\n"));
  return {
    from: source!,
    to: target!,
    accelerators: accelerators.map(({ name }) => name).sort(),
    dial: Math.max(...dials),
    database: { identifier: identifiers[0], standbyCluster: String(clusters[0].inputs.clusterIdentifier) },
    leadership: String(leadership!.inputs.name),
    nodes: { from: hotNodes(from), to: hotNodes(to) },
    quotas: to.quotas.filter((line) => line.state === "raise" && line.quotaCode !== undefined),
  };
}

const endpointGroup = "aws:globalaccelerator/endpointGroup:EndpointGroup";

/** Whether a table is strongly consistent and has a replica in the region. */
function isIn({ type, region, inputs }: Plan["resources"][number], wanted: string | undefined): boolean {
  if (type !== "aws:dynamodb/table:Table" || !Array.isArray(inputs.replicas)) return false;
  const replicas = (inputs.replicas as Record<string, unknown>[]).filter(({ consistencyMode }) => consistencyMode === "STRONG");
  return replicas.length > 0 && [region, ...replicas.map(({ regionName }) => regionName)].includes(wanted);
}

/** The region that a stack makes a network in; what it makes elsewhere is the other side of its links. */
function regionOf({ stack, resources }: Plan, faults: string[]): string | undefined {
  const regions = [...new Set(resources.filter(({ type }) => type === "aws:ec2/vpc:Vpc").map(({ region }) => region))];
  if (regions.length === 1) return regions[0];
  faults.push(`${stack} has ${regions.length === 0 ? "no network" : `networks in ${regions.join(", ")}`}; give the stack of one region`);
  return undefined;
}

function textsOf(plan: Plan, type: string, input: string): string[] {
  return plan.resources
    .filter((resource) => resource.type === type)
    .map(({ inputs }) => inputs[input])
    .filter((text): text is string => typeof text === "string");
}

function hotNodes(plan: Plan): PlannedNodes[] {
  return plan.resources
    .filter(
      ({ type, inputs }) => type === "aws:eks/nodeGroup:NodeGroup" && (inputs.labels as Record<string, unknown>)?.["bourse/tier"] === "hot",
    )
    .map(({ name, inputs }) => ({ name, count: Number((inputs.scalingConfig as Record<string, unknown>).desiredSize) }));
}
