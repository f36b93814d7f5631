/**
 * The kinds of KEDA 2.20 (`config/crd/bases` of kedacore/keda at v2.20.2). What we write is described field by field; of the kinds that nobody here makes, and without which the operator does not
 * start (`cmd/operator/main.go`: it has a controller for each), only that they are there.
 */

import type * as kubernetes from "@pulumi/kubernetes";
import { customDefinition, list, object, open, type Schema, text, whole } from "./custom-definition";

const group = "keda.sh";
const eventing = "eventing.keda.sh";
const version = "v1alpha1";

const rules = object({
  stabilizationWindowSeconds: whole,
  selectPolicy: text,
  policies: list(object({ type: text, value: whole, periodSeconds: whole }, ["type", "value", "periodSeconds"])),
  tolerance: { "x-kubernetes-int-or-string": true, anyOf: [whole, text] },
});

const trigger = object(
  {
    type: { type: "string", minLength: 1 },
    name: text,
    metricType: text,
    metadata: { type: "object", additionalProperties: text },
    authenticationRef: object({ name: text, kind: { type: "string", enum: ["TriggerAuthentication", "ClusterTriggerAuthentication"] } }, [
      "name",
    ]),
    useCachedMetrics: { type: "boolean" },
  },
  ["type", "metadata"],
);

const scaledObject: Schema = object(
  {
    scaleTargetRef: object({ apiVersion: text, kind: text, name: { type: "string", minLength: 1 }, envSourceContainerName: text }, [
      "name",
    ]),
    minReplicaCount: { ...whole, minimum: 0 },
    maxReplicaCount: { ...whole, minimum: 1 },
    idleReplicaCount: { ...whole, minimum: 0 },
    pollingInterval: { ...whole, minimum: 1 },
    cooldownPeriod: { ...whole, minimum: 0 },
    initialCooldownPeriod: { ...whole, minimum: 0 },
    fallback: open,
    advanced: object({
      horizontalPodAutoscalerConfig: object({ name: text, behavior: object({ scaleUp: rules, scaleDown: rules }) }),
      restoreToOriginalReplicaCount: { type: "boolean" },
      scalingModifiers: open,
    }),
    triggers: { ...list(trigger), minItems: 1 },
  },
  ["scaleTargetRef", "triggers"],
);

const authentication: Schema = {
  ...open,
  properties: { podIdentity: { ...open, required: ["provider"], properties: { provider: text, roleArn: text } } },
};

const kinds = {
  "scaled-objects": { group, kind: "ScaledObject", plural: "scaledobjects", scope: "Namespaced", spec: scaledObject },
  "trigger-authentications": {
    group,
    kind: "TriggerAuthentication",
    plural: "triggerauthentications",
    scope: "Namespaced",
    spec: authentication,
  },
  "cluster-trigger-authentications": {
    group,
    kind: "ClusterTriggerAuthentication",
    plural: "clustertriggerauthentications",
    scope: "Cluster",
    spec: authentication,
  },
  "scaled-jobs": { group, kind: "ScaledJob", plural: "scaledjobs", scope: "Namespaced", spec: open },
  "cloud-event-sources": { group: eventing, kind: "CloudEventSource", plural: "cloudeventsources", scope: "Namespaced", spec: open },
  "cluster-cloud-event-sources": {
    group: eventing,
    kind: "ClusterCloudEventSource",
    plural: "clustercloudeventsources",
    scope: "Cluster",
    spec: open,
  },
} as const;

/** Definitions by key. */
export const kedaDefinitions: Readonly<Record<string, kubernetes.apiextensions.v1.CustomResourceDefinitionArgs>> = Object.fromEntries(
  Object.entries(kinds).map(([key, kind]) => [key, customDefinition({ version, ...kind })]),
);
