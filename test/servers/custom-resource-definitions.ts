/**
 * Definitions of custom resources that the cluster's add-ons bring and our manifests use, with the fields that we use and no other: an API
 * server with strict validation refuses a field that is not here. Sources: cert-manager API reference (cert-manager.io/v1).
 */

import type { KubernetesObject } from "./kubernetes";

type Schema = Record<string, unknown>;

const text: Schema = { type: "string" };
const duration: Schema = { type: "string", pattern: "^([0-9]+(h|m|s))+$" };
const object = (properties: Record<string, Schema>, required: string[] = []): Schema => ({ type: "object", properties, required });
const oneOf = (...choices: string[]): Schema => ({ type: "string", enum: choices });
const list = (items: Schema): Schema => ({ type: "array", items });

const usages = ["signing", "digital signature", "key encipherment", "server auth", "client auth", "cert sign", "crl sign"];

const certificate = object(
  {
    secretName: text,
    commonName: { type: "string", maxLength: 64 },
    dnsNames: list(text),
    isCA: { type: "boolean" },
    duration,
    renewBefore: duration,
    usages: list(oneOf(...usages)),
    privateKey: object({
      algorithm: oneOf("RSA", "ECDSA", "Ed25519"),
      size: { type: "integer" },
      encoding: oneOf("PKCS1", "PKCS8"),
      rotationPolicy: oneOf("Never", "Always"),
    }),
    issuerRef: object({ name: text, kind: text, group: text }, ["name"]),
  },
  ["secretName", "issuerRef"],
);

const issuer = object({ selfSigned: object({ crlDistributionPoints: list(text) }), ca: object({ secretName: text }, ["secretName"]) });

function definition(group: string, version: string, kind: string, plural: string, spec: Schema): KubernetesObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: object({ apiVersion: text, kind: text, metadata: { type: "object" }, spec }, ["spec"]) },
        },
      ],
    },
  };
}

export const addonDefinitions: readonly KubernetesObject[] = [
  definition("cert-manager.io", "v1", "Certificate", "certificates", certificate),
  definition("cert-manager.io", "v1", "Issuer", "issuers", issuer),
  // aws-privateca-issuer's API, awspca.cert-manager.io/v1beta1.
  definition("awspca.cert-manager.io", "v1beta1", "AWSPCAIssuer", "awspcaissuers", object({ arn: text, region: text })),
];
