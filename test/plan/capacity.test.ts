/** Capacity in the plan: what the graph has of each hop, beside what the load asks for. */

import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { capacityFor } from "../../components/capacity";
import { recordProgram } from "../../plan";
import { plannedSizes } from "../../plan/capacity/planned-sizes";

/** State and planned size of the hops that the program has, for the reference load. */
async function sizesOf(program: () => void): Promise<Record<string, [state: string, planned: number | undefined]>> {
  const graph = await recordProgram({}, program);
  const sizes = plannedSizes(graph, Object.values(capacityFor("binance").sizes)).filter((size) => size.state !== "absent");
  return Object.fromEntries(sizes.map((size) => [size.name, [size.state, size.planned]]));
}

const broker = (name: string, numberOfBrokerNodes: number, volumeSize: number) =>
  new aws.msk.Cluster(name, {
    kafkaVersion: "3.9.x",
    numberOfBrokerNodes,
    brokerNodeGroupInfo: {
      instanceType: "kafka.m7g.2xlarge",
      clientSubnets: [],
      securityGroups: [],
      storageInfo: { ebsStorageInfo: { volumeSize } },
    },
  });
const nodes = (name: string, tier: string, maxSize: number) =>
  new aws.eks.NodeGroup(name, {
    clusterName: "c",
    nodeRoleArn: "r",
    subnetIds: [],
    labels: { "bourse/tier": tier },
    scalingConfig: { desiredSize: 1, minSize: 1, maxSize },
  });

describe("capacity in the plan", () => {
  it("finds a hop that is smaller than the load asks for", async () => {
    assert.deepEqual(await sizesOf(() => void broker("log", 3, 500)), { logBrokers: ["below", 3], logStorageGib: ["below", 500] });
    assert.deepEqual(await sizesOf(() => void broker("log", 9, 1000)), { logBrokers: ["enough", 9], logStorageGib: ["enough", 1000] });
  });

  it("adds up the resources of a hop, and takes the weaker zone of the hot tier", async () => {
    const found = await sizesOf(() => {
      nodes("warm-a", "warm", 60);
      nodes("warm-b", "warm", 54);
      nodes("hot-a", "hot", 4);
      nodes("hot-b", "hot", 1);
    });
    assert.deepEqual(found, { warmNodes: ["enough", 114], hotNodes: ["below", 1] });
  });

  it("reads storage of search nodes and processors of message brokers, whatever the instance is called", async () => {
    const messages = (hostInstanceType: string) => () =>
      void new aws.mq.Broker("messages", { engineType: "RabbitMQ", engineVersion: "3.13", hostInstanceType, users: [] });
    for (const [instance, vcpu] of [
      ["mq.m5.large", 2],
      ["mq.m5.xlarge", 4],
      ["mq.m5.4xlarge", 16],
    ] as const)
      assert.deepEqual(await sizesOf(messages(instance)), { brokerVcpu: ["enough", vcpu] });
    assert.deepEqual(await sizesOf(messages("mq.t3.micro")), { brokerVcpu: ["below", 1] });
    const search = () =>
      void new aws.opensearch.Domain("search", { clusterConfig: { instanceCount: 24 }, ebsOptions: { ebsEnabled: true, volumeSize: 200 } });
    const { searchStorageGib } = await sizesOf(search);
    assert.deepEqual(searchStorageGib, ["below", 200]);
  });

  it("counts what a new table takes at once, and its warm throughput over that", async () => {
    const table = (warmThroughput?: { readUnitsPerSecond: number; writeUnitsPerSecond: number }) => () =>
      void new aws.dynamodb.Table("history", {
        billingMode: "PAY_PER_REQUEST",
        hashKey: "id",
        attributes: [{ name: "id", type: "S" }],
        warmThroughput,
      });
    assert.deepEqual(await sizesOf(table()), { historyWriteUnits: ["below", 4_000], historyReadUnits: ["below", 12_000] });
    const warm = { readUnitsPerSecond: 62_500, writeUnitsPerSecond: 222_168 };
    assert.deepEqual(await sizesOf(table(warm)), { historyWriteUnits: ["enough", 222_168], historyReadUnits: ["enough", 62_500] });
  });

  it("leaves out what scales by itself and what the stack does not have", async () => {
    assert.deepEqual(await sizesOf(() => void new aws.kinesis.Stream("trades", { streamModeDetails: { streamMode: "ON_DEMAND" } })), {});
    assert.deepEqual(await sizesOf(() => void new aws.lb.LoadBalancer("sockets", { loadBalancerType: "network" })), {
      socketLoadBalancers: ["enough", 1],
    });
  });
});
