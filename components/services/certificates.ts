/**
 * Internal certificates by cert-manager, for each service, which services show to each other in both directions: of the region's private authority, for a week, where there is one, else of an authority whose key
 * stays in the cluster's encrypted secrets. They are renewed long before they end, and shown without a restart.
 */

import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { catalog, type ServiceName } from "./catalog";
import { certificateSecret } from "./pod-template";

type CustomResourceArgs = kubernetes.apiextensions.CustomResourceArgs;

const apiVersion = "cert-manager.io/v1";

/** The authority: an issuer that signs itself once, the authority's certificate, and the issuer that uses it. In this order. */
export function authorityManifests(namespace: string): Record<"root" | "authority" | "issuer", CustomResourceArgs> {
  return {
    root: { apiVersion, kind: "Issuer", metadata: { name: "root", namespace }, spec: { selfSigned: {} } },
    authority: {
      apiVersion,
      kind: "Certificate",
      metadata: { name: "authority", namespace },
      spec: {
        isCA: true,
        commonName: "Bourse internal authority",
        secretName: "authority",
        duration: "87600h",
        renewBefore: "8760h",
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        issuerRef: { name: "root", kind: "Issuer" },
      },
    },
    issuer: { apiVersion, kind: "Issuer", metadata: { name: "internal", namespace }, spec: { ca: { secretName: "authority" } } },
  };
}

/** An authority of AWS Private CA, in which cert-manager has AWS's connector. */
export interface PrivateAuthorityRef {
  arn: pulumi.Input<string>;
  region: string;
}

/** The issuer that asks the private authority (aws-privateca-issuer, "AWSPCAIssuer"). */
export function privateIssuer(namespace: string, { arn, region }: PrivateAuthorityRef): CustomResourceArgs {
  return {
    apiVersion: `${connectorGroup}/v1beta1`,
    kind: "AWSPCAIssuer",
    metadata: { name: "private", namespace },
    spec: { arn, region },
  };
}

const connectorGroup = "awspca.cert-manager.io";

/** Of the cluster's own authority for three months; of the private one for a week, which is the most that it issues, renewed after three days. */
const terms = {
  own: {
    usages: ["digital signature", "server auth", "client auth"],
    duration: "2160h",
    renewBefore: "720h",
    issuerRef: { name: "internal", kind: "Issuer" },
  },
  // These two usages alone: of them the connector makes the template for servers and clients, of any other list one that passes on what is asked for.
  private: {
    usages: ["server auth", "client auth"],
    duration: "168h",
    renewBefore: "96h",
    issuerRef: { name: "private", kind: "AWSPCAIssuer", group: connectorGroup },
  },
};

/** The certificate of one service: for its name in all forms, for each pod of a StatefulSet, and for names that it has elsewhere. */
export function serviceCertificate(
  service: ServiceName,
  namespace: string,
  by: keyof typeof terms,
  elsewhere: readonly string[] = [],
): CustomResourceArgs {
  const full = `${service}.${namespace}.svc.cluster.local`;
  return {
    apiVersion,
    kind: "Certificate",
    metadata: { name: service, namespace },
    spec: {
      secretName: certificateSecret(service),
      commonName: service,
      dnsNames: [
        service,
        `${service}.${namespace}`,
        `${service}.${namespace}.svc`,
        full,
        ...(catalog[service].kind === "StatefulSet" ? [`*.${full}`] : []),
        ...elsewhere,
      ],
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      ...terms[by],
    },
  };
}
