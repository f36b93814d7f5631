/**
 * Service-level objectives, watched by burn rate: how many times faster than allowed the month's error budget is being spent. Two windows must agree, so that a
 * short peak does not page and a fault that is over stops paging (Google SRE Workbook, "Alerting on SLOs", multiwindow, multi-burn-rate).
 */

import type * as aws from "@pulumi/aws";
import { metricNamespace } from "./metrics";

/** An objective for the share of requests that a service answers without a fault of ours. */
export interface Objective {
  service: string;
  /** Between 0.9 and 1, as 0.9995. */
  availability: number;
}

/** Speeds at which the budget burns, with the windows that must show it. 14.4 spends 2 % of a month's budget in an hour, 6 spends 5 % in six hours. */
export const burnRates = {
  fast: { rate: 14.4, longSeconds: 3_600, shortSeconds: 300, what: "page: a month's budget would last two days" },
  slow: { rate: 6, longSeconds: 21_600, shortSeconds: 1_800, what: "ticket: a month's budget would last five days" },
} as const;
export type BurnSpeed = keyof typeof burnRates;

/** The error rate at which `objective` burns at `speed`. */
export function burnThreshold(objective: Objective, speed: BurnSpeed): number {
  // Floats such as 0.00050000000000005 would show in every plan.
  return Number(((1 - objective.availability) * burnRates[speed].rate).toPrecision(6));
}

/** The alarm on one window: errors over requests, nothing when there are none. */
export function burnAlarm(objective: Objective, speed: BurnSpeed, window: "long" | "short"): aws.cloudwatch.MetricAlarmArgs {
  const { longSeconds, shortSeconds } = burnRates[speed];
  const period = window === "long" ? longSeconds : shortSeconds;
  const sum = (id: string, metricName: string) => ({
    id,
    metric: { namespace: metricNamespace, metricName, dimensions: { Service: objective.service }, period, stat: "Sum" },
  });
  return {
    alarmDescription: `${objective.service}: error rate over ${period / 60} minutes, as a part of the burn-rate alarm`,
    metricQueries: [
      { id: "rate", expression: "IF(requests > 0, errors / requests, 0)", label: "error rate", returnData: true },
      sum("errors", "RequestErrors"),
      sum("requests", "Requests"),
    ],
    comparisonOperator: "GreaterThanThreshold",
    threshold: burnThreshold(objective, speed),
    evaluationPeriods: 1,
    treatMissingData: "notBreaching",
  };
}
