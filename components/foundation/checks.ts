/** Checks that many components share. Each returns faults of plain values and leaves outputs to AWS. */

import type * as pulumi from "@pulumi/pulumi";
import { type Fault, isPlain } from "./faults";
import type { NetworkRef } from "./references";

/** Faults of a number that must be whole and lie from `least` to `most`. Absent is no fault. @param source the rule's name, shown to the user */
export function wholeNumberFaults(
  path: string,
  value: pulumi.Input<number> | undefined,
  least: number,
  most: number,
  fix: string,
  source = "",
): Fault[] {
  if (!isPlain(value) || (Number.isInteger(value) && value >= least && value <= most)) return [];
  const range = most === Number.POSITIVE_INFINITY ? `${least} or more` : `from ${least} to ${most}`;
  return [{ path, given: value, allowed: `a whole number ${range}${source === "" ? "" : ` (${source})`}`, fix }];
}

/** Faults of a value that must be one of `allowed`. Absent is no fault. */
export function choiceFaults(path: string, value: unknown, allowed: readonly (string | number)[]): Fault[] {
  if (value === undefined || !isPlain(value) || allowed.includes(value as string)) return [];
  return [
    {
      path,
      given: value,
      allowed: `one of ${allowed.map((each) => JSON.stringify(each)).join(", ")}`,
      fix: `use ${JSON.stringify(allowed[0])}`,
    },
  ];
}

/** Faults of an image that must be named by its digest. */
export function imageFaults(path: string, image: pulumi.Input<string>): Fault[] {
  if (!isPlain(image) || /^[^\s@]+@sha256:[0-9a-f]{64}$/.test(image)) return [];
  const allowed = "an image by digest, so that every start and every later pull runs the same bytes";
  const fix = "write repository@sha256:<64 hexadecimal digits>, as `docker buildx imagetools inspect` prints it";
  return [{ path, given: image, allowed, fix }];
}

/** Rules of a service for names. */
export interface NameRule {
  longest: number;
  pattern: RegExp;
  /** The pattern in words. */
  words: string;
}

/** Faults of a physical name. @param path the argument that it comes from: `name` for the component's own */
export function nameFaults(path: string, name: pulumi.Input<string> | undefined, rule: NameRule): Fault[] {
  if (!isPlain(name) || (name.length <= rule.longest && rule.pattern.test(name))) return [];
  const fix = name.length > rule.longest ? `shorten it by ${name.length - rule.longest}` : "remove the other characters";
  return [{ path, given: name, allowed: `at most ${rule.longest} characters: ${rule.words}`, fix }];
}

/** Faults of zone ids that must belong to the network, each once. */
export function networkZoneFaults(path: string, zoneIds: readonly string[], network: NetworkRef): Fault[] {
  return zoneIds.flatMap((zoneId, index): Fault[] => {
    const allowed = `a zone id of the network, each once: ${network.zoneIds.join(", ")}`;
    if (!network.zoneIds.includes(zoneId))
      return [{ path: `${path}[${index}]`, given: zoneId, allowed, fix: "use a listed zone id, or add the zone to the network" }];
    return zoneIds.indexOf(zoneId) === index ? [] : [{ path: `${path}[${index}]`, given: zoneId, allowed, fix: "remove the repetition" }];
  });
}

/** Faults of a network with fewer zones than a store spreads over. @param source the rule's name, shown to the user */
export function networkSpreadFaults(network: NetworkRef, least: number, source: string): Fault[] {
  if (network.zoneIds.length >= least) return [];
  return [{ path: "network", given: network.zoneIds, allowed: `a network of at least ${least} zones (${source})`, fix: "add a zone" }];
}

/** Faults of an argument's own arguments, with their paths below `path`; those of the `name`, which the user cannot see, under it. */
export function faultsWithin(path: string, faults: readonly Fault[]): Fault[] {
  return faults.map((fault) => ({ ...fault, path: fault.path === "name" ? "name" : `${path}.${fault.path}` }));
}
