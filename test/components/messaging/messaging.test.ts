import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Broker, type BrokerArgs, MailIdentity, type MailIdentityArgs, MessagingLayer, type MessagingLayerArgs } from "bourse";
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

const accountId = "123456789012";
const key = literalKey("stream");
const queueType = "aws:sqs/queue:Queue";

function layerWith(over: Partial<MessagingLayerArgs> = {}): () => MessagingLayer {
  return () => new MessagingLayer("messages", { accountId, key, ...over });
}

function statementsOf(policy: unknown): { Sid: string; Effect: string; Principal: unknown; Condition?: unknown }[] {
  return JSON.parse(policy as string).Statement;
}

describeComponent("MessagingLayer", layerWith(), (subject) => {
  const roles = ["notices", "reports", "withdrawals"];

  it("makes each queue with one for what fails, the topic, its subscription, and alarms", () => {
    assertResources(subject.graph, {
      [queueType]: roles.flatMap((role) => [`messages-${role}`, `messages-${role}-dead`]),
      "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": roles.map((role) => `messages-${role}-dead-source`),
      "aws:sqs/queuePolicy:QueuePolicy": roles.flatMap((role) => [`messages-${role}-policy`, `messages-${role}-dead-policy`]),
      "aws:sns/topic:Topic": ["messages-account-events"],
      "aws:sns/topicPolicy:TopicPolicy": ["messages-account-events-policy"],
      "aws:sns/topicSubscription:TopicSubscription": ["messages-notices-of-accounts"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": [
        ...roles.flatMap((role) => [`messages-${role}-dead-alarm`, `messages-${role}-age-alarm`]),
        "messages-account-events-failed-alarm",
        "messages-account-events-set-aside-failed-alarm",
      ],
    });
  });

  it("encrypts every queue and topic with the given key and protects the queues", () => {
    for (const { name, protect } of subject.graph.ofType(queueType)) {
      assertInputs(subject.graph, queueType, name, { kmsMasterKeyId: key.arn, kmsDataKeyReusePeriodSeconds: 300 });
      assert.equal(protect, true);
    }
    assertInputs(subject.graph, "aws:sns/topic:Topic", "messages-account-events", {
      kmsMasterKeyId: key.arn,
      signatureVersion: 2,
      tracingConfig: "Active",
    });
  });

  it("sets a message aside after five deliveries and keeps it for two weeks", () => {
    const deadLetters = subject.graph.get(queueType, "messages-notices-dead");
    assertInputs(subject.graph, queueType, "messages-notices", {
      redrivePolicy: { deadLetterTargetArn: deadLetters.outputs.arn, maxReceiveCount: 5 },
      visibilityTimeoutSeconds: 60,
      receiveWaitTimeSeconds: 20,
      messageRetentionSeconds: 345_600,
    });
    assertInputs(subject.graph, queueType, "messages-notices-dead", { messageRetentionSeconds: 1_209_600 });
    assertInputs(subject.graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "messages-notices-dead-alarm", {
      threshold: 0,
      evaluationPeriods: 1,
    });
  });

  it("keeps the order of withdrawals, with as many groups as there are accounts", () => {
    for (const name of ["messages-withdrawals", "messages-withdrawals-dead"]) {
      assertInputs(subject.graph, queueType, name, {
        fifoQueue: true,
        deduplicationScope: "messageGroup",
        fifoThroughputLimit: "perMessageGroupId",
      });
    }
  });

  it("refuses plain connections to queues and topics, and admits to a queue only the topics that feed it", () => {
    if (!subject.known) return;
    const { outputs } = subject.graph.get("aws:sns/topic:Topic", "messages-account-events");
    for (const { name, inputs } of subject.graph.ofType("aws:sqs/queuePolicy:QueuePolicy")) {
      const [plain, ...others] = statementsOf(inputs.policy);
      assert.deepEqual([plain.Effect, plain.Principal, plain.Condition], ["Deny", "*", { Bool: { "aws:SecureTransport": "false" } }]);
      const feeders = others.map(({ Principal, Condition }) => [Principal, Condition]);
      assert.deepEqual(
        feeders,
        name.startsWith("messages-notices-") ? [[{ Service: "sns.amazonaws.com" }, { ArnEquals: { "aws:SourceArn": [outputs.arn] } }]] : [],
      );
    }
    const [plain, account] = statementsOf(
      subject.graph.get("aws:sns/topicPolicy:TopicPolicy", "messages-account-events-policy").inputs.policy,
    );
    assert.deepEqual([plain.Effect, plain.Condition], ["Deny", { Bool: { "aws:SecureTransport": "false" } }]);
    assert.deepEqual(account.Principal, { AWS: `arn:aws:iam::${accountId}:root` });
  });

  it("delivers messages as they were published", () => {
    assertInputs(subject.graph, "aws:sns/topicSubscription:TopicSubscription", "messages-notices-of-accounts", {
      protocol: "sqs",
      rawMessageDelivery: true,
      filterPolicy: undefined,
    });
  });

  it("sets aside what a topic could not deliver, and tells of it", () => {
    assertInputs(subject.graph, "aws:sns/topicSubscription:TopicSubscription", "messages-notices-of-accounts", {
      redrivePolicy: { deadLetterTargetArn: subject.graph.get(queueType, "messages-notices-dead").outputs.arn },
    });
    assertInputs(subject.graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "messages-account-events-failed-alarm", {
      namespace: "AWS/SNS",
      metricName: "NumberOfNotificationsFailed",
      threshold: 0,
    });
  });
});

