/**
 * The metrics that services of the exchange send, in CloudWatch's namespace `Bourse` with the dimension `Service`. Dashboards and alarms name
 * no other metric of ours; a service that sends one which is not here is not seen.
 */

export const metricNamespace = "Bourse";

/** Kinds: a counter is summed, a gauge averaged, a distribution shown by percentile. */
export interface MetricDefinition {
  kind: "counter" | "gauge" | "distribution";
  unit: "Count" | "Milliseconds" | "Microseconds" | "Bytes";
  /** What is measured. */
  means: string;
  /** Services that send it; `"all"` for what every service sends. */
  services: readonly string[] | "all";
}

export const metrics = {
  Requests: { kind: "counter", unit: "Count", means: "requests answered", services: "all" },
  RequestErrors: { kind: "counter", unit: "Count", means: "requests answered with a fault of ours (5xx)", services: "all" },
  RequestMs: { kind: "distribution", unit: "Milliseconds", means: "request to answer", services: "all" },
  EventLoopDelayMs: { kind: "distribution", unit: "Milliseconds", means: "delay of the event loop", services: "all" },
  MemoryBytes: { kind: "gauge", unit: "Bytes", means: "resident memory", services: "all" },
  OrdersAccepted: { kind: "counter", unit: "Count", means: "orders and cancels acknowledged", services: ["gateway"] },
  OrdersRefused: { kind: "counter", unit: "Count", means: "orders and cancels refused with a 4xx", services: ["gateway"] },
  AcknowledgeMs: { kind: "distribution", unit: "Milliseconds", means: "order received to durably acknowledged", services: ["gateway"] },
  OpenSockets: { kind: "gauge", unit: "Count", means: "open WebSocket connections", services: ["gateway"] },
  StreamMessages: { kind: "counter", unit: "Count", means: "stream messages sent", services: ["gateway"] },
  Trades: { kind: "counter", unit: "Count", means: "fills", services: ["trading"] },
  MatchMicroseconds: { kind: "distribution", unit: "Microseconds", means: "one command through the shard", services: ["trading"] },
  JournalCommitMs: { kind: "distribution", unit: "Milliseconds", means: "one group of commands made durable", services: ["trading"] },
  QueuedCommands: { kind: "gauge", unit: "Count", means: "commands accepted and not yet durable", services: ["trading"] },
  StandbyLagRecords: { kind: "gauge", unit: "Count", means: "records that the standby is behind", services: ["trading"] },
  RegionLagMs: { kind: "gauge", unit: "Milliseconds", means: "age of the newest record in the second region", services: ["trading"] },
  LeaseRemainingMs: { kind: "gauge", unit: "Milliseconds", means: "what is left of the leader's lease", services: ["trading"] },
  BalanceDifference: { kind: "gauge", unit: "Count", means: "assets whose balances do not sum to zero", services: ["trading"] },
  SequenceGaps: {
    kind: "counter",
    unit: "Count",
    means: "gaps found in the events of a shard",
    services: ["history", "order-book", "market-data"],
  },
  ConsumerLagMs: {
    kind: "gauge",
    unit: "Milliseconds",
    means: "age of the newest event taken in",
    services: ["history", "order-book", "market-data", "analytics"],
  },
  WithdrawalsWaiting: { kind: "gauge", unit: "Count", means: "withdrawals that wait for the second region", services: ["wallet"] },
  NoticesFailed: { kind: "counter", unit: "Count", means: "mails and notices given up", services: ["notification"] },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metrics;

/** The metrics that a service sends, in the table's order. */
export function metricsOf(service: string): MetricName[] {
  return (Object.keys(metrics) as MetricName[]).filter((name) => {
    const { services } = metrics[name] as MetricDefinition;
    return services === "all" || services.includes(service);
  });
}
