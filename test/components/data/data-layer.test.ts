import assert from "node:assert/strict";
import { DataLayer, type DataLayerArgs, dataStoreNames, exchangeRows } from "bourse";
import {
  assertComponents,
  assertFaults,
  assertInputs,
  describeComponent,
  differenceOf,
  literalKey,
  literalNetwork,
  recordProgram,
} from "bourse/testing";
import { archive, image } from "../references";

function layerWith(over: Partial<DataLayerArgs> = {}): () => DataLayer {
  return () =>
    new DataLayer("data", {
      accountId: "123456789012",
      region: "us-east-1",
      network: literalNetwork(),
      keys: { data: literalKey("data"), log: literalKey("log"), stream: literalKey("stream") },
      clients: { services: "sg-services" },
      ...over,
    });
}

interface Source {
  kinesisStreamArn: string;
}

/** What the layer needs to make every store. */
const everything: Partial<DataLayerArgs> = { stores: dataStoreNames, image, archive };

describeComponent("DataLayer", layerWith(), (subject) => {
  it("makes PostgreSQL and the exchange's tables", () => {
    assertComponents(subject.graph, {
      "bourse:data:DataLayer": ["data"],
      "bourse:data:AuroraStore": ["data-sql"],
      "bourse:data:TableStore": ["data-tables"],
      "bourse:foundation:ClientAccess": ["data-sql-access"],
    });
    assert.deepEqual(
      subject.graph
        .ofType("aws:dynamodb/table:Table")
        .map(({ name }) => name)
        .sort(),
      ["data-tables-history", "data-tables-market-data", "data-tables-sessions"],
    );
  });

  it("encrypts stores with the data key and logs with the log key", () => {
    assertInputs(subject.graph, "aws:rds/cluster:Cluster", "data-sql-cluster", { kmsKeyId: literalKey("data").arn });
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "data-sql-log", { kmsKeyId: literalKey("log").arn });
  });
});