describe("MessagingLayer, by argument", () => {
  const routed: Partial<MessagingLayerArgs> = {
    queues: { work: { fifo: true } },
    topics: { alerts: { publishers: ["cloudwatch.amazonaws.com"] }, orders: { fifo: true } },
    subscriptions: { "work-of-orders": { topic: "orders", queue: "work", filter: { kind: ["withdrawal"] } } },
  };

  it("filters a subscription and lets named services of the account publish", async () => {
    const graph = await recordProgram({}, layerWith(routed));
    assertInputs(graph, "aws:sns/topicSubscription:TopicSubscription", "messages-work-of-orders", {
      filterPolicy: { kind: ["withdrawal"] },
      filterPolicyScope: "MessageAttributes",
    });
    assertInputs(graph, "aws:sns/topic:Topic", "messages-orders", {
      fifoTopic: true,
      contentBasedDeduplication: true,
      fifoThroughputScope: "MessageGroup",
    });
    const services = statementsOf(graph.get("aws:sns/topicPolicy:TopicPolicy", "messages-alerts-policy").inputs.policy).at(-1);
    assert.deepEqual(
      [services?.Principal, services?.Condition],
      [{ Service: ["cloudwatch.amazonaws.com"] }, { StringEquals: { "aws:SourceAccount": accountId } }],
    );
  });

  it("delivers a FIFO topic to a standard queue, which cannot take its dead letters", async () => {
    const graph = await recordProgram(
      {},
      layerWith({
        queues: { work: {} },
        topics: { orders: { fifo: true } },
        subscriptions: { "work-of-orders": { topic: "orders", queue: "work" } },
      }),
    );
    assertInputs(graph, "aws:sns/topicSubscription:TopicSubscription", "messages-work-of-orders", { redrivePolicy: undefined });
    assert.equal(statementsOf(graph.get("aws:sqs/queuePolicy:QueuePolicy", "messages-work-dead-policy").inputs.policy).length, 1);
  });

  it("changes nothing else when a queue is added", async () => {
    const before = await recordProgram({}, layerWith({ queues: { a: {} }, topics: {} }));
    const difference = differenceOf(before, await recordProgram({}, layerWith({ queues: { b: {}, a: {} }, topics: {} })));
    assert.deepEqual([difference.replaced, difference.removed, difference.updated], [[], [], []]);
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<MessagingLayerArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, layerWith({ transform: probe.transform })), probe), []);
  });

  const only = (queue: NonNullable<MessagingLayerArgs["queues"]>[string]) => ({ queues: { a: queue } });
  const cases: [string, Partial<MessagingLayerArgs>, string[]][] = [
    ["a role with capitals", { queues: { Work: {} } }, ["queues.Work"]],
    ["a visibility beyond twelve hours", only({ visibilitySeconds: 43_201 }), ["queues.a.visibilitySeconds"]],
    ["a retention beyond two weeks", only({ retentionDays: 15 }), ["queues.a.retentionDays"]],
    ["no delivery at all", only({ maxReceives: 0 }), ["queues.a.maxReceives"]],
    ["an age of nothing", only({ maxAgeSeconds: 0 }), ["queues.a.maxAgeSeconds"]],
    ["a name too long for SQS", { queues: { ["a".repeat(60)]: {} } }, ["name", `queues.${"a".repeat(60)}`]],
    ["a publisher that is no service", { topics: { t: { publishers: ["arn:aws:iam::1:root"] } } }, ["topics.t.publishers[0]"]],
    [
      "a subscription to nothing",
      { ...routed, subscriptions: { s: { topic: "none", queue: "work" } } },
      ["subscriptions.s", "subscriptions.s.topic"],
    ],
    ["a subscription of nobody", { ...routed, subscriptions: { s: { topic: "orders", queue: "none" } } }, ["subscriptions.s.queue"]],
    [
      "an ordered queue behind a topic without order",
      { ...routed, subscriptions: { s: { topic: "alerts", queue: "work" } } },
      ["subscriptions.s"],
    ],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(layerWith(over), paths));
  }
});

