import assert from "node:assert/strict";
import { AuroraStore, type AuroraStoreArgs } from "bourse";
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

const clusterType = "aws:rds/cluster:Cluster";
const instanceType = "aws:rds/clusterInstance:ClusterInstance";

function storeWith(over: Partial<AuroraStoreArgs> = {}, name = "sql"): () => AuroraStore {
  return () => new AuroraStore(name, { network: literalNetwork(), key: literalKey(), clients: { services: "sg-services" }, ...over });
}

describeComponent("AuroraStore", storeWith(), (subject) => {
  it("makes a cluster with an instance in each zone, and what they need, and nothing else", () => {
    assertResources(subject.graph, {
      [clusterType]: ["sql-cluster"],
      [instanceType]: ["sql-use1-az1", "sql-use1-az4", "sql-use1-az6"],
      "aws:rds/subnetGroup:SubnetGroup": ["sql-subnets"],
      "aws:rds/clusterParameterGroup:ClusterParameterGroup": ["sql-parameters"],
      "aws:cloudwatch/logGroup:LogGroup": ["sql-log"],
      "aws:iam/role:Role": ["sql-monitoring"],
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["sql-monitoring-metrics"],
      "aws:ec2/securityGroup:SecurityGroup": ["sql-access-group"],
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["sql-access-services-sql"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["capacity", "commit-latency", "cpu", "deadlocks", "replica-lag"].map(
        (key) => `sql-${key}-alarm`,
      ),
    });
  });

  it("encrypts storage, insights and the administrator's secret with the given key", () => {
    assertInputs(subject.graph, clusterType, "sql-cluster", {
      storageEncrypted: true,
      kmsKeyId: literalKey().arn,
      performanceInsightsKmsKeyId: literalKey().arn,
      masterUserSecretKmsKeyId: literalKey().keyId,
    });
  });

  it("keeps the administrator's password in Secrets Manager and never in the program", () => {
    assertInputs(subject.graph, clusterType, "sql-cluster", { manageMasterUserPassword: true, masterPassword: undefined });
  });

  it("authenticates with IAM and forces TLS", () => {
    assertInputs(subject.graph, clusterType, "sql-cluster", { iamDatabaseAuthenticationEnabled: true });
    const { parameters } = subject.graph.get("aws:rds/clusterParameterGroup:ClusterParameterGroup", "sql-parameters").inputs;
    const values = Object.fromEntries((parameters as { name: string; value: string }[]).map(({ name, value }) => [name, value]));
    assert.equal(values["rds.force_ssl"], "1");
    assert.equal(values.password_encryption, "scram-sha-256");
  });

  it("lives in the database tier, unreachable from the internet", () => {
    assertInputs(subject.graph, "aws:rds/subnetGroup:SubnetGroup", "sql-subnets", {
      subnetIds: ["subnet-database-use1-az1", "subnet-database-use1-az4", "subnet-database-use1-az6"],
    });
    for (const { name } of subject.graph.ofType(instanceType))
      assertInputs(subject.graph, instanceType, name, { publiclyAccessible: false });
  });

  it("admits its clients' security groups on the port of PostgreSQL, and calls nobody", () => {
    const rules = subject.graph.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    assert.deepEqual(
      rules.map(({ inputs }) => [inputs.referencedSecurityGroupId, inputs.cidrIpv4, inputs.fromPort, inputs.toPort]),
      [["sg-services", undefined, 5432, 5432]],
    );
    assertInputs(subject.graph, "aws:ec2/securityGroup:SecurityGroup", "sql-access-group", { ingress: undefined, egress: undefined });
    assert.deepEqual(subject.graph.ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"), []);
  });

  it("places each instance in its own zone and lets the first zone take over first", () => {
    assertInputs(subject.graph, clusterType, "sql-cluster", {
      engine: "aurora-postgresql",
      engineVersion: "17",
      databaseName: "bourse",
      clusterIdentifier: "sql",
      port: 5432,
    });
    const places = subject.graph.ofType(instanceType).map(({ inputs }) => [inputs.availabilityZone, inputs.promotionTier]);
    assert.deepEqual(places, [
      ["us-east-1a", 0],
      ["us-east-1d", 1],
      ["us-east-1f", 1],
    ]);
  });

  it("can be restored to any second of 35 days, and refuses to be deleted", () => {
    const cluster = assertInputs(subject.graph, clusterType, "sql-cluster", {
      backupRetentionPeriod: 35,
      copyTagsToSnapshot: true,
      deletionProtection: true,
      deleteAutomatedBackups: false,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: "sql-final",
    });
    assert.equal(cluster.protect, true);
  });

  it("is watched: insights, operating system metrics, and the PostgreSQL log, which expires", () => {
    assertInputs(subject.graph, clusterType, "sql-cluster", {
      databaseInsightsMode: "advanced",
      performanceInsightsEnabled: true,
      performanceInsightsRetentionPeriod: 465,
      enabledCloudwatchLogsExports: ["postgresql"],
    });
    for (const { name } of subject.graph.ofType(instanceType)) {
      assertInputs(subject.graph, instanceType, name, {
        monitoringInterval: 15,
        performanceInsightsEnabled: true,
        performanceInsightsKmsKeyId: literalKey().arn,
        performanceInsightsRetentionPeriod: 465,
        autoMinorVersionUpgrade: true,
      });
    }
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "sql-log", {
      name: "/aws/rds/cluster/sql/postgresql",
      retentionInDays: 90,
    });
  });
});

describe("AuroraStore, by argument", () => {
  it("replaces nothing when the network gets a zone: it adds an instance and widens the subnet group", async () => {
    const before = await recordProgram({}, storeWith());
    const wider = literalNetwork(["use1-az1", "use1-az4", "use1-az6", "use1-az2"]);
    const difference = differenceOf(before, await recordProgram({}, storeWith({ network: wider })));
    assert.deepEqual([difference.replaced, difference.removed], [[], []]);
    assert.deepEqual(
      difference.added.map(({ name }) => name),
      ["sql-use1-az2"],
    );
    assert.deepEqual(
      difference.updated.map(({ after, properties }) => [after.name, properties]),
      [["sql-subnets", ["subnetIds"]]],
    );
  });

  it("runs provisioned instances, without an alarm on serverless capacity", async () => {
    const graph = await recordProgram({}, storeWith({ compute: { instanceClass: "db.r8g.4xlarge" } }));
    assertInputs(graph, clusterType, "sql-cluster", { serverlessv2ScalingConfiguration: undefined });
    assertInputs(graph, instanceType, "sql-use1-az1", { instanceClass: "db.r8g.4xlarge" });
    assert.throws(() => graph.get("aws:cloudwatch/metricAlarm:MetricAlarm", "sql-capacity-alarm"));
  });

  it("makes a global database as primary", async () => {
    const graph = await recordProgram({}, storeWith({ global: { role: "primary", identifier: "bourse" } }));
    const globalCluster = assertInputs(graph, "aws:rds/globalCluster:GlobalCluster", "sql-global", {
      globalClusterIdentifier: "bourse",
      storageEncrypted: true,
      deletionProtection: true,
    });
    assert.deepEqual(graph.referencesOf(graph.get(clusterType, "sql-cluster"), "globalClusterIdentifier"), [globalCluster]);
  });

  it("joins a global database as secondary, without credentials or databases of its own, and watches how far it is behind", async () => {
    const graph = await recordProgram({}, storeWith({ global: { role: "secondary", identifier: "bourse" } }));
    const cluster = assertInputs(graph, clusterType, "sql-cluster", {
      globalClusterIdentifier: "bourse",
      masterUsername: undefined,
      databaseName: undefined,
      manageMasterUserPassword: undefined,
    });
    assert.deepEqual(cluster.ignoreChanges, ["globalClusterIdentifier", "replicationSourceIdentifier"]);
    assert.deepEqual(graph.ofType("aws:rds/globalCluster:GlobalCluster"), []);
    assertInputs(graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "sql-recovery-point-alarm", {
      metricName: "AuroraGlobalDBRPOLag",
      threshold: 5000,
    });
  });

  it("puts a pool before the cluster that signs in by IAM, over TLS alone, reads secrets of nobody, and calls the cluster alone", async () => {
    const graph = await recordProgram({}, storeWith({ proxy: { signIn: { users: ["users", "ledger"] } } }));
    const subnets = ["subnet-database-use1-az1", "subnet-database-use1-az4"];
    const group = graph.get("aws:ec2/securityGroup:SecurityGroup", "sql-proxy-access-group").id;
    const clusterGroup = graph.get("aws:ec2/securityGroup:SecurityGroup", "sql-access-group").id;
    const proxy = assertInputs(graph, "aws:rds/proxy:Proxy", "sql-proxy-pool", {
      name: "sql-proxy",
      engineFamily: "POSTGRESQL",
      requireTls: true,
      debugLogging: false,
      defaultAuthScheme: "IAM_AUTH",
      auths: undefined,
      idleClientTimeout: 1800,
      vpcSubnetIds: subnets,
      vpcSecurityGroupIds: [group],
    });
    const cluster = graph.get(clusterType, "sql-cluster").outputs;
    assertInputs(graph, "aws:iam/rolePolicy:RolePolicy", "sql-proxy-role-signs-in", {
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "rds-db:connect",
            Resource: ["users", "ledger"].map(
              (user) => `arn:aws:rds-db:us-east-1:123456789012:dbuser:${cluster.clusterResourceId}/${user}`,
            ),
          },
        ],
      },
    });
    assertInputs(graph, "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup", "sql-proxy-connections", {
      connectionPoolConfig: { maxConnectionsPercent: 90, maxIdleConnectionsPercent: 45, connectionBorrowTimeout: 10 },
    });
    assertInputs(graph, "aws:rds/proxyTarget:ProxyTarget", "sql-proxy-cluster", { dbClusterIdentifier: "sql", dbProxyName: "sql-proxy" });
    assertInputs(graph, "aws:rds/proxyEndpoint:ProxyEndpoint", "sql-proxy-reader", { targetRole: "READ_ONLY", vpcSubnetIds: subnets });
    assertInputs(graph, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "sql-proxy-to-cluster", {
      securityGroupId: group,
      referencedSecurityGroupId: clusterGroup,
      ipProtocol: "tcp",
      fromPort: 5432,
      toPort: 5432,
    });
    const admitted = graph
      .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .map(({ inputs }) => [inputs.securityGroupId, inputs.referencedSecurityGroupId, inputs.fromPort]);
    assert.deepEqual(
      admitted.sort(),
      [
        [clusterGroup, group, 5432],
        [clusterGroup, "sg-services", 5432],
        [group, "sg-services", 5432],
      ].sort(),
    );
    assert.deepEqual(
      graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm").flatMap(({ inputs }) => {
        const { ProxyName } = inputs.dimensions as Record<string, string>;
        return ProxyName === undefined ? [] : [[inputs.metricName, ProxyName, inputs.threshold]];
      }),
      [
        ["DatabaseConnectionsBorrowLatency", proxy.outputs.name, 100_000],
        ["AvailabilityPercentage", proxy.outputs.name, 100],
      ],
    );
  });

  it("lets the pool sign in with named secrets, whose clients still use IAM, and lets its role read those alone", async () => {
    const secret = { arn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:sql-users-AbCdEf", key: literalKey("secret") };
    const graph = await recordProgram({}, storeWith({ proxy: { signIn: { secrets: { users: secret } } } }));
    assertInputs(graph, "aws:rds/proxy:Proxy", "sql-proxy-pool", {
      defaultAuthScheme: "NONE",
      auths: [
        {
          description: "Signs in as users",
          authScheme: "SECRETS",
          iamAuth: "REQUIRED",
          clientPasswordAuthType: "POSTGRES_SCRAM_SHA_256",
          secretArn: secret.arn,
        },
      ],
    });
    assertInputs(graph, "aws:iam/rolePolicy:RolePolicy", "sql-proxy-role-signs-in", {
      policy: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: [secret.arn] },
          {
            Effect: "Allow",
            Action: "kms:Decrypt",
            Resource: [secret.key.arn],
            Condition: { StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" } },
          },
        ],
      },
    });
    assertInputs(graph, "aws:iam/role:Role", "sql-proxy-role", {
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "rds.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
          },
        ],
      },
    });
  });

  it("changes nothing of the cluster when it gets a pool, but whom it admits", async () => {
    const before = await recordProgram({}, storeWith());
    const difference = differenceOf(before, await recordProgram({}, storeWith({ proxy: { signIn: { users: ["users"] } } })));
    assert.deepEqual([difference.replaced, difference.removed, difference.updated], [[], [], []]);
  });

  it("routes its alarms to a topic, or makes none", async () => {
    const topicArn = "arn:aws:sns:us-east-1:123456789012:on-call";
    const routed = await recordProgram({}, storeWith({ alarms: { topicArn } }));
    for (const alarm of routed.ofType("aws:cloudwatch/metricAlarm:MetricAlarm")) assert.deepEqual(alarm.inputs.alarmActions, [topicArn]);
    const silent = await recordProgram({}, storeWith({ alarms: "off" }));
    assert.deepEqual(silent.ofType("aws:cloudwatch/metricAlarm:MetricAlarm"), []);
  });

  it("lets a development stack be destroyed", async () => {
    const graph = await recordProgram({}, storeWith({ protection: "off", instances: { only: { zoneId: "use1-az1" } } }));
    const cluster = assertInputs(graph, clusterType, "sql-cluster", {
      deletionProtection: false,
      skipFinalSnapshot: true,
      finalSnapshotIdentifier: undefined,
    });
    assert.equal(cluster.protect, false);
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<AuroraStoreArgs["transform"]>();
    const graph = await recordProgram(
      {},
      storeWith({ global: { role: "primary", identifier: "bourse" }, proxy: { signIn: { users: ["u"] } }, transform: probe.transform }),
    );
    assert.deepEqual(untransformed(graph, probe), []);
  });
});

