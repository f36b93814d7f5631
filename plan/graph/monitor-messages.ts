/** Messages of the resource monitor: what of a request the recorder keeps, and the part of an answer that the SDK reads. */

import type * as aliasProtocol from "@pulumi/pulumi/proto/alias_pb";
import type * as resourceProtocol from "@pulumi/pulumi/proto/resource_pb";
import type { RecordedAlias } from "./resource-graph";

/** Type of the stack, the parent of all that has no other. */
export const stackType = "pulumi:pulumi:Stack";

/** The part of a protobuf `Struct` that the SDK reads. */
interface WireStruct {
  toJavaScript(): Record<string, unknown>;
}

/** The part of a `RegisterResourceResponse` that the SDK reads. */
export interface RegisterAnswer {
  getUrn(): string;
  getId(): string;
  getObject(): WireStruct;
  getPropertydependenciesMap(): undefined;
  getResult(): number;
  getUnknown(): boolean;
}

/** The part of a `ReadResourceResponse` that the SDK reads. */
export interface ReadAnswer {
  getUrn(): string;
  getProperties(): WireStruct;
  getUnknown(): boolean;
}

export function struct(values: Record<string, unknown>): WireStruct {
  return { toJavaScript: () => values };
}

export function registerAnswer(urn: string, id: string, outputs: Record<string, unknown>): RegisterAnswer {
  return {
    getUrn: () => urn,
    getId: () => id,
    getObject: () => struct(outputs),
    getPropertydependenciesMap: () => undefined,
    getResult: () => 0,
    getUnknown: () => false,
  };
}

/** An RPC handler of the monitor from a function of the request; an error becomes the RPC's error. */
export function answering<Request, Response>(handle: (request: Request) => Response) {
  return async (request: Request, callback: (error: unknown, response: Response | undefined) => void): Promise<void> => {
    let response: Response;
    try {
      response = handle(request);
    } catch (error) {
      callback(error, undefined);
      return;
    }
    callback(null, response);
  };
}

export function aliasOf(alias: aliasProtocol.Alias): RecordedAlias {
  const spec = alias.getSpec();
  if (spec === undefined) return alias.getUrn();
  return {
    ...optional("name", spec.getName() === "" ? undefined : spec.getName()),
    ...optional("type", spec.getType() === "" ? undefined : spec.getType()),
    ...optional("parent", spec.getParenturn() === "" ? undefined : spec.getParenturn()),
    ...optional("noParent", spec.getNoparent() ? true : undefined),
  };
}

export function propertyDependenciesOf(request: resourceProtocol.RegisterResourceRequest): Record<string, string[]> {
  const entries = request.getPropertydependenciesMap().toArray() as unknown as [string, unknown][];
  return Object.fromEntries(
    entries
      .map(([property]) => [property, withoutStack(request.getPropertydependenciesMap().get(property)?.getUrnsList() ?? [])])
      .filter(([, urns]) => urns.length > 0),
  );
}

export function withoutStack(urns: readonly string[]): string[] {
  return urns.filter((urn) => urn.split("::")[2] !== stackType).sort();
}

/** A provider reference is `<urn>::<id>`. */
export function providerUrn(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("::"));
}

/** `{ [key]: value }`, or nothing when the value is undefined. */
export function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
