/** Cost: each kind of resource at the price of its region, usage apart from what is provisioned. */

import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { referenceLoad } from "../../components/capacity";
import { estimateCost, estimatedTypes, pricedRegions, priceOf, recordProgram } from "../../plan";
import { isFree, unestimated } from "../../plan/cost/free";
import { money, shownMoney, total } from "../../plan/cost/money";
import type { CostReport } from "../../plan/plan";

/** Report of a program in `region`, for the reference load. */
async function costOf(program: () => void, region = "us-east-1"): Promise<CostReport> {
  const graph = await recordProgram({ config: { "aws:region": region } }, program);
  return estimateCost(graph, referenceLoad);
}

/** Provisioned dollars a month. */
async function provisioned(program: () => void, region?: string): Promise<number> {
  return (await costOf(program, region)).provisionedUsd;
}

describe("cost", () => {
  const cases: [what: string, program: () => void, usd: number][] = [
    [
      "nodes at their wanted number with the volumes of their launch template",
      () => {
        const template = new aws.ec2.LaunchTemplate("nodes-template", {
          blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volumeSize: 200, volumeType: "gp3", iops: 6_000, throughput: 250 } }],
        });
        new aws.eks.NodeGroup("nodes", {
          clusterName: "trading",
          nodeRoleArn: "arn:aws:iam::123456789012:role/node",
          subnetIds: ["subnet-1"],
          instanceTypes: ["m7i.4xlarge"],
          scalingConfig: { desiredSize: 2, minSize: 1, maxSize: 4 },
          launchTemplate: { id: template.id, version: "1" },
        });
      },
      // 2 x (730 h x $0.8064 + 200 GB x $0.08 + 3,000 IOPS x $0.005 + 125 MB/s x $0.04)
      2 * (730 * 0.8064 + 16 + 15 + 5),
    ],
    [
      "a Redis cluster by shards and replicas",
      () => {
        new aws.elasticache.ReplicationGroup("cache", {
          description: "x",
          nodeType: "cache.r7g.xlarge",
          numNodeGroups: 3,
          replicasPerNodeGroup: 1,
        });
      },
      6 * 730 * 0.219 * 2,
    ],
    [
      "a command log with the storage of its brokers",
      () => {
        new aws.msk.Cluster("log", {
          kafkaVersion: "3.9.x",
          numberOfBrokerNodes: 3,
          brokerNodeGroupInfo: {
            instanceType: "kafka.m7g.2xlarge",
            clientSubnets: ["subnet-1"],
            securityGroups: ["sg-1"],
            storageInfo: { ebsStorageInfo: { volumeSize: 1_000 } },
          },
        });
      },
      3 * 730 * 0.204 * 4 + 3 * 1_000 * 0.1,
    ],
    [
      "provisioned shards of a stream",
      () => {
        new aws.kinesis.Stream("trades", { shardCount: 27 });
      },
      27 * 730 * 0.015,
    ],
    [
      "both zones of a warehouse",
      () => {
        new aws.redshift.Cluster("warehouse", {
          clusterIdentifier: "w",
          nodeType: "ra3.4xlarge",
          numberOfNodes: 2,
          clusterType: "multi-node",
          multiAz: true,
        });
      },
      4 * 730 * 3.26,
    ],
    [
      "data nodes, masters and storage of a search domain",
      () => {
        new aws.opensearch.Domain("search", {
          clusterConfig: {
            instanceType: "r7g.large.search",
            instanceCount: 3,
            dedicatedMasterEnabled: true,
            dedicatedMasterType: "m7g.large.search",
            dedicatedMasterCount: 3,
          },
          ebsOptions: { ebsEnabled: true, volumeSize: 100 },
        });
      },
      3 * 730 * 0.178 + 3 * 730 * 0.135 + 300 * 0.122,
    ],
    [
      "an Aurora instance of an I/O-Optimized cluster, 30 % dearer",
      () => {
        const cluster = new aws.rds.Cluster("sql", { engine: aws.rds.EngineType.AuroraPostgresql, storageType: "aurora-iopt1" });
        new aws.rds.ClusterInstance("sql-writer", {
          engine: aws.rds.EngineType.AuroraPostgresql,
          clusterIdentifier: cluster.id,
          instanceClass: "db.r7g.2xlarge",
        });
      },
      730 * 1.3 * 0.276 * 4,
    ],
    [
      "an interface endpoint by its zones, and a gateway endpoint not at all",
      () => {
        new aws.ec2.VpcEndpoint("kms", { vpcId: "vpc-1", serviceName: "kms", vpcEndpointType: "Interface", subnetIds: ["a", "b", "c"] });
        new aws.ec2.VpcEndpoint("s3", { vpcId: "vpc-1", serviceName: "s3", vpcEndpointType: "Gateway" });
      },
      3 * 730 * 0.01,
    ],
    [
      "a web ACL with its rules",
      () => {
        const visibilityConfig = { cloudwatchMetricsEnabled: true, metricName: "m", sampledRequestsEnabled: true };
        new aws.wafv2.WebAcl("acl", {
          scope: "REGIONAL",
          defaultAction: { allow: {} },
          visibilityConfig,
          rules: [1, 2].map((priority) => ({
            name: `r${priority}`,
            priority,
            statement: { geoMatchStatement: { countryCodes: ["KP"] } },
            visibilityConfig,
          })),
        });
      },
      7,
    ],
    [
      "tasks of a container service by processor and memory",
      () => {
        const task = new aws.ecs.TaskDefinition("task", {
          family: "f",
          containerDefinitions: "[]",
          cpu: "2048",
          memory: "4096",
          runtimePlatform: { cpuArchitecture: "ARM64" },
        });
        new aws.ecs.Service("service", { taskDefinition: task.arn, desiredCount: 3 });
      },
      3 * 730 * (2 * 0.03238 + 4 * 0.00356),
    ],
    [
      "a metric alarm by its resolution",
      () => {
        const common = {
          comparisonOperator: "GreaterThanThreshold",
          evaluationPeriods: 1,
          metricName: "m",
          namespace: "n",
          threshold: 1,
          statistic: "Sum",
        };
        new aws.cloudwatch.MetricAlarm("slow", { ...common, period: 60 });
        new aws.cloudwatch.MetricAlarm("fast", { ...common, period: 10 });
      },
      0.4,
    ],
  ];
  for (const [what, program, usd] of cases) {
    it(`prices ${what}`, async () => {
      assert.ok(Math.abs((await provisioned(program)) - usd) < 0.03, `${await provisioned(program)} instead of ${usd}`);
    });
  }

  it("takes the prices of the resource's own region", async () => {
    const gateway = () => void new aws.ec2.NatGateway("nat", { subnetId: "subnet-1" });
    assert.equal(await provisioned(gateway, "us-east-1"), 32.85);
    assert.equal(await provisioned(gateway, "eu-west-1"), 35.04);
    assert.equal(await provisioned(gateway, "ap-northeast-1"), 45.26);
  });

  it("reports a region without a price file instead of counting nothing", async () => {
    const report = await costOf(() => void new aws.ec2.NatGateway("nat", { subnetId: "subnet-1" }), "sa-east-1");
    assert.equal(report.monthlyUsd, 0);
    assert.deepEqual(
      report.unpriced.map((line) => line.reason),
      ["no price for vpc natGateway.gigabyte in sa-east-1", "no price for vpc natGateway.hour in sa-east-1"],
    );
  });

  it("reports an instance type whose price is not known", async () => {
    const report = await costOf(
      () =>
        void new aws.eks.NodeGroup("n", {
          clusterName: "c",
          nodeRoleArn: "r",
          subnetIds: [],
          instanceTypes: ["x99z.large"],
          scalingConfig: { desiredSize: 1, minSize: 1, maxSize: 1 },
        }),
    );
    assert.deepEqual(
      report.unpriced.map((line) => line.reason),
      ["no price for ec2 instance.x99z.large in us-east-1"],
    );
  });

  it("splits the assumed traffic over load balancers of one kind", async () => {
    const balancers = (count: number) => () => {
      for (let each = 0; each < count; each++) new aws.lb.LoadBalancer(`b${each}`, { loadBalancerType: "network", subnets: ["s"] });
    };
    const [one, two] = [await costOf(balancers(1)), await costOf(balancers(2))];
    assert.ok(Math.abs(one.usageUsd - two.usageUsd) < 0.03);
    // 2 M sockets x 300,000 / 1,400,000 on average, 3,000 a unit, at $0.006 an hour.
    assert.ok(Math.abs(one.usageUsd - ((2e6 * 3) / 14 / 3_000) * 730 * 0.006) < 0.02);
  });

  it("prices what the shard of another region sends over a peering, by the processes that follow it and the copies of its log", async () => {
    const linked = (peerRegion: string) => () => {
      new aws.ec2.VpcPeeringConnection("peering", { vpcId: "vpc-1", peerVpcId: "vpc-2", peerRegion });
      const pods = (name: string, shard: string) => ({
        metadata: { labels: { name } },
        spec: { containers: [{ name, image: "i", env: [{ name: "BOURSE_TRADING", value: shard }] }] },
      });
      const elsewhere = "trading.internal.exchange.example:7400";
      const deploy = (name: string, shard: string, replicas?: number) => {
        const spec = { replicas, selector: { matchLabels: { name } }, template: pods(name, shard) };
        new kubernetes.apps.v1.Deployment(name, { metadata: { name }, spec });
      };
      deploy("gateway", elsewhere);
      deploy("history", elsewhere, 3);
      deploy("users", elsewhere, 3);
      deploy("wallet", "trading:7400", 9);
      new kubernetes.apiextensions.CustomResource("gateway-pods", {
        apiVersion: "keda.sh/v1alpha1",
        kind: "ScaledObject",
        metadata: { name: "gateway" },
        spec: { scaleTargetRef: { name: "gateway" }, minReplicaCount: 8, maxReplicaCount: 16 },
      });
      const template = pods("trading", elsewhere);
      const set = { serviceName: "trading", replicas: 2, selector: { matchLabels: { name: "trading" } }, template };
      new kubernetes.apps.v1.StatefulSet("trading", { metadata: { name: "trading" }, spec: set });
    };
    const traffic = async (peerRegion: string) =>
      (await costOf(linked(peerRegion), "us-west-2")).lines.filter(({ what }) => what === "traffic between regions");
    const [line] = await traffic("us-east-1");
    // 11 followers of 300,000 x (100 + 2 x 0.15 x 100) bytes/s, and 300,000 x 64 to two copies and once back, for 730 hours, at $0.02 a GB.
    const gigabytes = (11 * 300_000 * 130 + 3 * 300_000 * 64) * 730 * 3_600 * 1e-9;
    assert.ok(Math.abs(line.monthlyUsd - gigabytes * 0.02) < 1, `${line.monthlyUsd} instead of ${gigabytes * 0.02}`);
    assert.match(line.assumption!, /each of 11 processes .* to 2 copies/);
    assert.deepEqual(await traffic("us-west-2"), []);
  });

  it("counts the replicas of a global table", async () => {
    const table = (replicas: string[]) => () =>
      void new aws.dynamodb.Table("history", {
        billingMode: "PAY_PER_REQUEST",
        hashKey: "id",
        attributes: [{ name: "id", type: "S" }],
        replicas: replicas.map((regionName) => ({ regionName })),
      });
    const lines = async (replicas: string[]) =>
      (await costOf(table(replicas))).lines.filter((line) => line.what === "replicated writes").length;
    assert.deepEqual([await lines([]), await lines(["us-west-2"]), await lines(["us-west-2", "eu-west-1"])], [0, 1, 2]);
  });

  it("charges the layer of the component above, whoever wrapped the resource in between", async () => {
    class Store extends pulumi.ComponentResource {
      constructor() {
        super("bourse:data:Store", "store");
        const bucket = new pulumi.ComponentResource("bourse:foundation:LogBucket", "store-logs", {}, { parent: this });
        new aws.ec2.Eip("store-logs-address", {}, { parent: bucket });
      }
    }
    assert.deepEqual((await costOf(() => void new Store())).layers, [{ layer: "data", monthlyUsd: 3.65 }]);
  });

  it("has an estimator, a place among the free, or a reason for no type twice", () => {
    for (const type of estimatedTypes) {
      assert.equal(isFree(type), false, `${type} is priced and free`);
      assert.equal(Object.hasOwn(unestimated, type), false, `${type} is priced and unestimated`);
    }
    for (const type of Object.keys(unestimated)) assert.equal(isFree(type), false, `${type} is free and unestimated`);
  });

  it("keeps price files for the regions of the exchange, dated and sourced", () => {
    assert.deepEqual([...pricedRegions].sort(), ["ap-northeast-1", "eu-west-1", "us-east-1", "us-west-2"]);
    const price = priceOf("us-east-1", "vpc", "natGateway.hour");
    assert.deepEqual(price, {
      usd: 0.045,
      source: { region: "us-east-1", service: "vpc", page: "https://aws.amazon.com/vpc/pricing/", asOf: "2025-06" },
    });
    assert.equal(priceOf("us-east-1", "ec2", "instance.m7i.16xlarge")?.usd, 0.1008 * 32);
    assert.equal(priceOf("us-east-1", "ec2", "instance.c7i.metal-24xl")?.usd, 4.7124);
    assert.equal(priceOf("us-east-1", "ec2", "instance.m7i.metal-24xl"), undefined);
    assert.equal(priceOf("us-east-1", "nothing", "natGateway.hour"), undefined);
  });

  it("adds money in whole cents", () => {
    assert.equal(total([0.1, 0.2]), 0.3);
    assert.equal(money(1.005), 1);
    assert.equal(shownMoney(1234567.5), "$1,234,567.50");
  });
});