const brokerType = "aws:mq/broker:Broker";

function brokerWith(over: Partial<BrokerArgs> = {}): () => Broker {
  const user = { name: "exchange", password: pulumi.secret("not-a-real-password") };
  return () => new Broker("broker", { network: literalNetwork(), key, clients: { services: "sg-services" }, user, ...over });
}

describeComponent("Broker", brokerWith(), (subject) => {
  it("makes a cluster over three zones with its alarms", () => {
    assertResources(subject.graph, {
      [brokerType]: ["broker-broker"],
      "aws:ec2/securityGroup:SecurityGroup": ["broker-access-group"],
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["broker-access-services-amqps"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["broker-backlog-alarm", "broker-cpu-alarm"],
    });
    assertInputs(subject.graph, brokerType, "broker-broker", {
      engineType: "RabbitMQ",
      deploymentMode: "CLUSTER_MULTI_AZ",
      subnetIds: Object.values(literalNetwork().databaseSubnetIds),
      autoMinorVersionUpgrade: true,
      logs: { general: true },
    });
  });

  it("is closed to the internet, encrypted with the given key, and protected", () => {
    const broker = assertInputs(subject.graph, brokerType, "broker-broker", {
      publiclyAccessible: false,
      encryptionOptions: { useAwsOwnedKey: false, kmsKeyId: key.arn },
    });
    assert.equal(broker.protect, true);
  });

  it("keeps its password secret", () => {
    const { secretPaths } = subject.graph.get(brokerType, "broker-broker");
    assert.ok(
      secretPaths.some((path) => path.startsWith("users")),
      secretPaths.join(),
    );
  });
});

describe("Broker, by argument", () => {
  it("runs ActiveMQ as an active and a standby broker, with audits", async () => {
    const graph = await recordProgram({}, brokerWith({ engine: "activemq" }));
    assertInputs(graph, brokerType, "broker-broker", {
      engineType: "ActiveMQ",
      deploymentMode: "ACTIVE_STANDBY_MULTI_AZ",
      storageType: "efs",
      subnetIds: ["subnet-database-use1-az1", "subnet-database-use1-az4"],
      logs: { general: true, audit: true },
    });
  });

  it("does not change when the network gets a zone", async () => {
    const network = literalNetwork(["use1-az1", "use1-az4", "use1-az6", "use1-az2"]);
    assert.deepEqual(differenceOf(await recordProgram({}, brokerWith()), await recordProgram({}, brokerWith({ network }))), {
      added: [],
      removed: [],
      replaced: [],
      updated: [],
    });
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<BrokerArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, brokerWith({ transform: probe.transform })), probe), []);
  });

  const password = "hunter2hunter2" as unknown as pulumi.Output<string>;
  const cases: [string, Partial<BrokerArgs>, string[]][] = [
    ["an unknown engine", { engine: "kafka" as "rabbitmq" }, ["engine"]],
    ["two zones for a cluster", { zoneIds: ["use1-az1", "use1-az4"] }, ["zoneIds"]],
    ["three zones for a pair", { engine: "activemq", zoneIds: ["use1-az1", "use1-az4", "use1-az6"] }, ["zoneIds"]],
    ["a zone outside the network", { zoneIds: ["use1-az1", "use1-az4", "use1-az2"] }, ["zoneIds[2]"]],
    ["the user guest", { user: { name: "guest", password: pulumi.secret("x") } }, ["user.name"]],
    ["a password in plain text", { user: { name: "exchange", password } }, ["user.password"]],
    ["a micro instance for a cluster", { instanceType: "mq.t3.micro" }, ["instanceType"]],
    ["an instance type of EC2", { instanceType: "m5.large" }, ["instanceType"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => {
      const reasons = assertFaults(brokerWith(over), paths);
      assert.doesNotMatch(JSON.stringify(reasons), /hunter2/);
    });
  }
});

