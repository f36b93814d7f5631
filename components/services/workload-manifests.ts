/** Kubernetes objects of one service, as typed values: workload, service, disruption budget, scaling, binding to a target group. */

import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { catalog, type ServiceName, type ServiceSize } from "./catalog";
import { selectorOf } from "./network-policies";
import { type PodFacts, podTemplate } from "./pod-template";

type ObjectMeta = kubernetes.types.input.meta.v1.ObjectMeta;

/** Metadata of every object of a service or a job. */
export function objectMetadata(name: string, namespace: string): ObjectMeta {
  return { name, namespace, labels: { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "bourse" } };
}

/** A stateless service: new pods are ready before old ones leave. */
export function deployment(service: ServiceName, namespace: string, facts: PodFacts): kubernetes.apps.v1.DeploymentArgs {
  const scaled = isScaled(facts.size);
  return {
    metadata: objectMetadata(service, namespace),
    spec: {
      // The autoscaler owns the number when there is one.
      ...(scaled ? {} : { replicas: facts.size.replicas }),
      revisionHistoryLimit: 5,
      minReadySeconds: 5,
      progressDeadlineSeconds: 600,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" } },
      selector: { matchLabels: selectorOf(service) },
      template: podTemplate(service, facts),
    },
  };
}

/**
 * A service with a disk of its own: pods are replaced one after the other, from the last, each when the one before is ready; disks are kept when pods or the set go.
 * Where pods are members of a shard, one with new code is a shadow, and not ready before it has agreed with the leader: the leader is stopped after that, and never for code that differs.
 *
 * @param members whether the pods are members of a shard: they then start together, since only the last may have what the one that leads needs
 */
export function statefulSet(
  service: ServiceName,
  namespace: string,
  facts: PodFacts,
  storageClassName: pulumi.Input<string>,
  members: boolean,
): kubernetes.apps.v1.StatefulSetArgs {
  return {
    metadata: objectMetadata(service, namespace),
    spec: {
      serviceName: service,
      replicas: facts.size.replicas,
      revisionHistoryLimit: 5,
      podManagementPolicy: members ? "Parallel" : "OrderedReady",
      updateStrategy: { type: "RollingUpdate" },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      selector: { matchLabels: selectorOf(service) },
      template: podTemplate(service, facts),
      volumeClaimTemplates: [
        {
          metadata: { name: "home" },
          spec: {
            accessModes: ["ReadWriteOncePod"],
            storageClassName,
            resources: { requests: { storage: `${facts.size.diskGib ?? 100}Gi` } },
          },
        },
      ],
    },
  };
}

/** The name and port inside the cluster. Never a load balancer: those are resources of the ingress, which pods join by binding. */
export function clusterService(service: ServiceName, namespace: string): kubernetes.core.v1.ServiceArgs {
  const { kind, port, listeners = {} } = catalog[service];
  return {
    metadata: objectMetadata(service, namespace),
    spec: {
      type: "ClusterIP",
      // Clients of a StatefulSet choose the leader themselves, so they must see every pod, ready or not.
      ...(kind === "StatefulSet" ? { clusterIP: "None", publishNotReadyAddresses: true } : {}),
      selector: selectorOf(service),
      ports: [
        { name: "service", port, targetPort: "service", protocol: "TCP" },
        ...Object.entries(listeners).map(([name, each]) => ({ name, port: each, targetPort: name, protocol: "TCP" })),
      ],
    },
  };
}

/** At most one pod is taken away on purpose at a time. */
export function disruptionBudget(service: ServiceName, namespace: string): kubernetes.policy.v1.PodDisruptionBudgetArgs {
  return {
    metadata: objectMetadata(service, namespace),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(service) }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
  };
}

/** Whether the number of pods follows the load. */
export function isScaled(size: ServiceSize): boolean {
  return (size.maxReplicas ?? size.replicas) > size.replicas;
}

/** Makes ready pods of the service targets of a load balancer. Security groups are opened by the ingress, so `networking` is not given. */
export function targetGroupBinding(
  service: ServiceName,
  listener: string,
  namespace: string,
  targetGroupArn: pulumi.Input<string>,
): kubernetes.apiextensions.CustomResourceArgs {
  const { port, listeners } = catalog[service];
  return {
    apiVersion: "elbv2.k8s.aws/v1beta1",
    kind: "TargetGroupBinding",
    metadata: { ...objectMetadata(service, namespace), name: `${service}-${listener}` },
    spec: { targetGroupARN: targetGroupArn, targetType: "ip", serviceRef: { name: service, port: listeners?.[listener] ?? port } },
  };
}