describe("AuroraStore refuses", () => {
  const zone = "use1-az1";
  const cases: [string, Partial<AuroraStoreArgs>, string[]][] = [
    ["an instance outside the network's zones", { instances: { a: { zoneId: zone }, b: { zoneId: "use1-az9" } } }, ["instances.b.zoneId"]],
    ["a network of one zone", { network: literalNetwork(["use1-az1"]) }, ["network"]],
    ["a protected store in one zone", { instances: { a: { zoneId: zone }, b: { zoneId: zone } } }, ["instances"]],
    ["no instance", { instances: {} }, ["instances"]],
    [
      "more readers than Aurora has",
      { instances: Object.fromEntries([...Array(17).keys()].map((n) => [`i${n}`, { zoneId: n % 2 === 0 ? zone : "use1-az4" }])) },
      ["instances"],
    ],
    [
      "a promotion tier beyond 15",
      { instances: { a: { zoneId: zone, promotionTier: 16 }, b: { zoneId: "use1-az4" } } },
      ["instances.a.promotionTier"],
    ],
    ["an instance name that AWS would not take", { instances: { A_1: { zoneId: zone }, b: { zoneId: "use1-az4" } } }, ["instances.A_1"]],
    ["a minimum above the maximum", { compute: { minAcu: 8, maxAcu: 4 } }, ["compute.minAcu"]],
    ["a maximum below one ACU", { compute: { minAcu: 0, maxAcu: 0.5 } }, ["compute.maxAcu"]],
    ["a quarter of an ACU", { compute: { minAcu: 0.25, maxAcu: 4 } }, ["compute.minAcu"]],
    ["more ACUs than there are", { compute: { minAcu: 2, maxAcu: 512 } }, ["compute.maxAcu"]],
    ["a class of another service", { compute: { instanceClass: "r8g.large" } }, ["compute.instanceClass"]],
    ["a minor version", { majorVersion: "17.4" }, ["majorVersion"]],
    ["an unknown storage", { storage: "gp3" as "standard" }, ["storage"]],
    ["no backups", { backupDays: 0 }, ["backupDays"]],
    ["backups beyond the limit", { backupDays: 36 }, ["backupDays"]],
    ["a database name with a hyphen", { databaseName: "the-exchange" }, ["databaseName"]],
    ["plain connections", { parameters: { "rds.force_ssl": "0" } }, ["parameters.rds.force_ssl"]],
    ["MD5 passwords", { parameters: { password_encryption: "md5" } }, ["parameters.password_encryption"]],
    ["an unknown global role", { global: { role: "leader" as "primary", identifier: "bourse" } }, ["global.role"]],
    ["a global identifier with capitals", { global: { role: "primary", identifier: "Bourse" } }, ["global.identifier"]],
    [
      "a database of its own in a secondary",
      { global: { role: "secondary", identifier: "bourse" }, databaseName: "other" },
      ["databaseName"],
    ],
    ["a pool for nobody", { proxy: { signIn: { users: [] } } }, ["proxy.signIn.users"]],
    ["a pool for a user that PostgreSQL would have to quote", { proxy: { signIn: { users: ["Ledger"] } } }, ["proxy.signIn.users.Ledger"]],
    ["a pool without secrets", { proxy: { signIn: { secrets: {} } } }, ["proxy.signIn.secrets"]],
    [
      "a pool with more connections than the cluster, idle for more than a day",
      { proxy: { signIn: { users: ["u"] }, maxConnectionsPercent: 101, idleSeconds: 86_401 } },
      ["proxy.maxConnectionsPercent", "proxy.idleSeconds"],
    ],
    ["a pool in one zone", { proxy: { signIn: { users: ["u"] }, zoneIds: ["use1-az1"] } }, ["proxy.zoneIds"]],
    [
      "a pool outside the network's zones",
      { proxy: { signIn: { users: ["u"] }, zoneIds: ["use1-az1", "use1-az9"] } },
      ["proxy.zoneIds[1]"],
    ],
    ["a client named as the pool", { clients: { proxy: "sg-1" }, proxy: { signIn: { users: ["u"] } } }, ["clients.proxy"]],
    ["a client role that is no name", { clients: { "Order Gateway": "sg-1" } }, ["clients.Order Gateway"]],
  ];
  for (const [what, over, paths] of cases) {
    it(what, () => {
      assertFaults(storeWith(over), paths);
    });
  }

  it("a name of which its children's would be too long once suffixed, and says by how much", () => {
    const { name } = assertFaults(storeWith({}, "a".repeat(48)), ["name"]);
    assert.match(name, /names of IAM roles end at 64 .*shorten the component's name by 3/);
  });
});
