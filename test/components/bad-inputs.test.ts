/** Bad input of every component of network, security, data and messaging: all faults at once, and nothing registered. Each component's own test has the single cases. */

import assert from "node:assert/strict";
import { InputPropertiesError } from "@pulumi/pulumi";
import { recordProgram } from "bourse/testing";
import { type Over, storeSpecimens } from "./specimens";

const key = { arn: "arn:aws:kms:us-east-1:123456789012:key/data", keyId: "data" };
const table = { key: { hash: { name: "id", type: "S" } } };

/** Arguments with several faults, by component, and the paths of all of them. */
const faulty: Record<string, [over: object, paths: string[]]> = {
  ExchangeNetwork: [
    { cidr: "10.0.1.0/16", zoneIds: ["use1-az1", "use1-az1"], nat: "many", publicPorts: [22, 0], peerCidrs: ["ten"], flowLogDays: 2 },
    ["cidr", "zoneIds[1]", "nat", "publicPorts[0]", "publicPorts[1]", "peerCidrs[0]", "flowLogDays"],
  ],
  NetworkEndpoints: [{ interfaces: ["s3", "kms", "kms", "KMS!"] }, ["interfaces[0]", "interfaces[2]", "interfaces[3]"]],
  FlowLog: [{ retentionDays: 8 }, ["retentionDays"]],
  NetworkTransit: [
    { asn: 1, remoteCidrs: { far: "10.0.0.0/8", "Too Far": "far" } },
    ["asn", "remoteCidrs.far", "remoteCidrs.Too Far", "remoteCidrs.Too Far"],
  ],
  AccessPort: [
    { members: { "Alpha One": "222", beta: "222222222222", gamma: "222222222222" }, loadBalancerArn: undefined, placement: false },
    ["members.Alpha One", "members.Alpha One", "members.gamma", "loadBalancerArn"],
  ],
  KeyRing: [
    { domains: ["data", "data", "money"], deletionWindowDays: 6, archivedAccounts: ["1"], backupsCopiedTo: "far" },
    ["domains[1]", "domains[2]", "deletionWindowDays", "archivedAccounts[0]", "backupsCopiedTo"],
  ],
  SecretStore: [
    { secrets: { "API keys": { description: "x" }, mail: { description: "x", value: "given", rotationDays: 0 } } },
    ["secrets.API keys", "secrets.mail.rotationDays", "secrets.mail.rotationDays"],
  ],
  WorkloadIdentity: [
    {
      kind: "tasks",
      statements: [
        { Effect: "Allow", Action: ["s3:*"], Resource: "*" },
        { Effect: "Allow", NotAction: ["iam:*"], Resource: "arn:a", Principal: "*" },
      ],
    },
    ["pods", "statements[0].Action", "statements[0].Resource", "statements[1].NotAction", "statements[1].Principal"],
  ],
  PrivateAuthority: [
    { organization: "Börse", rootYears: 4, issuingYears: 30, root: { arn: "arn:root" } },
    ["organization", "rootYears", "issuingYears", "rootYears", "issuingYears"],
  ],
  SecurityBaseline: [
    { home: false, services: { guardDuty: "maybe", trail: "create", guardDog: "create" } },
    ["services.guardDuty", "services.trail", "services.guardDog"],
  ],
  AuroraStore: [
    {
      instances: { A: { zoneId: "use1-az9", promotionTier: 16 } },
      compute: { minAcu: 300, maxAcu: 0.3 },
      majorVersion: "9",
      storage: "tape",
      backupDays: 40,
      databaseName: "7",
      parameters: { "rds.force_ssl": "0" },
      global: { role: "third", identifier: "B" },
      proxy: { signIn: { users: [] }, idleSeconds: 0 },
      clients: { proxy: "sg-1" },
    },
    [
      "instances.A",
      "instances.A.zoneId",
      "instances.A.promotionTier",
      "instances",
      "compute.minAcu",
      "compute.maxAcu",
      "compute.minAcu",
      "majorVersion",
      "storage",
      "backupDays",
      "databaseName",
      "parameters.rds.force_ssl",
      "global.role",
      "global.identifier",
      "proxy.signIn.users",
      "proxy.idleSeconds",
      "clients.proxy",
    ],
  ],
  AuroraProxy: [
    { signIn: { users: ["Upper"] }, zoneIds: ["use1-az1"], maxConnectionsPercent: 0 },
    ["signIn.users.Upper", "zoneIds", "maxConnectionsPercent"],
  ],
  TableStore: [
    {
      region: "sa-east-1",
      replicaKeys: {},
      tables: {
        Trades: { ...table, stream: "SOME" },
        balances: {
          key: { hash: { name: "a b", type: "X" } },
          expiryAttribute: "until",
          warm: { readUnits: 50_000, writeUnits: 1 },
        },
      },
    },
    [
      "tables.Trades",
      "tables.Trades.stream",
      "tables.balances.key.hash.name",
      "tables.balances.key.hash.type",
      "tables.balances.warm.readUnits",
      "tables.balances.warm.writeUnits",
      "tables.balances.expiryAttribute",
      'replicaKeys["us-east-2"]',
      "region",
    ],
  ],
  TableReplica: [
    { region: "us-west-2", tableArns: { own: "arn:aws:dynamodb:us-west-2:123456789012:table/own", none: "arn:none" } },
    ["tableArns.own", "tableArns.none"],
  ],
  RedisCache: [
    { shards: 0, replicas: 6, snapshotDays: 36, engine: "mongo", nodeType: "r7g", users: { "A B": "off", c: "on nopass" } },
    ["shards", "replicas", "snapshotDays", "engine", "nodeType", "users.A B", "users.A B", "users.c"],
  ],
  ObjectCache: [{ nodes: 1, nodeType: "large", clients: { "A B": "sg-1" } }, ["nodes", "nodeType", "clients.A B"]],
  SearchDomain: [
    { dataNodes: 4, storageGib: 5, dataNodeType: "r7g", managerNodeType: "m7g", zoneIds: ["use1-az1", "use1-az1", "use1-az4"] },
    ["dataNodes", "storageGib", "dataNodeType", "managerNodeType", "zoneIds[1]"],
  ],
  EventStreams: [
    { streams: { "A B": { retentionHours: 1 }, trades: { capacity: "lots", consumers: ["a", "a"] }, prices: { capacity: { shards: 0 } } } },
    [
      "streams.A B",
      "streams.A B.retentionHours",
      "streams.trades.capacity",
      "streams.trades.consumers[1]",
      "streams.prices.capacity.shards",
    ],
  ],
  Delivery: [
    {
      bufferSeconds: 10,
      deliveries: {
        "A B": { source: { streamArn: "arn", key }, lake: { columns: { Price: "money" } }, rows: { image: "bourse:1", table: "T" } },
        outside: {
          source: { streamArn: "arn", key },
          redshift: {
            endpoint: "host",
            securityGroupId: "sg-1",
            database: "B",
            table: "a b",
            columns: [""],
            signIn: { arn: "secret", key },
          },
        },
      },
    },
    [
      "deliveries.A B",
      "deliveries.A B.lake.columns.Price",
      "deliveries.A B.lake.columns.Price",
      "deliveries.A B.rows.image",
      "deliveries.A B.rows.table",
      "deliveries.outside.redshift.endpoint",
      "deliveries.outside.redshift.database",
      "deliveries.outside.redshift.table",
      "deliveries.outside.redshift.columns[0]",
      "deliveries.outside.redshift.signIn.arn",
      "bufferSeconds",
    ],
  ],
  RowsFunction: [{ rows: { image: "bourse:latest", table: "the trades" } }, ["rows.image", "rows.table"]],
  StreamAnalytics: [
    {
      code: { file: "windows", bucket: { arn: "arn", name: "b" }, key },
      sources: {},
      sinks: { "A B": { streamArn: "arn", key } },
      parallelism: 65,
      checkpointMs: 1,
    },
    ["code.file", "sources", "sinks.A B", "parallelism", "checkpointMs"],
  ],
  Warehouse: [
    { nodes: 1, nodeType: "dc2.large", snapshotDays: 0, clients: { "A B": "sg-1" } },
    ["nodes", "nodeType", "snapshotDays", "clients.A B"],
  ],
  Lake: [
    {
      buckets: {
        "A B": { coldAfterDays: 0 },
        archive: { lock: { mode: "soft", days: 2557 }, expireAfterDays: 30, receivesFrom: ["me"], oldVersionDays: 0.5 },
      },
    },
    [
      "buckets.A B",
      "buckets.A B.coldAfterDays",
      "buckets.archive.lock.mode",
      "buckets.archive.expireAfterDays",
      "buckets.archive.receivesFrom[0]",
      "buckets.archive.oldVersionDays",
    ],
  ],
  BackupVault: [
    { days: 0, lock: "none", resources: {}, receivesFrom: ["me"], copyTo: "far" },
    ["days", "lock", "copyTo", "receivesFrom[0]"],
  ],
  CommandLog: [
    {
      zoneIds: ["use1-az1", "use1-az4"],
      brokersPerZone: 31,
      storageGib: 20_000,
      storageThroughput: 100,
      instanceType: "express.m7g.large",
      topics: { commands: { partitions: 0 } },
      settings: { "min.insync.replicas": "1", "unclean.leader.election.enable": "true" },
    },
    [
      "zoneIds",
      "brokersPerZone",
      "storageGib",
      "storageThroughput",
      "instanceType",
      "settings.min.insync.replicas",
      "settings.unclean.leader.election.enable",
      "topics.commands.partitions",
    ],
  ],
  DataLayer: [
    {
      stores: ["sql", "graph", "analytics", "delivery"],
      sql: { backupDays: 0 },
      cache: { shards: 1 },
      events: undefined,
      image: undefined,
      archive: undefined,
    },
    ["stores[1]", "sql.backupDays", "cache", "stores", "stores", "image", "archive", "analytics.code.file"],
  ],
  MessagingLayer: [
    {
      queues: { "A B": { visibilitySeconds: 50_000, retentionDays: 15, maxReceives: 0 }, ordered: { fifo: true } },
      topics: { plain: { publishers: ["me"] } },
      subscriptions: { one: { topic: "none", queue: "ordered" }, two: { topic: "plain", queue: "ordered" } },
    },
    [
      "queues.A B",
      "name",
      "queues.A B.visibilitySeconds",
      "queues.A B.retentionDays",
      "queues.A B.maxReceives",
      "topics.plain.publishers[0]",
      "subscriptions.one.topic",
      "subscriptions.one",
      "subscriptions.two",
    ],
  ],
  Broker: [
    { zoneIds: ["use1-az1"], user: { name: "guest", password: "plain" }, instanceType: "mq.t3.micro" },
    ["zoneIds", "user.name", "user.password", "instanceType"],
  ],
  MailIdentity: [{ domain: "other.example", dmarc: "maybe", reportsTo: "nobody" }, ["domain", "dmarc", "reportsTo"]],
  ClientAccess: [{ clients: { "A B": "sg-1", "-": "sg-2" } }, ["clients.A B", "clients.-"]],
  LogBucket: [{ retentionDays: 0.5 }, ["retentionDays"]],
  WebFirewall: [{ logRetentionDays: 2 }, ["logRetentionDays"]],
};

