/** What a region in layers and the region in one stack must have in common. */

import type { ResourceGraph } from "bourse/testing";
import type { Plan } from "../../plan";

/** What providers manage in these stacks, as `<type> <name>` with its inputs, in the names' order. */
export function managed(...graphs: ResourceGraph[]): [string, unknown][] {
  return graphs
    .flatMap(({ resources }) => resources)
    .filter(({ custom, remote, type }) => (custom || remote) && !type.startsWith("pulumi:"))
    .map(({ type, name, inputs, protect }): [string, unknown] => [`${type} ${name}`, { inputs, protect }])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Parts of a plan, each without the stack that it comes from and without an order. */
export const planParts: Record<string, (plan: Plan) => unknown> = {
  resources: ({ resources }) =>
    resources
      .filter(({ kind }) => kind === "resource")
      .map(({ type, name, layer }) => `${layer} ${type} ${name}`)
      .sort(),
  "costs, line by line": ({ cost }) => [
    cost.monthlyUsd,
    cost.lines.map(({ name, what, quantity, monthlyUsd }) => JSON.stringify([name, what, quantity, monthlyUsd])).sort(),
  ],
  quotas: ({ quotas }) => quotas,
  "network paths": ({ paths }) => paths.paths.map((path) => JSON.stringify(path)).sort(),
  findings: ({ findings }) => findings.map(({ rule, name, message }) => `${rule} ${name} ${message}`).sort(),
  "permissions of roles": ({ iam }) => iam.principals.map(({ name, managedPolicies }) => [name, managedPolicies]).sort(),
  sizes: ({ capacity }) => capacity,
};
