/** Findings: every policy rule over the recorded graph, with suppressions applied. */

import { policyGraph } from "../policy/recorded-graph";
import { rules } from "../policy/rules";
import { type Suppression, suppressionOf } from "../policy/suppressions";
import type { ResourceGraph } from "./graph/resource-graph";
import { layerOf } from "./inventory";
import type { Finding } from "./plan";

export interface FindingOptions {
  /** True applies the rules for production too. */
  production: boolean;
  suppressions: readonly Suppression[];
  /** Day on which suppressions are looked at, `YYYY-MM-DD`. */
  day: string;
}

/** Findings of all rules, mandatory ones first. */
export function findingsOf(graph: ResourceGraph, options: FindingOptions): Finding[] {
  const seen = policyGraph(graph, options.production);
  const findings = rules
    .filter((rule) => rule.in === undefined || options.production)
    .flatMap((rule) =>
      rule.types
        .flatMap((type) => seen.ofType(type))
        .flatMap((resource) =>
          rule.check(resource, seen).map((message): Finding => {
            const suppression = suppressionOf(options.suppressions, rule.id, resource.name, options.day);
            const recorded = graph.find(resource.urn);
            return {
              rule: rule.id,
              title: rule.title,
              severity: rule.severity,
              urn: resource.urn,
              name: resource.name,
              layer: recorded === undefined ? "stack" : layerOf(graph, recorded),
              message,
              fix: rule.fix,
              ...(suppression === undefined ? {} : { suppressed: { reason: suppression.reason, expires: suppression.expires } }),
            };
          }),
        ),
    );
  const rank = (finding: Finding) => (finding.suppressed !== undefined ? 2 : finding.severity === "mandatory" ? 0 : 1);
  return findings.sort((a, b) => rank(a) - rank(b) || compare(a.rule, b.rule) || compare(a.urn, b.urn) || compare(a.message, b.message));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
