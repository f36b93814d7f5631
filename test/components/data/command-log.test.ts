import assert from "node:assert/strict";
import { CommandLog, type CommandLogArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  differenceOf,
  literalKey,
  literalNetwork,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";

const clusterType = "aws:msk/cluster:Cluster";

function logWith(over: Partial<CommandLogArgs> = {}, name = "log"): () => CommandLog {
  return () => new CommandLog(name, { network: literalNetwork(), key: literalKey("stream"), clients: { engine: "sg-engine" }, ...over });
}

describeComponent("CommandLog", logWith(), (subject) => {
  it("makes a cluster of three brokers, watched one by one, whose storage grows, and nothing else", () => {
    const alarms = [
      "controller",
      "offline-partitions",
      ...[1, 2, 3].flatMap((broker) => ["under-replicated", "disk", "cpu"].map((kind) => `${kind}-${broker}`)),
    ];
    assertResources(subject.graph, {
      [clusterType]: ["log-cluster"],
      "aws:msk/configuration:Configuration": ["log-configuration"],
      "aws:msk/topic:Topic": ["log-topic-commands"],
      "aws:cloudwatch/logGroup:LogGroup": ["log-broker-log"],
      "aws:appautoscaling/target:Target": ["log-storage"],
      "aws:appautoscaling/policy:Policy": ["log-storage-growth"],
      "aws:ec2/securityGroup:SecurityGroup": ["log-access-group"],
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["log-access-engine-iam"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": alarms.map((alarm) => `log-${alarm}-alarm`),
    });
  });

  it("acknowledges an append in two of three zones, and never lets a replica lead that missed records", () => {
    const settings = (
      subject.graph.get("aws:msk/configuration:Configuration", "log-configuration").inputs.serverProperties as string
    ).split("\n");
    for (const setting of [
      "default.replication.factor=3",
      "min.insync.replicas=2",
      "unclean.leader.election.enable=false",
      "auto.create.topics.enable=false",
      "log.retention.ms=-1",
    ]) {
      assert.ok(settings.includes(setting), setting);
    }
  });

  it("keeps the commands for ever, on the brokers' own volumes for the day that these are sized for", () => {
    const topic = assertInputs(subject.graph, "aws:msk/topic:Topic", "log-topic-commands", {
      name: "commands",
      partitionCount: 1,
      replicationFactor: 3,
    });
    assert.equal(topic.protect, true);
    const configs = JSON.parse(topic.inputs.configs as string);
    assert.deepEqual(configs, {
      "remote.storage.enable": "true",
      "local.retention.ms": String(24 * 60 * 60 * 1000),
      "retention.ms": "-1",
      "min.insync.replicas": "2",
      "cleanup.policy": "delete",
    });
  });

  it("encrypts on disk and on the way, and admits IAM identities alone", () => {
    assertInputs(subject.graph, clusterType, "log-cluster", {
      encryptionInfo: {
        encryptionAtRestKmsKeyArn: literalKey("stream").arn,
        encryptionInTransit: { clientBroker: "TLS", inCluster: true },
      },
      clientAuthentication: { sasl: { iam: true, scram: false }, unauthenticated: false },
    });
  });

  it("lives in the database tier of three zones, closed to the internet, with tiered storage", () => {
    assertInputs(subject.graph, clusterType, "log-cluster", {
      numberOfBrokerNodes: 3,
      storageMode: "TIERED",
      brokerNodeGroupInfo: {
        instanceType: "kafka.m7g.2xlarge",
        clientSubnets: ["subnet-database-use1-az1", "subnet-database-use1-az4", "subnet-database-use1-az6"],
        securityGroups: [subject.graph.get("aws:ec2/securityGroup:SecurityGroup", "log-access-group").id ?? ""],
        connectivityInfo: { publicAccess: { type: "DISABLED" } },
        storageInfo: { ebsStorageInfo: { volumeSize: 1000 } },
      },
    });
  });

  it("is watched topic by topic, keeps its log, and is protected", () => {
    const cluster = assertInputs(subject.graph, clusterType, "log-cluster", {
      enhancedMonitoring: "PER_TOPIC_PER_BROKER",
      openMonitoring: { prometheus: { jmxExporter: { enabledInBroker: true }, nodeExporter: { enabledInBroker: true } } },
    });
    assert.equal(
      (cluster.inputs.loggingInfo as { brokerLogs: { cloudwatchLogs: { enabled: boolean } } }).brokerLogs.cloudwatchLogs.enabled,
      true,
    );
    assert.equal(cluster.protect, true);
  });

  it("grows storage at four fifths and never shrinks it", () => {
    assertInputs(subject.graph, "aws:appautoscaling/target:Target", "log-storage", {
      minCapacity: 1,
      maxCapacity: 4000,
      scalableDimension: "kafka:broker-storage:VolumeSize",
    });
    assertInputs(subject.graph, "aws:appautoscaling/policy:Policy", "log-storage-growth", {
      policyType: "TargetTrackingScaling",
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: "KafkaBrokerStorageUtilization" },
        targetValue: 80,
        disableScaleIn: true,
      },
    });
  });

  it("takes silence of the controller for bad news", () => {
    assertInputs(subject.graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "log-controller-alarm", {
      treatMissingData: "breaching",
      comparisonOperator: "LessThanThreshold",
    });
  });
});

