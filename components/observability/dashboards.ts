/** Dashboards as CloudWatch takes them (CloudWatch guide, "Dashboard body structure and syntax"): business, latency, saturation, and one per service. */

import * as pulumi from "@pulumi/pulumi";
import { type MetricDefinition, type MetricName, metricNamespace, metrics, metricsOf } from "./metrics";

/** What dashboards show beside our own metrics. */
export interface DashboardFacts {
  region: pulumi.Input<string>;
  services: readonly string[];
  clusterName: string;
  compute?: "eks" | "fargate";
  /** The load balancer as CloudWatch's dimension names it. */
  loadBalancer?: pulumi.Input<string>;
}

type MetricRow = (pulumi.Input<string> | { stat?: string; label?: string; yAxis?: string; expression?: string })[];

interface Widget {
  type: "metric" | "text";
  x: number;
  y: number;
  width: number;
  height: number;
  properties: Record<string, unknown>;
}

/** A graph before it has a place. */
interface Graph {
  title: string;
  rows: MetricRow[];
  /** @default "Sum" */
  stat?: string;
}

/** Widgets are 8 of the grid's 24 columns wide and 6 rows high. */
const width = 8;
const height = 6;
const perRow = 24 / width;

/** The body of every dashboard, by key. */
export function dashboardBodies(facts: DashboardFacts): Record<string, pulumi.Output<string>> {
  const bodies: Record<string, pulumi.Output<string>> = {
    business: body(facts, businessGraphs()),
    latency: body(facts, latencyGraphs()),
    saturation: body(facts, saturationGraphs(facts)),
  };
  for (const service of facts.services) bodies[service] = body(facts, serviceGraphs(service, facts));
  return bodies;
}

function body(facts: DashboardFacts, graphs: Graph[]): pulumi.Output<string> {
  const widgets = graphs.map(
    (graph, index): Widget => ({
      type: "metric",
      x: (index % perRow) * width,
      y: Math.floor(index / perRow) * height,
      width,
      height,
      properties: {
        title: graph.title,
        view: "timeSeries",
        stacked: false,
        region: facts.region,
        period: 60,
        stat: graph.stat ?? "Sum",
        metrics: graph.rows,
      },
    }),
  );
  return pulumi.jsonStringify({ start: "-PT3H", periodOverride: "inherit", widgets });
}

function businessGraphs(): Graph[] {
  return [
    { title: "Orders a minute", rows: [own("OrdersAccepted", "gateway"), own("OrdersRefused", "gateway")] },
    { title: "Commands a minute", rows: [own("Commands", "trading")] },
    { title: "Requests a minute", rows: [own("Requests", "gateway"), own("RequestErrors", "gateway")] },
    { title: "Open sockets", stat: "Average", rows: [own("OpenSockets", "gateway")] },
  ];
}

function latencyGraphs(): Graph[] {
  const percentiles = (name: MetricName, service: string) =>
    ["p50", "p99", "p99.9"].map((stat) => own(name, service, { stat, label: stat }));
  return [
    { title: "Order acknowledged (budget p50 4 ms, p99 15 ms)", rows: percentiles("AcknowledgeMs", "gateway") },
    { title: "Journal commit (budget p50 2 ms, p99 8 ms)", rows: percentiles("JournalCommitMs", "trading") },
    { title: "Match and settle, microseconds (budget p50 20, p99 200)", rows: percentiles("MatchMicroseconds", "trading") },
    { title: "Request to answer", rows: percentiles("RequestMs", "gateway") },
  ];
}

