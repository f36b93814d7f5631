/** What the operators of a region see: dashboards, alarms, logs. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmTarget,
  BourseComponent,
  type CommonArgs,
  childNameFaults,
  type Fault,
  type KeyRef,
  logRetentionFaults,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";
import { dashboardBodies } from "./dashboards";
import { type CanaryChoice, canaryFaults, ExchangeCanary, type ExchangeCanaryTransform } from "./exchange-canary";
import { FleetOperations, type FleetOperationsTransform, type OperationsChoice, operationsFaults } from "./fleet-operations";
import { logMetrics, metricFilterArgs } from "./log-metrics";
import { type Compute, type LogPlace, logPlaces } from "./log-places";
import { logQueries } from "./log-queries";
import { metricsLogGroup } from "./metrics";
import { type BurnSpeed, burnAlarm, burnRates, type Objective } from "./objectives";
import { serviceAlarms } from "./service-alarms";
import { samplingRuleArgs, samplingRules, traceGroups } from "./tracing";

/** Arguments of {@link ObservabilityPlane}. */
export interface ObservabilityPlaneArgs extends CommonArgs {
  accountId: pulumi.Input<string>;
  region: pulumi.Input<string>;
  /** Encrypts logs: the `log` key of a `KeyRing`, whose policy lets the CloudWatch Logs service use it. */
  logKey: KeyRef;
  /** Where alarms are sent: an `AlarmTopic`, or a topic of your own. */
  topic: AlarmTarget;
  /** Services that run. Plain, since dashboards and alarms are made for each. */
  services: readonly string[];
  /** Cluster that they run on. */
  clusterName: string;
  /** What the cluster is, which decides the metrics that there are of it. @default "eks" */
  compute?: Compute;
  /** Log group that tasks write to, of a `FargateCluster`, which also keeps that of Container Insights. Given with `"fargate"`. @default the groups of pods and nodes, made here */
  taskLogGroupName?: pulumi.Input<string>;
  /** The region's load balancer, as CloudWatch's dimension names it. @default no graphs and alarms of it */
  loadBalancer?: pulumi.Input<string>;
  /** Objectives whose burn rate is watched. Plain, since alarms are made for each. @default the gateway answers 99.95 % of requests */
  objectives?: readonly Objective[];
  /** Where runbooks are, without a trailing slash. @default "docs/runbooks" */
  runbooks?: string;
  /** Systems Manager of the region. Plain, since it decides which children exist. @default {@link OperationsChoice}, without machines on premises */
  operations?: OperationsChoice | "off";
  /** What asks the exchange from outside. Plain likewise. @default nothing */
  canary?: CanaryChoice;
  /** Days that logs of pods and nodes are kept. @default 90 */
  logRetentionDays?: number;
  /** @default "on" */
  protection?: Protection;
  transform?: {
    logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
    dashboard?: Transform<aws.cloudwatch.DashboardArgs>;
    alarm?: Transform<aws.cloudwatch.MetricAlarmArgs>;
    compositeAlarm?: Transform<aws.cloudwatch.CompositeAlarmArgs>;
    query?: Transform<aws.cloudwatch.QueryDefinitionArgs>;
    samplingRule?: Transform<aws.xray.SamplingRuleArgs>;
    traceGroup?: Transform<aws.xray.GroupArgs>;
    metricFilter?: Transform<aws.cloudwatch.LogMetricFilterArgs>;
    operations?: FleetOperationsTransform;
    canary?: ExchangeCanaryTransform;
  };
}

/** Log groups that the CloudWatch agent writes to (CloudWatch guide, "Container Insights"). */
const insightGroups = ["application", "dataplane", "host", "performance"] as const;

/** Alarms that mean that nobody can trade, whatever else is true. */
const tradingStops = ["trading-silent", "gateway-errors", "acknowledge-slow"];

