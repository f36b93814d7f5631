import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { exchangeTables, TableReplica, type TableReplicaArgs, type TableSpec, TableStore, type TableStoreArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  differenceOf,
  literalKey,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";

const tableType = "aws:dynamodb/table:Table";
const sessions = exchangeTables.sessions;
const balances: TableSpec = { key: { hash: { name: "account", type: "S" }, range: { name: "asset", type: "S" } }, holds: "money" };

function storeWith(over: Partial<TableStoreArgs> = {}): () => TableStore {
  return () => new TableStore("tables", { region: "us-east-1", key: literalKey(), tables: { sessions, balances }, ...over });
}

function tableWith(spec: Partial<TableSpec>, over: Partial<TableStoreArgs> = {}): () => TableStore {
  return storeWith({ tables: { orders: { key: { hash: { name: "id", type: "S" } }, ...spec } }, ...over });
}

describeComponent("TableStore", storeWith(), (subject) => {
  it("makes a table for each role, with alarms on refused requests, and nothing else", () => {
    assertResources(subject.graph, {
      [tableType]: ["tables-balances", "tables-sessions"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["balances", "sessions"].flatMap((role) =>
        ["reads", "writes"].map((kind) => `tables-${role}-${kind}-throttled-alarm`),
      ),
    });
  });

  it("encrypts with the given key, recovers to any second, charges by request, and refuses to be deleted", () => {
    for (const { name, protect } of subject.graph.ofType(tableType)) {
      assertInputs(subject.graph, tableType, name, {
        serverSideEncryption: { enabled: true, kmsKeyArn: literalKey().arn },
        pointInTimeRecovery: { enabled: true },
        billingMode: "PAY_PER_REQUEST",
        deletionProtectionEnabled: true,
      });
      assert.equal(protect, true);
    }
  });

  it("gives a table its keys, index, stream and expiry", () => {
    assertInputs(subject.graph, tableType, "tables-sessions", {
      name: "tables-sessions",
      hashKey: "tokenHash",
      rangeKey: undefined,
      attributes: [
        { name: "tokenHash", type: "S" },
        { name: "userId", type: "S" },
      ],
      globalSecondaryIndexes: [
        { name: "by-user", keySchemas: [{ attributeName: "userId", keyType: "HASH" }], projectionType: "KEYS_ONLY" },
      ],
      ttl: { enabled: true, attributeName: "expiresAt" },
      streamEnabled: true,
      streamViewType: "NEW_AND_OLD_IMAGES",
    });
  });

  it("marks tables that hold money", () => {
    const tags = subject.graph.get(tableType, "tables-balances").inputs.tags as Record<string, string>;
    assert.equal(tags["bourse:holds"], "money");
  });
});

describe("TableStore, by argument", () => {
  it("changes nothing else when a table is added", async () => {
    const before = await recordProgram({}, storeWith());
    const after = await recordProgram(
      {},
      storeWith({ tables: { orders: { key: { hash: { name: "id", type: "S" } } }, sessions, balances } }),
    );
    const difference = differenceOf(before, after);
    assert.deepEqual([difference.replaced, difference.removed, difference.updated], [[], [], []]);
    assert.deepEqual(
      difference.added.map(({ name }) => name),
      ["tables-orders", "tables-orders-reads-throttled-alarm", "tables-orders-writes-throttled-alarm"],
    );
  });

  it("warms a table and its indexes", async () => {
    const warm = { readUnits: 30_000, writeUnits: 20_000 };
    const graph = await recordProgram({}, tableWith({ warm, indexes: { "by-user": { hash: { name: "user", type: "S" } } } }));
    const table = assertInputs(graph, tableType, "tables-orders", {
      warmThroughput: { readUnitsPerSecond: 30_000, writeUnitsPerSecond: 20_000 },
    });
    const [index] = table.inputs.globalSecondaryIndexes as { warmThroughput: unknown }[];
    assert.deepEqual(index.warmThroughput, { readUnitsPerSecond: 30_000, writeUnitsPerSecond: 20_000 });
  });

  it("replicates with strong consistency to a fixed set of regions, protected and recoverable in each", async () => {
    const replication = { consistency: "strong" as const, regions: ["us-east-2"], witness: "us-west-2" };
    const graph = await recordProgram(
      {},
      storeWith({ tables: { balances }, replication, replicaKeys: { "us-east-2": literalKey("ohio") } }),
    );
    assertInputs(graph, tableType, "tables-balances", {
      replicas: [
        {
          regionName: "us-east-2",
          consistencyMode: "STRONG",
          kmsKeyArn: literalKey("ohio").arn,
          pointInTimeRecovery: true,
          deletionProtectionEnabled: true,
          propagateTags: true,
        },
      ],
      globalTableWitness: { regionName: "us-west-2" },
    });
  });

  it("leaves eventual replicas to the regions that join", async () => {
    const graph = await recordProgram({}, storeWith({ tables: { sessions }, replication: { consistency: "eventual" } }));
    const table = assertInputs(graph, tableType, "tables-sessions", { replicas: undefined });
    assert.deepEqual(table.ignoreChanges, ["replicas"]);
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<TableStoreArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, storeWith({ transform: probe.transform })), probe), []);
  });
});

