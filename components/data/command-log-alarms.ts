/** Recommended alarms of the command log. */

import type * as pulumi from "@pulumi/pulumi";
import type { AlarmSpec } from "../foundation";

/** Alarms on the cluster and on each broker; figures from the MSK guide, "Amazon MSK metrics for monitoring Standard brokers with CloudWatch". */
export function commandLogAlarms(clusterName: pulumi.Output<string>, brokers: number): Record<string, AlarmSpec> {
  const cluster = { namespace: "AWS/Kafka", statistic: "Maximum", dimensions: { "Cluster Name": clusterName } };
  const alarms: Record<string, AlarmSpec> = {
    controller: {
      ...cluster,
      metric: "ActiveControllerCount",
      threshold: 1,
      bad: "below",
      silence: "bad",
      description: "The cluster has no controller: no leader can be elected; look at the broker log.",
    },
    "offline-partitions": {
      ...cluster,
      metric: "OfflinePartitionsCount",
      threshold: 0,
      periods: 1,
      description: "A partition has no leader: orders of its shard are not accepted; look for brokers that are down.",
    },
  };
  for (let broker = 1; broker <= brokers; broker++) {
    const own = { ...cluster, dimensions: { "Cluster Name": clusterName, "Broker ID": String(broker) } };
    alarms[`under-replicated-${broker}`] = {
      ...own,
      metric: "UnderMinIsrPartitionCount",
      threshold: 0,
      periods: 1,
      description: `Broker ${broker} leads partitions with fewer than two replicas in sync: appends are refused; look for brokers that are down or full.`,
    };
    alarms[`disk-${broker}`] = {
      ...own,
      metric: "KafkaDataLogsDiskUsed",
      threshold: 85,
      description: `The disk of broker ${broker} is above 85 %, beyond where it should have grown: raise the limit of its growth.`,
    };
    alarms[`cpu-${broker}`] = {
      ...own,
      metric: "CpuUser",
      statistic: "Average",
      threshold: 60,
      periods: 5,
      description: `Broker ${broker} is above 60 % CPU: the others could not carry the load of a lost zone; add brokers.`,
    };
  }
  return alarms;
}