export function observabilityPlaneFaults(args: ObservabilityPlaneArgs): Fault[] {
  const faults: Fault[] = [];
  if (args.services.length === 0) faults.push({ path: "services", given: [], allowed: "one service or more", fix: "name the services" });
  args.services.forEach((service, index) => {
    const path = `services[${index}]`;
    const allowed = "names of lower-case letters, digits and hyphens, each once";
    if (!/^[a-z][a-z0-9-]*$/.test(service)) faults.push({ path, given: service, allowed, fix: "use the service's name" });
    if (args.services.indexOf(service) !== index) faults.push({ path, given: service, allowed, fix: "remove the repetition" });
  });
  if (args.compute !== undefined && !["eks", "fargate"].includes(args.compute)) {
    faults.push({ path: "compute", given: args.compute, allowed: "eks or fargate", fix: 'use "eks", the default' });
  }
  if ((args.compute === "fargate") !== (args.taskLogGroupName !== undefined)) {
    const allowed = 'the log group of tasks, with compute "fargate" and no other';
    faults.push({
      path: "taskLogGroupName",
      given: args.taskLogGroupName,
      allowed,
      fix: "give the logGroupName of a FargateCluster, or leave both out",
    });
  }
  args.objectives?.forEach(({ service, availability }, index) => {
    const path = `objectives[${index}]`;
    if (!args.services.includes(service)) {
      faults.push({ path: `${path}.service`, given: service, allowed: `a service: ${args.services.join(", ")}`, fix: "correct its name" });
    }
    if (!(availability >= 0.9 && availability < 1)) {
      const allowed = "a share from 0.9 to below 1, since an objective of 1 leaves no budget to burn";
      faults.push({ path: `${path}.availability`, given: availability, allowed, fix: "write for example 0.9995" });
    }
  });
  if (args.logRetentionDays !== undefined) faults.push(...logRetentionFaults("logRetentionDays", args.logRetentionDays));
  if (args.operations !== undefined && args.operations !== "off") faults.push(...operationsFaults("operations.", args.operations));
  if (args.canary !== undefined) faults.push(...canaryFaults("canary.", args.canary));
  return faults;
}

/** Dashboards, alarms with their runbooks, and log groups that are encrypted and end. */
export class ObservabilityPlane extends BourseComponent {
  /** Log group names by content. */
  readonly logGroupNames: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: ObservabilityPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
    const role = args.operations === "off" ? [] : ["-fleet-restart-service-role"];
    const bucket = args.canary === undefined ? [] : ["-outside-artifacts-bucket"];
    super(
      "bourse:observability:ObservabilityPlane",
      name,
      args,
      [...observabilityPlaneFaults(args), ...childNameFaults(name, { role, bucket })],
      opts,
    );

    const { topic } = args;
    const place = logPlaces[args.compute ?? "eks"];
    const logGroupNames =
      args.taskLogGroupName === undefined ? this.createPodLogs(args) : { application: pulumi.output(args.taskLogGroupName) };
    for (const [key, dashboardBody] of Object.entries(dashboardBodies(args))) this.createDashboard(key, dashboardBody, args);
    const specs = serviceAlarms({ ...args, runbooks: runbooksOf(args) });
    const alarms = this.createAlarms(specs, { alarms: topic, transform: args.transform });
    this.createTradingAlarm(
      tradingStops.filter((key) => key in alarms).map((key) => alarms[key].name),
      topic,
      args,
    );
    for (const objective of objectivesOf(args)) this.watchObjective(objective, topic, args);
    this.createQueries(place, logGroupNames.application, args);
    this.createTracing(args);
    this.createOperations(topic, place, logGroupNames.application, args);

