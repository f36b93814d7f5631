import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import * as aws from "@pulumi/aws";
import {
  capacityFor,
  dataStoreNames,
  ExchangeRegion,
  type ExchangeRegionArgs,
  type HomeRef,
  type JoinedHome,
  type RegionDataRef,
  type RegionPlatformRef,
  regionParts,
  serviceNames,
} from "bourse";
import {
  assertComponents,
  assertFaults,
  assertInputs,
  describeComponent,
  differenceOf,
  type ResourceGraph,
  recordProgram,
} from "bourse/testing";
import { allows, roleNamed } from "../iam-simulator";
import { accountId, archive, image, keyRef, placement, zoneIds } from "../references";

const originSecret = { arn: `arn:aws:secretsmanager:us-east-1:${accountId}:secret:origin-AbCdEf`, keyArn: keyRef("origin").arn };

const minimal: ExchangeRegionArgs = {
  accountId,
  region: "us-east-1",
  cidr: "10.16.0.0/16",
  zoneIds,
  placement,
  zone: { zoneId: "Z1", domain: "exchange.example" },
  image,
};

function regionWith(over: Partial<ExchangeRegionArgs> = {}): () => ExchangeRegion {
  return () => new ExchangeRegion("bourse", { ...minimal, ...over });
}

const home = {
  region: "us-east-1",
  cidr: "10.16.0.0/16",
  vpcId: "vpc-home",
  routeTableIds: { "use1-az1": "rtb-home" },
  zoneId: "ZHOME",
  entranceGroupId: "sg-home",
  rootArn: `arn:aws:acm-pca:us-east-1:${accountId}:certificate-authority/root`,
};

/** A region that joins that of `minimal`. */
function joiningWith(
  over: Partial<ExchangeRegionArgs> = {},
  changed: Partial<HomeRef> = {},
  more: Partial<JoinedHome> = {},
): () => ExchangeRegion {
  return () => {
    const [own, provider] = ["us-west-2", "us-east-1"].map((region) => new aws.Provider(region, { region: region as aws.Region }));
    const zoneIds = ["usw2-az1", "usw2-az2"];
    const second = {
      region: "us-west-2",
      cidr: "10.17.0.0/16",
      zoneIds,
      placement: { tier: "hot", zoneId: "usw2-az1", standbyZoneId: "usw2-az2" } as const,
      parts: ["messaging", "authority", "regions"] as const,
    };
    const joins = { home: { ...home, provider, ...changed }, ...more };
    return new ExchangeRegion("bourse", { ...minimal, ...second, globalDatabase: "bourse", joins, ...over }, { provider: own });
  };
}

/** A region with all stores, and all parts that may be together. */
const everything: Partial<ExchangeRegionArgs> = {
  stores: dataStoreNames,
  parts: regionParts,
  monthlyUsd: 1_000,
  members: { maker: "444455556666" },
  analyticsArchive: archive,
  originSecret,
};

