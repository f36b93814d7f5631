/** Assertions on recorded graphs: exact resources, exact inputs, tags, faults. */

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { InputPropertiesError } from "@pulumi/pulumi";
import { type RecordedResource, type ResourceGraph, UNKNOWN } from "../plan/graph";
import { isTaggable } from "./taggable";

/**
 * Asserts the exact types, names and counts of everything managed in the graph: `{ "aws:kms/key:Key": ["keys-data", ...] }`. Components are
 * left out; name them with {@link assertComponents}.
 */
export function assertResources(graph: ResourceGraph, expected: Record<string, readonly string[]>): void {
  assert.deepEqual(namesByType(graph.resources.filter((resource) => resource.custom || resource.remote)), sorted(expected));
}

/** Asserts the exact types, names and counts of all components in the graph. */
export function assertComponents(graph: ResourceGraph, expected: Record<string, readonly string[]>): void {
  assert.deepEqual(namesByType(graph.resources.filter((resource) => !resource.custom && !resource.remote)), sorted(expected));
}

/**
 * Asserts that the resource of `type` named `name` has each of the `expected` inputs, exactly; an expected `undefined` means that the input is absent.
 * An expected object matches JSON text of the same content. In a graph with unknown outputs, an unknown part equals anything.
 */
export function assertInputs(graph: ResourceGraph, type: string, name: string, expected: Record<string, unknown>): RecordedResource {
  const resource = graph.get(type, name);
  const actual = Object.fromEntries(
    Object.keys(expected).map((key) => [key, comparable(resource.inputs[key], expected[key], graph.known)]),
  );
  assert.deepEqual(actual, expected, `inputs of ${type} "${name}"`);
  return resource;
}

/** Asserts that every taggable resource carries all of the tags `keys`. @param keys `Name` and `bourse:component` by default */
export function assertTagged(graph: ResourceGraph, keys: readonly string[] = ["Name", "bourse:component"]): void {
  const bare = graph.resources
    .filter((resource) => !resource.read && isTaggable(resource.type))
    .flatMap((resource) => {
      const present = tagKeys(resource.inputs.tags);
      const missing = keys.filter((key) => !present.includes(key));
      return missing.length === 0 ? [] : [`${resource.type} "${resource.name}" lacks ${missing.join(", ")}`];
    });
  assert.deepEqual(bare, [], "taggable resources without tags");
}

/**
 * Asserts that `create` throws `pulumi.InputPropertiesError` with exactly these property paths, in any order, each saying what was given, what is allowed and how to fix it,
 * and returns the reasons by path.
 */
export function assertFaults(create: () => unknown, paths: readonly string[]): Record<string, string> {
  try {
    create();
  } catch (error) {
    if (!InputPropertiesError.isInstance(error)) throw error;
    const errors = error.errors ?? [];
    assert.deepEqual(errors.map((each) => each.propertyPath).sort(), [...paths].sort());
    for (const { reason } of errors) assert.match(reason, /^given .+; allowed: .+; fix: .+$/s);
    return Object.fromEntries(errors.map((each) => [each.propertyPath, each.reason]));
  }
  assert.fail(`no fault was reported; expected faults at ${paths.join(", ")}`);
}

function namesByType(resources: readonly RecordedResource[]): Record<string, string[]> {
  const names: Record<string, string[]> = {};
  for (const resource of resources) {
    names[resource.type] ??= [];
    names[resource.type].push(resource.name);
  }
  return sorted(names);
}

function sorted(names: Record<string, readonly string[]>): Record<string, string[]> {
  return Object.fromEntries(
    Object.keys(names)
      .sort()
      .map((type) => [type, [...names[type]].sort()]),
  );
}

function tagKeys(tags: unknown): string[] {
  if (Array.isArray(tags)) return tags.map((tag: { key: string }) => tag.key);
  return Object.keys(tags ?? {});
}

/** `actual` in the form of `expected`: JSON text parsed, unknown parts taken from `expected` when outputs are unknown. */
function comparable(actual: unknown, expected: unknown, known: boolean): unknown {
  if (!known && actual === UNKNOWN) return expected;
  if (typeof actual === "string" && typeof expected === "object" && expected !== null)
    return comparable(JSON.parse(actual), expected, known);
  if (known || isDeepStrictEqual(actual, expected)) return actual;
  if (typeof actual === "string" && typeof expected === "string" && actual.includes(UNKNOWN)) return expected;
  if (Array.isArray(actual) && Array.isArray(expected)) return actual.map((element, index) => comparable(element, expected[index], known));
  if (isRecord(actual) && isRecord(expected))
    return Object.fromEntries(Object.entries(actual).map(([key, value]) => [key, comparable(value, expected[key], known)]));
  return actual;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
