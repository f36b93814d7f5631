/**
 * Internal certificates by cert-manager: an authority whose key stays in the cluster's encrypted secrets, and a certificate for each service,
 * renewed a month before it ends. Services show it to each other in both directions.
 */

import type * as kubernetes from "@pulumi/kubernetes";
import { catalog, type ServiceName } from "./catalog";
import { certificateSecret, logonSecret } from "./pod-template";

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

/** The certificate of one service: for its name in all forms, and for each pod of a StatefulSet. */
export function serviceCertificate(service: ServiceName, namespace: string): CustomResourceArgs {
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
      ],
      usages: ["digital signature", "server auth", "client auth"],
      duration: "2160h",
      renewBefore: "720h",
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      issuerRef: { name: "internal", kind: "Issuer" },
    },
  };
}

/**
 * The key with which a service logs on to the shard, made in the cluster and known nowhere else. It stays the same when its certificate is renewed, since the shard reads
 * who may log on when it starts.
 */
export function logonCertificate(service: ServiceName, namespace: string): CustomResourceArgs {
  return {
    apiVersion,
    kind: "Certificate",
    metadata: { name: `${service}-logon`, namespace },
    spec: {
      secretName: logonSecret(service),
      commonName: `${service} logon`,
      dnsNames: [`${service}.logon.internal`],
      usages: ["digital signature"],
      duration: "87600h",
      renewBefore: "8760h",
      privateKey: { algorithm: "Ed25519", encoding: "PKCS8", rotationPolicy: "Never" },
      issuerRef: { name: "internal", kind: "Issuer" },
    },
  };
}
