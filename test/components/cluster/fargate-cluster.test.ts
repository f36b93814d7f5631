import assert from "node:assert/strict";
import { FargateCluster, type FargateClusterArgs } from "bourse";
import { assertFaults, assertInputs, describeComponent, probeTransforms, recordProgram, untransformed } from "bourse/testing";
import { keyRef } from "../references";

const minimal: FargateClusterArgs = { network: { vpcId: "vpc-1" }, logKey: keyRef("log") };

function clusterWith(over: Partial<FargateClusterArgs> = {}, name = "run"): () => FargateCluster {
  return () => new FargateCluster(name, { ...minimal, ...over });
}

describeComponent("FargateCluster", clusterWith(), (subject) => {
  it("measures each task", () => {
    assertInputs(subject.graph, "aws:ecs/cluster:Cluster", "run-cluster", {
      name: "run",
      settings: [{ name: "containerInsights", value: "enhanced" }],
    });
  });

  it("has names for the network alone, a log that is encrypted and expires, and a group that admits nobody yet", () => {
    assertInputs(subject.graph, "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "run-names", {
      name: "run.internal",
      vpc: "vpc-1",
    });
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "run-logs", { kmsKeyId: keyRef("log").arn, retentionInDays: 90 });
    const insights = assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "run-insights-logs", {
      name: "/aws/ecs/containerinsights/run/performance",
      kmsKeyId: keyRef("log").arn,
      retentionInDays: 90,
    });
    // Before the cluster, which would make it in the clear.
    assert.ok(subject.graph.get("aws:ecs/cluster:Cluster", "run-cluster").dependencies.includes(insights.urn));
    assert.equal(subject.graph.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").length, 0);
    assertInputs(subject.graph, "aws:ec2/securityGroup:SecurityGroup", "run-targets", { vpcId: "vpc-1", ingress: undefined });
  });
});

describe("FargateCluster arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<FargateClusterArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, clusterWith({ transform: probe.transform })), probe), []);
  });

  const faulty: [what: string, over: Partial<FargateClusterArgs>, name: string, paths: string[]][] = [
    ["a name that is no host name", {}, "Run_1", ["name"]],
    ["no network", { network: { vpcId: "" } }, "run", ["network.vpcId"]],
    ["a retention that CloudWatch does not have", { logRetentionDays: 8 }, "run", ["logRetentionDays"]],
  ];
  for (const [what, over, name, paths] of faulty) {
    it(`are refused with ${what}`, () => assertFaults(clusterWith(over, name), paths));
  }
});
