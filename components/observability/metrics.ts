/**
 * The metrics that services of the exchange send, in CloudWatch's namespace `Bourse` with the dimension `Service` (`workloads/process/metrics.ts`). Dashboards and alarms name
 * no other metric of ours; a test compares this table with what the processes send.
 */

export const metricNamespace = "Bourse";

/** The log group that the agent writes the services' documents of metrics to. */
export const metricsLogGroup = "/bourse/metrics";

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
  Alive: { kind: "gauge", unit: "Count", means: "1 while the process can go on", services: "all" },
  EventLoopDelayMs: { kind: "gauge", unit: "Milliseconds", means: "delay of the event loop, p99", services: "all" },
  SpansDropped: {
    kind: "counter",
    unit: "Count",
    means: "spans of traces that were not sent: the agent is away or too slow",
    services: "all",
  },
  MemoryBytes: { kind: "gauge", unit: "Bytes", means: "resident memory", services: "all" },
  Requests: { kind: "counter", unit: "Count", means: "requests answered, over HTTP and WebSocket", services: ["gateway", "users"] },
  RequestErrors: { kind: "counter", unit: "Count", means: "requests answered with a fault of ours (5xx)", services: ["gateway", "users"] },
  RequestMs: { kind: "distribution", unit: "Milliseconds", means: "request to answer", services: ["gateway"] },
  OrdersAccepted: { kind: "counter", unit: "Count", means: "orders and cancels acknowledged", services: ["gateway"] },
  OrdersRefused: { kind: "counter", unit: "Count", means: "orders and cancels refused with a 4xx", services: ["gateway"] },
  AcknowledgeMs: { kind: "distribution", unit: "Milliseconds", means: "order received to durably acknowledged", services: ["gateway"] },
  OpenSockets: { kind: "gauge", unit: "Count", means: "open WebSocket connections", services: ["gateway"] },
  LimitsAlone: {
    kind: "gauge",
    unit: "Count",
    means: "1 while the cache of limits does not answer and the gateway counts alone",
    services: ["gateway"],
  },
  Commands: { kind: "counter", unit: "Count", means: "commands entered into the shard", services: ["trading"] },
  MatchMicroseconds: {
    kind: "distribution",
    unit: "Microseconds",
    means: "one command through the shard, one of 64 timed",
    services: ["trading"],
  },
  JournalCommitMs: { kind: "distribution", unit: "Milliseconds", means: "one group of commands made durable", services: ["trading"] },
  CommandsBehind: {
    kind: "gauge",
    unit: "Count",
    means: "commands of the shard that the service has not applied yet",
    services: ["order-book", "market-data", "wallet", "history", "publisher"],
  },
  Queries: {
    kind: "counter",
    unit: "Count",
    means: "questions of other services answered",
    services: ["order-book", "market-data", "wallet", "history", "publisher"],
  },
  SignInsRefused: { kind: "counter", unit: "Count", means: "sign-ins with a wrong name or password", services: ["users"] },
  NoticesDone: { kind: "counter", unit: "Count", means: "notices mailed, or of accounts without an address", services: ["notification"] },
  NoticesFailed: {
    kind: "counter",
    unit: "Count",
    means: "notices that could not be mailed, to be tried again",
    services: ["notification"],
  },
  RecordsCounted: { kind: "counter", unit: "Count", means: "records of the stream that were counted", services: ["analytics"] },
  EventAgeMs: { kind: "gauge", unit: "Milliseconds", means: "age of the newest event when it was counted", services: ["analytics"] },
  PinnedLogBytes: {
    kind: "gauge",
    unit: "Bytes",
    means: "log that is kept for the follower that has written least",
    services: ["trading"],
  },
  Leads: { kind: "gauge", unit: "Count", means: "1 while the member of a shard leads it", services: ["trading"] },
  StandbyReady: { kind: "gauge", unit: "Count", means: "1 while the member could take the lead", services: ["trading"] },
  StandbysInSync: {
    kind: "gauge",
    unit: "Count",
    means: "standbys that have all that is acknowledged, told by the member that leads",
    services: ["trading"],
  },
  RecordsNotCopied: {
    kind: "gauge",
    unit: "Count",
    means: "records of the log that the copy furthest behind lacks, told by the member that leads",
    services: ["trading"],
  },
  SnapshotBytesMissing: {
    kind: "gauge",
    unit: "Bytes",
    means: "bytes that are still to come of a snapshot that the member takes over from its leader; 0 while it takes over none",
    services: ["trading"],
  },
  CopiesElsewhere: {
    kind: "gauge",
    unit: "Count",
    means: "copies of the log in another region that are connected, told by the member that leads",
    services: ["trading"],
  },
  Diverged: { kind: "gauge", unit: "Count", means: "1 once the member has found that it differs from the leader", services: ["trading"] },
  QueuedCommands: { kind: "gauge", unit: "Count", means: "commands entered and not yet durable", services: ["trading"] },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metrics;

/** The metrics that a service sends, in the table's order. */
export function metricsOf(service: string): MetricName[] {
  return (Object.keys(metrics) as MetricName[]).filter((name) => {
    const { services } = metrics[name] as MetricDefinition;
    return services === "all" || services.includes(service);
  });
}
