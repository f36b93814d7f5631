/** Names of components, as long as the names of their children allow: for every component, whatever child is the first to be too long. */

import assert from "node:assert/strict";
import { InputPropertiesError } from "@pulumi/pulumi";
import { recordProgram } from "bourse/testing";
import { longestMadeName } from "./made-names";
import { specimens } from "./specimens";

/** Name of a length that no rule but that of length refuses. */
function named(length: number): string {
  return "x".repeat(length);
}

/** Faults of a component of that name, none when it is made. */
async function faultsOf(component: string, name: string): Promise<{ propertyPath: string; reason: string }[]> {
  let found: { propertyPath: string; reason: string }[] = [];
  const graph = await recordProgram({}, () => {
    try {
      specimens[component]({ name });
    } catch (error) {
      if (!InputPropertiesError.isInstance(error)) throw error;
      found = error.errors ?? [];
    }
  });
  const made = graph.resources.filter(({ type }) => !type.startsWith("pulumi:"));
  if (found.length > 0) assert.deepEqual(made, [], "nothing is registered beside faults");
  return found;
}

describe("The name of every component", function () {
  this.timeout(120_000);

  for (const component of Object.keys(specimens)) {
    it(`of ${component} is refused once it makes the name of a child too long, and not before`, async () => {
      const short = named(5);
      const { resources } = await recordProgram({}, () => void specimens[component]({ name: short }));
      const limit = Math.min(100, ...resources.map((child) => longestMadeName(child) - (child.name.length - short.length)));
      const refused = await faultsOf(component, named(limit + 1));
      assert.ok(
        refused.some(({ propertyPath }) => propertyPath === "name" || propertyPath === "clusterName"),
        `${limit + 1} characters`,
      );
      for (const { reason } of await faultsOf(component, named(limit))) {
        assert.doesNotMatch(reason, /Pulumi adds|at most 100 characters/);
      }
    });
  }
});
