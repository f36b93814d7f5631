/** The inventory: every recorded resource with its layer and component, secrets masked, in an order that no timing changes. */

import type { RecordedResource, ResourceGraph } from "./graph/resource-graph";
import type { PlannedResource } from "./plan";

/** Layers in the order that traffic meets them; others follow by name. */
export const layerOrder = [
  "global",
  "edge",
  "ingress",
  "region",
  "services",
  "cluster",
  "messaging",
  "data",
  "network",
  "security",
  "observability",
  "stack",
];

/** Compares layers by {@link layerOrder}. */
export function byLayer(a: string, b: string): number {
  const rank = (layer: string) => (layerOrder.includes(layer) ? layerOrder.indexOf(layer) : layerOrder.length);
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** The component that a resource belongs to: itself, or the nearest above it. What `foundation` makes belongs to who asked for it. */
export function componentOf(graph: ResourceGraph, resource: RecordedResource): RecordedResource | undefined {
  return [resource, ...graph.ancestorsOf(resource)].find(
    (each) => each.type.startsWith("bourse:") && !each.type.startsWith("bourse:foundation:"),
  );
}

/** The layer in the token of {@link componentOf}; `stack` for what belongs to no component. */
export function layerOf(graph: ResourceGraph, resource: RecordedResource): string {
  return componentOf(graph, resource)?.type.split(":")[1] ?? "stack";
}

/** Resources that a provider manages here: what the plan counts and prices. */
export function managed(graph: ResourceGraph): RecordedResource[] {
  return graph.resources.filter((resource) => kindOf(resource) === "resource");
}

export function kindOf(resource: RecordedResource): PlannedResource["kind"] {
  if (resource.type.startsWith("pulumi:providers:")) return "provider";
  if (resource.read) return "read";
  return resource.custom || resource.remote ? "resource" : "component";
}

/** All resources, sorted by URN. */
export function inventory(graph: ResourceGraph): PlannedResource[] {
  return graph.resources.map((resource) => planned(graph, resource)).sort((a, b) => (a.urn < b.urn ? -1 : a.urn > b.urn ? 1 : 0));
}

function planned(graph: ResourceGraph, resource: RecordedResource): PlannedResource {
  const component = componentOf(graph, resource);
  return {
    urn: resource.urn,
    type: resource.type,
    name: resource.name,
    layer: layerOf(graph, resource),
    ...(component === undefined || component === resource ? {} : { component: component.urn }),
    ...(resource.parent === undefined ? {} : { parent: resource.parent }),
    region: resource.region,
    kind: kindOf(resource),
    protect: resource.protect,
    inputs: maskedInputs(resource),
    references: sortedRecord(resource.propertyDependencies),
    dependencies: [...resource.dependencies].sort(),
    ignoreChanges: [...resource.ignoreChanges],
  };
}

/** Inputs with every secret replaced, keys sorted. */
export function maskedInputs(resource: RecordedResource): Record<string, unknown> {
  return masked(resource.inputs, "", new Set(resource.secretPaths)) as Record<string, unknown>;
}

/** A secret path as the recorder writes it: `authToken`, `users[0].password`. */
function masked(value: unknown, path: string, secrets: ReadonlySet<string>): unknown {
  if (path !== "" && secrets.has(path)) return "[secret]";
  if (Array.isArray(value)) return value.map((element, index) => masked(element, `${path}[${index}]`, secrets));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, masked(inner, path === "" ? key : `${path}.${key}`, secrets)] as const);
  return sortedRecord(Object.fromEntries(entries));
}

function sortedRecord<Value>(
  record: Readonly<Record<string, Value>>,
): Record<string, Value extends readonly (infer Item)[] ? Item[] : Value> {
  const entries = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries) as Record<string, Value extends readonly (infer Item)[] ? Item[] : Value>;
}
