/** What changes between two plans of one stack: the offline counterpart of a Pulumi preview. */

import { isDeepStrictEqual } from "node:util";
import { type Money, money } from "../cost/money";
import { replacingProperties } from "../graph/replacement";
import type { Plan, PlannedResource } from "../plan";

/** One resource of a difference. */
export interface DiffLine {
  urn: string;
  type: string;
  name: string;
  layer: string;
  /** Inputs that change, sorted; for a replacement those that force it. */
  properties: string[];
  /** Set when the resource is replaced because one that it refers to is. */
  because?: string;
}

/** Difference of two plans; every list is sorted by URN. */
export interface PlanDiff {
  before: string;
  after: string;
  added: DiffLine[];
  removed: DiffLine[];
  replaced: DiffLine[];
  updated: DiffLine[];
  /** Replaced or removed resources that are protected: the deployment will refuse. */
  refused: string[];
  monthlyUsd: { before: Money; after: Money; change: Money };
  findings: { solved: number; new: number };
}

/** Compares two plans by URN. A change replaces when AWS cannot make it in place (see `graph/replacement`), and so does a new id of a resource that such an input refers to. */
export function diffPlans(before: Plan, after: Plan): PlanDiff {
  const old = managedByUrn(before);
  const now = managedByUrn(after);
  const added = [...now.values()].filter((resource) => !old.has(resource.urn)).map((resource) => lineOf(resource, []));
  const removed = [...old.values()].filter((resource) => !now.has(resource.urn)).map((resource) => lineOf(resource, []));
  const changed = new Map<string, string[]>();
  for (const resource of now.values()) {
    const earlier = old.get(resource.urn);
    if (earlier !== undefined) changed.set(resource.urn, changedInputs(earlier, resource));
  }
  const replaced = replacements(now, changed);
  const updated = [...now.values()]
    .filter((resource) => (changed.get(resource.urn)?.length ?? 0) > 0 && !replaced.has(resource.urn))
    .map((resource) => lineOf(resource, changed.get(resource.urn) ?? []));
  const findingKey = (finding: Plan["findings"][number]) => `${finding.rule} ${finding.urn} ${finding.message}`;
  const oldFindings = new Set(before.findings.map(findingKey));
  const newFindings = new Set(after.findings.map(findingKey));
  return {
    before: `${before.project}/${before.stack}`,
    after: `${after.project}/${after.stack}`,
    added,
    removed,
    replaced: [...replaced.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1)),
    updated,
    refused: [...removed, ...replaced.values()]
      .filter((line) => old.get(line.urn)?.protect === true)
      .map((line) => line.urn)
      .sort(),
    monthlyUsd: {
      before: before.summary.monthlyUsd,
      after: after.summary.monthlyUsd,
      change: money(after.summary.monthlyUsd - before.summary.monthlyUsd),
    },
    findings: {
      solved: [...oldFindings].filter((finding) => !newFindings.has(finding)).length,
      new: [...newFindings].filter((finding) => !oldFindings.has(finding)).length,
    },
  };
}

function managedByUrn(plan: Plan): Map<string, PlannedResource> {
  return new Map(plan.resources.filter((resource) => resource.kind === "resource").map((resource) => [resource.urn, resource]));
}

function changedInputs(before: PlannedResource, after: PlannedResource): string[] {
  const keys = [...new Set([...Object.keys(before.inputs), ...Object.keys(after.inputs)])].sort();
  return keys.filter((key) => !after.ignoreChanges.includes(key) && !isDeepStrictEqual(before.inputs[key], after.inputs[key]));
}

/** Resources replaced by an input of their own, then, until nothing is added, those that refer to a replaced one by an input that forces replacement. */
function replacements(now: ReadonlyMap<string, PlannedResource>, changed: ReadonlyMap<string, readonly string[]>): Map<string, DiffLine> {
  const replaced = new Map<string, DiffLine>();
  for (const [urn, properties] of changed) {
    const resource = now.get(urn)!;
    const forcing = properties.filter((property) => replacingProperties(resource.type).includes(property));
    if (forcing.length > 0) replaced.set(urn, lineOf(resource, forcing));
  }
  for (let grown = true; grown; ) {
    grown = false;
    for (const resource of now.values()) {
      if (replaced.has(resource.urn) || !changed.has(resource.urn)) continue;
      const forced = Object.entries(resource.references).flatMap(([property, urns]) =>
        replacingProperties(resource.type).includes(property)
          ? urns.filter((urn) => replaced.has(urn)).map((urn) => ({ property, urn }))
          : [],
      );
      if (forced.length === 0) continue;
      const properties = [...new Set(forced.map(({ property }) => property))].sort();
      replaced.set(resource.urn, { ...lineOf(resource, properties), because: forced[0].urn });
      grown = true;
    }
  }
  return replaced;
}

function lineOf({ urn, type, name, layer }: PlannedResource, properties: readonly string[]): DiffLine {
  return { urn, type, name, layer, properties: [...properties] };
}