describe("CommandLog, by argument", () => {
  it("does not change when the network gets a zone", async () => {
    const before = await recordProgram({}, logWith());
    const network = literalNetwork(["use1-az1", "use1-az4", "use1-az6", "use1-az2"]);
    const difference = differenceOf(before, await recordProgram({}, logWith({ network })));
    assert.deepEqual(difference, { added: [], removed: [], replaced: [], updated: [] });
  });

  it("grows by brokers in every zone without replacing the cluster", async () => {
    const before = await recordProgram({}, logWith());
    const difference = differenceOf(before, await recordProgram({}, logWith({ brokersPerZone: 2 })));
    assert.deepEqual([difference.replaced, difference.removed], [[], []]);
    assert.deepEqual(
      difference.updated.map(({ after, properties }) => [after.name, properties]),
      [["log-cluster", ["numberOfBrokerNodes"]]],
    );
    assert.equal(difference.added.length, 9);
  });

  it("has the topics that it is given, each with the hours that brokers keep of it", async () => {
    const graph = await recordProgram({}, logWith({ topics: { commands: { partitions: 4 }, quotes: { localHours: 1 } } }));
    const topics = graph.ofType("aws:msk/topic:Topic").map(({ inputs }) => [inputs.name, inputs.partitionCount, inputs.configs]);
    assert.deepEqual(
      topics.map(([name, partitions, configs]) => [name, partitions, JSON.parse(configs as string)["local.retention.ms"]]).sort(),
      [
        ["commands", 4, "86400000"],
        ["quotes", 1, "3600000"],
      ],
    );
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<CommandLogArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, logWith({ transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<CommandLogArgs>, string[]][] = [
    ["a network of two zones", { network: literalNetwork(["use1-az1", "use1-az2"]) }, ["zoneIds"]],
    ["a zone outside the network", { zoneIds: ["use1-az1", "use1-az4", "use1-az3"] }, ["zoneIds[2]"]],
    ["a zone twice", { zoneIds: ["use1-az1", "use1-az4", "use1-az4"] }, ["zoneIds[2]"]],
    ["a topic of no partitions", { topics: { commands: { partitions: 0 } } }, ["topics.commands.partitions"]],
    ["a topic that brokers keep no hour of", { topics: { commands: { localHours: 0 } } }, ["topics.commands.localHours"]],
    ["a topic of Kafka's own", { topics: { __consumer_offsets: {} } }, ["topics.__consumer_offsets"]],
    ["no brokers", { brokersPerZone: 0 }, ["brokersPerZone"]],
    ["more storage than a broker holds", { storageGib: 20_000 }, ["storageGib"]],
    ["throughput below the least", { storageThroughput: 100 }, ["storageThroughput"]],
    ["an express broker, which has no tiered storage", { instanceType: "express.m7g.large" }, ["instanceType"]],
    ["appends acknowledged by one zone", { settings: { "min.insync.replicas": "1" } }, ["settings.min.insync.replicas"]],
    ["unclean elections", { settings: { "unclean.leader.election.enable": "true" } }, ["settings.unclean.leader.election.enable"]],
    ["two replicas", { settings: { "default.replication.factor": "2" } }, ["settings.default.replication.factor"]],
    ["topics by misspelling", { settings: { "auto.create.topics.enable": "true" } }, ["settings.auto.create.topics.enable"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(logWith(over), paths));
  }

  it("refuses a name that is too long", () => void assertFaults(logWith({}, "l".repeat(65)), ["name"]));
});
