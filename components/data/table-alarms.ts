/** Recommended alarms of a DynamoDB table. */

import type * as pulumi from "@pulumi/pulumi";
import type { AlarmSpec } from "../foundation";

/** Alarms by key; figures from the DynamoDB guide, "DynamoDB metrics and dimensions". @param role key of the table within its store */
export function tableAlarms(role: string, tableName: pulumi.Output<string>): Record<string, AlarmSpec> {
  const table = { namespace: "AWS/DynamoDB", statistic: "Sum", dimensions: { TableName: tableName } };
  return {
    [`${role}-reads-throttled`]: {
      ...table,
      metric: "ReadThrottleEvents",
      threshold: 0,
      description: `Reads of ${role} are refused: look for a hot key with Contributor Insights, or raise warm throughput.`,
    },
    [`${role}-writes-throttled`]: {
      ...table,
      metric: "WriteThrottleEvents",
      threshold: 0,
      description: `Writes of ${role} are refused: look for a hot key with Contributor Insights, or raise warm throughput.`,
    },
  };
}
