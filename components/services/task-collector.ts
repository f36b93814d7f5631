/** The collector beside each service in its task: Fargate has no agent on a node that tasks could share. */

import type * as pulumi from "@pulumi/pulumi";
import type { TaskClusterRef } from "../foundation";
import { metricsAgent } from "./catalog";

/** The AWS Distro for OpenTelemetry, which takes spans of the task and hands them to X-Ray (ECS guide, "Amazon ECS trace data"). */
export const usualCollector = "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3";

/** The container of the collector: the task outlives it, and nobody outside of the task reaches it. */
export function collectorContainer(image: pulumi.Input<string>, cluster: Pick<TaskClusterRef, "logGroupName">, region: string): object {
  const pipeline = { receivers: ["otlp"], processors: ["memory_limiter", "resourcedetection", "batch"], exporters: ["awsxray"] };
  const configuration = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${metricsAgent.tracesPort}` } } } },
    processors: {
      memory_limiter: { check_interval: "1s", limit_mib: 64 },
      // The task and its zone, out of the task's metadata.
      resourcedetection: { detectors: ["ecs"], override: false },
      batch: { timeout: "1s" },
    },
    exporters: { awsxray: { region } },
    service: { pipelines: { traces: pipeline } },
  };
  return {
    name: "collector",
    image,
    essential: false,
    user: "65532:65532",
    readonlyRootFilesystem: true,
    linuxParameters: { capabilities: { drop: ["ALL"] } },
    memoryReservation: 64,
    environment: [{ name: "AOT_CONFIG_CONTENT", value: JSON.stringify(configuration) }],
    logConfiguration: {
      logDriver: "awslogs",
      options: { "awslogs-group": cluster.logGroupName, "awslogs-region": region, "awslogs-stream-prefix": "collector" },
    },
  };
}
