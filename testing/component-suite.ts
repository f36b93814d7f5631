/** Runs one suite of tests over a component twice: with outputs known, as after a deployment, and unknown, as in a first preview. */

import assert from "node:assert/strict";
import { type RecordOptions, type ResourceGraph, recordProgram, UNKNOWN } from "../plan/graph";
import { assertTagged } from "./assertions";

/** What a suite is given. Read it inside tests, not while the suite is being defined. */
export interface Subject {
  /** The graph that the component's program registered. */
  readonly graph: ResourceGraph;
  /** True in the run with known outputs. */
  readonly known: boolean;
  /** Records another program in the same mode, for a variant of the arguments. */
  record(program: () => unknown): Promise<ResourceGraph>;
}

/**
 * Defines the mocha suite `title`. The program runs with known and with unknown outputs, and `suite` is defined for each run. Four tests come with it:
 * that the same resources are registered in both runs, that all taggable resources carry tags, that every component registers outputs, and that
 * nothing is unknown after a deployment. Recording fails by itself on shared URNs, missing parents and names without their component's.
 */
export function describeComponent(
  title: string,
  program: () => unknown,
  suite: (subject: Subject) => void,
  options: RecordOptions = {},
): void {
  describe(title, () => {
    const graphs = new Map<boolean, ResourceGraph>();
    for (const known of [true, false]) {
      describe(known ? "with known outputs" : "with unknown outputs", () => {
        before(async () => {
          graphs.set(known, await recordProgram({ ...options, known }, program));
        });
        suite({
          known,
          get graph() {
            const graph = graphs.get(known);
            assert.ok(graph, "the program has not run; read subject.graph inside a test");
            return graph;
          },
          record: (variant) => recordProgram({ ...options, known }, variant),
        });
      });
    }

    it("registers the same resources whether outputs are known or not", async () => {
      const [first, second] = [await graphOf(true), await graphOf(false)];
      assert.deepEqual(urns(second), urns(first));
    });

    it("tags everything that takes tags", async () => {
      assertTagged(await graphOf(true));
    });

    it("registers outputs for every component", async () => {
      const silent = (await graphOf(true)).resources.filter(
        (resource) => resource.type.startsWith("bourse:") && Object.keys(resource.outputs).length === 0,
      );
      assert.deepEqual(
        silent.map((resource) => resource.name),
        [],
      );
    });

    it("knows all of its outputs after a deployment", async () => {
      const graph = await graphOf(true);
      const unknown = graph.resources.filter((resource) => JSON.stringify([resource.inputs, resource.outputs]).includes(UNKNOWN));
      assert.deepEqual(
        unknown.map((resource) => resource.name),
        [],
      );
    });

    async function graphOf(known: boolean): Promise<ResourceGraph> {
      const graph = graphs.get(known) ?? (await recordProgram({ ...options, known }, program));
      graphs.set(known, graph);
      return graph;
    }
  });
}

function urns(graph: ResourceGraph): string[] {
  return graph.resources.map((resource) => resource.urn).sort();
}