describe("TableStore refuses", () => {
  const id = { name: "id", type: "S" as const };
  const replicaKeys = { "us-east-2": literalKey("ohio") };
  const strong = (regions: string[], witness?: string) => ({
    tables: { balances },
    replication: { consistency: "strong" as const, regions, witness },
    replicaKeys: Object.fromEntries(regions.map((region) => [region, literalKey(region)])),
  });
  const cases: [string, () => unknown, string[]][] = [
    ["no table", storeWith({ tables: {} }), ["tables"]],
    ["a role with capitals", storeWith({ tables: { Orders: sessions } }), ["tables.Orders"]],
    [
      "a key type that DynamoDB does not know",
      tableWith({ key: { hash: { name: "id", type: "BOOL" as "S" } } }),
      ["tables.orders.key.hash.type"],
    ],
    ["an attribute name with a space", tableWith({ key: { hash: { name: "the id", type: "S" } } }), ["tables.orders.key.hash.name"]],
    [
      "one attribute with two types",
      tableWith({ indexes: { other: { hash: { name: "id", type: "N" } } } }),
      ["tables.orders.indexes.other.hash.type"],
    ],
    [
      "more indexes than a table may have",
      tableWith({ indexes: Object.fromEntries([...Array(21).keys()].map((n) => [`i${n}`, { hash: id }])) }),
      ["tables.orders.indexes"],
    ],
    ["an unknown stream", tableWith({ stream: "ALL" as "OLD_IMAGE" }), ["tables.orders.stream"]],
    ["warm reads above the quota", tableWith({ warm: { readUnits: 50_000, writeUnits: 4_000 } }), ["tables.orders.warm.readUnits"]],
    ["warm writes above the quota", tableWith({ warm: { readUnits: 12_000, writeUnits: 50_000 } }), ["tables.orders.warm.writeUnits"]],
    [
      "warm writes below what a table has anyway",
      tableWith({ warm: { readUnits: 12_000, writeUnits: 100 } }),
      ["tables.orders.warm.writeUnits"],
    ],
    [
      "strong consistency with expiry",
      tableWith(
        { expiryAttribute: "at" },
        { replication: { consistency: "strong", regions: ["us-east-2"], witness: "us-west-2" }, replicaKeys },
      ),
      ["tables.orders.expiryAttribute"],
    ],
    ["a region that AWS does not have", storeWith({ region: "mars-north-1" }), ["region"]],
    ["strong consistency in a region without it", storeWith({ ...strong(["us-east-1", "us-east-2"]), region: "sa-east-1" }), ["region"]],
    ["strong consistency over two regions", storeWith(strong(["us-east-2"])), ["replication.regions"]],
    ["strong consistency over four regions", storeWith(strong(["us-east-2", "us-west-2"], "us-east-2")), ["replication.regions"]],
    ["strong consistency across sets of regions", storeWith(strong(["us-east-2", "eu-west-1"])), ["replication.regions"]],
    [
      "a replica without a key of ours beside tables that have one",
      storeWith({ ...strong(["us-east-2", "us-west-2"]), replicaKeys: { "us-east-2": literalKey("ohio") } }),
      ['replicaKeys["us-west-2"]'],
    ],
    ["the home region as its own replica", storeWith(strong(["us-east-1", "us-east-2"])), ["replication.regions"]],
    ["money with the last writer winning", storeWith({ replication: { consistency: "eventual" } }), ["tables.balances.holds"]],
    [
      "listed regions with eventual consistency",
      storeWith({ tables: { sessions }, replication: { consistency: "eventual", regions: ["eu-west-1"] } }),
      ["replication.regions"],
    ],
    [
      "an unknown consistency",
      storeWith({
        tables: { sessions },
        replication: { consistency: "causal" as "strong", regions: ["us-east-2"], witness: "us-west-2" },
        replicaKeys,
      }),
      ["replication.consistency"],
    ],
    [
      "replicas fed by half a stream",
      tableWith({ stream: "NEW_IMAGE" }, { replication: { consistency: "eventual" } }),
      ["tables.orders.stream"],
    ],
  ];
  for (const [what, create, paths] of cases) {
    it(what, () => {
      assertFaults(create, paths);
    });
  }
});

const replicaArgs: TableReplicaArgs = {
  region: "ap-northeast-1",
  tableArns: { sessions: "arn:aws:dynamodb:us-east-1:123456789012:table/tables-sessions" },
  key: literalKey("tokyo"),
};

describeComponent(
  "TableReplica",
  () => new TableReplica("joined", replicaArgs),
  (subject) => {
    it("joins each table with a key of its own region, recoverable and protected", () => {
      const replica = assertInputs(subject.graph, "aws:dynamodb/tableReplica:TableReplica", "joined-sessions", {
        globalTableArn: replicaArgs.tableArns.sessions,
        kmsKeyArn: literalKey("tokyo").arn,
        pointInTimeRecovery: true,
        deletionProtectionEnabled: true,
      });
      assert.equal(replica.protect, true);
    });

    const cases: [string, Partial<TableReplicaArgs>, string[]][] = [
      ["to join nothing", { tableArns: {} }, ["tableArns"]],
      ["a region that is none", { region: "tokyo" }, ["region"]],
      ["a table of its own region", { region: "us-east-1" }, ["tableArns.sessions"]],
      ["a table of another partition", { tableArns: { a: "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/a-b-c" } }, ["tableArns.a"]],
      ["a table whose region is none", { tableArns: { a: "arn:aws:dynamodb:tokyo:123456789012:table/a-b-c" } }, ["tableArns.a"]],
      ["what is no table", { tableArns: { a: "arn:aws:s3:::a-b-c" } }, ["tableArns.a"]],
    ];
    for (const [what, over, paths] of cases) {
      it(`refuses ${what}`, () => void assertFaults(() => new TableReplica("joined", { ...replicaArgs, ...over }), paths));
    }

    it("leaves tables of which only AWS knows the ARN to AWS", async () => {
      const graph = await subject.record(
        () => new TableReplica("unknown", { ...replicaArgs, tableArns: { a: pulumi.output("arn:later") } }),
      );
      assert.equal(graph.ofType("aws:dynamodb/tableReplica:TableReplica").length, 1);
    });
  },
  { config: { "aws:region": "ap-northeast-1" } },
);
