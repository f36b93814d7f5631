/** Quotas: the need counted from the graph, against AWS's defaults. */

import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { capacityFor } from "../../components/capacity";
import { recordProgram } from "../../plan";
import type { QuotaLine } from "../../plan/plan";
import { quotas } from "../../plan/quotas/catalogue";
import { compareQuotas } from "../../plan/quotas/compare";
import { vcpuOf } from "../../plan/quotas/network";

async function linesOf(program: () => void, region = "us-east-1"): Promise<QuotaLine[]> {
  const graph = await recordProgram({ config: { "aws:region": region } }, program);
  return compareQuotas(graph, capacityFor("binance").rates);
}

async function need(name: RegExp, program: () => void): Promise<Pick<QuotaLine, "need" | "state" | "headroom"> | undefined> {
  const line = (await linesOf(program)).find((each) => name.test(each.name));
  return line && { need: line.need, state: line.state, headroom: line.headroom };
}

describe("quotas", () => {
  it("count processors at the largest size of every node group, standard families only", async () => {
    const group = (name: string, type: string, maxSize: number) =>
      new aws.eks.NodeGroup(name, {
        clusterName: "c",
        nodeRoleArn: "r",
        subnetIds: [],
        instanceTypes: [type],
        scalingConfig: { desiredSize: 1, minSize: 1, maxSize },
      });
    const found = await need(/On-Demand Standard/, () => {
      group("warm", "m7i.4xlarge", 10);
      group("hot", "c7i.metal-24xl", 1);
      group("learning", "p5.48xlarge", 3);
    });
    assert.deepEqual(found, { need: 10 * 16 + 96, state: "raise", headroom: 5 - 256 });
  });

  it("count addresses, shards and warm throughput, and say when a quota is tight", async () => {
    const addresses = (count: number) => () => {
      for (let each = 0; each < count; each++) new aws.ec2.Eip(`a${each}`, {});
    };
    assert.deepEqual(await need(/Elastic IPs/, addresses(3)), { need: 3, state: "enough", headroom: 2 });
    assert.deepEqual(await need(/Elastic IPs/, addresses(5)), { need: 5, state: "tight", headroom: 0 });
    assert.deepEqual(await need(/Elastic IPs/, addresses(6)), { need: 6, state: "raise", headroom: -1 });
    const streams = () => {
      new aws.kinesis.Stream("trades", { shardCount: 700 });
      new aws.kinesis.Stream("orders", { shardCount: 500 });
      new aws.kinesis.Stream("prices", { streamModeDetails: { streamMode: "ON_DEMAND" } });
    };
    assert.deepEqual(await need(/Provisioned shards/, streams), { need: 1_200, state: "raise", headroom: -200 });
    assert.deepEqual(await need(/On-demand data streams/, streams), { need: 1, state: "enough", headroom: 49 });
    const table = () =>
      void new aws.dynamodb.Table("history", {
        hashKey: "id",
        attributes: [{ name: "id", type: "S" }],
        warmThroughput: { readUnitsPerSecond: 12_000, writeUnitsPerSecond: 222_168 },
      });
    assert.deepEqual(await need(/write throughput/, table), { need: 222_168, state: "raise", headroom: 40_000 - 222_168 });
  });

  it("count hubs of networks and pools of connections", async () => {
    const hubs = (count: number) => () => {
      for (let each = 0; each < count; each++) new aws.ec2transitgateway.TransitGateway(`hub${each}`, {});
    };
    assert.deepEqual(await need(/Transit gateways/, hubs(6)), { need: 6, state: "raise", headroom: -1 });
    const pool = () => void new aws.rds.Proxy("pool", { engineFamily: "POSTGRESQL", roleArn: "r", vpcSubnetIds: [] });
    assert.deepEqual(await need(/^Proxies/, pool), { need: 1, state: "enough", headroom: 19 });
  });

  it("look at the largest security group and the fullest zone", async () => {
    const program = () => {
      for (const name of ["small", "large"]) {
        const group = new aws.ec2.SecurityGroup(name, { vpcId: "vpc-1" });
        for (let port = 0; port < (name === "large" ? 61 : 2); port++) {
          new aws.vpc.SecurityGroupIngressRule(`${name}-${port}`, {
            securityGroupId: group.id,
            ipProtocol: "tcp",
            fromPort: port,
            toPort: port,
          });
        }
      }
    };
    const line = (await linesOf(program)).find((each) => each.name.startsWith("Inbound or outbound"));
    assert.deepEqual([line?.need, line?.state, line?.reason], [61, "raise", "largest of 2: large"]);
    const subnet = (name: string, zone: string) => new aws.ec2.Subnet(name, { vpcId: "vpc-1", availabilityZoneId: zone });
    const gateways = () => {
      const [a, b] = [subnet("a", "use1-az1"), subnet("b", "use1-az2")];
      new aws.ec2.NatGateway("a1", { subnetId: a.id });
      new aws.ec2.NatGateway("a2", { subnetId: a.id });
      new aws.ec2.NatGateway("b1", { subnetId: b.id });
    };
    assert.equal((await need(/NAT gateways/, gateways))?.need, 2);
  });

  it("count a rate of the load only where the service is used", async () => {
    assert.equal(await need(/Requests per second per distribution/, () => void new aws.ec2.Eip("a", {})), undefined);
    const api = await need(/Throttle rate/, () => void new aws.apigatewayv2.Api("accounts", { protocolType: "HTTP" }));
    assert.deepEqual(api, { need: 8_681, state: "tight", headroom: 1_319 });
  });

  it("list what must be raised first", async () => {
    const states = (
      await linesOf(() => {
        for (let each = 0; each < 6; each++) new aws.ec2.Eip(`a${each}`, {});
        new aws.ec2.Vpc("v", { cidrBlock: "10.0.0.0/16" });
      })
    ).map((line) => line.state);
    assert.deepEqual(states, ["raise", "enough"]);
  });

  it("name a source for every default, and codes in the form of Service Quotas", () => {
    for (const quota of quotas) {
      assert.match(quota.source, /docs\.aws\.amazon\.com\//, quota.name);
      if (quota.quotaCode !== undefined) assert.match(quota.quotaCode, /^L-[0-9A-F]{8}$/, quota.name);
      assert.ok(quota.default > 0);
    }
    const codes = quotas.flatMap((quota) => quota.quotaCode ?? []);
    assert.equal(new Set(codes).size, codes.length, "one code twice");
  });

  it("know the processors of instance sizes", () => {
    assert.deepEqual(
      ["t3.medium", "m7i.large", "m7i.xlarge", "c7i.12xlarge", "c7i.metal-24xl", "m7g.medium"].map(vcpuOf),
      [2, 2, 4, 48, 96, 1],
    );
  });
});
