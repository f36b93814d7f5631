import assert from "node:assert/strict";
import { DataLayer, type DataLayerArgs } from "bourse";
import { assertComponents, assertFaults, assertInputs, describeComponent, literalKey, literalNetwork, recordProgram } from "bourse/testing";

function layerWith(over: Partial<DataLayerArgs> = {}): () => DataLayer {
  return () =>
    new DataLayer("data", {
      region: "us-east-1",
      network: literalNetwork(),
      keys: { data: literalKey("data"), log: literalKey("log") },
      clients: { services: "sg-services" },
      ...over,
    });
}

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

  it("leaves out what is switched off", async () => {
    const graph = await recordProgram({}, layerWith({ sql: "off" }));
    assertComponents(graph, { "bourse:data:DataLayer": ["data"], "bourse:data:TableStore": ["data-tables"] });
  });

  it("reports the faults of all stores at once, each under its store's path", () => {
    assertFaults(layerWith({ sql: { backupDays: 99 }, tables: { tables: {} } }), ["sql.backupDays", "tables.tables"]);
  });
});
