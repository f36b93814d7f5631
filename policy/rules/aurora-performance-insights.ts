/** Aurora instances have Performance Insights, on the cluster or on themselves. */

import type { Rule } from "../rule";

export const auroraPerformanceInsights: Rule = {
  id: "aurora-performance-insights",
  title: "Databases show what they wait for",
  checks: "Aurora instances have Performance Insights, on the cluster or on themselves.",
  why: "A slow query cannot be found afterwards without a record of the waits.",
  fix: "Set performanceInsightsEnabled: true.",
  severity: "advisory",
  types: ["aws:rds/clusterInstance:ClusterInstance"],
  check: ({ inputs }) => (inputs.performanceInsightsEnabled === true ? [] : ["Performance Insights is off"]),
  passing: { type: "aws:rds/clusterInstance:ClusterInstance", inputs: { performanceInsightsEnabled: true } },
  failing: { type: "aws:rds/clusterInstance:ClusterInstance", inputs: {} },
};