describeComponent("ExchangeRegion", regionWith(), (subject) => {
  it("is made of keys, network, stores, cluster, ingress, observability and services", () => {
    const own = subject.graph.resources.filter(({ type }) => type.startsWith("bourse:"));
    const tokens = own.map(({ type }) => type.split(":").slice(1).join("/")).filter((type) => !type.startsWith("foundation/"));
    for (const token of [
      "region/ExchangeRegion",
      "security/KeyRing",
      "network/ExchangeNetwork",
      "data/DataLayer",
      "cluster/TradingCluster",
      "ingress/RegionIngress",
      "observability/ObservabilityPlane",
      "services/ExchangeServices",
    ]) {
      assert.equal(tokens.filter((each) => each === token).length, 1, token);
    }
    assert.throws(() => assertComponents(subject.graph, {}));
  });

  it("puts the load balancer in the zones that have gateways", () => {
    const balancer = subject.graph.get("aws:lb/loadBalancer:LoadBalancer", "bourse-ingress-sockets");
    assert.deepEqual(
      subject.graph
        .referencesOf(balancer, "subnets")
        .map(({ name }) => name)
        .sort(),
      ["bourse-network-public-use1-az4", "bourse-network-public-use1-az6"],
    );
  });

  it("sends the load balancer's targets to the pods of the gateway, through the cluster's group", () => {
    const binding = subject.graph.get("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "bourse-services-gateway-gateway-binding");
    assert.deepEqual(
      subject.graph.referencesOf(binding, "spec").map(({ name }) => name),
      ["bourse-ingress-gateway"],
    );
    const rule = subject.graph.get("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "bourse-ingress-gateway-pods");
    assert.deepEqual(
      subject.graph.referencesOf(rule, "securityGroupId").map(({ name }) => name),
      ["bourse-cluster-control-plane"],
    );
  });

  it("encrypts nodes and disks with the cluster's key, logs with the log's and alarms with the stream's", () => {
    const key = (type: string, name: string, property: string) =>
      subject.graph.referencesOf(subject.graph.get(type, name), property).map((each) => each.name);
    assert.deepEqual(key("eks:index:Cluster", "bourse-cluster-control-plane", "encryptionConfigKeyArn"), ["bourse-keys-cluster"]);
    assert.deepEqual(key("aws:sns/topic:Topic", "bourse-alarms-topic", "kmsMasterKeyId"), ["bourse-keys-stream"]);
    assert.deepEqual(key("aws:cloudwatch/logGroup:LogGroup", "bourse-observability-application-logs", "kmsKeyId"), ["bourse-keys-log"]);
    assert.deepEqual(key("aws:cloudwatch/logGroup:LogGroup", "bourse-data-sql-log", "kmsKeyId"), ["bourse-keys-log"]);
    assert.deepEqual(key("kubernetes:storage.k8s.io/v1:StorageClass", "bourse-services-journal-storage", "parameters"), [
      "bourse-keys-cluster",
    ]);
  });

  it("protects what cannot be made again", () => {
    const stateful = [
      "aws:rds/cluster:Cluster",
      "aws:dynamodb/table:Table",
      "aws:kms/key:Key",
      "eks:index:Cluster",
      "aws:lb/loadBalancer:LoadBalancer",
    ];
    for (const type of stateful) {
      const resources = subject.graph.ofType(type);
      assert.ok(resources.length > 0, type);
      for (const { name, protect } of resources) assert.equal(protect, true, name);
    }
  });
});

// A region is some 350 resources; a busy machine takes seconds to record one.
describe("ExchangeRegion arguments", function () {
  this.timeout(120_000);

  it("replace nothing when a zone is added", async () => {
    const before = await recordProgram({}, regionWith());
    const difference = differenceOf(before, await recordProgram({}, regionWith({ zoneIds: [...zoneIds, "use1-az2"] })));
    assert.deepEqual(
      difference.removed.map(({ name }) => name),
      [],
    );
    assert.deepEqual(
      difference.replaced.map(({ after, properties }) => [after.name, properties]),
      [],
    );
    assert.ok(
      difference.added.every(({ name }) => name.includes("use1-az2")),
      "only children of the zone are new",
    );
  });

  it("make a development stack small and let it be destroyed", async () => {
    const graph = await recordProgram({}, regionWith({ preset: "development" }));
    assert.deepEqual(
      graph.resources.filter(({ protect }) => protect).map(({ name }) => name),
      [],
    );
    assertInputs(graph, "aws:eks/nodeGroup:NodeGroup", "bourse-cluster-hot-use1-az4", {
      scalingConfig: { minSize: 1, maxSize: 1, desiredSize: 1 },
    });
  });

  it("tell services of every store that is made, and let them use what they open", async () => {
    const graph = await recordProgram({}, regionWith({ stores: dataStoreNames, analyticsArchive: archive }));
    const trading = JSON.stringify(graph.get("kubernetes:apps/v1:StatefulSet", "bourse-services-trading-set").inputs.spec);
    const gateway = JSON.stringify(graph.get("kubernetes:apps/v1:Deployment", "bourse-services-gateway-deployment").inputs.spec);
    for (const value of ["postgresql://gateway@", "secrets-manager:bourse/exchange", "trading:7400", "10.16.0.0/16"])
      assert.ok(gateway.includes(value), value);
    const analytics = JSON.stringify(graph.get("kubernetes:apps/v1:Deployment", "bourse-services-analytics-deployment").inputs.spec);
    assert.ok(analytics.includes("kinesis:bourse-data-events-orders"), analytics);
    assert.ok(trading.includes('"file"') && trading.includes('"replicas":1'), "the shard's journal is a file, which has one writer");
    const { clusterResourceId } = graph.get("aws:rds/cluster:Cluster", "bourse-data-sql-cluster").outputs;
    const policies = graph
      .ofType("aws:iam/rolePolicy:RolePolicy")
      .filter(({ inputs }) => JSON.stringify(inputs.policy).includes("rds-db:connect"));
    assert.ok(policies.length > 0);
    for (const { name, inputs } of policies) {
      const service = /^bourse-services-(.+)-role-policy$/.exec(name)?.[1];
      const { Statement } = JSON.parse(String(inputs.policy)) as { Statement: { Action: string[]; Resource: string[] }[] };
      const connect = Statement.find(({ Action }) => Action.includes("rds-db:connect"));
      assert.deepEqual(connect?.Resource, [`arn:aws:rds-db:us-east-1:${accountId}:dbuser:${clusterResourceId}/${service}`], name);
    }
  });

  it("send every alarm to the region's topic, which comes first: by itself, or as a cause of another that is sent there", async () => {
    const graph = await recordProgram({}, regionWith(everything));
    const alarms = graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
    const joined = graph.ofType("aws:cloudwatch/compositeAlarm:CompositeAlarm");
    const { arn } = graph.get("aws:sns/topic:Topic", "bourse-alarms-topic").outputs;
    const told = ({ inputs }: { inputs: Record<string, unknown> }) =>
      isDeepStrictEqual([inputs.alarmActions, inputs.okActions], [[arn], [arn]]);
    const causes = joined
      .filter(told)
      .map(({ inputs }) => String(inputs.alarmRule))
      .join(" ");
    const untold = [...alarms, ...joined].filter((alarm) => !told(alarm) && !causes.includes(`"${alarm.outputs.name}"`));
    assert.deepEqual(
      untold.map(({ name }) => name),
      [],
    );
    for (const part of ["network", "data", "authorizer", "messaging", "authority", "data-analytics", "data-delivery"]) {
      assert.ok(
        alarms.some(({ name }) => name.startsWith(`bourse-${part}-`)),
        part,
      );
    }
  });

  it("pass arguments to the parts over the region's own", async () => {
    const graph = await recordProgram({}, regionWith({ over: { cluster: { version: "1.35" }, network: { nat: "shared" } } }));
    assertInputs(graph, "eks:index:Cluster", "bourse-cluster-control-plane", { version: "1.35" });
    assert.equal(graph.ofType("aws:ec2/natGateway:NatGateway").length, 1);
  });

  it("are refused all at once, with the faults of every part, before anything is registered", async () => {
    const graph = await recordProgram({}, () => {
      const faulty: Partial<ExchangeRegionArgs> = {
        cidr: "10.0.0.0/8",
        region: "us-east",
        image: "bourse:latest",
        placement: { ...placement, standbyZoneId: "use1-az9" },
        zone: { zoneId: "Z1", domain: "nowhere" },
      };
      const paths = ["cidr", "region", "image", "placement.standbyZoneId", "zone.domain"];
      assertFaults(regionWith(faulty), paths);
    });
    assert.deepEqual(graph.resources, []);
  });
});

describe("A layer of ExchangeRegion", () => {
  const data = { network: {}, keys: {} } as RegionDataRef;
  const platform = { cluster: {} } as RegionPlatformRef;
  const faulty: [what: string, over: Partial<ExchangeRegionArgs>, paths: string[]][] = [
    ["a name that none has", { layer: "edge" as "data" }, ["layer"]],
    ["nothing to stand on", { layer: "services" }, ["below.data", "below.platform"]],
    ["half of what it stands on", { layer: "services", below: { data } }, ["below.platform"]],
    ["more than it stands on", { layer: "data", below: { data, platform } }, ["below.data", "below.platform"]],
    ["no image to run", { layer: "services", below: { data, platform }, image: undefined }, ["image"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`is refused with ${what}`, () => assertFaults(() => regionWith(over)(), paths));
  }

  it("is refused with what lies below it where all layers are made", () =>
    assertFaults(() => regionWith({ below: { data } })(), ["below.data"]));

  it("without services needs no image", async () => {
    const graph = await recordProgram({}, regionWith({ layer: "data", image: undefined }));
    assert.ok(graph.ofType("aws:rds/cluster:Cluster").length > 0);
    assert.deepEqual(graph.ofType("eks:index:Cluster"), []);
  });
});

describe("ExchangeRegion parts", function () {
  this.timeout(120_000);

  it("are all made when asked for, and told of the region's alarms", async () => {
    const graph = await recordProgram({}, regionWith(everything));
    const tokens = new Set(graph.resources.map(({ type }) => type));
    for (const token of [
      "bourse:security:SecurityBaseline",
      "bourse:security:PrivateAuthority",
      "bourse:messaging:MessagingLayer",
      "bourse:messaging:Broker",
      "bourse:messaging:MailIdentity",
      "bourse:data:Delivery",
      "bourse:data:StreamAnalytics",
      "bourse:observability:CostWatch",
      "bourse:network:AccessPort",
      "bourse:ingress:ApiIngress",
    ])
      assert.ok(tokens.has(token), token);
    const notification = JSON.stringify(graph.get("kubernetes:apps/v1:Deployment", "bourse-services-notification-deployment").inputs.spec);
    for (const variable of ["BOURSE_NOTICE_QUEUE", "BOURSE_NOTICE_DEAD_LETTERS", "ses:", "Bourse <no-reply@exchange.example>"])
      assert.ok(notification.includes(variable), variable);
    assert.deepEqual(graph.get("aws:mq/broker:Broker", "bourse-broker-broker").ignoreChanges, ["users"], "a second up restarts no broker");
  });

  it("join an account API to what it needs: users' pods, the tables of users by an IAM token, the origin's secret, the region's certificate", async () => {
    const graph = await recordProgram({}, regionWith({ stores: ["sql"], parts: ["messaging", "account"], originSecret }));
    const authorizer = graph.get("aws:lambda/function:Function", "bourse-authorizer-function");
    const { variables } = authorizer.inputs.environment as { variables: Record<string, string> };
    assert.match(variables.BOURSE_SQL_URL, /^postgresql:\/\/users@bourse-data-sql/);
    assert.deepEqual(
      [variables.BOURSE_SQL_SIGN_IN, variables.BOURSE_SECRETS, variables.BOURSE_ORIGIN_SECRET],
      ["iam", undefined, originSecret.arn],
    );
    assert.equal(variables.BOURSE_OPEN_ROUTES, "POST /account/v1/users,POST /account/v1/confirmations,POST /account/v1/sessions");
    const { policies } = roleNamed(graph, "bourse-authorizer-role");
    const { clusterResourceId } = graph.get("aws:rds/cluster:Cluster", "bourse-data-sql-cluster").outputs;
    const user = (name: string) => `arn:aws:rds-db:us-east-1:${accountId}:dbuser:${clusterResourceId}/${name}`;
    const secret = (name: string) => `arn:aws:secretsmanager:us-east-1:${accountId}:secret:bourse/exchange/${name}-AbCdEf`;
    const cases: [action: string, resource: string, allowed: boolean][] = [
      ["rds-db:connect", user("users"), true],
      ["rds-db:connect", user("wallet"), false],
      ["secretsmanager:GetSecretValue", secret("users/master-key"), false],
      ["secretsmanager:GetSecretValue", secret("wallet/payout-key"), false],
      ["secretsmanager:GetSecretValue", originSecret.arn, true],
      ["secretsmanager:PutSecretValue", originSecret.arn, false],
    ];
    for (const [action, resource, allowed] of cases)
      assert.equal(await allows(policies, { action, resource }), allowed, `${action} ${resource}`);

    const binding = graph.get("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "bourse-services-users-account-binding");
    assert.match(JSON.stringify(binding.inputs.spec), /"name":"users","port":7500/);
    const [target] = graph.referencesOf(binding, "spec");
    assert.equal(target.name, "bourse-account-pods");
    const domain = graph.ofType("aws:apigatewayv2/domainName:DomainName")[0];
    assert.deepEqual(
      graph.referencesOf(domain, "domainNameConfiguration").map(({ name }) => name),
      ["bourse-ingress-certificate-validation"],
    );
    const open = graph.get("kubernetes:networking.k8s.io/v1:NetworkPolicy", "bourse-services-users-network");
    const { ingress } = open.inputs.spec as { ingress: object[] };
    assert.deepEqual(ingress.at(-1), { from: [{ ipBlock: { cidr: "10.16.0.0/16" } }], ports: [{ protocol: "TCP", port: 7500 }] });
  });

  it("take their sizes from the load, and from what is given over it", async () => {
    const sized = await recordProgram(
      {},
      regionWith({ capacity: "binance", stores: ["sql", "cache"], capacitySizes: { redisShards: 12 } }),
    );
    const group = (zone: string) => sized.get("aws:eks/nodeGroup:NodeGroup", `bourse-cluster-hot-${zone}`).inputs.scalingConfig;
    assert.deepEqual(group("use1-az4"), { minSize: 36, maxSize: 36, desiredSize: 36 });
    assert.equal(sized.ofType("aws:elasticache/replicationGroup:ReplicationGroup")[0].inputs.numNodeGroups, 12);
    assert.deepEqual(sized.ofType("aws:rds/cluster:Cluster")[0].inputs.serverlessv2ScalingConfiguration, {
      minCapacity: 10,
      maxCapacity: 84,
    });
    const stores = ["sql", "tables", "log", "search"] as const;
    // The default of the log's storage is what the load asks for too.
    const capacitySizes = { logStorageGib: 1_500 };
    const stored = await recordProgram({}, regionWith({ capacity: "binance", capacitySizes, stores, parts: ["messaging", "broker"] }));
    assert.deepEqual(stored.ofType("aws:dynamodb/table:Table").find(({ name }) => name.endsWith("sessions"))?.inputs.warmThroughput, {
      readUnitsPerSecond: 12_000,
      writeUnitsPerSecond: 4_000,
    });
    const [log] = stored.ofType("aws:msk/cluster:Cluster");
    assert.deepEqual((log.inputs.brokerNodeGroupInfo as { storageInfo: unknown }).storageInfo, { ebsStorageInfo: { volumeSize: 1_500 } });
    const { searchStorageGib } = capacityFor("binance").sizes;
    assert.equal(
      (stored.ofType("aws:opensearch/domain:Domain")[0].inputs.ebsOptions as { volumeSize: number }).volumeSize,
      searchStorageGib.value,
    );
    const busy = regionWith({ capacity: "binance", capacitySizes: { brokerVcpu: 5 }, parts: ["messaging", "broker"] });
    const types = [stored, await recordProgram({}, busy)].map((graph) => graph.ofType("aws:mq/broker:Broker")[0].inputs.hostInstanceType);
    assert.deepEqual(types, ["mq.m5.large", "mq.m5.2xlarge"]);
    const over = { data: { sql: { compute: { minAcu: 4, maxAcu: 8 } } } };
    const given = await recordProgram({}, regionWith({ capacity: "binance", over }));
    assert.deepEqual(given.ofType("aws:rds/cluster:Cluster")[0].inputs.serverlessv2ScalingConfiguration, {
      minCapacity: 4,
      maxCapacity: 8,
    });
  });

  it("run on Fargate by one argument: the same services, the same stores, no node and no object of Kubernetes", async () => {
    const stores = ["sql", "events"] as const;
    const parts = ["messaging", "mail", "authority", "account"] as const;
    const [eks, fargate] = [
      await recordProgram({}, regionWith({ stores, parts, originSecret })),
      await recordProgram({}, regionWith({ stores, parts, originSecret, compute: "fargate" })),
    ];
    const running = fargate.ofType("aws:ecs/service:Service").map(({ name }) => name.replace("bourse-services-", ""));
    assert.deepEqual(running.sort(), [...serviceNames].sort());
    for (const type of ["eks:index:Cluster", "aws:eks/nodeGroup:NodeGroup"]) assert.deepEqual(fargate.ofType(type), [], type);
    assert.deepEqual(
      fargate.resources.filter(({ type }) => type.startsWith("kubernetes:")).map(({ name }) => name),
      [],
    );
    const kept = (graph: ResourceGraph) =>
      graph.resources
        .filter(({ urn }) => /bourse:data:|bourse:messaging:|bourse:network:|bourse:security:KeyRing/.test(urn))
        .map(({ urn }) => urn);
    assert.deepEqual(kept(fargate), kept(eks));
    // The load balancers of sockets, REST and accounts lead to tasks as they do to pods.
    for (const [service, targets] of [
      ["gateway", 3],
      ["users", 1],
    ] as const) {
      const { inputs } = fargate.get("aws:ecs/service:Service", `bourse-services-${service}`);
      assert.equal((inputs.loadBalancers as unknown[]).length, targets, service);
    }
    const admitted = fargate.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").flatMap((rule) => {
      const to = fargate.referencesOf(rule, "securityGroupId").map(({ name }) => name);
      return to.includes("bourse-tasks-targets") ? [rule.inputs.fromPort] : [];
    });
    assert.deepEqual([...new Set(admitted)].sort(), [7500, 8443, 9443]);
  });

  it("give pods certificates of the authority where it was chosen, else of the cluster's own", async () => {
    const issuers = async (parts: ExchangeRegionArgs["parts"]) => {
      const graph = await recordProgram({}, regionWith({ parts }));
      return [
        graph.ofType("kubernetes:awspca.cert-manager.io/v1beta1:AWSPCAIssuer").length,
        graph.ofType("aws:acmpca/certificateAuthority:CertificateAuthority").length,
      ];
    };
    assert.deepEqual(
      [await issuers(["messaging"]), await issuers(["messaging", "authority"])],
      [
        [0, 0],
        [1, 2],
      ],
    );
  });

  it("give the shard a standby where it was chosen, and a table of this region alone in which it is written who leads", async () => {
    const graph = await recordProgram({}, regionWith({ stores: ["sql"], parts: ["messaging", "standby"] }));
    const table = assertInputs(graph, "aws:dynamodb/table:Table", "bourse-leadership-shards", {
      billingMode: "PAY_PER_REQUEST",
      hashKey: "name",
      attributes: [{ name: "name", type: "S" }],
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: true,
    });
    assert.deepEqual([table.inputs.replicas, table.inputs.streamEnabled, table.protect], [undefined, undefined, true]);
    assert.deepEqual(
      graph.referencesOf(table, "serverSideEncryption").map(({ name }) => name),
      ["bourse-keys-data"],
    );
    const set = graph.get("kubernetes:apps/v1:StatefulSet", "bourse-services-trading-set").inputs.spec as { replicas: number };
    assert.equal(set.replicas, 2);
    assert.ok(JSON.stringify(set).includes('"dynamodb:us-east-1/bourse-leadership-shards"'));
    const without = await recordProgram({}, regionWith({ stores: ["sql"], parts: ["messaging"] }));
    assert.deepEqual(without.ofType("aws:dynamodb/table:Table"), []);
  });

  it("let the controller of load balancers register pods in every group that services are bound to, and in no other", async () => {
    const graph = await recordProgram(
      {},
      regionWith({ stores: ["sql"], parts: ["messaging", "authority", "regions", "standby", "account"], originSecret }),
    );
    const bindings = graph.ofType("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding");
    const bound = bindings.flatMap((binding) => graph.referencesOf(binding, "spec"));
    assert.deepEqual([...new Set(bound.map(({ type }) => type))], ["aws:lb/targetGroup:TargetGroup"]);
    assert.deepEqual(
      bound
        .map(({ name }) => name)
        .filter((name) => !name.startsWith("bourse-ingress"))
        .sort(),
      ["bourse-account-pods", "bourse-shard-pods"],
    );
    const { policies } = roleNamed(graph, "bourse-controllers-aws-load-balancer-controller-role");
    const registers = (component: string) =>
      allows(policies, {
        action: "elasticloadbalancing:RegisterTargets",
        resource: `arn:aws:elasticloadbalancing:us-east-1:${accountId}:targetgroup/pods/0123456789abcdef`,
        context: { "aws:ResourceTag/bourse:component": component },
      });
    for (const { name, inputs } of bound)
      assert.equal(await registers((inputs.tags as Record<string, string>)["bourse:component"]), true, name);
    assert.equal(await registers("PrivateFront/front"), false);
  });

  it("let the authority issue through Certificate Manager where tasks fetch their certificates", async () => {
    const mode = async (compute: "eks" | "fargate") => {
      const graph = await recordProgram({}, regionWith({ compute, parts: ["messaging", "authority"] }));
      return graph.get("aws:acmpca/certificateAuthority:CertificateAuthority", "bourse-authority-issuing").inputs.usageMode;
    };
    assert.deepEqual([await mode("eks"), await mode("fargate")], ["SHORT_LIVED_CERTIFICATE", "GENERAL_PURPOSE"]);
  });

  it("keep two copies of the shard's log in a region that joins, and write who leads in both and in a third, so that whichever is lost the others know", async () => {
    const parts = ["messaging", "authority", "regions", "standby"] as const;
    const shared = { stores: ["sql"] as const, parts };
    const lease = () => ({
      copies: { region: "us-west-2", provider: new aws.Provider("there", { region: "us-west-2" }) },
      witness: "us-east-2",
    });
    const leading = await recordProgram({}, () => regionWith({ ...shared, globalDatabase: "bourse", lease: lease() })());
    const table = assertInputs(leading, "aws:dynamodb/table:Table", "bourse-leadership-shards", {
      globalTableWitness: { regionName: "us-east-2" },
    });
    const [replica, ...replicas] = table.inputs.replicas as Record<string, unknown>[];
    assert.deepEqual([replica.regionName, replica.consistencyMode, replicas], ["us-west-2", "STRONG", []]);
    const key = leading.get("aws:kms/key:Key", "bourse-leadership-keys-data");
    assert.deepEqual([key.region, key.inputs.multiRegion, replica.kmsKeyArn], ["us-west-2", false, key.outputs.arn]);

    const given = { tableName: "bourse-leadership-shards", keyArn: key.outputs.arn as string };
    const joined = await recordProgram({}, joiningWith(shared, {}, { lease: given }));
    assert.deepEqual(joined.ofType("aws:dynamodb/table:Table"), [], "the home region's is here already");
    const setOf = (graph: ResourceGraph) =>
      graph.get("kubernetes:apps/v1:StatefulSet", "bourse-services-trading-set").inputs.spec as {
        replicas: number;
        template: {
          metadata: { annotations: Record<string, string> };
          spec: { containers: { env: { name: string; value?: string }[] }[] };
        };
        volumeClaimTemplates: unknown[];
      };
    for (const [graph, region, member] of [
      [leading, "us-east-1", "standby"],
      [joined, "us-west-2", "copy"],
    ] as const) {
      const { replicas, template, volumeClaimTemplates } = setOf(graph);
      assert.deepEqual([replicas, volumeClaimTemplates.length], [2, 1], "after a failover there is a standby at once");
      const told = Object.fromEntries(template.spec.containers[0].env.map(({ name, value }) => [name, value]));
      assert.deepEqual(
        ["BOURSE_LEADERSHIP", "BOURSE_MEMBER", "BOURSE_MEMBER_REGION", "BOURSE_TRADING"].map((name) => told[name]),
        [`dynamodb:${region}/bourse-leadership-shards`, member, region, "trading.internal.exchange.example:7400"],
      );
      const { clients } = JSON.parse(template.metadata.annotations["bourse/clients"]) as { clients: Record<string, unknown>[] };
      const copying = clients.filter(({ copiesLog }) => copiesLog).map(({ certificate, readsEvents }) => [certificate, readsEvents]);
      assert.deepEqual(
        copying,
        [["trading", true]],
        "a member of the other region has a key of that region, and a certificate of the same root",
      );
      const { policies } = roleNamed(graph, "bourse-services-trading-role");
      const record = (of: string) => ({
        action: "dynamodb:PutItem",
        resource: `arn:aws:dynamodb:${of}:${accountId}:table/bourse-leadership-shards`,
      });
      assert.deepEqual(
        [await allows(policies, record("us-east-1")), await allows(policies, record("us-west-2"))],
        [region === "us-east-1", region === "us-west-2"],
      );
      assert.ok(
        graph
          .ofType("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding")
          .some(({ name }) => name === "bourse-services-trading-shard-binding"),
      );
      for (const alarm of ["copy-missing", "copy-behind"])
        graph.get("aws:cloudwatch/metricAlarm:MetricAlarm", `bourse-observability-${alarm}-alarm`);
    }
    const { policies } = roleNamed(joined, "bourse-services-trading-role");
    const decrypts = { action: "kms:Decrypt", resource: given.keyArn, context: { "kms:ViaService": "dynamodb.us-west-2.amazonaws.com" } };
    assert.equal(await allows(policies, decrypts), true);
    const reaches = (graph: ResourceGraph) => {
      const { egress } = graph.get("kubernetes:networking.k8s.io/v1:NetworkPolicy", "bourse-services-trading-network").inputs.spec as {
        egress: { to: { ipBlock?: { cidr: string } }[]; ports: { port: number }[] }[];
      };
      return egress.filter(({ ports }) => ports[0].port === 7400).flatMap(({ to }) => to.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []));
    };
    assert.deepEqual(reaches(joined), ["10.17.0.0/16", "10.16.0.0/16"]);
    assert.deepEqual(
      reaches(leading),
      ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
      "after a failover its members keep copies of a region that it does not know",
    );
  });

  it("make one exchange of two regions: the second has no shard, and what it runs reaches that of the first over the peering, under one root of certificates", async () => {
    const parts = ["messaging", "mail", "authority", "regions", "account"] as const;
    const stores = ["sql", "events"] as const;
    const leading = await recordProgram({}, regionWith({ stores, parts, originSecret, globalDatabase: "bourse" }));
    const joined = await recordProgram({}, joiningWith({ stores, parts, originSecret }));
    const binding = leading.get("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "bourse-services-trading-shard-binding");
    assert.deepEqual(
      leading.referencesOf(binding, "spec").map(({ name }) => name),
      ["bourse-shard-pods"],
    );
    const open = leading.get("kubernetes:networking.k8s.io/v1:NetworkPolicy", "bourse-services-trading-network");
    const { ingress } = open.inputs.spec as { ingress: object[] };
    const ports = [7400, 9000].map((port) => ({ protocol: "TCP", port }));
    assert.deepEqual(ingress.at(-1), { from: [{ ipBlock: { cidr: "10.16.0.0/16" } }], ports });
    const health = leading.get("aws:lb/targetGroup:TargetGroup", "bourse-shard-pods").inputs.healthCheck as Record<string, unknown>;
    assert.deepEqual([health.port, health.path], ["9000", "/leads"]);

    const running = joined.ofType("kubernetes:apps/v1:Deployment").map(({ name }) => name.replace(/bourse-services-|-deployment/g, ""));
    const ours = serviceNames.filter((service) => running.includes(service));
    assert.deepEqual(ours, ["gateway", "order-book", "market-data", "wallet", "users", "history"]);
    for (const type of ["kubernetes:apps/v1:StatefulSet", "kubernetes:batch/v1:Job"]) assert.deepEqual(joined.ofType(type), [], type);
    const gateway = JSON.stringify(joined.get("kubernetes:apps/v1:Deployment", "bourse-services-gateway-deployment").inputs.spec);
    assert.ok(gateway.includes('"trading.internal.exchange.example:7400"'), gateway);
    const { readerEndpoint } = joined.get("aws:rds/cluster:Cluster", "bourse-data-sql-cluster").outputs;
    assert.ok(gateway.includes(`@${readerEndpoint}:`), "a copy of the database has no writer");

    const writers = (graph: ResourceGraph) =>
      graph.ofType("kubernetes:apps/v1:Deployment").flatMap(({ name, inputs }) => {
        const [, host] = /"BOURSE_SQL_WRITER","value":"([^"]*)"/.exec(JSON.stringify(inputs)) ?? [];
        return host === undefined ? [] : [[name, host]];
      });
    const { endpoint } = joined.get("aws:rds/cluster:Cluster", "bourse-data-sql-cluster").outputs;
    assert.deepEqual(writers(joined), [["bourse-services-users-deployment", endpoint]], "it answers once the copy is promoted");
    assert.deepEqual(writers(leading), []);

    assert.ok(gateway.includes('{"name":"BOURSE_SECRETS_HOME","value":"us-east-1"}'), "the master key is made once, at home");
    const beside = leading.ofType("kubernetes:apps/v1:Deployment").filter(({ inputs }) => JSON.stringify(inputs).includes("SECRETS_HOME"));
    assert.deepEqual(beside, []);
    for (const role of ["gateway", "users", "history"]) {
      const { policies } = roleNamed(joined, `bourse-services-${role}-role`);
      const copies = { action: "secretsmanager:ReplicateSecretToRegions", resource: "" };
      const secret = (region: string, name: string) => `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-AbCdEf`;
      const asked = [
        secret("us-east-1", "bourse/exchange/users/master-key"),
        secret("us-east-1", "other/master-key"),
        secret("us-west-2", "bourse/exchange/a"),
      ];
      const answers = await Promise.all(asked.map((resource) => allows(policies, { ...copies, resource })));
      assert.deepEqual(answers, [role !== "history", false, false], role);
    }

    const steered = (graph: ResourceGraph) =>
      graph
        .ofType("aws:route53/record:Record")
        .filter(({ inputs }) => inputs.failoverRoutingPolicies !== undefined)
        .map(({ inputs }) => [inputs.name, inputs.setIdentifier, inputs.failoverRoutingPolicies]);
    const hosts = ["account-origin.exchange.example", "trading.internal.exchange.example"];
    const steeredTo = (region: string, type: string) => hosts.map((host) => [host, region, [{ type }]]);
    assert.deepEqual(steered(leading).sort(), steeredTo("us-east-1", "PRIMARY"));
    assert.deepEqual(steered(joined).sort(), steeredTo("us-west-2", "SECONDARY"));
    const [check, ...checks] = leading.ofType("aws:route53/healthCheck:HealthCheck");
    assert.deepEqual(
      leading.referencesOf(check, "cloudwatchAlarmName").map(({ name }) => name),
      ["bourse-account-no-pod-alarm"],
    );
    assert.deepEqual([checks, joined.ofType("aws:route53/healthCheck:HealthCheck")], [[], []]);
    const subnets = joined.referencesOf(joined.get("aws:lb/loadBalancer:LoadBalancer", "bourse-shard-balancer"), "subnets");
    assert.deepEqual(subnets.map(({ name }) => name).sort(), ["bourse-network-private-usw2-az1", "bourse-network-private-usw2-az2"]);
    const signed = joined
      .ofType("aws:acmpca/certificate:Certificate")
      .map(({ region, inputs }) => [region, inputs.certificateAuthorityArn]);
    assert.deepEqual(signed, [["us-east-1", home.rootArn]]);
    const routes = joined.ofType("aws:ec2/route:Route").filter(({ inputs }) => inputs.vpcPeeringConnectionId !== undefined);
    const tables = routes.flatMap((route) => joined.referencesOf(route, "routeTableId").map(({ name }) => name));
    assert.deepEqual(
      tables.sort(),
      ["usw2-az1", "usw2-az2"].map((zoneId) => `bourse-network-private-${zoneId}-routes`),
      "the private tier's own tables",
    );
  });

  const membered = ["messaging", "authority", "regions", "standby"] as const;
  // Faults are found before the provider is used.
  const leased = (region: string, witness: string) => ({ copies: { region, provider: undefined as unknown as aws.Provider }, witness });
  const refused: [what: string, over: Partial<ExchangeRegionArgs>, paths: string[]][] = [
    ["a compute that there is not", { compute: "lambda" as never }, ["compute"]],
    ["tasks without an authority for their certificates", { compute: "fargate" }, ["parts"]],
    ["arguments of nodes on Fargate", { compute: "fargate", parts: ["messaging", "authority"], over: { cluster: {} } }, ["over.cluster"]],
    ["arguments of tasks on EKS", { over: { taskServices: {} } }, ["over.taskServices"]],
    [
      "a task larger than Fargate has",
      { compute: "fargate", parts: ["messaging", "authority"], over: { taskServices: { sizes: { users: { milliCpu: 20_000 } } } } },
      ['sizes["users"]'],
    ],
    ["a link of regions without a root of certificates", { parts: ["messaging", "regions"] }, ["parts"]],
    ["a standby on Fargate", { compute: "fargate", parts: ["messaging", "authority", "standby"] }, ['stores["leadership"]']],
    [
      "a lease over regions without a shard that has members",
      { parts: ["messaging", "authority", "regions"], lease: leased("us-west-2", "us-east-2") },
      ["lease"],
    ],
    ["a lease of regions that are not of one set", { parts: membered, lease: leased("us-west-2", "eu-west-1") }, ["lease"]],
    ["a lease of two regions", { parts: membered, lease: leased("us-west-2", "us-west-2") }, ["lease"]],
    ["other regions on Fargate", { compute: "fargate", parts: ["messaging", "authority", "regions"] }, ["compute"]],
    ["a part that is not known", { parts: ["moat" as never] }, ["parts[0]"]],
    ["a part twice", { parts: ["messaging", "messaging"] }, ["parts[1]"]],
    ["a budget without an amount", { parts: ["cost"] }, ["monthlyUsd"]],
    ["an amount without a budget", { monthlyUsd: 5 }, ["monthlyUsd"]],
    ["access without members", { parts: ["access"] }, ["members"]],
    ["delivery without streams and a lake", { stores: ["sql", "delivery"] }, ["stores"]],
    ["an account API without the origin's secret", { parts: ["messaging", "account"], stores: ["sql"] }, ["originSecret"]],
    ["an account API without the tables of users", { parts: ["account"], stores: ["log"], originSecret }, ["stores"]],
    ["an account API without users", { parts: ["account"], stores: ["sql"], originSecret, services: ["trading"] }, ["services"]],
    ["an unknown load", { capacity: "nasdaq" as never }, ["capacity"]],
    ["a size that is no number of things", { capacity: "binance", capacitySizes: { shards: 0.5 } }, ["overrides.shards"]],
  ];
  for (const [what, over, paths] of refused) {
    it(`are refused with ${what}`, () => assertFaults(() => regionWith(over)(), paths));
  }

  const faultyJoins: [what: string, over: Partial<ExchangeRegionArgs>, home: Partial<HomeRef>, paths: string[]][] = [
    ["no link to it", { parts: ["messaging", "authority"] }, {}, ["parts"]],
    ["neither a link nor a root", { parts: ["messaging"] }, {}, ["parts"]],
    ["a shard of its own", { services: ["gateway", "trading"] }, {}, ["services[1]"]],
    ["a range over that of the home region", { cidr: "10.16.0.0/17" }, {}, ["joins.home.cidr"]],
    ["addresses that end as those of the home region", {}, { cidr: "172.17.0.0/16" }, ["joins.home.cidr"]],
    ["no route back", {}, { routeTableIds: {} }, ["joins.home.routeTableIds"]],
    ["itself as the home region", {}, { region: "us-west-2" }, ["joins.home.region"]],
    ["copies without the table of who leads", { parts: ["messaging", "authority", "regions", "standby"] }, {}, ["joins.lease"]],
  ];
  for (const [what, over, changed, paths] of faultyJoins) {
    it(`are refused in a region that joins with ${what}`, async () => {
      await recordProgram({}, () => void assertFaults(joiningWith(over, changed), paths));
    });
  }
});
