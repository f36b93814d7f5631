/** Metric filters over the log of the services: what processes say in words, as figures. Services log one JSON object a line (`workloads/process/run.ts`). */

import type * as aws from "@pulumi/aws";
import type { LogPlace } from "./log-places";

/** The namespace of metrics that are counted in logs, apart from those that services send. */
export const logMetricNamespace = "Bourse/Logs";

/** By metric: the field of a line, and what is in it. */
export const logMetrics: Readonly<Record<string, { field: string; equals: string; means: string }>> = {
  LogErrors: { field: "level", equals: "error", means: "lines of errors" },
  LogWarnings: { field: "level", equals: "warning", means: "lines of warnings" },
  CutOffs: { field: "message", equals: "*did not stop within*", means: "processes cut off since they did not stop in time" },
  OwnStops: { field: "message", equals: "*has to stop:*", means: "processes that had to stop by themselves" },
};

export function metricFilterArgs(
  metric: string,
  place: LogPlace,
  logGroupName: aws.cloudwatch.LogMetricFilterArgs["logGroupName"],
): aws.cloudwatch.LogMetricFilterArgs {
  const { field, equals } = logMetrics[metric];
  return {
    logGroupName,
    // CloudWatch Logs guide, "Filter pattern syntax".
    pattern: `{ $.${place.field(field)} = "${equals}" }`,
    metricTransformation: {
      namespace: logMetricNamespace,
      name: metric,
      value: "1",
      unit: "Count",
      dimensions: { Service: `$.${place.field("service")}` },
    },
  };
}