/** Components whose arguments cannot be wrong before AWS sees them: references, and what the type of an argument excludes. */
const withoutFaults = ["AuditBucket", "AuditTrail", "CallerGroup", "ConfigRecorder", "UserRules"];
/** Their faults lie between two sides, for which `links.test.ts` and `transit.test.ts` have the cases. */
const ofTwoSides = ["NetworkPeering", "RegionLink", "TransitPeering"];

describe("Bad input", () => {
  it("is listed for every component, more than a hundred faults in all", () => {
    assert.deepEqual([...Object.keys(faulty), ...withoutFaults, ...ofTwoSides].sort(), Object.keys(storeSpecimens).sort());
    const total = Object.values(faulty).flatMap(([, paths]) => paths).length;
    assert.ok(total >= 100, `${total} faults`);
  });

  for (const [name, [over, paths]] of Object.entries(faulty)) {
    it(`of ${name} is refused with all ${paths.length} faults at once, each with what was given, what is allowed and the fix, before anything is registered`, async () => {
      const graph = await recordProgram({}, () => {
        assert.throws(
          () => storeSpecimens[name](over as Over),
          (error) => {
            if (!InputPropertiesError.isInstance(error)) throw error;
            const errors = error.errors ?? [];
            assert.deepEqual(errors.map(({ propertyPath }) => propertyPath).sort(), [...paths].sort());
            for (const { reason } of errors) assert.match(reason, /^given .+; allowed: .+; fix: .+$/s);
            return true;
          },
        );
      });
      assert.deepEqual(
        graph.resources.filter(({ type }) => !type.startsWith("pulumi:")),
        [],
      );
    });
  }
});
