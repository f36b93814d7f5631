/** Pods in the inputs of Kubernetes workloads. */

import { listOf, recordOf } from "../plan/read-inputs";

/** The pod's specification in a Deployment, StatefulSet, DaemonSet or Job. */
export function podOf(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return recordOf(recordOf(recordOf(inputs.spec).template).spec);
}

/** Its containers, those that run before it included. */
export function containersOf(inputs: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  const pod = podOf(inputs);
  return [...listOf(pod.initContainers), ...listOf(pod.containers)].map(recordOf);
}
