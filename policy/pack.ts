/** The rules as CrossGuard policies: the same objects that the planner runs, checked by Pulumi at every preview and update. */

import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { LinkedGraph } from "./recorded-graph";
import type { PolicyGraph, PolicyResource, Rule } from "./rule";
import { type Suppression, suppressionOf } from "./suppressions";

/** What the pack takes from the stack that it checks. */
export interface PackSettings {
  /** Rules for production apply too. */
  production: boolean;
  suppressions: readonly Suppression[];
  /** Today, `YYYY-MM-DD`. */
  day: string;
}

/**
 * One policy a rule. Rules that look at one resource are checked before it is created; rules that need the graph when all resources are
 * known.
 */
export function policiesOf(rules: readonly Rule[], settings: PackSettings): (ResourceValidationPolicy | StackValidationPolicy)[] {
  return rules
    .filter((rule) => rule.in === undefined || settings.production)
    .map((rule) => (rule.needsGraph === true ? stackPolicy(rule, settings) : resourcePolicy(rule, settings)));
}

function texts(
  rule: Rule,
): Pick<ResourceValidationPolicy, "name" | "displayName" | "description" | "enforcementLevel" | "remediationSteps"> {
  return {
    name: rule.id,
    displayName: rule.title,
    description: `${rule.checks} ${rule.why}`,
    enforcementLevel: rule.severity,
    remediationSteps: rule.fix,
  };
}

function resourcePolicy(rule: Rule, settings: PackSettings): ResourceValidationPolicy {
  return {
    ...texts(rule),
    validateResource: ({ type, props, urn, name, opts }, report) => {
      if (!rule.types.includes(type)) return;
      const resource: PolicyResource = { urn, type, name, inputs: props, protect: opts.protect };
      for (const sentence of faults(rule, resource, aloneGraph(settings), settings)) report(sentence);
    },
  };
}

function stackPolicy(rule: Rule, settings: PackSettings): StackValidationPolicy {
  return {
    ...texts(rule),
    validateStack: ({ resources }, report) => {
      const linked = resources.map((resource) => ({
        urn: resource.urn,
        type: resource.type,
        name: resource.name,
        inputs: resource.props,
        protect: resource.opts.protect,
        propertyDependencies: Object.fromEntries(
          Object.entries(resource.propertyDependencies).map(([property, others]) => [property, others.map((other) => other.urn)]),
        ),
      }));
      const graph = new LinkedGraph(linked, settings.production);
      for (const resource of rule.types.flatMap((type) => graph.ofType(type))) {
        for (const sentence of faults(rule, resource, graph, settings)) report(sentence, resource.urn);
      }
    },
  };
}

function faults(rule: Rule, resource: PolicyResource, graph: PolicyGraph, settings: PackSettings): string[] {
  if (suppressionOf(settings.suppressions, rule.id, resource.name, settings.day) !== undefined) return [];
  return rule.check(resource, graph).map((sentence) => `${resource.name}: ${sentence}. ${rule.fix}`);
}

/** The surroundings of a resource that is checked alone: a rule that asks for others says so by `needsGraph`. */
function aloneGraph(settings: PackSettings): PolicyGraph {
  const refuse = (): never => {
    throw new Error("the rule asks for other resources without needsGraph");
  };
  return { production: settings.production, ofType: refuse, referencesOf: refuse, referrersOf: refuse };
}
