/** How many pods of a service there are: what KEDA makes a Horizontal Pod Autoscaler of (keda.sh, "ScaledObject specification", "AWS CloudWatch" scaler). */

import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ServiceName, ServiceSize } from "./catalog";
import { figuresOf, type ScalingFigure } from "./figures";
import type { StoreRefs } from "./service-role";
import { objectMetadata } from "./workload-manifests";

type CustomResourceArgs = kubernetes.apiextensions.CustomResourceArgs;

const apiVersion = "keda.sh/v1alpha1";
const readerName = "figures";

/** As whom figures are read: KEDA's operator itself, by its pod identity. */
export function figureReader(namespace: string): CustomResourceArgs {
  return {
    apiVersion,
    kind: "TriggerAuthentication",
    metadata: { name: readerName, namespace },
    spec: { podIdentity: { provider: "aws" } },
  };
}

/**
 * Follows the service's figures and processor time, whichever asks for more pods. Doubles within a minute when busy, and shrinks by a tenth a minute after ten quiet minutes, since leaving pods
 * move open sockets. While figures cannot be read the autoscaler adds pods by processor time and takes none away (Kubernetes, "Horizontal Pod Autoscaling": scaling on multiple metrics).
 */
export function scaledObject(
  service: ServiceName,
  namespace: string,
  size: ServiceSize,
  { region, stores }: { region: string; stores: StoreRefs },
): CustomResourceArgs {
  return {
    apiVersion,
    kind: "ScaledObject",
    metadata: objectMetadata(service, namespace),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: service },
      minReplicaCount: size.replicas,
      maxReplicaCount: size.maxReplicas ?? size.replicas,
      // Processes send figures once a minute: asking more often costs more and tells no more.
      pollingInterval: 30,
      advanced: {
        horizontalPodAutoscalerConfig: {
          behavior: {
            scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 100, periodSeconds: 60 }] },
            scaleDown: { stabilizationWindowSeconds: 600, policies: [{ type: "Percent", value: 10, periodSeconds: 60 }] },
          },
        },
      },
      triggers: [
        ...Object.values(figuresOf(service, stores)).map((figure) => figureTrigger(figure, region)),
        { type: "cpu", metricType: "Utilization", metadata: { value: "60" } },
        // Open sockets cost memory before they cost processor time.
        ...(service === "gateway" ? [{ type: "memory", metricType: "Utilization", metadata: { value: "70" } }] : []),
      ],
    },
  };
}

/**
 * The sum over all pods in the last full minute, divided by what one pod should have: the load itself, which does not change with the number of pods. An average over pods would be stale for a
 * minute after each step and drive the next one.
 */
function figureTrigger({ namespace, metric, dimension, of, most }: ScalingFigure, awsRegion: string) {
  const metadata: Record<string, pulumi.Input<string>> = {
    awsRegion,
    namespace,
    metricName: metric,
    dimensionName: dimension.name,
    dimensionValue: dimension.value,
    metricStat: of === "process" ? "Sum" : "Maximum",
    metricStatPeriod: "60",
    metricCollectionTime: "300",
    targetMetricValue: String(most),
    minMetricValue: "0",
    // Processes that send nothing are a fault, after which no pod is taken away. A queue that nobody used for six hours sends nothing and is empty.
    ignoreNullValues: of === "process" ? "false" : "true",
  };
  return {
    type: "aws-cloudwatch",
    metricType: "AverageValue",
    useCachedMetrics: true,
    authenticationRef: { name: readerName },
    metadata,
  };
}
