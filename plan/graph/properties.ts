/** Turns the engine's wire form of properties into plain data: secrets unwrapped and their paths listed, unknowns marked. */

import * as pulumi from "@pulumi/pulumi";
import { UNKNOWN } from "./resource-graph";

/** Plain data of a property bag. */
export interface PlainProperties {
  values: Record<string, unknown>;
  /** Paths of the secrets within the values. */
  secretPaths: string[];
}

type Wire = Record<string, unknown>;

/** Plain form of `wire`, as `google.protobuf.Struct.toJavaScript()` returns it. */
export function plainProperties(wire: Wire): PlainProperties {
  const secretPaths: string[] = [];
  return { values: plainRecord(wire, "", secretPaths), secretPaths };
}

function plainRecord(wire: Wire, path: string, secretPaths: string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(wire).map(([key, value]) => [key, plainValue(value, path === "" ? key : `${path}.${key}`, secretPaths)]),
  );
}

function plainValue(value: unknown, path: string, secretPaths: string[]): unknown {
  if (value === pulumi.runtime.unknownValue) return UNKNOWN;
  if (Array.isArray(value)) return value.map((element, index) => plainValue(element, `${path}[${index}]`, secretPaths));
  if (typeof value !== "object" || value === null) return value;
  const wire = value as Wire;
  switch (wire[pulumi.runtime.specialSigKey]) {
    case undefined:
      return plainRecord(wire, path, secretPaths);
    case pulumi.runtime.specialSecretSig:
      secretPaths.push(path);
      return plainValue(wire.value, path, secretPaths);
    case pulumi.runtime.specialResourceSig:
      return wire.id === undefined || wire.id === "" ? wire.urn : plainValue(wire.id, path, secretPaths);
    case pulumi.runtime.specialOutputValueSig:
      if (wire.secret === true) secretPaths.push(path);
      return wire.value === undefined ? UNKNOWN : plainValue(wire.value, path, secretPaths);
    default:
      // An asset or archive: its path, text or parts, without the signature.
      return plainRecord(withoutSignature(wire), path, secretPaths);
  }
}

function withoutSignature(wire: Wire): Wire {
  return Object.fromEntries(Object.entries(wire).filter(([key]) => key !== pulumi.runtime.specialSigKey));
}
