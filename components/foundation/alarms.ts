/** Recommended alarms: every component that holds a service describes its own, they exist by default, and one argument routes or removes them. */

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { AlarmTarget } from "./references";
import type { Transform } from "./transform";

/** Arguments of components that come with alarms. */
export interface AlarmedArgs {
  /** Where the component's alarms are sent; `"off"` makes none. @default alarms without a receiver, visible in CloudWatch */
  alarms?: AlarmTarget | "off";
}

/** The hook for alarms in a component's `transform`. */
export interface AlarmTransform {
  alarm?: Transform<aws.cloudwatch.MetricAlarmArgs>;
}

/** One alarm on one CloudWatch metric. */
export interface AlarmSpec {
  /** What it means and what to look at first, for whoever is woken by it. */
  description: string;
  namespace: string;
  metric: string;
  dimensions: Record<string, pulumi.Input<string>>;
  /** `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p99`. */
  statistic: string;
  threshold: pulumi.Input<number>;
  /** Which side of the threshold is bad. @default "above" */
  bad?: "above" | "below";
  /** Seconds in a period. @default 60 */
  period?: number;
  /** Periods in a row that must be bad. @default 3 */
  periods?: number;
  /** What no data means: `"good"` for counters of faults, `"bad"` for signs of life. @default "good" */
  silence?: "good" | "bad";
}

/** Arguments of the alarm that `spec` describes. */
export function alarmArgs(spec: AlarmSpec, target: AlarmTarget | undefined): aws.cloudwatch.MetricAlarmArgs {
  const actions = target === undefined ? [] : [target.topicArn];
  const isPercentile = /^p\d/.test(spec.statistic);
  return {
    alarmDescription: spec.description,
    namespace: spec.namespace,
    metricName: spec.metric,
    dimensions: spec.dimensions,
    ...(isPercentile ? { extendedStatistic: spec.statistic } : { statistic: spec.statistic }),
    threshold: spec.threshold,
    comparisonOperator: spec.bad === "below" ? "LessThanThreshold" : "GreaterThanThreshold",
    period: spec.period ?? 60,
    evaluationPeriods: spec.periods ?? 3,
    treatMissingData: spec.silence === "bad" ? "breaching" : "notBreaching",
    alarmActions: actions,
    okActions: actions,
  };
}
