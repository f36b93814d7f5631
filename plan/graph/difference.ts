/** What changes between two graphs of one program: the offline counterpart of the diff that `pulumi preview` prints. */

import { isDeepStrictEqual } from "node:util";
import { replacingProperties } from "./replacement";
import { type RecordedResource, type ResourceGraph, UNKNOWN } from "./resource-graph";

/** A resource whose inputs differ. */
export interface ChangedResource {
  readonly before: RecordedResource;
  readonly after: RecordedResource;
  /** Top-level inputs that differ, sorted. */
  readonly properties: readonly string[];
}

export interface GraphDifference {
  /** Managed resources only in the second graph. */
  readonly added: readonly RecordedResource[];
  /** Managed resources only in the first graph. */
  readonly removed: readonly RecordedResource[];
  /** Resources that AWS cannot change in place, with the properties that force the replacement. */
  readonly replaced: readonly ChangedResource[];
  /** Resources that change in place. */
  readonly updated: readonly ChangedResource[];
}

/**
 * Compares two graphs by URN, aliases included. A change replaces when AWS cannot make it in place, see {@link replacingProperties}; changes
 * under `ignoreChanges` are none. An unknown value
 * counts as unchanged, so record both graphs with known outputs.
 */
export function differenceOf(before: ResourceGraph, after: ResourceGraph): GraphDifference {
  const old = new Map(before.resources.filter(isManaged).map((resource) => [resource.urn, resource]));
  const added: RecordedResource[] = [];
  const replaced: ChangedResource[] = [];
  const updated: ChangedResource[] = [];
  for (const resource of after.resources.filter(isManaged)) {
    const urn = [resource.urn, ...aliasUrns(resource)].find((each) => old.has(each));
    if (urn === undefined) {
      added.push(resource);
      continue;
    }
    const earlier = old.get(urn)!;
    old.delete(urn);
    const properties = changedProperties(earlier, resource);
    if (properties.length === 0) continue;
    const forcing = properties.filter(
      (property) => replacingProperties(resource.type).includes(property) || resource.replaceOnChanges.includes(property),
    );
    if (forcing.length > 0) replaced.push({ before: earlier, after: resource, properties: forcing });
    else updated.push({ before: earlier, after: resource, properties });
  }
  return { added, removed: [...old.values()], replaced, updated };
}

function isManaged(resource: RecordedResource): boolean {
  return !resource.read && (resource.custom || resource.remote);
}

function changedProperties(before: RecordedResource, after: RecordedResource): string[] {
  const properties = new Set([...Object.keys(before.inputs), ...Object.keys(after.inputs)]);
  return [...properties]
    .filter((property) => !after.ignoreChanges.includes(property) && !isDeepStrictEqual(before.inputs[property], after.inputs[property]))
    .filter((property) => before.inputs[property] !== UNKNOWN && after.inputs[property] !== UNKNOWN)
    .sort();
}

/** URNs by which a resource was known before. */
function aliasUrns(resource: RecordedResource): string[] {
  const [head, project, qualified, name] = resource.urn.split("::");
  return resource.aliases.map((alias) => {
    if (typeof alias === "string") return alias;
    const types = qualified.split("$");
    const own = alias.type ?? types.at(-1)!;
    const parents = alias.noParent === true ? [] : alias.parent === undefined ? types.slice(0, -1) : [alias.parent.split("::")[2]];
    const parentTypes = parents.filter((type) => type !== "pulumi:pulumi:Stack");
    return [head, project, [...parentTypes, own].join("$"), alias.name ?? name].join("::");
  });
}