describe("DataLayer, by argument", () => {
  it("passes arguments on to a store", async () => {
    const graph = await recordProgram({}, layerWith({ sql: { compute: { minAcu: 0.5, maxAcu: 4 } } }));
    assertInputs(graph, "aws:rds/cluster:Cluster", "data-sql-cluster", {
      serverlessv2ScalingConfiguration: { minCapacity: 0.5, maxCapacity: 4 },
    });
  });

  it("makes every store when asked to, and lets the warehouse read the streams and the lake", async () => {
    const graph = await recordProgram({}, layerWith({ ...everything }));
    const stores = graph.childrenOf(graph.get("bourse:data:DataLayer", "data")).map(({ name }) => name);
    assert.deepEqual(stores.sort(), [...dataStoreNames.map((store) => `data-${store}`), "data-delivery-callers"].sort());
    const { policy } = graph.get("aws:iam/rolePolicy:RolePolicy", "data-warehouse-reader-reads").inputs;
    const [streams, , buckets] = JSON.parse(policy as string).Statement;
    assert.deepEqual(
      streams.Resource,
      ["trades", "orders", "prices"].map((role) => graph.get("aws:kinesis/stream:Stream", `data-events-${role}`).outputs.arn),
    );
    assert.deepEqual(buckets.Resource, [graph.get("aws:s3/bucket:Bucket", "data-lake-events").outputs.arn]);
  });

  it("delivers every stream to its table of the lake, trades and orders by rows, and prices to search", async () => {
    const graph = await recordProgram({}, layerWith(everything));
    const streams = graph.ofType("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream");
    const source = (name: string) => graph.get("aws:kinesis/stream:Stream", `data-events-${name}`).outputs.arn;
    assert.deepEqual(
      Object.fromEntries(
        streams.map(({ name, inputs }) => [name, [inputs.destination, (inputs.kinesisSourceConfiguration as Source).kinesisStreamArn]]),
      ),
      {
        "data-delivery-trades": ["extended_s3", source("trades")],
        "data-delivery-orders": ["extended_s3", source("orders")],
        "data-delivery-prices": ["extended_s3", source("prices")],
        "data-delivery-prices-search": ["opensearch", source("prices")],
      },
    );
    const functions = graph.ofType("aws:lambda/function:Function");
    assert.deepEqual(
      Object.fromEntries(functions.map(({ name, inputs }) => [name, inputs.environment])),
      Object.fromEntries(
        ["trades", "orders"].map((table) => [`data-delivery-${table}-rows-function`, { variables: { BOURSE_ROWS: table } }]),
      ),
    );
    for (const table of ["trades", "orders", "prices"] as const) {
      const { storageDescriptor } = graph.get("aws:glue/catalogTable:CatalogTable", `data-delivery-${table}-table`).inputs;
      const { columns } = storageDescriptor as { columns: { name: string; type: string }[] };
      assert.deepEqual(Object.fromEntries(columns.map(({ name, type }) => [name, type])), exchangeRows[table]);
    }
  });

  it("lets deliveries alone join the clients of search, by a group that no other store admits", async () => {
    const graph = await recordProgram({}, layerWith(everything));
    const group = graph.get("aws:ec2/securityGroup:SecurityGroup", "data-delivery-callers-group").id;
    const admitting = graph
      .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .filter(({ inputs }) => inputs.referencedSecurityGroupId === group);
    assert.deepEqual(
      admitting.map(({ name }) => name),
      ["data-search-access-delivery-https"],
    );
    const { opensearchConfiguration } = graph.get(
      "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
      "data-delivery-prices-search",
    ).inputs;
    assert.deepEqual((opensearchConfiguration as { vpcConfig: { securityGroupIds: unknown } }).vpcConfig.securityGroupIds, [group]);
  });

  it("makes prices of trades by the archive that it is given, kept in its own bucket of artefacts", async () => {
    const graph = await recordProgram({}, layerWith(everything));
    const { bucket, key } = graph.get("aws:s3/bucketObjectv2:BucketObjectv2", "data-analytics-archive").inputs;
    assert.deepEqual([bucket, key], [graph.get("aws:s3/bucket:Bucket", "data-lake-artefacts").outputs.bucket, "flink/data-analytics.jar"]);
    const { applicationConfiguration } = graph.get("aws:kinesisanalyticsv2/application:Application", "data-analytics-application").inputs;
    const { environmentProperties } = applicationConfiguration as { environmentProperties: unknown };
    const arn = (name: string) => graph.get("aws:kinesis/stream:Stream", `data-events-${name}`).outputs.arn;
    assert.deepEqual(environmentProperties, {
      propertyGroups: [
        { propertyGroupId: "sources", propertyMap: { trades: arn("trades") } },
        { propertyGroupId: "sinks", propertyMap: { prices: arn("prices") } },
      ],
    });
  });

  it("copies PostgreSQL and every table into the vault each night, and the vault's own copy to another region", async () => {
    const copyTo = "arn:aws:backup:us-west-2:123456789012:backup-vault:far";
    const graph = await recordProgram({}, layerWith({ stores: ["sql", "tables", "backups"], backups: { copyTo } }));
    const { resources } = graph.get("aws:backup/selection:Selection", "data-backups-selection").inputs;
    const stores = [graph.get("aws:rds/cluster:Cluster", "data-sql-cluster"), ...graph.ofType("aws:dynamodb/table:Table")];
    assert.deepEqual([...(resources as string[])].sort(), stores.map(({ outputs }) => String(outputs.arn)).sort());
    const { rules } = graph.get("aws:backup/plan:Plan", "data-backups-plan").inputs as { rules: { copyActions: unknown }[] };
    assert.deepEqual(rules[0].copyActions, [{ destinationVaultArn: copyTo, lifecycle: { deleteAfter: 35 } }]);
  });

  it("encrypts what flows with the stream key and every log with the log key, and protects every store", async () => {
    const graph = await recordProgram({}, layerWith({ ...everything }));
    for (const { name } of graph.ofType("aws:cloudwatch/logGroup:LogGroup")) {
      assertInputs(graph, "aws:cloudwatch/logGroup:LogGroup", name, { kmsKeyId: literalKey("log").arn });
    }
    const { encryptionInfo } = graph.get("aws:msk/cluster:Cluster", "data-log-cluster").inputs;
    assert.equal((encryptionInfo as { encryptionAtRestKmsKeyArn: string }).encryptionAtRestKmsKeyArn, literalKey("stream").arn);
    for (const { name } of graph.ofType("aws:kinesis/stream:Stream")) {
      assertInputs(graph, "aws:kinesis/stream:Stream", name, { kmsKeyId: literalKey("stream").arn });
    }
    const stores = [
      "aws:rds/cluster:Cluster",
      "aws:dynamodb/table:Table",
      "aws:msk/cluster:Cluster",
      "aws:kinesis/stream:Stream",
      "aws:elasticache/replicationGroup:ReplicationGroup",
      "aws:opensearch/domain:Domain",
      "aws:s3/bucket:Bucket",
      "aws:redshift/cluster:Cluster",
      "aws:backup/vault:Vault",
    ].flatMap((type) => graph.ofType(type));
    assert.deepEqual(
      stores.filter(({ protect }) => !protect).map(({ name }) => name),
      [],
    );
    assert.equal(stores.length, 16);
  });

  it("sends the alarms of every store where it is told to", async () => {
    const graph = await recordProgram({}, layerWith({ ...everything, alarms: { topicArn: "arn:topic" } }));
    const alarms = graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
    const stores = dataStoreNames.filter((store) => alarms.some(({ name }) => name.startsWith(`data-${store}-`)));
    assert.deepEqual(
      stores,
      dataStoreNames.filter((store) => store !== "lake"),
    );
    for (const { inputs } of alarms) assert.deepEqual(inputs.alarmActions, ["arn:topic"]);
  });

  it("changes nothing else when a store is added", async () => {
    const before = await recordProgram({}, layerWith());
    const difference = differenceOf(before, await recordProgram({}, layerWith({ stores: ["cache", "sql", "tables"] })));
    assert.deepEqual([difference.replaced, difference.removed, difference.updated], [[], [], []]);
  });

  it("reports the faults of all stores at once, each under its store's path", () => {
    assertFaults(layerWith({ sql: { backupDays: 99 }, tables: { tables: {} } }), ["sql.backupDays", "tables.tables"]);
  });

  it("refuses unknown stores, and arguments of stores that are not made", () => {
    assertFaults(layerWith({ stores: ["sql", "graph" as "sql"], cache: { shards: 3 } }), ["stores[1]", "cache"]);
    assertFaults(layerWith({ stores: ["cache", "backups"] }), ["stores"]);
    assertFaults(layerWith({ archive }), ["archive"]);
  });

  it("refuses deliveries and analytics without what they work on", () => {
    const of = (stores: DataLayerArgs["stores"], over: Partial<DataLayerArgs> = {}) =>
      layerWith({ ...everything, archive: undefined, stores, ...over });
    assertFaults(of(["events", "delivery"]), ["stores"]);
    assertFaults(of(["events", "lake", "delivery"], { image: undefined }), ["image"]);
    assertFaults(of(["events", "lake", "delivery"], { lake: { buckets: { archive: {} } } }), ["lake.buckets"]);
    assertFaults(of(["events", "lake", "analytics"]), ["archive", "analytics.code.file"]);
    assertFaults(of(["events", "lake", "analytics"], { archive, events: { streams: { trades: {} } } }), ["events.streams"]);
    assertFaults(of(["events", "lake", "analytics"], { archive, lake: { buckets: { events: {} } } }), ["lake.buckets"]);
  });
});
