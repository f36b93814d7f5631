/** Faults of a component's arguments: collected by a pure function, thrown all at once before anything is registered. */

import * as pulumi from "@pulumi/pulumi";

/** One fault. All texts are shown to the user: write them so that the fix needs no other page. */
export interface Fault {
  /** Property path within the arguments, for example `zones[1].cidr`. */
  path: string;
  /** What was given, as the user wrote it. Never a secret. */
  given: unknown;
  /** What is allowed. */
  allowed: string;
  /** What to write instead. */
  fix: string;
}

/** Of a component's name, so that its children's stay within the 128 characters and more of which no component has a tighter rule. */
const longestName = 100;

function longNameFault(name: string): Fault {
  return { path: "name", given: name, allowed: `at most ${longestName} characters`, fix: `shorten it by ${name.length - longestName}` };
}

/**
 * Throws `pulumi.InputPropertiesError` naming every fault, or returns `name`. Called in the arguments of `super(...)`, so that a component
 * with faults is never registered.
 */
export function checkedName(type: string, name: string, found: readonly Fault[]): string {
  const faults = name.length > longestName && !found.some(({ path }) => path === "name") ? [...found, longNameFault(name)] : found;
  if (faults.length === 0) return name;
  throw faultsError(`${type} "${name}" has ${faults.length === 1 ? "a fault" : `${faults.length} faults`} in its arguments`, faults);
}

/** The error that names every fault, each with its path, also in the message: the engine shows nothing else of what a program throws. */
export function faultsError(what: string, faults: readonly Fault[]): pulumi.InputPropertiesError {
  const errors = faults.map((fault) => ({ propertyPath: fault.path, reason: reasonOf(fault) }));
  const lines = errors.map(({ propertyPath, reason }) => `- ${propertyPath}: ${reason}`);
  return new pulumi.InputPropertiesError({ message: [`${what}:`, ...lines].join("\n"), errors });
}

function reasonOf(fault: Fault): string {
  return `given ${shown(fault.given)}; allowed: ${fault.allowed}; fix: ${fault.fix}`;
}

function shown(given: unknown): string {
  if (given === undefined) return "nothing";
  if (pulumi.Output.isInstance(given)) return "an output";
  return JSON.stringify(given) ?? String(given);
}

/** True for a value that is known now, and so can be validated before registration; an output is checked by AWS instead. */
export function isPlain<T>(value: pulumi.Input<T> | undefined): value is T {
  return value !== undefined && !pulumi.Output.isInstance(value) && !(value instanceof Promise);
}
