import assert from "node:assert/strict";
import { ObjectCache, type ObjectCacheArgs, RedisCache, type RedisCacheArgs } from "bourse";
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

const groupType = "aws:elasticache/replicationGroup:ReplicationGroup";
const clusterType = "aws:elasticache/cluster:Cluster";
const clients = { services: "sg-services" };

function redisWith(over: Partial<RedisCacheArgs> = {}, name = "redis"): () => RedisCache {
  return () => new RedisCache(name, { network: literalNetwork(), key: literalKey(), clients, ...over });
}

describeComponent("RedisCache", redisWith(), (subject) => {
  it("makes two shards in two zones each, watched node by node, and nothing else", () => {
    const nodes = ["0001-001", "0001-002", "0002-001", "0002-002"];
    assertResources(subject.graph, {
      [groupType]: ["redis-group"],
      "aws:elasticache/user:User": ["redis-services"],
      "aws:elasticache/userGroup:UserGroup": ["redis-users"],
      "aws:elasticache/subnetGroup:SubnetGroup": ["redis-subnets"],
      "aws:elasticache/parameterGroup:ParameterGroup": ["redis-parameters"],
      "aws:cloudwatch/logGroup:LogGroup": ["redis-engine-log", "redis-slow-log"],
      "aws:ec2/securityGroup:SecurityGroup": ["redis-access-group"],
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["redis-access-services-tls"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": nodes.flatMap((node) =>
        ["cpu", "memory", "lag"].map((kind) => `redis-${kind}-${node}-alarm`),
      ),
    });
    assertInputs(subject.graph, groupType, "redis-group", { clusterMode: "enabled", numNodeGroups: 2, replicasPerNodeGroup: 1 });
  });

  it("encrypts on disk and on the way, with no plain connection left", () => {
    assertInputs(subject.graph, groupType, "redis-group", {
      atRestEncryptionEnabled: true,
      kmsKeyId: literalKey().arn,
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      authToken: undefined,
    });
  });

  it("admits IAM users without the right to administer or erase", () => {
    const { accessString } = assertInputs(subject.graph, "aws:elasticache/user:User", "redis-services", {
      authenticationMode: { type: "iam" },
      userId: "redis-services",
      userName: "redis-services",
      passwords: undefined,
      noPasswordRequired: undefined,
    }).inputs;
    assert.match(accessString as string, /-@admin -@dangerous/);
    const group = subject.graph.get(groupType, "redis-group");
    assert.deepEqual(
      subject.graph.referencesOf(group, "userGroupIds").map(({ name }) => name),
      ["redis-users"],
    );
  });

  it("survives a zone and keeps a week of snapshots and a last one", () => {
    const group = assertInputs(subject.graph, groupType, "redis-group", {
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      snapshotRetentionLimit: 7,
      finalSnapshotIdentifier: "redis-final",
      autoMinorVersionUpgrade: true,
    });
    assert.equal(group.protect, true);
  });

  it("writes slow commands and engine events to logs", () => {
    const { logDeliveryConfigurations } = subject.graph.get(groupType, "redis-group").inputs;
    assert.deepEqual(
      (logDeliveryConfigurations as { logType: string }[]).map(({ logType }) => logType),
      ["slow-log", "engine-log"],
    );
  });
});

describe("RedisCache, by argument", () => {
  it("gives Redis a default user that may do nothing", async () => {
    const graph = await recordProgram({}, redisWith({ engine: "redis" }));
    assertInputs(graph, "aws:elasticache/user:User", "redis-nobody", { userName: "default", accessString: "off -@all" });
    assertInputs(graph, "aws:elasticache/userGroup:UserGroup", "redis-users", { userIds: ["redis-nobody", "redis-services"] });
  });

  it("grows by shards without replacing anything", async () => {
    const difference = differenceOf(await recordProgram({}, redisWith()), await recordProgram({}, redisWith({ shards: 3 })));
    assert.deepEqual([difference.replaced, difference.removed], [[], []]);
    assert.deepEqual(
      difference.updated.map(({ after, properties }) => [after.name, properties]),
      [["redis-group", ["numNodeGroups"]]],
    );
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<RedisCacheArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, redisWith({ engine: "redis", transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<RedisCacheArgs>, string[]][] = [
    ["a network of one zone", { network: literalNetwork(["use1-az1"]) }, ["network"]],
    ["no shard", { shards: 0 }, ["shards"]],
    ["more nodes than a cluster has", { shards: 200, replicas: 2 }, ["shards"]],
    ["a shard without a copy in another zone", { replicas: 0 }, ["replicas"]],
    ["more copies than a shard has", { replicas: 6 }, ["replicas"]],
    ["no snapshots", { snapshotDays: 0 }, ["snapshotDays"]],
    ["an unknown engine", { engine: "keydb" as "redis" }, ["engine"]],
    ["a node type of EC2", { nodeType: "r7g.large" }, ["nodeType"]],
    ["a user without a password", { users: { services: "on nopass ~* +@all" } }, ["users.services"]],
    ["a user with a password in the program", { users: { services: "on >hunter2hunter2 ~* +@all" } }, ["users.services"]],
    ["a user that is switched off", { users: { services: "off ~* +@all" } }, ["users.services"]],
    ["a user with a space", { users: { "the services": "on ~* +@all" } }, ["users.the services"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}, and never repeats a password`, () => {
      const reasons = assertFaults(redisWith(over), paths);
      assert.doesNotMatch(JSON.stringify(reasons), /hunter2/);
    });
  }

  it("refuses a name that ElastiCache would not take", () => void assertFaults(redisWith({}, "hot--cache"), ["name"]));
});

function objectsWith(over: Partial<ObjectCacheArgs> = {}): () => ObjectCache {
  return () => new ObjectCache("objects", { network: literalNetwork(), clients, ...over });
}

describeComponent("ObjectCache", objectsWith(), (subject) => {
  it("makes a cluster over several zones, with its alarms, and nothing else", () => {
    assertResources(subject.graph, {
      [clusterType]: ["objects-cluster"],
      "aws:elasticache/subnetGroup:SubnetGroup": ["objects-subnets"],
      "aws:ec2/securityGroup:SecurityGroup": ["objects-access-group"],
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["objects-access-services-tls"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["objects-cpu-alarm", "objects-evictions-alarm"],
    });
    assertInputs(subject.graph, clusterType, "objects-cluster", { engine: "memcached", azMode: "cross-az", numCacheNodes: 3 });
  });

  it("speaks TLS, in the database tier", () => {
    assertInputs(subject.graph, clusterType, "objects-cluster", { transitEncryptionEnabled: true });
    assertInputs(subject.graph, "aws:elasticache/subnetGroup:SubnetGroup", "objects-subnets", {
      subnetIds: Object.values(literalNetwork().databaseSubnetIds),
    });
  });
});

describe("ObjectCache, by argument", () => {
  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<ObjectCacheArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, objectsWith({ transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<ObjectCacheArgs>, string[]][] = [
    ["a network of one zone", { network: literalNetwork(["use1-az1"]) }, ["network"]],
    ["a single node", { nodes: 1 }, ["nodes"]],
    ["more nodes than ElastiCache allows", { nodes: 61 }, ["nodes"]],
    ["a node type of EC2", { nodeType: "r7g.large" }, ["nodeType"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(objectsWith(over), paths));
  }
});
