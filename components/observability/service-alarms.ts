/** Alarms of the exchange itself: what clients notice, what money depends on, what is about to run out. Stores bring their own. */

import type * as pulumi from "@pulumi/pulumi";
import type { AlarmSpec } from "../foundation";
import { type MetricName, metricNamespace } from "./metrics";

/** Orders a second of the reference load, sustained. */
const referenceOrders = 300_000;

export interface AlarmFacts {
  services: readonly string[];
  clusterName: string;
  compute?: "eks" | "fargate";
  loadBalancer?: pulumi.Input<string>;
  /** Where runbooks are, without a trailing slash. */
  runbooks: string;
}

/** Alarms by key. Each description says what it means and names the runbook. */
export function serviceAlarms(facts: AlarmFacts): Record<string, AlarmSpec> {
  const has = (service: string) => facts.services.includes(service);
  const see = (page: string) => `Runbook: ${facts.runbooks}/${page}.md`;
  const own = (name: MetricName, service: string, spec: Omit<AlarmSpec, "namespace" | "metric" | "dimensions">): AlarmSpec => ({
    namespace: metricNamespace,
    metric: name,
    dimensions: { Service: service },
    ...spec,
  });
  const alarms: Record<string, AlarmSpec> = {};

  if (has("gateway")) {
    alarms["acknowledge-slow"] = own("AcknowledgeMs", "gateway", {
      description: `Orders take longer than the budget of 15 ms at p99 to be acknowledged. ${see("slow-orders")}`,
      statistic: "p99",
      threshold: 15,
    });
    alarms["gateway-errors"] = own("RequestErrors", "gateway", {
      description: `The gateway answers with errors of ours. ${see("gateway-errors")}`,
      statistic: "Sum",
      threshold: 10,
    });
    alarms["limits-alone"] = own("LimitsAlone", "gateway", {
      description: `Gateways do not reach the cache in which they count together: an address may ask each of them for a quarter of a limit. ${see("gateway-errors")}`,
      statistic: "Maximum",
      threshold: 0,
    });
  }
  if (has("trading")) {
    alarms["log-pinned"] = own("PinnedLogBytes", "trading", {
      description: `A follower reads the shard's log and writes nothing, and 20 GiB are kept for it: restart it, or free its pin. ${see("consumer-behind")}`,
      statistic: "Maximum",
      threshold: 20 * 2 ** 30,
    });
    alarms["trading-silent"] = own("Alive", "trading", {
      description: `No shard says that it can go on: nobody acknowledges orders. ${see("shard-failover")}`,
      statistic: "Maximum",
      threshold: 1,
      bad: "below",
      silence: "bad",
      periods: 2,
    });
    alarms["journal-slow"] = own("JournalCommitMs", "trading", {
      description: `The journal takes longer than its budget of 8 ms at p99. ${see("slow-journal")}`,
      statistic: "p99",
      threshold: 8,
    });
    // A shard without members tells neither of these two, and silence is no fault.
    alarms["standby-missing"] = own("StandbysInSync", "trading", {
      description: `No standby has all that is acknowledged: if the leader fails now, the exchange stands until its disk is back. ${see("standby-behind")}`,
      statistic: "Maximum",
      threshold: 1,
      bad: "below",
      periods: 3,
    });
    // Nor one of a single region these two.
    alarms["copy-missing"] = own("CopiesElsewhere", "trading", {
      description: `No copy of the log in another region follows: what is acknowledged now is lost with this region. ${see("region-behind")}`,
      statistic: "Maximum",
      threshold: 1,
      bad: "below",
      periods: 3,
    });
    alarms["copy-behind"] = own("RecordsNotCopied", "trading", {
      description: `The copy of the log in another region is more than five seconds of the reference load behind, which is lost with this region. ${see("region-behind")}`,
      statistic: "Maximum",
      threshold: 5 * referenceOrders,
      periods: 3,
    });
    alarms["member-diverged"] = own("Diverged", "trading", {
      description: `A member of the shard differs from its leader and never leads: its code, its disk or its memory is wrong. ${see("standby-behind")}`,
      statistic: "Maximum",
      threshold: 0,
    });
    alarms["shard-full"] = own("QueuedCommands", "trading", {
      description: `Commands wait to be durable: the shard is close to refusing new orders. ${see("slow-journal")}`,
      statistic: "Maximum",
      threshold: 100_000,
    });
  }
  if (has("users")) {
    alarms["sign-ins-refused"] = own("SignInsRefused", "users", {
      description: `Somebody tries passwords: look at the addresses in the firewall's log, and lower the rate of the login route. ${see("gateway-errors")}`,
      statistic: "Sum",
      threshold: 1_000,
    });
  }
  if (has("notification")) {
    alarms["notices-failing"] = own("NoticesFailed", "notification", {
      description: `Notices cannot be mailed and are tried again: look at the log of notification and at the mail's reputation. ${see("consumer-behind")}`,
      statistic: "Sum",
      threshold: 10,
    });
  }
  if (has("publisher")) {
    alarms["publisher-behind"] = own("CommandsBehind", "publisher", {
      description: `The publisher is behind the shard: the stream and all that reads it grow stale. ${see("consumer-behind")}`,
      statistic: "Maximum",
      threshold: 100_000,
    });
  }
  if (has("analytics")) {
    alarms["analytics-behind"] = own("EventAgeMs", "analytics", {
      description: `Analytics counts events that are more than five minutes old. ${see("consumer-behind")}`,
      statistic: "Maximum",
      threshold: 300_000,
    });
  }
  for (const service of facts.services) {
    alarms[`${service}-stalls`] = own("EventLoopDelayMs", service, {
      description: `${service} stands still for more than 100 ms at a time: its probes and its clients wait. ${see("slow-orders")}`,
      statistic: "Maximum",
      threshold: 100,
    });
  }
  // On Fargate there are no nodes to watch: `FargateServices` watches the tasks of each service.
  if (facts.compute !== "fargate") {
    alarms["nodes-failed"] = {
      description: `Nodes of the cluster have failed. ${see("node-failed")}`,
      namespace: "ContainerInsights",
      metric: "cluster_failed_node_count",
      dimensions: { ClusterName: facts.clusterName },
      statistic: "Maximum",
      threshold: 0,
    };
  }
  if (facts.loadBalancer !== undefined) {
    alarms["tls-failing"] = {
      description: `Pods fail TLS negotiation with the load balancer: look at their certificates. ${see("certificates")}`,
      namespace: "AWS/NetworkELB",
      metric: "TargetTLSNegotiationErrorCount",
      dimensions: { LoadBalancer: facts.loadBalancer },
      statistic: "Sum",
      threshold: 10,
    };
  }
  return alarms;
}