function saturationGraphs(facts: DashboardFacts): Graph[] {
  const graphs: Graph[] = [
    {
      title: "Event loop delay p99",
      stat: "Maximum",
      rows: facts.services.map((service) => own("EventLoopDelayMs", service, { label: service })),
    },
    { title: "Commands waiting to be durable", stat: "Maximum", rows: [own("QueuedCommands", "trading")] },
    ...(facts.compute === "fargate" ? taskGraphs(facts) : nodeGraphs(facts)),
  ];
  if (facts.loadBalancer !== undefined) {
    const balancer = (metric: string): MetricRow => ["AWS/NetworkELB", metric, "LoadBalancer", facts.loadBalancer!];
    graphs.push(
      { title: "Load balancer: new flows", rows: [balancer("NewFlowCount_TLS")] },
      { title: "Load balancer: open flows", stat: "Average", rows: [balancer("ActiveFlowCount_TLS")] },
      {
        title: "Load balancer: failed TLS negotiations",
        rows: [balancer("ClientTLSNegotiationErrorCount"), balancer("TargetTLSNegotiationErrorCount")],
      },
    );
  }
  return graphs;
}

/** CloudWatch guide, "Amazon EKS and Kubernetes Container Insights metrics". */
function nodeGraphs({ clusterName }: DashboardFacts): Graph[] {
  const insights = (metric: string): MetricRow => ["ContainerInsights", metric, "ClusterName", clusterName];
  return [
    { title: "Nodes: CPU %", stat: "Maximum", rows: [insights("node_cpu_utilization")] },
    { title: "Nodes: memory %", stat: "Maximum", rows: [insights("node_memory_utilization")] },
    { title: "Nodes: disk %", stat: "Maximum", rows: [insights("node_filesystem_utilization")] },
    { title: "Nodes failed", stat: "Maximum", rows: [insights("cluster_failed_node_count")] },
  ];
}

function podGraphs(service: string, clusterName: string): Graph[] {
  const pods = (metric: string): MetricRow => [
    "ContainerInsights",
    metric,
    "ClusterName",
    clusterName,
    "Namespace",
    "bourse",
    "Service",
    service,
  ];
  return [
    { title: "pods running", stat: "Minimum", rows: [pods("service_number_of_running_pods")] },
    { title: "container restarts", rows: [pods("pod_number_of_container_restarts")] },
  ];
}

/**
 * Of every service of the cluster, or of one (ECS guide, "CloudWatch metrics"; CloudWatch guide, "Amazon ECS Container Insights metrics"). ECS gives its services names that end in
 * characters of their own, so they are searched for: a word without quotes finds names that it is a part of, as "Search expression syntax" says.
 */
function taskGraphs({ clusterName }: DashboardFacts, service?: string): Graph[] {
  const named = service === undefined ? "" : service.replace(/[a-z0-9]+-?/g, (word) => ` ServiceName=${word.replace("-", "")}`);
  const search = (namespace: string, metric: string, stat: string): MetricRow => [
    {
      expression: `SEARCH('{${namespace},ClusterName,ServiceName} MetricName="${metric}" ClusterName="${clusterName}"${named}', '${stat}')`,
      label: "",
    },
  ];
  return [
    { title: "Tasks: CPU %", stat: "Maximum", rows: [search("AWS/ECS", "CPUUtilization", "Maximum")] },
    { title: "Tasks: memory %", stat: "Maximum", rows: [search("AWS/ECS", "MemoryUtilization", "Maximum")] },
    { title: "Tasks running", stat: "Minimum", rows: [search("ECS/ContainerInsights", "RunningTaskCount", "Minimum")] },
  ];
}

function serviceGraphs(service: string, facts: DashboardFacts): Graph[] {
  const graphs = metricsOf(service).map((name): Graph => {
    const { kind, means } = metrics[name] as MetricDefinition;
    if (kind === "distribution") return { title: means, rows: ["p50", "p99"].map((stat) => own(name, service, { stat, label: stat })) };
    return { title: means, stat: kind === "counter" ? "Sum" : "Maximum", rows: [own(name, service)] };
  });
  return [...graphs, ...(facts.compute === "fargate" ? taskGraphs(facts, service) : podGraphs(service, facts.clusterName))];
}

function own(name: MetricName, service: string, options?: { stat?: string; label?: string }): MetricRow {
  const row: MetricRow = [metricNamespace, name, "Service", service];
  return options === undefined ? row : [...row, options];
}
