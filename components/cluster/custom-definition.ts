/** Definitions of custom resources, written as typed values: no chart is fetched for them. */

import type * as kubernetes from "@pulumi/kubernetes";

/** A schema of OpenAPI, as definitions have it. */
export type Schema = Record<string, unknown>;

export const text: Schema = { type: "string" };
export const whole: Schema = { type: "integer" };
/** Anything: of what nobody here writes. */
export const open: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

export const list = (items: Schema): Schema => ({ type: "array", items });
export const object = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: "object",
  properties,
  ...(required.length > 0 ? { required } : {}),
});

/** A kind, in one version that is served and stored, whose status its controller writes. */
export interface CustomKind {
  group: string;
  version: string;
  kind: string;
  plural: string;
  scope: "Namespaced" | "Cluster";
  spec: Schema;
}

export function customDefinition({
  group,
  version,
  kind,
  plural,
  scope,
  spec,
}: CustomKind): kubernetes.apiextensions.v1.CustomResourceDefinitionArgs {
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { apiVersion: text, kind: text, metadata: { type: "object" }, spec, status: open },
            },
          },
        },
      ],
    },
  };
}
