import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  catalog,
  FargateServices,
  type FargateServicesArgs,
  fargateSize,
  logsOn,
  metricsOf,
  type ServiceName,
  type StoreRefs,
  serviceNames,
  singleServices,
  taskRunSource,
} from "bourse";
import {
  assertFaults,
  assertInputs,
  describeComponent,
  probeTransforms,
  type RecordedResource,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { accountId, image, keyRef, network, taskCluster } from "../references";

const service = "aws:ecs/service:Service";
const task = "aws:ecs/taskDefinition:TaskDefinition";
const run = "aws:lambda/invocation:Invocation";
const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const scaling = "aws:appautoscaling/policy:Policy";

const everything: StoreRefs = {
  sql: {
    arns: [`arn:aws:rds-db:us-east-1:${accountId}:dbuser:cluster-A`],
    environment: { BOURSE_SQL_URL: "postgresql://{user}@sql:5432/{database}", BOURSE_SQL_SIGN_IN: "iam" },
  },
  secrets: {
    arns: [`arn:aws:secretsmanager:us-east-1:${accountId}:secret:bourse`],
    environment: { BOURSE_SECRETS: "secrets-manager:bourse" },
  },
  events: { arns: [`arn:aws:kinesis:us-east-1:${accountId}:stream/orders`], environment: { BOURSE_BUS: "kinesis:orders" } },
  noticeTopic: { arns: [`arn:aws:sns:us-east-1:${accountId}:events`], environment: {} },
  noticeQueue: { arns: [`arn:aws:sqs:us-east-1:${accountId}:notices`], environment: {} },
  mail: { arns: [`arn:aws:ses:us-east-1:${accountId}:identity/exchange.example`], environment: {} },
};

const minimal: FargateServicesArgs = {
  accountId,
  region: "us-east-1",
  cluster: taskCluster,
  network,
  networkCidrs: ["10.16.0.0/16"],
  image,
  authorityArn: `arn:aws:acm-pca:us-east-1:${accountId}:certificate-authority/1`,
  clientGroupId: "sg-clients",
  volumeKey: keyRef("cluster"),
  secretKey: keyRef("secret"),
  logKey: keyRef("log"),
  stores: everything,
  preset: "development",
  administrator: {
    url: "postgresql://administrator@sql:5432/bourse",
    secretArn: `arn:aws:secretsmanager:us-east-1:${accountId}:secret:rds`,
    keyArn: keyRef("data").arn,
    through: "secretsmanager.us-east-1.amazonaws.com",
  },
  targetGroups: {
    gateway: {
      rest: { arn: "arn:targets", sourceSecurityGroupId: "sg-balancer" },
      binary: { arn: "arn:binary", sourceSecurityGroupId: "sg-balancer" },
    },
  },
};

function servicesWith(over: Partial<FargateServicesArgs> = {}): () => FargateServices {
  return () => new FargateServices("run", { ...minimal, ...over });
}

function containersOf(definition: RecordedResource) {
  return JSON.parse(String(definition.inputs.containerDefinitions));
}

/** That of the service or the job, which comes first. */
function containerOf(definition: RecordedResource) {
  return containersOf(definition)[0];
}

describeComponent("FargateServices", servicesWith(), (subject) => {
  const definitionOf = (name: ServiceName) => subject.graph.get(task, `run-${name}-task`);

  it("runs every service of the catalog in tasks of its own, with its own role, group and size", () => {
    assert.deepEqual(
      subject.graph
        .ofType(service)
        .map(({ name }) => name)
        .sort(),
      serviceNames.map((name) => `run-${name}`).sort(),
    );
    for (const name of serviceNames) {
      const running = subject.graph.get(service, `run-${name}`);
      const definition = definitionOf(name);
      assert.deepEqual(
        subject.graph.referencesOf(running, "taskDefinition").map((each) => each.name),
        [definition.name],
      );
      assert.deepEqual(
        subject.graph.referencesOf(definition, "taskRoleArn").map((role) => role.name),
        [`run-${name}-role`],
      );
      assert.ok(subject.graph.referencesOf(running, "networkConfiguration").some((group) => group.name === `run-${name}-access`));
      const { milliCpu, memoryMib } = catalog[name].size.development;
      const { cpu, memory } = fargateSize(milliCpu, memoryMib)!;
      assert.deepEqual([definition.inputs.cpu, definition.inputs.memory], [String(cpu), String(memory)]);
    }
  });

  it("keeps tasks off the internet and without a shell, and rolls a release back that does not start", () => {
    for (const { name, inputs } of subject.graph.ofType(service)) {
      assertInputs(subject.graph, service, name, {
        launchType: "FARGATE",
        enableExecuteCommand: false,
        waitForSteadyState: true,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      });
      assert.equal((inputs.networkConfiguration as { assignPublicIp: boolean }).assignPublicIp, false, name);
    }
  });

  it("tells when fewer tasks of a service run than should, also when nothing is reported, and when one is close to all its memory", () => {
    const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
    for (const name of serviceNames) {
      const few = assertInputs(subject.graph, alarm, `run-${name}-tasks-alarm`, {
        namespace: "ECS/ContainerInsights",
        metricName: "RunningTaskCount",
        comparisonOperator: "LessThanThreshold",
        threshold: catalog[name].size.development.replicas,
        treatMissingData: "breaching",
      });
      const full = assertInputs(subject.graph, alarm, `run-${name}-memory-alarm`, {
        namespace: "AWS/ECS",
        metricName: "MemoryUtilization",
        comparisonOperator: "GreaterThanThreshold",
        threshold: 90,
      });
      for (const each of [few, full]) {
        assert.ok(subject.graph.referencesOf(each, "dimensions").some((running) => running.name === `run-${name}`));
      }
    }
  });

  it("replaces what may run once only by ending it first, and everything else by starting the next first", () => {
    for (const name of serviceNames) {
      const alone = singleServices.includes(name);
      assertInputs(subject.graph, service, `run-${name}`, {
        deploymentMinimumHealthyPercent: alone ? 0 : 100,
        deploymentMaximumPercent: alone ? 100 : 200,
        availabilityZoneRebalancing: alone ? "DISABLED" : "ENABLED",
      });
    }
  });

  it("runs containers and jobs read-only, without rights, with their log", () => {
    if (!subject.known) return;
    for (const definition of subject.graph.ofType(task)) {
      const container = containerOf(definition);
      assert.equal(container.readonlyRootFilesystem, true);
      assert.equal(container.user, "65532:65532");
      assert.deepEqual(container.linuxParameters.capabilities, { drop: ["ALL"] });
      assert.deepEqual(
        container.mountPoints.map(({ containerPath }: { containerPath: string }) => containerPath),
        ["/var/lib/bourse", "/tmp"],
      );
      assert.equal(container.logConfiguration.options["awslogs-group"], taskCluster.logGroupName);
      assert.equal(container.image, image);
    }
  });

  it("puts a collector of spans beside each service and no job, which the task outlives and nobody outside of it reaches", () => {
    if (!subject.known) return;
    for (const definition of subject.graph.ofType(task)) {
      const [own, collector, ...others] = containersOf(definition);
      const isService = (serviceNames as readonly string[]).includes(own.name);
      assert.deepEqual([others.length, collector !== undefined], [0, isService], own.name);
      if (!isService) continue;
      assert.equal(collector.essential, false);
      assert.equal(collector.readonlyRootFilesystem, true);
      assert.equal(collector.portMappings, undefined);
      const { receivers, exporters, processors } = JSON.parse(collector.environment[0].value);
      assert.deepEqual(processors.resourcedetection, { detectors: ["ecs"], override: false });
      const { endpoint } = receivers.otlp.protocols.http;
      assert.deepEqual([endpoint, exporters], ["127.0.0.1:4318", { awsxray: { region: "us-east-1" } }]);
      const told = own.environment.find((each: { name: string }) => each.name === "OTEL_EXPORTER_OTLP_ENDPOINT");
      assert.equal(told.value, `http://${endpoint}`);
      const { policy } = subject.graph.get("aws:iam/rolePolicy:RolePolicy", `run-${own.name}-role-policy`).inputs;
      const sends = JSON.parse(String(policy)).Statement.filter(({ Action }: { Action: string[] }) => String(Action).includes("xray:"));
      assert.deepEqual(sends, [{ Effect: "Allow", Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource: "*" }]);
    }
  });

  it("tells a service's health by its own check, and gives it the catalog's time to drain", () => {
    if (!subject.known) return;
    for (const name of serviceNames) {
      const { healthCheck, stopTimeout, command } = containerOf(definitionOf(name));
      assert.deepEqual(healthCheck.command, ["CMD", "/usr/local/bin/node", "process/healthy.js"]);
      assert.equal(stopTimeout, catalog[name].drainSeconds);
      assert.deepEqual(command, [catalog[name].entry]);
    }
  });

  it("has a certificate of the authority for each service, made out to the name by which it is called", () => {
    for (const name of serviceNames) {
      assertInputs(subject.graph, "aws:acm/certificate:Certificate", `run-${name}-certificate`, {
        domainName: `${name}.run.internal`,
        certificateAuthorityArn: minimal.authorityArn,
      });
      assertInputs(subject.graph, "aws:servicediscovery/service:Service", `run-${name}-name`, { name });
    }
    if (!subject.known) return;
    const { environment } = containerOf(definitionOf("gateway"));
    assert.equal(environment.find((each: { name: string }) => each.name === "BOURSE_TRADING").value, "trading.run.internal:7400");
  });

  it("keeps the shard's log on an encrypted file system in every zone, mounted over TLS by the shard's role through one access point", () => {
    assertInputs(subject.graph, "aws:efs/fileSystem:FileSystem", "run-journal", { encrypted: true, kmsKeyId: keyRef("cluster").arn });
    assert.equal(subject.graph.get("aws:efs/fileSystem:FileSystem", "run-journal").protect, true);
    assert.equal(subject.graph.ofType("aws:efs/mountTarget:MountTarget").length, network.zoneIds.length);
    assertInputs(subject.graph, "aws:efs/accessPoint:AccessPoint", "run-journal-point", { posixUser: { uid: 65_532, gid: 65_532 } });
    for (const name of serviceNames) {
      const [home] = definitionOf(name).inputs.volumes as { efsVolumeConfiguration?: Record<string, unknown> }[];
      assert.equal(home.efsVolumeConfiguration !== undefined, name === "trading", name);
    }
    const [home] = definitionOf("trading").inputs.volumes as { efsVolumeConfiguration: Record<string, unknown> }[];
    assert.equal(home.efsVolumeConfiguration.transitEncryption, "ENABLED");
    assert.equal((home.efsVolumeConfiguration.authorizationConfig as { iam: string }).iam, "ENABLED");
    if (!subject.known) return;
    const { policy } = subject.graph.get("aws:efs/fileSystemPolicy:FileSystemPolicy", "run-journal-policy").inputs;
    const [statement] = JSON.parse(String(policy)).Statement;
    assert.deepEqual([statement.Effect, statement.Condition], ["Deny", { Bool: { "aws:SecureTransport": "false" } }]);
  });

  it("admits a service's callers on its port, the shard to its disk, and nothing else", () => {
    const opened = subject.graph.ofType(ingressRule).map((rule) => {
      const [from] = subject.graph.referencesOf(rule, "referencedSecurityGroupId");
      const [to] = subject.graph.referencesOf(rule, "securityGroupId");
      return `${from.name} -> ${to.name}:${rule.inputs.fromPort}-${rule.inputs.toPort}`;
    });
    const intended = serviceNames.flatMap((from) =>
      catalog[from].calls.map((to) => `run-${from}-access -> run-${to}-access:${catalog[to].port}-${catalog[to].port}`),
    );
    assert.deepEqual(opened.sort(), [...intended, "run-trading-access -> run-journal-access:2049-2049"].sort());
  });

  it("lets none but those with a load balancer join the targets, and none but those with a store its clients", () => {
    for (const name of serviceNames) {
      const { securityGroups } = subject.graph.get(service, `run-${name}`).inputs.networkConfiguration as { securityGroups: string[] };
      assert.equal(securityGroups.includes("sg-targets"), name === "gateway", name);
      assert.equal(securityGroups.includes("sg-clients"), catalog[name].uses.includes("sql"), name);
    }
    assertInputs(subject.graph, service, "run-gateway", {
      loadBalancers: [
        { targetGroupArn: "arn:targets", containerName: "gateway", containerPort: 8443 },
        { targetGroupArn: "arn:binary", containerName: "gateway", containerPort: 9443 },
      ],
    });
  });

  it("runs the jobs of a release before any service: keys, databases, then tables", () => {
    const jobs = ["analytics-migrations", "databases", "logon", "notification-migrations", "publisher-migrations", "users-migrations"];
    const runs = subject.graph.ofType(run);
    assert.deepEqual(
      runs.map(({ name }) => name).sort(),
      jobs.map((job) => `run-${job}-run`),
    );
    const dependsOn = (resource: RecordedResource) => resource.dependencies.map((urn) => urn.split("::").at(-1)!);
    for (const running of subject.graph.ofType(service)) {
      for (const { name } of runs) assert.ok(dependsOn(running).includes(name), `${running.name} waits for ${name}`);
    }
    for (const each of runs.filter(({ name }) => name.endsWith("migrations-run")))
      assert.ok(dependsOn(each).includes("run-databases-run"), each.name);
  });

  it("passes jobs no role but their own", () => {
    if (!subject.known) return;
    const arn = (name: string) => subject.graph.get("aws:iam/role:Role", name).outputs.arn;
    const { policy } = subject.graph.get("aws:iam/rolePolicy:RolePolicy", "run-jobs-users-migrations").inputs;
    const passing = JSON.parse(String(policy)).Statement.find(({ Action }: { Action: string }) => Action === "iam:PassRole");
    assert.deepEqual(passing.Resource, [arn("run-users-migrations-role"), arn("run-execution")]);
  });

  it("keeps values out of the program: keys for the shard are made by a job, in secrets that have none", () => {
    const secrets = subject.graph.ofType("aws:secretsmanager/secret:Secret").map(({ name }) => name);
    assert.deepEqual(secrets.sort(), [...serviceNames.filter(logsOn).map((name) => `run-${name}-logon`), "run-logon-list"].sort());
    assert.equal(subject.graph.ofType("aws:secretsmanager/secretVersion:SecretVersion").length, 0);
  });
});

describe("FargateServices arguments", function () {
  this.timeout(60_000);

  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<FargateServicesArgs["transform"]>();
    const graph = await recordProgram({}, servicesWith({ transform: probe.transform, preset: "production" }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("let tasks follow the load: processor time, and the figures that the catalog names, which the service sends", async () => {
    const graph = await recordProgram({}, servicesWith({ preset: "production" }));
    const scaled = serviceNames.filter((name) => (catalog[name].size.production.maxReplicas ?? 0) > catalog[name].size.production.replicas);
    assert.equal(graph.ofType("aws:appautoscaling/target:Target").length, scaled.length);
    for (const name of scaled) {
      const processor = graph.get(scaling, `run-${name}-scaling-processor`).inputs.targetTrackingScalingPolicyConfiguration;
      assert.deepEqual((processor as { predefinedMetricSpecification: object }).predefinedMetricSpecification, {
        predefinedMetricType: "ECSServiceAverageCPUUtilization",
      });
      for (const [metricName, most] of Object.entries(catalog[name].scalesBy ?? {})) {
        assert.ok((metricsOf(name) as string[]).includes(metricName), `${name} sends ${metricName}`);
        assertInputs(graph, scaling, `run-${name}-scaling-${metricName}`, {
          targetTrackingScalingPolicyConfiguration: {
            customizedMetricSpecification: {
              namespace: "Bourse",
              metricName,
              dimensions: [{ name: "Service", value: name }],
              statistic: "Average",
            },
            targetValue: most,
            scaleOutCooldown: 30,
            scaleInCooldown: 600,
          },
        });
      }
    }
    assert.deepEqual(Object.keys(catalog.gateway.scalesBy!), ["OpenSockets", "Requests"]);
  });

  it("replace the shard before those that log on to it, which come with keys that a job may have renewed", async () => {
    const graph = await recordProgram({}, servicesWith());
    const shard = graph.get("aws:ecs/service:Service", "run-trading");
    const later = graph.ofType("aws:ecs/service:Service").filter(({ dependencies }) => dependencies.includes(shard.urn));
    assert.deepEqual(
      later.map(({ name }) => name).sort(),
      serviceNames
        .filter(logsOn)
        .map((service) => `run-${service}`)
        .sort(),
    );
    assert.deepEqual(
      shard.dependencies.filter((urn) => urn.includes("aws:ecs/service:Service")),
      [],
    );
  });

  it("let tasks that work off a queue follow what waits in it for each of them", async () => {
    const graph = await recordProgram({}, servicesWith({ preset: "production" }));
    const { targetTrackingScalingPolicyConfiguration } = graph.get(scaling, "run-notification-scaling-Waiting").inputs as {
      targetTrackingScalingPolicyConfiguration: {
        targetValue: number;
        customizedMetricSpecification: {
          metrics: {
            id: string;
            expression?: string;
            returnData: boolean;
            metricStat?: { metric: { metricName: string; dimensions: object[] } };
          }[];
        };
      };
    };
    const { targetValue, customizedMetricSpecification } = targetTrackingScalingPolicyConfiguration;
    const [all, tasks, each] = customizedMetricSpecification.metrics;
    assert.deepEqual(all.metricStat?.metric, {
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: [{ name: "QueueName", value: "notices" }],
    });
    assert.equal(tasks.metricStat?.metric.metricName, "RunningTaskCount");
    assert.deepEqual([all.returnData, tasks.returnData, each.returnData, each.expression], [false, false, true, "FILL(all, 0) / tasks"]);
    assert.equal(targetValue, catalog.notification.backlog!.most);
  });

  it("change the shard's definition with who may log on, since it reads that when it starts", async () => {
    const label = async (services: ServiceName[]) => {
      const graph = await recordProgram({}, servicesWith({ services, targetGroups: {} }));
      return containerOf(graph.get(task, "run-trading-task")).dockerLabels;
    };
    assert.deepEqual(await label(["trading", "wallet"]), { "bourse/clients": "wallet" });
    assert.deepEqual(await label(["trading", "wallet", "history"]), { "bourse/clients": "wallet,history" });
  });

  const faulty: [what: string, over: Partial<FargateServicesArgs>, paths: string[]][] = [
    ["no service", { services: [], targetGroups: {} }, ["services"]],
    ["a service that is not known", { services: ["casino" as never], targetGroups: {} }, ["services[0]"]],
    ["a service without its stores", { services: ["users"], stores: {}, targetGroups: {} }, ["services[0]"]],
    ["an image by tag", { image: "bourse:latest" }, ["image"]],
    [
      "members of a shard, which have names of their own",
      { stores: { ...everything, leadership: { arns: ["arn:table"], environment: { BOURSE_LEADERSHIP: "dynamodb:table" } } } },
      ['stores["leadership"]'],
    ],
    ["more memory than Fargate has", { sizes: { users: { memoryMib: 200_000 } } }, ['sizes["users"]']],
    ["more cores than Fargate has", { sizes: { wallet: { milliCpu: 17_000 } } }, ['sizes["wallet"]']],
    ["two shards", { sizes: { trading: { replicas: 2 } } }, ['sizes["trading"].replicas']],
    ["fewer tasks at most than at least", { sizes: { users: { replicas: 3, maxReplicas: 2 } } }, ['sizes["users"].maxReplicas']],
    ["a network without zones", { network: { ...network, zoneIds: [] } }, ["network.zoneIds"]],
    ["an authority by name", { authorityArn: "ours" }, ["authorityArn"]],
    ["targets of nobody", { services: ["trading"] }, ['targetGroups["gateway"]']],
    ["a retention that CloudWatch does not have", { logRetentionDays: 8 }, ["logRetentionDays"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => assertFaults(servicesWith(over), paths));
  }
});

describe("The function that runs a task to its end", () => {
  const calls: [target: string, body: Record<string, unknown>][] = [];
  let answers: Record<string, object[]>;
  let handler: (event: object) => Promise<object>;
  let folder: string;
  const ecs = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      const target = String(request.headers["x-amz-target"]).split(".")[1];
      calls.push([target, JSON.parse(text)]);
      const left = answers[target];
      response.setHeader("content-type", "application/x-amz-json-1.1");
      response.end(JSON.stringify(left.length > 1 ? left.shift() : left[0]));
    });
  });
  const variables = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "none", AWS_SECRET_ACCESS_KEY: "none", POLL_MS: "1" };
  const environment = { ...process.env };
  const event = { cluster: "arn:run", taskDefinition: "arn:users-migrations:7", subnets: ["subnet-1"], securityGroups: ["sg-1"] };

  before(async () => {
    await new Promise<void>((resolve) => void ecs.listen(0, "127.0.0.1", resolve));
    Object.assign(process.env, variables, { AWS_ENDPOINT_URL_ECS: `http://127.0.0.1:${(ecs.address() as AddressInfo).port}` });
    // Beside the packages of this repository, where the runtime of Lambda has its own.
    folder = await mkdtemp(join(__dirname, "../../../node_modules/.task-run-"));
    await writeFile(join(folder, "index.mjs"), taskRunSource);
    handler = (await import(pathToFileURL(join(folder, "index.mjs")).href)).handler;
  });
  after(async () => {
    process.env = environment;
    ecs.close();
    ecs.closeAllConnections();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    calls.length = 0;
  });

  const stopped = (exitCode: number | undefined, reason?: string) => ({
    tasks: [{ taskArn: "arn:task", lastStatus: "STOPPED", stoppedReason: "no room", containers: [{ exitCode, reason }] }],
  });

  it("waits until it has ended well, in private subnets without a public address", async () => {
    answers = {
      RunTask: [{ tasks: [{ taskArn: "arn:task" }] }],
      DescribeTasks: [{ tasks: [{ taskArn: "arn:task", lastStatus: "RUNNING" }] }, stopped(0)],
    };
    assert.deepEqual(await handler(event), { taskArn: "arn:task" });
    const [[first, body], ...polls] = calls;
    assert.equal(first, "RunTask");
    assert.deepEqual([body.cluster, body.taskDefinition, body.launchType], ["arn:run", "arn:users-migrations:7", "FARGATE"]);
    assert.deepEqual(body.networkConfiguration, {
      awsvpcConfiguration: { subnets: ["subnet-1"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" },
    });
    assert.equal(polls.length, 2);
  });

  const failing: [what: string, answers: Record<string, object[]>, told: RegExp][] = [
    ["does not start", { RunTask: [{ failures: [{ reason: "RESOURCE:ENI" }] }] }, /did not start: RESOURCE:ENI/],
    [
      "ends with another status",
      { RunTask: [{ tasks: [{ taskArn: "arn:task" }] }], DescribeTasks: [stopped(1, "faulty")] },
      /status 1: faulty/,
    ],
    ["never ran", { RunTask: [{ tasks: [{ taskArn: "arn:task" }] }], DescribeTasks: [stopped(undefined)] }, /status undefined: no room/],
  ];
  for (const [what, given, told] of failing) {
    it(`fails the release when the task ${what}`, async () => {
      answers = given;
      await assert.rejects(handler(event), told);
    });
  }
});

describe("Sizes of Fargate", () => {
  for (const [milliCpu, memoryMib, expected] of [
    [100, 256, { cpu: 256, memory: 512 }],
    [250, 513, { cpu: 256, memory: 1_024 }],
    [250, 1_200, { cpu: 256, memory: 2_048 }],
    [250, 2_049, { cpu: 512, memory: 3_072 }],
    [1_000, 1_024, { cpu: 1_024, memory: 2_048 }],
    [4_000, 8_192, { cpu: 4_096, memory: 8_192 }],
    [8_000, 65_536, { cpu: 16_384, memory: 65_536 }],
    [16_001, 1_024, undefined],
    [1_000, 122_881, undefined],
  ] as const) {
    it(`hold ${milliCpu} thousandths of a core and ${memoryMib} MiB in ${JSON.stringify(expected) ?? "none"}`, () => {
      assert.deepEqual(fargateSize(milliCpu, memoryMib), expected);
    });
  }
});