    this.logGroupNames = logGroupNames;
    this.registerOutputs({ logGroupNames });
  }

  /** What pods, nodes and the agent write, which tasks do not have: their figures are lines of their own log. */
  private createPodLogs(args: ObservabilityPlaneArgs): Record<(typeof insightGroups)[number], pulumi.Output<string>> {
    const days = args.logRetentionDays ?? 90;
    const groups = insightGroups.map((content) => {
      const physicalName = `/aws/containerinsights/${args.clusterName}/${content}`;
      return [content, this.createLogGroup(`${content}-logs`, args, days, physicalName).name];
    });
    this.createLogGroup("metrics-logs", args, days, metricsLogGroup);
    return Object.fromEntries(groups);
  }

  private createDashboard(key: string, dashboardBody: pulumi.Input<string>, args: ObservabilityPlaneArgs): void {
    new aws.cloudwatch.Dashboard(
      ...transformed<aws.cloudwatch.DashboardArgs>(
        args.transform?.dashboard,
        `${this.name}-${key}`,
        { dashboardName: `${this.name}-${key}`, dashboardBody },
        this.childOptions(),
      ),
    );
  }

  /** Alarms on both windows of each speed, and one on both together, which is the one that is told. */
  private watchObjective(objective: Objective, topic: AlarmTarget, args: ObservabilityPlaneArgs): void {
    for (const speed of Object.keys(burnRates) as BurnSpeed[]) {
      const key = `${this.name}-${objective.service}-burns-${speed}`;
      const [long, short] = (["long", "short"] as const).map(
        (window) =>
          new aws.cloudwatch.MetricAlarm(
            ...transformed<aws.cloudwatch.MetricAlarmArgs>(
              args.transform?.alarm,
              `${key}-${window}`,
              { ...burnAlarm(objective, speed, window), tags: this.tagsFor(`${key}-${window}`) },
              this.childOptions(),
            ),
          ),
      );
      new aws.cloudwatch.CompositeAlarm(
        ...transformed<aws.cloudwatch.CompositeAlarmArgs>(
          args.transform?.compositeAlarm,
          key,
          {
            alarmName: key,
            alarmDescription: `${objective.service} burns its error budget ${burnRates[speed].rate} times too fast; ${burnRates[speed].what}. Runbook: ${runbooksOf(args)}/error-budget.md`,
            alarmRule: pulumi.interpolate`ALARM("${long.name}") AND ALARM("${short.name}")`,
            alarmActions: [topic.topicArn],
            okActions: [topic.topicArn],
            tags: this.tagsFor(key),
          },
          this.childOptions(),
        ),
      );
    }
  }

  private createQueries(place: LogPlace, logGroupName: pulumi.Input<string>, args: ObservabilityPlaneArgs): void {
    for (const [key, queryString] of Object.entries(logQueries(place))) {
      new aws.cloudwatch.QueryDefinition(
        ...transformed<aws.cloudwatch.QueryDefinitionArgs>(
          args.transform?.query,
          `${this.name}-query-${key}`,
          { name: `${this.name}/${key}`, queryString, logGroupNames: [logGroupName] },
          this.childOptions(),
        ),
      );
    }
  }

  /** Figures from the log, runbooks that run, and the canary, each of them told by the same topic. */
  private createOperations(topic: AlarmTarget, place: LogPlace, applicationLog: pulumi.Input<string>, args: ObservabilityPlaneArgs): void {
    const { accountId, region, clusterName, logKey, protection, tags, transform } = args;
    for (const metric of Object.keys(logMetrics)) {
      new aws.cloudwatch.LogMetricFilter(
        ...transformed<aws.cloudwatch.LogMetricFilterArgs>(
          transform?.metricFilter,
          `${this.name}-filter-${metric}`,
          metricFilterArgs(metric, place, applicationLog),
          this.childOptions(),
        ),
      );
    }
    if (args.operations !== "off") {
      new FleetOperations(
        `${this.name}-fleet`,
        {
          parameters: { cluster: clusterName, region, "alarm-topic": topic.topicArn },
          ...args.operations,
          accountId,
          region,
          clusterName,
          taskLogGroupName: args.taskLogGroupName,
          logKey,
          tags,
          transform: transform?.operations,
        },
        { parent: this },
      );
    }
    if (args.canary !== undefined) {
      new ExchangeCanary(
        `${this.name}-outside`,
        { ...args.canary, accountId, region, logKey, protection, tags, alarms: topic, transform: transform?.canary },
        { parent: this },
      );
    }
  }

  private createTracing(args: ObservabilityPlaneArgs): void {
    for (const key of Object.keys(samplingRules)) {
      const name = `${this.name}-sampling-${key}`;
      new aws.xray.SamplingRule(
        ...transformed<aws.xray.SamplingRuleArgs>(
          args.transform?.samplingRule,
          name,
          { ...samplingRuleArgs(this.name, key), tags: this.tagsFor(name) },
          this.childOptions(),
        ),
      );
    }
    for (const [key, filterExpression] of Object.entries(traceGroups)) {
      const name = `${this.name}-traces-${key}`;
      new aws.xray.Group(
        ...transformed<aws.xray.GroupArgs>(
          args.transform?.traceGroup,
          name,
          {
            // Names of groups end at 32 characters (X-Ray API, CreateGroup).
            groupName: `${this.name}-${key}`.slice(-32),
            filterExpression,
            insightsConfiguration: { insightsEnabled: true, notificationsEnabled: false },
            tags: this.tagsFor(name),
          },
          this.childOptions(),
        ),
      );
    }
  }

  /** One alarm to page on, so that the causes do not page one by one. */
  private createTradingAlarm(alarmNames: pulumi.Output<string>[], topic: AlarmTarget, args: ObservabilityPlaneArgs): void {
    if (alarmNames.length === 0) return;
    const name = `${this.name}-trading-impaired`;
    new aws.cloudwatch.CompositeAlarm(
      ...transformed<aws.cloudwatch.CompositeAlarmArgs>(
        args.transform?.compositeAlarm,
        name,
        {
          alarmName: name,
          alarmDescription: "Clients cannot trade, or wait too long: page",
          alarmRule: pulumi.all(alarmNames).apply((names) => names.map((each) => `ALARM("${each}")`).join(" OR ")),
          alarmActions: [topic.topicArn],
          okActions: [topic.topicArn],
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }
}

function runbooksOf(args: ObservabilityPlaneArgs): string {
  return args.runbooks ?? "docs/runbooks";
}

function objectivesOf(args: ObservabilityPlaneArgs): readonly Objective[] {
  return args.objectives ?? (args.services.includes("gateway") ? [{ service: "gateway", availability: 0.9995 }] : []);
}
