import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  logMetrics,
  logPlaces,
  logQueries,
  metrics,
  metricsOf,
  ObservabilityPlane,
  type ObservabilityPlaneArgs,
  serviceNames,
} from "bourse";
import {
  assertFaults,
  assertInputs,
  describeComponent,
  probeTransforms,
  type ResourceGraph,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { allows, roleNamed } from "../iam-simulator";
import { accountId, keyRef } from "../references";

const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
const composite = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
const dashboard = "aws:cloudwatch/dashboard:Dashboard";
const logGroup = "aws:cloudwatch/logGroup:LogGroup";

const topicArn = `arn:aws:sns:us-east-1:${accountId}:on-call`;
const minimal: ObservabilityPlaneArgs = {
  accountId,
  region: "us-east-1",
  logKey: keyRef("log"),
  topic: { topicArn },
  services: serviceNames,
  clusterName: "trading",
  loadBalancer: "net/entry/0123456789abcdef",
  canary: { url: "https://api.exchange.example" },
};

function planeWith(over: Partial<ObservabilityPlaneArgs> = {}): () => ObservabilityPlane {
  return () => new ObservabilityPlane("watch", { ...minimal, ...over });
}

describeComponent("ObservabilityPlane", planeWith(), (subject) => {
  it("has a dashboard for business, latency, saturation and each service", () => {
    const names = subject.graph.ofType(dashboard).map(({ name }) => name);
    assert.deepEqual(names.sort(), ["business", "latency", "saturation", ...serviceNames].map((key) => `watch-${key}`).sort());
  });

  it("draws every dashboard in CloudWatch's structure, with widgets that do not overlap and lie on the grid", () => {
    for (const { name, inputs } of subject.graph.ofType(dashboard)) {
      const { widgets } = JSON.parse(String(inputs.dashboardBody)) as DashboardBody;
      assert.ok(widgets.length > 0 && widgets.length <= 500, name);
      const taken = new Set<string>();
      for (const { type, x, y, width, height, properties } of widgets) {
        assert.equal(type, "metric");
        assert.ok(x >= 0 && x + width <= 24 && width >= 1 && height >= 1, name);
        for (let column = x; column < x + width; column++) {
          for (let row = y; row < y + height; row++) {
            assert.ok(!taken.has(`${column},${row}`), `${name}: "${properties.title}" overlaps another widget`);
            taken.add(`${column},${row}`);
          }
        }
        assert.ok(properties.title.length > 0 && properties.metrics.length > 0 && properties.metrics.length <= 500, name);
        assert.equal(properties.region, "us-east-1");
      }
    }
  });

  it("names no metric that neither a service sends nor AWS documents", () => {
    const unknown = [...namedMetrics(subject.graph)].filter(([namespace, name, service]) => {
      if (namespace !== "Bourse") return !awsMetrics[namespace]?.includes(name);
      return !(service in Object.fromEntries(serviceNames.map((each) => [each, true]))) || !metricsOf(service).includes(name as never);
    });
    assert.deepEqual(unknown, []);
  });

  it("shows every metric of every service on the service's dashboard", () => {
    for (const service of serviceNames) {
      const { inputs } = subject.graph.get(dashboard, `watch-${service}`);
      for (const metric of metricsOf(service)) assert.ok(String(inputs.dashboardBody).includes(`"${metric}"`), `${service}: ${metric}`);
    }
    assert.ok(Object.keys(metrics).length >= 14);
  });

  it("sends every alarm to the topic and names its runbook", () => {
    const alarms = subject.graph.ofType(alarm).filter(({ inputs }) => inputs.metricQueries === undefined);
    assert.ok(alarms.length >= 12);
    for (const resource of alarms) {
      assert.match(String(resource.inputs.alarmDescription), /Runbook: docs\/runbooks\/[a-z-]+\.md$/, resource.name);
      assert.deepEqual([resource.inputs.alarmActions, resource.inputs.okActions], [[topicArn], [topicArn]]);
    }
  });

  it("alarms when no shard says that it can go on, even when nothing is reported at all", () => {
    assertInputs(subject.graph, alarm, "watch-trading-silent-alarm", {
      namespace: "Bourse",
      metricName: "Alive",
      dimensions: { Service: "trading" },
      comparisonOperator: "LessThanThreshold",
      treatMissingData: "breaching",
      evaluationPeriods: 2,
    });
  });

  it("alarms at the latency budget, before a shard refuses orders, and for a service that stands still", () => {
    assertInputs(subject.graph, alarm, "watch-shard-full-alarm", { metricName: "QueuedCommands", threshold: 100_000 });
    for (const service of serviceNames) {
      assertInputs(subject.graph, alarm, `watch-${service}-stalls-alarm`, {
        metricName: "EventLoopDelayMs",
        dimensions: { Service: service },
      });
    }
    assertInputs(subject.graph, alarm, "watch-acknowledge-slow-alarm", { extendedStatistic: "p99", threshold: 15 });
  });

  it("pages once when trading stops, whatever stopped it", () => {
    const { inputs } = subject.graph.get(composite, "watch-trading-impaired");
    if (!subject.known) return;
    const names = ["acknowledge-slow", "gateway-errors", "trading-silent"].map((key) => `ALARM("watch-${key}-alarm")`);
    assert.deepEqual(String(inputs.alarmRule).split(" OR ").sort(), names);
  });

  it("tells of a burning error budget only when a long and a short window agree, at rates that leave time to act", () => {
    for (const [speed, threshold, long, short] of [
      ["fast", 0.0072, 3_600, 300],
      ["slow", 0.003, 21_600, 1_800],
    ] as const) {
      const name = `watch-gateway-burns-${speed}`;
      for (const [window, period] of [
        ["long", long],
        ["short", short],
      ] as const) {
        const { inputs } = assertInputs(subject.graph, alarm, `${name}-${window}`, { threshold, evaluationPeriods: 1 });
        const queries = inputs.metricQueries as { id: string; expression?: string; metric?: { period: number; metricName: string } }[];
        assert.deepEqual(
          queries.flatMap(({ metric }) => (metric === undefined ? [] : [[metric.metricName, metric.period]])),
          [
            ["RequestErrors", period],
            ["Requests", period],
          ],
        );
        assert.equal(inputs.alarmActions, undefined, "a window alone is not told");
      }
      const { inputs } = subject.graph.get(composite, name);
      if (subject.known) assert.equal(inputs.alarmRule, `ALARM("${name}-long") AND ALARM("${name}-short")`);
    }
  });

  it("has a runbook in the repository for every alarm that is told", () => {
    const told = [...subject.graph.ofType(alarm), ...subject.graph.ofType(composite)].flatMap(
      ({ inputs }) => /Runbook: (\S+)$/.exec(String(inputs.alarmDescription))?.[1] ?? [],
    );
    assert.ok(new Set(told).size >= 7);
    for (const page of told) assert.ok(existsSync(join(__dirname, "../../..", page)), page);
  });

  for (const compute of ["eks", "fargate"] as const) {
    it(`asks, of lines on ${compute}, only for fields that processes write`, () => {
      const run = readFileSync(join(__dirname, "../../../workloads/process/run.ts"), "utf8");
      const { field, sender } = logPlaces[compute];
      for (const [name, query] of Object.entries(logQueries(logPlaces[compute]))) {
        const [, listed] = /^fields @timestamp, (.+)$/m.exec(query)!;
        for (const each of listed.split(", ").filter((asked) => asked !== sender)) {
          const own = each.split(".").at(-1)!;
          assert.equal(each, field(own), name);
          assert.match(run, new RegExp(`JSON.stringify\\(\\{[^}]*\\b${own}\\b`), `${name}: ${own}`);
        }
      }
    });
  }

  it("saves the first questions of an incident over the log of pods", () => {
    const queries = subject.graph.ofType("aws:cloudwatch/queryDefinition:QueryDefinition");
    assert.equal(queries.length, Object.keys(logQueries(logPlaces.eks)).length);
    for (const query of queries) {
      assert.deepEqual(
        subject.graph.referencesOf(query, "logGroupNames").map(({ name }) => name),
        ["watch-application-logs"],
      );
    }
  });

  it("counts in the log of pods what the process's own lines say, by service", () => {
    const run = readFileSync(join(__dirname, "../../../workloads/process/run.ts"), "utf8");
    const filters = subject.graph.ofType("aws:cloudwatch/logMetricFilter:LogMetricFilter");
    assert.equal(filters.length, 4);
    for (const filter of filters) {
      assert.deepEqual(
        subject.graph.referencesOf(filter, "logGroupName").map(({ name }) => name),
        ["watch-application-logs"],
      );
      assert.match(String(filter.inputs.pattern), /^\{ \$\.log_processed\.\w+ = "[^"]+" \}$/);
    }
    for (const { field, equals } of Object.values(logMetrics)) {
      assert.ok(new RegExp(`\\b${field}\\b`).test(run) && run.includes(equals.replaceAll("*", "")), equals);
    }
  });

  it("traces account operations by X-Ray's rules, under names that X-Ray takes", () => {
    const rates = Object.fromEntries(
      subject.graph.ofType("aws:xray/samplingRule:SamplingRule").map(({ inputs }) => [inputs.urlPath, inputs.fixedRate]),
    );
    assert.deepEqual(rates, { "/account/*": 0.05 });
    for (const { inputs } of subject.graph.ofType("aws:xray/samplingRule:SamplingRule")) assert.ok(String(inputs.ruleName).length <= 32);
    for (const { inputs } of subject.graph.ofType("aws:xray/group:Group")) assert.ok(String(inputs.groupName).length <= 32);
  });

  it("encrypts every log group, and ends the logs", () => {
    const logs = subject.graph.ofType(logGroup).filter(({ name }) => !name.startsWith("watch-fleet"));
    assert.equal(logs.length, 5);
    for (const { name } of logs) {
      assertInputs(subject.graph, logGroup, name, { kmsKeyId: keyRef("log").arn, retentionInDays: 90 });
    }
  });
});

describe("ObservabilityPlane arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<ObservabilityPlaneArgs["transform"]>();
    const graph = await recordProgram({}, planeWith({ transform: probe.transform }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("make no alarm of a service that does not run", async () => {
    const graph = await recordProgram({}, planeWith({ services: ["history"] }));
    const watched = graph.ofType(alarm).map(({ name }) => name);
    assert.deepEqual(watched.filter((name) => !name.startsWith("watch-outside")).sort(), [
      "watch-history-stalls-alarm",
      "watch-nodes-failed-alarm",
      "watch-tls-failing-alarm",
    ]);
    assert.deepEqual(graph.ofType(composite), []);
  });

  it("ask and count the tasks' own log on Fargate, whose lines are not wrapped, and make no group that nobody writes to", async () => {
    const taskLogGroupName = "bourse-tasks-logs-0123abc";
    const graph = await recordProgram({}, planeWith({ compute: "fargate", taskLogGroupName }));
    for (const query of graph.ofType("aws:cloudwatch/queryDefinition:QueryDefinition")) {
      assert.deepEqual(query.inputs.logGroupNames, [taskLogGroupName]);
      assert.doesNotMatch(String(query.inputs.queryString), /log_processed|kubernetes/);
    }
    const filters = graph.ofType("aws:cloudwatch/logMetricFilter:LogMetricFilter");
    assert.equal(filters.length, Object.keys(logMetrics).length);
    for (const { inputs } of filters) {
      assert.equal(inputs.logGroupName, taskLogGroupName);
      assert.match(String(inputs.pattern), /^\{ \$\.(level|message) = /);
      assert.deepEqual((inputs.metricTransformation as { dimensions: object }).dimensions, { Service: "$.service" });
    }
    const made = graph.ofType(logGroup).map(({ name }) => name);
    assert.deepEqual(made, ["watch-fleet-session-logs"]);
    const { policies } = roleNamed(graph, "watch-fleet-ask-logs-role");
    const ask = (group: string) => ({ action: "logs:StartQuery", resource: `arn:aws:logs:us-east-1:${accountId}:log-group:${group}` });
    assert.ok(await allows(policies, ask(taskLogGroupName)));
    assert.ok(!(await allows(policies, ask("/aws/containerinsights/trading/application"))));
  });

  it("watch tasks where there are no nodes: no metric of Kubernetes, and each of ECS for all services and for the one of a dashboard", async () => {
    const graph = await recordProgram({}, planeWith({ compute: "fargate", taskLogGroupName: "tasks" }));
    assert.deepEqual(
      namedMetrics(graph).filter(([namespace]) => namespace === "ContainerInsights"),
      [],
    );
    assert.ok(!graph.ofType(alarm).some(({ name }) => name === "watch-nodes-failed-alarm"));
    const searched = (key: string) => {
      const { widgets } = JSON.parse(String(graph.get(dashboard, `watch-${key}`).inputs.dashboardBody)) as DashboardBody;
      return widgets.flatMap(({ properties }) =>
        properties.metrics.flatMap(([first]) => (first as { expression?: string }).expression ?? []),
      );
    };
    const ofCluster = (chosen: string) => [
      `SEARCH('{AWS/ECS,ClusterName,ServiceName} MetricName="CPUUtilization" ClusterName="trading"${chosen}', 'Maximum')`,
      `SEARCH('{AWS/ECS,ClusterName,ServiceName} MetricName="MemoryUtilization" ClusterName="trading"${chosen}', 'Maximum')`,
      `SEARCH('{ECS/ContainerInsights,ClusterName,ServiceName} MetricName="RunningTaskCount" ClusterName="trading"${chosen}', 'Minimum')`,
    ];
    assert.deepEqual(searched("saturation"), ofCluster(""));
    assert.deepEqual(searched("gateway"), ofCluster(" ServiceName=gateway"));
    assert.deepEqual(searched("order-book"), ofCluster(" ServiceName=order ServiceName=book"));
  });

  const faulty: [what: string, over: Partial<ObservabilityPlaneArgs>, paths: string[]][] = [
    ["no services", { services: [] }, ["services"]],
    ["a service twice", { services: ["users", "users"] }, ["services[1]"]],
    ["a service in capitals", { services: ["Users"] }, ["services[0]"]],
    ["tasks whose log is not known", { compute: "fargate" }, ["taskLogGroupName"]],
    ["a log of tasks, and pods", { taskLogGroupName: "tasks" }, ["taskLogGroupName"]],
    ["a cluster that is neither", { compute: "ec2" as "eks" }, ["compute"]],
    ["an objective that leaves no budget", { objectives: [{ service: "gateway", availability: 1 }] }, ["objectives[0].availability"]],
    ["an objective of a service that does not run", { objectives: [{ service: "casino", availability: 0.99 }] }, ["objectives[0].service"]],
    ["a retention that CloudWatch does not have", { logRetentionDays: 42 }, ["logRetentionDays"]],
    ["an operations' document that there is none of", { operations: { documents: ["reboot" as "ask-logs"] } }, ["operations.documents[0]"]],
    ["a canary in the clear", { canary: { url: "http://api.exchange.example" } }, ["canary.url"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(planeWith(over), paths);
    });
  }
});

interface DashboardBody {
  widgets: {
    type: string;
    x: number;
    y: number;
    width: number;
    height: number;
    properties: { title: string; region: string; metrics: unknown[][] };
  }[];
}

/** Metrics of AWS that we use: ELB guide, "CloudWatch metrics for your Network Load Balancer"; CloudWatch guide, "Container Insights metrics". */
const awsMetrics: Record<string, string[]> = {
  "AWS/NetworkELB": ["NewFlowCount_TLS", "ActiveFlowCount_TLS", "ClientTLSNegotiationErrorCount", "TargetTLSNegotiationErrorCount"],
  // CloudWatch guide, "CloudWatch metrics published by canaries".
  CloudWatchSynthetics: ["SuccessPercent"],
  ContainerInsights: [
    "node_cpu_utilization",
    "node_memory_utilization",
    "node_filesystem_utilization",
    "cluster_failed_node_count",
    "service_number_of_running_pods",
    "pod_number_of_container_restarts",
  ],
};

interface Watched {
  namespace: string;
  metricName: string;
  dimensions: Record<string, string>;
}

/** Namespace, name and last dimension value of every metric on dashboards and in alarms. */
function namedMetrics(graph: ResourceGraph): [namespace: string, name: string, service: string][] {
  const drawn = graph.ofType(dashboard).flatMap(({ inputs }) => {
    const { widgets } = JSON.parse(String(inputs.dashboardBody)) as DashboardBody;
    return widgets.flatMap(({ properties }) => properties.metrics.map((row) => row.map(String) as string[]));
  });
  const watched = graph.ofType(alarm).flatMap(({ inputs }) => {
    const queries = inputs.metricQueries as { metric?: Watched }[] | undefined;
    const metrics = queries?.flatMap(({ metric }) => metric ?? []) ?? [inputs as unknown as Watched];
    return metrics.map(({ namespace, metricName, dimensions }) => [namespace, metricName, "Service", dimensions.Service ?? ""]);
  });
  return [...drawn, ...watched].map(([namespace, name, , service]) => [namespace, name, service]);
}
