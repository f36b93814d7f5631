/** Metric alarms have an action, or are part of a composite alarm that has one. */

import { listOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const alarmsReachSomebody: Rule = {
  id: "alarms-reach-somebody",
  title: "Alarms reach somebody",
  checks: "Metric alarms have an action, or are part of a composite alarm that has one.",
  why: "An alarm that tells nobody is a comment.",
  fix: "Set alarmActions.",
  severity: "advisory",
  needsGraph: true,
  types: ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"],
  check: (alarm, graph) => {
    if (listOf(alarm.inputs.alarmActions).length > 0) return [];
    const composites = graph.referrersOf(alarm, "aws:cloudwatch/compositeAlarm:CompositeAlarm", "alarmRule");
    return composites.some((composite) => listOf(composite.inputs.alarmActions).length > 0) ? [] : ["tells nobody"];
  },
  passing: { type: "aws:cloudwatch/metricAlarm:MetricAlarm", inputs: { alarmActions: ["arn:aws:sns:us-east-1:123456789012:alarms"] } },
  failing: { type: "aws:cloudwatch/metricAlarm:MetricAlarm", inputs: {} },
};
