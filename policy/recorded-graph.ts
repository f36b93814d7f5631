/** A recorded graph as rules see it. */

import type { RecordedResource, ResourceGraph } from "../plan/graph/resource-graph";
import type { Example, ExampleResource, PolicyGraph, PolicyResource } from "./rule";

/** Resources as rules need them: with their references. */
interface LinkedResource extends PolicyResource {
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

/** A graph over linked resources; indexed once, since every rule asks for types. */
export class LinkedGraph implements PolicyGraph {
  private readonly byUrn: ReadonlyMap<string, LinkedResource>;
  private readonly byType = new Map<string, LinkedResource[]>();

  constructor(
    readonly resources: readonly LinkedResource[],
    readonly production: boolean,
  ) {
    this.byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
    for (const resource of resources) {
      const alike = this.byType.get(resource.type);
      if (alike === undefined) this.byType.set(resource.type, [resource]);
      else alike.push(resource);
    }
  }

  ofType(type: string): readonly LinkedResource[] {
    return this.byType.get(type) ?? [];
  }

  referencesOf(resource: PolicyResource, property: string): readonly PolicyResource[] {
    const urns = this.byUrn.get(resource.urn)?.propertyDependencies[property] ?? [];
    return urns.flatMap((urn) => this.byUrn.get(urn) ?? []);
  }

  referrersOf(resource: PolicyResource, type: string, property: string): readonly PolicyResource[] {
    return this.ofType(type).filter((other) => other.propertyDependencies[property]?.includes(resource.urn));
  }
}

/** The managed resources of a recorded graph. */
export function policyGraph(graph: ResourceGraph, production: boolean): LinkedGraph {
  const managed = graph.resources.filter((resource: RecordedResource) => (resource.custom || resource.remote) && !resource.read);
  return new LinkedGraph(managed, production);
}

/** The graph of an example; its first resource is the one to check. */
export function exampleGraph(example: Example): LinkedGraph {
  const urnOf = (resource: ExampleResource) => `urn:pulumi:example::example::${resource.type}::${resource.name ?? "example"}`;
  const all: readonly ExampleResource[] = [example, ...(example.others ?? [])];
  const urnsNamed = (name: string) => all.filter((resource) => (resource.name ?? "example") === name).map(urnOf);
  const linked = all.map((resource) => ({
    urn: urnOf(resource),
    type: resource.type,
    name: resource.name ?? "example",
    inputs: resource.inputs,
    protect: resource.protect ?? false,
    propertyDependencies: Object.fromEntries(
      Object.entries(resource.references ?? {}).map(([property, names]) => [property, names.flatMap(urnsNamed)]),
    ),
  }));
  return new LinkedGraph(linked, true);
}
