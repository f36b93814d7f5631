/** Alarms of the exchange itself: what clients notice, what money depends on, what is about to run out. Stores bring their own. */

import type * as pulumi from "@pulumi/pulumi";
import type { AlarmSpec } from "../foundation";
import { type MetricName, metricNamespace } from "./metrics";

export interface AlarmFacts {
  services: readonly string[];
  clusterName: string;
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
  }
  if (has("trading")) {
    alarms["trading-silent"] = own("LeaseRemainingMs", "trading", {
      description: `No shard reports a lease: nobody acknowledges orders. ${see("shard-failover")}`,
      statistic: "Maximum",
      threshold: 1,
      bad: "below",
      silence: "bad",
      periods: 1,
    });
    alarms["journal-slow"] = own("JournalCommitMs", "trading", {
      description: `The journal takes longer than its budget of 8 ms at p99. ${see("slow-journal")}`,
      statistic: "p99",
      threshold: 8,
    });
    alarms["balances"] = own("BalanceDifference", "trading", {
      description: `Balances of an asset do not sum to zero: stop withdrawals and find out. ${see("money-mismatch")}`,
      statistic: "Maximum",
      threshold: 0,
      periods: 1,
    });
    alarms["standby-behind"] = own("StandbyLagRecords", "trading", {
      description: `The standby is far behind: a failover would be slow. ${see("standby-behind")}`,
      statistic: "Maximum",
      threshold: 100_000,
    });
    alarms["region-behind"] = own("RegionLagMs", "trading", {
      description: `The second region is behind: a regional failover would lose this much. ${see("region-behind")}`,
      statistic: "Maximum",
      threshold: 5_000,
    });
  }
  for (const service of ["order-book", "market-data", "history", "analytics"].filter(has)) {
    alarms[`${service}-behind`] = own("ConsumerLagMs", service, {
      description: `${service} is behind the shard's events. ${see("consumer-behind")}`,
      statistic: "Maximum",
      threshold: service === "analytics" ? 300_000 : 10_000,
    });
  }
  alarms["nodes-failed"] = {
    description: `Nodes of the cluster have failed. ${see("node-failed")}`,
    namespace: "ContainerInsights",
    metric: "cluster_failed_node_count",
    dimensions: { ClusterName: facts.clusterName },
    statistic: "Maximum",
    threshold: 0,
  };
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
