/** Faults in how a program registers its resources, which the engine would report only at deployment, or never. */

import type { RecordedResource } from "./resource-graph";

/** One sentence for each fault; empty when all is well. */
export function structureFaults(resources: readonly RecordedResource[]): string[] {
  return [...duplicates(resources), ...misnamed(resources), ...orphans(resources), ...unfilled(resources)];
}

/** Two resources with one URN: `pulumi up` refuses the second. */
function duplicates(resources: readonly RecordedResource[]): string[] {
  const seen = new Set<string>();
  return resources.flatMap(({ urn }) => {
    if (seen.has(urn)) return [`${urn} is registered twice; give the second resource another name`];
    seen.add(urn);
    return [];
  });
}

/** A child whose name does not start with its parent's: two instances of the component would collide. */
function misnamed(resources: readonly RecordedResource[]): string[] {
  const names = new Map(resources.map((resource) => [resource.urn, resource.name]));
  return resources.flatMap((resource) => {
    const parentName = resource.parent === undefined ? undefined : names.get(resource.parent);
    if (parentName === undefined || resource.name.startsWith(`${parentName}-`)) return [];
    return [`${resource.type} "${resource.name}" is a child of "${parentName}"; its name must start with "${parentName}-"`];
  });
}

/** A resource at the top level that carries a component's name as prefix: its `parent` option was forgotten. */
function orphans(resources: readonly RecordedResource[]): string[] {
  const components = resources.filter((resource) => !resource.custom && resource.parent === undefined);
  const loose = resources.filter(
    (resource) => resource.custom && resource.parent === undefined && !resource.type.startsWith("pulumi:providers:"),
  );
  return loose.flatMap((resource) => {
    const owner = components.find((component) => resource.name.startsWith(`${component.name}-`));
    if (owner === undefined) return [];
    return [
      `${resource.type} "${resource.name}" has no parent, yet its name belongs to ${owner.type} "${owner.name}"; pass { parent: this }`,
    ];
  });
}

/** An output that is neither known nor unknown, such as one that the fixtures lack, written into a text. */
function unfilled(resources: readonly RecordedResource[]): string[] {
  return resources.flatMap(({ type, name, inputs }) =>
    Object.entries(inputs)
      .filter(([, value]) => saysUndefined(value))
      .map(([property, value]) => `${type} "${name}" has "undefined" in its ${property}: ${JSON.stringify(value).slice(0, 200)}`),
  );
}

/** Whether a text at any depth says so; code in assets and archives may. */
function saysUndefined(value: unknown): boolean {
  if (typeof value === "string") return /\bundefined\b/.test(value);
  if (typeof value !== "object" || value === null || "__pulumiArchive" in value || "__pulumiAsset" in value) return false;
  return Object.values(value).some(saysUndefined);
}