const zone = { zoneId: "Z123", domain: "exchange.example" };
const recordType = "aws:route53/record:Record";

function mailWith(over: Partial<MailIdentityArgs> = {}): () => MailIdentity {
  return () => new MailIdentity("mail", { accountId, zone, key, ...over });
}

describeComponent("MailIdentity", mailWith(), (subject) => {
  it("makes the identity, its records, the configuration set and the topic of bounces", () => {
    assertResources(subject.graph, {
      "aws:sesv2/emailIdentity:EmailIdentity": ["mail-identity"],
      "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes": ["mail-mail-from"],
      "aws:sesv2/configurationSet:ConfigurationSet": ["mail-sending"],
      "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination": ["mail-sending-events"],
      "aws:sns/topic:Topic": ["mail-bounces"],
      "aws:sns/topicPolicy:TopicPolicy": ["mail-bounces-policy"],
      [recordType]: ["mail-bounce-mx", "mail-bounce-spf", "mail-dkim-1", "mail-dkim-2", "mail-dkim-3", "mail-dmarc"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["bounces", "complaints", "bounce-notices-failed", "bounce-notices-set-aside-failed"].map(
        (key) => `mail-${key}-alarm`,
      ),
    });
  });

  it("lets SES alone tell of bounces, for this account, and nobody over a plain connection", () => {
    if (!subject.known) return;
    const statements = statementsOf(subject.graph.get("aws:sns/topicPolicy:TopicPolicy", "mail-bounces-policy").inputs.policy);
    assert.deepEqual(
      statements.map(({ Effect, Principal, Condition }) => [Effect, Principal, Condition]),
      [
        ["Deny", "*", { Bool: { "aws:SecureTransport": "false" } }],
        ["Allow", { Service: "ses.amazonaws.com" }, { StringEquals: { "aws:SourceAccount": accountId } }],
      ],
    );
  });

  it("signs with long keys and tells receivers to refuse what is not signed", () => {
    assertInputs(subject.graph, "aws:sesv2/emailIdentity:EmailIdentity", "mail-identity", {
      emailIdentity: "exchange.example",
      dkimSigningAttributes: { nextSigningKeyLength: "RSA_2048_BIT" },
    });
    assertInputs(subject.graph, recordType, "mail-dmarc", {
      name: "_dmarc.exchange.example",
      type: "TXT",
      records: ["v=DMARC1; p=reject; adkim=s; aspf=r;"],
    });
    assertInputs(subject.graph, recordType, "mail-bounce-spf", { records: ["v=spf1 include:amazonses.com -all"] });
    assertInputs(subject.graph, recordType, "mail-bounce-mx", { records: ["10 feedback-smtp.us-east-1.amazonses.com"], type: "MX" });
  });

  it("sends over TLS alone, never again to who bounced or complained, and tells of both", () => {
    assertInputs(subject.graph, "aws:sesv2/configurationSet:ConfigurationSet", "mail-sending", {
      deliveryOptions: { tlsPolicy: "REQUIRE" },
      suppressionOptions: { suppressedReasons: ["BOUNCE", "COMPLAINT"] },
      reputationOptions: { reputationMetricsEnabled: true },
    });
    const { eventDestination } = subject.graph.get(
      "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
      "mail-sending-events",
    ).inputs as {
      eventDestination: { enabled: boolean; matchingEventTypes: string[] };
    };
    assert.deepEqual([eventDestination.enabled, eventDestination.matchingEventTypes.slice(0, 2)], [true, ["BOUNCE", "COMPLAINT"]]);
    assertInputs(subject.graph, "aws:sns/topic:Topic", "mail-bounces", { kmsMasterKeyId: key.arn });
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<MailIdentityArgs["transform"]>();
    assert.deepEqual(untransformed(await subject.record(mailWith({ transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<MailIdentityArgs>, string[]][] = [
    ["a domain outside the zone", { domain: "other.example" }, ["domain"]],
    ["a domain that only ends alike", { domain: "my-exchange.example" }, ["domain"]],
    ["an unknown policy", { dmarc: "drop" as "none" }, ["dmarc"]],
    ["two mailboxes", { reportsTo: "a@b.example,c@d.example" }, ["reportsTo"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(mailWith(over), paths));
  }
});
