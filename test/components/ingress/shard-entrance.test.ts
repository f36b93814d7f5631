import assert from "node:assert/strict";
import { ShardEntrance, type ShardEntranceArgs } from "bourse";
import { assertFaults, assertInputs, assertResources, describeComponent, probeTransforms, untransformed } from "bourse/testing";
import { network } from "../references";

const minimal: ShardEntranceArgs = {
  network,
  zoneIds: ["use1-az4", "use1-az6"],
  region: "us-east-1",
  zone: { zoneId: "ZPRIVATE", domain: "internal.exchange.example" },
  place: "primary",
  accessGroupId: "sg-entrance",
  targetSecurityGroupId: "sg-pods",
  port: 7400,
  health: { port: 9000, path: "/leads" },
};

function entranceWith(over: Partial<ShardEntranceArgs> = {}, name = "shard"): () => ShardEntrance {
  return () => new ShardEntrance(name, { ...minimal, ...over });
}

describeComponent("ShardEntrance", entranceWith(), (subject) => {
  it("is a network load balancer inside the network, in the zones of shard and standby, with the group that regions add themselves to", () => {
    const balancer = assertInputs(subject.graph, "aws:lb/loadBalancer:LoadBalancer", "shard-balancer", {
      loadBalancerType: "network",
      internal: true,
      securityGroups: ["sg-entrance"],
      subnets: [network.privateSubnetIds["use1-az4"], network.privateSubnetIds["use1-az6"]],
      enableCrossZoneLoadBalancing: true,
      enableZonalShift: true,
      enableDeletionProtection: true,
    });
    assert.equal(balancer.protect, true);
  });

  it("passes TLS through: TCP in and out, on the shard's port, to the pod that says that it leads", () => {
    const listener = assertInputs(subject.graph, "aws:lb/listener:Listener", "shard-listener", {
      protocol: "TCP",
      port: 7400,
      certificateArn: undefined,
    });
    assert.deepEqual(
      subject.graph.referencesOf(listener, "defaultActions").map(({ name }) => name),
      ["shard-pods"],
    );
    assertInputs(subject.graph, "aws:lb/targetGroup:TargetGroup", "shard-pods", {
      vpcId: network.vpcId,
      targetType: "ip",
      protocol: "TCP",
      port: 7400,
      preserveClientIp: "false",
      connectionTermination: true,
      deregistrationDelay: 0,
      targetHealthStates: [{ enableUnhealthyConnectionTermination: true }],
      healthCheck: {
        enabled: true,
        protocol: "HTTPS",
        port: "9000",
        path: "/leads",
        matcher: "200",
        interval: 5,
        timeout: 2,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
      },
    });
  });

  it("opens the way from the load balancer to the pods, and none to the load balancer", () => {
    assertResources(subject.graph, {
      "aws:lb/loadBalancer:LoadBalancer": ["shard-balancer"],
      "aws:lb/targetGroup:TargetGroup": ["shard-pods"],
      "aws:lb/listener:Listener": ["shard-listener"],
      "aws:route53/record:Record": ["shard-record"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["shard-no-shard-alarm"],
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ["shard-health-to-pods", "shard-shard-to-pods"],
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["shard-health-pods", "shard-shard-pods"],
    });
    for (const [key, port] of [
      ["shard", 7400],
      ["health", 9000],
    ]) {
      const way = { ipProtocol: "tcp", fromPort: port, toPort: port };
      assertInputs(subject.graph, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", `shard-${key}-to-pods`, {
        securityGroupId: "sg-entrance",
        referencedSecurityGroupId: "sg-pods",
        ...way,
      });
      assertInputs(subject.graph, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", `shard-${key}-pods`, {
        securityGroupId: "sg-pods",
        referencedSecurityGroupId: "sg-entrance",
        ...way,
      });
    }
  });

  for (const [place, type, region] of [
    ["primary", "PRIMARY", "us-east-1"],
    ["secondary", "SECONDARY", "us-west-2"],
  ] as const) {
    it(`has the name of the shard that leads as a ${place} record, with the health of what answers there`, async () => {
      const graph = await subject.record(entranceWith({ place, region }));
      const [record, ...others] = graph.ofType("aws:route53/record:Record");
      assert.deepEqual(others, []);
      const { aliases, ...inputs } = record.inputs as { aliases: Record<string, unknown>[] } & Record<string, unknown>;
      assert.deepEqual(inputs, {
        zoneId: "ZPRIVATE",
        name: "trading.internal.exchange.example",
        type: "A",
        setIdentifier: region,
        failoverRoutingPolicies: [{ type }],
      });
      assert.deepEqual([aliases.length, aliases[0].evaluateTargetHealth], [1, true]);
      assert.deepEqual(
        graph.referencesOf(record, "aliases").map(({ name }) => name),
        ["shard-balancer"],
      );
    });
  }

  it("raises an alarm where the shard should lead and none answers, and none where it should not", async () => {
    assertInputs(subject.graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "shard-no-shard-alarm", {
      namespace: "AWS/NetworkELB",
      metricName: "HealthyHostCount",
      statistic: "Minimum",
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      treatMissingData: "breaching",
      evaluationPeriods: 3,
    });
    const second = await subject.record(entranceWith({ place: "secondary" }));
    assert.deepEqual(second.ofType("aws:cloudwatch/metricAlarm:MetricAlarm"), []);
  });

  it("can be deleted without protection", async () => {
    const graph = await subject.record(entranceWith({ protection: "off" }));
    const balancer = assertInputs(graph, "aws:lb/loadBalancer:LoadBalancer", "shard-balancer", { enableDeletionProtection: false });
    assert.equal(balancer.protect, false);
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<NonNullable<ShardEntranceArgs["transform"]>>();
    assert.deepEqual(untransformed(await subject.record(entranceWith({ transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<ShardEntranceArgs>, string[]][] = [
    ["a place that there is not", { place: "third" as "primary" }, ["place"]],
    ["a port beyond the last", { port: 65_536 }, ["port"]],
    ["port 0", { port: 0 }, ["port"]],
    ["half a port", { port: 7400.5 }, ["port"]],
    ["a health port that there is not", { health: { port: 0, path: "/leads" } }, ["health.port"]],
    ["a health path without a slash", { health: { port: 9000, path: "leads" } }, ["health.path"]],
    ["no zone", { zoneIds: [] }, ["zoneIds"]],
    ["a zone that the network is not in", { zoneIds: ["use1-az4", "use1-az5"] }, ["zoneIds[1]"]],
    ["a region that does not exist", { region: "east" }, ["region"]],
    ["a zone of names without a domain", { zone: { zoneId: "Z", domain: "internal" } }, ["zone.domain"]],
    ["all of it at once", { place: "third" as "primary", port: -1, zoneIds: [], region: "" }, ["place", "port", "zoneIds", "region"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(entranceWith(over), paths));
  }
});
