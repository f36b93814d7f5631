/** Metric filters over the log of pods: what processes say in words, as figures. Services log one JSON object a line (`workloads/process/run.ts`). */

import type * as aws from "@pulumi/aws";

/** The namespace of metrics that are counted in logs, apart from those that services send. */
export const logMetricNamespace = "Bourse/Logs";

/** Patterns by metric (CloudWatch Logs guide, "Filter pattern syntax"). */
export const logMetrics: Readonly<Record<string, { pattern: string; means: string }>> = {
  LogErrors: { pattern: '{ $.log_processed.level = "error" }', means: "lines of errors" },
  LogWarnings: { pattern: '{ $.log_processed.level = "warning" }', means: "lines of warnings" },
  CutOffs: { pattern: '{ $.log_processed.message = "*did not stop within*" }', means: "processes cut off since they did not stop in time" },
  OwnStops: { pattern: '{ $.log_processed.message = "*has to stop:*" }', means: "processes that had to stop by themselves" },
};

export function metricFilterArgs(
  metric: string,
  logGroupName: aws.cloudwatch.LogMetricFilterArgs["logGroupName"],
): aws.cloudwatch.LogMetricFilterArgs {
  return {
    logGroupName,
    pattern: logMetrics[metric].pattern,
    metricTransformation: {
      namespace: logMetricNamespace,
      name: metric,
      value: "1",
      unit: "Count",
      dimensions: { Service: "$.log_processed.service" },
    },
  };
}
