/** Recommended alarms of a DynamoDB table. */

import * as pulumi from "@pulumi/pulumi";
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

/** Alarms of a replica; its lag is measured where the table is written, and shows in that region's account metrics (DynamoDB guide, "Monitoring global tables"). */
export function replicaAlarms(
  role: string,
  tableArn: pulumi.Input<string>,
  receivingRegion: pulumi.Input<string>,
): Record<string, AlarmSpec> {
  const TableName = pulumi.output(tableArn).apply((arn) => arn.split("/")[1]);
  return {
    [`${role}-replica-lag`]: {
      namespace: "AWS/DynamoDB",
      metric: "ReplicationLatency",
      statistic: "Average",
      // Milliseconds.
      threshold: 5000,
      dimensions: { TableName, ReceivingRegion: receivingRegion },
      description: `Writes of ${role} take more than 5 s to the other region: a failover now would lose that much; look at the AWS Health Dashboard.`,
    },
    ...tableAlarms(role, TableName),
  };
}
