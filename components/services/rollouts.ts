/** How a release reaches pods: tables first, by a job, and where asked a few pods of the next release beside those of this one. */

import { createHash } from "node:crypto";
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { catalog, databaseUserOf, type ServiceName } from "./catalog";
import { type NetworkPolicyFacts, servicePolicySpec } from "./network-policies";
import { type PodFacts, podTemplate } from "./pod-template";
import { serviceMetadata } from "./workload-manifests";

type Spec = kubernetes.types.input.networking.v1.NetworkPolicySpec;

/** A few pods of the next release, which clients reach like the others: the share of traffic is that of the pods. */
export interface Canary {
  /** The next release, by digest. */
  image: pulumi.Input<string>;
  /** @default 1 */
  replicas?: number;
}

/** The module that brings a service's tables up to date. */
const migrationEntry = "services/migrate/main.js";

/** Services that keep tables. */
export function keepsTables(service: ServiceName): boolean {
  return catalog[service].uses.includes("sql") && databaseUserOf(service) === service;
}

/** Pods of the job, which no service and no policy of the service selects. */
function migrationLabels(service: ServiceName): Record<string, string> {
  return { "app.kubernetes.io/name": `${service}-migrations` };
}

/**
 * The job of one release, named by its image: another image is another job, which must have ended before the release's pods start. It runs as the service, whose tables they are, and
 * is not tried again for ever.
 */
export function migrationJob(service: ServiceName, namespace: string, facts: PodFacts): kubernetes.batch.v1.JobArgs {
  const template = podTemplate(service, { ...facts, size: { ...facts.size, milliCpu: 100, memoryMib: 256 } });
  const { spec } = template as { spec: kubernetes.types.input.core.v1.PodSpec };
  const [container] = spec.containers as kubernetes.types.input.core.v1.Container[];
  const { startupProbe: _1, livenessProbe: _2, readinessProbe: _3, ports: _4, ...rest } = container;
  const env = (rest.env as { name: string }[]).filter(({ name }) => name !== "BOURSE_POD_ADDRESS");
  const { topologySpreadConstraints: _5, ...pod } = spec;
  const release = pulumi.output(facts.image).apply((image) => createHash("sha256").update(image).digest("hex").slice(0, 10));
  const metadata = serviceMetadata(service, namespace);
  return {
    metadata: {
      ...metadata,
      name: pulumi.interpolate`${service}-migrations-${release}`,
      labels: { ...migrationLabels(service), "app.kubernetes.io/part-of": "bourse" },
    },
    spec: {
      backoffLimit: 3,
      activeDeadlineSeconds: 600,
      template: {
        metadata: { labels: migrationLabels(service) },
        spec: { ...pod, restartPolicy: "Never", containers: [{ ...rest, env, name: "migrations", args: [migrationEntry] }] },
      },
    },
  };
}

/** Out to what the service's database is reached by, and nowhere else; nobody calls the job. */
export function migrationPolicy(service: ServiceName, facts: NetworkPolicyFacts): Spec {
  const { egress = [] } = servicePolicySpec(service, { ...facts, services: [service], stores: ["sql"] }) as { egress?: unknown[] };
  return {
    podSelector: { matchLabels: migrationLabels(service) },
    policyTypes: ["Ingress", "Egress"],
    ingress: [],
    egress: egress as Spec["egress"],
  };
}

/** The next release's pods, beside the service's own: they share its name, account, policy and budget, and are told apart by their track. */
export function canaryDeployment(
  service: ServiceName,
  namespace: string,
  facts: PodFacts,
  canary: Canary,
): kubernetes.apps.v1.DeploymentArgs {
  const template = podTemplate(service, { ...facts, image: canary.image }) as {
    metadata: { labels: Record<string, string> };
    spec: kubernetes.types.input.core.v1.PodSpec;
  };
  const labels = { ...template.metadata.labels, "bourse/track": "canary" };
  const metadata = serviceMetadata(service, namespace);
  return {
    metadata: { ...metadata, name: `${service}-canary` },
    spec: {
      replicas: canary.replicas ?? 1,
      revisionHistoryLimit: 2,
      minReadySeconds: 5,
      progressDeadlineSeconds: 600,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: template.spec },
    },
  };
}
